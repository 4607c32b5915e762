"""The clean copy: only pixels in it, and near enough the same pixels out of it."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.errors import OcrError, PageFailed, Reason, UnsuitableFile
from ocr.pixels import Pixels, as_ocr_errors, encode_page, open_page, require_page_shape


def gradient(width: int, height: int) -> Pixels:
    across = np.linspace(0, 255, width).astype(np.uint8)
    array = np.stack([np.tile(across, (height, 1)), np.full((height, width), 90, np.uint8)] * 2, -1)[..., :3]
    return Pixels(width, height, np.ascontiguousarray(array).tobytes())


def segments(jpeg: bytes) -> set[int]:
    """The marker bytes up to the start of scan."""
    found, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found


@given(st.integers(1, 90), st.integers(1, 90))
def test_a_page_comes_back_with_its_size_and_colours(width: int, height: int) -> None:
    page = gradient(width, height)
    back = open_page(encode_page(page))
    assert (back.width, back.height) == (width, height)
    assert np.abs(back.array.astype(int) - page.array.astype(int)).max() < 24


def test_the_copy_has_no_room_for_metadata() -> None:
    # APP0 (JFIF, no thumbnail), tables and frame only: no APP1 (EXIF, XMP), no APP2 (ICC), no comment.
    jpeg = encode_page(gradient(64, 64))
    assert segments(jpeg) <= {0xE0, 0xDB, 0xC0, 0xC4}
    assert int.from_bytes(jpeg[4:6], "big") == 16


def test_pixels_that_do_not_fill_their_page_are_refused() -> None:
    for width, height, size in ((2, 2, 11), (2, 2, 13), (0, 5, 0), (-1, -1, 3)):
        with pytest.raises(ValueError, match="fill"):
            Pixels(width, height, bytes(size))


def test_what_is_not_a_page_and_what_cannot_be_one() -> None:
    for rubbish in (b"", b"no picture"):
        with pytest.raises(OcrError):
            open_page(rubbish)
    with pytest.raises(OcrError):
        encode_page(Pixels(70_000, 1, bytes(210_000)))


def test_the_view_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        gradient(3, 3).array[0, 0, 0] = 1


@pytest.mark.parametrize(("width", "height"), [(63, 900), (900, 63), (1, 1), (64, 3201), (50_051, 1001)])
def test_a_strip_is_no_page(width: int, height: int) -> None:
    with pytest.raises(UnsuitableFile) as refused:
        require_page_shape(Pixels(width, height, bytes(width * height * 3)), 2)
    assert (refused.value.reason, refused.value.page) == (Reason.NOT_A_PAGE, 2)


@pytest.mark.parametrize(("width", "height"), [(64, 64), (64, 3200), (3200, 64)])
def test_a_narrow_page_is_still_a_page(width: int, height: int) -> None:
    require_page_shape(Pixels(width, height, bytes(width * height * 3)))


def test_what_opencv_refuses_is_an_error_of_a_page() -> None:
    with pytest.raises(PageFailed), as_ocr_errors():
        cv2.resize(np.zeros((3, 600), np.uint8), (0, 0), fx=0.1, fy=0.1)


def test_want_of_memory_is_not_blamed_on_the_page() -> None:
    refusal = cv2.error("Failed to allocate 300000000 bytes")
    refusal.code = cv2.Error.StsNoMem
    with pytest.raises(OcrError) as failure, as_ocr_errors():
        raise refusal
    assert not isinstance(failure.value, PageFailed)
