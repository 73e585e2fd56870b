"""A perception service in a process of its own, and lines to it that break."""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.ingest.cluster.clusters import until

ROOT = Path(__file__).resolve().parents[3]
NO_WEIGHTS = "no-weights"


class LocalService:
    """``egobutler cluster serve`` with one worker and no weights; it could write to ``place``."""

    def __init__(self, place: Path, *options: str, scheme: str = "http") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.place, self.token = place, place.with_name("service_token")
        self.port, self.url = port, f"{scheme}://127.0.0.1:{port}"
        place.mkdir()
        folders = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(place))
        own = {"EGOBUTLER_SERVICE_TOKEN": str(self.token), "EGOBUTLER_WEIGHTS": NO_WEIGHTS}
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        command = ["-m", "app", "cluster", "serve", "--address", "127.0.0.1", "--port", str(port)]
        command += ["--workers", "1"]
        self.process = psutil.Popen(
            [sys.executable, *command, *options],
            env=os.environ | folders | own | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=place,
            stderr=subprocess.PIPE,
        )
        until(self.listens)

    def listens(self) -> bool:
        """Whether the port is open."""
        assert self.process.poll() is None, self.process.stderr.read().decode()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            return True
        return False

    def films(self) -> int:
        """How many files are in its memory, or in that of a process of its."""
        names = []
        for process in [self.process, *self.process.children(recursive=True)]:
            with suppress(OSError):  # it has ended
                names += [os.readlink(at) for at in Path(f"/proc/{process.pid}/fd").iterdir()]
        return sum("memfd:film" in name for name in names)

    def workers(self) -> list[psutil.Process]:
        """Its processes that compute."""
        children = self.process.children()
        return [one for one in children if "spawn_main" in " ".join(one.cmdline())]

    def files(self) -> set[Path]:
        """What lies in the folders in which it could write."""
        return {path for path in self.place.rglob("*") if path.is_file()}

    def end(self) -> None:
        """Ends it like Ctrl-C, or at last otherwise."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except psutil.TimeoutExpired:
            self.process.kill()
        self.process.stderr.close()


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that nobody but itself has signed, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, secret


class BrokenLine:
    """A port before a service whose first ``cuts`` long replies break off after some bytes."""

    def __init__(self, port: int, cuts: int, after: int = 2000) -> None:
        self._to, self._cuts, self._after = port, cuts, after
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.broken = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Lets nobody in any more."""
        self._door.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                for one, other, counts in ((near, far, False), (far, near, True)):
                    threading.Thread(
                        target=self._pass, args=(one, other, counts), daemon=True
                    ).start()

    def _pass(self, one: socket.socket, other: socket.socket, counts: bool) -> None:
        passed = 0
        with suppress(OSError):
            while data := one.recv(1 << 16):
                passed += len(data)
                if counts and passed > self._after and self.broken < self._cuts:
                    self.broken += 1
                    break
                other.sendall(data)
        for line in (one, other):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
