"""What must hold for decoding whatever file it is given: pages or a refusal, and nothing asked of the kernel."""

from ocr.errors import Reason, UnsuitableFile
from ocr.sanitise import Limits, sanitise

LIMITS = Limits(file_bytes=1_000_000, pages=3, page_pixels=1_000_000, total_pixels=2_000_000, seconds=0.5)


def check(data: bytes) -> None:
    """Raises anything but UnsuitableFile inside, or AssertionError, if the jail or the trusted side is hurt."""
    try:
        for page in sanitise(data, LIMITS):
            assert page.width * page.height <= LIMITS.page_pixels
    except UnsuitableFile as refused:
        # Either the file has taken the decoder over, or the filter lacks a call that a decoder needs.
        if refused.reason is Reason.DECODER_LIED:
            raise AssertionError("the decoder did what no picture needs") from None
