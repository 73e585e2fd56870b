"""What docs/deploy holds names things that are there, and is what the program prints."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.server.systemd_unit import unit
from tests.command_words import parsed

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "docs" / "deploy"
LINES = re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text()).splitlines()


def told(word: str) -> list[str]:
    """The arguments of every instruction of the Dockerfile that is called so."""
    return [line.split(" ", 1)[1].strip() for line in LINES if line.startswith(f"{word} ")]


def settings(text: str) -> configparser.ConfigParser:
    # A unit may say one thing twice; ours do not, so that this parser reads them.
    found = configparser.ConfigParser(interpolation=None, strict=True)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(text)
    return found


def test_the_dockerfile_copies_what_is_there_and_all_packages() -> None:
    sources = [name for said in told("COPY") for name in said.split()[:-1]]
    assert all((ROOT / name).exists() for name in sources)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {
        "tests",
        "benchmarks",
        "examples",
    }
    assert packages <= set(sources)
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert {f"!{name}" for name in sources} <= set(let_in)


def test_the_container_runs_our_command_as_nobody_special() -> None:
    assert told("USER") == ["egobutler"]
    assert LINES.index("USER egobutler") < LINES.index(f"ENTRYPOINT {told('ENTRYPOINT')[0]}")
    assert json.loads(told("ENTRYPOINT")[0]) == ["python", "-m", "app"]
    options = parsed(json.loads(told("CMD")[0]))
    assert (options["host"], options["port"]) == ("0.0.0.0", 7860)
    assert told("EXPOSE") == ["7860"]


def test_the_health_check_is_python_and_asks_a_route_of_ours() -> None:
    command = json.loads(told("HEALTHCHECK")[0].split("CMD", 1)[1])
    compile(command[2], "healthcheck", "exec")
    assert "http://127.0.0.1:7860/healthz" in command[2]


def test_compose_builds_our_dockerfile_and_opens_no_door_to_others() -> None:
    service: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"][
        "egobutler"
    ]
    context = DEPLOY / service["build"]["context"]
    assert (context / service["build"]["dockerfile"]).samefile(DEPLOY / "Dockerfile")
    assert service["ports"] == ["127.0.0.1:7860:7860"]
    assert service["volumes"] == [f"egobutler:{told('VOLUME')[0]}"]


def test_the_unit_in_the_docs_is_the_one_that_is_printed() -> None:
    home, python = Path("/var/lib/egobutler/home"), "/opt/egobutler/bin/python"
    assert (DEPLOY / "egobutler.service").read_text() == unit(home, user="egobutler", python=python)


def test_the_unit_may_write_homes_only_and_names_them_safely() -> None:
    found = settings(unit(Path('/srv/my "home" 100% $X'), 80, user="u", python="/p y"))["Service"]
    assert found["ReadWritePaths"].startswith('"/srv/my \\"home\\" 100%% $X" ')
    assert found["ExecStart"].endswith('--home "/srv/my \\"home\\" 100%% $$X" --port 80')
    assert found["ExecStart"].startswith('"/p y" -m app serve')
    for name in ("NoNewPrivileges", "PrivateTmp", "LockPersonality"):
        assert found[name] == "yes"
    assert found["ProtectSystem"] == "strict"


@pytest.mark.parametrize("name", ["egobutler.service", "egobutler-backup.service"])
def test_units_call_commands_that_there_are(name: str) -> None:
    words = shlex.split(settings((DEPLOY / name).read_text())["Service"]["ExecStart"])
    assert words[1:3] == ["-m", "app"]
    options = parsed(words[3:])
    assert options["home"] == "/var/lib/egobutler/home"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    python = shutil.which("python3") or "/bin/true"
    for path in [*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")]:
        text = path.read_text().replace("/opt/egobutler/bin/python", python)
        (tmp_path / path.name).write_text(text.replace("User=egobutler", "User=root"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_proxies_lead_to_the_port_of_the_app() -> None:
    for name in ("Caddyfile", "nginx.conf"):
        text = (DEPLOY / name).read_text()
        assert "127.0.0.1:7860" in text
        assert text.count("{") == text.count("}")
