"""The judge: compares the world with the station, once nothing moves and nothing is asked any more."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.process.office import ENDED, Office

LIMIT = 500


def differences(office: Office, posted: list[dict[str, Any]]) -> list[str]:
    """Every difference, a sentence each. `posted` are the bodies that the application posted."""
    jobs = {job["reference"]: job for job in office.get("/jobs", limit=LIMIT)}
    wrong = [f"{body['reference']} has no job" for body in posted if body["reference"] not in jobs]
    wrong += [
        f"a job nobody posted: {r}" for r in jobs if r not in {b["reference"] for b in posted}
    ]
    wrong += [f"{r} is {job['state']}" for r, job in jobs.items() if job["state"] not in ENDED]
    wrong += [f"question {q['id']} is open" for q in office.questions()]
    world = office.world()
    good = Counter(card.reference for card in world if card.good)
    wrong += [f"{r} has {count} cards in the world" for r, count in good.items() if count > 1]
    for reference, job in jobs.items():
        if (job["state"] == "completed") != (good[reference] == 1):
            wrong.append(f"{reference} is {job['state']} with {good[reference]} cards")
    wrong += [f"{card} is nobody's" for card in world if card.good and card.reference not in jobs]
    wrong += [f"{card} is still inside" for card in world if card.place == "path"]
    return wrong + _counts(office) + _audit(office)


def _counts(office: Office) -> list[str]:
    """The rows of each printer are as many as the cards of the world, by what became of them."""
    rows = office.get("/cards", limit=LIMIT)
    wrong = []
    for machine in office.machines:
        states = Counter(row["state"] for row in rows if row["printer"] == machine.name)
        cards = [card for card in office.world() if card.printer == machine.name]
        found = {
            "loaded": sum(card.place == "hopper" for card in cards),
            "printed": sum(card.good for card in cards),
            "spoiled": sum(card.out and not card.good for card in cards),
        }
        for state in sorted(states.keys() | found.keys()):
            if states[state] != found.get(state, 0):
                wrong.append(
                    f"{machine.name}: {states[state]} rows {state}, {found.get(state, 0)} in the world"
                )
    return wrong


def _audit(office: Office) -> list[str]:
    done = office.command("audit")
    return [] if done.returncode == 0 else [f"audit {done.returncode}: {done.stdout}{done.stderr}"]
