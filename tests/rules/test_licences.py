"""Everything the product is made of may be given on under Apache-2.0: told by the packages' own metadata."""

import re
from importlib import metadata
from pathlib import Path

import pytest

LOCK = Path(__file__).parents[2] / "requirements.lock"
FITTING = ("apache", "bsd", "mit", "psf", "python software foundation", "mpl-2.0", "isc", "zlib", "cc0")
CHECKED_BY_HAND = {
    "cedarpy": "Apache-2.0, says its repository; the wheel names none",
    "python-dateutil": "Apache-2.0 or BSD-3-Clause, says its LICENSE; the metadata says 'Dual License'",
}


def locked() -> list[str]:
    return re.findall(r"^([a-z0-9][a-z0-9._-]*)==", LOCK.read_text(), re.MULTILINE)


def declared(package: str) -> str:
    about = metadata.metadata(package)
    classifiers = [each for each in about.get_all("Classifier") or [] if each.startswith("License ::")]
    return " ".join(
        [about.get("License-Expression") or "", (about.get("License") or "")[:200], *classifiers]
    ).lower()


def test_the_lock_is_not_empty() -> None:
    assert len(locked()) > 20


@pytest.mark.parametrize("package", locked())
def test_its_licence_fits(package: str) -> None:
    try:
        licence = declared(package)
    except metadata.PackageNotFoundError:
        return  # locked for another platform
    assert package in CHECKED_BY_HAND or any(each in licence for each in FITTING), licence
    assert not re.search(r"\b(a?gpl|gnu)", licence.replace("lgpl", "")), licence
