"""What leaves in open formats can be read by anybody, and comes back row for row."""

from __future__ import annotations

import base64
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.assistant import Assistant
from app.backup.diary import diary, plain
from app.backup.export import export
from app.backup.field_docs import TABLES, meaning
from app.core.settings import Settings
from app.core.view_models import DayTimeline
from app.server.server import create_app
from memory.backup.restore import HomeNotEmpty
from memory.exchange.archives import ArchiveError
from memory.exchange.import_export import ImportResult, import_export, is_export
from memory.integrity.verify import verify
from memory.store.store import TABLES as STORED
from memory.store.store import Store
from memory.types.core import Level
from memory.types.errors import StoreError
from tests.app.conftest import ADDRESS
from tests.memory.crowds import Met, crowd
from tests.memory.keeping import a_home, dump, killed_at, under
from tests.memory.lives import NOON, add, recording


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``home`` and its exports ``all.zip`` and ``folder``."""
    place = tmp_path_factory.mktemp("export")
    a_home(place / "home")
    store = Store.open(place / "home")
    ids = [memory.id for memory in store.memories.overlapping("clip")]
    store.vectors.put("m", ids, np.eye(len(ids), 8, dtype=np.float32))
    crowd(store, [[Met(10.0)], [Met(11.0), Met(90.0, kind="voice", says="I am Ann.")]])
    export(store, place / "all.zip")
    export(store, place / "folder", with_originals=True)
    store.close()
    return place


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    text = (folder / "data" / f"{table}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("name", ["all.zip", "folder"])
def test_an_export_comes_back_row_for_row(out: Path, tmp_path: Path, name: str) -> None:
    assert is_export(out / name)
    assert import_export(out / name, tmp_path / "new" / "home") == ImportResult(3, ())
    old, new = dump(out / "home"), dump(tmp_path / "new" / "home")
    store = Store.open(tmp_path / "new" / "home")
    assert verify(store).sound
    if name == "folder":  # the linked film came along, so that it lies inside now
        outside = str(out / "films" / "talk.mp4")
        linked = next(r for r in store.recordings.all() if Path(r.path).name == "talk.mp4")
        assert Path(linked.path).read_bytes() == b"a film " * 3000 + b"."
        inside = str(Path(linked.path).relative_to(store.home))
        new = [row.replace(inside, outside) for row in new]
        new.sort()
        old = sorted(old)
    else:  # what is not in it is said to be where it was
        old = [row.replace("'originals", f"'{out}/home/originals") for row in old]
    store.close()
    assert sorted(new) == sorted(old)


def test_every_file_can_be_read_without_us(out: Path) -> None:
    folder = out / "folder"
    first = rows(folder, "recording")[0]
    assert (folder / first["file"]).read_bytes() == b"a film " * 3000
    vector = rows(folder, "vector")[0]["data"]["base64"]
    assert np.frombuffer(base64.b64decode(vector), "<f4").tolist() == [1.0, *[0.0] * 7]
    assert all((folder / one["path"]).is_file() for one in rows(folder, "thumbnail"))
    (vtt, *_) = sorted((folder / "transcripts").glob("*.vtt"))
    assert vtt.read_text().startswith("WEBVTT\n")
    (page,) = (folder / "diary").glob("*.md")
    assert page.name == "2026-03-02.md"
    assert page.read_text().startswith("# Monday 2 March 2026\n")
    assert "I sit down." in page.read_text()
    assert rows(folder, "utterance")[0]["words"] == []


def test_the_readme_tells_of_every_table_and_field(out: Path) -> None:
    text = (out / "folder" / "README.md").read_text()
    for table in STORED:
        assert f"## data/{table}.jsonl" in text
    for table in TABLES:
        for row in rows(out / "folder", table)[:1]:
            for name in row:
                assert meaning(table, name) or name == "file", (table, name)
    assert set(re.findall(r"## data/(\w+)", text)) == set(STORED)


def test_no_link_or_picture_of_a_diary_leads_elsewhere() -> None:
    hostile = "![](http://evil.example/x) <img src=//evil.example> www.evil.example\n# a | `b` $x$"
    shown = plain(hostile)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)[\[\]<>`#|!$]", shown)
    assert not re.search(r"https?://\w|www\.\w", shown)
    assert diary(DayTimeline(NOON_DAY, "UTC", hostile)).count("\n") == 5


NOON_DAY = date(2026, 3, 2)


def test_an_export_never_writes_over_anything(out: Path, tmp_path: Path) -> None:
    store = Store.open(out / "home")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter").touch()
    with pytest.raises(ArchiveError, match="exists already"):
        export(store, tmp_path / "taken")
    with pytest.raises(ArchiveError, match="create it"):
        export(store, tmp_path / "no" / "x.zip")
    store.close()
    assert under(tmp_path) == {"taken", "taken/letter"}
    assert not (out / "home" / "tmp" / "keeping").exists()


def test_an_export_goes_into_an_empty_home_only(out: Path, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "home")
    add(store, recording(name="other"), ["Something else."])
    store.close()
    with pytest.raises(HomeNotEmpty):
        import_export(out / "all.zip", tmp_path / "home")


def changed(out: Path, into: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """A copy of the export whose file ``name`` is another."""
    shutil.copytree(out / "folder", into, copy_function=shutil.copyfile)
    file = into / name
    file.write_bytes(change(file.read_bytes()))
    return into


def field(name: str, value: Any) -> Callable[[bytes], bytes]:
    def change(text: bytes) -> bytes:
        first, *rest = text.splitlines(keepends=True)
        return b"".join([json.dumps(json.loads(first) | {name: value}).encode() + b"\n", *rest])

    return change


WRONG: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("data/clip.jsonl", lambda text: text[:-20]),
    ("data/clip.jsonl", lambda text: text + b"[1, 2]\n"),
    ("data/clip.jsonl", lambda text: text + b"[" * 100_000 + b"\n"),
    ("data/clip.jsonl", lambda text: text + b"\xff\xfe\n"),
    ("data/clip.jsonl", lambda text: text + text.splitlines()[0] + b"\n"),
    ("data/clip.jsonl", lambda text: b"".join(text.splitlines(keepends=True)[1:])),
    ("data/clip.jsonl", field("start", "noon")),
    ("data/clip.jsonl", field("start", True)),
    ("data/clip.jsonl", field("start", float("nan"))),
    ("data/clip.jsonl", field("start", None)),
    ("data/clip.jsonl", field("start", 10**30)),
    ("data/clip.jsonl", field("wings", 2)),
    ("data/recording.jsonl", field("has_video", 1.5)),
    ("data/recording.jsonl", field("file", 3)),
    ("data/recording.jsonl", field("timezone", "UTC\0")),
    ("data/recording.jsonl", field("note", "\ud800")),
    ("data/memory.jsonl", field("id", 2**63)),
    ("data/memory.jsonl", field("text", {"a": 1})),
    ("data/vector.jsonl", field("data", "AAAA")),
    ("data/vector.jsonl", field("data", {"base64": "not base64!"})),
    ("data/thumbnail.jsonl", field("path", "../../etc/passwd")),
    ("data/thumbnail.jsonl", field("path", "originals/x.jpg")),
    ("export.json", lambda text: b"{}"),
    ("export.json", lambda text: text.replace(b'"format": 1', b'"format": 99')),
    ("export.json", lambda text: text.replace(b"001_", b"999_")),
]


@pytest.mark.parametrize("which", range(len(WRONG)))
def test_what_does_not_fit_is_refused_and_nothing_is_taken_in(
    out: Path, tmp_path: Path, which: int
) -> None:
    name, change = WRONG[which]
    bad = changed(out, tmp_path / "bad", name, change)
    with pytest.raises(ArchiveError, match="nothing was taken in") as told:
        import_export(bad, tmp_path / "home")
    assert not (tmp_path / "home").exists()
    if name.startswith("data/"):
        assert ": data/" in str(told.value)


def test_a_file_of_this_computer_that_an_export_names_is_not_shown(
    out: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "taxes.pdf"
    secret.write_bytes(b"what I earn")
    bad = changed(out, tmp_path / "bad", "data/recording.jsonl", field("path", str(secret)))
    text = (bad / "data" / "recording.jsonl").read_text(encoding="utf-8")
    first, *others = text.splitlines()
    told = {name: value for name, value in json.loads(first).items() if name != "file"}
    told |= {"state": "pending"}  # as if it had been on its way
    (bad / "data" / "recording.jsonl").write_text(
        "\n".join([json.dumps(told), *others]), encoding="utf-8"
    )
    import_export(bad, tmp_path / "home")
    with closing(Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "none"))) as butler:
        with TestClient(create_app(butler), base_url=ADDRESS) as web:
            for one in butler.store.recordings.all():
                if not Path(one.path).exists():
                    continue
                mine = one.id != told["id"]
                assert web.get(f"/media/{one.id}").status_code == (200 if mine else 404)
                page = web.get(f"/api/pages/recording/{one.id}").json()
                assert page["available"] is mine
        assert secret not in butler.queue._unfinished(), "nor is it taken in"


@pytest.mark.parametrize("told", [str, lambda there: f"../../{there.name}"], ids=["whole", "up"])
def test_an_id_that_leads_out_is_refused_and_deletes_nothing(
    out: Path, tmp_path: Path, told: Callable[[Path], str]
) -> None:
    """Folders are called by the ids of recordings, and go with them."""
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "will.txt").write_text("to my children")
    bad = tmp_path / "bad"
    shutil.copytree(out / "folder", bad, copy_function=shutil.copyfile)
    ours = rows(bad, "recording")[0]["id"]
    for file in (bad / "data").glob("*.jsonl"):
        text = file.read_text(encoding="utf-8")
        whole = text.replace(json.dumps(ours, ensure_ascii=False), json.dumps(told(papers)))
        file.write_text(whole, encoding="utf-8")
    with pytest.raises(ArchiveError, match="name of a file"):
        import_export(bad, tmp_path / "home")
    store = Store.open(tmp_path / "other")
    store.media.proxies.mkdir()
    for one in (told(papers), "..", "."):
        add(store, replace(recording(name=one), id=one), ())
        store.delete_recording(one)
    store.close()
    assert (papers / "will.txt").exists()
    assert (tmp_path / "other").exists()


def zipped(file: Path, members: list[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members:
            packed.writestr(name, data)
    return file


@pytest.mark.parametrize(
    "member",
    [
        ("../outside", b"x"),
        ("/etc/outside", b"x"),
        ("thumbnails/../../x", b"x"),
        ("thumbnails//x", b"x"),
        ("thumbnails/bomb.jpg", bytes(20_000_000)),
        ("data/clip.jsonl", b" " * 20_000_000),
        ("export.json", b"{}"),
    ],
    ids=["up", "absolute", "inside-up", "double", "bomb", "text-bomb", "twice"],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archives_that_cannot_be_trusted_are_refused(
    out: Path, tmp_path: Path, member: tuple[str, bytes]
) -> None:
    about = (out / "folder" / "export.json").read_bytes()
    bad = zipped(tmp_path / "bad.zip", [("export.json", about), member])
    assert is_export(bad)
    with pytest.raises(ArchiveError, match="cannot be trusted"):
        import_export(bad, tmp_path / "home")
    assert {path.name for path in tmp_path.iterdir()} == {"bad.zip"}


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_damaged_zip_is_refused(out: Path, tmp_path: Path, part: float) -> None:
    whole = bytearray((out / "all.zip").read_bytes())
    (tmp_path / "cut.zip").write_bytes(whole[: int(len(whole) * part)])
    at = int(len(whole) * part * 0.9)
    whole[at] ^= 0x10
    (tmp_path / "flipped.zip").write_bytes(whole)
    with pytest.raises(ArchiveError):
        import_export(tmp_path / "cut.zip", tmp_path / "home")
    try:
        import_export(tmp_path / "flipped.zip", tmp_path / "home")
    except StoreError:
        assert not (tmp_path / "home").exists()


def test_other_zips_and_folders_are_none_of_ours(tmp_path: Path) -> None:
    assert not is_export(zipped(tmp_path / "other.zip", [("letter.txt", b"dear")]))
    assert not is_export(tmp_path)
    assert not is_export(tmp_path / "absent.zip")


def test_an_import_killed_anywhere_leaves_all_or_nothing(out: Path, tmp_path: Path) -> None:
    whole, step = dump(out / "home"), 1
    home = tmp_path / "1" / "home"
    while killed_at(step, tmp_path, partial(import_export, out / "all.zip", home)):
        found = dump(home)
        assert found == [] or len(found) == len(whole)
        step += 6
        home = tmp_path / str(step) / "home"
    assert step > 10


met = st.builds(
    Met,
    st.floats(0, 360, allow_nan=False),
    kind=st.sampled_from(("face", "voice")),
    says=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
LEVELS: tuple[Level, ...] = ("ten_minutes", "hour", "day")


@settings(max_examples=5, deadline=None)
@given(
    people=st.lists(st.lists(met, max_size=3), min_size=1, max_size=4),
    captions=st.lists(st.text("ab \n\"'\\🙂é{}", max_size=12), max_size=3),
)
def test_whatever_is_remembered_comes_back(
    tmp_path_factory: pytest.TempPathFactory, people: list[list[Met]], captions: list[str]
) -> None:
    place = tmp_path_factory.mktemp("life")
    store = Store.open(place / "home")
    crowd(store, people)
    if captions:
        clips = add(store, recording(NOON + 7200, len(captions), "said"), captions)
        for level in LEVELS:
            store.memories.write_summary(
                level, clips[0].span, "all", store.memories.overlapping("clip"), "test"
            )
    export(store, place / "out.zip")
    store.close()
    import_export(place / "out.zip", place / "new")
    assert dump(place / "new") == dump(place / "home")
