"""Looking for a planted bug: seed after seed, until the judge says something."""

from __future__ import annotations

from tests.crash.history import run
from tests.crash.profile import Profile


def first_finding(seed: int, profile: Profile) -> str | None:
    """What the judge says of a history; our own assertion that stops it is a finding, too."""
    try:
        findings = run(seed, profile).findings
    except AssertionError as error:
        return f"the station's own mistake: {error}"
    return findings[0] if findings else None


def assert_found(name: str, profile: Profile, start: int, most: int) -> None:
    """Fails unless a history of these seeds gives the bug of this name away; says which one did."""
    for seed in range(start, start + most):
        if found := first_finding(seed, profile):
            print(f"{name}: seed {seed}, after {seed - start + 1} seeds: {found}")
            return
    raise AssertionError(f"{name} was not found in {most} seeds")
