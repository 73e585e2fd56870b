"""The benchmark of how talks felt: what it reads, what is learned, what the margin lets through."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from benchmarks.felt import learning_curve as benchmark
from benchmarks.felt.examples import Example, Labelled, mams, meld
from benchmarks.felt.learners import (
    AttentionLearner,
    Words,
    batch,
)

MELD = """Utterance,Speaker,Sentiment,Dialogue_ID
Great!,Ann,positive,0
Awful.,Bob,negative,0
Lovely.,Ann,positive,0
Well.,Bob,neutral,0
Hi.,Ann,neutral,1
"""
MAMS = """<sentences><sentence><text>Good soup, rude waiter.</text><aspectTerms>
<aspectTerm from="5" to="9" term="soup" polarity="positive"/>
<aspectTerm from="16" to="22" term="waiter" polarity="negative"/>
</aspectTerms></sentence></sentences>"""


def planted(count: int, seed: int, words: int = 8) -> list[Example]:
    """Examples of noise with one loud token that tells the label, at a place of its own."""
    chance = np.random.default_rng(seed)
    examples = []
    for number in range(count):
        label = number % 3
        states = chance.normal(size=(words, 12)).astype(np.float32)
        states[number % words] = 0
        states[number % words, [label, 5]] = 6
        aspect = states.mean(axis=0)
        examples.append(Example(states, np.arange(words), aspect, label))
    return examples


def test_a_talk_has_the_mean_of_its_lines_and_a_speaker_that_of_theirs(tmp_path: Path) -> None:
    file = tmp_path / "train_sent_emo.csv"
    file.write_text(MELD, encoding="utf-8")
    (talk,) = meld(file, by_speaker=False)
    assert (talk.label, talk.aspect, len(talk.texts)) == (2, (), 4)
    ann, bob = meld(file, by_speaker=True)
    assert (ann.label, ann.aspect) == (2, ((0, 0, 6), (2, 0, 7)))
    assert bob.label == 0


def test_each_term_of_a_review_is_an_example(tmp_path: Path) -> None:
    file = tmp_path / "train.xml"
    file.write_text(MAMS, encoding="utf-8")
    text = "Good soup, rude waiter."
    expected = [Labelled((text,), ((0, 5, 9),), 2), Labelled((text,), ((0, 16, 22),), 0)]
    assert mams(file) == expected
    assert text[16:22] == "waiter"


def test_words_by_which_it_was_right_are_masked_as_active() -> None:
    data = batch(planted(60, seed=1))
    words = AttentionLearner(pull=0.5).mask_words(data)
    loud = data.states[:, :, 5] == 6
    assert not (words.active & words.misleading).any()
    assert (words.active & loud).any(-1).float().mean() > 0.8
    assert words.masked.sum(-1).max() <= 5


def test_supervision_draws_attention_away_from_misleading_words() -> None:
    data = batch(planted(60, seed=1))
    loud = data.states[:, :, 5] == 6
    words = Words(active=torch.zeros_like(loud), misleading=loud)

    def on_loud(supervised: bool) -> float:
        model = AttentionLearner(pull=5.0).fit(data, data.mask, words if supervised else None)
        with torch.inference_mode():
            return float((model(data, data.mask)[1] * loud).sum(-1).mean())

    assert on_loud(False) > 0.5
    assert on_loud(True) < 0.1


def test_macro_f1_and_balanced_accuracy_count_every_label_alike() -> None:
    labels, given = np.array([0, 0, 0, 0, 1, 2]), np.array([0, 0, 0, 0, 0, 0])
    f1, balanced = benchmark.f1_and_balanced(labels, given)
    assert (round(f1, 1), round(balanced, 1)) == (26.7, 33.3)
