"""As much of a card as draws it and prints nothing on it (`drivers.beginning`)."""

from __future__ import annotations

from drivers.contract import Staged
from drivers.models import Model

#: Of the first plane: too little to print a line of it.
BEGUN_BYTES = 64


def beginning(staged: Staged, model: Model) -> Staged:
    """The first page's header, which draws a card, and the beginning of its first plane."""
    header, body = staged.payload[:2]
    return Staged((header, body[:BEGUN_BYTES]), sides=1)
