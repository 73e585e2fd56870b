"""Explanation of an answer: the plan, the search and the scores behind it, for `--explain`.

A value that does not concern an answer is None, and is left out where it is shown as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WeighedClip:
    """A clip that was weighed: its score, and what each signal of retrieval added to it."""

    clip: str
    score: float
    why: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class VerdictSummary:
    """Whether the evidence supports an answer, and the share of the question that it speaks of.

    Where a judge has read it, ``coverage`` is the probability that it answers, and ``words`` are
    those of the question that this rests on most.
    """

    supported: bool
    coverage: float
    missing: tuple[str, ...]
    reason: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """One round of retrieval: what was searched, why, and the verdict on what it found.

    ``steps`` are the sub-questions that were searched for it; None where the strategy makes none.
    """

    searched: str
    interval: str
    why: str
    supported: bool
    coverage: float
    missing: tuple[str, ...]
    reason: str
    steps: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ChoiceSummary:
    """What decided between given options ("words", "times" or "people"); the share of each."""

    decided_by: str
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class AggregateSummary:
    """A counted value, the clips that it rests on, and what was counted."""

    op: str
    of: str
    unit: str
    value: int | float | str | list[str]
    rows: tuple[str, ...]
    activities: tuple[str, ...]
    words: tuple[str, ...]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PictureMatch:
    """A picture near the question's words; ``at`` is seconds UTC, ``clear`` 0..1."""

    clip: str
    at: float
    cosine: float
    clear: float


@dataclass(frozen=True, slots=True)
class PictureSearch:
    """How pictures were searched, in a sentence, and which came nearest.

    ``announced`` is whether a refusal says so: once in a conversation, where sight is asked for.
    """

    note: str
    found: tuple[PictureMatch, ...] | None = None
    announced: bool = False


@dataclass(frozen=True, slots=True)
class ReadingSummary:
    """What was read as a whole, or why nothing was; ``note`` is what a person must know of it.

    ``method`` is the attention that it was read with, and ``new_tokens`` how many tokens of the
    prompt's text had not been read for an earlier question.
    """

    model: str | None = None
    level: str | None = None
    tokens: int | None = None
    method: str | None = None
    new_tokens: int | None = None
    note: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class LookSummary:
    """How a model that sees was shown a clip, and what was done to its attention.

    ``frames`` were sampled and cost ``tokens`` each, in order of time (of two that share a map,
    half of it each); ``stock_tokens`` is what the clip would have cost without QuoTA, ``scorer``
    what the tokens went by and ``passes`` how often the model was asked for that. ``var_heads`` are
    those in which VAR moved attention, ``sink_mass_moved`` the part of a row's attention that it
    moved in them, on average. ``quota_off`` and ``var_off`` say why there was none.
    """

    clip: str = ""
    frames: int = 0
    tokens: tuple[float, ...] = ()
    stock_tokens: int = 0
    scorer: str = ""
    passes: int = 0
    quota_off: str = ""
    var_heads: int = 0
    sink_mass_moved: float = 0.0
    var_off: str = ""

    @property
    def text(self) -> str:
        """The same in a line."""
        seen = f"{self.frames} frames"
        if self.quota_off:
            quota = f"{seen}, QuoTA off: {self.quota_off}"
        else:
            each = " ".join(f"{count:g}" for count in self.tokens)
            asked = f", {self.passes} yes/no passes" if self.passes else ""
            quota = (
                f"{seen} sampled, {sum(self.tokens):g} tokens of {self.stock_tokens} by "
                f"{self.scorer}{asked}; each {each}"
            )
        var = f"VAR off: {self.var_off}"
        if not self.var_off:
            moved = f"{100 * self.sink_mass_moved:.1f} % of attention moved"
            heads = "1 head" if self.var_heads == 1 else f"{self.var_heads} heads"
            var = f"VAR in {heads}, {moved} from sinks"
        return f"{quota}. {var}"


@dataclass(frozen=True, slots=True)
class ScopeSummary:
    """What the question was kept to; ``span`` in seconds UTC."""

    people: tuple[str, ...]
    places: tuple[str, ...]
    devices: tuple[str, ...]
    span: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class FeedbackCounts:
    """How many moments the owner has judged for the question."""

    wrong: int = 0
    right: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that an answer can be explained by; the first six are ``egorag.question.plan``'s.

    ``interval`` is the time asked about, in words, and ``searched`` that time where two ends cannot
    say it ("Mondays"). ``written_by`` is what the sentences were made from: a model's name,
    "extractive", "counted". ``evidence`` is best first.
    """

    kind: str = ""
    order: str = ""
    query: str = ""
    required: tuple[str, ...] = ()
    head: str = ""
    names: tuple[str, ...] = ()
    interval: str = ""
    interval_exact: bool | None = None
    written_by: str = ""
    searched: str | None = None
    verdict: VerdictSummary | None = None
    choice: ChoiceSummary | None = None
    aggregate: AggregateSummary | None = None
    evidence: tuple[WeighedClip, ...] | None = None
    rounds: tuple[RoundSummary, ...] | None = None
    pictures: PictureSearch | None = None
    reading: ReadingSummary | None = None
    scope: ScopeSummary | None = None
    judged: FeedbackCounts | None = None
    looks: tuple[LookSummary, ...] | None = None
