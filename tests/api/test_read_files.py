"""`migrant-vault read`: local files, read as a deposit would be, one JSON object a line."""

import json
from pathlib import Path
from typing import Any

import pytest

from api import cli
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


def test_a_person_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["read", str(PASSPORT)]) == 0
    out = capsys.readouterr().out
    assert "turn by 180 degrees" in out
    assert "valid" in out
    assert "K5043673" in out
