"""`make bench`: every figure that an issue names, as one table; exit 1 if one does not hold."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import cable, faces, gap, intake, ledger, pool, sides, start
from bench.measure import Row

HOLDS = {True: "yes", False: "NO", None: "-"}


def main() -> int:
    """Measure everything; `python -m bench faces gap` measures only those."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="printstation-bench-") as name:
        folder = Path(name)
        parts: dict[str, Callable[[], list[Row]]] = {
            "faces": faces.rows,
            "intake": lambda: intake.rows(folder),
            "gap": lambda: gap.rows(folder),
            "pool": lambda: pool.rows(folder),
            "cable": cable.rows,
            "sides": lambda: sides.rows(folder),
            "start": lambda: start.rows(folder),
            "ledger": lambda: ledger.rows(folder),
        }
        wanted = sys.argv[1:] or list(parts)
        if unknown := set(wanted) - set(parts):
            known = " ".join(parts)
            print(f"no part {' '.join(sorted(unknown))}; there are: {known}", file=sys.stderr)
            return 2
        for part in wanted:
            found += parts[part]()
    table = Table("what", "ours (median)", "peer in the same run", "ratio", "limit", "holds")
    for row in found:
        ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
        table.add_row(row.what, row.ours, row.peer, ratio, row.limit, HOLDS[row.holds])
    Console(width=150).print(table)
    return 1 if any(row.holds is False for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
