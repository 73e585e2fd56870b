"""The benchmark of a life as a graph, on planted days: what repeats is found, and nothing leaks."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from benchmarks.days import graph_attention, life_graph
from benchmarks.days.graph_attention import Material, Trainer, Variant, train
from benchmarks.days.link_ranking import (
    LifeGraph,
    counts,
    ordered,
    popularity,
    ranks,
    split,
)
from benchmarks.days.occasions import Node, Occasion

FIRST = date(2026, 3, 2)
ANNA, BEN = ("person", "Anna"), ("person", "Ben")
GYM, CAFE, PARK = ("place", "gym"), ("place", "café"), ("place", "park")


def days(*each: tuple[Node, Node]) -> list[Occasion]:
    """A pair of nodes on each of successive days."""
    return [Occasion(FIRST + timedelta(n), frozenset(pair)) for n, pair in enumerate(each)]


def test_a_place_of_most_days_comes_before_the_latest_and_the_popular() -> None:
    learned = days((ANNA, GYM), (ANNA, GYM), *[(BEN, CAFE)] * 3, (ANNA, CAFE))
    graph = LifeGraph(learned)
    together, latest = graph.together()
    links = graph.links(together, days((ANNA, GYM)))
    place = [link for link in links if link.relation == ("person", "place")]
    assert [link.new for link in place] == [False]
    assert ranks(graph, together, place, counts(graph, together)) == [1]
    assert ranks(graph, together, place, ordered(graph, together, together)) == [1]
    assert ranks(graph, together, place, ordered(graph, together, latest)) == [2]
    assert ranks(graph, together, place, popularity(graph, together)) == [2]


def test_a_new_link_is_ranked_among_what_is_new() -> None:
    learned = days((ANNA, GYM), (ANNA, CAFE), (BEN, PARK), (BEN, GYM))
    graph = LifeGraph(learned)
    together, _ = graph.together()
    (link, _) = graph.links(together, days((ANNA, PARK)))
    assert link.new
    assert ranks(graph, together, [link], popularity(graph, together)) == [1]


def test_what_only_later_days_hold_is_no_node() -> None:
    life = days(*[(ANNA, GYM)] * 7, *[(BEN, PARK)] * 3)
    learned, later = split(life)
    graph = LifeGraph(learned)
    assert graph.nodes == [ANNA, GYM]
    assert graph.links(graph.together()[0], later) == []


def test_days_after_a_cut_are_not_known() -> None:
    graph = LifeGraph(days((ANNA, GYM), (ANNA, GYM), (BEN, GYM)))
    together, _ = graph.together(FIRST + timedelta(1))
    assert together[graph.at[ANNA], graph.at[GYM]] == 2
    assert not together[graph.at[BEN]].any()


def test_attention_finds_what_repeats_and_is_the_same_by_its_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(graph_attention, "_BATCH", 16)
    learned = [
        Occasion(FIRST + timedelta(n), frozenset((who, where, ("activity", what))))
        for n in range(12)
        for who, where, what in ((ANNA, GYM, "sport"), (BEN, CAFE, "eating"))
    ]
    graph = LifeGraph(learned)
    together, _ = graph.together()
    links = graph.links(together, days((ANNA, GYM), (BEN, CAFE)))
    for contrast in (0.0, 0.3):
        variant = Variant(contrast=contrast)
        table = Trainer(graph).fitted(variant, 0)
        assert set(ranks(graph, together, links, table)) == {1}
        (first,), (again,), (other,) = (train(Material(graph), variant, n, 20) for n in (0, 0, 1))
        assert all(np.array_equal(scores, again[relation]) for relation, scores in first.items())
        assert any((scores != other[relation]).any() for relation, scores in first.items())


def test_topics_of_halves_agree_where_there_are_some() -> None:
    sport: list[Node] = [("person", f"Anna {n}") for n in range(4)]
    food: list[Node] = [("person", f"Ben {n}") for n in range(4)]
    life = [
        Occasion(FIRST + timedelta(n), frozenset(group[start : start + 3]))
        for n in range(12)
        for group in (sport, food)
        for start in (0, 1)
    ]
    told = life_graph.topics(life)
    assert (told["months"], told["even_and_odd_days"], told["clips_within_one"]) == (1, 1, 1)


def test_a_life_is_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    rows = [
        {"eid": f"e{n}", "date": f"{FIRST + timedelta(n)}", "text": "I had lunch with Ada."}
        for n in range(10)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    said: list[str] = []
    life_graph.main(["--timelineqa", str(path), "--seeds", "0", "--json"], said.append)
    told = json.loads(said[0])
    assert (told["days"], told["later_days"], told["links"]) == (
        7,
        3,
        {"person → activity, again": 1},
    )
    assert told["ways"]["counts"]["person → activity, again"]["first"] == 100
