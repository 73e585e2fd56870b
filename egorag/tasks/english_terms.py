"""The words by which people say that something is still to be done, and those that only look so.

A firm cue ("I have to", "don't forget to", "I promised to") commits whatever follows. A soft one
("I'll", "could you", "I want to") mostly tells of this very moment ("I'll take two bowls"): it
counts only where a time to come is named or the deed is an errand, which is done elsewhere.
"""

from __future__ import annotations

import re

_ADVERBS = (
    r"(?:(?:still|really|also|just|definitely|probably|actually|only|now|first|then|quickly"
    r"|certainly|absolutely|always|finally|already|all) )*"
)
_I = r"\b(?:i|we)"
_WHO = r"(?:(?:him|her|them|you|[a-z]+)(?: and [a-z]+)? )??"

OWN_FIRM = re.compile(
    rf"{_I}(?:'ll| will)? {_ADVERBS}(?:have|need|ought) {_ADVERBS}(?:got )?to {_ADVERBS}"
    rf"|{_I}(?:(?: have|'ve) {_ADVERBS}got to|(?: have|'ve)? {_ADVERBS}gotta) {_ADVERBS}"
    rf"|{_I}(?: am|'m| are|'re) {_ADVERBS}(?:supposed|meant|obliged) to "
    rf"|{_I} {_ADVERBS}must (?:not forget to |remember to )?{_ADVERBS}"
    rf"|{_I} (?:must not|mustn't|can't|cannot) forget to "
    rf"|{_I}(?: have|'ve)? {_ADVERBS}promised? {_WHO}(?:to|(?:that )?(?:i|we)"
    r"(?:'d| would|'ll| will)) "
    rf"|{_I} (?:told|assured) {_WHO}(?:that )?(?:i|we)(?:'d| would|'ll| will) "
    rf"|{_I} (?:said|agreed) (?:that )?(?:i|we)(?:'d| would|'ll| will) |{_I} agreed to "
    r"|(?:^|[,;.!] |\bplease |\byou )remind me to "
    r"|\b(?:note to self|to-do|todo)(?: list)?(?: is(?: still)? to |: ?(?:to )?)"
    rf"|{_I}(?:'d| had) better "
)
OWN_SOFT = re.compile(
    rf"{_I}(?:'ll| will| shall) {_ADVERBS}|\blet me {_ADVERBS}"
    rf"|{_I}(?: am|'m| are|'re) {_ADVERBS}(?:going to|gonna) {_ADVERBS}"
    rf"|{_I} (?:was|were) {_ADVERBS}going to "
    rf"|{_I} {_ADVERBS}(?:want to|wanna|plan to|intend to) "
    rf"|{_I}(?:'d| would) {_ADVERBS}like to |{_I} {_ADVERBS}should {_ADVERBS}"
)
ASKED_FIRM = re.compile(
    r"\b(?:do not|don't) (?:you )?forget to |\b(?:please )?remember to "
    r"|(?<!i'll )(?<!will )(?<!we'll )(?<!to )(?<!\bi )\bmake sure (?:that )?(?:you|to) "
    r"|\byou(?: have|'ve)? promised (?:me )?(?:to|you'd|you would) "
    r"|\byou said (?:that )?you(?:'d| would|'ll| will) |\bi need you to "
    rf"|\byou still {_ADVERBS}(?:have|need) to |\byou(?: are|'re) {_ADVERBS}supposed to "
)
ASKED_SOFT = re.compile(
    rf"\b(?:could|can|would|will) you {_ADVERBS}(?:please )?(?:mind )?{_ADVERBS}"
    rf"|\byou {_ADVERBS}(?:have|need|ought|'ve got|gotta|must|should) {_ADVERBS}(?:to )?"
    r"|\b(?:i|we) want you to |\bi(?:'d| would) like you to |^(?:(?:ok|okay|and|so),? )?please "
)

# What stands in every cue, for a quick look: plain substrings are found ten times as fast.
SIGNS = (
    "have ", "need ", "ought ", "got to", "gotta", "supposed to", "meant to", "obliged to", "must ",
    "forget to", "promise", "told ", "assured ", "said ", "agreed ", "remind me", "note to self",
    "to-do", "todo", "better ", "'ll ", " will ", "will you", "shall ", "let me", "going to",
    "gonna ", "want to", "want you", "wanna", "plan to", "intend to", "like to", "like you",
    "should ", "remember to", "make sure", "could you", "can you", "would you", "'ve got",
    "please ",
)  # fmt: skip

# Words before a cue that make a question, a condition or a report of it.
BEFORE = re.compile(
    r"\b(?:when|whenever|what|how|where|why|who|which|whether|if|unless|thing|things|maybe|perhaps"
    r"|until|before|once|do|does|did|wish|should|shall|could|would|can)[ ,]*$"
)
CONDITION = re.compile(
    r"(?<!ask )(?<!see )(?<!check )(?<!know )(?<!out )(?<!wonder )(?<!\bher )(?<!\bhim )"
    r"(?<!\bthem )\bif\b|\b(?:unless|in case|would have|could have|should have|might)\b"
)
NEVER = frozenset("never not no n't".split())

