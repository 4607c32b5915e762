"""A machine-readable zone as fields: each with its place, its doubt, and what was repaired in it."""

from collections.abc import Sequence

import cv2
import numpy as np

from ocr.fields.field import MOST_PICTURE_BYTES, Field, Repair
from ocr.mrz.decoding import Repair as DecodedRepair
from ocr.mrz.document import MrzDocument, Value
from ocr.mrz.formats import Format, Span, layout_of
from ocr.mrz.reading import ZoneReading
from ocr.mrz.views import Image, Quad, view

_GLYPH = (20, 28)
"""Pixels of a glyph's picture: about what a scan at 200 dpi has."""

_AROUND = 0.25  # of a glyph, on every side
_GREYS = 16  # as many tell a 0 from an O, and keep the picture small
_KINDS = {"P": "passport", "V": "visa", "A": "identity_card", "C": "identity_card", "I": "identity_card"}

_Place = tuple[int, int]


def zone_fields(reading: ZoneReading, picture: Image, page: int) -> tuple[Field, ...]:
    """The fields of a zone that was read on `picture`, a grey page; `page` counts from 1.

    All are doubtful where another zone on the page says something else, or where people may not see this one.
    """
    form = layout_of(reading.decoded.lines)
    repairs = {(each.line, each.column): _repair(reading, picture, each) for each in reading.decoded.repaired}
    fields = []
    for name, value in _values(reading.document).items():
        spans = _spans(name, form, reading.decoded.lines)
        places = [place for span in spans for place in span.places]
        why: str | None = value.doubts[0] if value.doubts else None
        if why is None and (reading.rival or reading.faint or _unsure(reading, form, places)):
            why = "unconfirmed"
        fields.append(_field(reading, name, value.text, why, spans, repairs, page))
    return (*fields, *_lines(reading, fields, repairs, page))


def _values(document: MrzDocument) -> dict[str, Value]:
    code = document.document_code
    kind = _KINDS.get(code.text[:1], "other")
    values = {
        "document_kind": Value(kind, code.doubts),
        "document_number": document.document_number,
        "surname": document.surname,
        "given_names": document.given_names,
        "nationality": document.nationality,
        "birth_date": document.birth_date,
        "sex": document.sex,
        "expiry_date": document.expiry_date,
        "issuing_state": document.issuing_state,
        "personal_number": document.personal_number,
    }
    return {name: value for name, value in values.items() if value is not None}


def _spans(name: str, form: Format, lines: Sequence[str]) -> tuple[Span, ...]:
    """Where an element's characters stand, without the fillers after them."""
    if name == "document_kind":
        return (Span(0, 0, 1),)
    if name == "personal_number":
        return _stripped(form.elements["optional_data"], lines)
    if name in form.elements:
        return _stripped(form.elements[name], lines)
    (whole,) = form.elements["name"]
    primary, parting, _ = whole.of(lines).partition("<<")
    middle = whole.start + len(primary)
    if name == "surname":
        return _stripped((Span(whole.line, whole.start, middle),), lines)
    return _stripped((Span(whole.line, middle + len(parting), whole.end),), lines)


def _stripped(spans: Sequence[Span], lines: Sequence[str]) -> tuple[Span, ...]:
    ended = [Span(span.line, span.start, span.start + len(span.of(lines).rstrip("<"))) for span in spans]
    return tuple(span for span in ended if span.end > span.start)


def _unsure(reading: ZoneReading, form: Format, places: Sequence[_Place]) -> bool:
    """Whether a character was repaired or is weak and nothing that can be relied on decided it.

    In a valid zone the check digits decide what they cover. What none covers, a name above all, stands on the
    picture alone.
    """
    decoded = reading.decoded
    decided = {place for check in form.checks for place in check.places} if decoded.valid else set()
    weak = {*decoded.doubts, *((each.line, each.column) for each in decoded.repaired)}
    return bool((weak & set(places)) - decided)


def _lines(
    reading: ZoneReading, fields: Sequence[Field], repairs: dict[_Place, Repair], page: int
) -> list[Field]:
    lines = reading.decoded.lines
    worst = next((field.why for field in fields if field.why is not None), None)
    if worst is None and not reading.decoded.valid:
        worst = "unconfirmed"
    return [
        _field(reading, f"mrz_line_{number + 1}", line, worst, (Span(number, 0, len(line)),), repairs, page)
        for number, line in enumerate(lines)
    ]


def _field(
    reading: ZoneReading,
    name: str,
    value: str,
    why: str | None,
    spans: tuple[Span, ...],
    repairs: dict[_Place, Repair],
    page: int,
) -> Field:
    places = [place for span in spans for place in span.places]
    given = [reading.decoded.probabilities[line][column] for line, column in places]
    return Field(
        name=name,
        value=value,
        doubtful=why is not None,
        why=why,
        source="mrz",
        page=page,
        confidence=float(np.clip(min(given, default=0.0), 0.0, 1.0)),
        box=_box(reading, spans[0]) if spans else None,
        repaired=tuple(repairs[place] for place in places if place in repairs),
    )


def _box(reading: ZoneReading, span: Span) -> tuple[int, int, int, int]:
    """The upright rectangle around a stretch of a line."""
    corners = reading.place(span.line, span.start, span.end)
    left, top = np.floor(corners.min(0))
    right, bottom = np.ceil(corners.max(0))
    return max(0, int(left)), max(0, int(top)), int(right - left), int(bottom - top)


def _repair(reading: ZoneReading, picture: Image, made: DecodedRepair) -> Repair:
    return Repair(
        made.column,
        made.read,
        made.kept,
        float(np.clip(made.probability, 0.0, 1.0)),
        _glyph(picture, reading.place(made.line, made.column, made.column + 1)),
    )


def _glyph(picture: Image, quad: Quad) -> bytes:
    """The glyph with a little of its neighbours, straight; empty if it will not be small."""
    width, height = _GLYPH
    inner = np.array(
        [
            [width * _AROUND, height * _AROUND],
            [width * (1 - _AROUND), height * _AROUND],
            [width * (1 - _AROUND), height * (1 - _AROUND)],
            [width * _AROUND, height * (1 - _AROUND)],
        ],
        np.float32,
    )
    seen = view(picture, quad, inner, _GLYPH).grey
    dark, light = int(seen.min()), int(seen.max())
    levels = (seen.astype(np.float32) - dark) * ((_GREYS - 1) / max(1, light - dark))
    done, png = cv2.imencode(".png", (levels.round() * (255 // (_GREYS - 1))).astype(np.uint8))
    return png.tobytes() if done and len(png) <= MOST_PICTURE_BYTES else b""
