"""Breaks named functions one at a time and lists those whose tests do not notice.

    python tests/mutation.py                 all of them, two at once
    python tests/mutation.py --only arrange  those whose name holds "arrange"

Each change is made in a copy of the tree of its own; the tests named beside it, and no others, run
there and must fail. Without any change they must pass: that is tried first. Ends with status 1
where a change is not noticed.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("app", "egogpt", "egorag", "ingest", "kernels", "memory", "tests")
PASSED, FAILED = 0, 1  # of pytest's exit statuses; any other means that the tests could not run


@dataclass(frozen=True, slots=True)
class Body:
    """A function whose body becomes ``statement``: "module.py:name" or "module.py:Class.name"."""

    function: str
    statement: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """What is broken and how."""
        return f"{self.function}: {self.statement}"

    @property
    def file(self) -> str:
        """The file that changes."""
        return self.function.partition(":")[0]

    def changed(self, text: str) -> str:
        """The file's text with the function broken."""
        node = _find(ast.parse(text).body, self.function.partition(":")[2].split("."))
        first, last = node.body[0], node.body[-1]
        lines = text.splitlines(keepends=True)
        blanks = " " * first.col_offset
        end = last.end_lineno or last.lineno
        lines[first.lineno - 1 : end] = [f"{blanks}{self.statement}\n"]
        return "".join(lines)


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a file that become others, wherever they stand."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """What is broken and how."""
        return f"{self.file}: {self.old!r} -> {self.new!r}"

    def changed(self, text: str) -> str:
        """The file's text with the words exchanged; raises ValueError where they are not there."""
        if self.old not in text:
            raise ValueError(f"{self.file} does not hold {self.old!r}")
        return text.replace(self.old, self.new)


Change = Body | Words


def _find(nodes: Sequence[ast.stmt], names: Sequence[str]) -> ast.FunctionDef:
    for node in nodes:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == names[0]:
            if isinstance(node, ast.FunctionDef):
                return node
            return _find(node.body, names[1:])
    raise ValueError(f"there is no function {'.'.join(names)}")