# What is at hand or in the head: no errand, whoever says "I have to" before it.
IDLE = frozenset(
    """say admit confess know understand believe love hate miss like agree think guess pee poop
    wait stop laugh cry sneeze breathe feel see hear look watch sit stand lie rest sleep relax calm
    hurry hold have be live eat drink taste try use take put turn open close wear become
    seem mean stay keep go come leave start begin continue move run walk sing dance die win lose
    play touch pass let fall imagine assume suppose point mention emphasise emphasize focus choose
    worry care squeeze hide jump climb apologise apologize talk learn
    avoid push show improve reach""".split()
)
# What is done elsewhere or later, and easily forgotten.
ERRANDS = frozenset(
    """call phone ring telephone text email e-mail mail message write reply answer send post buy
    order book reserve pay repay refund transfer return renew cancel register apply submit sign
    fix repair mend replace collect fetch deliver print invite contact remind ask tell
    schedule arrange organise organize prepare bring lend borrow charge water feed wash clean mow
    shop finish fill file download upload back vaccinate pick bake cook hand drop vacuum iron
    """.split()
)
# What no cue turns into a task: it is a manner of speaking, or it passes by itself.
MANNER = frozenset(
    """say admit confess have love miss like hate know understand wait remember think eat drink
    appreciate embrace celebrate cherish enjoy""".split()
)
# Errands that are mostly done on the spot in talk: these ask for a time to come.
ON_THE_SPOT = frozenset(
    """ask tell answer bring fetch wash clean fill finish hand drop pick cook bake feed sign print
    ring back file prepare charge collect replace fix water write""".split()
)
NO_VERB = frozenset(
    """the a an my your his her our their this that it him them me us you bed sleep work school home
    there here be to of for from in on at with and or but sure fine okay ok""".split()
) - {"be"}  # fmt: skip

# A word before "I have to" that goes on with the sentence; after any other ("the places I want to
# visit") a task of one word hangs on what was named before.
JOINING = re.compile(
    r"(?:^|[^a-z ]|\b(?:and|but|so|then|that|because|well|oh|yes|yeah|okay|ok|no|now|also|anyway"
    r"|hey|actually|alright|tomorrow|today|tonight|later|afterwards|said|say|believe|guess|hope|sure"
    r"|forgot|realise|realize|realised|realized|remembered|know|me|otherwise|or|day|week|evening"
    r"|morning|afternoon|weekend|time))\s*$"
)
# This, here and now: "lift it up", "take these".
AT_HAND = re.compile(
    r"[a-z'-]+(?: (?:it|this|that|these|those|them|one|him|her|you|me|us))?"
    r"(?: (?:up|out|in|on|off|down|over|again|too|first|now|away|back|here|there|together|once|then"
    r"|for now|right now|to (?:you|me|him|her|us|them)))*[ ,.!?]*$|.*\bnow$"
)

TO_COME = re.compile(
    r"\b(?:tomorrow|tonight|later|soon|afterwards|next (?:week|month|year|weekend|[a-z]+day)"
    r"|this (?:afternoon|evening|weekend|week|month)|(?:on|by|before|until|till|this)(?: next)? "
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|at (?:the weekend|noon|midnight|lunch)"
    r"|(?:at|by|before|around) (?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve)(?::\d\d)?\b|by the end of|on the way (?:home|back)|on (?:my|your) way (?:home|back)"
    r"|in (?:\d+|a|an|two|three|four|five|a few|a couple of) (?:day|week|month|hour)s?"
    r"|when (?:i|we|you) (?:get|come|go|leave|arrive|am|are|'re|'m)|after (?:work|school|lunch"
    r"|dinner|breakfast|this|that|class)|today|for (?:her|his|your|my) birthday"
    r"|the day after|before (?:you|we|i|they|he|she) [a-z]+|in the (?:morning|afternoon|evening)"
    r"|over the weekend|(?:on )?the \d{1,2}(?:st|nd|rd|th))\b"
)

# Verbs that wait only with what follows them.
WAITS = re.compile(
    r"(?:see (?:a|the|my|your) (?:doctor|dentist|accountant|lawyer|vet|landlord|therapist)"
    r"|take (?!.*\blook\b)(?:out|back|the (?:bins?|trash|rubbish|garbage|dog)"
    r"|.+ (?:to|back) (?:the|my|a) )"
    r"|get (?:some|more|a present|a gift) |turn off the |pick up |put (?:out )?the bins?"
    r"|go to the (?:bank|post|doctor|dentist|shop|store|supermarket|pharmacy|office)"
    r"|(?:ask|tell) (?:the |my |your )?"
    r"(?!(?:me|you|him|her|them|us|it|what|how|if|whether)\b)[a-z]+)"
)
