"""What cannot be read is refused while the holder is there, with its place; what can be read is not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.mrz.finder import Zone, find
from ocr.pixels import Pixels
from ocr.quality.findings import Finding, Flaw, Verdict
from ocr.quality.verdict import Kind, judge
from tests.benchmarks.picture_changes import camera, cropped, defocused, lit, moved, resized, with_finger

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
CONTRACT = "contracts/vi_en_page_2.jpg"
PASSPORT = "journey/passport.jpg"
LETTER = 16  # pixels of a small letter on the contract, reduced to 2400
Picture = NDArray[np.uint8]


def random() -> np.random.Generator:
    return np.random.default_rng(7)


def sample(name: str) -> Picture:
    bgr = cv2.imread(str(SAMPLES / name))
    assert bgr is not None
    return np.ascontiguousarray(bgr[:, :, ::-1], np.uint8)


def page(array: Picture) -> Pixels:
    if array.ndim == 2:
        array = np.stack([array] * 3, -1)
    return Pixels(array.shape[1], array.shape[0], np.ascontiguousarray(array).tobytes())


def grey(rgb: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def verdict(rgb: Picture, kind: Kind = "contract") -> Verdict:
    return judge(page(rgb), kind, find(grey(rgb)) if kind == "passport" else ())


def refused(rgb: Picture, kind: Kind = "contract") -> set[Flaw]:
    return {finding.flaw for finding in verdict(rgb, kind).findings if finding.level == "refuse"}


def zone(rgb: Picture) -> Zone:
    return find(grey(rgb))[0]


def the(flaw: Flaw, found: Verdict) -> Finding:
    return next(finding for finding in found.findings if finding.flaw is flaw)


def paper(height: int = 1000, width: int = 800, level: int = 230) -> Picture:
    noise = np.random.default_rng(1).normal(0, 2, (height, width))
    return np.clip(level + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "name", [CONTRACT, "contracts/vi_en_page_1.jpg", "journey/contract-1.jpg", "journey/contract-2.jpg"]
)
def test_a_good_contract_page_has_no_flaw(name: str) -> None:
    assert verdict(sample(name)) == Verdict(())


@pytest.mark.parametrize(
    "name", [PASSPORT, *(f"passports/vnm_{name}.jpg" for name in ("photographed", "small", "upside_down"))]
)
def test_a_readable_passport_is_not_refused(name: str) -> None:
    assert refused(sample(name), "passport") == set()


@pytest.mark.parametrize("level", [128, 255])
def test_one_colour_is_blank_also_with_noise(level: int) -> None:
    assert refused(paper(level=level)) == {Flaw.BLANK}


@pytest.mark.parametrize("level", [0, 20])
def test_a_covered_lens_is_too_dark(level: int) -> None:
    assert refused(paper(level=level)) == {Flaw.TOO_DARK}


def test_a_shadow_over_an_empty_sheet_is_not_print() -> None:
    shadow = np.linspace(0.5, 1, 800)[None, :]
    assert refused((paper() * shadow).astype(np.uint8)) == {Flaw.BLANK}


@pytest.mark.parametrize("ink", [0, 150])
def test_one_line_of_print_is_enough(ink: int) -> None:
    sheet = paper()
    cv2.putText(sheet, "Nguyen Thi Duom", (100, 400), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (ink,), 2)
    assert verdict(sheet) == Verdict(())


@pytest.mark.parametrize("kind", ["contract", "passport"])
@pytest.mark.parametrize(
    ("width", "height"), [(5000, 200), (200, 5000), (4300, 300), (70_000, 300), (70_000, 5), (1, 1)]
)
def test_any_shape_is_judged_and_never_an_error(width: int, height: int, kind: Kind) -> None:
    strip = np.full((height, width, 3), 255, np.uint8)
    strip[height // 3 : height // 2, width // 3 : width // 2] = 0
    judge(Pixels(width, height, strip.tobytes()), kind)


def enlarged(rgb: Picture, times: int) -> Picture:
    return np.asarray(cv2.resize(rgb, (0, 0), fx=times, fy=times, interpolation=cv2.INTER_CUBIC), np.uint8)


def assert_alike(large: Verdict, small: Verdict, times: int) -> None:
    """The same findings at the same places."""
    assert [each.flaw for each in large.findings] == [each.flaw for each in small.findings]
    for one, other in zip(large.findings, small.findings, strict=True):
        assert one.level == other.level
        assert one.box is not None
        assert other.box is not None
        assert np.abs(np.array(one.box) / times - other.box).max() < 12


def test_a_very_large_passport_is_judged_as_the_same_one_smaller() -> None:
    rgb = sample(PASSPORT)
    found = zone(rgb)
    left, right = (int(found.lines[0][corner][0]) for corner in (0, 1))
    cut = cropped(rgb, [0, 0, int(right - 0.1 * (right - left)), rgb.shape[0]])
    lines = tuple(np.minimum(line, (cut.shape[1], np.inf)).astype(np.float32) for line in found.lines)
    small = judge(page(cut), "passport", [Zone(lines, 0.9)])
    large = judge(page(enlarged(cut, 5)), "passport", [Zone(tuple(line * 5 for line in lines), 0.9)])
    assert Flaw.CUT_EDGE in {each.flaw for each in small.findings}
    assert_alike(large, small, 5)


def test_a_very_large_contract_is_judged_as_the_same_one_smaller() -> None:
    sheet = sample("journey/contract-2.jpg")
    cut = cropped(sheet, [sheet.shape[1] // 4, 0, sheet.shape[1], sheet.shape[0]])
    small, large = judge(page(cut), "contract"), judge(page(enlarged(cut, 4)), "contract")
    assert Flaw.CUT_EDGE in {each.flaw for each in small.findings}
    assert_alike(large, small, 4)


def test_letters_are_measured_in_pixels_of_the_page_however_large_it_is() -> None:
    """A zone that fills little of a very large page has as many pixels as one on a small page."""
    rgb = resized(sample(PASSPORT), 0.36)
    canvas = np.full((4200, 6000, 3), 200, np.uint8)
    canvas[: rgb.shape[0], : rgb.shape[1]] = rgb
    found = zone(rgb)
    for picture in (rgb, canvas):
        told = judge(page(picture), "passport", [Zone(found.lines, 0.9)]).findings
        assert Flaw.TOO_SMALL not in {each.flaw for each in told}


def test_blur_of_every_kind_is_seen() -> None:
    sheet = sample(CONTRACT)
    soft = cv2.GaussianBlur(sheet, (0, 0), 0.35 * LETTER)
    assert Flaw.BLURRED in refused(np.asarray(soft, np.uint8))
    assert Flaw.BLURRED in refused(camera(soft, random(), 8))
    assert Flaw.BLURRED in refused(defocused(sheet, 0.6 * LETTER))
    for across in (0, 90):
        assert Flaw.BLURRED in refused(moved(sheet, 1.5 * LETTER, across))


def test_little_print_is_not_blur_and_noise_is_not_sharpness() -> None:
    # The usual measure, the variance of the Laplacian, ranks these two the other way round.
    sharp = paper(2800, 2100)
    cv2.putText(sharp, "Nguyen Thi Duom, Ha Noi", (300, 900), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (40,), 3)
    soft = grey(camera(cv2.GaussianBlur(sample(CONTRACT), (0, 0), 0.35 * LETTER), random(), 9, 95))
    laplacian = [cv2.Laplacian(picture, cv2.CV_64F).var() for picture in (sharp, soft)]
    assert laplacian[0] < laplacian[1]
    assert refused(sharp) == set()
    assert refused(soft) == {Flaw.BLURRED}


def test_letters_of_too_few_pixels_are_refused_and_a_small_picture_of_large_letters_is_not() -> None:
    sheet = sample("journey/contract-2.jpg")
    assert refused(resized(sheet, 0.14)) == {Flaw.TOO_SMALL}
    assert refused(resized(sheet, 0.5)) == set()
    passport = sample(PASSPORT)
    assert Flaw.TOO_SMALL in refused(resized(passport, 0.12), "passport")
    assert refused(resized(passport, 0.32), "passport") == set()


def test_darkness_is_print_lost_in_noise_not_a_low_mean() -> None:
    sheet = sample(CONTRACT)
    dark = camera(sheet * 0.06, random(), 5)
    dim = camera(sheet * 0.3, random(), 1)
    assert refused(dark) == {Flaw.TOO_DARK}
    assert refused(dim) == set()


def test_glare_over_print_is_marked_where_it_is() -> None:
    sheet = sample(CONTRACT)
    at = (0.35 * sheet.shape[1], 0.45 * sheet.shape[0])
    found = verdict(lit(sheet, at, 120, 330))
    left, top, width, height = the(Flaw.GLARE, found).box or (0, 0, 0, 0)
    assert left < at[0] < left + width
    assert top < at[1] < top + height
    assert width < 400


def test_glare_beside_the_print_and_white_paper_are_no_glare() -> None:
    sheet = sample(CONTRACT)
    assert verdict(lit(sheet, (40, 40), 60, 330)) == Verdict(())
    assert verdict(np.asarray(np.clip(sample("journey/contract-2.jpg") * 1.2, 0, 255), np.uint8)) == Verdict(
        ()
    )


def test_glare_over_the_zone_is_refused_and_over_other_print_told() -> None:
    rgb = sample(PASSPORT)
    middle = np.concatenate(zone(rgb).lines).mean(0)
    assert Flaw.GLARE in refused(lit(rgb, (float(middle[0]), float(middle[1])), 70, 330), "passport")
    printed = verdict(lit(rgb, (600, 330), 60, 330), "passport")
    assert the(Flaw.GLARE, printed).level == "warn"


@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
def test_print_that_runs_out_of_the_picture_is_cut(side: str) -> None:
    sheet = sample("journey/contract-1.jpg")
    height, width = sheet.shape[:2]
    frame = [0, 0, width, height]
    # Through the lines, at a row that has letters.
    row = next(y for y in range(height // 3, height) if (sheet[y, :, 0] < 128).sum() > 150)
    frame[("left", "top", "right", "bottom").index(side)] = {
        "left": int(0.3 * width), "right": int(0.7 * width), "top": row + 6, "bottom": row + 6
    }[side]  # fmt: skip
    part = cropped(sheet, frame)
    found = the(Flaw.CUT_EDGE, verdict(part))
    left, top, wide, tall = found.box or (0, 0, 0, 0)
    assert found.level == "refuse"
    near = {
        "left": left,
        "top": top,
        "right": part.shape[1] - left - wide,
        "bottom": part.shape[0] - top - tall,
    }
    assert near[side] < 20


def test_a_zone_that_runs_out_of_the_picture_is_cut_and_a_page_cropped_close_is_not() -> None:
    rgb = sample(PASSPORT)
    left, right = (np.concatenate(zone(rgb).lines)[:, 0].min(), np.concatenate(zone(rgb).lines)[:, 0].max())
    cut = cropped(rgb, [0, 0, int(right - 0.1 * (right - left)), rgb.shape[0]])
    close = cropped(rgb, [int(left - 30), 0, int(right + 30), rgb.shape[0]])
    assert Flaw.CUT_EDGE in refused(cut, "passport")
    assert refused(close, "passport") == set()


@pytest.mark.parametrize("part", [0.1, 0.5, 0.94])
def test_a_finger_over_the_zone_is_seen_and_elsewhere_let_be(part: float) -> None:
    rgb = sample(PASSPORT)
    (left, top), (right, bottom) = (
        extreme(np.concatenate(zone(rgb).lines), 0) for extreme in (np.min, np.max)
    )
    wide = 0.1 * float(right - left)
    over = with_finger(rgb, (float(left + part * (right - left)), float(top + bottom) / 2), wide, random())
    assert refused(over, "passport") == {Flaw.FINGER}
    held = with_finger(rgb, (float(left + part * (right - left)), 150.0), wide, random(), upwards=True)
    assert refused(held, "passport") == set()


def test_the_right_page_without_its_zone_is_told_from_another_page() -> None:
    rgb = sample(PASSPORT)
    top = int(np.concatenate(zone(rgb).lines)[:, 1].min())
    assert refused(cropped(rgb, [0, 0, rgb.shape[1], top - 20]), "passport") == {Flaw.MRZ_MISSING}
    another = judge(page(sample("journey/contract-1.jpg")), "passport")
    assert {each.flaw for each in another.findings} == {Flaw.WRONG_SIDE}


def test_a_doubtful_zone_is_none() -> None:
    rgb = sample("journey/contract-1.jpg")
    line = np.array([[200, 300], [900, 300], [900, 320], [200, 320]], np.float32)
    doubtful = Zone((line, line + np.float32(40)), 0.4)
    assert {each.flaw for each in judge(page(rgb), "passport", [doubtful]).findings} == {Flaw.WRONG_SIDE}
