"""The root key file: as specified, refused in every other form, whole after a crash, shared by processes."""

import json
import os
import re
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from tests.vault.crypto.test_spec import SPEC, context, hkdf, raw, text
from tests.vault.keyring.conftest import CHEAP
from vault.crypto.errors import VersionRetired
from vault.errors import KeyringUnavailable
from vault.keyring import KeyringError, create_local, open_local
from vault.keyring.root_file import Lock, RootKeys, make_lock, read_document, write_document

PLAIN, SEALED = (each for each in re.findall(r"```json\n(.*?)```", SPEC, re.DOTALL) if "root-keys" in each)
PASSPHRASE = b"correct horse battery staple"
SECRET, PLACE = bytes(32), b"place"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "root.key"


@pytest.mark.parametrize(("document", "passphrase"), [(PLAIN, None), (SEALED, PASSPHRASE)])
def test_the_files_in_the_specification_open_its_example(
    document: str, passphrase: bytes | None, path: Path
) -> None:
    keep(path, document.encode())
    keyring = open_local(path, passphrase)
    assert keyring.current() == text("root version")
    assert keyring.unwrap(raw("wrapped holder key"), raw("holder context")) == raw("holder key")


def test_the_sealed_file_in_the_specification_is_recomputed() -> None:
    """Apart from our code: with Argon2id, HKDF and AES-256-GCM-SIV alone."""
    told = json.loads(SEALED)
    cost, sealed = told["argon2id"], bytes.fromhex(told["sealed"])
    derived = hash_secret_raw(
        PASSPHRASE,
        bytes.fromhex(cost["salt"]),
        time_cost=cost["passes"],
        memory_cost=cost["memory_kib"],
        parallelism=cost["lanes"],
        hash_len=32,
        type=Type.ID,
        version=19,
    )
    label = "migrant-vault/v1/root-keys"
    place = context(label, bytes.fromhex(cost["salt"]), cost["passes"], cost["memory_kib"], cost["lanes"])
    opened = AESGCMSIV(hkdf(derived, context(label))).decrypt(sealed[1:13], sealed[13:], place)
    assert json.loads(opened) == {"1": raw("root key").hex()}


def test_a_passphrase_costs_what_rfc_9106_recommends(path: Path) -> None:
    create_local(path, PASSPHRASE)
    told = json.loads(path.read_bytes())
    assert "root_keys" not in told
    # Section 4, the second recommended choice.
    assert {name: told["argon2id"][name] for name in ("passes", "memory_kib", "lanes")} == {
        "passes": 3,
        "memory_kib": 64 * 1024,
        "lanes": 4,
    }
    assert create_local(path.with_name("another.key"), PASSPHRASE).current() == "1"
    assert (
        json.loads(path.with_name("another.key").read_bytes())["argon2id"]["salt"] != told["argon2id"]["salt"]
    )
    with pytest.raises(KeyringError, match="has a passphrase"):
        open_local(path)
    with pytest.raises(KeyringError, match="does not open"):
        open_local(path, PASSPHRASE + b".")


def test_a_passphrase_that_is_not_needed_is_told(path: Path) -> None:
    create_local(path)
    with pytest.raises(KeyringError, match="give none"):
        open_local(path, PASSPHRASE)
    with pytest.raises(KeyringError, match="empty"):
        create_local(path.with_name("another.key"), b"")


def plain(**changed: Any) -> dict[str, Any]:
    return {**json.loads(PLAIN), **changed}


def sealed(**changed: Any) -> dict[str, Any]:
    told = json.loads(SEALED)
    return {**told, "argon2id": {**told["argon2id"], **changed}}


KEY = "00" * 32
MALFORMED: list[object] = [
    [],
    "migrant-vault/v1/root-keys",
    plain(format="migrant-vault/v2/root-keys"),
    plain(comment="hello"),
    plain(root_keys={}),
    plain(root_keys=[KEY]),
    plain(root_keys={"1": KEY[:-2]}),
    plain(root_keys={"1": KEY + "00"}),
    plain(root_keys={"1": "AB" * 32}),
    plain(root_keys={"1": 5}),
    *(plain(root_keys={version: KEY}) for version in ("0", "01", "-1", "1.0", "", "x", "1" * 10, "\u0661")),
    {**plain(), **sealed()},
    sealed(salt="00" * 15),
    sealed(salt=5),
    sealed(passes=0),
    sealed(passes=101),
    sealed(passes=True),
    sealed(passes="3"),
    sealed(memory_kib=(1 << 20) + 1),
    sealed(lanes=65),
    sealed(other=1),
    {**json.loads(SEALED), "argon2id": None},
    {**json.loads(SEALED), "sealed": "xyz"},
]