def _in(file: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/{file}::{name}" for name in names) or (f"tests/{file}",)


CHANGES: tuple[Change, ...] = (
    Words(
        "memory/search/full_text.py",
        "CROSS JOIN memory",
        "JOIN memory",
        _in(
            "memory/store/test_view.py",
            "test_the_words_of_a_question_are_looked_up_in_the_text_index_first",
        ),
    ),
    Body(
        "app/search/service.py:SearchService._found",
        "return []",
        _in("app/search/test_search.py", "test_attacks_come_as_pieces_of_text"),
    ),
    Body(
        "app/search/service.py:_moments",
        "return []",
        _in("app/search/test_search.py", "test_no_query_fails"),
    ),
    Body(
        "egorag/retrieval/candidates.py:gather",
        "return Candidates((), {}, {}, {}, 0, {})",
        _in(
            "egorag/retrieval/test_candidates.py",
            "test_candidates_had_ended_and_lie_within_an_exact_interval",
        ),
    ),
    Body(
        "egogpt/extraction/english_events.py:told_in",
        "return []",
        _in("egogpt/extraction/test_english_events.py", "test_any_text_can_be_read"),
    ),
    Body(
        "egogpt/extraction/english_events.py:_told_in_sentence",
        "return []",
        _in(
            "egogpt/extraction/test_english_events.py",
            "test_whatever_stands_beside_a_negation_nobody_unknown_acts",
        ),
    ),
    *(
        Body(
            "egorag/tasks/commitments.py:commitments",
            "return []",
            _in("egorag/tasks/test_commitments.py", test),
        )
        for test in (
            "test_any_text_is_read_and_every_task_stands_in_its_sentence",
            "test_the_quick_look_misses_nothing",
            "test_long_runs_of_anything_are_read_through",
            "test_a_quoted_sentence_commits_nobody",
            "test_case_and_curly_apostrophes_change_nothing",
        )
    ),
    Body(
        "app/ask/suggestions.py:suggestions",
        "return []",
        _in("app/ask/test_asking.py", "test_every_suggestion_has_an_answer"),
    ),
    Body(
        "app/ask/suggestions.py:_of_people",
        "return iter(())",
        _in("app/ask/test_asking.py", "test_home_offers_what_is_there_and_questions_of_this_life"),
    ),
    Body(
        "ingest/timestamps/placement.py:join_chapters",
        "return list(recordings)",
        _in("ingest/timestamps/test_placement.py", "test_takes_never_hold_recordings_that_overlap"),
    ),
    Body(
        "ingest/vision/object_tracks.py:follow",
        "return []",
        _in(
            "ingest/vision/test_scene_reader.py",
            "test_sightings_of_a_thing_never_overlap_nor_leave_what_was_seen",
        ),
    ),
    Body(
        "ingest/derived/events.py:extract_events",
        "return [], []",
        _in("ingest/derived/test_events.py", "test_occasions_keep_every_clip_and_never_overlap"),
    ),
    Body(
        "memory/store/recordings.py:Recordings.clips",
        "return []",
        _in("memory/store/test_store.py"),
    ),
    Words(
        "memory/store/view.py",
        """'memory."end" <= ?'""",
        """'memory."end" >= -?'""",
        _in("memory/store/test_view.py", "test_a_view_never_shows_what_ended_later"),
    ),
    Body(
        "memory/search/text_vectors.py:Vectors.search",
        "return {}",
        _in("memory/search/test_text_vectors.py"),
    ),
    Body(
        "memory/store/summary_builder.py:salient",
        "return []",
        _in("memory/store/test_summary_builder.py"),
    ),
    Body(
        "memory/repositories/events.py:find_events",
        "return []",
        _in(
            "memory/repositories/test_events.py", "test_what_ended_after_the_question_is_not_there"
        ),
    ),
    Body(
        "memory/store/scope_filter.py:clips_with",
        "return set()",
        _in("memory/store/test_scope_filter.py"),
    ),
    Body(
        "egorag/generation/extractive.py:_goes_on",
        "return False",
        _in("acceptance/test_promises.py", "test_what_was_promised_is_answered_by_words_alone"),
    ),
    Body(
        "egorag/time/relative_dates.py:resolve_dates",
        "return text",
        _in("egorag/time/test_relative_dates.py"),
    ),
    Body(
        "egorag/conversation/follow_up.py:follow_up",
        "return question.text",
        _in("egorag/conversation/test_follow_up.py"),
    ),
    Body(
        "egorag/evidence/support.py:judge",
        "return Verdict(True, 1.0, plan.required, ())",
        _in("egorag/answering/test_answerer.py", "test_what_no_memory_speaks_of_is_not_answered"),
    ),
    Body(
        "egogpt/text/directives.py:looks_like_instruction",
        "return False",
        _in("egorag/test_injection.py"),
    ),
    Body(
        "egogpt/grounding/entailment.py:supporting_sources",
        "return (0,)",
        _in("egogpt/grounding/test_entailment.py"),
    ),
    Body("egogpt/text/stemmer.py:stem", "return word", _in("egogpt/text/test_stemmer.py")),
    Body(
        "egogpt/quota/allocators.py:_quota",
        "return _uniform(budget, clues)",
        _in("egogpt/quota/test_quota_allocation.py", "test_each_allocator_favours_what_it_goes_by"),
    ),
    Body(
        "egogpt/weights/catalogue.py:check",
        'return "present"',
        _in("egogpt/weights/test_store.py"),
    ),
    Body(
        "ingest/speech/sentences.py:ends_sentence",
        "return False",
        _in("ingest/speech/test_transcribe.py", "test_titles_and_initials_end_no_sentence"),
    ),
    Body(
        "ingest/timestamps/file_name_dates.py:time_in_name",
        "return None",
        _in("ingest/timestamps/test_file_name_dates.py"),
    ),
    Words(
        "ingest/timestamps/placement.py",
        "span.start + SLIVER <= tick",
        "span.start <= tick",
        _in("ingest/timestamps/test_clip_cutting.py"),
    ),
    Body(
        "ingest/vision/still_scenes.py:is_still",
        "return True",
        _in("ingest/vision/test_still_scenes.py"),
    ),
    Words(
        "ingest/speakers/voice_prints.py",
        "label if label in known else turns.NOBODY",
        "label",
        _in(
            "ingest/speakers/test_voice_prints.py",
            "test_a_sentence_is_cut_between_two_voices_only_where_they_can_be_known_again",
        ),
    ),
    Body(
        "kernels/methods/quest.py:Quest.score",
        "return 0 * scene.summary(bounds, self.block)[:, :, low:high].flatten(3).sum(-1)",
        _in("kernels/methods/test_quest.py", "test_a_prompt_finds_what_one_of_its_queries_wants"),
    ),
    Body(
        "kernels/cache/paged_cache.py:PagedLayer.crop",
        "return",
        _in("kernels/cache/test_paged_cache.py", "test_a_day_is_read_once_for_many_questions"),
    ),
    Body(
        "kernels/engine/sparse_attention.py:_dense_end",
        "return total",
        _in("kernels/methods/test_streaming_window.py"),
    ),
    Body(
        "kernels/corrections/visual_redistribution.py:VisualRedistribution._correct",
        "return",
        _in(
            "kernels/corrections/test_visual_redistribution.py",
            "test_it_equals_the_dense_equations_on_any_kernel",
        ),
    ),
    Body("app/auth/scopes.py:opens", "return True", _in("app/auth/test_scopes.py")),
    Body(
        "app/auth/passwords.py:Passwords.matches",
        "return True",
        _in("app/auth/test_passwords.py"),
    ),
    Body("app/auth/throttle.py:Buckets.take", "return 0.0", _in("app/auth/test_throttle.py")),
    Body(
        "app/http/cross_site.py:comes_from_us",
        "return True",
        _in("app/http/test_cross_site.py"),
    ),
)


def copies(folder: Path) -> Iterator[Path]:
    """Fresh copies of the tree, one after the other."""
    number = 0
    while True:
        place = folder / f"tree-{number}"
        for package in PACKAGES:
            shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("*.pyc"))
        for file in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / file, place / file)
        yield place
        number += 1


