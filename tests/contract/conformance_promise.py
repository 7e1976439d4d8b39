"""What a promise is: a name, the sentence that it promises, and a story that shows whether it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.contract.conformance_bench import Bench

Story = Callable[[Bench], None]


@dataclass(frozen=True)
class Promise:
    """`story` raises AssertionError, or whatever a driver should not have raised, when it is broken."""

    name: str
    sentence: str
    story: Story
    applies: Callable[[Bench], bool]
    #: How many blanks lie in the hopper; None: the bench's own three.
    blanks: int | None = None
    #: The story needs a hand on the cable, which only the cable in memory has.
    by_hand: bool = False


def always(_: Bench) -> bool:
    """The promise is every unit's."""
    return True


class Promises:
    """One file's worth of them."""

    def __init__(self) -> None:
        self.all: list[Promise] = []

    def __call__(
        self,
        name: str,
        sentence: str,
        applies: Callable[[Bench], bool] = always,
        blanks: int | None = None,
        by_hand: bool = False,
    ) -> Callable[[Story], Story]:
        """Decorates a story."""

        def add(story: Story) -> Story:
            self.all.append(Promise(name, sentence, story, applies, blanks, by_hand))
            return story

        return add