@pytest.mark.parametrize("told", MALFORMED, ids=range(len(MALFORMED)))
def test_a_document_of_any_other_form_is_refused(told: object) -> None:
    """Before anything is derived: a damaged file must not take the machine."""
    passphrase = PASSPHRASE if "argon2id" in str(told) else None
    with pytest.raises(KeyringError):
        read_document(json.dumps(told).encode(), passphrase)


@pytest.mark.parametrize("content", [b"\xff", b"[" * 60_000, b"{} {}", b"\0" * 100])
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(KeyringError, match="not a root key file"):
        read_document(content, None)


def test_a_sealed_file_that_was_changed_does_not_open() -> None:
    keys = RootKeys({1: bytes(32)}, make_lock(PASSPHRASE, CHEAP))
    told = json.loads(write_document(keys))
    assert read_document(json.dumps(told).encode(), PASSPHRASE).by_version == {1: bytes(32)}
    last = told["sealed"][-1]
    for changed in (
        {**told, "sealed": told["sealed"][:-1] + ("0" if last != "0" else "1")},
        {**told, "sealed": ""},
        {**told, "argon2id": {**told["argon2id"], "passes": 2}},
        {**told, "argon2id": {**told["argon2id"], "salt": "11" * 16}},
    ):
        with pytest.raises(KeyringError, match="does not open"):
            read_document(json.dumps(changed).encode(), PASSPHRASE)


def test_some_other_long_file_is_not_read(path: Path) -> None:
    keep(path, bytes(1 << 17))
    with pytest.raises(KeyringError, match="some other file"):
        open_local(path)


def test_killed_at_any_step_of_a_rotation_the_file_is_whole_and_rotates_again(path: Path) -> None:
    wrapped = create_local(path).wrap(SECRET, PLACE)
    steps = killed_at_every_step(lambda: open_local(path).rotate(), lambda: opens(path, wrapped))
    assert steps > 10
    assert open_local(path).rotate() == open_local(path).current()
    assert [each.name for each in path.parent.iterdir()] == ["root.key"]


def test_killed_at_any_step_of_a_retirement_the_current_version_opens(path: Path) -> None:
    keyring = create_local(path)
    old = keyring.wrap(SECRET, PLACE)
    current = keyring.rotate()
    wrapped = keyring.wrap(SECRET, PLACE)
    keep(path.with_name("before.key"), path.read_bytes())
    tried = path.with_name("tried.key")

    def retire() -> None:
        open_local(tried).retire_all_but(current)

    def check() -> None:
        opens(tried, wrapped)
        open_local(tried).retire_all_but(current)
        with pytest.raises(VersionRetired):
            open_local(tried).unwrap(old, PLACE)
        keep(tried, path.with_name("before.key").read_bytes())

    keep(tried, path.read_bytes())
    assert killed_at_every_step(retire, check) > 10


def test_two_processes_that_rotate_at_once_lose_no_version(path: Path) -> None:
    """Each has its own keyring on the file; what keeps them apart is the lock on the folder."""
    create_local(path)
    keyrings = [open_local(path) for _ in range(4)]

    def rotate(number: int) -> tuple[str, bytes]:
        version = keyrings[number % 4].rotate()
        return version, keyrings[number % 4].wrap(SECRET, PLACE)

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(rotate, range(12)))
    assert sorted(int(version) for version, _ in made) == list(range(2, 14))
    assert open_local(path).unwrap_many([(wrapped, PLACE) for _, wrapped in made]) == [SECRET] * 12


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_file_that_others_come_to_reach_is_not_used_until_it_is_closed_to_them(
    mode: int, path: Path
) -> None:
    keyring = create_local(path)
    path.chmod(mode)
    with pytest.raises(KeyringUnavailable, match="chmod 600"):
        keyring.wrap(SECRET, PLACE)
    path.chmod(0o600)
    assert keyring.unwrap(keyring.wrap(SECRET, PLACE), PLACE) == SECRET


