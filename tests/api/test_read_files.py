"""`migrant-vault read`: local files, read as a deposit would be, one JSON object a line."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from api import cli
from api.read_files import read_file, read_files
from tests.vault.world import photo

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PASSPORT = SAMPLES / "passports" / "vnm_upside_down.jpg"


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, Any]]:
    assert cli.main(["read", "--json", *map(str, arguments)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_passport_is_read_whichever_way_it_lies(capsys: pytest.CaptureFixture[str]) -> None:
    (each,) = told(capsys, PASSPORT)
    assert each["file"] == str(PASSPORT)
    assert each["kind"] == "passport"
    assert each["pages"][0]["turned"] == 180
    assert each["mrz"]["kind"] == "TD3"
    assert each["mrz"]["valid"] is True
    assert each["mrz"]["lines"] == [
        "P<VNMLY<<HUU<HUNG<AN<<<<<<<<<<<<<<<<<<<<<<<<",
        "K5043673<6VNM7107274M3302200<<<<<<<<<<<<<<04",
    ]
    fields = {field["name"]: field for field in each["fields"]}
    assert fields["document_number"]["value"] == "K5043673"
    assert fields["document_number"]["confidence"] > 0.9
    left, top, width, height = fields["document_number"]["box"]
    page = each["pages"][0]
    assert 0 <= left < left + width <= page["width"]
    assert 0 <= top < top + height <= page["height"]


def test_what_cannot_be_read_says_why_and_fails_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "note.txt").write_text("no picture")
    (tmp_path / "plain.jpg").write_bytes(photo())
    seen = told(capsys, tmp_path, tmp_path / "nowhere.jpg", "/dev/zero")
    reasons = {Path(each["file"]).name: each.get("error", {}).get("reason") for each in seen}
    assert reasons == {
        "empty.jpg": "empty",
        "note.txt": "not_an_image",
        "plain.jpg": None,
        "nowhere.jpg": "unreadable",
        "zero": "unreadable",
    }
    assert all(each["mrz"] is None for each in seen)


def test_a_name_that_is_no_text_comes_back_as_it_was_on_any_terminal(tmp_path: Path) -> None:
    name = os.fsdecode(b"passport \xff \xc3\xa9.jpg")
    (tmp_path / name).touch()
    ended = subprocess.run(
        [sys.executable, "-m", "api.cli", "read", "--json", str(tmp_path)],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        cwd=SAMPLES.parents[1],
        capture_output=True,
        check=True,
        timeout=120,
    )
    (line,) = ended.stdout.splitlines()
    assert Path(json.loads(line)["file"]).name == name
    assert json.loads(line)["error"]["reason"] == "empty"


def test_a_folder_that_cannot_be_listed_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    for name in ("a/one.jpg", "b/gone/two.jpg", "b/last.jpg", "c/three.jpg", "four.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    told = read_files([tmp_path])
    seen = [next(told) for _ in range(3)]
    # After the first files have been told: what lies further on has not been looked at yet.
    (tmp_path / "b" / "gone" / "two.jpg").unlink()
    (tmp_path / "b" / "gone").rmdir()
    seen += told
    assert [(each["file"].removeprefix(f"{tmp_path}/"), each["error"]["reason"]) for each in seen] == [
        ("four.jpg", "empty"),
        ("a/one.jpg", "empty"),
        ("b/last.jpg", "empty"),
        ("b/gone", "unreadable"),
        ("c/three.jpg", "empty"),
    ]


class _LookedAtBefore(type(Path())):  # type: ignore[misc]
    """A path at which a file lay when it was looked at."""

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        return os.stat(PASSPORT, follow_symlinks=follow_symlinks)


def test_a_pipe_in_a_files_place_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    told: list[dict[str, Any]] = []
    for path in (tmp_path / "pipe.jpg", _LookedAtBefore(tmp_path / "pipe.jpg")):
        reader = threading.Thread(target=lambda path=path: told.append(read_file(path)), daemon=True)
        reader.start()
        reader.join(60)
        assert not reader.is_alive()
    assert [each["error"] for each in told] == [{"reason": "unreadable", "message": "is not a file"}] * 2


def test_a_file_that_keeps_its_reader_waiting_is_told_as_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    # As /proc/kmsg once it was read to its end: a test that read it would take it away from the machine's own log.
    def waits(descriptor: int, most: int) -> bytes:
        assert not os.get_blocking(descriptor)
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patched:
        patched.setattr(os, "read", waits)
        told = read_file(PASSPORT)
    assert told["error"]["reason"] == "unreadable"


def test_a_person_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["read", str(PASSPORT)]) == 0
    out = capsys.readouterr().out
    assert "turn by 180 degrees" in out
    assert "valid" in out
    assert "K5043673" in out
