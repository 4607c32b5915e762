"""What post-quantum recipients are made of, against published vectors: ML-KEM-768, X-Wing, HPKE."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite

from vault.crypto.age_header import Stanza, encode_base64
from vault.crypto.hybrid import HybridIdentity

VECTORS: dict[str, list[dict[str, str]]] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "hpke" / "vectors.json").read_text(encoding="utf-8")
)
KDFS = {1: KDF.HKDF_SHA256, 17: KDF.SHAKE256}
AEADS = {1: AEAD.AES_128_GCM, 2: AEAD.AES_256_GCM, 3: AEAD.CHACHA20_POLY1305}
XWING, CHACHA = 0x647A, 3
FILE_KEY = bytes(range(16))
AGE_INFO = b"age-encryption.org/mlkem768x25519"


def raw(vector: dict[str, str], name: str) -> bytes:
    return bytes.fromhex(vector[name])


def numbers(vector: dict[str, str]) -> tuple[int, int, int]:
    return int(vector["kem_id"]), int(vector["kdf_id"]), int(vector["aead_id"])


def halves(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """X-Wing section 5.2, apart from our code: the seed expanded into both private keys."""
    expanded = hashlib.shake_256(seed).digest(96)
    return MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(
        expanded[64:]
    )


def xwing_secret(seed: bytes, enc: bytes) -> bytes:
    """X-Wing section 5.5: decapsulation in both halves, and the combiner."""
    mlkem, x25519 = halves(seed)
    share = enc[1088:]
    classic = x25519.exchange(X25519PublicKey.from_public_bytes(share))
    public = x25519.public_key().public_bytes_raw()
    return hashlib.sha3_256(
        mlkem.decapsulate(enc[:1088]) + classic + share + public + rb"\.//^" + b"\\"
    ).digest()


def key_schedule(
    suite: tuple[int, int, int], secret: bytes, info: bytes, key_size: int
) -> tuple[bytes, bytes]:
    """RFC 9180 section 5.1, base mode, HKDF-SHA256: key and first nonce, with the standard library."""
    suite_id = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in suite)

    def extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite_id + label + ikm, hashlib.sha256)

    def expand(label: bytes, size: int) -> bytes:
        labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label + context
        return hmac.digest(extracted, labelled + b"\x01", hashlib.sha256)[:size]

    context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    extracted = extract(secret, b"secret", b"")
    return expand(b"key", key_size), expand(b"base_nonce", 12)


def opened(
    vector: dict[str, str], kem: KEM, private_key: X25519PrivateKey | MLKEM768X25519PrivateKey
) -> bytes:
    """The library's single-shot decryption. The vectors have associated data, which its public face leaves empty."""
    _, kdf, aead = numbers(vector)
    return openssl.hpke._decrypt_with_aad(
        Suite(kem, KDFS[kdf], AEADS[aead]),
        raw(vector, "enc") + raw(vector, "ct"),
        private_key,
        raw(vector, "info"),
        raw(vector, "aad"),
    )


def test_the_vectors_are_there_and_one_is_of_the_suite_that_age_uses() -> None:
    assert {name: len(vectors) for name, vectors in VECTORS.items()} == {
        "rfc9180": 3,
        "hpke_pq": 2,
        "xwing": 3,
        "mlkem768": 5,
    }
    assert (XWING, 1, CHACHA) in map(numbers, VECTORS["hpke_pq"])


@pytest.mark.parametrize("vector", VECTORS["mlkem768"])
def test_ml_kem_768(vector: dict[str, str]) -> None:
    private_key = MLKEM768PrivateKey.from_seed_bytes(raw(vector, "seed"))
    public = private_key.public_key().public_bytes_raw()
    assert hashlib.sha256(public).hexdigest() == vector["pk_sha256"]
    assert private_key.decapsulate(raw(vector, "ct")) == raw(vector, "ss")
    assert private_key.decapsulate(raw(vector, "refused_ct")) == raw(vector, "refused_ss")


@pytest.mark.parametrize("vector", VECTORS["xwing"])
def test_x_wing(vector: dict[str, str]) -> None:
    """Our identity has the published recipient, and opens what is sealed under the published shared secret."""
    identity, enc = HybridIdentity(raw(vector, "seed")), raw(vector, "ct")
    assert hashlib.sha256(identity.recipient.public_key).hexdigest() == vector["pk_sha256"]
    assert xwing_secret(identity.seed, enc) == raw(vector, "ss")
    key, nonce = key_schedule((XWING, 1, CHACHA), raw(vector, "ss"), AGE_INFO, 32)
    body = ChaCha20Poly1305(key).encrypt(nonce, FILE_KEY, None)
    assert identity.unwrap([Stanza(("mlkem768x25519", encode_base64(enc)), body)]) == FILE_KEY
    assert HybridIdentity(bytes(32)).unwrap([Stanza(("mlkem768x25519", encode_base64(enc)), body)]) is None


@pytest.mark.parametrize("vector", VECTORS["hpke_pq"])
def test_hpke_with_ml_kem_768_and_x25519(vector: dict[str, str]) -> None:
    identity = HybridIdentity(raw(vector, "skRm"))
    assert hashlib.sha256(identity.recipient.public_key).hexdigest() == vector["pkRm_sha256"]
    assert xwing_secret(identity.seed, raw(vector, "enc")) == raw(vector, "shared_secret")
    private_key = MLKEM768X25519PrivateKey(*halves(identity.seed))
    assert opened(vector, KEM.MLKEM768_X25519, private_key) == raw(vector, "pt")
    if numbers(vector) == (XWING, 1, CHACHA):
        scheduled = key_schedule((XWING, 1, CHACHA), raw(vector, "shared_secret"), raw(vector, "info"), 32)
        assert scheduled == (raw(vector, "key"), raw(vector, "base_nonce"))


@pytest.mark.parametrize("vector", VECTORS["rfc9180"])
def test_hpke_of_rfc_9180(vector: dict[str, str]) -> None:
    private_key = X25519PrivateKey.from_private_bytes(raw(vector, "skRm"))
    public = private_key.public_key().public_bytes_raw()
    assert hashlib.sha256(public).hexdigest() == vector["pkRm_sha256"]
    assert opened(vector, KEM.X25519, private_key) == raw(vector, "pt")
    secret, info = raw(vector, "shared_secret"), raw(vector, "info")
    scheduled = key_schedule(numbers(vector), secret, info, len(raw(vector, "key")))
    assert scheduled == (raw(vector, "key"), raw(vector, "base_nonce"))
