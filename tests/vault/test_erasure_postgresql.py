"""Erasing, and the erasure list, on a real PostgreSQL."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from tests.postgres import RunningPostgres
from tests.vault.world import found, open_vault, photo
from vault.backup import BackupError, backup
from vault.blobs import StoreAddress
from vault.erasure import Replayed, erase_document, erase_holder, replay
from vault.tables import Holder, HolderKey, StoredObject


def test_what_was_erased_stays_closed_on_an_older_copy_of_the_server(
    postgres: RunningPostgres, own_bucket: StoreAddress, tmp_path: Path
) -> None:
    name = postgres.new_database()
    world = found(tmp_path, own_bucket, postgres.url(name))
    paper, other = world.deposit([photo()]).document_id, world.deposit([photo("other")]).document_id
    world.vault.database.close()
    older = postgres.new_database(template=name)

    world = world.reopened()
    done = erase_document(world.vault, paper), erase_holder(world.vault, world.seed.hoa.holder_id)
    assert [(each.documents, each.finished) for each in done] == [(1, True), (1, True)]
    assert not world.objects()
    assert replay(world.vault) == Replayed(0, 0, ())
    world.vault.database.close()

    again = replace(world, vault=open_vault(tmp_path, world.vault.blobs, world.clock, postgres.url(older)))
    assert {row.document_id for row in again.objects()} == {paper, other}
    assert replay(again.vault) == Replayed(2, 0, ())
    with again.vault.database.read() as session:
        assert session.exec(select(HolderKey.holder_id)).all() == [again.seed.lan.holder_id]
        assert not session.exec(select(StoredObject)).all()
        assert session.get_one(Holder, again.seed.hoa.holder_id).erased_at is not None
    assert again.verdict().ok
    with pytest.raises(BackupError, match="pg_dump"):
        backup(again.vault, tmp_path / "backup")
    again.vault.database.close()
