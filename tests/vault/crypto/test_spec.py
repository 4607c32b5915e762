"""SPEC.md is true: its worked example is recomputed from its text, apart from our code, and our code reads it."""

import base64
import hashlib
import hmac
import re
import subprocess
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV, ChaCha20Poly1305

from vault.crypto import age, bindings, cards, envelope, indexes, records
from vault.crypto.hybrid import HybridIdentity
from vault.crypto.recipients import fingerprint, parse_identity, parse_recipient
from vault.crypto.scrypt import ScryptIdentity
from vault.crypto.x25519 import X25519Identity

FOLDER = Path(records.__file__).parent
SPEC = (FOLDER / "SPEC.md").read_text(encoding="utf-8")
# The example's text: "name = value" lines in its fenced blocks; values are hex, or quoted text, or a number.
BLOCKS: list[str] = re.findall(r"```example\n(.*?)```", SPEC, re.DOTALL)
PAIRS: list[list[str]] = [line.split(" = ", 1) for block in BLOCKS for line in block.splitlines()]
EXAMPLE: dict[str, str] = {name.strip(): value for name, value in PAIRS}


def raw(name: str) -> bytes:
    return bytes.fromhex(EXAMPLE[name])


def text(name: str) -> str:
    return EXAMPLE[name].removeprefix('"').removesuffix('"')


def hkdf(ikm: bytes, info: bytes, salt: bytes = bytes(32)) -> bytes:
    """RFC 5869 with the standard library: one block of output, an empty salt being 32 zero bytes (section 2.2)."""
    return hmac.digest(hmac.digest(salt, ikm, hashlib.sha256), info + b"\x01", hashlib.sha256)


def context(label: str, *fields: str | bytes | int) -> bytes:
    def prefixed(value: bytes) -> bytes:
        return len(value).to_bytes(4, "big") + value

    out = prefixed(label.encode()) + len(fields).to_bytes(4, "big")
    for value in fields:
        match value:
            case str():
                out += b"\x01" + prefixed(value.encode())
            case bytes():
                out += b"\x02" + prefixed(value)
            case int():
                out += b"\x03" + prefixed(value.to_bytes(8, "big"))
    return out


def sealed(key: bytes, label: str, nonce: bytes, plaintext: bytes, *fields: str | bytes | int) -> bytes:
    cipher = AESGCMSIV(hkdf(key, context(label)))
    return b"\x01" + nonce + cipher.encrypt(nonce, plaintext, context(label, *fields))


def unpadded(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def place() -> envelope.FilePlace:
    return envelope.FilePlace(
        text("holder id"),
        text("document id"),
        text("object id"),
        int(EXAMPLE["version"]),
        raw("payload digest"),
    )


def cell() -> records.Cell:
    return records.Cell(text("holder id"), text("table"), text("row"), text("column"))


def test_the_example_is_there() -> None:
    assert len(BLOCKS) == 6
    assert len(EXAMPLE) == len(PAIRS) > 30


def test_the_payload_is_recomputed() -> None:
    nonce = raw("payload nonce")
    payload_key = hkdf(raw("file key"), b"payload", nonce)
    assert payload_key == raw("payload key")
    final_chunk = ChaCha20Poly1305(payload_key).encrypt(bytes(11) + b"\x01", text("plaintext").encode(), None)
    assert nonce + final_chunk == raw("payload")
    assert hashlib.sha256(raw("payload")).digest() == raw("payload digest")


def test_the_header_is_recomputed() -> None:
    ephemeral = X25519PrivateKey.from_private_bytes(raw("ephemeral"))
    recipient = X25519PrivateKey.from_private_bytes(raw("identity")).public_key().public_bytes_raw()
    share = ephemeral.public_key().public_bytes_raw()
    assert (recipient, share) == (raw("recipient"), raw("share"))
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient))
    wrap_key = hkdf(shared, b"age-encryption.org/v1/X25519", share + recipient)
    assert wrap_key == raw("wrap key")
    body = ChaCha20Poly1305(wrap_key).encrypt(bytes(12), raw("file key"), None)
    macced = b"age-encryption.org/v1\n-> X25519 " + unpadded(share) + b"\n" + unpadded(body) + b"\n---"
    mac = hmac.digest(hkdf(raw("file key"), b"header"), macced, hashlib.sha256)
    assert macced + b" " + unpadded(mac) + b"\n" == raw("header")
    printed = raw("header").decode().splitlines()
    assert "\n".join("    " + line for line in printed) in SPEC


def test_our_code_opens_the_example_file() -> None:
    identity = X25519Identity(raw("identity"))
    assert str(identity) == text("identity text")
    assert str(identity.recipient) == text("recipient text")
    opened = b"".join(age.decrypt([raw("header"), raw("payload")], [identity]))
    assert opened == text("plaintext").encode()
    assert b"".join(age.decrypt_payload(raw("file key"), [raw("payload")])) == opened


def test_the_fingerprint_is_recomputed() -> None:
    digest = hashlib.sha256(text("recipient text").encode()).hexdigest()
    assert " ".join(re.findall("....", digest)[:8]) == text("fingerprint")
    assert fingerprint(parse_recipient(text("recipient text"))) == text("fingerprint")


def test_the_post_quantum_recipient_is_recomputed() -> None:
    expanded = hashlib.shake_256(raw("post-quantum identity")).digest(96)
    assert (expanded[:64], expanded[64:]) == (raw("ML-KEM seed"), raw("X25519 half"))
    mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
    x25519 = X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes_raw()
    assert hashlib.sha256(mlkem + x25519).digest() == raw("recipient digest")
    identity = parse_identity(text("post-quantum text"))
    assert identity == HybridIdentity(raw("post-quantum identity"))
    assert identity.recipient.public_key == mlkem + x25519
    digest = hashlib.sha256(str(identity.recipient).encode()).hexdigest()
    assert " ".join(re.findall("....", digest)[:8]) == text("post-quantum fingerprint")


