"""The simulated day: what can be calculated comes out, and its figures stand where they say."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from benchmarks.fleet import houses, perception
from benchmarks.fleet.__main__ import check, main, quantile, simulate
from benchmarks.fleet.figures import FIGURES, Figures

ROOT = Path(__file__).resolve().parents[2]
CALM = {"outage_share": 0.0, "core_mtbf": 1e9, "house_mtbf": 1e9}


@pytest.mark.parametrize("name", [name for name, figure in FIGURES.items() if figure.page])
def test_a_measured_figure_stands_on_its_page(name: str) -> None:
    figure = FIGURES[name]
    assert figure.quote in (ROOT / figure.page).read_text()


def test_one_camera_and_one_core_take_the_work_of_each_file_and_no_more() -> None:
    figures = Figures.chosen(CALM)
    seen = perception.simulate(1, 1, figures, random.Random(1))
    assert seen.files == 32
    assert list(seen.delays) == pytest.approx([30 * 7.9] * 32)
    assert perception.mean_cores(1, figures) == pytest.approx(32 * 30 * 7.9 / 86_400)


def test_too_few_cores_are_behind_by_what_is_left_of_the_day() -> None:
    """A fluid bound: with the mean alone, a third of the day's work is left when the day ends."""
    figures = Figures.chosen(CALM)
    cores = round(perception.mean_cores(300, figures))
    seen = perception.simulate(300, cores, figures, random.Random(1))
    work = 300 * 32 * 30 * 7.9
    left = work - cores * 16 * 3600
    assert seen.delays[-1] == pytest.approx(left / cores, rel=0.1)
    enough = perception.simulate(300, 2 * cores, figures, random.Random(1))
    assert quantile(enough.delays, 0.95) < 2 * 30 * 7.9


def test_what_fails_costs_time_and_no_file() -> None:
    failing = Figures.chosen({"core_mtbf": 0.05})
    calm = perception.simulate(50, 10, Figures.chosen(CALM), random.Random(1))
    seen = perception.simulate(50, 10, failing, random.Random(1))
    assert seen.files == calm.files == 50 * 32
    assert seen.lost > 0
    assert sum(seen.delays) > sum(calm.delays)


def test_a_house_that_is_away_answers_when_it_is_back() -> None:
    calm = houses.simulate(100, Figures.chosen(CALM), random.Random(1))
    assert (calm.refused, calm.questions) == (0, 100 * 20)
    assert calm.opened == 100, "all fit, so each home is opened once"
    failing = Figures.chosen({"house_mtbf": 0.1, "house_away": 600.0})
    away = houses.simulate(100, failing, random.Random(1))
    assert 0 < away.refused < away.questions == 2000
    assert away.opened > 100
    assert away.delays[-1] > 60 > calm.delays[-1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_sampled_model_agrees_with_the_exact_one(seed: int) -> None:
    agreement = check(Figures.chosen({}), seed=seed)
    assert agreement.sampled == pytest.approx(agreement.exact, rel=0.15)
    behind = check(Figures.chosen({"headroom": 1.2}), seed=seed)
    assert behind.sampled == pytest.approx(behind.exact, rel=0.15)
    assert behind.exact[0] > 5 * agreement.exact[0]


def test_a_million_owners_are_simulated_by_a_few() -> None:
    day = simulate(1_000_000, Figures.chosen({}), 1_000, 5)
    assert day.simulated_share == 1e-3
    assert (day.houses, day.cores) == (500, 140_445)
    assert day.gpus[0] == pytest.approx(1920 * 1e6 / 5 / 86_400, rel=1e-3)


def test_it_says_what_it_was_fed_with(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--owners", "6", "--set", "headroom=3", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["figures"]["headroom"] == 3
    assert report["days"][0]["cores"] == 2
    with pytest.raises(SystemExit):
        main(["--set", "nonsense=3"])
    assert "there is no figure nonsense" in capsys.readouterr().err
