"""What the simulation is fed with: each figure with where it comes from, measured or assumed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and its unit. ``page`` is where it was measured; empty: it is assumed, as ``why``
    says. ``quote`` stands on that page."""

    value: float
    unit: str
    why: str
    page: str = ""
    quote: str = ""


APP, INGEST = "docs/measurements/app.md", "docs/measurements/ingest.md"
SCALE = "docs/design/scale.md"
FIGURES: dict[str, Figure] = {
    "perceive_cpu": Figure(
        7.9, "CPU-s a minute of film", "speech, voices, sounds, sights, vectors", INGEST, "**7.9**"
    ),
    "question_cpu": Figure(
        0.186, "CPU-s", "a question to a year, without the embedder", APP, "**186 / 241**"
    ),
    "embed_cpu": Figure(0.075, "CPU-s", "the embedder, for a question to a year", APP, "75 / 546"),
    "index_cpu": Figure(
        2.5, "CPU-s", "reading a year's codes, at the first search", APP, "2.5 CPU-s for a year"
    ),
    "open_cpu": Figure(0.68, "CPU-s", "opening a home, with its pages", APP, "| 0.68 |"),
    "home_memory": Figure(14.4, "MB", "an open home, without its index", APP, "| 14.4 MB |"),
    "index_memory": Figure(273, "MB", "a year's codes", APP, "(273)"),
    "index_size": Figure(2760, "MB for 700,000 clips", "the home on disk", APP, "2,760"),
    "thumbnail": Figure(0.021, "MB", "a thumbnail, three a clip", SCALE, "1.30 MB for 62"),
    "captions_low": Figure(
        1.02, "clips a second and GPU", "cosmos-curate's sample report; not ours", SCALE, "1.02"
    ),
    "captions_high": Figure(
        5.0, "clips a second and GPU", "by arithmetic: 40 % of an H100", SCALE, "5 clips"
    ),
    "awake_from": Figure(7, "hour", "when recording begins"),
    "awake": Figure(16, "hours a day", "the wearer records all the time"),
    "file_minutes": Figure(30, "minutes", "the length of a file"),
    "visits": Figure(4, "a day", "how often an owner comes"),
    "questions": Figure(5, "a visit", "a minute apart"),
    "house_owners": Figure(2000, "owners", "the most in one house"),
    "house_cores": Figure(8, "cores", "of a house"),
    "house_memory": Figure(64_000, "MB", "of a house; half of it for open homes"),
    "headroom": Figure(1.6, "times the day's mean", "cores for perception"),
    "house_mtbf": Figure(30, "days", "between two failures of a house"),
    "house_away": Figure(360, "s", "Kubernetes attaches the volume elsewhere; not tried"),
    "core_mtbf": Figure(30, "days", "between two failures of a worker's machine"),
    "core_away": Figure(600, "s", "until another machine stands in"),
    "outage_share": Figure(0.1, "of the workers", "a zone that is away"),
    "outage_at": Figure(18, "hour", "from when"),
    "outage_hours": Figure(1, "hours", "for how long"),
    "bitrate": Figure(1.0, "Mbit/s", "of the originals; cameras write 4 and more"),
    "kept_days": Figure(30, "days", "originals are kept"),
    "gpu_price": Figure(2.0, "$ an hour", "an H100"),
    "core_price": Figure(0.03, "$ an hour", "a core"),
    "storage_price": Figure(0.023, "$ a GB and month", "object storage"),
    "disk_price": Figure(0.08, "$ a GB and month", "a block volume (SSD)"),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """The values by name, some of them replaced."""

    values: dict[str, float]

    @classmethod
    def chosen(cls, replaced: dict[str, float]) -> Figures:
        """Raises ValueError where there is no such figure."""
        if unknown := replaced.keys() - FIGURES.keys():
            names = ", ".join(FIGURES)
            raise ValueError(f"there is no figure {sorted(unknown)[0]}; choose one of: {names}")
        return cls({name: figure.value for name, figure in FIGURES.items()} | replaced)

    def __getitem__(self, name: str) -> float:
        return self.values[name]
