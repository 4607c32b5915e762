"""Our own set: passports, identity cards and visas drawn and photographed in five severities, with their truth.

    python -m tests.benchmarks.mrz.draw FOLDER [PICTURES A LEVEL [SEED]]

Level 0 is a flat scan, 1 and 2 what people send, 3 what they should take again, 4 what hardly shows the zone. The same
seed draws the same pictures with the same versions of OpenCV and Pillow.
"""

import csv
import sys
from pathlib import Path

import numpy as np

from tests.benchmarks.mrz.papers import OCR_B, drawn
from tests.benchmarks.mrz.photographs import LEVELS, taken
from tests.benchmarks.mrz.zone_texts import KINDS, made_up

A_LEVEL = 20
SEED = 2026
COLUMNS = ("file", "doc_type", "line1", "line2", "line3", "level", "cap", "angle")


def draw(folder: Path, a_level: int = A_LEVEL, seed: int = SEED) -> None:
    """Write pictures and `truth.csv` into the folder.

    Raises:
        FileNotFoundError: OCR-B is not installed (Debian: fonts-ocr-b).
    """
    if not OCR_B.is_file():
        raise FileNotFoundError("drawing needs the font OCR-B: apt install fonts-ocr-b")
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        truth = csv.writer(file)
        truth.writerow(COLUMNS)
        for level, severity in enumerate(LEVELS):
            for place in range(a_level):
                random = np.random.default_rng((seed, level, place))
                text = made_up(KINDS[place % len(KINDS)], random)
                photograph = taken(drawn(text, random, severity.worn), severity, random)
                name = f"D{level}_{place:03}.jpg"
                (folder / name).write_bytes(photograph.jpeg)
                lines = (*text.lines, "")[:3]
                truth.writerow(
                    (name, text.kind, *lines, level, f"{photograph.capital:.1f}", f"{photograph.angle:.0f}")
                )


if __name__ == "__main__":
    draw(Path(sys.argv[1]), *(int(number) for number in sys.argv[2:]))
