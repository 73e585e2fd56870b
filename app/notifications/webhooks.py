"""Webhooks of a home: added with the owner's leave, sent behind the app, tried again.

There are none until the owner adds one; as long as there is none, nothing is sent to anybody.
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass, field
from functools import partial

from app.core.background_thread import Periodic
from app.core.errors import Refusal
from app.core.request_identity import current_user
from app.notifications.delivery import Judge, NotTaken, judged, judged_outside, send
from app.notifications.webhook_urls import Target, agreement
from app.presentation.rendering import Json
from memory.repositories.notifications import Notice
from memory.repositories.webhooks import MOST_HOOKS, Delivery, Hook
from memory.store.store import Store
from memory.types.errors import StoreError
from memory.types.jobs import Job

_log = logging.getLogger(__name__)
_LOOK = 2.0  # seconds between two looks for what is due
_LAST = 10.0  # seconds for which what is due is still sent when the home is closed


class TooManyHooks(Refusal):
    """A home has as many webhooks as it may have."""

    status = 409


@dataclass(eq=False)
class WebhookService:
    """Adds, lists, tries and removes webhooks, and sends what is due to them.

    ``_judge`` says where an address leads just now, or refuses it.
    """

    _store: Store
    _judge: Judge = judged
    _sending: Periodic = field(
        init=False,
        default_factory=partial(Periodic, "hooks", "webhooks could not be told", again=_LOOK),
    )

    def keep_outside(self) -> None:
        """From now on nothing is added, or sent, that leads to this computer or its network."""
        self._judge = judged_outside

    def start(self) -> None:
        """Begins to send, behind whatever else this process does."""
        self._sending.start(self._send)

    def close(self) -> None:
        """Ends sending; what is due and can be sent within seconds is, the rest waits."""
        self._sending.stop()
        until = time.monotonic() + _LAST
        try:
            while time.monotonic() < until and self.send_one():
                pass
        except StoreError:
            _log.info("messages to webhooks wait for the next start", exc_info=True)

    def where(self, url: str) -> Target:
        """Where an address leads. Raises RefusedAddress."""
        return self._judge(url)

    def agreement(self, url: str) -> str:
        """What the owner agrees to by adding it. Raises RefusedAddress."""
        return agreement(self._judge(url))

    def add(self, url: str, who: str = "") -> Hook:
        """Adds an address; its secret is in the result and shown never again.

        Raises:
            RefusedAddress: no webhook may go there.
            TooManyHooks: there are enough.
        """
        goal = self._judge(url)
        if len(self._store.hooks.all()) >= MOST_HOOKS:
            raise TooManyHooks(f"there are {MOST_HOOKS} webhooks already; remove one first")
        hook = Hook(secrets.token_hex(4), url, secrets.token_urlsafe(32), time.time())
        self._store.hooks.add(hook)
        self._store.audit.write(
            who or current_user(), "webhook added", f"{goal.url.hostname} ({goal.where})"
        )
        return hook

    def all(self) -> list[Hook]:
        """Every webhook, the oldest first."""
        return self._store.hooks.all()

    def remove(self, hook_id: str, who: str = "") -> bool:
        """Removes one and what was on its way to it. False where there is none."""
        removed = self._store.hooks.remove(hook_id)
        if removed:
            self._store.audit.write(who or current_user(), "webhook removed", hook_id)
        return removed

    def test(self, hook_id: str) -> str:
        """Sends a message that says it is a test. Returns why it was not taken, or nothing.

        Raises KeyError where there is no such webhook.
        """
        hook = self._store.hooks.get(hook_id)
        if hook is None:
            raise KeyError(hook_id)
        trouble = self._sent(
            hook, f"{hook.id}-test", {"event": "test", "at": round(time.time(), 3)}
        )
        self._store.hooks.note(hook.id, trouble, None if trouble else time.time())
        return trouble

    def send_one(self) -> bool:
        """Sends the oldest message that is due; False where none is. Raises StoreError."""
        delivery = self._store.hooks.claim(time.time())
        if delivery is None:
            return False
        notice = self._store.notices.get(delivery.notice_id)
        if notice is None:  # gone with its file meanwhile, and so is the delivery
            return True
        trouble = self._sent(delivery.hook, delivery.id, self._message(delivery, notice))
        if trouble:
            self._store.hooks.failed(delivery, time.time(), trouble)
        else:
            self._store.hooks.arrived(delivery, time.time())
        return True

    def _sent(self, hook: Hook, delivery: str, message: Json) -> str:
        try:
            send(hook.url, hook.secret, delivery, message, self._judge)
        except NotTaken as error:
            return str(error)
        return ""

    def _message(self, delivery: Delivery, notice: Notice) -> Json:
        """The job's id, counts and the state: a recording's id holds the name of its file."""
        job = self._store.jobs.get(notice.job_id) or Job(notice.job_id, "")
        recording = self._store.recordings.get(job.recording_id)
        return {
            "event": f"recording.{notice.kind}",
            "delivery": delivery.id,
            "attempt": delivery.attempts,
            "at": round(notice.at, 3),
            "job": notice.job_id,
            "state": None if recording is None else str(recording.state),
            "seconds": None if recording is None else round(recording.duration, 3),
            "clips": 0 if recording is None else len(self._store.recordings.clips(recording.id)),
        }

    def _send(self) -> float:
        return 0.0 if self.send_one() else _LOOK
