"""A sink report in plain words: what it says about VAR and ACT on this model."""

from __future__ import annotations

from dataclasses import dataclass

from egogpt.sinks.report import SinkReport

FEW = 0.01
"""Below this share of heads there are no sinks worth the name (untrained and tiny models)."""


@dataclass(frozen=True, slots=True)
class SinkVerdict:
    """Whether a technique can do anything on a model, and why."""

    can_help: bool
    why: str


def about_var(report: SinkReport) -> SinkVerdict:
    """Whether redistribution from visual sinks can do anything."""
    profile = report.profile
    if not report.sees_pictures:
        return SinkVerdict(False, "the model takes no pictures, so there are no visual sinks")
    if not profile.dimensions:
        return SinkVerdict(False, f"its sinks cannot be told from hidden states: {profile.source}")
    if report.first < FEW:
        return SinkVerdict(False, "it hardly has sinks: next to nothing would be moved")
    names = ", ".join(str(dimension) for dimension in profile.dimensions)
    return SinkVerdict(
        True,
        f"it has sinks, and they show in dimensions {names} ({profile.source}). Whether a picture "
        "holds visual sinks is seen for each picture; without any, nothing changes",
    )


def about_act(report: SinkReport) -> SinkVerdict:
    """Whether calibration of sinks beside the first token can do anything."""
    share = _percent(report.other_sinks)
    if report.other_sinks < FEW:
        return SinkVerdict(
            False,
            f"only {share} of heads have a sink beside the first token, which ACT never touches",
        )
    return SinkVerdict(
        True,
        f"{share} of heads have a sink beside the first token. It is experimental and does harm "
        "in the wrong heads: find heads first with egobutler calibrate-act",
    )


def in_words(report: SinkReport) -> list[str]:
    """The report, a line each."""
    strongest = max(range(report.length), key=lambda k: report.by_position[k])
    lines = [
        f"{report.model}: {report.layers} layers of {report.heads} heads, "
        f"{report.texts} texts of {report.length} tokens",
        f"in {_percent(report.first)} of heads the first token gets more than "
        f"{_percent(report.epsilon)} of the attention (Sink_1 at ε = {report.epsilon:g})",
    ]
    if strongest and report.by_position[strongest] > report.first:
        lines.append(
            f"the strongest sink is token {strongest + 1}, "
            f"in {_percent(report.by_position[strongest])} of heads"
        )
    if report.first < FEW:
        lines.append("this model has no attention sinks to speak of")
    for name, verdict in (("VAR", about_var(report)), ("ACT", about_act(report))):
        lines.append(
            f"{name} {'may help' if verdict.can_help else 'can do nothing'}: {verdict.why}"
        )
    return lines


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.095 or not share else f"{100 * share:.1f} %"
