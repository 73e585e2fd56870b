"""Build EgoGPT's prompt from pieces of ChatML: words, marks, and places of media.

Marks are pieces of their own and words are never read for marks, so that nobody can write, say
aloud or hold into the camera a text that ends a turn or begins another.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any, TypeAlias

from egogpt.protocols.chat import Message
from egogpt.protocols.errors import ModelDamaged, ModelMissing
from egogpt.text.english_grammar import join

SYSTEM = "You are a helpful assistant."
_CHATML = (
    "{% for turn in messages %}<|im_start|>{{ turn.role }}\n{{ turn.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""For whoever asks the tokenizer for a template: some checkpoints come without one."""


class Mark(Enum):
    """A piece that is not words."""

    START = "<|im_start|>"
    END = "<|im_end|>"
    SEEN = "<image>"
    HEARD = "<speech>"


Piece: TypeAlias = str | Mark


def chat_pieces(messages: Sequence[Message]) -> list[Piece]:
    """A conversation, up to where the reply begins; what is seen stands before what is heard.

    A message with frames always has a place for sound too: the model was never shown one without.
    """
    turns = list(messages)
    if not turns or turns[0].role != "system":
        turns.insert(0, Message("system", SYSTEM))
    pieces: list[Piece] = []
    for turn in turns:
        pieces += [Mark.START, *_turn(turn), Mark.END, "\n"]
    return [*pieces, Mark.START, "assistant\n"]


def _turn(turn: Message) -> list[Piece]:
    if turn.frames:
        return [f"{turn.role}\n", Mark.SEEN, "\n", Mark.HEARD, f"\n\n{turn.content}"]
    if turn.sound is not None:
        return [f"{turn.role}\n", Mark.HEARD, f"\n\n{turn.content}"]
    return [f"{turn.role}\n{turn.content}"]


class PromptTokenizer:
    """The checkpoint's tokenizer, which reads words as words even where they look like marks."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelMissing or ModelDamaged."""
        from transformers import Qwen2Tokenizer

        if not any((folder / name).is_file() for name in ("tokenizer.json", "vocab.json")):
            raise ModelMissing(
                f"{folder} has no tokenizer: neither tokenizer.json nor vocab.json. Fetch the "
                "small files of the checkpoint too."
            )
        try:
            self.tokenizer: Any = Qwen2Tokenizer.from_pretrained(folder, local_files_only=True)
        except Exception as error:  # the library raises whatever its parser does
            raise ModelDamaged(
                f"The tokenizer in {folder} is not readable ({error}). Fetch its files anew."
            ) from error
        self.tokenizer.chat_template = self.tokenizer.chat_template or _CHATML
        known = self.tokenizer.get_vocab()
        if missing := [mark.value for mark in (Mark.START, Mark.END) if mark.value not in known]:
            raise ModelDamaged(
                f"The tokenizer in {folder} does not know {join(missing)}: it is not EgoGPT's. "
                "Fetch its files anew."
            )
        self._marks = {mark: int(known[mark.value]) for mark in (Mark.START, Mark.END)}

    @property
    def ends(self) -> list[int]:
        """The tokens that end a reply."""
        known = self.tokenizer.get_vocab()
        stops = [self.tokenizer.eos_token, "<|endoftext|>"]
        return sorted({self._marks[Mark.END], *(known[stop] for stop in stops if stop in known)})

    def ids(self, piece: Piece) -> list[int]:
        """The tokens of words, or of a mark that starts or ends a turn."""
        if isinstance(piece, Mark):
            return [self._marks[piece]]
        token_ids: list[int] = self.tokenizer.encode(
            piece, add_special_tokens=False, split_special_tokens=True
        )
        return token_ids

    def text(self, ids: Sequence[int]) -> str:
        """The words of tokens, without marks."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))
