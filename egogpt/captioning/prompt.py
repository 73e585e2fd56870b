"""The prompt for captioning a clip, and the parsing of the reply into a caption.

Everything that others found goes in as data inside an envelope: words spoken and texts in view may
say anything, also to a machine. Any backend that sees may use it:

    messages = caption_messages(observation)
    caption = as_caption(chat.complete(messages, max_tokens=MAX_TOKENS))
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from egogpt.protocols.chat import ChatError, Message
from egogpt.runtime.repetition_stop import without_repeats
from egogpt.text.caption_terms import FACE, HOLDING, OWN_HAND
from egogpt.text.directives import scripts
from egogpt.text.english_grammar import quotable
from memory.types.core import Observation, Sighting, SightingKind, Utterance

PROMPT_VERSION = "caption-1"
MAX_TOKENS = 200
_LONGEST_PREVIOUS, _LONGEST_LINE, _MOST_LINES = 600, 300, 60  # letters, letters, lines
_MOST_SAID = 3000  # letters of all that was said: more than anybody says in half a minute
_ENVELOPE = re.compile(r"[<>]")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_SPACES = re.compile(r"\s+")
_TEMPLATE_MARK = re.compile(r"<\|?[^<>\n]{1,40}\|?>")
_UNFINISHED = re.compile(r"(?<=[.!?])[^.!?]*$")


def caption_messages(
    observation: Observation, *, hears: bool = True, in_one_turn: bool = False
) -> list[Message]:
    """The request for a clip's caption, with its frames, its sound if ``hears``, and what is known.

    A model that does not hear gets what was said as text only; one that does gets both, since the
    names of the speakers are in the text. ``in_one_turn`` is for a model that was trained with one
    system message: the task stands with the clip instead.
    """
    asked, user_text = _parts()
    asked = asked.replace("{seconds}", str(round(observation.clip.span.duration)))
    user_text = user_text.replace("{noticed}", "\n".join(_noticed(observation)) or "nothing")
    sound = observation.sound if hears else None
    if in_one_turn:
        return [Message("user", f"{asked}\n\n{user_text}", observation.frames, sound)]
    return [Message("system", asked), Message("user", user_text, observation.frames, sound)]


def as_caption(reply: str) -> str:
    """The reply as plain sentences without loops, markup or an unfinished end.

    Raises ChatError where nothing is left of it.
    """
    text = _SPACES.sub(" ", _UNSEEN.sub(" ", _TEMPLATE_MARK.sub(" ", reply))).strip(" *#\"'`")
    text = without_repeats(text)
    whole = _UNFINISHED.sub("", text).strip()
    text = whole if _says(whole) else text
    if not _says(text):
        raise ChatError("The model wrote no words for the clip.")
    return text


def _says(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


@cache
def _parts() -> tuple[str, str]:
    text = files("egogpt.captioning").joinpath("prompts", "caption.md").read_text(encoding="utf-8")
    asked, user_text = (part.strip() for part in text.split("\n---\n"))
    return asked, user_text


def _noticed(observation: Observation) -> Iterator[str]:
    start, seen = observation.clip.span.start, observation.sightings
    if observation.previous:
        yield f"Earlier: {_line(observation.previous, _LONGEST_PREVIOUS)}"
    if people := _names(seen):
        yield f"People recognised: {', '.join(people)}"
    if places := _of(seen, "place"):
        yield f"Place: {', '.join(places)}"
    if things := _of(seen, "object"):
        yield f"Things in view: {', '.join(things)}"
    if objects := [name.removeprefix(HOLDING) for name in _of(seen, "hand") if name != OWN_HAND]:
        yield f"Held or hands: {', '.join(objects)}"
    for text in _of(seen, "text"):
        yield f'Text in view: "{text}"'
    if sounds := _of(seen, "sound"):
        yield f"Sounds: {', '.join(sounds)}"
    room = _MOST_SAID
    for utterance in sorted(observation.utterances, key=lambda spoken: spoken.span):
        if (words := _line(utterance.text, _LONGEST_LINE)) and room > 0:
            line = f'At {utterance.span.start - start:.0f} s {_speaker(utterance)} says: "{words}"'
            room -= len(line)
            yield line


def _names(seen: Sequence[Sighting]) -> list[str]:
    return [what for what in _of(seen, "face") if what != FACE]


def _of(seen: Sequence[Sighting], kind: SightingKind) -> list[str]:
    lines = (_line(sighting.what, _LONGEST_LINE) for sighting in seen if sighting.kind == kind)
    return list(dict.fromkeys(filter(None, lines)))[:_MOST_LINES]


def _speaker(utterance: Utterance) -> str:
    return _line(utterance.speaker, 60) or "somebody"


def _line(text: str, longest: int) -> str:
    """One line that cannot close the envelope; nothing of one that scripts its reader."""
    if scripts(text):
        return ""
    return _ENVELOPE.sub(" ", quotable(text)).strip()[:longest]
