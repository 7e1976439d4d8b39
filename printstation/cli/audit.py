"""`printstation audit`: does the database agree with its own journal?"""

from __future__ import annotations

import typer

from printstation.cli.failure import IMPOSSIBLE, REFUSED, Failure
from printstation.cli.options import load_config

DATABASE = "printstation.db"
#: The first one is what matters; the next ones often follow from it.
SHOWN = 10


def audit(context: typer.Context) -> None:
    """Compare every row with the journal, read-only, with or without a daemon.

    Exit codes: 0 agrees; 1 differs, the first wrong row is named; 2 could not run.
    """
    config = load_config(context)
    # After the configuration, which fails quicker.
    from printstation.store.audit import CannotAudit, examine, reading

    try:
        with reading(config.data_dir / DATABASE) as conn:
            report = examine(conn)
    except CannotAudit as error:
        raise Failure(str(error), IMPOSSIBLE) from None
    if not report.findings:
        print(
            f"agrees: {report.entries} entries, {report.jobs} jobs, {report.cards} cards; "
            f"journal head {report.head.hex()}"
        )
        return
    lines = [
        f"differs: {report.findings[0]}",
        *(f"  {found}" for found in report.findings[1:SHOWN]),
    ]
    more = len(report.findings) - SHOWN
    if more > 0:
        lines.append(f"  and {more} more")
    raise Failure("\n".join(lines), REFUSED)
