"""Her history on the pages: what was done with each of her papers, each time."""

from datetime import timedelta

from tests.api.pages.visitor import holder
from tests.running import RunningVault, done
from tests.vault.world import photo
from vault.resealing import reseal_document

SEALED_ANEW = "put a new lock on your paper"


def deposited(running: RunningVault) -> str:
    pages = [photo("CONTRACT"), photo("page two")]
    answer = done(running.staff("hanoi").deposit(running.world.seed.hoa.holder_id, pages), 201)
    return str(answer["document_id"])


def test_that_a_paper_was_sealed_anew_is_told_once_for_each_paper_and_day(
    running_vault: RunningVault,
) -> None:
    world, first, second = running_vault.world, deposited(running_vault), deposited(running_vault)
    world.clock.now = world.clock.now.replace(hour=12) + timedelta(days=1)
    for document_id in (first, second):
        assert reseal_document(world.vault, document_id) == 4
    world.clock.move(timedelta(days=1))
    assert reseal_document(world.vault, second) == 4
    assert holder(running_vault).get("/card/history").html.count(SEALED_ANEW) == 3
