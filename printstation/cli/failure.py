"""The one exception of the command line: a line for a person and an exit code."""

from __future__ import annotations

REFUSED = 1
IMPOSSIBLE = 2


class Failure(Exception):
    """The command ends here. The line says what to do; it is printed without a traceback."""

    def __init__(self, line: str, code: int) -> None:
        super().__init__(line)
        self.code = code
