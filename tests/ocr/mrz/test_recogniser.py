"""The recogniser reads strips that nobody trained it on, and says how sure it is. The strips are rendered specimens."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.mrz.alphabet import ALPHABET, BLANK
from ocr.mrz.recogniser import Image, Lattice, lattices

# The specimen of ICAO Doc 9303 part 4, appendix B.
SAID = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")


def strip(level: int, line: int) -> Image:
    path = Path(__file__).parent / "strips" / f"level{level}_line{line}.png"
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)


def greedy(lattice: Lattice) -> str:
    best = lattice.argmax(axis=1)
    steps = zip(best, [BLANK, *best[:-1]], strict=True)
    return "".join(ALPHABET[now] for now, before in steps if now not in (BLANK, before))


@pytest.mark.parametrize("level", range(3))
def test_reads_lines_from_clean_to_fair(level: int) -> None:
    read = lattices([strip(level, 1), strip(level, 2)])

    assert tuple(greedy(lattice) for lattice in read) == SAID


@pytest.mark.parametrize("line", [1, 2])
def test_worn_lines_keep_their_length_and_all_but_a_few_glyphs(line: int) -> None:
    said = SAID[line - 1]

    read = greedy(lattices([strip(3, line)])[0])

    assert len(read) == len(said)
    assert sum(a != b for a, b in zip(read, said, strict=True)) <= 4


def test_a_lattice_holds_log_probabilities_for_every_four_columns() -> None:
    picture = strip(1, 1)

    (lattice,) = lattices([picture])

    assert lattice.dtype == np.float32
    assert lattice.shape == (-(-picture.shape[1] // 4), len(ALPHABET) + 1)
    assert np.allclose(np.exp(lattice).sum(axis=1), 1, atol=1e-3)


def test_an_unreadable_glyph_is_doubtful_and_its_neighbours_are_not() -> None:
    picture = strip(0, 2).copy()
    (clear,) = lattices([picture])
    inked = [step for step, best in enumerate(clear.argmax(axis=1)) if best != BLANK]
    middle = inked[len(inked) // 2]
    picture[:, 4 * middle - 9 : 4 * middle + 9] = int(np.median(picture))

    (doubtful,) = lattices([picture])

    assert np.exp(doubtful[middle, clear[middle].argmax()]) < 0.5
    far = [step for step in inked if abs(step - middle) > 15]
    assert np.array_equal(doubtful[far].argmax(axis=1), clear[far].argmax(axis=1))


def test_strips_of_different_widths_are_read_as_if_alone() -> None:
    long, short = strip(0, 1), strip(0, 2)[:, :300]

    together = lattices([short, long, short])

    assert [len(lattice) for lattice in together] == [75, -(-long.shape[1] // 4), 75]
    assert greedy(together[0]) == greedy(together[2]) == greedy(lattices([short])[0])
    assert greedy(together[1]) == SAID[0]


def test_brightness_and_contrast_do_not_matter() -> None:
    picture = strip(0, 2)
    faint = (picture // 3 + 20).astype(np.uint8)

    assert greedy(lattices([faint])[0]) == SAID[1]


def test_an_empty_strip_says_nothing() -> None:
    assert greedy(lattices([np.full((32, 400), 200, np.uint8)])[0]) == ""


def test_no_strips_no_lattices_and_many_in_order() -> None:
    assert lattices([]) == []
    read = [greedy(lattice) for lattice in lattices([strip(0, 1 + i % 2) for i in range(11)])]
    assert read == [SAID[i % 2] for i in range(11)]


def test_threads_share_the_net() -> None:
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda line: greedy(lattices([strip(0, line)])[0]), [1, 2] * 6))

    assert read == list(SAID) * 6


@pytest.mark.parametrize(
    "bad", [np.zeros((24, 400), np.uint8), np.zeros((32, 400, 3), np.uint8), np.zeros((32, 0), np.uint8)]
)
def test_other_shapes_are_refused(bad: Image) -> None:
    with pytest.raises(ValueError, match="32 rows"):
        lattices([bad])
