"""Who writes and signs: the office with its letterhead, and the people under a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Office:
    """An office as its letters name it.

    `regency` is complete, *Kota Bengkulu* or *Kabupaten Demak*; `seat` is where letters are signed.
    `letterhead` replaces the lines that are otherwise made of these.
    """

    name: str
    regency: str
    province: str
    address: str
    seat: str
    contact: str = ""
    letterhead: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """As the templates take it: the last line of the letterhead is the office's own name."""
        made = (f"Pemerintah {self.regency}", self.name)
        lines = self.letterhead or tuple(line.upper() for line in made)
        return {
            "lines": list(lines),
            "address": ", ".join(part for part in (self.address, self.province) if part),
            "contact": self.contact,
            "name": self.name,
            "regency": self.regency,
            "seat": self.seat,
        }


@dataclass(frozen=True)
class Signer:
    """A person under a document. `role` stands above the signature, `title` is the office held."""

    name: str
    title: str
    nip: str = ""
    role: str = ""

    def data(self) -> dict[str, Any]:
        """As the templates take it."""
        return {"name": self.name, "title": self.title, "nip": self.nip, "role": self.role}


@dataclass(frozen=True)
class Onlooker:
    """A witness to a destruction, and the agency that sent the witness (Satpol PP, Inspektorat)."""

    name: str
    agency: str
    nip: str = ""
    title: str = ""

    def data(self) -> dict[str, Any]:
        """As the templates take it."""
        return {"name": self.name, "agency": self.agency, "nip": self.nip, "title": self.title}
