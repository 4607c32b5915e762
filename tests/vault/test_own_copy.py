"""Her own copy: hers alone, at any time, and an entry before it leaves."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pypdfium2 as pdfium
import pytest

from tests.vault.world import NOBODY_THERE, World
from vault.blobs import Blobs
from vault.crypto.errors import OldVersion
from vault.documents import see_content
from vault.errors import KeyReplaced, NotFound, StoreUnavailable
from vault.own_copy import own_copy
from vault.resealing import reseal_document
from vault.rotation import replace_holder_key
from vault.tables import StoredObject


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


class Meanwhile:
    """A part of the vault during whose first call something else happens, when its answer is known or before."""

    def __init__(self, part: Any, during: str, act: Callable[[], object], *, before: bool = False) -> None:
        self._part, self._during, self._before = part, during, before
        self._acts = [act]

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._part, name)
        if name != self._during:
            return asked

        def watched(*given: Any) -> Any:
            act = self._acts.pop() if self._acts else lambda: None
            if self._before:
                act()
            answer = asked(*given)
            if isinstance(answer, Iterator):
                answer = list(answer)
            if not self._before:
                act()
            return answer

        return watched


LOOKS: dict[str, Callable[[World], object]] = {
    "her own copy": lambda w: own_copy(w.vault, w.seed.hoa.principal, w.contract),
    "what was read": lambda w: see_content(w.vault, w.seed.hoa.principal, w.contract),
}


@pytest.mark.parametrize("look", LOOKS)
def test_her_key_is_replaced_in_mid_use_and_it_is_no_alarm(look: str, world: World) -> None:
    hers = world.seed.hoa.holder_id
    keyring = Meanwhile(world.vault.keyring, "unwrap_many", lambda: replace_holder_key(world.vault, hers))
    before = world.history(hers)
    with pytest.raises(KeyReplaced):
        LOOKS[look](replace(world, vault=replace(world.vault, keyring=keyring)))
    new = world.history(hers)[: -len(before)]
    assert [entry.kind for entry in new] == ["holder_key_replaced"]
    assert LOOKS[look](world)


@pytest.mark.parametrize("before", [True, False], ids=["the first page", "a later page"])
def test_sealed_anew_while_she_fetches_it_she_is_told_to_try_again(before: bool, own_world: World) -> None:
    world = own_world
    blobs: Any = Meanwhile(
        world.vault.blobs, "get", lambda: reseal_document(world.vault, world.contract), before=before
    )
    with pytest.raises(StoreUnavailable):
        own_copy(replace(world.vault, blobs=blobs), world.seed.hoa.principal, world.contract)
    assert own_copy(world.vault, world.seed.hoa.principal, world.contract).content.startswith(b"%PDF-")


def test_an_old_row_that_was_put_back_is_told_for_what_it_is(own_world: World) -> None:
    world = own_world
    old = world.objects(world.contract)
    reseal_document(world.vault, world.contract)
    with world.vault.database.write() as session:
        for row in old:
            session.merge(StoredObject(**row.model_dump()))
    with pytest.raises(OldVersion):
        own_copy(world.vault, world.seed.hoa.principal, world.contract)
