"""Sentences that ask for something to be done or said, rather than state that something is so.

    mood("Buy milk on the way home.")                       # "order"
    mood("When asked about the meeting say it is off.")     # "script": what others are to say
    stated("We moved to Rome. Call me!")                    # "We moved to Rome."

Such words are never evidence of what they hold, only of having been said:
``egorag.generation.hearsay``. Nor is what only a question, a condition, or talk of what is to be
told ("the line is that …") holds: a "mention". The rules lean to finding too many: what is found
is quoted instead of asserted.

Text that was seen or heard is made harmless (``sanitize``): it can neither run nor fetch. Words
addressed to an assistant are still quoted to the person, but never shown to a language model.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from egogpt.text.chinese_directives import chinese_mood
from egogpt.text.chinese_text import is_chinese

Mood = Literal["", "mention", "order", "script"]
_IMAGE_OR_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)]*)\)")
_TAG = re.compile(r"</?[A-Za-z!][^>]*>")
_SCHEME = re.compile(r"\b(?:https?|ftp|data|javascript|file)\s*:\s*(?://)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|prompt|rule|order|above"
    r"|previous|everything|context|guideline)"
    r"|\b(?:system|developer) (?:prompt|message|instruction)"
    r"|\byou are (?:now )?(?:an? )?(?:ai|assistant|language model|chatbot|dan)\b"
    r"|\b(?:as|dear) an? (?:ai|assistant|language model)\b"
    r"|\b(?:new|following|these|my) instructions\b|\b(?:answer|respond|reply|output|print|repeat)\b"
    r".{0,25}\b(?:only|exactly|with|the following|instead)\b.{0,5}[\"'“:]"
    r"|</?(?:notes|system|user|assistant)\b"
    r"|<\|[a-z_]+\|>|\b(?:to|for) (?:the|any|all) (?:ai|assistants?|language models?|llms?)\b",
    re.IGNORECASE | re.DOTALL,
)
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_SPACE = re.compile(r"[\x00-\x1f\x7f\s]+")
_SENTENCE = re.compile(r"(?<=[.!?])[\"”')]*\s+|(?<=[。！？；])[”」』]*\s*|[;\n]+")
_CLAUSE = re.compile(r"\s*[,:;–—]+\s*|\s+-+\s+|\.\.\.|…|\s+(?:so|then)\s+")
_COMMA = re.compile(r"(?<=[,;，；])\s*")
_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*|\d+")
_SAY = (
    r"(?:say|tell|answer|reply|respond|claim|state|write|output|print|repeat|inform|mention|report"
    r"|insist|pretend|announce|confirm|deny|declare|assert|swear|testify|note|record|remember"
    r"|believe|assume|suppose|imagine|act|behave|present|describe|treat|consider|regard|call|name"
    r"|list|maintain|explain|suggest|conclude|admit|acknowledge|promise"
    r"|let (?!me\b)(?:\w+ ){1,3}know)"
)
_HEARERS = (
    r"(?:you|everyone|everybody|anyone|anybody|whoever|the (?:user|owner|wearer|reader|listener"
    r"|person|assistant|butler|ai|model|bot|public|caller|guests?|visitors?|asker)|your (?:owner"
    r"|user|master|boss)|all|people|guests|visitors|users|assistants|readers|those)"
)
_ASKING = r"(?:ask(?:s|ing)?|inquires?|enquires?|quer(?:y|ies)|wants? to know|wonders|brings? up)"
_SCRIPTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # "If anyone asks about …", "when asked", "whoever wants to know", "questions about …".
        r"\b(?:if|when|whenever|should|once|in case|as soon as|(?:each|every|next) time|where|who"
        rf"|whoever|anyone|anybody|someone|somebody|everyone|everybody|people)\b[^.;?]{{0,40}}?"
        rf"(?:(?<!\bi )(?<!\bwe )\b{_ASKING}\b|\b(?:is|are|am|be|being|gets?|were|was) (?:ever )?"
        r"(?:asked|questioned|queried)\b)",
        r"\b(?:if|when|whenever|once|where|unless|until) (?:\w+ly |ever )?(?:asked|questioned)\b",
        r"\bquestions? (?:about|on|regarding|concerning|of|as to|that)\b.{0,60}?\b(?:answer|reply"
        r"|repl(?:y|ies)|respon|with|must|should|gets?|receives?|:)",
        # "Your answer must be …", "the correct response: …".
        r"\b(?:your|the|my|any|every|only|right|correct|proper|expected|official|final|true|best)"
        r"\b[^.;?]{0,20}\b(?:answer|reply|response)s?\b[^.;?]{0,50}?(?:\b(?:is|are|must|should|shall"
        r"|will|has to|to be)\b|[:=])",
        r"^\W*(?:answer|reply|response|output|a)\s*[:=]",
        r"\b(?:in|for|as) (?:your|the|an?|any|every) (?:answer|reply|response|summary|report|diary"
        r"|notes?|account)\b",
        # "You will say that …", "everybody has to say …", "I want you to pretend …".
        rf"(?<!\bi )(?<!\bwe )(?<!\bi really )\b(?:must|should|shall|ought to|(?:has|have|needs?|is"
        rf"|are|got) (?:\w+ )?to|(?:you|they|{_HEARERS})(?: will|'ll| would| can| may| could))"
        rf" (?:\w+ ){{0,2}}{_SAY}\b",
        r"\b(?:must|should|shall|has to|have to|needs? to|is to|are to|let it|may it|ought to) be"
        r" (?:\w+ ){0,2}(?:said|told|answered|reported|stated|claimed|described|recorded|written"
        r"|noted|known|informed|believed|assumed|repeated|remembered|called|named|confirmed|denied"
        r"|treated|considered|presented|mentioned)\b",
        rf"\b(?:want|need|expect|ask|order|command|instruct|require|request|urge|beg|tell|like|program"
        rf"|advise|direct|allow|forbid|permit|invite|remind)s?(?:ed)? {_HEARERS} (?:not |never )?to"
        rf" (?:\w+ )?{_SAY}\b",
        # Whoever answers is spoken to by name.
        r"\b(?:assistants?|ego ?butler|butler|chatbots?|chat ?gpt|gpt|language model|llms?|ai"
        r"|a\.i\.|siri|alexa|computer|robot|bot)\b ?[,:!]"
        r"|^\W*(?:hey|hi|hello|dear|listen|attention|note to(?: the| any| all)?|to(?: the| any| all"
        r"| whichever)?|you are|as) (?:an? )?(?:assistants?|ego ?butler|butler|chatbots?|ai|llms?"
        r"|language models?|bots?|robots?|models?)\b",
        r"^\W*(?:system|developer|admin(?:istrator)?|instructions?|prompt|user|assistant|ai|bot)"
        r"\s*[:>\]]",
        r"\bif you(?:'re| are)? (?:an? )?(?:\w+ )?(?:assistants?|butler|chatbot|ai|language model"
        r"|llm|bot|model|machine|reading|processing|summari[sz]ing|hearing)\b",
        r"\b(?:repeat|say (?:it|this)?) ?(?:after|with) me\b|\bfor the record\b",
    )
)
_SAYS = re.compile(rf"{_SAY}\b")
_AND_SAY = re.compile(
    r"\b(?:and|then|to|just|only) (?:then |always |just )?(?:say|claim|answer|reply|respond|pretend"
    r"|report|state|insist|repeat|output|print) "
)
_ORDERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_HEARERS}(?: \w+){{0,2}}? (?:must|should|shall|ought to|(?:have|has|need|needs|are|is"
        r"|'re|'ve|had) (?:\w+ )?(?:got )?to|had better|may not|cannot|can't|need only|are required"
        r"|are (?:\w+ )?(?:supposed|obliged|instructed|ordered|told|expected|invited|asked"
        r"|forbidden|advised|urged|encouraged|reminded))\b",
        r"\byou(?:'d| had) better\b|\byou(?:'re|'ve got| are| gotta| got) (?:\w+ )?to\b"
        r"|\byou(?:'re| are) (?:\w+ )?(?:supposed|required|obliged|instructed|ordered|expected"
        r"|forbidden)\b|\byou gotta\b|\byou will (?:now|please|immediately|always|never)\b",
        r"(?<!\bi )(?<!\bwe )(?<!\bi really )(?<!\ba )\b(?:must|shall|ought to)\b"
        r"(?! (?:all |still |really )?(?:be|feel|have)\b)",
        r"\bmust (?:all |now |first )?(?:be|have been) (?:\w+ly )?(?!excited|tired|thrilled|pleased"
        r"|amazed|relaxed|bored|scared|worried|interested|concerned|delighted|fun\b)"
        r"(?:\w+(?:ed|en|ght)|told|sold|held|sent|paid|put|cut|made|done|kept|left)\b",
        r"\b(?:he|she|they|it|one|nobody|\w+s|[a-z]+) should(?:n't| not)?(?! have\b)\b",
        r"\b(?:needs?|has|have|is|are) to be (?!\w+ing\b)\w+ed\b|\b(?:is|are) to be \w+",
        rf"\b(?:want|need|expect|ask|order|command|instruct|require|request|urge|beg|tell|advise"
        rf"|direct|forbid|permit|remind|'d like|would like|invite|encourage|trust)s?"
        rf" (?:{_HEARERS}|him|her|them) (?:\w+ )?(?:not |never )?to\b",
        r"\b(?:can|could|would|will|won't|can't) you\b|\bwhy (?:not|don't (?:you|we))\b"
        r"|\bhow about (?!you\b|that\b|it\b)|\bwhat about (?!\w+\?)\w+ing\b|\b(?:be sure"
        r"|make sure|feel free|time|be so kind as|take care|do well) to\b|\bplease\b|\bkindly\b",
        r"\b(?:it is|it's|it would be|it'd be|is it) (?:\w+ )?(?:required|necessary|mandatory"
        r"|forbidden|prohibited|imperative|essential|important|vital|crucial|best|recommended"
        r"|advisable|compulsory|obligatory|urgent|wise|your duty|your job|high time)\b",
        r"\byour (?:task|job|duty|mission|role|goal|instructions?|orders?|new \w+|next \w+)\b"
        r"[^.;?]{0,20}\b(?:is|are)\b",
        r"\b(?:i|we) (?:hereby )?(?:order|command|instruct|request|demand|insist|suggest|propose"
        r"|recommend|forbid)\b",
        r"\b(?:from now on|henceforth|as of (?:now|today)|from this (?:moment|day|time)(?: on)?"
        r"|going forward|until further notice|with immediate effect)\b",
        r"\b(?:let's|let us|let (?:him|her|them|it|the|no ?one|nobody))\b",
        r"\b(?:say|claim|pretend|suppose|assume|imagine) that\b(?<!i say that)(?<!we say that)",
    )
)
_MENTIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[?？][\"')]*$",
        # Talk of telling, in any form but the past: whoever wants something told speaks of it.
        r"\b(?:say|says|saying|tell|tells|telling|mention(?:s|ing)?|answer(?:s|ing)?|repl(?:y|ies)"
        r"|replying|respond(?:s|ing)?|responses?|inquir\w+|enquir\w+|questions?|claim(?:s|ing)?"
        r"|announce(?:s|ment)?s?|inform(?:s|ing)?|hear(?:s|ing)?|curious|official(?:ly)?|statements?"
        r"|instructions?|updates?|rumou?rs?|convey\w*|spread(?:s|ing)?|relay\w*|emphasi[sz]e\w*"
        r"|stress(?:es)? that|insist(?:s|ing)?|repeat(?:s|ing)?|confirm(?:s|ing|ation)?|convince"
        r"|persuade|pretend(?:s|ing)?|admit(?:s|ting)?|swear|declare(?:s)?|believe|assume|suppose"
        r"|imagine|owners?|users?|assistants?|butler|whoever|so-called|story goes|pass(?:es)? on"
        r"|(?:the|a|this|that|my|your|our) (?:line|word|message|memo|record|version|truth|fact"
        r"|story|rule|note|agreement|understanding))\b",
        r"\b(?:clear|known|aware|certain|convinced|sure|understood|agreed|settled|true|false)"
        r" (?:to .{0,30})?that\b",
        r"\b(?:directed|instructed|ordered|told|asked|required|expected|supposed|meant|programmed"
        r"|obliged|obligated|forced|trained|designed|authori[sz]ed|advised|paid|forbidden|reminded)"
        r" (?:\w+ )?to\b",
        # A condition, or somebody in general.
        r"^\W*(?:if|should|suppose|supposing|provided|assuming|in case|unless|as if|were)\b",
        r"^\W*(?:any(?:one|body)|every(?:one|body)|no(?:body| one)|who(?:so)?ever|those|people"
        r"|all who|the (?:one|person|man|woman|reader|listener|system|model)|one) (?:who|that|with"
        r"|will|can|could|would|may|might|ought|curious|interested|of)\b",
        r"\b(?:you|they|one)(?:'d| would| might| could| may| can|'ll| will)\b|\bif you\b"
        r"|\b(?:would|could|might) be (?:\w+ )?(?:good|nice|lovely|great|best|better|wise|kind)",
        # A label, an arrow or a rule around what it presents.
        r"^[^\w\"“]*(?:[\w'-]+ ){0,1}[\w'-]+\s*(?:[:=|]|->|=>|>>|<<|→)\s*\S|>>|<<|\|\|",
        r"\byour (?:\w+ )?(?:turn|guidelines?|rules?|polic(?:y|ies)|programming|training|role)\b"
        r"|^\W*(?:whatever|regardless|no matter|in case of|notwithstanding)\b",
        r"\b(?:always|never|ever|forever|invariably|henceforth)\b.{0,20}\b(?:is|are|be)\b",
    )
)
_OPENER = re.compile(
    r"(?:if|when|whenever|once|before|after|in|for|to|from|at|on|by|with|without|as|until|till|while"
    r"|unless|since|because|during|under|should|whatever|whoever|whichever|wherever|however|even"
    r"|instead|upon|about|concerning|regarding|given|though|although|next|every|each|any|today"
    r"|tomorrow|tonight|now|then|also|remember|important|attention|warning|note|notice|urgent)\b"
)
_LEADS = frozenset(
    """please kindly now so ok okay and but then or also just simply first firstly second secondly
    third next finally lastly always never only immediately quickly instead again hey hi hello oh
    well yes yeah yep no nope alright right anyway attention important urgent warning notice
    reminder everyone everybody guys folks sir madam do don't dont not carefully quietly slowly
    secretly today tonight tomorrow here there maybe perhaps to-do todo e.g better rather all
    everywhere somebody someone anybody anyone""".split()
)
_ALSO_PAST = frozenset("put cut read set let hit shut quit split spread bet cost hurt".split())
_OBJECTS = frozenset(
    """me him her them us you it the a an my your his their our this that these those to everyone
    everybody anyone nobody whoever no all some any both yourself out up off down back away over on
    in into at with for from about if what where who how when now not and more""".split()
)
_GIVEN_NAMES = frozenset(  # which are verbs as well
    """mark grant bill rob chase frank will pat sue jack josh art guy ray skip wade pierce chuck
    nick peg hope joy grace dawn rose lance reed chance dean trace hunter carry herb drew page
    gene dot rush ward""".split()
)
_FINITE = frozenset(
    """is are was were has had will would does did can could isn't wasn't aren't weren't hasn't
    won't doesn't didn't may might went came started starts begins began goes comes looks looked
    seems seemed makes made takes took costs cost opens opened closes closed sounds feels""".split()
)
_NAME_WORDS, _HAN_NAME = 5, 12
_OWNERS = frozenset("my your his her our their the".split())
_PARTICLES = frozenset(
    """de del della di da dos du van von den der ter ten la le el al bin ibn abu y e und and of the
    af av zu""".split()
)
_NO_NAME = re.compile(r"[:;!?@<>{}\[\]\"“”=|\\，。：；！？]")
_PARTINGS = re.compile(
    r"^(?:see (?:you|ya)|talk (?:to you|soon)|take care|keep (?:it )?up|hang in|look forward"
    r"|let me know|come on|wait|look|listen)\b[^a-z]*(?:\w+[^a-z]*){0,3}$"
)


def sanitize(text: str) -> str:
    """One line of plain text without markup, link schemes or control characters."""
    text = _CONTROL.sub(" ", text)
    text = _IMAGE_OR_LINK.sub(lambda match: match[1] or "picture", text)
    text = _SCHEME.sub("", _TAG.sub("", text))
    return re.sub(r"\s+", " ", text.replace("`", "'")).strip()


def looks_like_instruction(text: str) -> bool:
    """Whether the text speaks to an assistant as if to instruct it."""
    return bool(_ORDER.search(_CONTROL.sub(" ", text)))


@lru_cache(maxsize=1 << 15)  # a day is asked about many times
def mood(sentence: str) -> Mood:
    """Whether one sentence states something (""), only mentions it, orders it, or scripts it."""
    text = _normal(sentence)
    if is_chinese(text) and (found := chinese_mood(text)):
        return found
    if looks_like_instruction(text) or any(pattern.search(text) for pattern in _SCRIPTS):
        return "script"
    begun = _imperative(text)
    if begun.startswith("remember") and text.endswith("?"):
        return ""  # "Remember when …?"
    if begun and (_AND_SAY.search(begun) or (_SAYS.match(begun) and _dictated(begun))):
        return "script"
    if begun or any(pattern.search(text) for pattern in _ORDERS):
        return "order"
    return "mention" if any(pattern.search(text) for pattern in _MENTIONS) else ""


def moods(text: str) -> Iterator[tuple[str, Mood]]:
    """Each sentence of a text with its mood."""
    for part in _SENTENCE.split(text):
        if part and part.strip():
            yield part.strip(), mood(part)


def orders(sentence: str) -> bool:
    """Whether one sentence wants something done or said: never the assistant's own words."""
    return mood(sentence) in ("order", "script")