def test_a_file_that_gets_another_passphrase_is_not_used_on(path: Path) -> None:
    keyring = create_local(path)
    lock = make_lock(PASSPHRASE, CHEAP)
    keep(path, write_document(RootKeys({1: bytes(32)}, lock)))
    with pytest.raises(KeyringUnavailable, match="start again"):
        keyring.current()


FOREIGN: dict[str, dict[int, bytes]] = {
    "another vault's": {1: bytes(32)},
    "another vault's that was rotated": {1: bytes(32), 2: bytes(32), 3: bytes(32)},
    "one other version": {2: bytes(32)},
}


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("lock", [None, make_lock(PASSPHRASE, CHEAP)], ids=["plain", "passphrase"])
def test_a_foreign_file_wraps_nothing_and_the_right_one_goes_on(
    foreign: str, lock: Lock | None, path: Path
) -> None:
    own = {1: bytes([1]) * 32, 2: bytes([2]) * 32}
    keep(path, write_document(RootKeys(own, lock)))
    keyring = open_local(path, PASSPHRASE if lock else None)
    wrapped = keyring.wrap(SECRET, PLACE)
    keep(path, write_document(RootKeys(FOREIGN[foreign], lock)))
    for _ in range(2):
        for use in (
            keyring.current,
            lambda: keyring.wrap(SECRET, PLACE),
            lambda: keyring.unwrap(wrapped, PLACE),
        ):
            with pytest.raises(KeyringUnavailable, match="put back the one"):
                use()
        for change in (keyring.rotate, lambda: keyring.retire_all_but(str(max(FOREIGN[foreign])))):
            with pytest.raises(KeyringError, match="put back the one"):
                change()
    keep(path, write_document(RootKeys(own, lock)))
    assert keyring.unwrap(keyring.wrap(SECRET, PLACE), PLACE) == keyring.unwrap(wrapped, PLACE) == SECRET


def test_an_older_copy_of_the_file_is_not_used(path: Path) -> None:
    keyring = create_local(path)
    before = path.read_bytes()
    keyring.rotate()
    after = path.read_bytes()
    keep(path, before)
    with pytest.raises(KeyringUnavailable, match="older copy"):
        keyring.wrap(SECRET, PLACE)
    keep(path, after)
    assert keyring.current() == "2"


def test_rotated_and_retired_by_others_meanwhile_it_is_used_on(path: Path) -> None:
    keyring, others = create_local(path), open_local(path)
    old = keyring.wrap(SECRET, PLACE)
    for version in (others.rotate(), others.rotate()):
        if version == "3":
            others.retire_all_but(version)
    assert keyring.current() == "3"
    with pytest.raises(VersionRetired):
        keyring.unwrap(old, PLACE)


def test_a_rotation_that_finds_no_room_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = create_local(path)
    wrapped = keyring.wrap(SECRET, PLACE)

    def no_room(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no_room)
        with pytest.raises(KeyringError, match="No space left"):
            keyring.rotate()
    assert keyring.current() == "1"
    opens(path, wrapped)
    assert [each.name for each in path.parent.iterdir()] == ["root.key"]


def keep(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)


def opens(path: Path, wrapped: bytes) -> None:
    assert open_local(path).unwrap(wrapped, PLACE) == SECRET


CHANGES = {"open", "write", "flush", "fsync", "link", "rename", "replace", "unlink", "close", "flock"}
"""The calls to the system, and to what buffers for it, between which a process may be killed."""


def killed_at_every_step(act: Callable[[], object], check: Callable[[], None]) -> int:
    """Kills a process before its first call, its second and so on, until one comes through; how many there were."""
    step = 1
    while killed_at(step, act):
        check()
        step += 1
    check()
    return step


def killed_at(step: int, act: Callable[[], object]) -> bool:
    child = os.fork()
    if not child:
        seen = 0

        def watch(_frame: object, event: str, called: Any) -> None:
            nonlocal seen
            if event == "c_call" and called.__name__ in CHANGES:
                seen += 1
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.setprofile(watch)
            act()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)
