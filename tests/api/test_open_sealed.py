"""At the centre that receives: an identity is made, and what was handed over is opened whole or not at all."""

import argparse
import errno
import os
import re
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from api import open_sealed
from api.open_sealed import NotDone, new_identity
from vault.crypto import age, armor
from vault.crypto.age_stream import CHUNK
from vault.crypto.hybrid import HybridIdentity
from vault.crypto.recipients import fingerprint, read_identities
from vault.crypto.x25519 import X25519Identity

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "handover.md"
CONTENT = bytes(range(256)) * 600  # three chunks
MINE, OTHER = HybridIdentity.generate(), HybridIdentity.generate()
HEADER = age.header(bytes(16), [MINE.recipient])


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    path = tmp_path / "identity.txt"
    path.write_text(f"# made by hand\n\n{OTHER}\n{MINE}\n")
    return path


def sealed(folder: Path, file: bytes) -> Path:
    path = folder / "page.jpg.age"
    path.write_bytes(file)
    return path


def whole(content: bytes = CONTENT) -> bytes:
    return b"".join(age.encrypt([content], [MINE.recipient]))


def refused(identity: Path, file: bytes) -> str:
    """The message with which this file is refused; fails if anything is left behind."""
    source = sealed(identity.parent, file)
    before = set(identity.parent.iterdir())
    with pytest.raises(NotDone) as why:
        open_sealed.open_sealed(identity, source, identity.parent / "page.jpg")
    assert set(identity.parent.iterdir()) == before
    return str(why.value)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3_000_001])
def test_a_whole_file_is_opened_for_its_owner_only(identity: Path, size: int) -> None:
    content, target = os.urandom(size), identity.parent / "page.jpg"
    assert open_sealed.open_sealed(identity, sealed(identity.parent, whole(content)), target) == size
    assert target.read_bytes() == content
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("changed", [str, lambda text: f"\n  {text}\n \n", lambda t: t.replace("\n", "\r\n")])
def test_what_came_as_text_is_opened_too(identity: Path, changed: Callable[[str], str]) -> None:
    text, target = changed(armor.encode(whole())), identity.parent / "page.jpg"
    assert open_sealed.open_sealed(identity, sealed(identity.parent, text.encode()), target) == len(CONTENT)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "damaged",
    [
        lambda text: text.replace("FILE", "FIL", 1),
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("\n", " ", 9),
        lambda text: text.replace("\n", "\n\n", 1),
        lambda text: text.replace("A", "\N{GREEK CAPITAL LETTER ALPHA}"),
        lambda text: f"{text}Kind regards\n",
        lambda text: text + text,
    ],
)
def test_text_that_was_changed_on_the_way_is_called_that(
    identity: Path, damaged: Callable[[str], str]
) -> None:
    told = refused(identity, damaged(armor.encode(whole())).encode())
    assert "its text was cut off or changed on the way" in told
    assert "Copy it anew" in told