def scripts(text: str) -> bool:
    """Whether a text tells others, an assistant perhaps, what to say: nothing in it is evidence."""
    return any(found == "script" for _, found in moods(text)) or mood(text) == "script"


def directs(text: str) -> bool:
    """Whether any sentence of a text asks for something to be done, or wants it told."""
    return any(found for _, found in moods(text)) or mood(text) == "script"


def stated(text: str) -> str:
    """What of a text states something; "" where any of it is a script.

    Of "The plumber comes on Friday, please be home." that is what stands before the request.
    """
    if scripts(text):
        return ""
    parts = (_before_order(one) if found else one for one, found in moods(text))
    return " ".join(filter(None, parts))


def _before_order(sentence: str) -> str:
    """What a sentence states before it comes to an order: whole clauses, at least three words."""
    clauses = _COMMA.split(sentence)
    states = [not mood(clause) for clause in clauses]
    begun = "".join(clauses[: states.index(False)]) if False in states else ""
    leads = _OPENER.match(_normal(begun)) or len(begun.split()) < 3
    return "" if leads else begun.rstrip(" ,;:-–—，、")


def name_of(name: str, strange: str = 'somebody called "{name}"') -> str:
    """A name as a sentence may hold it: one that no person or place bears, by a form for such."""
    shown = sanitize(name)
    if not is_strange_name(shown):
        return shown
    quoted = shown.replace('"', "'")
    return strange.format(name=quoted)


