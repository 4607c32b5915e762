"""Made-up passports, identity cards and visas: what is printed, and the zone's lines (ICAO Doc 9303 parts 3 to 7).

Nothing here comes from the reader under test or from what its nets were trained with: check digits and layouts are
written down a second time, so that a mistake in the one does not stand in the other's truth as well.
"""

import datetime
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Random = np.random.Generator
T = TypeVar("T")
KINDS = ("TD3", "TD1", "TD3", "MRV-A", "TD3", "TD2", "TD3", "TD1", "TD3", "MRV-B")
"""One document after the other is of these kinds, over and over: half of all are passports."""


@dataclass(frozen=True)
class Country:
    """Names as printed, and what numbers look like: `A` any letter, `0` any digit, else itself."""

    code: str
    title: str
    surnames: tuple[str, ...]
    given: tuple[str, ...]
    numbers: tuple[str, ...]
    personal: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Text:
    """One document: its kind, what its title says, labels with values as printed, and the zone."""

    kind: str
    title: str
    printed: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]


COUNTRIES = (
    Country(
        "VNM",
        "VIỆT NAM",
        ("NGUYỄN", "TRẦN", "LÊ", "PHẠM", "HUỲNH", "ĐẶNG", "ĐỖ", "VÕ", "BÙI", "DƯƠNG", "TÔN NỮ", "Ô"),
        ("VĂN HÙNG", "THỊ ÁNH TUYẾT", "ĐỨC ANH", "NGỌC QUỲNH NHƯ", "THỊ HỒNG", "MINH", "QUỐC BẢO", "Ý"),
        ("A0000000", "A0000000", "A00000000"),
        ("000000000000", "000000000000", ""),
    ),
    Country(
        "MYS",
        "MALAYSIA",
        (
            "MUHAMMAD AIMAN BIN ABDULLAH",
            "NURUL HUDA BINTI ISMAIL",
            "TAN WEI LING",
            "SITI ZUBAIDAH BINTI MOHD ZULKIFLI",
            "RAJESWARI A/P SUBRAMANIAM",
            "LIM JIA XUAN",
        ),
        ("",),
        ("A00000000", "K00000000"),
        ("000000000000",),
    ),
    Country(
        "THA",
        "THAILAND",
        (
            "SRISUWAN",
            "WONGSAWATCHARAPHON",
            "CHAIYAPHUM",
            "BOONMEE",
            "PHROMMAWICHAIWATTANAKUL",
            "NA AYUTTHAYA",
        ),
        ("SOMCHAI", "PIYAPORN", "KITTISAK", "THANYALAK", "WANNAPHA", "X"),
        ("AA0000000",),
        ("0000000000000", ""),
    ),
    Country(
        "NPL",
        "NEPAL",
        ("THAPA MAGAR", "GURUNG", "SHRESTHA", "CHAUDHARY", "TAMANG", "RAI", "BISHWAKARMA", "LIMBU"),
        ("BISHNU BAHADUR", "SITA KUMARI", "OM PRAKASH", "DIL MAYA", "GOPAL", "JANUKA"),
        ("00000000", "PA0000000", "BA0000000"),
        ("", "", "00000000"),
    ),
    Country(
        "IDN",
        "INDONESIA",
        ("SUHARTONO", "WIJAYA KUSUMA", "SITI NURHALIZA", "PUTRI"),
        ("", "DEWI", "AGUS"),
        ("A0000000", "X0000000"),
    ),
    Country(
        "PHL",
        "PILIPINAS",
        ("DELA CRUZ", "SANTOS", "MACARAEG-VILLANUEVA", "QUIZON"),
        ("MARIA JOSEFINA", "JUAN MIGUEL ANTONIO", "GRACE"),
        ("A0000000A",),
    ),
    Country(
        "BGD",
        "BANGLADESH",
        ("HOSSAIN", "AKTER", "MIAH"),
        ("MD JAHANGIR", "FATEMA", "ABUL KALAM"),
        ("AA0000000",),
    ),
    Country(
        "MMR",
        "MYANMAR",
        ("AUNG", "THIN ZAR", "MIN ZAW OO"),
        ("KYAW", "SU SU", ""),
        ("AA000000",),
        ("", "0000000"),
    ),
    Country("KHM", "CAMBODIA", ("SOK", "CHHIM", "VANN"), ("SREYPOV", "BUNTHOEUN"), ("N00000000",)),
    Country(
        "LKA", "SRI LANKA", ("WICKRAMASINGHE MUDIYANSELAGE", "PERERA"), ("NIMALI", "K G SUNIL"), ("N0000000",)
    ),
)
HOSTS = (
    ("MYS", "MALAYSIA"),
    ("JPN", "JAPAN"),
    ("KOR", "REPUBLIC OF KOREA"),
    ("SAU", "SAUDI ARABIA"),
    ("D", "DEUTSCHLAND"),
)
_WIDTHS = {"TD3": 44, "TD1": 30, "TD2": 36, "MRV-A": 44, "MRV-B": 36}
_OPTIONAL = {"TD2": 7, "MRV-A": 16, "MRV-B": 8}
_VISA_REMARKS = ("", "", "B3000AA", "00000000", "L02AA", "AAA0<00")


