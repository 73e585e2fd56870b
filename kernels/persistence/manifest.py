"""The manifest beside a saved cache, and the errors of reading it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import zlib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

FORMAT = 1
NAME = "cache.json"
"""The file of a folder that tells which file holds the states."""
AGAIN = "delete the folder and let the model read the text again"


class CacheFileError(RuntimeError):
    """A saved cache cannot be written or used; the text names the file and what to do."""


class ForeignCache(CacheFileError):
    """A saved cache is whole, but of another model or another text."""


@dataclass(frozen=True, slots=True)
class CacheManifest:
    """What a saved cache is.

    Attributes:
        file: Name of the file with its states, in the same folder.
        model: Fingerprint of the model that read the text.
        tokens: Digest of the text's tokens, or None where it was not given.
        length: How many tokens each row has.
        checks: CRC-32 of what was written of each tensor.
        summaries: What is known of blocks, see `kernels.persistence.summary_state`.
        versions: Of what wrote it, for a person to read.
        format: Of these files.
    """

    file: str
    model: str
    tokens: str | None
    length: int
    checks: dict[str, int]
    summaries: list[dict[str, Any]]
    versions: dict[str, str]
    format: int = FORMAT

    def text(self) -> str:
        """As JSON, with a check of its own."""
        inner = asdict(self)
        return json.dumps({"check": _check(inner), **inner}, indent=1)

    @classmethod
    def read(cls, path: Path) -> CacheManifest:
        """Read it back.

        Raises:
            CacheFileError: It is not there, damaged or of another version.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            check = content.pop("check")
            number = content["format"]
        except FileNotFoundError as error:
            raise CacheFileError(
                f"{path.parent} holds no saved cache (there is no {path.name}): let the model "
                "read the text, and save"
            ) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CacheFileError(f"{path} cannot be read ({error}): {AGAIN}") from error
        if check != _check(content):
            raise CacheFileError(f"{path} is damaged (its check does not fit): {AGAIN}")
        if number != FORMAT or set(content) != {field.name for field in fields(cls)}:
            raise CacheFileError(
                f"{path} is of format {number} and this version reads format {FORMAT}: {AGAIN}"
            )
        return cls(**content)

    def fits(self, path: Path, model: str, tokens: Tensor | None) -> None:
        """Check whose it is.

        Raises:
            ForeignCache: Of another model or another text.
        """
        if self.model != model:
            raise ForeignCache(
                f"{path} was read by the model {self.model!r} and this is {model!r}, to which its "
                f"states mean nothing: load it with that model, or {AGAIN}"
            )
        if tokens is None or self.tokens is None:
            return
        if tokens.shape[1] < self.length or token_digest(tokens, self.length) != self.tokens:
            raise ForeignCache(
                f"{path} was made from another text than the {tokens.shape[1]:,} tokens that are "
                f"asked about now: choose the folder of that text, or {AGAIN}"
            )


def token_digest(tokens: Tensor, length: int) -> str:
    """Digest of the first tokens of each row of [B, k]."""
    ids = tokens[:, :length].to("cpu", torch.int64).contiguous()
    digest = hashlib.sha256(repr(tuple(ids.shape)).encode())
    digest.update(ids.numpy().tobytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Of what writes."""
    installed = {}
    for name in ("egobutler", "torch", "transformers"):
        try:
            installed[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:  # run from its source
            installed[name] = "unknown"
    return installed


def _check(inner: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(inner, sort_keys=True).encode())
