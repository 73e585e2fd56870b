"""Addresses of models on servers, and the owner's consent to send data there.

parse("openai:llama3.2:3b@http://127.0.0.1:11434/v1").stays_here  # True
parse("openai:qwen3-vl:8b@http://127.0.0.1:11434/v1?quota=0.5").sight

A model on this machine needs no leave. Any other host gets what was seen and said in recordings,
so it is refused until the owner sets EGOBUTLER_ALLOW_REMOTE=1 or says --allow-remote.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from egogpt.protocols.chat import ChatError
from egogpt.remote.sight import OPTIONS, Sight, parse_sight
from memory.types.messages import UserMessage, sentences

KIND = "openai"
FORM = f"{KIND}:MODEL@http://127.0.0.1:11434/v1"
ALLOW = "EGOBUTLER_ALLOW_REMOTE"
_YES = ("1", "true", "yes", "on")
# Ollama runs models with these endings at its makers', though they are asked for on this machine.
_CLOUD = ("-cloud", ":cloud")


class BadAddress(ChatError, ValueError):
    """A name that says no model or no place; the text gives the form."""


class NotAllowed(ChatError):
    """The owner has not agreed that anything leaves this machine; the text says how to."""


@dataclass(frozen=True, slots=True)
class Address:
    """A model and the server that has it. ``url`` ends without a slash, usually in ``/v1``."""

    model: str
    url: str
    sight: Sight = field(default_factory=Sight)

    @property
    def host(self) -> str:
        """The server's host name or number."""
        return urlsplit(self.url).hostname or ""

    @property
    def loopback(self) -> bool:
        """Whether the server is on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def stays_here(self) -> bool:
        """Whether what the model reads stays on this machine."""
        return self.loopback and not self.model.endswith(_CLOUD)


def is_remote(name: str | None) -> bool:
    """Whether the name is that of a model on a server."""
    return name is not None and name.partition(":")[0] == KIND and ":" in name


def parse(name: str) -> Address:
    """The address in a name of the form ``openai:MODEL@URL?quota=…``. Raises BadAddress."""
    rest = name.removeprefix(f"{KIND}:")
    at = max(rest.rfind("@http://"), rest.rfind("@https://"))
    model, url = rest[: max(at, 0)].strip(), rest[at + 1 :].strip()
    url, _, options = url.partition("?")
    url = url.rstrip("/")
    if at < 0 or not model:
        shown = re.sub(r"//[^@/]*@", "//…@", name)  # what may be a password is not repeated
        raise BadAddress(
            f"{shown!r} does not say which model is where. The form is {FORM}: the model's name "
            "as the server lists it, and the server's address."
        )
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError as error:
        raise BadAddress(
            f"{url!r} is no address of a server ({error}). The form: {FORM}."
        ) from None
    if not parts.hostname or port == 0:
        raise BadAddress(f"{url!r} names no host. The form is {FORM}.")
    others = {key for key, _ in parse_qsl(options, keep_blank_values=True)} - {*OPTIONS}
    if parts.username or parts.password or parts.fragment or others:
        raise BadAddress(
            "The address of a model's server holds a password, a key or a query, which would be "
            "kept in notes and logs. Leave it out; a key belongs into EGOBUTLER_OPENAI_KEY. Behind "
            f"a question mark there may be: {', '.join(OPTIONS)}."
        )
    try:
        sight = parse_sight(model, options)
    except ValueError as error:
        raise BadAddress(f"openai:{model}: {error}.") from None
    return Address(model, url if parts.path else f"{url}/v1", sight)


def where_it_goes(name: str) -> str:
    """One plain sentence or two: what the model called ``name`` is sent, and where."""
    address = parse(name)
    if address.stays_here:
        return UserMessage("egogpt.stays-here", model=address.model, host=address.host)
    place = UserMessage("egogpt.makers-of-ollama") if address.loopback else address.host
    sent = UserMessage("egogpt.leaves-machine", model=address.model, place=place)
    plainly = address.url.startswith("http://") and not address.loopback
    return sentences([sent, UserMessage("egogpt.not-encrypted")]) if plainly else sent


def is_allowed() -> bool:
    """Whether the owner has agreed that recordings are read on other machines."""
    return os.environ.get(ALLOW, "").strip().lower() in _YES


def check_allowed(name: str) -> Address:
    """The address, if it is on this machine or the owner has agreed. Raises NotAllowed."""
    address = parse(name)
    if address.stays_here or is_allowed():
        return address
    refusal = UserMessage("egogpt.not-agreed", setting=ALLOW)
    raise NotAllowed(sentences([where_it_goes(name), refusal]))
