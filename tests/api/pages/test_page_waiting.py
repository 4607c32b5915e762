"""What was read appears as soon as it is there: without scripts, and without asking all the time."""

import re
from pathlib import Path

import pytest

import api.jobs
from api.embedded_store import RunningStore
from tests.api.pages.visitor import PASSPORT, Visitor, staff
from tests.running import RunningVault, serving
from tests.vault.world import World, copied

REFRESH = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"]+)">')


def read_at_last(desk: Visitor) -> int:
    """Follows the page where it leads until it leads nowhere; how often it did."""
    followed = 0
    while found := REFRESH.search(desk.page.html):
        assert found[1] == f"{desk.page.path.partition('?')[0]}?wait=1"
        desk.get(found[1])
        followed += 1
        assert followed < 100
    return followed


def test_the_page_leads_to_itself_until_the_paper_is_read(running_vault: RunningVault) -> None:
    desk = staff(running_vault, "hanoi")
    path = f"/staff/holders/{running_vault.world.seed.hoa.holder_id}"
    desk.get(path)
    desk.submit(path, {"kind": "passport"}, files=[PASSPORT.read_bytes()])
    read_at_last(desk)
    assert "B0731616" in desk.page.html
    document_path = desk.page.path.partition("?")[0]
    # Read already: asked to wait, it answers all the same, and the way to the other language does not wait.
    page = desk.get(f"{document_path}?wait=1")
    assert "B0731616" in page.html
    assert not any("wait" in link for link in page.links)
    staff(running_vault, "hue").get(f"{document_path}?wait=1", 404)


def test_a_deposit_wakes_the_worker(
    bare_world: World, tmp_path: Path, object_store: RunningStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that would look again in an hour reads it now, whichever way it was deposited."""
    monkeypatch.setattr(api.jobs, "POLL_SECONDS", 3600.0)
    world = copied(bare_world, tmp_path, object_store.address)
    with serving(world) as running:
        for _ in range(2):
            desk = staff(running, "hanoi")
            document_id = running.deposited()
            desk.get(f"/staff/documents/{document_id}")
            read_at_last(desk)
            path = f"/staff/holders/{world.seed.hoa.holder_id}"
            desk.get(path)
            desk.submit(path, {"kind": "passport"}, files=[PASSPORT.read_bytes()])
            read_at_last(desk)
            assert "B0731616" in desk.page.html
    world.vault.database.close()
