"""Where in its context a layer is: what corrections of attention keep from prompt to decoding."""

from __future__ import annotations

import torch
from torch import Tensor


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

    def after_prompt(self, flags: Tensor, start: int, asked: int) -> Tensor:
        """Flags of the prompt for the rows of a call, True behind the prompt; bool [B, q]."""
        part = flags[:, start : start + asked]
        return torch.nn.functional.pad(part, (0, asked - part.shape[1]), value=True)
