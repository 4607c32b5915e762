"""The operator's limits hold for a deposit, and each refusal says the limit that was passed."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from api.embedded_store import RunningStore
from api.settings import Settings
from api.wiring import open_vault
from tests.running import RunningVault, problem, serving
from tests.vault.world import NOBODY_THERE, World, copied, photo

TIGHT: dict[str, object] = {
    "most_file_bytes": 1_000_000,
    "most_pages": 2,
    "most_page_megapixels": 1,
    "most_total_megapixels": 2,
}


@pytest.fixture(scope="module")
def tight_vault(
    bare_world: World, tmp_path_factory: pytest.TempPathFactory, object_store: RunningStore
) -> Iterator[RunningVault]:
    world = copied(bare_world, tmp_path_factory.mktemp("tight"), object_store.address)
    limits = Settings(data_folder=world.folder, **TIGHT).limits  # type: ignore[arg-type]
    with serving(replace(world, vault=replace(world.vault, limits=limits)), **TIGHT) as running:
        yield running
    world.vault.database.close()


def page(width: int, height: int, form: str = "JPEG", pages: int = 1) -> bytes:
    out = io.BytesIO()
    image = Image.effect_noise((width, height), 90).convert("RGB")
    more = {"save_all": True, "append_images": [image] * (pages - 1)} if pages > 1 else {}
    image.save(out, form, **more)
    return out.getvalue()


@pytest.mark.parametrize(
    ("files", "code", "says"),
    [
        ([photo() + bytes(1_000_000)], "file-too-large", "1 MB"),
        ([page(60, 40, "TIFF", 3)], "file-too-many-pages", "2 pages"),
        ([photo()] * 3, "too-many-pages", "2 pages"),
        ([page(1_100, 1_000)], "file-page-too-large", "1 million"),
        (
            [page(1_000, 1_000), page(1_000, 1_000), page(60, 40)],
            "file-too-large-in-total",
            "2 million",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_refusal_names_the_limit(
    tight_vault: RunningVault, files: list[bytes], code: str, says: str
) -> None:
    desk, holder_id = tight_vault.staff("hanoi"), tight_vault.world.seed.hoa.holder_id
    answer = desk.http.post(
        f"/v1/holders/{holder_id}/documents",
        params={"kind": "contract", "overrule": "only_copy"},
        files=[("files", ("page", content, "image/png")) for content in files],
        headers={"Idempotency-Key": "the same"},
    )
    problem(answer, 422, code)
    assert says in answer.json()["title"]
    assert says in tight_vault.nobody().get(f"/v1/problems/{code}").json()["titles"]["en"]
    assert tight_vault.world.documents() == []


def test_a_limit_of_time_is_said_in_every_language(tight_vault: RunningVault) -> None:
    answer = tight_vault.nobody().get("/v1/problems/file-too-slow").json()
    assert "30 seconds" in answer["titles"]["en"]
    assert "30 giây" in answer["titles"]["vi"]


def test_settings_become_the_vaults_limits(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path / "data", **TIGHT, most_file_seconds=7)  # type: ignore[arg-type]
    vault = open_vault(settings, NOBODY_THERE)
    vault.database.close()
    assert vault.limits == settings.limits
    assert (vault.limits.file_bytes, vault.limits.pages, vault.limits.seconds) == (1_000_000, 2, 7)
    assert (vault.limits.page_pixels, vault.limits.total_pixels) == (1_000_000, 2_000_000)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"most_pages": 0},
        {"most_pages": 401},
        {"most_file_seconds": 0},
        {"most_file_bytes": 0},
        {"most_file_bytes": 500_000_001},
        {"most_upload_bytes": 0},
        {"most_upload_bytes": 500_000_001},
    ],
)
def test_a_limit_that_lets_nothing_or_everything_through_is_refused(nonsense: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="most_"):
        Settings(**nonsense)  # type: ignore[arg-type]
