"""A zone's fields with what the printed part says beside each."""

from collections.abc import Sequence
from dataclasses import replace

from ocr.fields.field import Field, PrintedPart
from ocr.fields.printed.reading import UNSURE, Printed


def confirmed(fields: Sequence[Field], printed: Sequence[Printed], page: int) -> tuple[Field, ...]:
    """The fields, each with its print where the page has one, and what only the print holds, for a person to confirm.

    What the zone says stays as it is: a conflict is shown, not settled. `page` counts from 1.
    """
    beside = {each.name: each for each in printed}
    return (
        *(_with_print(field, beside.get(field.name)) for field in fields),
        *(_alone(each, page) for each in printed if each.agreement is None and each.text),
    )


def _with_print(field: Field, printed: Printed | None) -> Field:
    if printed is None or printed.agreement is None:
        return field
    marks_sure = printed.confidence > UNSURE or printed.text.isascii()
    return replace(field, printed=PrintedPart(printed.text, printed.agreement, marks_sure))


def _alone(printed: Printed, page: int) -> Field:
    return Field(
        name=printed.name,
        value=printed.text,
        doubtful=True,
        why="unconfirmed",
        source="text",
        page=page,
        confidence=printed.confidence,
        box=printed.box,
    )
