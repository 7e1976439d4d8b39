"""`printstation audit`: does the database agree with its own journal?"""

from __future__ import annotations

from typing import Annotated

import typer

from printstation.cli.failure import IMPOSSIBLE, REFUSED, Failure
from printstation.cli.options import load_config

DATABASE = "printstation.db"
#: The first one is what matters; the next ones often follow from it.
SHOWN = 10


def audit(
    context: typer.Context,
    head: Annotated[
        str | None,
        typer.Option(
            help="The code printed on a signed report: does today's journal still hold it?"
        ),
    ] = None,
) -> None:
    """Compare every row with the journal, read-only, with or without a daemon.

    Exit codes: 0 agrees; 1 differs, the first wrong row is named; 2 could not run.
    """
    config = load_config(context)
    # After the configuration, which fails quicker.
    from printstation.store.audit import CannotAudit, compare_head, examine, reading
    from printstation.store.headcode import head_code, parse_head_code

    try:
        printed = parse_head_code(head) if head is not None else None
    except ValueError as error:
        raise Failure(str(error), IMPOSSIBLE) from None
    try:
        with reading(config.data_dir / DATABASE) as conn:
            # The paper first: a rewritten journal may well agree with rewritten rows.
            on_paper = compare_head(conn, *printed) if printed else []
            report = examine(conn)
    except CannotAudit as error:
        raise Failure(str(error), IMPOSSIBLE) from None
    findings = [*on_paper, *(found for found in report.findings if found not in on_paper)]
    if not findings:
        if head is not None:
            print(f"the journal still holds the printed head {head}")
        print(
            f"agrees: {report.entries} entries, {report.jobs} jobs, {report.cards} cards; "
            f"journal head {head_code(report.entries, report.head)} {report.head.hex()}"
        )
        return
    lines = [
        f"differs: {findings[0]}",
        *(f"  {found}" for found in findings[1:SHOWN]),
    ]
    more = len(findings) - SHOWN
    if more > 0:
        lines.append(f"  and {more} more")
    raise Failure("\n".join(lines), REFUSED)
