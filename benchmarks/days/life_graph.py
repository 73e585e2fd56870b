"""The people, places, things and activities of a life as a graph: which links of later days come.

    python -m benchmarks.days.life_graph --lifebench DIR --people leimingxuan yinhao --json

The first 70 % of the days are learned from, the links of the others are to be found: ranks among
all nodes of a kind, of links that the first days have (again) and of those that they have not
(new). Baselines: popularity, the latest (as "where is it?" is answered), the days together (as what
is usual is told), these counts with back-off; learned: a graph attention with and without contrast,
alone and as a correction of the counts, the mean of several seeds and how far they spread.
``first`` is how often the first choice is right on a later day, of what has anything on two days.
``--communities`` asks instead whether a month has topics: the communities (Louvain) of its even
and odd days agree as far as the adjusted Rand index says, 0 by chance and 1 if they are the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import torch

from benchmarks.days.graph_attention import VARIANTS, Trainer
from benchmarks.days.link_ranking import (
    LifeGraph,
    Link,
    Relation,
    Scores,
    Table,
    counts,
    ordered,
    popularity,
    ranks,
    split,
)
from benchmarks.days.next_activity import egolife_lines, llqa_lines, timelineqa_lines
from benchmarks.days.occasions import Occasion, lifebench_lines, occasions
from benchmarks.egolifeqa import ZONE
from memory.types.events import Line

_TOP = 10
_WEARERS = {"leimingxuan": "Lei Mingxuan", "yinhao": "Yin Hao"}
_USUAL = 2  # days that make something usual, as for ``egorag.handlers.usual``
_FEWEST = 5  # nodes in both halves of a month for their communities to be compared


def judge(
    graph: LifeGraph, days: Scores, links: Sequence[Link], tables: Sequence[Table]
) -> dict[str, dict[str, float]]:
    """The figures of each relation, of links again and new, in percent; over several tables the
    mean, and the standard deviation of the mean reciprocal rank."""
    each: dict[str, list[dict[str, float]]] = defaultdict(list)
    for table in tables:
        found: dict[str, list[float]] = defaultdict(list)
        for link, rank in zip(links, ranks(graph, days, links, table), strict=True):
            found[_name(link.relation, link.new)].append(rank)
        firsts = _first_right(graph, days, links, table)
        for name, group in found.items():
            each[name].append({
                "mrr": 100 * float(np.mean([1 / rank for rank in group])),
                "hits_at_10": 100 * float(np.mean([rank <= _TOP for rank in group])),
            })  # fmt: skip
            if name in firsts:
                each[name][-1]["first"] = 100 * firsts[name]
    return {name: _mean_of(figures) for name, figures in sorted(each.items())}


def _name(relation: Relation, new: bool) -> str:
    return f"{relation[0]} → {relation[1]}, {'new' if new else 'again'}"


def _mean_of(figures: Sequence[dict[str, float]]) -> dict[str, float]:
    mean = {key: round(float(np.mean([one[key] for one in figures])), 1) for key in figures[0]}
    return mean | {"spread": round(float(np.std([one["mrr"] for one in figures])), 1)}


def _first_right(
    graph: LifeGraph, days: Scores, links: Sequence[Link], table: Table
) -> dict[str, float]:
    """How often the first choice, of all that is known, is a link of a later day, for nodes that
    something is usual for."""
    right: dict[tuple[Relation, int], set[int]] = defaultdict(set)
    for link in links:
        right[link.relation, link.node].add(link.other)
    hits: dict[str, list[bool]] = defaultdict(list)
    for (relation, node), others in right.items():
        rows, columns = (graph.of_kind(kind) for kind in relation)
        if days[node, columns].max(initial=0) >= _USUAL:
            best = columns[int(table[relation][np.searchsorted(rows, node)].argmax())]
            hits[_name(relation, False)].append(best in others)
    return {name: float(np.mean(found)) for name, found in hits.items()}


def compare(life: Sequence[Occasion], seeds: int) -> dict[str, Any]:
    """All ways on a life."""
    learned, later = split(life)
    graph = LifeGraph(learned)
    days, latest = graph.together()
    links = graph.links(days, later)
    known = {node for one in later for node in one.nodes}
    ways: dict[str, list[Table]] = {
        "popularity": [popularity(graph, days)],
        "latest": [ordered(graph, days, latest)],
        "days": [ordered(graph, days, days)],
        "counts": [counts(graph, days)],
    }
    if seeds:
        trainer = Trainer(graph)
        for variant in VARIANTS:
            ways[variant.name] = [trainer.fitted(variant, seed) for seed in range(seeds)]
            print(variant.name, "trained", file=sys.stderr)
    sizes: dict[str, int] = defaultdict(int)
    for link in links:
        sizes[_name(link.relation, link.new)] += 1
    return {
        "days": len(graph.days),
        "later_days": len({one.day for one in later}),
        "nodes": len(graph.nodes),
        "unknown": sum(node not in graph.at for node in known),
        "links": dict(sorted(sizes.items())),
        "ways": {name: judge(graph, days, links, tables) for name, tables in ways.items()},
    }


def topics(life: Sequence[Occasion], seeds: int = 5) -> dict[str, float]:
    """How far communities of a month's nodes agree: between its even and odd days, and between
    seeds of the same days; the mean over months."""
    months: dict[str, list[Occasion]] = defaultdict(list)
    for one in life:
        months[f"{one.day:%Y-%m}"].append(one)
    halves, again, within = [], [], []
    for month in months.values():
        parts = [[one for one in month if one.day.toordinal() % 2 == odd] for odd in (0, 1)]
        found = [[_communities(part, seed) for seed in range(seeds)] for part in parts]
        if len(found[0][0].keys() & found[1][0].keys()) < _FEWEST:
            continue
        halves += [_rand_index(one, other) for one, other in zip(*found, strict=True)]
        whole = [_communities(month, seed) for seed in range(seeds)]
        again += [_rand_index(one, other) for one, other in combinations(whole, 2)]
        within += [
            float(np.mean([len({one[node] for node in clip.nodes if node in one}) <= 1
                           for clip in month]))
            for one in whole
        ]  # fmt: skip
    return {
        "months": len(halves) // seeds,
        "even_and_odd_days": round(float(np.mean(halves)), 3) if halves else 0.0,
        "seeds": round(float(np.mean(again)), 3) if again else 0.0,
        "clips_within_one": round(float(np.mean(within)), 3) if within else 0.0,
    }


def _within_one(part: Sequence[Occasion], groups: dict[Any, int]) -> float:
    """The share of the occasions whose nodes are in one community."""
    found = [{groups[node] for node in clip.nodes if node in groups} for clip in part]
    return float(np.mean([len(each) == 1 for each in found]))


def _communities(part: Sequence[Occasion], seed: int) -> dict[Any, int]:
    """The community of each node but hours, by Louvain over how often two were together."""
    graph = nx.Graph()
    for one in part:
        for node, other in combinations(sorted(n for n in one.nodes if n[0] != "hour"), 2):
            weight = graph.get_edge_data(node, other, {"weight": 0})["weight"]
            graph.add_edge(node, other, weight=weight + 1)
    groups = nx.community.louvain_communities(graph, seed=seed)
    return {node: number for number, group in enumerate(groups) for node in group}


def _rand_index(first: dict[Any, int], second: dict[Any, int]) -> float:
    """The adjusted Rand index of two groupings, over the nodes of both."""
    both = sorted(first.keys() & second.keys())
    shared, rows, columns = (
        _pairs(Counter(groups))
        for groups in (
            [(first[node], second[node]) for node in both],
            [first[node] for node in both],
            [second[node] for node in both],
        )
    )
    chance, most = rows * columns / (len(both) * (len(both) - 1) / 2), (rows + columns) / 2
    return 1.0 if most == chance else (shared - chance) / (most - chance)


def _pairs(sizes: Counter[Any]) -> float:
    return float(sum(size * (size - 1) / 2 for size in sizes.values()))


def lives(options: argparse.Namespace) -> Iterator[tuple[str, list[Occasion]]]:
    """The lives that are named, with their occasions."""
    if options.timelineqa:
        lines: Iterable[Line] = timelineqa_lines(options.timelineqa)
        yield "TimelineQA", occasions(lines, "UTC", hours=False)
    if options.llqa:
        yield "LLQA", occasions(llqa_lines(options.llqa), "UTC")
    for person in options.people if options.lifebench else ():
        lines = lifebench_lines(options.lifebench / "en" / person / "lines.jsonl", _WEARERS[person])
        yield f"LifeBench, {person}", occasions(lines, ZONE)
    if options.egolife:
        yield "EgoLife", occasions(egolife_lines(options.egolife), ZONE)


def _show(result: dict[str, Any], say: Callable[[str], None]) -> None:
    days = f"{result['days']} days and {result['later_days']} later"
    say(f"{result['life']}: {days}, {result['nodes']} nodes")
    for name, count in result["links"].items():
        say(f"  {name} ({count})")
        for way, figures in result["ways"].items():
            of = figures[name]
            first = f"  first {of['first']:5.1f}" if "first" in of else ""
            say(
                f"    {way:32} MRR {of['mrr']:5.1f} ± {of['spread']:.1f}"
                f"  Hits@10 {of['hits_at_10']:5.1f}{first}"
            )


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lifebench", type=Path, help="the folder with en")
    parser.add_argument("--people", nargs="+", choices=sorted(_WEARERS), default=sorted(_WEARERS))
    parser.add_argument("--egolife", type=Path, help="folder of events_DAY*.jsonl")
    parser.add_argument("--timelineqa", type=Path, help="events.jsonl")
    parser.add_argument("--llqa", type=Path, help="descriptions.jsonl")
    parser.add_argument("--seeds", type=int, default=3, help="trainings; 0 for counts alone")
    parser.add_argument("--communities", action="store_true", help="whether months have topics")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if not (options.lifebench or options.egolife or options.timelineqa or options.llqa):
        parser.error("name a life: --lifebench, --egolife, --timelineqa or --llqa")
    torch.set_num_threads(1)
    for name, life in lives(options):
        told = {"life": name} | (
            topics(life) if options.communities else compare(life, options.seeds)
        )
        if options.json or options.communities:
            say(json.dumps(told, ensure_ascii=False))
        else:
            _show(told, say)
    return 0


if __name__ == "__main__":
    sys.exit(main())
