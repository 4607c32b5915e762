"""A corpus of files that lie, never end, or unpack to far more than they are: each is refused by name, or is pages."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.errors import Reason, UnsuitableFile
from ocr.jail.nursery import Nursery
from ocr.sanitise import Limits, sanitise
from tests.ocr.nurseries import below
from tests.samples import make_malformed
from tests.vault.world import photo

CORPUS = Path(__file__).parents[1] / "samples" / "malformed"
EXPECTED = dict(line.split() for line in CORPUS.with_suffix(".txt").read_text().splitlines())
LIMITS = Limits(file_bytes=1_000_000, pages=40, page_pixels=4_000_000, total_pixels=8_000_000, seconds=60)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with closing(Nursery()) as made:
        yield made


def outcome(nursery: Nursery, file: bytes, limits: Limits = LIMITS) -> str:
    try:
        return f"pages={len(list(sanitise(file, limits, _nursery=nursery)))}"
    except UnsuitableFile as refused:
        return str(refused.reason)


def test_the_corpus_is_what_its_script_makes() -> None:
    # By name alone: how well it packs is each machine's own.
    assert {path.name for path in CORPUS.iterdir()} == set(EXPECTED) == set(make_malformed.made())


@pytest.mark.parametrize("name", EXPECTED)
def test_a_malformed_file_is_an_error_or_pages_and_harms_nobody(nursery: Nursery, name: str) -> None:
    expected = EXPECTED[name].split("|")
    # Those that never end are not waited for as long as the others may take on a busy machine.
    limits = replace(LIMITS, seconds=1) if Reason.TOO_SLOW in expected else LIMITS
    assert outcome(nursery, (CORPUS / name).read_bytes(), limits) in expected
    # The next one's file is read as if nothing had been, and no child is left.
    assert outcome(nursery, photo()) == "pages=1"
    assert len(below(nursery.zygote_id or 0)) == 1
