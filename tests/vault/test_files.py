"""A file is whole or not there, and what has its name already stays as it is."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from vault import files


def test_a_new_file_is_whole_and_its_owners_alone(tmp_path: Path) -> None:
    files.write_new(tmp_path / "a", [b"one", b"two"])
    assert (tmp_path / "a").read_bytes() == b"onetwo"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_a_name_that_is_taken_keeps_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(FileExistsError):
        files.write_new(tmp_path / "a", [b"after"])
    assert (tmp_path / "a").read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("taken", [True, False])
def test_what_cannot_be_written_leaves_nothing_and_takes_nothing_away(tmp_path: Path, taken: bool) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if taken:
        (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(OSError, match="No space left"):
        files.write_new(tmp_path / "a", pieces())
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("a", b"before")] * taken


def test_what_is_not_surely_on_the_disk_is_not_left_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_for_a_folder(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fails_for_a_folder)
    with pytest.raises(OSError, match="Input/output"):
        files.write_new(tmp_path / "a", [b"content"])
    assert not list(tmp_path.iterdir())


def test_what_an_ended_run_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.new").write_bytes(b"half, and longer than what comes")
    files.write_new(tmp_path / "a", [b"whole"])
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("a", b"whole")]


def test_removing_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    files.write_new(tmp_path / "a", [b""])
    for _ in range(2):
        files.remove(tmp_path / "a")
    assert not list(tmp_path.iterdir())
