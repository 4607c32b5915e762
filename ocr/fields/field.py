"""One thing read from a page, where it stands, and how far it can be trusted."""

from dataclasses import dataclass
from typing import Literal

Source = Literal["mrz", "text"]
Agreement = Literal["agrees", "conflicts", "not_read"]

MOST_PICTURE_BYTES = 1024
"""Of a glyph's picture: enough to see it, too little to hold the paper."""


@dataclass(frozen=True)
class Repair:
    """A sign that was not taken as it was read, because a check digit decided between near-equals.

    `column` counts from 0 in the line of the zone that it stands in; `probability`, 0 to 1, is that of `kept`.
    `picture` is a PNG of the glyph, empty where none could be cut out.
    """

    column: int
    read: str
    kept: str
    probability: float
    picture: bytes = b""

    def __post_init__(self) -> None:
        if len(self.picture) > MOST_PICTURE_BYTES:
            raise ValueError("a glyph's picture is small")


@dataclass(frozen=True)
class PrintedPart:
    """What the print for people, elsewhere on the page, says of the same thing: empty where it was not read.

    `marks_sure`: whether its diacritics, which no zone can confirm, were read alike each time.
    """

    text: str
    agreement: Agreement
    marks_sure: bool = True


@dataclass(frozen=True)
class Field:
    """`value` is what the pixels said: never corrected in silence.

    `doubtful` fields are for a person to confirm; `why` says what is wrong with them in one of the words below and
    is None exactly when the field is not doubtful. `page` counts from 1. `confidence` is 0..1, 0 where nothing is
    known of it; `box` is left, top, width and height in pixels of the page, None where the place is not known.
    `printed` is None where the page has no second place to compare with.

    why: `check_digit` (its own digit disagrees), `composite` (the digit over the whole of line 2 disagrees),
    `unconfirmed` (a character is weak or was repaired, and nothing decides it; or the zone as a whole cannot be
    relied on, being faint or one of two), `implausible` (not a date, not a code), `truncated` (a name that may have
    been cut off for want of room).
    """

    name: str
    value: str
    doubtful: bool
    why: str | None
    source: Source
    page: int
    confidence: float = 0.0
    box: tuple[int, int, int, int] | None = None
    repaired: tuple[Repair, ...] = ()
    printed: PrintedPart | None = None

    def __post_init__(self) -> None:
        if self.doubtful != (self.why is not None):
            raise ValueError("a doubtful field says why, and no other does")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError("confidence is 0 to 1")
