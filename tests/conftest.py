"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Hypothesis measures drawing and each example by the wall's clock. On a machine that others load, its first text
# alone took 5 s (it builds a table of all signs): a failure that says nothing of our code.
settings.register_profile(
    "shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shared-machine")
