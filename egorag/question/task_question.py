"""Whether a question asks what is still to be done, and which tasks it means.

    read_todo("What did I promise Anna?") -> Wanted(about=("anna",), past=True, own=True)
    read_todo("What do I still have to buy?") -> Wanted(verb="buy")

Only questions about the asker's own tasks: "what did I do", "what do I have to eat" and "what did
Anna promise" are none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from egogpt.text.tokens import STOP_WORDS, fold, tokens

# Words that name any deed or anybody: they choose no task.
_ANY = STOP_WORDS | frozenset(
    """do done doing everything nothing anything something things thing task tasks todo todos left
    open anybody anyone somebody someone people person take care remember promised promise forget
    forgotten week today tomorrow me tell yet list""".split()
)
_NO_TASK = frozenset(
    """eat drink say see wear be have know think offer go sleep look watch mean like use read play
    listen hear feel live happen wait worry fear lose show pay-for expect""".split()
)

_I = r"(?:i|we)"
_AGAIN = r"(?:(?:still|really|also|now|all|else|yet|actually|just) )*"
_MUST = rf"{_AGAIN}(?:have|need|(?:have )?got|supposed|meant|obliged) {_AGAIN}(?:left )?(?:got )?to"
_WHAT = (
    r"(?:(?:and )?(?:what|which things?|who|whom)(?: else| all)?"
    r"|(?:all )?(?:the )?(?:things|everything|anything)(?: that)?)"
)
_REST = r"(?P<verb>[a-z]+)(?P<rest>[^?]*?)"
_REST_2 = _REST.replace("verb", "verb_2").replace("rest", "rest_2")
_TASKS = r"(?:tasks?|to-?dos?|to do'?s?|errands|chores|commitments|promises|obligations|duties)"

_OPEN = tuple(
    re.compile(rf"^(?:{pattern})[?. ]*$")
    for pattern in (
        # "what do I still have to do", "what I need to buy", "what must I still do"
        rf"(?:are there |is there )?{_WHAT} (?:do |am |are |have )?{_I}(?:'m|'re| am| are)?"
        rf" ?{_MUST} {_REST}",
        rf"{_WHAT} must {_I} {_AGAIN}{_REST}|{_WHAT} (?:do )?{_I} {_AGAIN}gotta {_REST_2}",
        rf"{_WHAT} (?:should|must) {_I} not forget(?: to {_REST})?",
        rf"(?:what|which) {_TASKS} (?:do|must|should|am|are|have) {_I} (?:(?:still|yet|left) )*"
        r"(?:have |need |got )?(?:left )?(?:to )?(?:do|run|get done|finish|keep|make|kept|done)?",
        rf"(?:what|which) (?:of my )?{_TASKS} (?:haven't {_I}|have {_I} not|did {_I} not"
        rf"|didn't {_I}) (?:done?|kept?|fulfil(?:led)?|finish(?:ed)?)(?: yet)?",
        r"what(?:'s| is| was| were)?(?: still)? on my (?:to-?do |task |todo )?list(?: still)?",
        rf"do {_I} (?:still )?have (?:anything|something|things)(?: still)? (?:left |open )?to do",
        rf"{_WHAT} should {_I} (?:still|yet|also) {_REST}",
        rf"(?:is there |are there )?(?:what|anything|something)(?: else)? (?:that )?{_I}"
        rf"(?: have|'ve)? (?:forgot|forgotten|forget)(?: to {_REST})?",
        rf"what (?:haven't {_I}|have {_I} not|did {_I} not|didn't {_I}) (?:done?|get done) yet",
        r"(?:is there |are there )?(?:what|anything|something|things)(?:'s| is| are|s)?(?: there)?"
        r"(?: still| yet)*(?: left)? (?:for (?:me|us) )?(?:to do|to be done|left to do|outstanding"
        r"|that needs? to be done|needs? to be done|remains to be done|undone|unfinished"
        r"|left for (?:me|us) to do)(?: still| yet)?",
        rf"(?:(?:what|which|any)(?:'s| is| are| of)? |(?:list|show|give|tell)(?: me)? |do {_I}"
        r" (?:still )?"
        rf"have |are there |is there )?(?:on |in |left on )*(?:all )?(?:of )?(?:any )?"
        r"(?:my |our |the )?"
        rf"(?:open |outstanding |pending |remaining |unfinished |current |other )*"
        rf"{_TASKS}(?:[- ]lists?)?(?: are| is| do {_I})?(?: (?:still|left|open|have|there|pending"
        rf"|outstanding|remain(?:ing)?|not done|unfinished|for))*",
        rf"what(?: else)? (?:have|did) {_I} (?:still |maybe |perhaps )?(?:forgotten|forgot|forget)"
        rf"(?: to {_REST})?",
        rf"(?:have|did) {_I} (?:forgotten|forget|forgot) (?:to do )?(?:anything|something)"
        rf"(?: else)?(?: to {_REST})?",
        rf"(?:what )?(?:am|are) {_I} forgetting(?: anything| something)?",
    )
)
_PAST = tuple(
    re.compile(rf"^(?:{pattern})[?. ]*$")
    for pattern in (
        rf"(?:what|which things?|who|whom)(?: else| all)? (?:did|have|had) {_I} (?:ever |all )?"
        r"promised?(?P<rest>[^?]*?)",
        rf"(?:did|have) {_I} (?:ever |already )?promised?(?P<rest> [^?]*?)",
        rf"(?:is|was) there (?:anything|something) (?:that )?{_I}(?: have|'ve)? promised"
        r"(?P<rest>[^?]*?)",
        rf"(?:what|which things?|who|whom)(?: else| all)? (?:did|have) {_I} (?:say|said"
        rf"|(?:tell|told) (?P<whom>[a-z]+)) (?:that )?{_I}(?:'d| would|'ll| will"
        rf"| was going to| have to| had to| need to| needed to) {_REST}",
        rf"what(?: else)? (?:did|have) {_I} (?:agreed?|offer(?:ed)?|commit(?:ted)?) to {_REST}",
        rf"did {_I} (?:say|mention|tell (?:anybody|anyone|somebody|[a-z]+)) (?:that )?{_I}"
        rf"(?:'d| would|'ll| will| was going to) {_REST}",
        rf"(?:what|who|whom)(?: else| all)? (?:was|were) {_I} (?:going|supposed|meant|planning"
        rf"|meaning) to {_REST}",
        rf"what(?: else)? did {_I} (?:still )?(?:want|mean|intend) to {_REST}",
        rf"(?P<asker>what) (?:did|does|has|have) (?P<who>[a-z]+(?: [a-z]+)?) (?:ask|asked|tell|told"
        rf"|remind|reminded|want|wanted|need) (?:me|us) to {_REST}",
        r"(?P<asker>did|has|have) (?P<who>[a-z]+) (?:ask|asked|tell|told|remind|reminded|want"
        r"|wanted) (?:me|us) (?:to (?:do|get|buy|bring) (?:anything|something)|for anything)",
    )
)
_ANY_TASK = re.compile(
    rf"^do {_I} {_MUST} (?P<verb>[a-z]+)(?: (?:back|to|for))? (?P<rest>anything|something|anybody"
    r"|anyone|somebody|someone)(?: else| still| yet)*[?. ]*$"
)
_CHINESE = re.compile(
    r"^(?:我们?|我今天|我这周)?(?:今天|明天|这周|本周|这个星期)?(?:还|都)?(?:"
    r"(?:有什么|有哪些|有啥)(?:事|事情|东西)?(?:要|没|需要|得)(?:做|办|完成|买)\w{0,3}"
    r"|(?:要|得|需要|应该|该)(?:做|办|买)(?:什么|哪些|啥)\w{0,3}"
    r"|(?:忘了|忘记了?)(?:做|买|办)?(?:什么|哪些|啥)\w{0,3}"
    r"|答应(?:了|过)?(?P<who>\w{0,4}?)(?:做|买|办)?(?:什么|哪些|啥)\w{0,3}"
    r"|有什么待办\w{0,3}|待办(?:事项)?(?:有哪些|是什么)?)[?？。吗呢]*$"
)


# "What do I have to do to open the door": how something works, no task of one's own.
_HOW = re.compile(r"(?:to|if|when|in order|with|about it)\b")
# A moment in the past is meant, not a list of tasks.
_AN_EVENT = re.compile(
    r"\b(?:while|when|before|after|during|because|last time|first time|time i|as soon as|then)\b"
)
_OWN = re.compile(r"\b(?:promise|promised|say|said|mention|agree|agreed|offer|offered|tell|told) ?")
_TO_DO = re.compile(r"(?:^| )to ([a-z]+)")
_SAME = {"purchase": "buy", "phone": "call", "ring": "call", "telephone": "call"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tasks are meant: by their verb ("" any), by words and names that they speak of.

    ``past`` asks what was once taken on, done or not; ``asked`` only what somebody else wanted,
    ``of`` whom ("" anybody). ``forgotten`` asks first for what is overdue,
    ``own`` only for what the asker promised or said to do.
    """

    verb: str = ""
    about: tuple[str, ...] = ()
    past: bool = False
    asked: bool = False
    of: str = ""
    forgotten: bool = False
    own: bool = False


