"""`make soak`: many seeds, or one of them with its whole history.

Prints each failing seed with its finding as it is met; the last line is
`seeds N cards M failed F rate R/s`. Exit 1 if any seed failed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator

from tests.crash import house
from tests.crash.history import Result, run

#: Seeds that one process takes at a time.
PORTION = 20
#: Findings that are printed of one seed.
MOST_TOLD = 5


def main(arguments: list[str] | None = None) -> int:
    """Run as the command line says; the exit status."""
    parser = argparse.ArgumentParser(prog="make soak ARGS=...", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--start", type=int, default=1, help="the first one (1)")
    parser.add_argument("--step", type=int, default=1, help="from one to the next (1)")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side (1)")
    parser.add_argument("--seed", type=int, help="repeat this one and print its history")
    chosen = parser.parse_args(arguments)
    if chosen.seed is not None:
        return _one(chosen.seed)
    end = chosen.start + chosen.seeds * chosen.step
    return _many(range(chosen.start, end, chosen.step), chosen.jobs)


def _one(seed: int) -> int:
    began = time.monotonic()
    result = run(seed, trace=True)
    print("\n".join(result.history))
    _tell(result)
    return _last_line([result], time.monotonic() - began)


def _many(seeds: Iterable[int], jobs: int) -> int:
    began = time.monotonic()
    results = []
    for result in _results(seeds, jobs):
        result.history.clear()
        results.append(result)
        if result.findings:
            _tell(result)
    return _last_line(results, time.monotonic() - began)


def _results(seeds: Iterable[int], jobs: int) -> Iterator[Result]:
    if jobs <= 1:
        yield from map(guarded, seeds)
        return
    with tempfile.TemporaryDirectory(prefix="printstation-crash-", dir=house.home()) as folder:
        os.environ[house.HOME_VARIABLE] = folder
        with multiprocessing.get_context("spawn").Pool(jobs) as pool:
            yield from pool.imap_unordered(guarded, seeds, chunksize=PORTION)


def guarded(seed: int) -> Result:
    """One seed; what the simulation itself raises is a finding, too, and the other seeds go on."""
    try:
        return run(seed)
    except Exception as error:  # noqa: BLE001 - said aloud as a finding
        return Result(seed, 0, 0, 0.0, [f"{type(error).__name__}: {error}"])


def _tell(result: Result) -> None:
    for finding in result.findings[:MOST_TOLD]:
        print(f"seed {result.seed}: {finding}")
    if len(result.findings) > MOST_TOLD:
        print(f"seed {result.seed}: … and {len(result.findings) - MOST_TOLD} more")
    if result.findings:
        print(
            f"seed {result.seed}: repeat it with  make soak ARGS='--seed {result.seed}'", flush=True
        )


def _last_line(results: list[Result], seconds: float) -> int:
    cards = sum(result.cards for result in results)
    failed = sum(bool(result.findings) for result in results)
    print(f"seeds {len(results)} cards {cards} failed {failed} rate {cards / seconds:.0f}/s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
