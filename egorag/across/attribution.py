"""Attribution: whose camera a cited moment is from."""

from __future__ import annotations

from dataclasses import replace

from memory.store.view import View
from memory.types.core import Citation
from memory.types.evidence_cards import EvidenceCards


def attributed(view: View, citation: Citation) -> Citation:
    """The citation with its wearer, unless that is known."""
    if citation.wearer:
        return citation
    return replace(citation, wearer=view.wearer_of(citation.recording_id))


def by_wearer(view: View, cards: EvidenceCards) -> EvidenceCards:
    """The cards with the wearer of each."""
    return EvidenceCards(
        tuple(replace(card, citation=attributed(view, card.citation)) for card in cards.cards)
    )
