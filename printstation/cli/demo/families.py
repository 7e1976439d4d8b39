"""The demo of all families: one printer each, the same values on every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from printstation.cli.demo.people import residents
from printstation.cli.demo.queue import PRINTER as QUEUE

#: (name, device file of the simulator); the fourth family is behind a real cupsd.
SIMULATED = (("enduro", "enduro"), ("primacy", "primacy"), ("xid580i", "xid580i"))
FAMILIES = {"enduro": "magicard", "primacy": "evolis", "xid580i": "matica", QUEUE: "ipp"}
#: A queue's printer of one side prints the front.
ONE_SIDED = frozenset({"ipp"})
CARD_TYPE = "specimen"


def bodies(samples: list[dict[str, Any]], cards: int, seed: int) -> Iterator[dict[str, Any]]:
    """Complete bodies for `POST /v1/jobs`: `cards` residents, each on all families, with a reference each."""
    # The last sample is the plain one: every field is filled.
    for person in residents(samples[::-1], cards, seed):
        for name, family in FAMILIES.items():
            reference = f"{person['reference']}-{family}"
            yield {**person, "card_type": CARD_TYPE, "reference": reference, "only_printer": name}


def differences(summary: dict[str, Any], cards: int) -> list[str]:
    """Every family made its cards, with both sides where it has two."""
    wrong = []
    for family in FAMILIES.values():
        made = [card for card in summary["cards"] if card["family"] == family]
        if len(made) != cards:
            wrong.append(f"family {family} made {len(made)} cards, not {cards}")
        for card in made:
            if (card["back"] is None) is not (family in ONE_SIDED):
                has = "no back" if card["back"] is None else "a back"
                wrong.append(f"the card of job {card['job']} ({family}) has {has}")
    return wrong
