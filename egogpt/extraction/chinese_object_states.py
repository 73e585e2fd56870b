"""What a Chinese sentence tells of where a thing is: put down, taken, handed over, seen lying.

left_in_chinese("我把钥匙放在桌子上了。")[0].where  # "桌子上"
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from egogpt.extraction.chinese_clauses import ChineseClause, read_clauses
from egogpt.extraction.chinese_names import name_at
from egogpt.extraction.chinese_quantities import LEADING
from egogpt.extraction.object_state import Left
from egogpt.text.chinese_text import sentences

_PUT = "放|搁|摆|留|忘|落|塞|藏|挂|停|存|插|贴|收|丢|扔|装|搭|靠|晾|锁|夹|压|埋|立|铺|寄存|掉|滚"
_INTO = r"(?:到了?|在了?|进了?|回了?|入了?|上了?|好了?在|了在?|着在?)"
_BA_PUT = re.compile(
    rf"(?:把|将)(?P<thing>[^把将,,]{{1,14}}?)(?:都|又|也)?(?:{_PUT}){_INTO}?(?P<where>[^,了的]{{2,14}}?(?:的[^,了的]{{1,6}})*)"
    r"(?:了|去|来|去了|来了)?$"
)
_PUT_THING = re.compile(rf"(?:在|往)(?P<where>[^,]{{2,12}}?)(?:{_PUT})了(?P<thing>[^,了]{{1,10}})$")
_THING_PUT = re.compile(
    rf"^(?P<thing>[^,把在]{{1,10}}?)(?:就|还|都|一直|正|我)?(?:{_PUT})(?:在了?|到了?|进了?)(?P<where>[^,了]{{2,14}}?)(?:了)?$"
)
_THING_IN = re.compile(
    r"^(?:我们?的)?(?P<thing>[^,把我你他她在]{1,10}?)(?:就|还|都|一直|现在)?在(?P<where>[^,了]{2,14}?)$"
)
# What speech begins with, and places that say nothing without a hand that points.
_NO_SIGHT = re.compile(
    r"^(?:[啊嗯哦呃哎诶是都就可但]|然后|好像|感觉|反正|现在|因为|所以|这是|那是)|(?:好像|刚才|是|会|都)$"
)
_POINTS = re.compile(r"[我你他她它]|^(?:[这那哪].*|[外里下上后前旁中][面边间]?|很.*)$")
_SHORT = frozenset("伞 书 车 药 包 笔 刀 碗 锅 卡 灯 鞋 表 琴 球 盐 糖 茶 酒 肉 菜 饭".split())
_TAKEN = re.compile(
    r"(?:拿走|拿起|取走|借走|带走|拿出|取出|捡起|偷走|拿(?=[了到起出来])|取(?=[了出来])|借(?=[了来])|偷(?=了))"
    r"(?:了|到|来|起|出)*(?P<thing>[^,了]{1,10}?)(?:了|来)?$"
)
_BA_TAKEN = re.compile(
    r"(?:把|将)(?P<thing>[^把将,,]{1,12}?)(?:给)?(?:拿走|取走|借走|带走|拿起来|拿出来|捡起来|拿出去|偷走|收走)(?:了)?$"
)
_BY = re.compile(
    r"^(?P<thing>[^,被]{1,10})被(?P<doer>[^,]{1,6}?)(?:给)?(?:拿走|取走|借走|带走|偷走|收走)了?$"
)
_GIVEN = re.compile(
    r"(?:把|将)(?P<thing>[^把将,,]{1,12}?)(?:交给|递给|还给|借给|送给|拿给|给)了?(?P<to>[^,了]{1,6})了?$"
)
_OF = re.compile(r"^(?:我|你|他|她|我们|自己|咱们)(?:们|自己)?的?")
_NO_THINGS = frozenset(
    """手 头 脚 腿 眼睛 眼 脸 身体 身子 目光 视线 注意力 东西 它 它们 他 她 我 你 人 事 事情 时间
    心 心思 什么 照片 爸爸 妈妈 大家 孩子 声音 屏幕 话题 力气 一口 一下""".split()
)
_PLACE_ENDS = re.compile(
    r"(?:上|里|下|面|边|旁|中|内|外|后|前|处|间|角|库|室|房|厅|箱|柜|包|袋|架|桌|家|店|楼|口|院|盒|抽屉|床|车|机|学校|公司|超市|餐厅|地|桶|碗|盘)$"
)


def left_in_chinese(text: str, *, told: bool = True, known: Collection[str] = ()) -> list[Left]:
    """What a text tells of where things are, in order; see ``telling.told_in`` for ``told``."""
    found: list[Left] = []
    for sentence in sentences(text):
        for clause in read_clauses(sentence, told, known):
            if clause.days_ago == 0:
                found += [
                    Left(one.object, one.state, one.where, one.doer, sentence)
                    for one in _in_clause(clause, known)
                ][:1]
    return found


def _in_clause(clause: ChineseClause, known: Collection[str]) -> Iterator[Left]:
    """Every reading of a clause, the surest first."""
    text, doer = clause.text, clause.doer or ""
    acts = _ACTS if clause.doer is not None else ()
    if by := _BY.match(text):
        name = name_at(by["doer"], 0, known)
        yield from _left(by["thing"], "taken", "", name[0] if name else by["doer"], text)
    for pattern, state in acts:
        match = pattern.search(text, clause.start if pattern is _TAKEN else 0)
        if match is None or doer.startswith("你") or not clause.happened(*_verb(match, clause)):
            continue
        where = match.groupdict().get("where") or ""
        if "to" in match.groupdict():
            receiver = name_at(match["to"], 0, known)
            where = receiver[0] if receiver else match["to"]
        yield from _left(match["thing"], state, where, doer, text)
    for pattern in (_THING_PUT, _THING_IN):
        match = pattern.match(text)
        if match and clause.happened(match.end("thing"), match.end("thing") + 1):
            state = "put" if pattern is _THING_PUT and re.search("落|忘|丢", text) else "seen"
            if pattern is _THING_PUT or _is_sight(match["thing"], match["where"]):
                yield from _left(match["thing"], state, match["where"], "", text)


_ACTS = (
    (_GIVEN, "given"),
    (_BA_PUT, "put"),
    (_PUT_THING, "put"),
    (_BA_TAKEN, "taken"),
    (_TAKEN, "taken"),
)


def _is_sight(thing: str, where: str) -> bool:
    """Whether "… 在 …" tells where a thing is rather than anything else."""
    name = thing_name(thing)
    if not _PLACE_ENDS.search(where) or _NO_SIGHT.search(thing) or _POINTS.search(where):
        return False
    return len(name) > 1 or name in _SHORT


def _verb(match: re.Match[str], clause: ChineseClause) -> tuple[int, int]:
    """Where the verb stands, so that what marks it may be looked for before and behind."""
    return max(match.start(), clause.start), match.end()


def _left(thing: str, state: str, where: str, doer: str, text: str) -> list[Left]:
    name = thing_name(thing)
    if not name or name in _NO_THINGS or len(name) > 8 or re.search("[了过着吗呢]", name):
        return []
    return [Left(name, state, where.strip(), doer, text)]  # type: ignore[arg-type]


def thing_name(phrase: str) -> str:
    """The thing without what describes it: 那把蓝色的雨伞 and 我的雨伞 are 雨伞."""
    bare = re.sub(r"^(?:今天|刚才|刚刚|刚|又|还|都)+", "", phrase.strip())
    bare = _OF.sub("", bare)
    bare = LEADING.sub("", bare)
    return bare.rsplit("的", 1)[-1].strip()
