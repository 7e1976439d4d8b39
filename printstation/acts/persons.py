"""Who may do an act: some need two different persons. Until there are logins, both are named."""

from __future__ import annotations

from printstation.refusals import Refusal


def supervised(by: str, supervisor: str | None, what: str) -> None:
    """An act that one person may not do alone: two different names."""
    if not supervisor or supervisor.strip().casefold() == by.strip().casefold():
        raise Refusal(
            "supervisor-needed", f"{what} needs `by` and `supervisor`, two different persons"
        )
