"""The typesetter's own process: a job on stdin, pages on stdout, then it ends.

It is run by its path and imports nothing of ours. A process of its own, because typst keeps what it
has laid out (measured: 220 MB more after each minutes of 8,000 cards, not given back after five) and
because a fault inside it must not take the daemon along.

Both pipes carry one line of JSON and then bytes. In: `{template, fonts, length, format, ppi, tags}`,
then the data as JSON of that length. Out: `{parts: [length]}` and the parts, or `{error: place}`.
An error names a place in the template and never its message, which may quote the data.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

_PLACE = re.compile(r"[\w-]+\.typ:\d+:\d+")


def main() -> None:
    """One document; exit status 0 also when it could not be set, since the answer says so."""
    job = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read(job["length"]).decode("utf-8")
    parts, error = _typeset(job, data)
    answer = {"error": error} if error else {"parts": [len(part) for part in parts]}
    out = sys.stdout.buffer
    out.write(json.dumps(answer).encode() + b"\n")
    for part in parts:
        out.write(part)
    out.flush()


def _typeset(job: dict[str, Any], data: str) -> tuple[list[bytes], str]:
    import typst

    # Neither the system's fonts nor the typesetter's own: a missing family has to be seen.
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=job["fonts"]
    )
    template = Path(job["template"])
    pdf = job["format"] == "pdf"
    try:
        made, warnings = typst.compile_with_warnings(
            template,
            root=template.parent,
            font_paths=fonts,
            sys_inputs={"data": data},
            format=job["format"],
            ppi=job["ppi"],
            pdf_standards=["a-2b"] if pdf else [],
            pdf_tags=job["tags"],
            # What the document's own date does not reach (`datetime.today()`) would be the epoch.
            timestamp=0,
        )
    except typst.TypstError as error:
        return [], _place(error.diagnostic)
    except RuntimeError:
        return [], "the typesetter"
    if warnings:
        return [], "a warning, " + _place(warnings[0].diagnostic)
    return (list(made) if isinstance(made, list) else [made]), ""


def _place(diagnostic: str) -> str:
    found = _PLACE.search(diagnostic)
    return found.group() if found else "the typesetter"


if __name__ == "__main__":
    main()
