"""The one caller of Tesseract: pixels in, words with places and confidence out.

Tesseract is a program that reads and writes files, and what it reads here is a holder's paper. So its files live
in memory only: a private folder (0700) for each call below `/dev/shm`, removed whatever happens; the leftovers
of a killed process are recognised by their released lock and swept by the next call. Where there is no
`/dev/shm` (macOS) reading fails unless the caller names a scratch folder and thereby vouches for it (a RAM disk).

Residual risk: memory can be swapped to disk (operators: encrypted swap or none), and any process of the same
account, or root, can look into the folder while a page is read.
"""

import contextlib
import fcntl
import functools
import os
import shlex
import shutil
import stat
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytesseract
from numpy.typing import NDArray

from ocr.errors import ReadingFailed

_SHM = Path("/dev/shm")  # noqa: S108 - RAM-backed is the point, and the folder in it is private
_SCRATCH_NAME = "migrant-vault-scratch"
_TSV = "-c tessedit_create_tsv=1"
PAGE_SECONDS = 90.0

# Tesseract gets no environment of ours, and one thread: pages run in parallel, and its OpenMP only burns time.
# This replaces the mapping inside pytesseract alone; the process's own environment stays as it is.
pytesseract.pytesseract.environ = {
    "OMP_THREAD_LIMIT": "1",
    **{name: os.environ[name] for name in ("PATH", "TESSDATA_PREFIX") if name in os.environ},
}

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Word:
    """One word as read: NFC text, its box in pixels (left, top, width, height), confidence 0..1, its line."""

    text: str
    box: tuple[int, int, int, int]
    confidence: float
    line: tuple[int, int, int]  # block, paragraph, line


def words(
    image: Image,
    languages: str,
    psm: int,
    *,
    options: Sequence[str] = (),
    seconds: float = PAGE_SECONDS,
    scratch: Path | None = None,
) -> list[Word]:
    """Read an image (height x width grey, or x 3 RGB) with Tesseract's `languages` in page mode `psm`.

    `options` are Tesseract variables as `name=value`. The words come in reading order.

    Raises:
        ReadingFailed: Tesseract or a language is missing, it crashed, took longer, or there is no safe scratch.
    """
    with _scratch_folder(scratch) as folder:
        source, target = folder / "page.pnm", folder / "page"
        source.write_bytes(_pnm(image))
        settings = " ".join(f"-c {shlex.quote(option)}" for option in options)
        config = f"--psm {psm} --dpi 300 --oem 1 {_TSV} {settings}"
        _run(str(source), str(target), languages, config, seconds)
        table = target.with_suffix(".tsv").read_text("utf-8", errors="replace")
    return list(_parse(table))


@functools.cache
def languages_installed() -> frozenset[str]:
    """The languages Tesseract can read here.

    Raises:
        ReadingFailed: Tesseract is missing.
    """
    try:  # not pytesseract.get_languages: it leaves out names with a capital or a slash
        listing = subprocess.run(  # noqa: S603 - fixed words
            (pytesseract.pytesseract.tesseract_cmd, "--list-langs"),
            env=pytesseract.pytesseract.environ,
            capture_output=True,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as failure:
        raise ReadingFailed("Tesseract is not installed or does not answer") from failure
    return frozenset(listing.stdout.decode("utf-8", "replace").split("\n")[1:]) - {""}


def _run(source: str, target: str, languages: str, config: str, seconds: float) -> None:
    try:
        pytesseract.pytesseract.run_tesseract(source, target, "tsv", languages, config, timeout=seconds)
    except pytesseract.TesseractNotFoundError:
        raise ReadingFailed("Tesseract is not installed") from None
    except pytesseract.TesseractError as failure:  # its message is dropped: it may quote what it read
        raise ReadingFailed(f"Tesseract ended with status {failure.status}") from None
    except RuntimeError:  # pytesseract's way to say that it killed the process at its deadline
        raise ReadingFailed("Tesseract took too long") from None
    except OSError:
        raise ReadingFailed("Tesseract could not be started") from None


def _pnm(image: Image) -> bytes:
    """Uncompressed netpbm (P5 grey, P6 colour): a PNG of the same page costs seconds to pack and unpack."""
    height, width = image.shape[:2]
    kind = "P5" if image.ndim == 2 else "P6"
    return f"{kind} {width} {height} 255\n".encode() + np.ascontiguousarray(image).tobytes()


def _parse(table: str) -> Iterator[Word]:
    """Tesseract's TSV: level, page, block, par, line, word, left, top, width, height, conf, text."""
    for row in table.splitlines()[1:]:
        cells = row.split("\t", 11)
        if len(cells) != 12 or cells[0] != "5" or not cells[11].strip():
            continue
        block, par, line, _, left, top, width, height = (int(cell) for cell in cells[2:10])
        yield Word(
            text=unicodedata.normalize("NFC", cells[11].strip()),
            box=(left, top, width, height),
            confidence=min(1.0, max(0.0, float(cells[10]) / 100)),
            line=(block, par, line),
        )


@contextlib.contextmanager
def _scratch_folder(chosen: Path | None) -> Iterator[Path]:
    """A fresh private folder, locked while it is in use; removed at the end, also after a failure."""
    base = chosen or _private_base()
    try:
        with _locked(base):  # between a folder's making and its locking nobody may sweep
            _sweep(base)
            folder = Path(tempfile.mkdtemp(dir=base))
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError as failure:
        raise ReadingFailed("no scratch folder in memory") from failure
    try:
        yield folder
    except OSError as failure:
        raise ReadingFailed("scratch folder unusable (full?)") from failure
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _private_base() -> Path:
    """Our own 0700 folder in memory; one that somebody else put there under our name is refused."""
    if not _SHM.is_dir():
        raise ReadingFailed("no memory-backed /dev/shm here: name a scratch folder on a RAM disk")
    base = _SHM / f"{_SCRATCH_NAME}-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        base.mkdir(mode=0o700)
    found = base.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise ReadingFailed("scratch folder in memory is not ours alone")
    return base


@contextlib.contextmanager
def _locked(base: Path) -> Iterator[None]:
    handle = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sweep(base: Path) -> None:
    """Remove folders whose owner died: the kernel released their lock."""
    for folder in base.iterdir():
        if not folder.is_dir() or folder.is_symlink():
            continue
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


def grey(rgb: Image) -> Image:
    """Luminance of an RGB picture."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
