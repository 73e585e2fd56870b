"""Choosing settings and fetching models while the app runs, for the page and the API alike."""

from __future__ import annotations

from app.core.errors import Refusal
from app.core.request_identity import current_user
from app.models.download import ModelFetch
from app.models.plan.fetch import accept_plan, plan_here
from app.models.setting_choices import keep, names_folder
from app.presentation.i18n import t
from egogpt.weights.store import WeightStore
from memory.store.store import Store


class NotTheirComputer(Refusal):
    """Only whoever runs the computer may do that; the text says so."""

    status = 403

    def __init__(self) -> None:
        super().__init__(t("Folders of models are chosen by whoever runs the server."))


class SettingsService:
    """The choices of one home, and the one download of models that it may have at a time."""

    def __init__(self, store: Store, weights: WeightStore) -> None:
        self._store, self._weights = store, weights
        self.fetch = ModelFetch(weights)

    def choose(self, name: str, value: str | None, *, owner: bool) -> None:
        """Keeps a choice, or takes it back (None); ``owner`` runs the computer.

        Raises:
            BadChoice: the setting cannot have that value.
            NotTheirComputer: it is a folder, which is not theirs to name.
        """
        if names_folder(name, value or "") and not owner:
            raise NotTheirComputer
        keep(self._store.preferences, name, value)
        self._store.audit.write(current_user(), "setting", name)

    def accept_plan(self, *, owner: bool) -> None:
        """Begins to fetch and choose what fits this computer. Raises NotTheirComputer."""
        if not owner:
            raise NotTheirComputer
        weights, preferences = self._weights, self._store.preferences
        self.fetch.begin(
            lambda progress: accept_plan(plan_here(weights), weights, preferences, progress)
        )
        self._store.audit.write(current_user(), "setting", "plan")
