"""The C++ beside this file, compiled once for this machine and kept in the user's cache folder.

A file there is named by what it was made of (source, compiler, processor, flags), and its SHA-256
lies beside it: a file that is cut short would end the process when it is mapped, so it is made
anew. Compiling goes on in a private folder and ends in a rename, so that any number of processes
may do it at once. Where there is no compiler, or EGOBUTLER_NATIVE=0, there is no library;
`why_not` says so and torch computes instead.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import logging
import os
import platform
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

SWITCH = "EGOBUTLER_NATIVE"
CACHE = "EGOBUTLER_KERNELS"
SOURCES = ("attend.cpp", "choose.cpp", "decode.cpp")
HEADERS = ("lanes.h", "records.h")
ALWAYS = ("-std=c++17", "-O3", "-fPIC", "-shared", "-fno-math-errno")
FLAGS: tuple[tuple[str, ...], ...] = (("-march=native", "-fopenmp"), ("-march=native",), ())
"""Tried in turn: not every compiler knows the processor or OpenMP."""
SLOW_PAIRS = "GenuineIntel"
"""Whose processors multiply pairs of bfloat16 at a quarter of their speed with floats.

Measured on a Xeon of family 6, model 207: 2.1 cycles against 0.5; attending to widened keys took
two thirds of the time.
"""
LONGEST = 300  # seconds that a compiler may take

_log = logging.getLogger(__name__)
_lock = Lock()


class NoLibrary(RuntimeError):
    """There is no compiled library, and the text says why."""


def library() -> ctypes.CDLL | None:
    """The compiled library, made on the first call; None where there is none."""
    return _outcome()[0]


def why_not() -> str | None:
    """Why there is no compiled library; None where there is one."""
    return _outcome()[1]


def fingerprint() -> str:
    """Names what computes here: processor, and the compiled library or its absence."""
    loaded = library()
    return f"{_processor()}\n{Path(loaded._name).name if loaded else 'torch'}"


def forget() -> None:
    """Look again at the next call, for instance after EGOBUTLER_NATIVE was changed."""
    _outcome.cache_clear()


def cache_folder() -> Path:
    """Where libraries are kept: EGOBUTLER_KERNELS, or ``kernels`` in the user's cache folder."""
    if chosen := os.environ.get(CACHE):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("egobutler") / "kernels"


def build(folder: Path, flags: Sequence[Sequence[str]] = FLAGS) -> Path:
    """Find or make the library.

    Args:
        folder: Where it is kept.
        flags: Sets of compiler flags, tried in turn.

    Raises:
        NoLibrary: There is no compiler, it failed on every set of flags, or the folder cannot be
            written.
    """
    compiler, version = _compiler()
    source = Path(__file__).parent
    text = b"\0".join((source / name).read_bytes() for name in (*HEADERS, *SOURCES))
    failed = ""
    pace = ("-DSLOW_PAIRS",) if SLOW_PAIRS in _processor() else ()
    for some in ((*options, *pace) for options in flags):
        made_of = [text, version.encode(), _processor().encode(), repr(some).encode()]
        name = hashlib.sha256(b"\0".join(made_of)).hexdigest()[:32]
        library = folder / f"{name}.so"
        if _whole(library):
            return library
        command = [compiler, *ALWAYS, *some, *(str(source / name) for name in SOURCES), "-o"]
        try:
            failed = _compile(command, library)
        except OSError as error:
            raise NoLibrary(f"{folder} cannot be written to: {error}") from error
        if not failed:
            return library
    raise NoLibrary(f"{compiler} could not compile it: {failed}")


@functools.cache
def _outcome() -> tuple[ctypes.CDLL | None, str | None]:
    """The library, or why there is none. Threads that come first together compile it once."""
    with _lock:
        try:
            return _load(), None
        except NoLibrary as reason:
            _log.info("decoding is computed by torch: %s", reason)
            return None, str(reason)


def _load() -> ctypes.CDLL:
    if os.environ.get(SWITCH, "1") == "0":
        raise NoLibrary(f"it is turned off by {SWITCH}=0")
    path = build(cache_folder())
    return load(path)


def load(path: Path) -> ctypes.CDLL:
    """Map a library that `build` made.

    Raises:
        NoLibrary: The loader refuses it.
    """
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError as error:
        raise NoLibrary(f"{path} cannot be loaded: {error}") from error
    for entry in (loaded.egobutler_attend, loaded.egobutler_choose, loaded.egobutler_decode):
        entry.argtypes, entry.restype = [ctypes.c_void_p], None
    return loaded


def _compiler() -> tuple[str, str]:
    """The compiler that torch would take for an extension, and what it says of its version."""
    try:
        from torch.utils.cpp_extension import get_cxx_compiler

        compiler = str(get_cxx_compiler())  # type: ignore[no-untyped-call]
        version = subprocess.run(
            [compiler, "--version"], capture_output=True, text=True, timeout=60
        )
    except (ImportError, OSError, subprocess.SubprocessError) as error:
        raise NoLibrary(f"there is no C++ compiler: {error}") from error
    if version.returncode:
        raise NoLibrary(f"the C++ compiler {compiler} does not say its version: {version.stderr}")
    return compiler, version.stdout


def _processor() -> str:
    """What the processor can do; other flags make another library."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    facts = {line.partition(":")[0].strip(): line for line in reversed(lines)}
    names = ("vendor_id", "cpu family", "model", "flags", "Features", "CPU part")
    return "\n".join([platform.machine(), *(facts[name] for name in names if name in facts)])


def _compile(command: Sequence[str], target: Path) -> str:
    """Compile into a private folder and move the result to its place; what went wrong, if it did.

    Raises:
        OSError: The folder cannot be written to.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="building-") as private:
        output, seal = Path(private, target.name), Path(private, "seal")
        try:
            done = subprocess.run(
                [*command, str(output)], capture_output=True, text=True, timeout=LONGEST
            )
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
        if done.returncode:
            return done.stderr.strip()[:500] or f"it ended with {done.returncode}"
        seal.write_text(hashlib.sha256(output.read_bytes()).hexdigest())
        output.replace(target)
        seal.replace(_seal(target))
    return ""


def _seal(library: Path) -> Path:
    return library.with_suffix(".sha256")


def _whole(library: Path) -> bool:
    """Whether the file is there as it was made."""
    try:
        return (
            hashlib.sha256(library.read_bytes()).hexdigest() == _seal(library).read_text().strip()
        )
    except OSError:
        return False
