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
    #: The story is told without a promise's usual three blanks.
    blanks: int | None = None


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
    ) -> Callable[[Story], Story]:
        """Decorates a story."""

        def add(story: Story) -> Story:
            self.all.append(Promise(name, sentence, story, applies, blanks))
            return story

        return add
