"""What intake never takes in, and that it ends: strips that are no pages, pages that fail, work that lasts too long."""

import datetime
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import cv2
import pytest
from PIL import Image

from ocr.errors import Reason, UnsuitableFile
from ocr.pixels import Pixels
from ocr.quality.findings import Verdict
from ocr.quality.verdict import judge
from ocr.sanitise import USUAL_LIMITS, Limits, sanitise
from tests.vault.world import photo
from vault import intake

TODAY = datetime.date(2026, 1, 1)


def refusal(files: list[bytes], kind: str = "contract", overrule: str | None = None) -> UnsuitableFile:
    with pytest.raises(UnsuitableFile) as refused:
        intake.take_in(files, kind, overrule, USUAL_LIMITS, TODAY)
    return refused.value


def packed(*sizes: tuple[int, int]) -> bytes:
    """Pages of noise, so that nothing about them is plain but their shape."""
    first, *others = (Image.effect_noise(size, 80) for size in sizes)
    out = BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=others, compression="tiff_deflate")
    return out.getvalue()


def blank() -> bytes:
    """A page that is shown with its flaw."""
    out = BytesIO()
    Image.new("L", (640, 480), 255).save(out, "PNG")
    return out.getvalue()


STRIPS = ((600, 3), (3, 600), (63, 400), (20, 60_000), (64, 3300), (1, 1))


@pytest.mark.parametrize("kind", ["contract", "passport"])
@pytest.mark.parametrize("overrule", [None, "verdict_wrong"])
@pytest.mark.parametrize("size", STRIPS)
def test_a_strip_is_refused_whatever_anybody_says(
    size: tuple[int, int], overrule: str | None, kind: str
) -> None:
    refused = refusal([photo(), packed((640, 480), size)], kind, overrule)
    assert (refused.reason, refused.page) == (Reason.NOT_A_PAGE, 3)


def test_nothing_looks_at_a_strip_before_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(page: Pixels, *_: object) -> None:
        raise AssertionError(page.width)

    monkeypatch.setattr(intake, "judge", looked)
    assert refusal([packed((600, 3))]).reason is Reason.NOT_A_PAGE


@pytest.mark.parametrize(
    ("step", "file"),
    [("judge", photo()), ("present", photo()), ("encode_page", photo()), ("marked_thumbnail", None)],
)
def test_a_page_that_cannot_be_worked_on_is_refused_as_such(
    step: str, file: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise cv2.error("an assertion of its own")

    monkeypatch.setattr(intake, step, failing)
    refused = refusal([file or blank()])
    assert (refused.reason, refused.page) == (Reason.DECODER_FAILED, 1)


class Clock:
    """In place of the module `time`, so that nothing here waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def after(self, step: Callable[..., Any]) -> Callable[..., Any]:
        """The step, which lasts longer than a deposit may."""

        def slow(*given: object) -> object:
            done = step(*given)
            self.now += intake.DEPOSIT_SECONDS + 1
            return done

        return slow


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(intake, "time", stopped)
    return stopped


@pytest.mark.parametrize("step", ["judge", "present", "encode_page"])
def test_work_on_a_page_counts_against_the_deposit(
    step: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, step, clock.after(getattr(intake, step)))
    refused = refusal([photo(), photo()])
    assert (refused.reason, refused.page, refused.limit) == (Reason.TOO_SLOW, 1, 120)


def test_no_page_is_begun_after_the_deadline(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def judged(page: Pixels, *more: Any) -> Verdict:
        seen.append(page.width)
        return judge(page, *more)

    def slow_to_come(untrusted: bytes, limits: Limits) -> Iterator[Pixels]:
        for page in sanitise(untrusted, limits):
            yield page
            clock.now += intake.DEPOSIT_SECONDS

    monkeypatch.setattr(intake, "judge", judged)
    monkeypatch.setattr(intake, "sanitise", slow_to_come)
    refused = refusal([photo(), photo()])
    assert (refused.reason, refused.page, seen) == (Reason.TOO_SLOW, 2, [640])


def test_a_child_that_is_too_slow_is_told_with_its_own_limit(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(_: bytes, limits: Limits) -> Iterator[Pixels]:
        clock.now += limits.seconds
        raise UnsuitableFile(Reason.TOO_SLOW, 1, int(limits.seconds))

    monkeypatch.setattr(intake, "sanitise", stuck)
    refused = refusal([photo()])
    assert (refused.reason, refused.page, refused.limit) == (Reason.TOO_SLOW, 1, 30)
