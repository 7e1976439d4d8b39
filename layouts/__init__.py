"""What a card looks like: layouts as data (one folder each), and the one renderer that draws them.

Knows nothing of printers, jobs or stock. The station uses exactly the names below.
"""

from layouts.checks import Problem
from layouts.geometry import REFERENCE_GEOMETRY, Geometry
from layouts.layout import (
    Layout,
    LayoutError,
    UnknownLayout,
    UnknownSample,
    load,
    load_folder,
    names,
)
from layouts.render import Picture, Unprintable, check, compose, render

__all__ = [
    "REFERENCE_GEOMETRY",
    "Geometry",
    "Layout",
    "LayoutError",
    "Picture",
    "Problem",
    "UnknownLayout",
    "UnknownSample",
    "Unprintable",
    "check",
    "compose",
    "load",
    "load_folder",
    "names",
    "render",
]
