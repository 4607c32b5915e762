"""Files go both ways between us and other people's age: the `age` command, pyrage, and age-encryption under Node.js."""

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.crypto.peers import Command, Node, Peer, Refused, Rust, at_terminal, node
from vault.crypto import age, armor
from vault.crypto.hybrid import HybridIdentity
from vault.crypto.recipients import parse_identity, parse_recipient, read_identities
from vault.crypto.scrypt import ScryptIdentity, ScryptRecipient
from vault.crypto.x25519 import X25519Identity

CHUNK = 64 * 1024
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5]
PASSPHRASE = "mật khẩu dài và khó đoán"


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.fixture(scope="module")
def process() -> Iterator["subprocess.Popen[str]"]:
    with node() as started:
        yield started


@pytest.fixture(params=["age", "pyrage", "node-classic", "node-post-quantum"])
def peer(request: pytest.FixtureRequest, process: "subprocess.Popen[str]") -> Peer:
    peers: dict[str, Peer] = {
        "age": Command(),
        "pyrage": Rust(),
        "node-classic": Node(process, post_quantum=False),
        "node-post-quantum": Node(process, post_quantum=True),
    }
    return peers[request.param]


@pytest.fixture
def ours(peer: Peer) -> X25519Identity | HybridIdentity:
    """An identity of our making, of the type that this peer is asked about."""
    return HybridIdentity.generate() if peer.post_quantum else X25519Identity.generate()


def test_we_read_its_identities_and_recipients_as_it_does(peer: Peer) -> None:
    identity, recipient = peer.generate()
    assert str(parse_identity(identity)) == identity
    assert str(parse_identity(identity).recipient) == recipient
    assert str(parse_recipient(recipient)) == recipient


def test_it_reads_our_identities_as_we_do(peer: Peer, ours: X25519Identity | HybridIdentity) -> None:
    assert peer.recipient(str(ours)) == str(ours.recipient)


@pytest.mark.parametrize("size", SIZES)
def test_it_opens_what_we_seal(size: int, peer: Peer, ours: X25519Identity | HybridIdentity) -> None:
    identity, recipient = peer.generate()
    file = b"".join(age.encrypt([noise(size)], [ours.recipient, parse_recipient(recipient)]))
    assert peer.open(file, identity) == noise(size)


@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_it_seals(size: int, peer: Peer, ours: X25519Identity | HybridIdentity) -> None:
    _, other = peer.generate()
    file = peer.seal(noise(size), [other, str(ours.recipient)])
    assert b"".join(age.decrypt([file], [ours])) == noise(size)


def test_it_opens_a_stored_payload_under_each_header_made_for_it(peer: Peer) -> None:
    """A handover: the object is sealed once, each grant gets a header of its own, and the payload is not touched."""
    file_key = age.new_file_key()
    stored = b"".join(age.encrypt_payload(file_key, [noise(2 * CHUNK)]))
    for _ in range(2):
        identity, recipient = peer.generate()
        handed_over = age.header(file_key, [parse_recipient(recipient)]) + stored
        assert peer.open(handed_over, identity) == noise(2 * CHUNK)


def test_it_refuses_what_we_would_refuse(peer: Peer) -> None:
    """The peer is a real one: it does not open a damaged file or somebody else's."""
    identity, recipient = peer.generate()
    sealed = b"".join(age.encrypt([noise(CHUNK)], [parse_recipient(recipient)]))
    foreign = b"".join(age.encrypt([noise(CHUNK)], [parse_recipient(peer.generate()[1])]))
    for refused in (sealed[:-1], sealed + b"\0", foreign):
        with pytest.raises(Refused):
            peer.open(refused, identity)


def test_we_read_the_identity_file_that_the_command_writes(tmp_path: Path) -> None:
    path = tmp_path / "identity.txt"
    subprocess.run(["age-keygen", "-o", path], capture_output=True, check=True)
    (identity,) = read_identities(path.read_text())
    assert str(identity.recipient) == Command().recipient(str(identity))


def test_it_opens_the_armor_we_write_and_we_open_its(process: "subprocess.Popen[str]") -> None:
    peer, identity = Node(process, post_quantum=True), HybridIdentity.generate()
    theirs = peer.ask_bytes("seal", noise(CHUNK), recipients=[str(identity.recipient)], armored=True).decode()
    assert b"".join(age.decrypt([armor.decode(theirs)], [identity])) == noise(CHUNK)
    assert armor.encode(armor.decode(theirs)).strip() == theirs.strip()
    pasted = armor.encode(b"".join(age.encrypt([noise(CHUNK)], [identity.recipient]))).encode()
    assert peer.ask_bytes("open", pasted, identity=str(identity), armored=True) == noise(CHUNK)
    classic = X25519Identity.generate()
    pasted = armor.encode(b"".join(age.encrypt([noise(CHUNK)], [classic.recipient]))).encode()
    assert Command().open(pasted, str(classic)) == noise(CHUNK)


def test_passphrases_go_both_ways_with_node(process: "subprocess.Popen[str]") -> None:
    peer = Node(process, post_quantum=False)
    theirs = peer.ask_bytes("seal", noise(1000), passphrase=PASSPHRASE)
    assert b"".join(age.decrypt([theirs], [ScryptIdentity(PASSPHRASE)])) == noise(1000)
    ours = b"".join(age.encrypt([noise(1000)], [ScryptRecipient(PASSPHRASE, 10)]))
    assert peer.ask_bytes("open", ours, passphrase=PASSPHRASE) == noise(1000)
    with pytest.raises(Refused):
        peer.ask_bytes("open", ours, passphrase="another")


def test_the_command_opens_what_we_seal_under_a_passphrase(tmp_path: Path) -> None:
    sealed, opened = tmp_path / "sealed.age", tmp_path / "opened"
    sealed.write_bytes(b"".join(age.encrypt([noise(1000)], [ScryptRecipient(PASSPHRASE, 10)])))
    with pytest.raises(Refused):
        at_terminal("age", "--decrypt", "-o", opened, sealed, typed=["another"])
    at_terminal("age", "--decrypt", "-o", opened, sealed, typed=[PASSPHRASE])
    assert opened.read_bytes() == noise(1000)


def test_we_open_what_the_command_seals_under_a_passphrase(tmp_path: Path) -> None:
    """With the work factor that it chooses, which is also ours."""
    plain, sealed = tmp_path / "plain", tmp_path / "sealed.age"
    plain.write_bytes(noise(1000))
    at_terminal("age", "--passphrase", "-o", sealed, plain, typed=[PASSPHRASE, PASSPHRASE])
    file = sealed.read_bytes()
    assert b"".join(age.decrypt([file], [ScryptIdentity(PASSPHRASE)])) == noise(1000)
    work_factor = int(file.split(b"\n")[1].split(b" ")[-1])
    assert work_factor == ScryptRecipient(PASSPHRASE).work_factor