def test_the_passphrase_stanza_is_recomputed_and_opens() -> None:
    salt = b"age-encryption.org/v1/scrypt" + raw("salt")
    work = 1 << int(EXAMPLE["work factor"])
    wrap_key = hashlib.scrypt(text("passphrase").encode(), salt=salt, n=work, r=8, p=1, dklen=32)
    assert wrap_key == raw("passphrase wrap key")
    body = ChaCha20Poly1305(wrap_key).encrypt(bytes(12), raw("file key"), None)
    assert body == raw("passphrase body")
    stanza = age.Stanza(("scrypt", unpadded(raw("salt")).decode(), EXAMPLE["work factor"]), body)
    assert ScryptIdentity(text("passphrase")).unwrap([stanza]) == raw("file key")


def test_the_age_command_opens_the_example_file(tmp_path: Path) -> None:
    identity = tmp_path / "identity.txt"
    identity.write_text(text("identity text") + "\n")
    command = ["age", "--decrypt", "--identity", str(identity)]
    opened = subprocess.run(command, input=raw("header") + raw("payload"), capture_output=True, check=True)
    assert opened.stdout.decode() == text("plaintext")


def test_the_wrapped_file_key_is_recomputed_and_opens() -> None:
    fields = (
        text("holder id"),
        text("document id"),
        text("object id"),
        int(EXAMPLE["version"]),
        raw("payload digest"),
    )
    label = "migrant-vault/v1/file-key"
    assert context(label) == raw("file-key info")
    assert context(label, *fields) == raw("file-key associated data")
    assert hkdf(raw("holder key"), context(label)) == raw("file-key sealing key")
    expected = sealed(raw("holder key"), label, raw("file-key nonce"), raw("file key"), *fields)
    assert expected == raw("wrapped file key")
    assert envelope.unwrap_file_key(raw("holder key"), expected, place()) == raw("file key")


def test_the_wrapped_holder_key_is_recomputed_and_opens() -> None:
    label = "migrant-vault/v1/secret"
    owner = raw("holder context")
    assert context("holder", text("holder id")) == owner
    version = text("root version")
    expected = sealed(raw("root key"), label, raw("secret nonce"), raw("holder key"), version, owner)
    assert b"\x01\x01" + version.encode() + expected == raw("wrapped holder key")
    assert envelope.unwrap_secret(raw("root key"), version, expected, owner) == raw("holder key")


def test_the_record_is_recomputed_and_opens() -> None:
    fields = (text("holder id"), text("table"), text("row"), text("column"))
    label = "migrant-vault/v1/record"
    value = text("value").encode()
    expected = sealed(raw("holder key"), label, raw("record nonce"), value, *fields)
    assert expected == raw("sealed record")
    assert records.open_record(raw("holder key"), expected, cell()) == text("value")


def test_the_indexes_are_recomputed() -> None:
    index_key = raw("index key")
    card = context("migrant-vault/v1/index/card", text("normal card code"))
    login = context("migrant-vault/v1/index/login", text("normal sign-in name"))
    assert hmac.digest(index_key, card, hashlib.sha256) == raw("card index")
    assert hmac.digest(index_key, login, hashlib.sha256) == raw("login index")
    assert indexes.card_index(index_key, text("typed card code")) == raw("card index")
    assert indexes.login_index(index_key, text("typed sign-in name")) == raw("login index")
    assert cards.parse_card_code(text("typed card code")) == text("shown card code")


def test_the_indexes_of_a_holder_are_recomputed() -> None:
    index_key, centre_id = raw("index key"), text("origin centre id")
    for label, kind, value, index in (
        ("migrant-vault/v1/index/name", "name", "name token", "name index"),
        ("migrant-vault/v1/index/phone", "phone", "telephone", "telephone index"),
        ("migrant-vault/v1/index/passport-number", "passport_number", "passport number", "passport index"),
    ):
        expected = hmac.digest(index_key, context(label, centre_id, text(value)), hashlib.sha256)
        assert expected == raw(index)
        assert indexes.holder_index(index_key, kind, centre_id, text(value)) == expected
    assert text("name token") in indexes.name_tokens(text("typed name"))
    assert indexes.normalise_passport_number(text("typed number")) == text("passport number")
    assert indexes.normalise_phone(text("typed telephone"), text("telephone country")) == text("telephone")


def test_bindings_are_recomputed() -> None:
    fields = ("stf_1", 1, b"login", "$argon2id$")
    for kind in ("centre", "staff", "holder", "session"):
        expected = hmac.digest(
            raw("index key"), context(f"migrant-vault/v1/bound/{kind}", *fields), hashlib.sha256
        )
        assert bindings.binding(raw("index key"), kind, *fields) == expected
    attempt = hmac.digest(
        raw("index key"), context("migrant-vault/v1/attempt", "stf_1", "first"), hashlib.sha256
    )
    assert bindings.attempt_index(raw("index key"), "stf_1", "first") == attempt


def test_the_table_of_labels_is_complete() -> None:
    written = {
        label
        for path in FOLDER.glob("*.py")
        for label in re.findall(r'"(migrant-vault/[^"]*)"', path.read_text(encoding="utf-8"))
    }
    listed = set(re.findall(r"^\| `(migrant-vault/[^`]*)` \|", SPEC, re.MULTILINE))
    assert written == listed
    assert len(listed) == 14