def made_up(kind: str, random: Random) -> Text:
    """One document of the kind, of a person who does not exist."""
    country = _of(COUNTRIES[:4] * 3 + COUNTRIES, random)
    surname, given = _of(country.surnames, random), _of(country.given, random)
    issuer = _of(HOSTS, random) if kind.startswith("MRV") else (country.code, country.title)
    number = _like(_of(country.numbers, random), random)
    if kind in ("TD1", "TD2") and random.random() < 0.2:
        number = _like("00000000000A" if kind == "TD1" else "A0000000000", random)
    personal = _like(_of(country.personal, random), random)
    born = _day(random, 1955, 2006)
    expires = _day(random, 2025, 2036)
    sex = _of(("M", "F"), random)
    zone = _Zone(
        country.code, issuer[0], surname, given, number, personal, _six(born, random), sex, _six(expires)
    )
    lines = _three(zone) if kind == "TD1" else _two(kind, zone, random)
    title = {"P": "PASSPORT", "M": "VISA"}.get(kind[0] if kind != "TD3" else "P", "IDENTITY CARD")
    printed = (
        ("Code", issuer[0]),
        ("Number", number),
        ("Surname", surname),
        ("Given names", given),
        ("Nationality", country.title),
        ("Date of birth", f"{born:%d/%m/%Y}"),
        ("Sex", sex),
        ("Personal number", personal),
        ("Date of expiry", f"{expires:%d/%m/%Y}"),
    )
    return Text(kind, f"{issuer[1]}   {title}", tuple(pair for pair in printed if pair[1]), lines)


@dataclass(frozen=True)
class _Zone:
    nationality: str
    issuer: str
    surname: str
    given: str
    number: str
    personal: str
    born: str
    sex: str
    expires: str


def digit(text: str) -> str:
    """The check digit (part 3, section 4.9): weights 7, 3, 1; A counts 10, Z 35, the filler 0."""
    values = [0 if glyph == "<" else int(glyph, 36) for glyph in text]
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def _two(kind: str, zone: _Zone, random: Random) -> tuple[str, ...]:
    width = _WIDTHS[kind]
    first = {"TD3": ("P<", "P<", "P<", "PP"), "TD2": ("I<", "ID", "C<", "AR")}.get(kind, ("V<", "V<", "VR"))
    upper = _of(first, random) + _filled(zone.issuer, 3) + _name(zone.surname, zone.given, width - 5)
    head = _checked(_filled(zone.number[:9], 9))
    dates = _checked(zone.born), zone.sex + _checked(zone.expires)
    if kind == "TD3":
        personal = _filled(zone.personal, 14)
        bare = personal.strip("<") == ""
        tail = personal + ("<" if bare and random.random() < 0.5 else digit(personal))
    elif kind == "TD2":
        tail = _filled("", _OPTIONAL[kind])
        if len(zone.number) > 9:
            head = zone.number[:9] + "<"
            tail = _filled(zone.number[9:] + digit(zone.number), _OPTIONAL[kind])
    else:
        tail = _filled(_like(_of(_VISA_REMARKS, random), random), _OPTIONAL[kind])
    lower = head + zone.nationality + dates[0] + dates[1] + tail
    if not kind.startswith("MRV"):
        lower += digit(head + dates[0] + dates[1][1:] + tail)
    return _of_width((upper, lower), width)


def _three(zone: _Zone) -> tuple[str, ...]:
    """Part 5. Viet Nam's card has the last nine digits of the number, and the whole in the optional data."""
    head = _checked(_filled(zone.number[:9], 9))
    optional = _filled("", 15)
    if zone.nationality == "VNM" and len(zone.personal) == 12:
        head, optional = _checked(zone.personal[3:]), zone.personal + "<<" + digit(zone.personal)
    elif len(zone.number) > 9:
        head, optional = zone.number[:9] + "<", _filled(zone.number[9:] + digit(zone.number), 15)
    elif zone.personal:
        optional = _filled(zone.personal, 15)
    born, expires = _checked(zone.born), _checked(zone.expires)
    code = "ID" if zone.nationality in ("VNM", "IDN") else "I<"
    upper = code + _filled(zone.issuer, 3) + head + optional
    middle = born + zone.sex + expires + zone.nationality + "<" * 11
    middle += digit(upper[5:] + born + expires + "<" * 11)
    return _of_width((upper, middle, _name(zone.surname, zone.given, 30)), 30)


def _of_width(lines: tuple[str, ...], width: int) -> tuple[str, ...]:
    assert all(len(line) == width for line in lines), lines
    return lines


def _name(surname: str, given: str, width: int) -> str:
    """Part 3, section 4.6: parts parted by a filler, the two names by two; what does not fit is cut."""
    parts = [_plain(surname), _plain(given)]
    if len(parts[0]) > width - 3 and parts[1]:
        parts[0] = parts[0][: width - 3]
    return _filled("<<".join(part for part in parts if part)[:width], width)


def _plain(name: str) -> str:
    """Letters without their marks (part 3, section 6); A/P as Malaysia writes it: AP."""
    bare = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("/", ""))
    return "".join("<" if glyph in " -" else glyph for glyph in bare if not unicodedata.combining(glyph))


def _checked(text: str) -> str:
    return text + digit(text)


def _filled(text: str, width: int) -> str:
    return text.ljust(width, "<")


def _six(day: datetime.date, random: Random | None = None) -> str:
    """YYMMDD; for one person in thirty nobody knows the day, or not even the month."""
    known = 6 if random is None or random.random() > 1 / 30 else int(random.choice((2, 4)))
    return _filled(f"{day:%y%m%d}"[:known], 6)


def _day(random: Random, first: int, last: int) -> datetime.date:
    return datetime.date(first, 1, 1) + datetime.timedelta(int(random.integers(365 * (last - first))))


def _like(pattern: str, random: Random) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return "".join(
        {"A": letters[random.integers(26)], "0": str(random.integers(10))}.get(glyph, glyph)
        for glyph in pattern
    )


def _of(choices: Sequence[T], random: Random) -> T:
    return choices[int(random.integers(len(choices)))]
