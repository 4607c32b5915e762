"""Each keyring there is, on the real thing or the closest to it, in one form for the tests that all must pass."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kms import RunningKms, kms
from tests.openbao import RunningBao
from vault.keyring import Keyring, open_local
from vault.keyring.aws import open_kms
from vault.keyring.openbao import open_openbao
from vault.keyring.private_file import create_private
from vault.keyring.root_file import Cost, RootKeys, make_lock, new_root_key, write_document

__all__ = ["Kind", "kind", "kms"]

PASSPHRASE = b"correct horse battery staple"
CHEAP = Cost(bytes(16), passes=1, memory_kib=64, lanes=1)
"""What is tested here is not how long guessing takes."""


@dataclass(frozen=True)
class Kind:
    """One kind of keyring, with a fresh root key.

    `opened` opens it as a vault does, `managed` as the `rotate-root` command does: as two processes would. `other` has
    another root key. `down` makes it unusable while the block runs.
    """

    opened: Callable[[], Keyring]
    managed: Callable[[], Keyring]
    other: Callable[[], Keyring]
    down: Callable[[], AbstractContextManager[None]]


@pytest.fixture(params=["file", "file with passphrase", "OpenBao", "KMS"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    match request.param:
        case "OpenBao":
            return _on_openbao(request.getfixturevalue("openbao"))
        case "KMS":
            return _on_kms(request.getfixturevalue("kms"))
        case "file":
            return _in_a_file(tmp_path, None)
        case _:
            return _in_a_file(tmp_path, PASSPHRASE)


def _in_a_file(folder: Path, passphrase: bytes | None) -> Kind:
    path, elsewhere = folder / "root.key", folder / "elsewhere"

    def opened() -> Keyring:
        return open_local(path, passphrase)

    @contextmanager
    def down() -> Iterator[None]:
        path.rename(elsewhere)
        yield
        elsewhere.rename(path)

    def made(path: Path) -> Keyring:
        lock = None if passphrase is None else make_lock(passphrase, CHEAP)
        create_private(path, write_document(RootKeys({1: new_root_key()}, lock)))
        return open_local(path, passphrase)

    made(path)
    return Kind(opened, opened, lambda: made(folder / "other.key"), down)


def _on_openbao(server: RunningBao) -> Kind:
    transit_key = server.new_key()

    @contextmanager
    def down() -> Iterator[None]:
        server.stop()
        yield
        server.start()

    return Kind(
        opened=lambda: open_openbao(transit_key.serving),
        managed=lambda: open_openbao(transit_key.rotating),
        other=lambda: open_openbao(server.new_key().serving),
        down=down,
    )


def _on_kms(server: RunningKms) -> Kind:
    address = server.new_alias()

    @contextmanager
    def down() -> Iterator[None]:
        server.gate.shut()
        yield
        server.gate.open()

    def opened() -> Keyring:
        return open_kms(address)

    return Kind(opened, opened, lambda: open_kms(server.new_alias()), down)
