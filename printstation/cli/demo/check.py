"""What should be, against the summary: pure, so that each difference can be shown to be found."""

from __future__ import annotations

from typing import Any


def differences(
    summary: dict[str, Any], jobs: list[dict[str, Any]], before: dict[str, int], received: int
) -> list[str]:
    """Every difference, a sentence each; `before` is the stock before `received` blanks came."""
    wrong = []
    for card, job in zip(summary["cards"], jobs, strict=True):
        if card["state"] != "completed":
            wrong.append(f"job {card['job']} is {card['state']}, not completed")
        if card["front"] is None:
            wrong.append(f"no single card in the world bears reference {job['reference']}")
        if not card["evidence"] or card["evidence"]["rule"] is None:
            wrong.append(f"job {card['job']} has no evidence")
    stock = summary["stock"]
    total = sum(before.values()) + received
    if sum(stock.values()) != total:
        wrong.append(f"{total} blanks were received, {sum(stock.values())} are in some state")
    expected = {
        **before,
        "printed": before.get("printed", 0) + len(jobs),
        "loaded": before.get("loaded", 0) + received - len(jobs),
    }
    for state in sorted(expected.keys() | stock.keys()):
        if expected.get(state, 0) != stock.get(state, 0):
            wrong.append(f"{stock.get(state, 0)} cards are {state}, not {expected.get(state, 0)}")
    if summary["audit"] != "ok":
        wrong.append(f"audit: {summary['audit']}")
    return wrong
