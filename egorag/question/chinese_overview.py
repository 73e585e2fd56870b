"""Chinese questions about all of a time — 我周一做了什么 — as the English ones that mean the same.

Chinese has no gaps between words, so such a question would be searched for as one long word that
nobody ever said. Only whole questions are known here; those about something are left alone.
"""

from __future__ import annotations

import re

from egogpt.text.chinese_text import is_chinese

_WHO = r"(?:我们?|咱们?|大家)?(?:一起)?(?:都|有没有|有)?"
_WHAT = r"(?:些)?(?:什么|啥|哪些)(?:东西|事情|事|活动|人|话|内容|声音)?"
_GENERAL: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), english)
    for pattern, english in (
        (rf"{_WHO}(?:做|干|忙)[了过]?{_WHAT}了?", "What did I do?"),
        (rf"{_WHO}(?:发生|经历)[了过]?{_WHAT}", "What did I do?"),
        (r"(?:我们?)?(?:是|都)?(?:怎么过的?|过得(?:怎么样|怎样|如何|好吗))", "What did I do?"),
        (
            r"(?:请?[给帮]?我?)(?:总结|概括|回顾)(?:一下)?我?们?的?(?:一天|这天|这一天|这周|事情?|经历)?",
            "What did I do?",
        ),
        (rf"{_WHO}(?:看到|看见|见到)[了过]?{_WHAT}", "What did I see?"),
        (rf"{_WHO}(?:听到|听见)[了过]?{_WHAT}", "What did I hear?"),
        (
            rf"(?:有人|大家|别人|他们|人们|我们?|谁)?都?(?:说|讲|聊|谈)(?:到|起)?[了过]?{_WHAT}",
            "What was said?",
        ),
        (
            rf"{_WHO}(?:看到|看见|读到?)[了过]?(?:些)?(?:什么|哪些)(?:字|文字|书)?",
            "What did I read?",
        ),
        (r"(?:都?有)?谁都?(?:和|跟|与)我们?在?(?:一起|一块)", "Who was with me?"),
        (r"(?:我们?)?都?(?:和|跟|与)(?:谁|哪些人)在?(?:一起|一块)", "Who was with me?"),
    )
)
_MARKS = " \t?？。，,!！吗呢啊吧的"


def general_in_english(query: str) -> str:
    """The English question of the same meaning; "" where it is not about all of a time.

    ``query`` is the question without the words of its time.
    """
    if not is_chinese(query):
        return ""
    asked = re.sub(r"\s+", "", query).strip(_MARKS)
    return next((english for pattern, english in _GENERAL if pattern.fullmatch(asked)), "")
