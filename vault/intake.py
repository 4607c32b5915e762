"""Intake: what was handed in becomes clean pages, each judged while the holder still stands at the counter.

Files that are no pictures of a paper are refused whatever anybody says. A page that cannot be read well is refused
too, unless staff say why it must do: there are papers that will never look better.
"""

import datetime
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ocr.cleanup import present
from ocr.errors import PageFailed, Reason, UnsuitableFile
from ocr.mrz.finder import Zone, find
from ocr.mrz.reading import read_zone
from ocr.pixels import Pixels, as_ocr_errors, encode_page, require_page_shape
from ocr.quality.findings import Flaw
from ocr.quality.verdict import Kind, judge
from ocr.recognise import Image, grey
from ocr.sanitise import Limits, sanitise
from ocr.scaling import scaled
from ocr.thumbnail import marked_thumbnail
from vault.errors import Unacceptable, VaultError

MOST_PAGES = 400
"""No setting lets a paper have more pages than this."""

DEPOSIT_SECONDS = 120.0
"""What opening, judging and cleaning all files of one deposit may take; forty photographs take about twenty. No page is
begun later, and none takes more than a few seconds."""

MOST_CLEAN_BYTES = 150 * 1024 * 1024
"""Clean pages are held until they are stored, and a small file can unpack to very large ones."""

_LOOKED_AT = 2400
"""Pixels of the long side that a zone is looked for in: 20 for a glyph where the zone fills half a page's width."""

OVERRULES = ("only_copy", "paper_damaged", "cannot_return", "verdict_wrong")
"""Why staff take in a page that was found flawed: there is no other copy, the paper itself is damaged, the holder
cannot come back, it reads well. A closed list: in words of their own people would put her data into the ledger."""

FLAWS = tuple(str(flaw) for flaw in Flaw)


@dataclass(frozen=True)
class PageFlaw:
    """What is wrong with a page, counted from 1; one of `FLAWS`."""

    page: int
    flaw: str


@dataclass(frozen=True)
class PageFinding(PageFlaw):
    """As `PageFlaw`, with the place: left, top, width, height in pixels of the page; None for the whole of it."""

    box: tuple[int, int, int, int] | None


@dataclass(frozen=True)
class FlawedPicture:
    """A small JPEG of a flawed page, its places marked. For the screen of who sent it, and never kept."""

    page: int
    jpeg: bytes = field(repr=False)


class FlawedPages(VaultError):
    """Pages that cannot be read well; nothing was kept. Staff may overrule this, with one of `OVERRULES`."""

    def __init__(self, findings: Sequence[PageFinding], pictures: Sequence[FlawedPicture] = ()) -> None:
        super().__init__("pages flawed")
        self.findings = tuple(findings)
        self.pictures = tuple(pictures)


@dataclass(frozen=True)
class Intake:
    """Clean pages as they are kept, and what staff overruled to have them."""

    pages: tuple[bytes, ...] = field(repr=False)
    overruled: tuple[PageFlaw, ...]


def take_in(
    files: Sequence[bytes], kind: str, overrule: str | None, limits: Limits, today: datetime.date
) -> Intake:
    """The clean pages of all files in order, which may take `limits` together: pages and pixels. Each has its seconds,
    and all have `DEPOSIT_SECONDS`.

    They are what people look at: the photograph in colour, upright and flat where that is sure (`ocr.cleanup`). `today`
    settles the centuries of a passport's dates.

    Raises:
        UnsuitableFile: a file is not a picture of a paper; says which reason and page.
        FlawedPages: pages cannot be read well, and nobody said that they must do. Every page was looked at.
        Unacceptable: overrule-unknown, too-many-pages.
    """
    if overrule is not None and overrule not in OVERRULES:
        raise Unacceptable("overrule-unknown")
    ends = time.monotonic() + DEPOSIT_SECONDS
    under_way = _UnderWay(kind, overrule is not None, limits, today, ends)
    # One allowance for the whole deposit: forty files of the largest kind would be forty times too much.
    left = limits
    for untrusted in files:
        left = replace(left, seconds=max(0.1, min(limits.seconds, ends - time.monotonic())))
        try:
            for page in sanitise(untrusted, left):
                under_way.add(page)
                left = replace(left, total_pixels=left.total_pixels - page.width * page.height)
        except UnsuitableFile as unsuitable:
            # Counted over all files: the decoder knows only its own.
            limit = _limit(unsuitable.reason, limits, ends)
            raise UnsuitableFile(unsuitable.reason, under_way.count + 1, limit) from None
    if under_way.findings and overrule is None:
        raise FlawedPages(under_way.findings, under_way.pictures)
    return Intake(
        tuple(under_way.clean), tuple(PageFlaw(each.page, each.flaw) for each in under_way.findings)
    )


def _limit(reason: Reason, limits: Limits, ends: float) -> int | None:
    """The limit that was passed, as people are told it: where both have run out, the deposit's seconds."""
    out_of_time = reason is Reason.TOO_SLOW and time.monotonic() >= ends
    return int(DEPOSIT_SECONDS) if out_of_time else limits.of(reason)


class _UnderWay:
    """The pages so far: clean ones while they may still be kept, pictures of the flawed ones while they may not."""

    def __init__(self, kind: str, overruled: bool, limits: Limits, today: datetime.date, ends: float) -> None:
        self._kind: Kind = "passport" if kind == "passport" else "contract"
        self._overruled = overruled
        self._today = today
        self._ends = ends
        self._most_pages = limits.pages
        self._clean_bytes = 0
        self.count = 0
        self.clean: list[bytes] = []
        self.findings: list[PageFinding] = []
        self.pictures: list[FlawedPicture] = []

    def add(self, page: Pixels) -> None:
        if self.count == self._most_pages:
            raise Unacceptable("too-many-pages", self._most_pages)
        require_page_shape(page)
        self._require_time()
        try:
            with as_ocr_errors():
                self._look_at(page)
        except PageFailed:
            raise UnsuitableFile(Reason.DECODER_FAILED) from None
        self._require_time()
        self.count += 1

    def _require_time(self) -> None:
        if time.monotonic() >= self._ends:
            raise UnsuitableFile(Reason.TOO_SLOW)

    def _look_at(self, page: Pixels) -> None:
        zones = _zones(grey(page.array), self._today) if self._kind == "passport" else []
        refusing = [each for each in judge(page, self._kind, zones).findings if each.level == "refuse"]
        number = self.count + 1
        self.findings += [PageFinding(number, str(each.flaw), each.box) for each in refusing]
        if refusing and not self._overruled:
            boxes = [each.box for each in refusing if each.box is not None]
            self.pictures.append(FlawedPicture(number, marked_thumbnail(page, boxes)))
        if not self.findings or self._overruled:
            self._hold(encode_page(present(page, self._kind, zones)))

    def _hold(self, jpeg: bytes) -> None:
        self._clean_bytes += len(jpeg)
        if self._clean_bytes > MOST_CLEAN_BYTES:
            raise UnsuitableFile(Reason.TOO_LARGE_IN_TOTAL)
        self.clean.append(jpeg)


def _zones(picture: Image, today: datetime.date) -> list[Zone]:
    """A passport's zone as it can be read, which settles the way up; or else the places that look like one.

    Looked for in a smaller picture first: where one is takes no more to see.
    """
    scale = min(1.0, _LOOKED_AT / max(picture.shape))
    reading = read_zone(scaled(picture, scale), today)
    if reading is not None:
        return [Zone(tuple(quad / np.float32(scale) for quad in reading.quads), 1.0)]
    return find(picture)
