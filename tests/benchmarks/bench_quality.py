"""How well flaws of a page are told, and which way up it lies: precision and recall for each reason.

    python -m tests.benchmarks.bench_quality

Good pages (of `tests/samples`, and of `../shared/samples` where that folder stands beside the checkout) are made bad
in known ways (`degradations`); what is refused is compared with what was done. The baseline for blur is the variance
of the Laplacian at 1000 pixels, with the threshold that is best for these very pictures. Passports' zones are looked
for as in a deposit. Real photographs are only counted: all of them are readable.
"""

import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from ocr.cleanup.upright import quarter_turns, turned
from ocr.glyphs import find_glyphs
from ocr.mrz.finder import Zone, find
from ocr.pixels import Pixels
from ocr.quality.findings import Flaw
from ocr.quality.verdict import Kind, judge
from ocr.quality.zones import capital_height, glyph_boxes
from ocr.recognise import grey
from tests.benchmarks.degradations import Good, samples
from tests.benchmarks.picture_changes import Picture

OURS = Path(__file__).resolve().parents[1] / "samples"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "samples"
CONTRACTS = ("contracts/vi_en_page_1.jpg", "contracts/vi_en_page_2.jpg", "journey/contract-1.jpg")
PASSPORTS = ("journey/passport.jpg", "passports/vnm_small.jpg")
LEVELS = ("clean300", "scan200", "phone", "messenger")
PAGES = ("d02_p3", "d06_p1", "d09_p2", "d12_p2")
SIDE = 2400  # of a good page: degrading 12 megapixels takes longer than judging them
SEED = 11


def opened(path: Path) -> Picture:
    """A picture as RGB."""
    bgr = cv2.imread(str(path))
    if bgr is None:
        raise SystemExit(f"not a picture: {path}")
    return np.ascontiguousarray(bgr[:, :, ::-1], np.uint8)


def pixels(rgb: Picture) -> Pixels:
    """The same as a page."""
    return Pixels(rgb.shape[1], rgb.shape[0], rgb.tobytes())


def good_pages() -> Iterator[Good]:
    """Contracts and passports without flaw."""
    contracts = [OURS / name for name in CONTRACTS]
    passports = [OURS / name for name in PASSPORTS]
    if SHARED.is_dir():
        # Each page at two of the levels.
        contracts += [
            SHARED / "contracts" / level / f"{page}.jpg"
            for i, level in enumerate(LEVELS)
            for page in PAGES[i % 2 :: 2]
        ]
        passports += [SHARED / "passports" / f"L{level}_00{i}.jpg" for level in (0, 1) for i in (2, 3, 6)]
    for path in contracts:
        yield good_contract(path)
    for path in passports:
        yield good_passport(path)


def good_contract(path: Path) -> Good:
    """With its print as our own search sees it, which only chooses where flaws are made."""
    rgb = fitted(opened(path))
    glyphs = find_glyphs(grey(rgb))
    photographed = float(np.percentile(rgb[:, :40].min(2), 50)) < 200  # a table, not a scanner's white
    boxes = glyphs.boxes / np.float32(glyphs.scale)
    return Good(label(path), "contract", rgb, boxes, glyphs.size / glyphs.scale, (), photographed)


def good_passport(path: Path) -> Good:
    """With its zone."""
    rgb = fitted(opened(path))
    zone = find(grey(rgb))[0]
    return Good(
        label(path), "passport", rgb, glyph_boxes(zone), 0.75 * capital_height(zone), zone.lines, True
    )


def fitted(rgb: Picture) -> Picture:
    """At most SIDE pixels long."""
    scale = min(1.0, SIDE / max(rgb.shape))
    return np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def label(path: Path) -> str:
    """The last two parts of a path."""
    return "/".join(path.parts[-2:])


def zones_of(rgb: Picture, kind: str) -> Sequence[Zone]:
    """As a deposit looks for them."""
    return find(grey(rgb)) if kind == "passport" else ()


def laplacian(rgb: Picture) -> float:
    """The usual measure of sharpness."""
    scale = min(1.0, 1000 / max(rgb.shape))
    small = cv2.resize(grey(rgb), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(small, cv2.CV_64F).var())