def status(tree: Path, tests: Sequence[str]) -> int:
    """How the tests end in the tree, as pytest's exit status."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(
        command, cwd=tree, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return ended.returncode


def noticed(change: Change, tree: Path) -> str:
    """What became of a change: "" where its tests fail because of it, or what is wrong."""
    file = tree / change.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(change.changed(whole), encoding="utf-8")
    try:
        ended = status(tree, change.tests)
    finally:
        file.write_text(whole, encoding="utf-8")
    if ended == FAILED:
        return ""
    return "NOT NOTICED" if ended == PASSED else f"the tests could not run (status {ended})"


def main() -> int:
    """Tries every change; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", default="", help="those changes whose name holds this")
    parser.add_argument("--jobs", type=int, default=2, help="changes that are tried at once")
    options = parser.parse_args()
    changes = [change for change in CHANGES if options.only in change.name]
    began, missed = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        made = copies(Path(folder))
        trees = [next(made) for _ in range(max(options.jobs, 1))]
        tests = sorted({test for change in changes for test in change.tests})
        if status(trees[0], tests) != PASSED:
            print("the tests do not pass without any change", file=sys.stderr)
            return 1

        def tried(change: Change) -> tuple[Change, str]:
            tree = trees.pop()
            try:
                return change, noticed(change, tree)
            finally:
                trees.append(tree)

        for change, wrong in pool.map(tried, changes):
            missed += bool(wrong)
            print(f"{wrong or 'noticed':12} {change.name}", flush=True)
    print(f"{len(changes)} changes, {missed} not noticed, {time.monotonic() - began:.0f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
