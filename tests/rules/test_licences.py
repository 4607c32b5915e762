"""Everything the product is made of may be given on under Apache-2.0: told by the packages' own metadata."""

import re
from importlib import metadata
from pathlib import Path

import pytest

LOCK = Path(__file__).parents[2] / "requirements.lock"
FITTING = ("apache", "bsd", "mit", "psf", "python software foundation", "mpl-2.0", "isc", "zlib", "cc0")
CHECKED_BY_HAND = {
    "cedarpy": "Apache-2.0, says its repository; the wheel names none",
    "pi-heif": "BSD-3-Clause; carries libheif and libde265 as shared libraries under the LGPL, and no GPL encoder",
    "python-dateutil": "Apache-2.0 or BSD-3-Clause, says its LICENSE; the metadata says 'Dual License'",
}


def locked() -> list[str]:
    return re.findall(r"^([a-z0-9][a-z0-9._-]*)==", LOCK.read_text(), re.MULTILINE)


def declared(package: str) -> str:
    about = metadata.metadata(package).json
    classifiers = [each for each in about.get("classifier", []) if each.startswith("License ::")]
    named = [str(about.get(name, ""))[:200] for name in ("license_expression", "license")]
    return " ".join([*named, *classifiers]).lower()


def test_the_lock_is_not_empty() -> None:
    assert len(locked()) > 20


@pytest.mark.parametrize("package", locked())
def test_its_licence_fits(package: str) -> None:
    try:
        licence = declared(package)
    except metadata.PackageNotFoundError:
        return  # locked for another platform
    if package not in CHECKED_BY_HAND:
        assert any(each in licence for each in FITTING), licence
        assert "gpl" not in licence, licence
