"""Who is named in Chinese: 小红, 王芳, 陈老师, 妈妈, Alice.

A name of Han has no capital, so its borders are guessed: a surname or 小/老/阿 before one or two
characters, and after it a word that may follow a name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files

_TABLE = tomllib.loads(
    files("egogpt.extraction").joinpath("names.zh.toml").read_text(encoding="utf-8")
)
_SURNAMES, _TITLES = ("|".join(_TABLE[name].split()) for name in ("surnames", "titles"))
KIN: Mapping[str, str] = _TABLE["kin"]
_KIN = {word: name for name, words in KIN.items() for word in words.split()}
_KIN_WORDS = "|".join(sorted(_KIN, key=len, reverse=True))
# After a name stands nothing, a mark, or a word that begins what is told of somebody.
_STARTS = (
    "[,,、。;;和跟与同及在去来到说聊吃喝打玩看做一两都也还又逛见走坐的了把给帮约谈过吗们练洗用买找很没不是拿从向对唱跳骑爬游跑踢请送带陪"
    "借煮炒切扫擦拖倒扔修浇喂遛梳穿换泡剪织搬躺取寄烤煎蒸削写读画讨弹下拍收站睡发问叫让被]"
)
_AFTER = (
    rf"(?=$|{_STARTS}|我|什么|哪|昨天|今天|明天|前天|上午|早上|中午|下午|晚上|刚才|刚刚|正在|有|开|学"
    "|商量|视频|参加|回|起|接|介|教|告诉|上)"
)
_GIVEN = r"[\u4e00-\u9fff]"
NAME = (
    rf"(?:[A-Z][A-Za-z]+|(?:{_SURNAMES})(?:{_TITLES})|(?:小|老|阿)(?!时|心|区|伙|学|师|家|板|朋|婆|公|妈|爸|孩|吃|狗|猫|鸟"
    rf"|睡|声|姨|路|说|组|溪|鱼|河|街|店){_GIVEN}(?:{_TITLES})?{_AFTER}"
    rf"|(?:我的?)?(?:{_KIN_WORDS})(?!的)(?:小{_GIVEN})?"
    # The third character is part of a name where it begins nothing else.
    rf"|(?:{_SURNAMES}){_GIVEN}(?!{_STARTS}){_GIVEN}{_AFTER}|(?:{_SURNAMES}){_GIVEN}{_AFTER})"
)
_NAME = re.compile(NAME)
_TOGETHER = re.compile(
    rf"(?!大家|别人|客户|有人|一起)((?:(?![和跟与同我你他她谁也都在去]){_GIVEN}){{2,3}}?)(?=一起|一块)"
)
_LINK = re.compile("[、,,和跟与及]|还有")
_NOBODY = re.compile(
    r"王府|高铁|高中|高兴|白天|白菜|马上|马路|周末|周[一二三四五六日]|方便|常常|万一|文件|黄瓜|石头|金|龙虾"
    r"|任何|夏天|江边|江南|田里|于是|易|钱(?!.{1,2}(?:一起|说))"
)


def name_at(text: str, at: int) -> tuple[str, int] | None:
    """The person who is named at a character, and where the name ends; None where nobody is."""
    match = _TOGETHER.match(text, at)
    kin = _NAME.match(text, at)
    if kin and not _NOBODY.match(text, at):
        return person(kin.group()), kin.end()
    return (match[1], match.end(1)) if match and not _NOBODY.match(text, at) else None


def names_from(text: str, at: int) -> tuple[list[str], int]:
    """The names of a list ("小红、张伟和李娜") that begins at a character, and where it ends."""
    found: list[str] = []
    end = at
    while (one := name_at(text, end)) is not None:
        found.append(one[0])
        at = one[1]
        link = _LINK.match(text, at)
        if link is None:
            break
        end = link.end()
    return found, at if found else end


def person(text: str) -> str:
    """A name as it is kept: 我妈 and 老妈 are 妈妈; "我朋友小明" is 小明."""
    bare = re.sub(r"^我的?", "", text)
    if bare in _KIN:
        return _KIN[bare]
    for word in sorted(_KIN, key=len, reverse=True):
        if bare.startswith(f"{word}小"):
            return bare.removeprefix(word)
    return bare
