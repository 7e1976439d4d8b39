"""A calibrated queue model."""

from __future__ import annotations

import dataclasses
from typing import Any

import drivers
from drivers import Model

FACTS = {"least_s", "format", "version", "colour_space", "user", "turn_front", "turn_back"}


def queue_model(**changes: Any) -> Model:
    """The generic queue with `backend_waits`; facts of its table by their names."""
    generic = drivers.model("ipp-card")
    facts = {name: changes.pop(name) for name in list(changes) if name in FACTS}
    known: dict[str, Any] = {"backend_waits": True, **changes}
    return dataclasses.replace(generic, facts=dataclasses.replace(generic.ipp, **facts), **known)
