"""Fields as they are kept: the value in one sealed cell, how it was read in another, each bound to its own place.

How it was read (confidence, place, repairs with their glyphs, what the printed part says) tells as much as the value
does, so none of it stands in clear.
"""

import base64
import json
from dataclasses import asdict, dataclass

from ocr.fields.field import Field, PrintedPart, Repair
from vault.crypto.records import Cell, open_record, seal
from vault.holder_keys import KeyInHand
from vault.tables import DocumentField
from vault.vault import new_id


@dataclass(frozen=True)
class OpenedRepair:
    """A sign that was not taken as it was read. `column` counts from 0 in its line; `picture` is a PNG in base64."""

    column: int
    read: str
    kept: str
    probability: float
    picture: str


@dataclass(frozen=True)
class OpenedField:
    """A field, opened. `doubtful` says that it must be checked against the paper; `why` says for what reason.

    `confidence` is 0 to 1; `box` is left, top, width and height in pixels of the page, if the place is known;
    `printed` is None where nothing else on the page says the same.
    """

    name: str
    value: str
    doubtful: bool
    why: str | None
    source: str
    page: int
    confidence: float
    box: tuple[int, int, int, int] | None
    repaired: tuple[OpenedRepair, ...]
    printed: PrintedPart | None


def field_cell(holder_id: str, field_id: str) -> Cell:
    """Where a field's value is sealed to."""
    return Cell(holder_id, "document_field", field_id, "value")


def details_cell(holder_id: str, field_id: str) -> Cell:
    """Where a field's details are sealed to."""
    return Cell(holder_id, "document_field", field_id, "details")


def seal_field(in_hand: KeyInHand, document_id: str, read: Field) -> DocumentField:
    """The row of a field that was read, sealed to its holder."""
    field_id = new_id("fld")
    return DocumentField(
        id=field_id,
        document_id=document_id,
        name=read.name,
        value_sealed=seal(in_hand.key, read.value, field_cell(in_hand.holder_id, field_id)),
        details_sealed=seal(in_hand.key, _details(read), details_cell(in_hand.holder_id, field_id)),
        doubtful=read.doubtful,
        why=read.why,
        source=read.source,
        page=read.page,
    )


def open_field(holder_key: bytes, holder_id: str, row: DocumentField) -> OpenedField:
    """What a row says.

    Raises:
        WrongPlace: one of its cells was sealed for another place, or is damaged.
    """
    details = json.loads(open_record(holder_key, row.details_sealed, details_cell(holder_id, row.id)))
    left_top_width_height = details["box"]
    return OpenedField(
        name=row.name,
        value=open_record(holder_key, row.value_sealed, field_cell(holder_id, row.id)),
        doubtful=row.doubtful,
        why=row.why,
        source=row.source,
        page=row.page,
        confidence=details["confidence"],
        box=tuple(left_top_width_height) if left_top_width_height else None,
        repaired=tuple(OpenedRepair(**each) for each in details["repaired"]),
        printed=PrintedPart(**details["printed"]) if details["printed"] else None,
    )


def _details(read: Field) -> str:
    printed = read.printed
    return json.dumps(
        {
            "confidence": round(float(read.confidence), 4),
            "box": [int(each) for each in read.box] if read.box else None,
            "repaired": [_repair(each) for each in read.repaired],
            "printed": asdict(printed) if printed else None,
        }
    )


def _repair(repair: Repair) -> dict[str, object]:
    return {
        "column": repair.column,
        "read": repair.read,
        "kept": repair.kept,
        "probability": round(float(repair.probability), 4),
        "picture": base64.b64encode(repair.picture).decode(),
    }
