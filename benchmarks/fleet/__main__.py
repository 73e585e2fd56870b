"""A day of six, a thousand or a million owners: what waits, what it takes, what it costs.

    python -m benchmarks.fleet                          6, 1,000 and 1,000,000 owners
    python -m benchmarks.fleet --owners 50000 --set headroom=1.2
    python -m benchmarks.fleet --figures                what it is fed with, and from where
    python -m benchmarks.fleet --json

Up to --sample owners every file is simulated; beyond, that many with their share of the workers,
and --houses of the houses. ``--check`` compares the two at 1,000 owners.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.fleet import houses, perception
from benchmarks.fleet.figures import FIGURES, Figures

MONTH = 30  # days


@dataclass(frozen=True, slots=True)
class Day:
    """A day of so many owners; seconds, and dollars for each owner and month."""

    owners: int
    simulated_share: float
    cores: int
    delay_median: float
    delay_95: float
    delay_most: float
    files_lost: float
    houses: int
    open_homes: int
    opened: float
    house_load: float
    answer_median: float
    answer_95: float
    answer_99: float
    unanswered: float
    gpus: tuple[float, float]
    originals_tb: float
    index_tb_year: float
    thumbnails_tb_year: float
    price: dict[str, float]
    took: float


def quantile(values: Sequence[float], share: float) -> float:
    """Of sorted values."""
    return values[min(len(values) - 1, int(share * len(values)))]


def simulate(owners: int, figures: Figures, sample: int, most_houses: int, seed: int = 1) -> Day:
    """A day, exactly or by sample."""
    begun = time.perf_counter()
    chance = random.Random(seed)
    cores = math.ceil(perception.mean_cores(owners, figures) * figures["headroom"])
    seen, part = perception.sampled(owners, cores, sample, figures, chance)
    asked, count = houses.sampled(owners, most_houses, figures, chance)
    answers = sorted(delay for house in asked for delay in house.delays)
    total = sum(house.questions for house in asked)
    clips = owners * figures["awake"] * 120
    return Day(
        owners,
        round(part, 6),
        cores,
        round(quantile(seen.delays, 0.5), 1),
        round(quantile(seen.delays, 0.95), 1),
        round(seen.delays[-1], 1),
        round(seen.lost / part, 1),
        count,
        houses.open_homes(figures),
        round(sum(house.opened for house in asked) / total, 3),
        round(
            sum(house.busy for house in asked)
            / (len(asked) * figures["house_cores"] * figures["awake"] * 3600),
            4,
        ),
        round(quantile(answers, 0.5), 2),
        round(quantile(answers, 0.95), 2),
        round(quantile(answers, 0.99), 2),
        round(sum(house.refused for house in asked) / total, 5),
        (_gpus(clips, figures["captions_high"]), _gpus(clips, figures["captions_low"])),
        round(owners * _originals(figures) / 1e3, 3),
        round(clips * 365 * figures["index_size"] / 700_000 / 1e6, 3),
        round(clips * 365 * 3 * figures["thumbnail"] / 1e6, 3),
        prices(owners, cores, count, figures),
        round(time.perf_counter() - begun, 1),
    )


def _gpus(clips: float, rate: float) -> float:
    return round(clips / rate / perception.DAY, 2)


def _originals(figures: Figures) -> float:
    """GB that an owner records in a day."""
    return figures["bitrate"] / 8 * figures["awake"] * 3600 / 1e3


def prices(owners: int, cores: int, count: int, figures: Figures) -> dict[str, float]:
    """Dollars for each owner and month, once a year is kept."""
    clips = figures["awake"] * 120
    hours = 24 * MONTH
    gpus = [clips / figures[f"captions_{rate}"] / 3600 for rate in ("high", "low")]
    index = clips * 365 * figures["index_size"] / 700_000 / 1e3
    thumbnails = clips * 365 * 3 * figures["thumbnail"] / 1e3
    price = {
        "captions, at the best": gpus[0] * MONTH * figures["gpu_price"],
        "captions, at the worst": gpus[1] * MONTH * figures["gpu_price"],
        "perception": cores * hours * figures["core_price"] / owners,
        "originals": _originals(figures) * figures["kept_days"] * figures["storage_price"],
        "thumbnails": thumbnails * figures["storage_price"],
        "index": index * figures["disk_price"],
        "houses": count * figures["house_cores"] * hours * figures["core_price"] / owners,
    }
    return {name: round(value, 2) for name, value in price.items()}


@dataclass(frozen=True, slots=True)
class Agreement:
    """The exact model and the sampled one, at the same number of owners; seconds of delay."""

    owners: int
    sample: int
    exact: tuple[float, float]
    sampled: tuple[float, float]


def check(figures: Figures, owners: int = 1000, sample: int = 250, seed: int = 1) -> Agreement:
    """Mean and 95th percentile of a file's delay, by either model; the mean of four samples."""
    cores = math.ceil(perception.mean_cores(owners, figures) * figures["headroom"])
    whole = perception.simulate(owners, cores, figures, random.Random(seed)).delays
    chance = random.Random(seed + 100)
    parts = [perception.sampled(owners, cores, sample, figures, chance)[0] for _ in range(4)]

    def both(delays: Sequence[float]) -> tuple[float, float]:
        return round(sum(delays) / len(delays), 1), round(quantile(delays, 0.95), 1)

    return Agreement(
        owners, sample, both(whole), both(sorted(d for part in parts for d in part.delays))
    )


def _show(day: Day) -> None:
    print(f"\n{day.owners:,} owners (simulated: {day.simulated_share:.2%} of them, {day.took} s)")
    for name, value in asdict(day).items():
        if name not in ("owners", "simulated_share", "took", "price"):
            print(f"  {name}: {value}")
    for name, price in day.price.items():
        print(f"  $ {price} an owner and month for {name}")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the simulation. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fleet",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--owners", type=int, nargs="+", default=[6, 1000, 1_000_000])
    parser.add_argument("--set", nargs="+", default=[], metavar="FIGURE=VALUE", dest="replaced")
    parser.add_argument("--sample", type=int, default=20_000, help="owners")
    parser.add_argument("--houses", type=int, default=25)
    parser.add_argument("--check", action="store_true", help="exact and sampled at 1,000 owners")
    parser.add_argument("--figures", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    try:
        said = (text.partition("=") for text in args.replaced)
        figures = Figures.chosen({name: float(value) for name, _, value in said})
    except ValueError as error:
        parser.error(str(error))
    if args.figures:
        for name, figure in FIGURES.items():
            origin = f"measured: {figure.page}" if figure.page else "assumed"
            print(f"{name} = {figures[name]:g} {figure.unit}: {figure.why} ({origin})")
        return 0
    report: dict[str, object] = {"figures": figures.values}
    if args.check:
        report["check"] = asdict(check(figures))
    else:
        days = [simulate(n, figures, args.sample, args.houses) for n in args.owners]
        report["days"] = [asdict(day) for day in days]
    if args.json:
        print(json.dumps(report))
    elif args.check:
        print(report["check"])
    else:
        for day in days:
            _show(day)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
