"""The systemd unit that runs the app, filled with the paths of this computer.

It may write its home and nothing else. ``--host`` and a proxy are told of in docs/deploy.md.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

_UNIT = """\
[Unit]
Description=EgoButler, a life assistant for people who wear a camera
After=network.target
RequiresMountsFor={home}

[Service]
Type=exec
User={user}
ExecStart={command}
Restart=on-failure
RestartSec=5
TimeoutStopSec=90
UMask=0077
Environment=PYTHONUNBUFFERED=1

# Only homes can be written; recordings elsewhere can be read. Devices stay: models use them.
ReadWritePaths={home} {others}
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
"""


def unit(home: Path, port: int = 7860, *, user: str = "", python: str = "") -> str:
    """The text of ``egobutler.service``. ``user`` and ``python`` are by default those of now."""
    command = [python or sys.executable, "-m", "app", "serve", "--home", str(home)]
    command += ["--port", str(port)]
    return _UNIT.format(
        home=_quoted(str(home)),
        others=_quoted(f"-{home}-homes"),
        user=user or getpass.getuser(),
        command=" ".join(_quoted(argument).replace("$", "$$") for argument in command),
    )


def _quoted(text: str) -> str:
    """One word as systemd reads it: its specifiers are only letters."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{plain}"' if any(letter in plain for letter in " \t'\"\\;") else plain
