"""What a verdict says: which flaw, where on the page, and how much it matters."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Box = tuple[int, int, int, int]
Level = Literal["refuse", "warn"]


class Flaw(StrEnum):
    """What keeps a page from being read; the words for people live with whoever shows them."""

    BLURRED = "blurred"
    GLARE = "glare"
    CUT_EDGE = "cut_edge"
    TOO_SMALL = "too_small"
    TOO_DARK = "too_dark"
    WRONG_SIDE = "wrong_side"
    FINGER = "finger"
    MRZ_MISSING = "mrz_missing"
    BLANK = "blank"


@dataclass(frozen=True)
class Finding:
    """One flaw; `box` is left, top, width, height in pixels of the page, None where the whole page is meant.

    `refuse`: what matters cannot be read, so the paper should be photographed again (staff may overrule, with a
    reason). `warn`: some of it is lost or hard to read.
    """

    flaw: Flaw
    box: Box | None
    level: Level


@dataclass(frozen=True)
class Verdict:
    """Everything that was found wrong with one page; nothing for a good one."""

    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Whether any finding asks for another photograph."""
        return any(finding.level == "refuse" for finding in self.findings)
