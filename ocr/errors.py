"""What can go wrong between a stranger's file and its words. No message here carries the file's content."""

from enum import StrEnum


class OcrError(Exception):
    """Root of everything this package raises on purpose."""


class Reason(StrEnum):
    """Why a file cannot be kept as pages; the words for people live with whoever shows them."""

    EMPTY = "empty"
    FILE_TOO_LARGE = "file_too_large"
    NOT_AN_IMAGE = "not_an_image"
    DAMAGED = "damaged"
    PASSWORD = "password"  # noqa: S105 - the name of a reason, not a password
    TOO_MANY_PAGES = "too_many_pages"
    PAGE_TOO_LARGE = "page_too_large"
    NOT_A_PAGE = "not_a_page"
    TOO_LARGE_IN_TOTAL = "too_large_in_total"
    TOO_SLOW = "too_slow"
    DECODER_FAILED = "decoder_failed"
    DECODER_LIED = "decoder_lied"


class UnsuitableFile(OcrError):
    """The file cannot be taken in; `page` counts from 1, None when the whole file is meant.

    `limit` is the one that was passed, where one was: in megabytes, pages, millions of pixels or seconds.
    """

    def __init__(self, reason: Reason, page: int | None = None, limit: int | None = None) -> None:
        super().__init__(reason.value if page is None else f"{reason.value}, page {page}")
        self.reason = reason
        self.page = page
        self.limit = limit


class DecoderDown(OcrError):
    """No decoder can be started on this machine: nothing is wrong with the file. The message is the operator's."""


class PageFailed(OcrError):
    """A page's pixels cannot be worked on. They would fail again: trying once more is of no use."""


class DecoderLost(DecoderDown):
    """The decoder's process ended under a file, and nobody can say why: nothing is wrong with the file, try again."""


class ReadingFailed(OcrError):
    """The recogniser is missing, crashed or took too long; the pages themselves are unharmed."""
