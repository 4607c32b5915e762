"""Her own copy: hers alone, at any time, and an entry before it leaves."""

from dataclasses import replace

import pypdfium2 as pdfium
import pytest

from tests.vault.world import NOBODY_THERE, World
from vault.blobs import Blobs
from vault.errors import NotFound, StoreUnavailable
from vault.own_copy import own_copy


def test_she_takes_her_paper_without_asking_anybody(world: World) -> None:
    copy = own_copy(world.vault, world.seed.hoa.principal, world.contract)
    document = pdfium.PdfDocument(copy.content)
    assert len(document) == len([row for row in world.objects(world.contract) if row.role == "page"])
    assert copy.name == "paper.pdf"
    newest = world.history(world.seed.hoa.holder_id)[0]
    assert (newest.kind, newest.body["policies"]) == ("own_copy", ["holder-sees-own-copy"])


def test_nobody_else_takes_it(world: World) -> None:
    before = len(world.entries())
    for document_id in (world.lans_contract, "doc_that_is_not_there"):
        with pytest.raises(NotFound):
            own_copy(world.vault, world.seed.hoa.principal, document_id)
    assert len(world.entries()) == before


def test_with_the_store_down_nothing_is_handed_out(world: World) -> None:
    down = replace(world.vault, blobs=Blobs(NOBODY_THERE))
    with pytest.raises(StoreUnavailable):
        own_copy(down, world.seed.hoa.principal, world.contract)
