"""Chinese clauses with what a reader of events must know: who acts, and whether it happened.

Rules only. A plan (要, 想, 明天), a negation (没, 不, 别), a habit (每天) or a request (让, 请)
that stands before the verb is no event; 了, 过, 着, 在 say that something happens or has happened.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from egogpt.extraction.chinese_names import names_from
from egogpt.text.chinese_text import clauses

_LEADS = re.compile(
    r"(?:大前天|前天|昨天|昨日|昨晚|昨夜|前晚|今天|今日|今早|今晚|早上|早晨|清晨|凌晨|上午|中午|下午|傍晚|晚上|夜里|半夜|深夜"
    r"|刚才|刚刚|刚|然后|接着|之后|随后|后来|最后|终于|于是|所以|但是?|不过|可是|而且|而|因为|其实|其间|这时候?|此时|现在|当时"
    r"|首先|先|又|也|还|就|再|嗯|啊|哦|好|对|那|哎|唉|我说|我记得|我觉得|[一二三四五六七八九十\d]+点(?:半|钟|多|[一二三四五六七八九十\d]+分)?"
    r"|饭后|早饭后|午饭后|晚饭后|周末|周[一二三四五六日]|星期[一二三四五六日天]|[一二三四五六七八九十\d]+[月号日]|的时候|今儿|昨儿"
    r"|一会儿|待会儿?|等会儿?|明天|后天|下周|如果|要是|本来|[  ])+"
)
_ME = re.compile(
    r"我们几个|我们俩|我们|咱们|咱|俺|我自己|本人|我(?!的?(?:妈|爸|老婆|老公|朋友|同事|儿子|女儿|室友|姐|哥"
    r"|弟|妹|爷|奶|孩子|家人|邻居|同学|女朋友|男朋友|闺蜜|父|母|妻|丈夫))"
)
_OTHERS = re.compile(
    r"他们|她们|它们|他|她|它|你们|你|您|大家|有人|有个人|别人|人家|谁|对方|一个(?:男|女|老)?人"
    r"|一[个位名]\w{1,4}?(?=在)"
)
_WITH = re.compile("和|跟|与|同")
_DAYS = re.compile(r"(?P<three>大前[天晚])|(?P<two>前[天晚日](?!前))|(?P<one>昨[天晚日夜儿早])")
_SOME_DAY = re.compile(
    r"上个?(?:周|星期|礼拜|月|次|回|学期|季度)|去年|前年|以前|从前|小时候|[几\d一二两三四五六七八九十半]+个?(?:天|周|星期|年|月)(?:以|之)?前"
    r"|那年|当年|曾经|前几天|前阵子|前些天|过去"
)
# Words that hold a marker of what did not happen and mark nothing.
_NEUTRAL = re.compile(
    r"没关系|没事|没问题|没想到|没多久|没过多久|没过一会儿?|没一会儿?|没完没了|不错|不久|不小心|差不多|不但|不仅|不过|不管|不得不|忍不住"
    r"|不停地?|不断地?|对不起|不好意思|受不了|了不起|不知不觉|要不是|不一会儿?|不同|重要|主要|想起|想到|想法|思想|理想|想着|开会|会议"
    r"|聚会|机会|约会|晚会|音乐会|演唱会|运动会|学会|社会|宴会|例会|组会|会员|会场|会计|会儿|年会|开.{0,6}的会|特别|别人|分别|区别|告别"
    r"|别墅|别的|叫上|叫了|叫外卖|叫车|请客|请了|邀请|请假|让座|能量|功能|可能性|能力|智能|可以说|可爱|爱人|爱好|要求|准备好|准备了"
    r"|正准备|可以看到|能看到|计划书|平时作业"
)
_UNREAL = re.compile(
    r"没|未|别|不|忘了|忘记|差点|差一点|本来|原本|要|想|打算|准备|计划|会|可能|也许|应该|该|能|可以|希望|如果|假如|万一|明[天早晚年日]"
    r"|后天|下个?[周月次回]|下星期|下礼拜|改天|回头|待会|等会|等一下|等下|过会|一会儿|晚点|以后再|今后|必须|得(?=去|要|把|买|做|洗|给|吃|写)"
    r"|每[天周月年次早晚]|经常|常常|总是|总爱|平时|通常|一般|往往|老是|喜欢|爱|讨厌|习惯|决定|约好|答应|建议|让|叫|请|劝|催|派|教我|提醒"
    r"|懒得|舍不得|来不及|拒绝|取消|放弃|即将|快要|考虑|愿意|宁愿|除非|懂得|需要|争取|假装|梦见|梦到|梦里"
)
# What said to somebody else tells: "小明说他跑步了" is his account.
_REPORTED = re.compile(r"说(?!话|了?一?会)|告诉|听说|据说|问(?!题)|讲到")
_DONE = re.compile(r"[了过着完]|刚|已经|正|在|是.+的|[好到掉]$")
_JUST = re.compile(r"(?:我|刚|今天早上|今早|早上|中午|昨[天晚]|晚饭|午饭|早饭)")
_TURN = re.compile(r"^(?:但是?|不过|可是|却|结果|后来|最后|于是|所以)")


@dataclass(frozen=True, slots=True)
class ChineseClause:
    """One clause: its words, where what is done begins, who does it (None: nobody is known).

    ``beside`` are who act together with the wearer, ``days_ago`` on which day before it is told
    (None: on some other day), ``unreal`` whether an earlier clause says that it did not happen.
    """

    text: str
    start: int
    doer: str | None
    beside: tuple[str, ...]
    days_ago: int | None
    unreal: bool
    told: bool

    def happened(self, at: int, end: int) -> bool:
        """Whether what the verb from ``at`` up to ``end`` tells happened."""
        before = _NEUTRAL.sub("", self.text[:at])
        if self.unreal or _UNREAL.search(before) or _REPORTED.search(before):
            return False
        after = self.text[end:]
        if after.startswith("不") or re.match(r"[没不]", after) or self.text.endswith(("吧", "吗")):
            return False
        if re.search(rf"{re.escape(self.text[at : at + 1])}(?:没|不)$", self.text[:at]):
            return False
        return self.told or bool(_DONE.search(_NEUTRAL.sub("", self.text[self.start :])))


def read_clauses(sentence: str, told: bool, known: Collection[str] = ()) -> list[ChineseClause]:
    """The clauses of a sentence. ``told``: it is the wearer's own account of the day."""
    found: list[ChineseClause] = []
    # An account leaves the wearer out; speech does so only right after what happened: 刚吃了饭.
    doer: str | None = "" if told or _JUST.match(sentence) else None
    beside: tuple[str, ...] = ()
    days = _days_ago(sentence)
    unreal = False
    for text in clauses(sentence):
        start = match.end() if (match := _LEADS.match(text)) else 0
        subject = _subject(text, start, known)
        if subject is not None:
            doer, beside, start = subject
        done = re.search("[了过]", text)
        unreal = unreal and subject is None and not done and not _TURN.match(text)
        clause = ChineseClause(text, start, doer, beside, days, unreal, told)
        unreal = unreal or bool(_UNREAL.search(_NEUTRAL.sub("", text)) and not done)
        found.append(clause)
    return found


def _subject(
    text: str, start: int, known: Collection[str]
) -> tuple[str, tuple[str, ...], int] | None:
    """Who acts, who with the wearer, and where the rest of the clause begins."""
    if me := _ME.match(text, start):
        return ("", (), me.end()) if text[me.end() : me.end() + 1] != "的" else None
    if other := _OTHERS.match(text, start):
        return (other.group(), (), other.end()) if text[other.end() :][:1] != "的" else None
    names, end = names_from(text, start, known)
    if not names or text[end : end + 1] == "的":
        return None
    joined = _WITH.match(text, end) or _WITH.match(text, end - 1)
    if joined and (me := _ME.match(text, joined.end())):
        return "", tuple(names), me.end()
    return "、".join(names), (), end


def _days_ago(sentence: str) -> int | None:
    """How many days before it was told something happened; None where the day is not known."""
    if _SOME_DAY.search(sentence):
        return None
    match = _DAYS.search(sentence)
    return {"one": 1, "two": 2, "three": 3}[str(match.lastgroup)] if match else 0
