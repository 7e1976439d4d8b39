"""As much of a card as draws it and prints nothing on it (`drivers.beginning`)."""

from __future__ import annotations

from drivers.contract import Staged
from drivers.models import Model


def beginning(staged: Staged, model: Model) -> Staged:
    """Set-up and start, which bring the card to the head."""
    facts = model.evolis
    return Staged(staged.payload[: len(facts.setup) + len(facts.start)], sides=1)
