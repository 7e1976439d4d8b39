"""`make soak`: many histories, each from its own seed; a failing one prints itself and repeats exactly.

    make soak ARGS="--seeds 2000 --start 1 --jobs 2"
    make soak ARGS="--seed 1234"

The last line is `seeds N cards M failed F rate R/s`; exit 1 if F > 0.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from multiprocessing import Pool

from tests.crash.history import Result, run

#: Seeds between two lines of progress.
PROGRESS = 250


def main(arguments: list[str] | None = None) -> int:
    """Run the seeds that the command line names."""
    given = _parse(arguments)
    if given.seed is not None:
        return _report([run(given.seed)], time.perf_counter(), whole=True)
    seeds = range(given.start, given.start + given.seeds)
    start = time.perf_counter()
    if given.jobs == 1:
        return _report(map(run, seeds), start)
    with Pool(given.jobs, maxtasksperchild=500) as pool:
        return _report(pool.imap_unordered(run, seeds, chunksize=10), start)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many histories")
    parser.add_argument("--start", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--seed", type=int, help="repeat this one and print its history")
    return parser.parse_args(arguments)


def _report(results: Iterator[Result] | list[Result], start: float, *, whole: bool = False) -> int:
    seeds = cards = failed = 0
    for result in results:
        seeds += 1
        cards += result.cards
        failed += bool(result.findings)
        if result.findings or whole:
            print("\n".join(result.history))
        if result.findings:
            print(f"seed {result.seed} FAILED; repeat it with --seed {result.seed}")
            print("\n".join(f"  {finding}" for finding in result.findings))
        if seeds % PROGRESS == 0:
            print(f"… {seeds} seeds, {failed} failed", file=sys.stderr, flush=True)
    rate = cards / (time.perf_counter() - start)
    print(f"seeds {seeds} cards {cards} failed {failed} rate {rate:.0f}/s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
