"""A home that a service computes for: the same as one made alone, whatever becomes of that."""

from __future__ import annotations

import json
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest

from app.commands.main import main
from egogpt.remote.address import NotAllowed
from ingest.cluster import wire, worker
from ingest.cluster.nodes import ClusterRefused
from ingest.cluster.service import PerceptionService, run
from ingest.cluster.service_executor import ServiceExecutor, service_url
from ingest.cluster.worker import ClusterNode, ClusterUnavailable, Recipe, differences, recipe_of
from ingest.decode.decoder import InProcess
from ingest.stages.executor import Local, PerceptionRequest
from ingest.stages.pipeline import StagePlan
from ingest.stages.sound_stages import SoundStage
from ingest.stages.stages import BlockFindings, ClipPictures
from ingest.vision.detectors.sound_events import SoundReader
from memory.store.store import Store
from memory.types.core import BiometricPrint, Span, Utterance, Word
from tests.ingest.cluster.clusters import PLAN, Once, made, queue_of, until
from tests.ingest.cluster.services import NO_WEIGHTS, BrokenLine, LocalService, make_certificate
from tests.ingest.stages.digests import noisy_video
from tests.media import make_still, make_video, scene, tone

MEMORY = 60_000_000  # bytes of films of the service that all tests share
BLOCK = 2  # clips

pytestmark = pytest.mark.usefixtures("short_blocks")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    """A service without TLS that takes 60 MB."""
    place = tmp_path_factory.mktemp("service") / "place"
    running = LocalService(place, "--gigabytes", str(MEMORY / 1e9))
    yield running
    running.end()


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", NO_WEIGHTS)
    if "service" in request.fixturenames:
        shared: LocalService = request.getfixturevalue("service")
        monkeypatch.setenv("EGOBUTLER_SERVICE_TOKEN", str(shared.token))


def never(self: Local, request: PerceptionRequest) -> Iterator[BlockFindings]:
    """Stands for what this process computes by itself."""
    raise AssertionError("computed here")


@pytest.fixture
def never_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process computes nothing by itself."""
    monkeypatch.setattr(Local, "perceive", never)


def client(url: str, plan: StagePlan = PLAN) -> ServiceExecutor:
    return ServiceExecutor(url, lambda: plan, InProcess())


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A film of three blocks, one of one, and a photo."""
    folder = tmp_path_factory.mktemp("media")
    short = make_video(folder / "1.mp4", [scene(1)], seconds=20, fps=4, audio=tone(20, 200.0))
    return [noisy_video(folder, parts=3), short, make_still(folder / "photo.jpg", scene(9))]


