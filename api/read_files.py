"""`migrant-vault read`: what the vault would read from files, without depositing anything. For trying scanners.

Needs no vault and no settings. Files are opened in the sandbox that deposits are opened in, and nothing is written
anywhere: what was read is printed, so it is for papers whose content may be shown on this screen.
"""

import argparse
import json
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
from ocr.pixels import Pixels
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
    for path in _files(chosen.paths):
        show(read_file(path, chosen.kind))
    return 0


def read_file(path: Path, kind: Kind | None = None) -> dict[str, Any]:
    """What is read from one file, as `docs/guides/read.md` describes it; `error` says why where it cannot be.

    `kind` is what the paper is; None finds out whether it has a machine-readable zone.
    """
    told: dict[str, Any] = {"file": str(path), "kind": None, "pages": [], "mrz": None, "fields": []}
    try:
        content = _content(path)
        for number, page in enumerate(sanitise(content), start=1):
            _add_page(told, number, page, kind)
    except UnsuitableFile as unsuitable:
        told["error"] = {"reason": unsuitable.reason.value, "page": unsuitable.page}
    except OcrError as error:
        told["error"] = {"reason": "reading_failed", "message": str(error)}
    except OSError as error:
        told["error"] = {"reason": "unreadable", "message": error.strerror or "cannot be read"}
    return told


def _add_page(told: dict[str, Any], number: int, page: Pixels, kind: Kind | None) -> None:
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
    # A device or a pipe would be read for ever; and one byte more than is allowed is enough to refuse.
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "is not a file")
    with path.open("rb") as file:
        return file.read(Limits.file_bytes + 1)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """Files as they are named, and those of a folder in the order of their names."""
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.is_file())
        else:
            yield path


def _print_json(told: dict[str, Any]) -> None:
    print(json.dumps(told, ensure_ascii=False), flush=True)


def _print_plainly(told: dict[str, Any]) -> None:
    print(told["file"].encode("unicode_escape").decode())
    for page in told["pages"]:
        flaws = ", ".join(each["flaw"] for each in page["quality"]) or "good"
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
            print(f"    {field['name']:16} {field['value']}{doubt}")
    if "error" in told:
        print(f"  cannot be read: {told['error']['reason']}")
    sys.stdout.flush()
