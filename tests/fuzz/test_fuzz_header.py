"""The header parser under a fuzzer, for a bounded time and from a committed corpus; and that the fuzzer can fail."""

import re
from pathlib import Path

import pytest

from tests.fuzz.bounded import FOLDER, found, fuzz
from tests.fuzz.header_target import IDENTITIES, check, parsed
from tests.fuzz.runner import try_alone

CORPUS = FOLDER / "corpus" / "header"
SECONDS = 10
OPTIONS = ("-max_len=8192", f"-dict={FOLDER / 'header.dict'}")


def test_the_corpus_reaches_what_it_is_there_for() -> None:
    headers = [parsed(path.read_bytes()) for path in CORPUS.iterdir()]
    accepted = [header for header in headers if header]
    assert len(accepted) >= 20
    assert len(headers) - len(accepted) >= 10
    assert parsed((CORPUS / "opens-x25519").read_bytes()) in accepted
    for identity, name in zip(IDENTITIES, ("opens-x25519", "opens-mlkem768x25519"), strict=True):
        header = parsed((CORPUS / name).read_bytes())
        assert header
        assert identity.unwrap(header.stanzas) == bytes(16)


def test_the_corpus_hurts_nobody() -> None:
    for path in CORPUS.iterdir():
        check(path.read_bytes())


def test_the_fuzzer_finds_nothing(tmp_path: Path) -> None:
    done = fuzz("header_target", CORPUS, tmp_path, SECONDS, *OPTIONS)
    assert done.returncode == 0, (found(tmp_path), done.stderr[-4000:], done.stdout[-2000:])
    assert found(tmp_path) == []
    runs = re.search(r"Done (\d+) runs", done.stderr + done.stdout)
    assert runs, done.stderr[-4000:]
    assert int(runs.group(1)) >= len(list(CORPUS.iterdir()))


def test_the_fuzzer_finds_a_fault_and_prints_the_input(tmp_path: Path) -> None:
    done = fuzz("canary_target", CORPUS, tmp_path, SECONDS, *OPTIONS)
    assert done.returncode != 0
    assert "the canary sings" in done.stdout + done.stderr
    inputs = found(tmp_path) or [done.stderr.encode()]
    assert all(b"-> X25519 " in data for data in inputs)


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / ".gitattributes").write_text("* -text\n")
    done = fuzz("header_target", tmp_path / "corpus", tmp_path, SECONDS, *OPTIONS)
    assert done.returncode != 0
    assert "is empty" in done.stderr


def test_without_the_fuzzer_the_corpus_is_tried_alone(capsys: pytest.CaptureFixture[str]) -> None:
    try_alone("tests.fuzz.header_target", sorted(CORPUS.iterdir()))
    assert f"Done {len(list(CORPUS.iterdir()))} runs" in capsys.readouterr().out
