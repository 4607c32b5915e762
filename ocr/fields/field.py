"""One thing read from a page, and how far it can be trusted."""

from dataclasses import dataclass
from typing import Literal

Source = Literal["mrz", "text"]


@dataclass(frozen=True)
class Field:
    """`value` is what the pixels said: never corrected in silence.

    `doubtful` fields are for a person to confirm; `why` says what is wrong with them in one of the words below and
    is None exactly when the field is not doubtful. `page` counts from 1.

    why: `check_digit` (its own digit disagrees), `composite` (the digit over the whole of line 2 disagrees),
    `unconfirmed` (the readings did not agree, or nothing decides between them), `implausible` (not a date, not a
    code), `truncated` (a name that may have been cut off for want of room).
    """

    name: str
    value: str
    doubtful: bool
    why: str | None
    source: Source
    page: int

    def __post_init__(self) -> None:
        if self.doubtful != (self.why is not None):
            raise ValueError("a doubtful field says why, and no other does")
