"""The sums over all paths, against counting every path one by one."""

import itertools

import numpy as np
import pytest

from ocr.mrz.alphabet import ALPHABET, BLANK
from ocr.mrz.lattice import Lattice, length, places

SEEN = [ALPHABET.index(glyph) for glyph in "AB0"] + [BLANK]  # of fillers more may be lost than is seen


def random_lattice(steps: int, seed: int) -> Lattice:
    """Only three glyphs are likely anywhere, so that the paths can be counted."""
    chances = np.full((steps, BLANK + 1), 1e-9)
    chances[:, SEEN] += np.random.default_rng(seed).dirichlet(np.ones(len(SEEN)), steps)
    return np.asarray(np.log(chances / chances.sum(1, keepdims=True)), np.float32)


def counted(lattice: Lattice, prior: np.ndarray) -> tuple[np.ndarray, float]:
    found, total = np.zeros(prior.shape), 0.0
    for path in itertools.product(SEEN, repeat=len(lattice)):
        glyphs = [glyph for glyph, _ in itertools.groupby(path) if glyph != BLANK]
        if len(glyphs) == len(prior):
            chance = float(np.exp(sum(lattice[step, glyph] for step, glyph in enumerate(path))))
            chance *= float(np.prod([prior[place, glyph] for place, glyph in enumerate(glyphs)]))
            total += chance
            for place, glyph in enumerate(glyphs):
                found[place, glyph] += chance
    return found / total, float(np.log(total))


@pytest.mark.parametrize(("steps", "glyphs", "seed"), [(6, 1, 0), (6, 2, 1), (7, 3, 2), (5, 5, 3)])
def test_places_are_the_sums_over_all_paths(steps: int, glyphs: int, seed: int) -> None:
    prior = np.random.default_rng(seed + 9).uniform(0.2, 1.0, (glyphs, BLANK))
    for weights in (np.ones((glyphs, BLANK)), prior):
        lattices = [random_lattice(steps, seed), random_lattice(steps - 1, seed + 1)]  # of two lengths
        found = places(lattices, glyphs, np.stack([weights, weights]))
        for lattice, here in zip(lattices, found, strict=True):
            if len(lattice) < glyphs:
                continue
            probabilities, likelihood = counted(lattice, weights)
            probabilities /= weights  # which took part in finding the places only
            probabilities /= probabilities.sum(1, keepdims=True)
            assert here is not None
            np.testing.assert_allclose(here.probabilities, probabilities, atol=2e-4)
            assert abs(here.likelihood - likelihood) < 1e-3


def test_a_line_too_short_for_so_many_has_no_places() -> None:
    assert places([random_lattice(4, 0)], 5) == [None]
    assert places([random_lattice(5, 0), random_lattice(4, 0)], 5)[0] is not None


def test_a_long_line_of_doubts_stays_within_double_precision() -> None:
    noise = np.full((400, BLANK + 1), -np.log(BLANK + 1), np.float32)
    for glyphs in (30, 44):
        (found,) = places([noise], glyphs)
        assert found is not None
        np.testing.assert_allclose(found.probabilities, 1 / BLANK, rtol=1e-6)


@pytest.mark.parametrize(
    ("path", "count"), [("AAB", 2), ("A_A", 2), ("___", 0), ("A_B<<A", 4), ("A__A", 2), ("A", 1)]
)
def test_length_of_the_likeliest_path(path: str, count: int) -> None:
    rows = np.full((len(path), BLANK + 1), -9.0, np.float32)
    for step, glyph in enumerate(path):
        rows[step, BLANK if glyph == "_" else ALPHABET.index(glyph)] = 0
    assert length(rows) == count
