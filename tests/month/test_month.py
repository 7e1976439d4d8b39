"""The office's month (issue 5): at its end every blank is explained, and paper contradicts a forger."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from printstation.store import audit
from printstation.store.headcode import parse_head_code
from printstation.store.journal import genesis
from tests.crash import house
from tests.month.office import BLANKS, OUTAGE, RECORDS, REST_AFTER, Month

#: A printed seed: the same month every time.
SEED = 20_261_102
#: Longer than any month.
LIMIT_S = 90 * 24 * 3600.0

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("month")]


@pytest.fixture(scope="module")
def month() -> Iterator[Month]:
    with pytest.MonkeyPatch.context() as patch:
        played = Month(SEED, patch)
        print(f"seed {SEED}")
        played.sim.spawn("office", played.run)
        played.sim.run(lambda: played.over, LIMIT_S)
        assert played.over and played.sim.trouble.lines == []
        yield played
        played.sim.turns.end()


@pytest.fixture
def database(month: Month, tmp_path: Path) -> Path:
    """A copy of the station's database, for forgers."""
    path = tmp_path / "printstation.db"
    path.write_bytes(house.files().copy())
    return path


def states(month: Month) -> dict[str, int]:
    rows = month.sim.rows("SELECT state, count(*) AS n FROM card GROUP BY state")
    return {row["state"]: row["n"] for row in rows}


def findings(path: Path) -> list[str]:
    with audit.reading(path) as conn:
        return [str(found) for found in audit.audit(conn)]


def heads(month: Month, path: Path) -> list[str]:
    """What the filed papers say of this database."""
    found = []
    with audit.reading(path) as conn:
        for paper in month.binder:
            found += [str(f) for f in audit.compare_head(conn, *parse_head_code(paper.head))]
    return found


def test_everybody_who_waited_has_a_card(month: Month) -> None:
    jobs = month.sim.rows("SELECT state, count(*) AS n FROM job WHERE replaced = 0 GROUP BY state")
    assert {row["state"]: row["n"] for row in jobs} == {"completed": RECORDS + 20 * len(OUTAGE)}
    assert month.most_in_a_day == 2 * REST_AFTER, "two printers rested after 100 cards each"


def test_every_blank_is_explained(month: Month) -> None:
    ledger, there = month.ledger, states(month)
    spoiled = ledger.spoiled["print-failed"]
    assert 0.010 < spoiled / (RECORDS + spoiled) < 0.025
    loaded = sum(len(printer.body.hopper) for printer in month.sim.printers.values())
    assert there == {
        key: number
        for key, number in {
            "stored": ledger.store,
            "loaded": loaded,
            "accepted": len(ledger.shelf),
            "handed-over": ledger.handed_over,
            "spoiled": ledger.box,
            "destroyed": ledger.destroyed,
            "missing": ledger.stolen,
        }.items()
        if number
    }
    received = house.STOCK + BLANKS + ledger.spoiled["surrendered"]
    assert sum(there.values()) == received
    printed = len(month.sim.truth.origins)
    assert printed == RECORDS + 20 * len(OUTAGE) + spoiled, "the world drew no other card"


def test_the_figures_of_each_report_add_up(month: Month) -> None:
    assert len(month.binder) >= 10 and all(paper.pdf[:5] == b"%PDF-" for paper in month.binder)
    for paper in month.binder:
        opening, received, used, spoiled, remaining = paper.figures
        assert min(opening, received, used, spoiled, remaining) >= 0, paper.day
    assert month.binder[-1].figures[4] == month.ledger.store + sum(
        len(printer.body.hopper) for printer in month.sim.printers.values()
    )


def test_names_are_erased_once_their_minutes_are_signed(month: Month) -> None:
    assert len(month.minutes) >= 4 and all(pdf[:5] == b"%PDF-" for pdf in month.minutes)
    kept = month.sim.rows(
        "SELECT count(*) AS n FROM holder h JOIN card c ON c.id = h.card"
        " WHERE c.state NOT IN ('accepted', 'spoiled', 'printed', 'missing')"
    )
    assert kept[0]["n"] == 0


def test_spent_ribbons_burn_like_cards(month: Month) -> None:
    rows = month.sim.rows(
        "SELECT state, count(*) AS n, min(used) AS least FROM supply GROUP BY state"
    )
    there = {row["state"]: (row["n"], row["least"]) for row in rows}
    assert there["loaded"][0] == 2 and there["destroyed"][0] + len(month.spent) >= 15
    assert there["destroyed"][1] == 300, "measured against the feeds: what the device file holds"


def test_the_audit_and_every_printed_head_agree(month: Month, database: Path) -> None:
    assert findings(database) == []
    assert heads(month, database) == []


CHANGES = {
    "a destroyed card comes back": "UPDATE card SET state = 'stored', cause = NULL, job = NULL,"
    " printer = NULL, destruction = NULL WHERE id = (SELECT min(id) FROM card WHERE"
    " state = 'destroyed' AND origin = 'received')",
    "a blank is removed": "DELETE FROM card WHERE id = (SELECT max(id) FROM card WHERE state = 'stored')",
    "a count is made to agree": 'UPDATE "count" SET counted = expected WHERE missing > 0',
    "a loan is forgotten": "DELETE FROM loan",
    "a closed day is another": "UPDATE shift SET supervisor = 'Somebody' WHERE rowid = 3",
    "a session has another witness": "UPDATE destruction SET witness = 'Somebody' WHERE rowid = 1",
    "an entry is rewritten": "UPDATE journal SET entry = replace(entry, 'Ani', 'Ali') WHERE seq = 2",
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_row_changed_behind_its_back_is_found(database: Path, what: str) -> None:
    with sqlite3.connect(database) as db:
        assert db.execute(CHANGES[what]).rowcount >= 1
    db.close()
    assert findings(database) != []


def test_a_forger_who_writes_the_journal_anew_is_contradicted_by_paper(
    month: Month, database: Path
) -> None:
    """The two stolen blanks become *lent*: rows, entry and chain are all made to agree."""
    station = house.files().station
    with sqlite3.connect(database) as db:
        previous, changed = genesis(station), False
        update = "UPDATE journal SET entry = ?, hash = ? WHERE seq = ?"
        for seq, entry in db.execute("SELECT seq, entry FROM journal ORDER BY seq").fetchall():
            if not changed and '"by":"Citra"' in entry:
                entry, changed = entry.replace('"by":"Citra"', '"by":"Deni"'), True
            previous = hashlib.sha256(previous + entry.encode()).digest()
            db.execute(update, (entry, previous, seq))
    db.close()
    assert changed and findings(database) == [], "the database agrees with itself"
    assert len(heads(month, database)) == len(month.binder), "and with no paper"
