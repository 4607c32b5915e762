"""What nobody could ever read is refused; what somebody might is not."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.errors import Reason, UnsuitableFile
from ocr.pixels import Pixels
from ocr.quality import judge


def page(array: NDArray[np.uint8]) -> Pixels:
    if array.ndim == 2:
        array = np.stack([array] * 3, -1)
    return Pixels(array.shape[1], array.shape[0], np.ascontiguousarray(array).tobytes())


def refusal(array: NDArray[np.uint8]) -> Reason:
    with pytest.raises(UnsuitableFile) as caught:
        judge(page(array))
    return caught.value.reason


def paper(height: int = 1000, width: int = 800, grey: int = 230) -> NDArray[np.uint8]:
    noise = np.random.default_rng(1).normal(0, 2, (height, width))
    return np.clip(grey + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("height", "width"), [(399, 300), (1, 1), (2000, 150)])
def test_too_small(height: int, width: int) -> None:
    assert refusal(paper(height, width)) is Reason.TOO_SMALL


@pytest.mark.parametrize("grey", [0, 20, 128, 255])
def test_one_colour_is_blank_also_with_noise(grey: int) -> None:
    assert refusal(paper(grey=grey)) is Reason.BLANK


def test_a_shadow_over_an_empty_sheet_is_not_print() -> None:
    shadow = np.linspace(0.5, 1, 800)[None, :]
    assert refusal((paper() * shadow).astype(np.uint8)) is Reason.BLANK


@pytest.mark.parametrize("ink", [0, 150])
def test_one_line_of_print_is_enough(ink: int) -> None:
    sheet = paper()
    cv2.putText(sheet, "Nguyen Thi Duom", (100, 400), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (ink,), 2)
    judge(page(sheet))


@pytest.mark.parametrize(("width", "height"), [(5000, 200), (200, 5000), (4300, 300), (70_000, 300)])
def test_a_narrow_strip_is_judged_and_never_an_error(width: int, height: int) -> None:
    strip = np.full((height, width, 3), 255, np.uint8)
    strip[height // 3 : height // 2, width // 3 : width // 2] = 0
    judge(Pixels(width, height, strip.tobytes()))