@pytest.fixture(scope="module")
def digest_alone(media: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    return made(tmp_path_factory.mktemp("alone"), media)[0]


@pytest.fixture(scope="module")
def digest_of_short(media: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """That of a home without the film of three blocks."""
    return made(tmp_path_factory.mktemp("short"), media[1:])[0]


def test_a_service_makes_the_home_that_one_process_makes_writes_nothing_and_may_end(
    tmp_path: Path,
    media: list[Path],
    digest_alone: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    chain, key = make_certificate(tmp_path)
    options = ("--certificate", str(chain), "--key", str(key))
    service = LocalService(tmp_path / "place", *options, scheme="https")
    monkeypatch.setenv("EGOBUTLER_SERVICE_TOKEN", str(service.token))
    try:
        with pytest.raises(ClusterUnavailable, match="EGOBUTLER_SERVICE_CERTIFICATE"):
            client(service.url).prepare()
        monkeypatch.setenv("EGOBUTLER_SERVICE_CERTIFICATE", str(chain))
        before, executor = service.files(), client(service.url)
        assert executor.prepare().startswith("1 blocks at once")
        most, opened = 0, set[str]()

        def look(progress: object) -> None:
            nonlocal most
            most = max(most, service.films())
            for process in [service.process, *service.process.children(recursive=True)]:
                opened.update(one.path for one in process.open_files() if one.mode != "r")

        with monkeypatch.context() as patch:
            patch.setattr(Local, "perceive", never)
            digest, results = made(tmp_path / "home", media, executor, look)
        assert {result.status for result in results} == {"indexed"}
        assert digest == digest_alone
        assert most >= 1
        until(lambda: service.films() == 0)
        limits = [one.rlimit(psutil.RLIMIT_FSIZE) for one in service.workers()]
        assert limits == [(0, 0)]
        assert service.files() == before
        assert {path for path in opened if "memfd:film" not in path} == set()
        gone = Once("caption", BLOCK, lambda: service.process.send_signal(signal.SIGKILL))
        with caplog.at_level(logging.WARNING, "egobutler.machines"):
            digest, results = made(tmp_path / "later", media, client(service.url), gone)
        assert gone.happened
        assert digest == digest_alone
        assert {result.status for result in results} == {"indexed"}
        assert [one for one in caplog.messages if "asks again in a minute" in one]
    finally:
        service.end()


def test_the_commands_name_who_computes(
    service: LocalService,
    tmp_path: Path,
    media: list[Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["cluster", "check", service.url]) == 0
    assert "ready" in capsys.readouterr().out
    home = ["--home", str(tmp_path)]
    assert main(["ingest", str(media[1]), "--on", service.url, *home]) == 0
    assert "1 blocks at once are computed on" in capsys.readouterr().err
    assert main(["ingest", str(media[1]), "--on", "http://8.8.8.8:7861", *home]) == 1
    assert "is no address of a service" in capsys.readouterr().err


def test_another_token_is_refused_in_a_sentence(
    service: LocalService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "token"
    monkeypatch.setenv("EGOBUTLER_SERVICE_TOKEN", str(other))
    with pytest.raises(ClusterRefused, match=f"{other} cannot be read"):
        client(service.url).prepare()
    other.write_text("5e" * 32)
    with pytest.raises(ClusterUnavailable, match="wants another token than the one in"):
        client(service.url).prepare()


def test_a_service_with_other_versions_is_named_and_nothing_is_sent(service: LocalService) -> None:
    sounds = SoundStage("sounds-of-tomorrow", SoundReader)
    plan = replace(PLAN, stages=(sounds, *PLAN.stages[1:]))
    with pytest.raises(ClusterUnavailable, match="would compute sounds by"):
        client(service.url, plan).prepare()
    assert service.films() == 0


def test_workers_sum_up_by_as_many_threads_as_the_home(
    monkeypatch: pytest.MonkeyPatch, asked: PerceptionRequest
) -> None:
    threads: list[int] = []

    class Counting(SoundStage):
        def compute(self, *given: object) -> BlockFindings:
            threads.append(recipe_of(PLAN, ()).threads)
            return BlockFindings()

    sounds = Counting("1", SoundReader)
    monkeypatch.setattr(worker, "_stages", lambda speech, language: {"sounds": sounds})
    for n in (1, 3, 2):
        recipe = Recipe("none", None, (("sounds", "1"),), threads=n)
        worker.perceive(asked.block, asked.inputs, recipe)
    assert threads == [1, 3, 2]


def test_other_weights_of_the_same_version_differ() -> None:
    here = Recipe("none", None, (("voices", "1"),), (("voice", "ab" * 32),))
    same = ClusterNode("far", "3.11", 2, {"voices": "1", "sounds": "2"}, {"voice": "ab" * 32})
    assert differences(same, here) == ""
    for weights in ({"voice": "cd" * 32}, {}):
        assert "would compute voice by" in differences(replace(same, weights=weights), here)


def test_recordings_leave_for_another_machine_only_where_that_is_agreed() -> None:
    with pytest.raises(NotAllowed, match="--allow-remote"):
        client("https://192.0.2.7:7861").prepare()


def test_a_service_that_is_not_there_is_said_and_this_process_computes(
    tmp_path: Path, media: list[Path], digest_of_short: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text("5e" * 32)
    monkeypatch.setenv("EGOBUTLER_SERVICE_TOKEN", str(token))
    executor = client("http://127.0.0.1:9")
    assert "does not answer (ConnectError). This machine looks" in executor.prepare()
    digest, results = made(tmp_path / "home", media[1:], executor)
    assert {result.status for result in results} == {"indexed"}
    assert digest == digest_of_short


@pytest.mark.usefixtures("never_here")
def test_a_line_that_breaks_is_tried_again(
    service: LocalService, tmp_path: Path, media: list[Path], digest_of_short: str
) -> None:
    line = BrokenLine(service.port, cuts=2)
    digest, _ = made(tmp_path, media[1:], client(line.url))
    line.close()
    assert line.broken == 2
    assert digest == digest_of_short


def test_a_worker_that_is_killed_costs_its_service_nothing(
    service: LocalService, tmp_path: Path, media: list[Path], digest_alone: str
) -> None:
    def kill() -> None:
        for process in service.workers():
            process.kill()

    killed = Once("caption", BLOCK, kill)
    digest, _ = made(tmp_path, media, client(service.url), killed)
    assert killed.happened
    assert digest == digest_alone
    assert client(service.url).prepare()


def test_who_hangs_up_is_computed_for_no_longer(
    service: LocalService, tmp_path: Path, media: list[Path]
) -> None:
    store, executor = Store.open(tmp_path), client(service.url)

    def stop() -> None:
        assert service.films() > 0
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(queue_of(store, media, executor).work(Once("caption", BLOCK, stop)))
    until(lambda: service.films() == 0)
    store.close()


def test_a_film_larger_than_the_service_takes_is_computed_here(
    service: LocalService,
    tmp_path: Path,
    media: list[Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    long = tmp_path / "long.mp4"
    long.write_bytes(media[1].read_bytes() + (MEMORY).to_bytes(4, "big") + b"free" + b"\0" * MEMORY)
    with caplog.at_level(logging.WARNING, "egobutler.machines"):
        digest, _ = made(tmp_path / "home", [long], client(service.url))
    assert [one for one in caplog.messages if "long.mp4 is larger than the 0.1 GB" in one]
    assert digest == made(tmp_path / "other", [long])[0]


@pytest.mark.usefixtures("never_here")
def test_no_more_films_are_sent_than_the_service_has_room_for(
    service: LocalService, tmp_path: Path, media: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.cluster.service_executor._ATTEMPTS", 1)
    size = MEMORY * 2 // 3
    large = [tmp_path / f"{n}.mp4" for n in (1, 2)]
    for film, source in zip(large, media):
        film.write_bytes(source.read_bytes() + size.to_bytes(4, "big") + b"free" + b"\0" * size)
    _, results = made(tmp_path / "home", large, client(service.url))
    assert [result.status for result in results] == ["indexed"] * 2


@pytest.mark.parametrize("half", ["--certificate", "--key"])
def test_half_of_a_certificate_is_refused(
    half: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_certificate(tmp_path)
    serve = ["cluster", "serve", "--address", "127.0.0.1"]
    assert main([*serve, half, str(tmp_path / "key.pem")]) == 1
    assert "one of them is missing" in capsys.readouterr().err
    assert main([*serve, "--certificate", str(tmp_path / "x"), "--key", str(tmp_path / "y")]) == 1
    assert "No such file" in capsys.readouterr().err


# What strangers, and other machines, may send


@pytest.fixture(scope="module")
def asked(media: list[Path], tmp_path_factory: pytest.TempPathFactory) -> PerceptionRequest:
    """What a home asks of a film of one block."""
    asked: list[PerceptionRequest] = []

    class Asking(Local):
        def perceive(self, request: PerceptionRequest) -> Iterator[BlockFindings]:
            asked.append(request)
            return super().perceive(request)

    made(tmp_path_factory.mktemp("asked"), [media[1]], Asking(InProcess()))
    return asked[0]


def sent(service: LocalService, work: bytes, film: bytes, **headers: str) -> httpx.Response:
    authorization = {"Authorization": f"Bearer {service.token.read_text()}"}
    lengths = {wire.LENGTH: str(len(work))}
    return httpx.post(
        f"{service.url}/v1/perceive",
        content=work + film,
        headers=authorization | lengths | headers,
        timeout=60,
    )


def work_of(asked: PerceptionRequest) -> bytes:
    return wire.write_work([asked], [recipe_of(PLAN, asked.stages)])


def test_a_request_tells_no_names_of_files_or_cameras(asked: PerceptionRequest) -> None:
    block = replace(asked.block, recording=replace(asked.block.recording, device="Cam of Anna"))
    work = work_of(replace(asked, block=block))
    assert str(asked.block.probe.path).encode() not in work
    assert asked.block.probe.path.name.encode() not in work
    assert b"Anna" not in work


def changed(*path: str | int, to: object) -> Callable[[bytes], bytes]:
    def change(work: bytes) -> bytes:
        tree = json.loads(work)
        place: Any = tree
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = to
        return json.dumps(tree).encode()

    return change


def test_what_no_home_asks_is_refused_and_what_one_does_is_answered(
    service: LocalService, asked: PerceptionRequest, media: list[Path]
) -> None:
    film = media[1].read_bytes()
    for change in (
        lambda work: b"{" + work,
        lambda work: work[:-5] + b"\xff" * 5,
        lambda work: b"[" * 100_000,
        changed(0, 0, "clips", to=[]),
        changed(0, 0, "clips", 0, "span", "end", to=1e15),
        changed(0, 0, "clips", 0, "span", "end", to=float("nan")),
        changed(0, 0, "clips", 0, "span", "start", to="yesterday"),
        changed(0, 2, "speech", to="/etc"),
        changed(0, 2, "language", to="xx"),
        changed(0, 2, "threads", to=100_000),
    ):
        assert sent(service, change(work_of(asked)), film).status_code == 422
    for none in (b"", b"\x7fELF" * 5000, b"#EXTM3U\nfile:///etc/passwd\n" * 700):
        probe = replace(asked.block.probe, size=len(none))
        work = work_of(replace(asked, block=replace(asked.block, probe=probe)))
        refused = wire.read_reply(sent(service, work, none).content.strip(), asked)
        assert isinstance(refused, wire.BlockRefused)
        assert refused.kind == "UnreadableMedia"
    reply = sent(service, work_of(asked), film)
    found = wire.read_reply(reply.content.strip(), asked)
    assert isinstance(found, tuple)
    assert [one.pictures is not None for one in found] == [False, True]
    until(lambda: service.films() == 0)


def test_too_much_is_refused_before_it_is_read(
    service: LocalService, asked: PerceptionRequest
) -> None:
    token = service.token.read_text()
    for lines, status in (
        (f"Authorization: Bearer {token}\r\n{wire.LENGTH}: 9\r\nContent-Length: 99000000000", 413),
        (f"Authorization: Bearer {token}\r\n{wire.LENGTH}: 99000000\r\nContent-Length: 9", 413),
        (f"Authorization: Bearer {token}\r\n{wire.LENGTH}: -9\r\nContent-Length: 9", 413),
        (f"Authorization: Bearer {token}\r\nContent-Length: 9", 411),
        (f"Authorization: Bearer {token}\r\n{wire.LENGTH}: 9\r\nTransfer-Encoding: chunked", 411),
        (f"Authorization: Bearer {token}5\r\n{wire.LENGTH}: 9\r\nContent-Length: 9", 401),
        (f"{wire.LENGTH}: 9\r\nContent-Length: 99000000000", 401),
    ):
        with socket.create_connection(("127.0.0.1", service.port), 20) as line:
            head = f"POST /v1/perceive HTTP/1.1\r\nHost: service\r\n{lines}\r\n\r\n"
            line.sendall(head.encode())
            assert f" {status} " in line.recv(4096).decode().splitlines()[0]
    assert httpx.get(f"{service.url}/v1/machine").status_code == 401
    assert service.films() == 0


def test_a_home_that_is_cut_off_while_it_sends_leaves_nothing(
    service: LocalService, asked: PerceptionRequest
) -> None:
    work = work_of(asked)
    head = (
        f"POST /v1/perceive HTTP/1.1\r\nHost: service\r\nContent-Length: {len(work) + 9000}\r\n"
        f"Authorization: Bearer {service.token.read_text()}\r\n{wire.LENGTH}: {len(work)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", service.port), 20) as line:
        line.sendall(head.encode() + work + b"half of it")
        until(lambda: service.films() == 1)
    until(lambda: service.films() == 0)


def jpeg(size: int = 8) -> bytes:
    import cv2

    return bytes(cv2.imencode(".jpg", np.zeros((size, size, 3), np.uint8))[1])


def test_findings_come_out_as_they_went_in(asked: PerceptionRequest) -> None:
    (clip,) = (clip.id for clip in asked.block.clips[:1])
    vector = np.random.default_rng(0).standard_normal(64).astype(np.float32)
    span = Span(1_772_445_525.1, 1_772_445_525.1 + 1 / 3)
    said = Utterance(span, "Café – 咖啡", confidence=0.1 + 0.2, words=(Word(span, "Café"),))
    found = BlockFindings(
        utterances={clip: [said]},
        prints={clip: [BiometricPrint(7, "voice", clip, span, vector, "voice-1")]},
    )
    pictures = BlockFindings(pictures={clip: ClipPictures(((0.5, jpeg()),), jpeg(), (0.5,), 8, 8)})
    back = wire.read_reply(wire.write_reply([found, pictures]), asked)
    assert isinstance(back, tuple)
    assert back[0].utterances == found.utterances
    assert back[0].prints is not None
    assert np.array_equal(back[0].prints[clip][0].vector, vector)
    assert back[0].prints[clip][0].vector.dtype == np.float32
    assert back[1].pictures == pictures.pictures


def test_what_is_no_answer_of_a_service_is_refused(asked: PerceptionRequest) -> None:
    clip, nothing = asked.block.clips[0].id, BlockFindings()

    def shown(picture: bytes) -> BlockFindings:
        return BlockFindings(pictures={clip: ClipPictures(((0.5, picture),))})

    assert wire.read_reply(wire.write_reply([nothing, shown(jpeg())]), asked)
    for line in (
        b"",
        b"<html>",
        b"[[[[",
        wire.write_reply([nothing]),
        wire.write_reply([nothing, shown(b"<svg onload='alert(1)'>")]),
        wire.write_reply([nothing, shown(jpeg(5000))]),
        wire.write_reply([nothing, BlockFindings(sightings={"another clip": []})]),
    ):
        with pytest.raises(ValueError, match=r"."):
            wire.read_reply(line, asked)


@pytest.mark.parametrize(
    "address",
    ["https://192.0.2.7:7861", "http://10.0.0.7:7861/", "http://127.0.0.1:7861", "https://[::1]"],
)
def test_addresses_of_services(address: str) -> None:
    assert service_url(address) == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        *("http://8.8.8.8:7861", "http://0.0.0.0:7861", "http://no-such-host.invalid:7861"),
        *("https://", "https://anna:secret@10.0.0.7", "https://10.0.0.7/path", "https://[::1"),
        *("https://10.0.0.7:port", "ftp://10.0.0.7", "https://10.0.0.7?token=1"),
    ],
)
def test_other_addresses_are_refused_in_a_sentence(address: str) -> None:
    with pytest.raises(ClusterRefused, match="is no address of a service"):
        service_url(address)


@pytest.mark.parametrize(
    ("address", "has_certificate", "is_public"),
    [("8.8.8.8", True, False), ("0.0.0.0", True, False), ("8.8.8.8", False, True), ("x", 1, 0)],
)
def test_strangers_reach_a_service_only_with_tls_and_where_that_is_meant(
    address: str, has_certificate: bool, is_public: bool
) -> None:
    certificate = (Path("chain"), Path("key")) if has_certificate else None
    with pytest.raises(ClusterRefused, match="is no private address"):
        run(PerceptionService("token", 1, 1), address, 7861, certificate, is_public)
