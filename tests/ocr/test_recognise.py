"""Words with their places, and nothing of the paper left behind on any disk."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytesseract
import pytest

from ocr.errors import ReadingFailed
from ocr.recognise import Image, languages_installed, words


def print_lines(*lines: str) -> Image:
    sheet = np.full((100 + 80 * len(lines), 900), 255, np.uint8)
    for i, line in enumerate(lines):
        cv2.putText(sheet, line, (40, 100 + 80 * i), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (0,), 3)
    return sheet


def stub(folder: Path, script: str) -> str:
    path = folder / "tesseract"
    path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{script}\n")
    path.chmod(0o700)
    return str(path)


def test_words_come_with_text_place_line_and_confidence(tmp_path: Path) -> None:
    found = words(print_lines("Monthly wage", "1500 RM"), "eng", 6, scratch=tmp_path)
    assert [word.text for word in found] == ["Monthly", "wage", "1500", "RM"]
    assert found[0].line == found[1].line != found[2].line
    left, top, width, height = found[2].box
    assert 30 < left < 60
    assert 140 < top < 160 < top + height < 190
    assert width > 60
    assert all(0.5 < word.confidence <= 1 for word in found)
    assert list(tmp_path.iterdir()) == []


def test_a_blank_sheet_has_no_words(tmp_path: Path) -> None:
    assert words(np.full((200, 200, 3), 255, np.uint8), "eng", 6, scratch=tmp_path) == []


def test_the_languages_of_the_system_are_known_by_their_full_names() -> None:
    assert {"eng", "vie"} <= languages_installed()


def test_scratch_is_private_in_memory_and_gone_afterwards(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    script = (
        "source, target = sys.argv[1:3]\nfolder = os.path.dirname(source)\n"
        f"open({str(told)!r}, 'w').write(repr((folder, os.stat(folder).st_mode, sorted(os.environ), "
        "os.environ['OMP_THREAD_LIMIT'])))\n"
        "open(target + '.tsv', 'w').write('header\\n')"
    )
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", stub(tmp_path, script))
    assert words(print_lines("x"), "eng", 6) == []
    folder, mode, environment, threads = eval(told.read_text())
    assert folder.startswith("/dev/shm/")
    assert stat.S_IMODE(mode) == 0o700
    assert stat.S_IMODE(os.stat(Path(folder).parent).st_mode) == 0o700
    assert not Path(folder).exists()
    assert threads == "1"
    assert set(environment) <= {"OMP_THREAD_LIMIT", "PATH", "TESSDATA_PREFIX", "LC_CTYPE"}


@pytest.mark.parametrize(
    "script",
    ["sys.exit('NGUYEN THI DUOM')", "time.sleep(600)", "os.abort()", "pass"],
    ids=["fails", "hangs", "crashes", "writes nothing"],
)
def test_a_failing_tesseract_is_an_error_without_content_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str
) -> None:
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", stub(tmp_path, script))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(ReadingFailed) as caught:
        words(print_lines("x"), "eng", 6, seconds=1, scratch=scratch)
    assert "NGUYEN" not in repr(caught.value)
    assert list(scratch.iterdir()) == []


def test_no_tesseract_and_no_such_language_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ReadingFailed, match="status"):
        words(print_lines("x"), "tlh", 6, scratch=tmp_path)
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", "/does/not/exist")
    with pytest.raises(ReadingFailed, match="not installed"):
        words(print_lines("x"), "eng", 6, scratch=tmp_path)


def test_leftovers_of_a_killed_process_are_swept_and_those_in_use_are_not(tmp_path: Path) -> None:
    left, used = tmp_path / "left", tmp_path / "used"
    for folder in (left, used):
        folder.mkdir()
        (folder / "page.pnm").write_bytes(b"somebody's paper")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(used)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        words(print_lines("x"), "eng", 6, scratch=tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["used"]
    finally:
        holder.communicate()
    words(print_lines("x"), "eng", 6, scratch=tmp_path)
    assert list(tmp_path.iterdir()) == []


HOLD = """
import fcntl, os, sys
handle = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(handle, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_without_memory_backed_scratch_nothing_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ocr.recognise._SHM", tmp_path / "none")
    with pytest.raises(ReadingFailed, match="scratch"):
        words(print_lines("x"), "eng", 6)


def test_a_scratch_folder_that_others_may_enter_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ocr.recognise._SHM", tmp_path)
    (tmp_path / f"migrant-vault-scratch-{os.getuid()}").mkdir(mode=0o755)
    with pytest.raises(ReadingFailed, match="ours alone"):
        words(print_lines("x"), "eng", 6)
