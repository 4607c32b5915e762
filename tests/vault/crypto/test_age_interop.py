"""Files go both ways between us and the stock `age` command."""

import random
import subprocess
from pathlib import Path

import pytest

from vault.crypto import age
from vault.crypto.x25519 import X25519Identity, X25519Recipient

CHUNK = 64 * 1024
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 17 * CHUNK + 5]


def run(*command: str, data: bytes = b"") -> bytes:
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "identity.txt"
    run("age-keygen", "-o", str(path))
    return path


def identity_in(key_file: Path) -> X25519Identity:
    return X25519Identity.parse(key_file.read_text().splitlines()[-1])


def test_we_read_its_keys_as_it_does(key_file: Path) -> None:
    identity = identity_in(key_file)
    assert str(identity.recipient) == run("age-keygen", "-y", str(key_file)).decode().strip()


def test_it_reads_our_keys_as_we_do(tmp_path: Path) -> None:
    identity = X25519Identity.generate()
    path = tmp_path / "ours.txt"
    path.write_text(f"{identity}\n")
    assert run("age-keygen", "-y", str(path)).decode().strip() == str(identity.recipient)


@pytest.mark.parametrize("size", SIZES)
def test_it_opens_what_we_seal(size: int, key_file: Path) -> None:
    recipients = [X25519Identity.generate().recipient, identity_in(key_file).recipient]
    file = b"".join(age.encrypt([noise(size)], recipients))
    assert run("age", "--decrypt", "--identity", str(key_file), data=file) == noise(size)


@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_it_seals(size: int) -> None:
    identity, other = X25519Identity.generate(), X25519Identity.generate()
    file = run("age", "-r", str(other.recipient), "-r", str(identity.recipient), data=noise(size))
    assert b"".join(age.decrypt([file], [identity])) == noise(size)


def test_it_opens_a_stored_payload_under_each_header_made_for_it(tmp_path: Path) -> None:
    """A release: the object is sealed once, and each grant gets a header of its own."""
    file_key = age.new_file_key()
    stored = b"".join(age.encrypt_payload(file_key, [noise(2 * CHUNK)]))
    for name in ("first", "second"):
        path = tmp_path / name
        run("age-keygen", "-o", str(path))
        recipient = X25519Recipient.parse(run("age-keygen", "-y", str(path)).decode().strip())
        released = age.header(file_key, [recipient]) + stored
        assert run("age", "--decrypt", "--identity", str(path), data=released) == noise(2 * CHUNK)


def test_it_refuses_what_we_would_refuse(key_file: Path) -> None:
    """The peer is a real one: it does not open a damaged file or somebody else's."""
    sealed = b"".join(age.encrypt([noise(CHUNK)], [identity_in(key_file).recipient]))
    foreign = b"".join(age.encrypt([noise(CHUNK)], [X25519Identity.generate().recipient]))
    for refused in (sealed[:-1], sealed + b"\0", foreign):
        with pytest.raises(subprocess.CalledProcessError):
            run("age", "--decrypt", "--identity", str(key_file), data=refused)
