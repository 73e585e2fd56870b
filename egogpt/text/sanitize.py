"""Text seen or heard in a recording, made harmless: it is quoted, and can neither run nor fetch.

Links lose their scheme, pictures and tags their markup, control characters go. Words addressed to
an assistant are still quoted to the person, but never shown to a language model.
"""

from __future__ import annotations

import re

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


def sanitize(text: str) -> str:
    """One line of plain text without markup, link schemes or control characters."""
    text = _CONTROL.sub(" ", text)
    text = _IMAGE_OR_LINK.sub(lambda match: match[1] or "picture", text)
    text = _SCHEME.sub("", _TAG.sub("", text))
    return re.sub(r"\s+", " ", text.replace("`", "'")).strip()


def looks_like_instruction(text: str) -> bool:
    """Whether the text speaks to an assistant as if to instruct it."""
    return bool(_ORDER.search(_CONTROL.sub(" ", text)))