def read_todo(query: str) -> Wanted | None:
    """The tasks that a question (without its time words) asks about, or None."""
    low = " ".join(fold(query).replace("’", "'").split())
    if chinese := _CHINESE.match(low.replace(" ", "")):
        who = chinese["who"] or ""
        verb = "买" if "买" in low else ""
        return Wanted(
            verb, (who,) if who else (), "答应" in low, forgotten="忘" in low, own="答应" in low
        )
    if task := _ANY_TASK.match(low):
        return _wanted(task, past=False)
    for pattern in _OPEN:
        if match := pattern.match(low):
            return _wanted(match, past=False)
    for pattern in _PAST:
        if match := pattern.match(low):
            return _wanted(match, past=True)
    return None


def _wanted(match: re.Match[str], *, past: bool) -> Wanted | None:
    groups = match.groupdict()
    verb = groups.get("verb") or groups.get("verb_2") or ""
    rest = groups.get("rest") or groups.get("rest_2") or ""
    rest = f"{rest} {groups.get('whom') or ''}"
    if not verb and (named := _TO_DO.search(rest)):  # "promise Anna to bring"
        verb, rest = named[1], rest[: named.start()] + rest[named.end() :]
    if (
        verb in _NO_TASK
        or (verb in STOP_WORDS and verb != "do")
        or _AN_EVENT.search(rest)
        or (verb == "do" and _HOW.match(rest.strip()))
    ):
        return None
    verb = "" if verb == "get" and rest.strip().startswith("done") else verb
    who = groups.get("who") or ""
    about = tuple(dict.fromkeys(t.word for t in tokens(rest) if t.word not in _ANY))
    return Wanted(
        "" if verb in _ANY else _SAME.get(verb, verb), about, past, bool(groups.get("asker")),
        "" if who in _ANY else who, "forg" in match.string,
        past and bool(_OWN.search(match.string)),
    )  # fmt: skip
