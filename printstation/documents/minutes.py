"""The minutes of a destruction (*berita acara pemusnahan*): the act, its witnesses, and every card by name.

The annex is the one place outside a card where a resident's name, NIK and address are printed in
full: letters of the ministry want every card listed "by name by address" (domain.md §3.5).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from printstation.documents import photos, typesetting, words
from printstation.documents.office import Office, Onlooker, Signer
from printstation.documents.photos import Photo

# Twice and a half what one of the largest offices burns in a month.
MOST_CARDS = 20_000
MOST_PHOTOS = 24


class TooLarge(Exception):
    """More cards or photos than one paper takes; the destruction has to be parted."""


@dataclass(frozen=True)
class DestroyedCard:
    """A line of the annex. A blank that never was anybody's has neither name nor NIK nor address.

    `card` is the card's number or, where it bears none, its identifier in the station.
    """

    card: str
    card_type: str
    cause: str
    name: str = ""
    nik: str = ""
    address: str = ""


@dataclass(frozen=True)
class DestroyedSupply:
    """A spent ribbon or film: readable portraits are on it."""

    kind: str
    serial: str
    note: str = ""


@dataclass(frozen=True)
class Minutes:
    """One destruction. While `signed` is false the paper is marked as a draft on every page.

    `basis` are the letters that it rests on, in the office's own words; `subject` stands in the title.
    """

    office: Office
    number: str
    day: date
    place: str
    method: str
    signers: tuple[Signer, ...]
    witnesses: tuple[Onlooker, ...]
    cards: tuple[DestroyedCard, ...]
    signed: bool
    supplies: tuple[DestroyedSupply, ...] = ()
    photos: tuple[Photo, ...] = ()
    basis: tuple[str, ...] = ()
    subject: str = "Blangko dan kartu rusak atau tidak berlaku"
    time_of_day: str = ""


def render(minutes: Minutes) -> bytes:
    """The minutes as PDF; the same minutes give the same bytes, so that their hash can be kept.

    Refuses with `TooLarge`, and with `photos.BadPhoto` what is not a picture.
    """
    return typesetting.pdf("minutes", data(minutes), exact(minutes), tagged=False)


def exact(minutes: Minutes) -> dict[str, str]:
    """The photos as drawings, by their place."""
    return {
        f"photo-{place}": photos.svg(photo, place)
        for place, photo in enumerate(minutes.photos, start=1)
    }


def data(minutes: Minutes) -> dict[str, Any]:
    """All texts of the minutes as the template takes them."""
    if len(minutes.cards) > MOST_CARDS or len(minutes.photos) > MOST_PHOTOS:
        raise TooLarge(f"one paper takes {MOST_CARDS} cards and {MOST_PHOTOS} photos at most")
    day = minutes.day
    return {
        "office": minutes.office.data(),
        "date": [day.year, day.month, day.day, 0, 0, 0],
        "title": f"Berita Acara Pemusnahan {minutes.number}",
        "number": minutes.number,
        "subject": minutes.subject.upper(),
        "draft": not minutes.signed,
        "day_in_words": words.date_in_words(day),
        "day": words.short_date(day),
        "time_of_day": minutes.time_of_day,
        "place": minutes.place,
        "method": words.word("method", minutes.method),
        "basis": list(minutes.basis),
        "signers": [signer.data() for signer in minutes.signers],
        "witnesses": [witness.data() for witness in minutes.witnesses],
        "signed_at": f"{minutes.office.seat}, {words.long_date(day)}",
        "total": _counted(len(minutes.cards)),
        "recap": recap(minutes.cards),
        "supplies": _supplies(minutes.supplies),
        "supplies_total": _counted(len(minutes.supplies)),
        "cards": [_card(place, card) for place, card in enumerate(minutes.cards, start=1)],
        "photos": [
            {"key": f"photo-{place}", "caption": photo.caption, "sha256": _grouped(photo.sha256)}
            for place, photo in enumerate(minutes.photos, start=1)
        ],
    }


def recap(cards: tuple[DestroyedCard, ...]) -> dict[str, Any]:
    """Cards by cause and type, counted from the annex itself so that the two cannot differ."""
    counted = Counter((card.cause, card.card_type) for card in cards)
    types = sorted({card_type for _, card_type in counted})
    causes = sorted({cause for cause, _ in counted}, key=lambda each: words.word("cause", each))
    return {
        "headings": [
            "Sebab",
            *(words.word("card_type", card_type) for card_type in types),
            "Jumlah",
        ],
        "rows": [
            _figures(
                words.capital(words.word("cause", cause)),
                [counted[cause, card_type] for card_type in types],
            )
            for cause in causes
        ],
        "total": _figures(
            "Jumlah",
            [sum(counted[cause, card_type] for cause in causes) for card_type in types],
        ),
    }


def _figures(name: str, figures: list[int]) -> list[str]:
    cells = [words.number(figure) if figure else "–" for figure in figures]
    return [name, *cells, words.number(sum(figures))]


def _counted(count: int) -> str:
    return f"{words.number(count)} ({words.number_words(count)})"


def _card(place: int, card: DestroyedCard) -> list[str]:
    return [
        words.number(place),
        card.name or "(blangko, tanpa nama)",
        card.nik or "–",
        card.address or "–",
        card.card,
        words.word("card_type", card.card_type),
        words.word("cause", card.cause),
    ]


def _supplies(supplies: tuple[DestroyedSupply, ...]) -> list[list[str]]:
    return [
        [
            str(place),
            words.capital(words.word("supply", supply.kind)),
            supply.serial or "–",
            supply.note or "–",
        ]
        for place, supply in enumerate(supplies, start=1)
    ]


def _grouped(digits: str) -> str:
    """64 digits in eights: a person can compare them, and a line can end between them."""
    return " ".join(digits[start : start + 8] for start in range(0, len(digits), 8))
