"""A passport's data page: find the machine-readable zone, read it, say what can be trusted. TD3 only so far."""

import datetime
from pathlib import Path

from ocr.fields.field import Field
from ocr.fields.mrz import NotAnMrz, Td3, Value, parse_td3
from ocr.fields.mrz_cells import Cells, cells, chevrons
from ocr.fields.mrz_reading import Part, Reading, read_cells
from ocr.fields.mrz_zone import Zone, find_zones, straighten, turned
from ocr.pixels import Pixels
from ocr.recognise import Image, grey

_LEAST_FILLERS = 4  # `P<`, the two between the names, and hardly a zone has not more
_PLENTY = 15  # fillers that no other print can show: look no further
_LEAST_CHECKS = 2  # fewer happen by chance: then it is no zone, or nothing in it was read
_CHECK_DIGITS = {"document_number": 9, "birth_date": 19, "expiry_date": 27, "personal_number": 42}
# Where each element stands, Doc 9303-4 4.2.2: for elements that no check digit covers
_PLACES = {
    "issuing_state": Part(0, 2, 5),
    "surname": Part(0, 5, 44),
    "given_names": Part(0, 5, 44),
    "nationality": Part(1, 10, 13),
    "sex": Part(1, 20, 21),
}


def read_passport(
    page: Pixels, number: int, today: datetime.date, scratch: Path | None = None
) -> tuple[Field, ...]:
    """The fields of a passport's page; empty when no zone of a passport can be made out on it, never invented.

    Raises:
        ReadingFailed: the recogniser could not run.
    """
    found = locate(grey(page.array))
    if found is None:
        return ()
    reading = read_cells(*found, scratch=scratch)
    try:
        zone = parse_td3(*reading.lines, today)
    except NotAnMrz:
        return ()
    if zone.checks_passed < _LEAST_CHECKS:
        return ()
    return tuple(_fields(zone, reading, number))


def locate(page: Image) -> tuple[Cells, Cells] | None:
    """The zone's two lines, upright, from a grey page lying at any angle; None where there is none.

    Of all likely places and both directions the one with most fillers is taken: print of other kinds has none.
    """
    promising: list[tuple[int, Zone]] = []
    for zone in find_zones(page):
        promising += [(count, way) for count, way in _both_ways(page, zone) if count >= _LEAST_FILLERS]
        if any(count >= _PLENTY for count, _ in promising):
            break
    best: tuple[int, tuple[Cells, Cells]] | None = None
    for _, zone in sorted(promising, key=lambda seen: -seen[0])[:3]:
        upper, lower = (cells(line) for line in straighten(page, zone))
        fillers = sum(upper.fillers) + sum(lower.fillers)
        if sum(upper.fillers) >= _LEAST_FILLERS and (best is None or fillers > best[0]):
            best = fillers, (upper, lower)
    return best[1] if best else None


def _both_ways(page: Image, zone: Zone) -> tuple[tuple[int, Zone], tuple[int, Zone]]:
    """The zone as it lies and turned round, each with the fillers that a quick look finds."""
    upper, lower = (chevrons(line) for line in straighten(page, zone))
    return (upper[0] + lower[0], zone), (upper[1] + lower[1], turned(zone))


def _fields(zone: Td3, reading: Reading, page: int) -> list[Field]:
    elements: dict[str, Value] = {
        "document_number": zone.document_number,
        "surname": zone.surname,
        "given_names": zone.given_names,
        "nationality": zone.nationality,
        "birth_date": zone.birth_date,
        "sex": zone.sex,
        "expiry_date": zone.expiry_date,
        "issuing_state": zone.issuing_state,
    }
    if zone.personal_number is not None:
        elements["personal_number"] = zone.personal_number
    fields = []
    for name, value in elements.items():
        why = value.why
        if why is None and not _confirmed(name, zone, reading):
            why = "unconfirmed"
        fields.append(_field(name, value.text, why, page))
    doubts = [field.why for field in fields if field.doubtful]
    worst = doubts[0] if doubts else None
    return fields + [_field(f"mrz_line_{i + 1}", reading.lines[i], worst, page) for i in (0, 1)]


def _confirmed(name: str, zone: Td3, reading: Reading) -> bool:
    """The check digit confirms just one reading; or what stands in for it where an element has none.

    State and nationality are printed apart and are nearly always the same code: each confirms the other.
    """
    if name in ("issuing_state", "nationality") and zone.issuing_state.text != zone.nationality.text:
        return False
    if name in _CHECK_DIGITS:
        return _CHECK_DIGITS[name] in reading.confirmed
    return reading.trusted(_PLACES[name])


def _field(name: str, value: str, why: str | None, page: int) -> Field:
    return Field(name, value, why is not None, why, "mrz", page)
