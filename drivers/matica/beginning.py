"""As much of a card as draws it and prints nothing on it (`drivers.beginning`)."""

from __future__ import annotations

from drivers.contract import Staged
from drivers.models import Model


def beginning(staged: Staged, model: Model) -> Staged:
    """The first command, which loads a card."""
    return Staged(staged.payload[:2], sides=1)
