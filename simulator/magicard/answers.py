"""What a Magicard printer answers on its bulk pipe: magicard.md §6. Pure; texts in `texts.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

TEXTS = Path(__file__).parent / "texts.toml"
# The same language under its several three-letter words (magicard.md §3, LAN).
LANGUAGES = {"GER": "DEU", "DEU": "DEU", "FRE": "FRA", "FRA": "FRA", "SPA": "ESP", "ESP": "ESP"}
DEFAULT_LANGUAGE = "ENG"
ENCODING = "latin-1"
# Sheet: both were seen, their meaning is a guess (which buttons apply).
BUTTONS_READY = "(c0300)"
BUTTONS_ERROR = "(c0201)"


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(TEXTS.read_text(encoding="utf-8"))


def framed(text: str) -> bytes:
    return b"\x01" + text.encode(ENCODING, "replace") + b"\x03"


def ready() -> bytes:
    """The answer to REQ,ERR while nothing is wrong: 36 bytes."""
    return framed(f"STAPrinterstatus OK.\n00:00\n{BUTTONS_READY}")


def error(key: str, code: str, language: str) -> bytes:
    """The answer to REQ,ERR in an error, in the language of the last job."""
    texts = _texts()
    words = texts.get(LANGUAGES.get(language, language), texts[DEFAULT_LANGUAGE])
    sentence = words.get(key, texts[DEFAULT_LANGUAGE][key])
    return framed(f"STA{sentence}\n{words['label']} - {code}\n{BUTTONS_ERROR}")


def value(key: str, text: str) -> bytes:
    """The answer to REQ,STA,KEY: seven characters of echo, the value, a comma."""
    return framed(f"STA,{key}{text},")
