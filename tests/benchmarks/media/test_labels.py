"""The labels of the given media are read, hold together, and name the entry that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.datasets.media_labels import MEDIA_LABELS, Shown, read_labels

BASIC = frozenset("black white grey red green blue yellow orange purple pink brown".split())


def test_the_labels_of_the_given_media_hold_together() -> None:
    labels = read_labels(MEDIA_LABELS)
    assert len(labels) == 40
    assert labels[Shown("llavanext_jobs.mp4", 0.0)].people == (1, 2)
    for shown, label in labels.items():
        names = {name for thing in label.things for name in thing}
        assert names >= set(label.main), shown
        assert not label.unsure & (names | set(label.rooms)), shown
        assert label.people[0] <= label.people[1], shown
        for thing, *colours in label.colours:
            assert thing in names | {"background"}, shown
            assert set(colours) <= BASIC, shown


def test_a_broken_entry_is_named(tmp_path: Path) -> None:
    (tmp_path / "labels.toml").write_text('[[labels]]\nfiles = ["a.jpg"]\npeople = [1]\n')
    with pytest.raises(ValueError, match=r"a\.jpg, start None"):
        read_labels(tmp_path / "labels.toml")
