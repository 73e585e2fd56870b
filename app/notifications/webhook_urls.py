"""Addresses of webhooks: which are refused, and what the owner agrees to.

Whoever runs the computer may name any host, also one of their own network: that is what webhooks
are for. Others who have a home on it may not: they would reach into a network that is not theirs.
Refused to everybody is what no owner means but an attacker would: link-local addresses, behind
which clouds hand out the keys of a machine, and EgoButler itself. A name is looked up once, just
before it is used, and the address that was judged is the one that is connected to: a name that
answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import SplitResult, urlsplit

import psutil

from app.core.errors import Refusal
from app.presentation.i18n import t

LONGEST_URL = 2000
Where: TypeAlias = Literal["here", "network", "internet"]
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# Other places than 169.254.169.254 and fe80::/10 where clouds answer with the keys of a machine.
_KEYS = frozenset(
    map(ipaddress.ip_address, ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16"))
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ISATAP = 0x5EFE  # RFC 5214: what stands before the IPv4 address, but for one bit
# Nobody outside routes these, though ``is_global`` of some version of Python says so: site-local,
# carrier-grade NAT, local NAT64, protocol assignments, documentation.
_NEAR = tuple(
    map(
        ipaddress.ip_network,
        ("fec0::/10", "100.64.0.0/10", "64:ff9b:1::/48", "192.0.0.0/24", "3fff::/20"),
    )
)
_UNFIT = re.compile(r"[\x00-\x20\x7f-\x9f\\\ud800-\udfff]")


class RefusedAddress(Refusal):
    """An address that no webhook may go to; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A judged address: connect to ``ip``, and mean ``url``."""

    url: SplitResult
    ip: IPAddress

    @property
    def port(self) -> int:
        """Where nothing else is said, that of the scheme."""
        return self.url.port or (443 if self.url.scheme == "https" else 80)

    @property
    def where(self) -> Where:
        """``here`` (this computer), ``network`` (the owner's own) or ``internet``."""
        if self.ip.is_loopback:
            return "here"
        return "internet" if _is_worldwide(self.ip) else "network"


def parsed(url: str) -> SplitResult:
    """The parts of an address that has the right form. Raises RefusedAddress."""
    if len(url) > LONGEST_URL or _UNFIT.search(url):
        raise RefusedAddress("that is not the address of a webhook: it is too long, or has spaces")
    try:
        parts, _port = urlsplit(url), urlsplit(url).port
    except ValueError as error:
        raise RefusedAddress(f"that is not the address of a webhook ({error})") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RefusedAddress("a webhook's address begins with https:// or http:// and names a host")
    if parts.username is not None or parts.password is not None:
        raise RefusedAddress("leave the name and password out of the address: it is shown in lists")
    if parts.fragment:
        raise RefusedAddress("leave out what follows the # in the address: it is never sent")
    return parts


def target(url: str, own_ports: Collection[int] = (), *, outside: bool = False) -> Target:
    """Looks the host up and judges where it is.

    Args:
        url: the address of a webhook.
        own_ports: those that EgoButler listens on.
        outside: whether it has to be on the internet: neither here nor in this network.

    Raises:
        RefusedAddress: nothing may be sent there, or there is no such host.
    """
    parts = parsed(url)
    host = parts.hostname or ""
    try:
        resolved = socket.getaddrinfo(host, parts.port or 80, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RefusedAddress(f"there is no host called {host}") from error
    addresses = {_address(str(entry[4][0])) for entry in resolved}
    for address in addresses:
        if outside:
            _judge_outside(address, host)
        _judge(address)
    chosen = Target(
        parts, sorted(addresses, key=lambda candidate: (candidate.version, int(candidate)))[0]
    )
    if chosen.port in own_ports and _is_this_machine(chosen.ip):
        raise RefusedAddress("that is EgoButler itself, which has nothing to tell itself")
    return chosen


def own_ports() -> frozenset[int]:
    """The ports that this process listens on."""
    try:
        open_now = psutil.Process().net_connections(kind="tcp")
    except psutil.Error:
        return frozenset()
    return frozenset(
        connection.laddr.port for connection in open_now if connection.status == psutil.CONN_LISTEN
    )


def agreement(goal: Target) -> str:
    """One plain sentence or two: what is sent, where, and how safe the way there is."""
    host = goal.url.hostname
    place = {
        "here": f"{host} is this computer: nothing leaves it.",
        "network": f"{host} is in your own network: the message leaves this computer.",
        "internet": f"{host} is on the internet: the message leaves your computer and network.",
    }[goal.where]
    open_way = goal.url.scheme == "http" and goal.where != "here"
    return (
        f"Whenever a recording is finished or fails, a message is sent to {host}. It holds ids, "
        "numbers and the state, never names, words or pictures. "
        f"{place}" + (" The way there is not encrypted." if open_way else "")
    )


def _address(text: str) -> IPAddress:
    """The address that is really meant by one that is written inside another."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address.teredo is not None:
            return address.teredo[1]
        isatap = int(address) >> 32 & 0xFDFFFFFF == _ISATAP
        if address in _NAT64 or isatap:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_worldwide(address: IPAddress) -> bool:
    """Whether it lies on the internet, as far as an address tells."""
    near = any(address in network for network in _NEAR if network.version == address.version)
    return address.is_global and not near


def _judge(address: IPAddress) -> None:
    if address.is_link_local or address in _KEYS:
        raise RefusedAddress(
            f"{address} is an address behind which clouds keep the keys of a machine: "
            "no webhook goes there"
        )
    if address.is_unspecified or address.is_multicast or (
        address.is_reserved and not address.is_private
    ):  # fmt: skip
        raise RefusedAddress(f"{address} is no address of a single computer")


def _judge_outside(address: IPAddress, host: str) -> None:
    if not _is_worldwide(address) or _is_this_machine(address):
        raise RefusedAddress(
            t(
                "{host} is this computer, or in its network. Only whoever runs this computer may "
                "have webhooks there: ask them, or name an address on the internet.",
                host=host,
            )
        )


def _is_this_machine(address: IPAddress) -> bool:
    if address.is_loopback:
        return True
    mine = (interface.address for all_of in psutil.net_if_addrs().values() for interface in all_of)
    return str(address) in {text.partition("%")[0] for text in mine}
