"""What a NIK lets one suspect, as warnings: the record is always right, a NIK never decides.

A NIK is PPKKCC DDMMYY SSSS, a woman's day plus 40. It may lawfully disagree with the printed birth date
or sex (PP 40/2019), so nothing here is ever a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from printstation.refusals import FieldError

#: Accepted spellings of the sex, and what it adds to the day in a NIK.
SEX_ADDS = {"LAKI-LAKI": 0, "MALE": 0, "PEREMPUAN": 40, "FEMALE": 40}
_BIRTH_DATE = re.compile(r"(\d\d)-(\d\d)-\d\d(\d\d)")


def warnings(
    resident: str | None, values: Mapping[str, object], reference: str
) -> tuple[FieldError, ...]:
    """What somebody should look at once more before the card is handed over."""
    found = []
    if resident is None:
        return ()
    nik = values.get("nik")
    if isinstance(nik, str) and nik.strip() not in ("", resident):
        found.append(
            FieldError("/values/nik", "nik-differs", "the NIK on the card is not the resident's")
        )
    if resident in reference:
        found.append(
            FieldError(
                "/reference",
                "reference-shows-nik",
                "the reference contains the NIK; it stands in the journal and on the card's QR code",
            )
        )
    return (*found, *_birth(resident, values))


def _birth(resident: str, values: Mapping[str, object]) -> list[FieldError]:
    found = []
    day = int(resident[6:8])
    date, sex = values.get("birth_date"), values.get("sex")
    printed = _BIRTH_DATE.fullmatch(date) if isinstance(date, str) else None
    if printed is not None:
        told = (f"{day - 40 if day > 40 else day:02}", resident[8:10], resident[10:12])
        if told != printed.groups():
            found.append(
                FieldError(
                    "/values/birth_date",
                    "nik-birth-date",
                    "the NIK tells another birth date; the record counts",
                )
            )
    adds = SEX_ADDS.get(sex) if isinstance(sex, str) else None
    if adds is not None and (adds == 40) != (day > 40):
        found.append(
            FieldError("/values/sex", "nik-sex", "the NIK tells the other sex; the record counts")
        )
    return found
