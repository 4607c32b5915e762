"""The keyring is sealed, down or silent: what needs a key waits, nothing is half-done, everything else goes on."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from api.embedded_store import RunningStore
from tests.openbao import RunningBao
from tests.running import RunningVault, done, problem, serving
from tests.vault.world import World, copied, photo
from vault.crypto.context import encode_context
from vault.keyring import Keyring
from vault.keyring.openbao import OpenBaoKeyring
from vault.tables import HolderKey, RootVersion, VaultSecret
from vault.vault import secret_context


def moved_to(world: World, keyring: Keyring) -> World:
    """The same world with every wrap made by another keyring."""
    old = world.vault.keyring

    def moved(row: HolderKey | VaultSecret, context: bytes) -> None:
        row.wrapped = keyring.wrap(old.unwrap(row.wrapped, context), context)
        row.root_version = keyring.version_of(row.wrapped)

    with world.vault.database.write() as session:
        for key in session.exec(select(HolderKey)):
            moved(key, encode_context("holder key", key.holder_id))
        for secret in session.exec(select(VaultSecret)):
            moved(secret, secret_context(secret.name))
        for version in session.exec(select(RootVersion)):
            session.delete(version)
        session.add(RootVersion(version=keyring.current(), state="current", since=world.clock()))
    return replace(world, vault=replace(world.vault, keyring=keyring))


@pytest.fixture
def guarded(
    bare_world: World, tmp_path: Path, object_store: RunningStore, openbao: RunningBao
) -> Iterator[RunningVault]:
    """A vault whose root key is in OpenBao."""
    world = copied(bare_world, tmp_path, object_store.address)
    world = moved_to(world, OpenBaoKeyring(openbao.new_key().serving))
    with serving(world) as running:
        yield running
    world.vault.database.close()


def stop(openbao: RunningBao) -> None:
    openbao.stop()


def seal(openbao: RunningBao) -> None:
    openbao.seal()


def silence(openbao: RunningBao) -> None:
    openbao.pause()


def again(openbao: RunningBao) -> None:
    """Whatever was done to it, it serves again."""
    openbao.go_on()
    openbao.stop()
    openbao.start()


@pytest.mark.parametrize("harm", [stop, seal, silence], ids=["down", "sealed", "silent"])
def test_what_needs_a_key_waits_and_the_rest_goes_on(
    guarded: RunningVault, openbao: RunningBao, harm: Callable[[RunningBao], None]
) -> None:
    document_id, request_id = guarded.deposited(), guarded.asked()
    grant = guarded.granted(request_id, [document_id])
    unanswered = guarded.asked()
    hanoi, penang, hoa = guarded.staff("hanoi"), guarded.staff("penang"), guarded.holder()
    hers = guarded.world.seed.hoa.holder_id
    harm(openbao)
    try:
        entries, objects = len(guarded.world.entries()), len(guarded.world.objects())
        copies = f"/v1/requests/{request_id}/copies"
        refused = [
            hanoi.deposit(hers, [photo()], key="while it is down"),
            penang.post(copies, {"form": "copy"}, key="this copy"),
            hoa.post(f"/v1/me/documents/{document_id}/copy"),
            hanoi.get("/v1/holders"),
        ]
        for answer in refused:
            problem(answer, 503, "keyring-unavailable")
            assert int(answer.headers["retry-after"]) > 0
        assert (len(guarded.world.entries()), len(guarded.world.objects())) == (entries, objects)
        assert penang.get(f"/v1/requests/{request_id}/grant").json()["used"] == 0

        done(guarded.nobody().post("/v1/sessions", {"login": "hanoi", "password": "wrong"}), 401)
        assert guarded.staff("penang").get("/v1/cases").status_code == 200
        assert guarded.asked()
        assert guarded.holder().get("/v1/me/history").status_code == 200
        assert hoa.post(f"/v1/me/requests/{unanswered}/refusal").status_code < 300
        assert hoa.post(f"/v1/me/grants/{grant['grant_id']}/withdrawal").status_code < 300
        problem(penang.post(copies, {"form": "copy"}, key="this copy"), 403, "grant-withdrawn")
    finally:
        again(openbao)
    limit = time.monotonic() + 60
    while hanoi.get("/v1/holders").status_code != 200:
        assert time.monotonic() < limit
        time.sleep(0.2)
    done(hanoi.deposit(hers, [photo()], key="while it is down"), 201)
    later = guarded.asked()
    guarded.granted(later, [document_id])
    copy = penang.post(f"/v1/requests/{later}/copies", {"form": "copy"})
    assert (copy.status_code, copy.content[:5]) == (200, b"%PDF-")
    assert guarded.world.verdict().ok
