"""The jail's two doors under a fuzzer for a bounded time: what a child says, and what a file does to a child."""

import re
from pathlib import Path

import pytest

from tests.fuzz import decoding_target, framing_target
from tests.fuzz.bounded import FOLDER, found, fuzz
from tests.fuzz.framing_target import LIMITS, accepted

FRAMING = FOLDER / "corpus" / "framing"
FILES = FOLDER.parent / "samples" / "malformed"
SECONDS = 3


def test_the_corpus_of_framing_reaches_what_it_is_there_for() -> None:
    answers = [accepted(said[0], said[1:]) for path in FRAMING.iterdir() if (said := path.read_bytes())]
    pages = [each for each in answers if each is not None]
    assert LIMITS.pages in [len(each) for each in pages]
    assert [] in pages
    assert answers.count(None) >= 8


def test_the_corpus_of_framing_hurts_nobody() -> None:
    for path in FRAMING.iterdir():
        framing_target.check(path.read_bytes())


@pytest.mark.parametrize(
    ("target", "corpus", "longest"),
    [("framing_target", FRAMING, framing_target.LONGEST), ("decoding_target", FILES, 30_000)],
)
def test_the_fuzzer_finds_nothing(tmp_path: Path, target: str, corpus: Path, longest: int) -> None:
    done = fuzz(target, corpus, tmp_path, SECONDS, f"-max_len={longest}")
    assert done.returncode == 0, (found(tmp_path), done.stderr[-4000:], done.stdout[-2000:])
    assert found(tmp_path) == []
    runs = re.search(r"Done (\d+) runs", done.stderr + done.stdout)
    assert runs, done.stderr[-4000:]
    assert int(runs.group(1)) >= len(list(corpus.iterdir())) // 2


def test_a_decoder_that_is_taken_over_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from ocr.errors import Reason, UnsuitableFile

    def lied(*_: object) -> list[object]:
        raise UnsuitableFile(Reason.DECODER_LIED)

    monkeypatch.setattr(decoding_target, "sanitise", lied)
    with pytest.raises(AssertionError, match="no picture"):
        decoding_target.check(b"")