def degraded() -> None:
    """Print the table of reasons, and what went wrong."""
    found: Counter[Flaw] = Counter()
    false: Counter[Flaw] = Counter()
    missed: Counter[Flaw] = Counter()
    sharpness: list[tuple[float, bool]] = []
    harmless = refused = 0
    for good in good_pages():
        for sample in samples(good, np.random.default_rng(SEED)):
            kind: Kind = "passport" if sample.kind == "passport" else "contract"
            verdict = judge(pixels(sample.rgb), kind, zones_of(sample.rgb, kind))
            told = {each.flaw for each in verdict.findings if each.level == "refuse"}
            found.update(told & sample.flaws)
            false.update(told - sample.flaws - sample.allowed)
            missed.update(sample.flaws - told)
            wrong = [*(f"misses {flaw}" for flaw in sample.flaws - told)]
            wrong += [f"says {flaw}" for flaw in told - sample.flaws - sample.allowed]
            if wrong:
                print(f"   {sample.name}: {', '.join(sorted(wrong))}")
            if not sample.flaws or Flaw.BLURRED in sample.flaws:
                sharpness.append((laplacian(sample.rgb), bool(sample.flaws)))
            harmless += not sample.flaws
            refused += bool(told) and not sample.flaws
    print("reason        precision  recall   found  false  missed")
    for flaw in Flaw:
        row(flaw, found[flaw], false[flaw], missed[flaw])
    row("(Laplacian)", *baseline(sharpness))
    print(f"harmless changes refused: {refused} of {harmless}")


def row(name: str, found: int, false: int, missed: int) -> None:
    """One line of the table."""
    precision, recall = found / max(1, found + false), found / max(1, found + missed)
    print(f"{name:12} {precision:10.3f} {recall:7.3f} {found:7} {false:6} {missed:7}")


def baseline(sharpness: list[tuple[float, bool]]) -> tuple[int, int, int]:
    """Blurred pages found, false alarms and misses of one threshold, the best of all in F1."""
    best = (0, 0, 1)
    for threshold, _ in sharpness:
        found = sum(flawed for value, flawed in sharpness if value <= threshold)
        false = sum(not flawed for value, flawed in sharpness if value <= threshold)
        missed = sum(flawed for value, flawed in sharpness if value > threshold)
        if found / (2 * found + false + missed) > best[0] / max(1, sum(best) + best[0]):
            best = (found, false, missed)
    return best


def orientation() -> None:
    """Print how often a page turned in all four ways is turned back."""
    counts: Counter[str] = Counter()
    contracts = [OURS / name for name in CONTRACTS]
    contracts += sorted((SHARED / "contracts").glob("*/d*_p[12].jpg"))
    for path in contracts:
        light = grey(opened(path))
        for turns in range(4):
            back = quarter_turns(find_glyphs(turned(light, turns)))
            counts["unsure" if back is None else "right" if (back + turns) % 4 == 0 else "wrong"] += 1
    print(f"contracts turned four ways: {dict(counts)}")
    counts.clear()
    for path in [OURS / name for name in PASSPORTS] + sorted((SHARED / "passports").glob("L[01]_*.jpg")):
        light = grey(opened(path))
        for turns in range(4):
            zones = find(turned(light, turns))
            counts["none" if not zones else "right" if reads_along(zones[0], turns) else "wrong"] += 1
    print(f"passports turned four ways, first zone found: {dict(counts)}")


def reads_along(zone: Zone, turns: int) -> bool:
    """Whether the zone of a page turned so often clockwise reads in the direction it should."""
    along = zone.lines[0][1] - zone.lines[0][0]
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    return abs((angle - 90 * turns + 180) % 360 - 180) < 45


def speed() -> None:
    """Print the processor time of the verdict alone on 12-megapixel pages."""
    source = SHARED / "contracts" / "phone"
    paths = sorted(source.glob("*.jpg")) if source.is_dir() else [OURS / CONTRACTS[1]]
    spent = []
    for path in paths:
        page = pixels(np.asarray(cv2.resize(opened(path), (3000, 4000)), np.uint8))
        before = time.process_time()
        judge(page, "contract")
        spent.append(time.process_time() - before)
    print(
        f"verdict, 12 megapixels: median {1000 * statistics.median(spent):.0f} ms, most {1000 * max(spent):.0f} ms"
    )


def real() -> None:
    """Print which of the real, readable photographs are refused."""
    paths = [path for path in sorted((SHARED / "real").glob("*")) if path.suffix in (".jpg", ".jpeg", ".png")]
    refused = 0
    for path in paths:
        rgb = opened(path)
        findings = judge(pixels(rgb), "passport", zones_of(rgb, "passport")).findings
        told = [each.flaw for each in findings if each.level == "refuse"]
        refused += bool(told)
        if told:
            print(f"   {path.name}: {', '.join(told)}")
    print(f"real photographs refused: {refused} of {len(paths)}")


def main() -> None:
    """Measure all of it."""
    cv2.setNumThreads(1)
    speed()
    orientation()
    real()
    degraded()


if __name__ == "__main__":
    main()
