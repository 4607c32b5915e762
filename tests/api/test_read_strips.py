"""`migrant-vault read` with pictures that are no pages: each is told, and the next file is read."""

import json
from pathlib import Path

import cv2
import pytest
from PIL import Image as Pictures

from api import cli, read_files
from ocr.mrz.finder import Zone, find
from ocr.recognise import Image
from tests.vault.world import photo


def errors(capsys: pytest.CaptureFixture[str], folder: Path) -> dict[str, object]:
    assert cli.main(["read", "--json", str(folder)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {Path(each["file"]).name: each.get("error") for each in told}


def test_a_strip_is_told_and_the_next_file_is_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    Pictures.effect_noise((600, 3), 80).save(tmp_path / "a strip.png")
    Pictures.effect_noise((3, 600), 80).save(tmp_path / "a stripe.png")
    (tmp_path / "plain.jpg").write_bytes(photo())
    refused = {"reason": "not_a_page", "page": 1}
    assert errors(capsys, tmp_path) == {"a strip.png": refused, "a stripe.png": refused, "plain.jpg": None}


def test_a_page_that_cannot_be_worked_on_is_told_and_the_next_file_is_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter((True, False))

    def failing_once(grey: Image) -> list[Zone]:
        if next(times):
            raise cv2.error("an assertion of its own")
        return find(grey)

    monkeypatch.setattr(read_files, "find", failing_once)
    for name in ("1.jpg", "2.jpg"):
        (tmp_path / name).write_bytes(photo())
    told = errors(capsys, tmp_path)
    assert told["1.jpg"] == {"reason": "reading_failed", "message": "a page cannot be worked on"}
    assert told["2.jpg"] is None