def test_in_text_too_every_other_fault_is_told_as_it_is(
    identity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(file: bytes) -> str:
        return refused(identity, armor.encode(file).encode())

    assert "it is cut off or damaged" in told(whole()[:-1])
    assert "its beginning is cut off" in told(whole()[:300])
    assert "not an age file" in told(b"\xff\xd8\xff\xe0 a photograph")
    monkeypatch.setattr(open_sealed, "_MOST_ARMORED", 100_000)
    assert "open it with the `age` command" in told(whole())


def test_the_older_kind_of_identity_opens_too(tmp_path: Path) -> None:
    older, path = X25519Identity.generate(), tmp_path / "older.txt"
    path.write_text(f"{older}\n")
    source = sealed(tmp_path, b"".join(age.encrypt([CONTENT], [older.recipient])))
    assert open_sealed.open_sealed(path, source, tmp_path / "page.jpg") == len(CONTENT)


def test_what_is_for_somebody_else_is_told_apart(identity: Path) -> None:
    identity.write_text(f"{OTHER}\n")
    assert "sealed to somebody else" in refused(identity, whole())


@pytest.mark.parametrize("size", [1, 21, 300, len(HEADER) - 1, len(HEADER), len(HEADER) + 9])
def test_cut_off_in_its_beginning(identity: Path, size: int) -> None:
    expected = "not an age file" if size < 19 else "its beginning is cut off or damaged"
    assert expected in refused(identity, whole()[:size])


@pytest.mark.parametrize("kept", [16, 17, 16 + CHUNK, 16 + CHUNK + 16, 16 + 2 * (CHUNK + 16), -1])
def test_cut_off_later(identity: Path, kept: int) -> None:
    file = whole()
    assert "cut off" in refused(identity, file[: kept if kept < 0 else len(HEADER) + kept])


@pytest.mark.parametrize(
    "position", [len(HEADER) + 5, len(HEADER) + 20, len(HEADER) + 16 + CHUNK + 16 + 5, -1]
)
def test_damaged(identity: Path, position: int) -> None:
    file = bytearray(whole())
    file[position] ^= 1
    assert "it is cut off or damaged" in refused(identity, bytes(file))


def test_a_changed_header_is_damage_too(identity: Path) -> None:
    header, mac, payload = whole().partition(b"\n--- ")
    other = b"B" if payload[:1] == b"A" else b"A"
    assert "the header was changed" in refused(identity, header + mac + other + payload[1:])


def test_more_than_the_file_is_refused(identity: Path) -> None:
    assert "cut off or damaged" in refused(identity, whole() + b"\n")


@pytest.mark.parametrize("file", [b"", b"\xff\xd8\xff\xe0 a photograph", b"%PDF-1.7", b"age-encryption"])
def test_what_is_no_age_file_is_called_that(identity: Path, file: bytes) -> None:
    assert "it is not an age file" in refused(identity, file)


def test_another_version_is_called_that(identity: Path) -> None:
    assert "another version" in refused(identity, whole().replace(b"/v1", b"/v2", 1))


def test_what_is_there_stays_as_it_is(identity: Path) -> None:
    target = identity.parent / "page.jpg"
    target.write_bytes(b"of another day")
    assert "there is a file of this name already" in refused(identity, whole())
    assert target.read_bytes() == b"of another day"


def test_interrupted_it_leaves_nothing(identity: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> Iterator[bytes]:
        yield CONTENT
        raise KeyboardInterrupt

    monkeypatch.setattr(open_sealed, "decrypt", interrupted)
    source = sealed(identity.parent, whole())
    with pytest.raises(KeyboardInterrupt):
        open_sealed.open_sealed(identity, source, identity.parent / "page.jpg")
    assert set(identity.parent.iterdir()) == {identity, source}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "there is no identity in the file"),
        (f"{MINE}"[:-1], "line 1"),
        (f"# mine\n{MINE.recipient}", "line 2"),
        ("Nguyễn", "more than ASCII text"),
    ],
)
def test_an_identity_file_that_is_none_is_refused(identity: Path, text: str, expected: str) -> None:
    identity.write_text(text)
    assert expected in refused(identity, whole())


def test_missing_files_are_named(identity: Path, tmp_path: Path) -> None:
    with pytest.raises(NotDone, match=r"cannot read the identity file .*nowhere"):
        open_sealed.open_sealed(tmp_path / "nowhere", identity, tmp_path / "out")
    with pytest.raises(NotDone, match=r"cannot read .*nowhere"):
        open_sealed.open_sealed(identity, tmp_path / "nowhere", tmp_path / "out")
    with pytest.raises(NotDone, match=r"cannot write .*nowhere"):
        open_sealed.open_sealed(identity, sealed(tmp_path, whole()), tmp_path / "nowhere" / "out")


