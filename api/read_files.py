"""`migrant-vault read`: what the vault would read from files, without depositing anything. For trying scanners.

Needs no vault and no settings. Files are opened in the sandbox that deposits are opened in, and nothing is written
anywhere: what was read is printed, so it is for papers whose content may be shown on this screen.
"""

import argparse
import json
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ocr.cleanup.upright import quarter_turns
from ocr.errors import OcrError, UnsuitableFile
from ocr.fields.field import Field
from ocr.glyphs import find_glyphs
from ocr.mrz.finder import find
from ocr.mrz.reading import ZoneReading
from ocr.pixels import Pixels, as_ocr_errors, require_page_shape
from ocr.quality.verdict import judge
from ocr.reading import Kind, read_page
from ocr.recognise import grey
from ocr.sanitise import Limits, sanitise
from vault.clock import wall_clock

_KINDS: tuple[Kind, ...] = ("passport", "contract")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its arguments, onto the parser of the command."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder of files")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for programs")
    parser.add_argument(
        "--kind", choices=_KINDS, help="read a contract's text too; without this only what a passport has"
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """The command. A file that cannot be read is told as such, and is no failure of the command."""
    show = _print_json if chosen.json else _print_plainly
    for told in read_files(chosen.paths, chosen.kind):
        show(told)
    return 0


def read_files(paths: Sequence[Path], kind: Kind | None = None) -> Iterator[dict[str, Any]]:
    """`read_file` of each file as it is named, and of all in a folder: its files by name, then its folders by name.

    Folders are looked into one at a time, so that the first file is told before the last one is found. One that cannot
    be listed is told as a file that cannot be read. A link to a folder inside a folder is not followed.
    """
    for path in paths:
        if not os.path.isdir(
            path
        ):  # unlike Path.is_dir, False for what lies out of reach: reading it says why
            yield read_file(path, kind)
            continue
        waiting = [path]
        while waiting:
            folder = waiting.pop()
            try:
                files, folders = _listed(folder)
            except OSError as error:
                yield {**_nothing(folder), "error": _unreadable(error)}
                continue
            yield from (read_file(each, kind) for each in files)
            waiting += reversed(folders)


def read_file(path: Path, kind: Kind | None = None) -> dict[str, Any]:
    """What is read from one file, as `docs/guides/read.md` describes it; `error` says why where it cannot be.

    `kind` is what the paper is; None finds out whether it has a machine-readable zone.
    """
    told = _nothing(path)
    try:
        content = _content(path)
        for number, page in enumerate(sanitise(content), start=1):
            _add_page(told, number, page, kind)
    except UnsuitableFile as unsuitable:
        told["error"] = {"reason": unsuitable.reason.value, "page": unsuitable.page}
    except OcrError as error:
        told["error"] = {"reason": "reading_failed", "message": str(error)}
    except OSError as error:
        told["error"] = _unreadable(error)
    return told


def _nothing(path: Path) -> dict[str, Any]:
    return {"file": str(path), "kind": None, "pages": [], "mrz": None, "fields": []}


def _unreadable(error: OSError) -> dict[str, Any]:
    return {"reason": "unreadable", "message": error.strerror or "cannot be read"}


@as_ocr_errors()
def _add_page(told: dict[str, Any], number: int, page: Pixels, kind: Kind | None) -> None:
    require_page_shape(page, number)
    zones = find(grey(page.array))
    reading = read_page(kind or "passport", page, number, wall_clock().date())
    seen_as: Kind = kind or ("passport" if reading.zone or told["mrz"] else "contract")
    told["pages"].append(
        {
            "page": number,
            "width": page.width,
            "height": page.height,
            "turned": _turned(page, reading.zone),
            "quality": [
                {"flaw": each.flaw.value, "level": each.level, "box": each.box}
                for each in judge(page, seen_as, zones).findings
            ],
            **({"text": reading.text} if kind == "contract" else {}),
        }
    )
    told["kind"] = kind or ("passport" if reading.zone else told["kind"])
    told["fields"] += [_field(each) for each in reading.fields]
    if reading.zone and told["mrz"] is None:
        told["mrz"] = {"page": number, **_zone(reading.zone)}


def _turned(page: Pixels, zone: ZoneReading | None) -> int | None:
    """Degrees clockwise, a multiple of 90, that the page must be turned by; None where nothing tells."""
    if zone is not None:
        along = sum((quad[1] - quad[0] for quad in zone.quads), np.zeros(2, np.float32))
        return round(float(-np.degrees(np.arctan2(along[1], along[0]))) / 90) % 4 * 90
    quarters = quarter_turns(find_glyphs(grey(page.array)))
    return None if quarters is None else quarters * 90


def _zone(reading: ZoneReading) -> dict[str, Any]:
    decoded = reading.decoded
    return {
        "kind": decoded.kind,
        "lines": list(decoded.lines),
        "valid": decoded.valid,
        "repaired": [
            {
                "line": each.line + 1,
                "column": each.column + 1,
                "read": each.read,
                "kept": each.kept,
                "probability": round(each.probability, 4),
            }
            for each in decoded.repaired
        ],
        "checks": dict(reading.document.checks),
    }


def _field(field: Field) -> dict[str, Any]:
    printed = field.printed
    return {
        "name": field.name,
        "value": field.value,
        "confidence": round(field.confidence, 4),
        "doubtful": field.doubtful,
        "why": field.why,
        "source": field.source,
        "page": field.page,
        "box": field.box,
        "printed": None if printed is None else asdict(printed),
    }


def _content(path: Path) -> bytes:
    """No more than one byte beyond what is allowed, which is enough to refuse it.

    Raises:
        OSError: it is not there, is no file, or is one of the kernel's that keeps its reader waiting (/proc/kmsg).
    """
    _require_file(path.stat())  # a device may begin to do something when it is opened
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        _require_file(os.fstat(descriptor))  # a pipe may have taken its place since
        content = bytearray()
        while part := os.read(descriptor, Limits.file_bytes + 1 - len(content)):
            content += part
    finally:
        os.close(descriptor)
    return bytes(content)


def _require_file(seen: os.stat_result) -> None:
    if not stat.S_ISREG(seen.st_mode):
        raise OSError(0, "is not a file")


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """Its files and its folders, each in the order of their names.

    Raises:
        OSError: it cannot be listed.
    """
    files: list[Path] = []
    folders: list[Path] = []
    with os.scandir(folder) as entries:
        for each in sorted(entries, key=lambda entry: entry.name):
            (folders if each.is_dir(follow_symlinks=False) else files).append(folder / each.name)
    return files, folders


def _print_json(told: dict[str, Any]) -> None:
    # In ASCII whatever the terminal speaks; and a name that is no UTF-8 has no other way to be written.
    print(json.dumps(told, ensure_ascii=True), flush=True)


def _beside(printed: dict[str, Any] | None) -> str:
    """What the page prints, where it is something else."""
    return (
        f"   PRINTED OTHERWISE: {printed['text']}" if printed and printed["agreement"] == "conflicts" else ""
    )


def _print_plainly(told: dict[str, Any]) -> None:
    print(told["file"].encode("unicode_escape").decode())
    for page in told["pages"]:
        flaws = ", ".join(sorted({each["flaw"] for each in page["quality"]})) or "good"
        turned = f", turn by {page['turned']} degrees" if page["turned"] else ""
        print(f"  page {page['page']}: {page['width']} x {page['height']} pixels, {flaws}{turned}")
    if told["mrz"]:
        valid = "valid" if told["mrz"]["valid"] else "NOT valid: compare it with the paper"
        print(f"  machine-readable zone ({told['mrz']['kind']}), {valid}")
        for line in told["mrz"]["lines"]:
            print(f"    {line}")
    for field in told["fields"]:
        if not field["name"].startswith("mrz_line_"):
            doubt = f"   doubtful: {field['why']}" if field["doubtful"] else ""
            print(f"    {field['name']:16} {field['value']}{doubt}{_beside(field['printed'])}")
    if "error" in told:
        print(f"  cannot be read: {told['error']['reason']}")
    sys.stdout.flush()
