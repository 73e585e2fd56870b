"""Who is named in Chinese: 小红, 王芳, 陈老师, 妈妈, Alice.

A name of Han has no capital, so its borders are guessed: a surname or 小/老/阿 before one or two
characters, and after it a word that may follow a name.
"""

from __future__ import annotations

import re

_SURNAMES = (
    "欧阳|上官|司马|诸葛|王|李|张|刘|陈|杨|赵|黄|周|吴|徐|孙|胡|朱|高|林|何|郭|马|罗|梁|宋|郑|谢|韩|唐|冯|于|董|萧|程|曹|袁"
    "|邓|许|傅|沈|曾|彭|吕|苏|卢|蒋|蔡|贾|丁|魏|薛|叶|阎|余|潘|杜|戴|夏|钟|汪|田|任|姜|范|方|石|姚|谭|廖|邹|熊|金|陆|郝|孔"
    "|白|崔|康|毛|邱|秦|江|史|顾|侯|邵|孟|龙|万|段|雷|钱|汤|尹|黎|易|常|武|乔|贺|赖|龚|文"
)
_TITLES = (
    "老师|医生|大夫|教授|师傅|阿姨|叔叔|经理|总|主任|同学|先生|女士|小姐|姐|哥|奶奶|爷爷|律师|教练"
    "|护士|警官|姨|叔|工|导"
)
KIN = {
    "妈妈": "妈妈 老妈 母亲 妈", "爸爸": "爸爸 老爸 父亲 爸", "爸妈": "爸妈 父母",
    "老婆": "老婆 妻子 太太 媳妇", "老公": "老公 丈夫", "女朋友": "女朋友 女友",
    "男朋友": "男朋友 男友", "儿子": "儿子", "女儿": "女儿", "孩子": "孩子 孩子们 小孩",
    "哥哥": "哥哥", "姐姐": "姐姐", "弟弟": "弟弟", "妹妹": "妹妹", "爷爷": "爷爷",
    "奶奶": "奶奶", "外公": "外公 姥爷", "外婆": "外婆 姥姥", "叔叔": "叔叔", "阿姨": "阿姨",
    "舅舅": "舅舅", "姑姑": "姑姑", "表哥": "表哥", "表姐": "表姐", "朋友": "朋友 朋友们 好朋友",
    "闺蜜": "闺蜜", "同事": "同事 同事们", "同学": "同学 同学们", "室友": "室友 舍友",
    "家人": "家人 家里人", "邻居": "邻居", "老板": "老板", "老师": "老师",
}  # fmt: skip
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