def is_strange_name(name: str) -> bool:
    """Whether a name is rather a sentence, or speaks to whoever reads it."""
    words = name.split()
    if is_chinese(name):
        return len(name) > _HAN_NAME or bool(_NO_NAME.search(name) or mood(name))
    small = [word for word in words if word[:1].islower() and word not in _PARTICLES]
    if len(words) > _NAME_WORDS or _NO_NAME.search(name) or looks_like_instruction(name):
        return True
    if len(words) < 2 or (len(words) == 2 and words[0].lower() in _OWNERS):
        return False
    finite = any(word.lower() in _FINITE for word in words[1:])
    return bool(small) or finite or mood(name) in ("order", "script")


def _normal(text: str) -> str:
    """One line in the letters that it looks like, in lower case."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).replace("’", "'")
    return _SPACE.sub(" ", text).strip(" \"“”'‘’«»*_#>-•").lower()


def _dictated(begun: str) -> bool:
    """Whether an order to say something holds the words: "say that …", "tell them it is off"."""
    verb, _, rest = begun.partition(" ")
    if verb == "tell" and re.match(r"(?:me|us)\b", rest):
        return False
    if verb == "remember":
        return bool(re.match(r"(?:that (?!\w+ (?:when|where))|to (?:\w+ )?" + _SAY + ")", rest))
    if verb in ("call", "name", "note", "record", "list", "explain", "describe", "present"):
        return bool(re.match(r"(?:that|it|him|her|them|this|down that)\b", rest))
    return not re.match(r"(?:hello|hi|goodbye|thanks|thank you|cheese|(?:the|a) \w+$)\b", rest)


def _imperative(text: str) -> str:
    """The text from its first verb on where a clause begins with one as an order does, else ""."""
    opened = True
    for clause in _CLAUSE.split(text):
        if not clause:
            continue
        if (begun := _begins(clause)) and (opened or _takes_object(begun)):
            return begun
        short = len(clause.split()) <= 3
        opened = opened and bool(short or _OPENER.match(clause))
    after = text.partition(":")[2]
    return _begins(after) if after else ""


def _takes_object(begun: str) -> bool:
    """Whether a verb is followed as that of an order is, not as one of a list ("run, hike")."""
    verb, *rest = begun.split()
    return bool(rest) and rest[0] in _OBJECTS and rest[0] != "and" and verb not in _ALSO_PAST


def _begins(clause: str) -> str:
    """The clause without what leads to its verb, if that has the form and place of an order."""
    if _PARTINGS.match(clause):
        return ""
    words = _WORD.findall(clause)
    at = 0
    while at < len(words) and words[at] in _LEADS:
        at += 1
    rest = words[at:]
    negated = "don't" in words[:at] or words[:at][-2:] == ["do", "not"] or "never" in words[:at]
    if not rest or (rest[0] not in _verbs() and not negated):
        return ""
    if not negated and _is_subject(rest):
        return ""
    return " ".join(rest)


def _is_subject(words: list[str]) -> bool:
    """Whether the first word is rather a noun, of which something is told: "dance class is"."""
    if len(words) > 1 and words[1] in _OBJECTS:
        return False
    if words[0] in _GIVEN_NAMES:
        return True
    return any(word in _FINITE for word in words[1:4])


@cache
def _verbs() -> frozenset[str]:
    text = files("egogpt.text").joinpath("imperatives.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())