def test_a_new_identity_is_its_owners_alone_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "identity.txt"
    recipient = new_identity(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    (made,) = read_identities(text)
    assert made.recipient == recipient
    created, public, _ = text.splitlines()
    assert created.startswith("# created: 20")
    assert public == f"# public key: {recipient}"
    with pytest.raises(NotDone, match="already"):
        new_identity(path)
    assert path.read_text() == text


def test_the_guide_says_how_a_fingerprint_is_made_without_our_program() -> None:
    (line,) = re.findall(r"^ +(printf %s age1pq1.*)$", GUIDE.read_text(), re.MULTILINE)
    told = subprocess.check_output(line.replace("age1pq1...", str(MINE.recipient)), shell=True, text=True)
    assert told == f"{fingerprint(MINE.recipient)}\n"


def command(*words: str | Path, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """One run of the command line, where the settings of a vault would be refused."""
    environment = {**os.environ, "VAULT_PORT": "none"}
    run = [sys.executable, "-m", "api.cli", *words]
    return subprocess.run(run, env=environment, input=given, capture_output=True, check=False)


def test_a_file_that_somebody_makes_meanwhile_stays(identity: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, source = identity.parent / "page.jpg", sealed(identity.parent, whole())

    def meanwhile(*_: object) -> Iterator[bytes]:
        yield CONTENT
        target.write_bytes(b"of somebody else")

    monkeypatch.setattr(open_sealed, "decrypt", meanwhile)
    with pytest.raises(NotDone, match="there is a file of this name already"):
        open_sealed.open_sealed(identity, source, target)
    assert target.read_bytes() == b"of somebody else"
    assert set(identity.parent.iterdir()) == {identity, source, target}


def test_of_many_who_make_the_same_identity_one_does(tmp_path: Path) -> None:
    path, together = tmp_path / "identity.txt", threading.Barrier(8)

    def make(_number: int) -> str:
        together.wait(60)
        try:
            return str(new_identity(path))
        except NotDone:
            return ""

    with ThreadPoolExecutor(8) as threads:
        (made,) = (each for each in threads.map(make, range(8)) if each)
    (kept,) = read_identities(path.read_text())
    assert str(kept.recipient) == made
    assert list(tmp_path.iterdir()) == [path]


def test_of_two_who_have_both_looked_only_the_first_gets_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, first = tmp_path / "identity.txt", []
    real: Any = tempfile.mkstemp

    def overtaken(**given: Any) -> tuple[int, str]:
        monkeypatch.setattr(tempfile, "mkstemp", real)
        first.append(new_identity(path))
        made: tuple[int, str] = real(**given)
        return made

    monkeypatch.setattr(tempfile, "mkstemp", overtaken)
    with pytest.raises(NotDone, match="there is a file of this name already"):
        new_identity(path)
    (kept,) = read_identities(path.read_text())
    assert [kept.recipient] == first


def test_a_disk_that_cannot_link_is_told_with_a_way_on(
    identity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")  # as FAT does

    source = sealed(identity.parent, whole())
    monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(NotDone, match="own disk"):
        open_sealed.open_sealed(identity, source, identity.parent / "page.jpg")
    assert set(identity.parent.iterdir()) == {identity, source}


NAME = "pa\x1b[2Jge\x07\N{RIGHT-TO-LEFT OVERRIDE}gpj.\udcff"


def test_no_name_moves_the_cursor_or_turns_the_text(
    identity: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = identity.parent
    hostile, chosen = folder / NAME, argparse.Namespace
    source, opened = sealed(folder, whole()), folder / f"opened {NAME}"
    open_sealed.run_new_identity(chosen(to=hostile))
    open_sealed.run_open(chosen(identity=identity, sealed=source, to=opened))
    told = [*capsys.readouterr().out.splitlines()]
    damaged = folder / f"sealed {NAME}"
    damaged.write_bytes(b"no age file")
    for given in (
        (identity, source, opened),
        (identity, damaged, folder / "out"),
        (identity, folder / f"nowhere {NAME}", folder / "out"),
        (folder / f"nowhere {NAME}", source, folder / "out"),
        (damaged, source, folder / "out"),
        (identity, source, folder / f"nowhere {NAME}" / "out"),
    ):
        with pytest.raises(NotDone) as why:
            open_sealed.open_sealed(*given)
        told.append(str(why.value))
    with pytest.raises(NotDone) as why:
        new_identity(hostile)
    told.append(str(why.value))
    assert all(line.isprintable() for line in told)
    assert sum("ge" in line and "\N{REPLACEMENT CHARACTER}[2J" in line for line in told) == 9


def test_a_name_that_no_file_can_have_is_refused_like_any_other(identity: Path) -> None:
    nul, source = identity.parent / "a\0b", sealed(identity.parent, whole())
    for given in ((nul, source, identity), (identity, nul, nul), (identity, source, nul)):
        with pytest.raises(NotDone, match="no file can have this name"):
            open_sealed.open_sealed(*given)
    with pytest.raises(NotDone, match="no file can have this name"):
        new_identity(nul)


def test_it_is_not_said_that_a_file_is_from_anybody(
    identity: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anybodys = sealed(identity.parent, b"".join(age.encrypt([b"made up"], [MINE.recipient])))
    chosen = argparse.Namespace(identity=identity, sealed=anybodys, to=identity.parent / "page.jpg")
    assert open_sealed.run_open(chosen) == 0
    told = capsys.readouterr().out
    assert "Who made it is not proved" in told
    assert "unchanged" not in told


def test_both_commands_need_no_vault(tmp_path: Path) -> None:
    mine, page, text, cut = (tmp_path / each for each in ("mine.txt", "page.jpg", "text.jpg", "cut.jpg"))
    made = command("new-identity", "--to", mine)
    assert (made.returncode, made.stderr) == (0, b"")
    (identity,) = read_identities(mine.read_text())
    assert str(identity.recipient).encode() in made.stdout.split()
    assert fingerprint(identity.recipient).encode() in made.stdout
    assert str(identity).encode() not in made.stdout

    file = b"".join(age.encrypt([CONTENT], [identity.recipient]))
    opened = command("open", "--identity", mine, "--to", page, given=file)
    assert (opened.returncode, opened.stderr) == (0, b"")
    assert page.read_bytes() == CONTENT

    pasted = command("open", "--identity", mine, "--to", text, given=armor.encode(file).encode())
    assert (pasted.returncode, pasted.stderr) == (0, b"")
    assert text.read_bytes() == CONTENT

    broken = command("open", "--identity", mine, "--to", cut, given=file[:-1])
    assert (broken.returncode, broken.stderr.count(b"\n")) == (1, 1)
    assert broken.stderr.startswith(b"migrant-vault: the file was not opened")
    assert set(tmp_path.iterdir()) == {mine, page, text}
