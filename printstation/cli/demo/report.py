"""What came out: pictures from the world, each beside its job, and summary.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from printstation.cli.client import Client
from printstation.cli.demo.world import WorldCard
from printstation.store.audit import CannotAudit, audit, reading

SUMMARY = "summary.json"


def write(
    station: Client,
    cards: list[WorldCard],
    jobs: list[dict[str, Any]],
    folder: Path,
    out: Path,
) -> dict[str, Any]:
    """Fetch the pictures, ask for stock and audit, and write everything down."""
    families = {p["name"]: p["family"] for p in station.get("/v1/printers")["items"]}
    made: dict[str | None, list[WorldCard]] = {}
    for card in cards:
        made.setdefault(card.reference, []).append(card)
    stock: dict[str, int] = {}
    for states in station.get("/v1/stock").values():
        for state, number in states.items():
            stock[state] = stock.get(state, 0) + number
    summary = {
        "url": station.url,
        "cards": [_card(job, families, made.get(job["reference"], []), out) for job in jobs],
        "stock": stock,
        "audit": _audit(folder / "printstation.db"),
    }
    (out / SUMMARY).write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n")
    return summary


def _card(
    job: dict[str, Any], families: dict[str, str], found: list[WorldCard], out: Path
) -> dict[str, Any]:
    """One job and its card, which lies at its printer; with two cards in the world neither is shown as the one."""
    card = found[0] if len(found) == 1 and found[0].printer == job["printer"] else None
    return {
        "job": job["id"],
        "state": job["state"],
        "printer": job["printer"],
        "family": families.get(job["printer"]),
        "evidence": job["evidence"],
        "front": _picture(out, job["reference"], "front", card.front if card else None),
        "back": _picture(out, job["reference"], "back", card.back if card else None),
    }


def _picture(out: Path, reference: str, side: str, png: bytes | None) -> str | None:
    if png is None:
        return None
    name = f"{reference}-{side}.png"
    (out / name).write_bytes(png)
    return name


def _audit(path: Path) -> str:
    try:
        with reading(path) as conn:
            found = audit(conn)
    except CannotAudit as error:
        return str(error)
    return "ok" if not found else str(found[0])


def tell(summary: dict[str, Any], out: Path) -> None:
    """The summary for a person."""
    for card in summary["cards"]:
        evidence = card["evidence"] or {}
        print(f"\njob {card['job']}: {card['state']} at {card['printer']} ({card['family']})")
        print(
            f"  evidence: row {evidence.get('rule')}, unit {evidence.get('serial')}, "
            f"fed {evidence.get('fed_at')}, sent {evidence.get('sent_at')}"
        )
        for side in ("front", "back"):
            if card[side]:
                print(f"  {side}: {out / card[side]}")
    stock = ", ".join(f"{number} {state}" for state, number in sorted(summary["stock"].items()))
    print(f"\nstock: {stock}\naudit: {summary['audit']}\nsummary: {out / SUMMARY}")
