"""State that corrections of attention keep of a layer from prompt to decoding."""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.base.attention_rows import Call


class PromptState:
    """Counts what a layer has read. The first ``length`` tokens are the prompt."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.written = 0

    def advance(self, asked: int, total: int) -> int:
        """Note a call with ``asked`` queries and ``total`` keys.

        Keys may have room behind them (a static cache), and a cache may have been cut back since
        the last call; a call whose queries are all its keys begins anew.

        Returns:
            The position of the first query.
        """
        start = min(total - asked, self.written)
        self.written = start + asked
        return start

    def at(self, flags: Tensor, columns: Tensor) -> Tensor:
        """Flags of the prompt [B, P] at some columns, False behind the prompt; bool [B, c]."""
        inside = columns < self.length
        return flags[:, columns.clamp(max=self.length - 1)] & inside

    def rows(self, flags: Tensor, call: Call) -> tuple[Tensor, Tensor | None]:
        """Which rows of a call are to be corrected: those flagged in the prompt, all behind it.

        Args:
            flags: bool [B, P].
            call: The call.

        Returns:
            Rows that one of the batch wants, ascending, int64 [r]; and which of the batch want
            them, bool [B, q], None when all do.
        """
        asked, start = call.query.shape[2], call.start
        if start >= self.length:  # decoding
            return torch.arange(asked, device=flags.device), None
        part = flags[:, start : start + asked]
        part = torch.nn.functional.pad(part, (0, asked - part.shape[1]), value=True)
        return part.any(dim=0).nonzero()[:, 0], part
