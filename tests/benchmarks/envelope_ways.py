"""The ways of sealing a file that are measured beside each other: ours, the limit, and what others use.

The peers of `requirements-bench.lock` stand in a folder of their own, which `make bench` fills: they are no part of
the product and none of its tests sees them. Each way is given the pieces it is fastest with.
"""

import secrets
import site
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vault.crypto import age
from vault.crypto.hybrid import HybridIdentity
from vault.crypto.x25519 import X25519Identity

PEERS = Path(sys.prefix) / "peers"
CHUNK, TAG = 64 * 1024, 16
OURS, LIMIT, PYTHON, COMMAND = "ours", "limit", "Python peer", "command"


@dataclass(frozen=True)
class Files:
    """Where every way reads and writes: plain -> sealed -> opened."""

    folder: Path

    @property
    def plain(self) -> Path:
        return self.folder / "plain"

    @property
    def sealed(self) -> Path:
        return self.folder / "sealed"

    @property
    def opened(self) -> Path:
        return self.folder / "opened"


@dataclass(frozen=True)
class Way:
    """One way of sealing and of opening again. `kind`: ours, limit, Python peer or command."""

    name: str
    kind: str
    seal: Callable[[], None]
    open: Callable[[], None]


def file_ways(files: Files) -> list[Way]:
    """Every way, file to file, with secrets of its own."""
    site.addsitedir(str(PEERS))  # at the end of the path: what the vault uses stays the vault's
    unsigned = {"frame_length": CHUNK, "algorithm": "AES_256_GCM_HKDF_SHA512_COMMIT_KEY"}
    return [
        limit(files),
        ours(files),
        ours_whole(files),
        pyrage_files(files),
        pyrage_bytes(files),
        tink(files),
        aws("AWS Encryption SDK, as it comes", files, {}),
        aws("AWS Encryption SDK, 64 KiB, unsigned", files, unsigned),
        age_command(files),
    ]


def memory_ways(content: bytes) -> list[Way]:
    """The limit and ours on bytes in memory, what comes out thrown away: nothing but cryptography and our own code."""
    cipher, file_key = ChaCha20Poly1305(secrets.token_bytes(32)), age.new_file_key()
    out, view = memoryview(bytearray(CHUNK + TAG)), memoryview(content)
    chunks = [view[start : start + CHUNK] for start in range(0, len(view), CHUNK)]
    sealed = [cipher.encrypt(nonce(index), chunk, None) for index, chunk in enumerate(chunks)]
    payload = b"".join(age.encrypt_payload(file_key, [content]))

    def seal_limit() -> None:
        for index, chunk in enumerate(chunks):
            cipher.encrypt_into(nonce(index), chunk, None, out[: len(chunk) + TAG])

    def open_limit() -> None:
        for index, chunk in enumerate(sealed):
            cipher.decrypt_into(nonce(index), chunk, None, out[: len(chunk) - TAG])

    def seal_ours() -> None:
        for _ in age.encrypt_payload(file_key, [content]):
            pass

    def open_ours() -> None:
        for _ in age.decrypt_payload(file_key, [payload]):
            pass

    return [Way("limit", LIMIT, seal_limit, open_limit), Way("ours", OURS, seal_ours, open_ours)]


def ours(files: Files) -> Way:
    """What the vault stores: the payload alone, under a file key."""
    file_key = age.new_file_key()
    return Way(
        "ours",
        OURS,
        lambda: write(files.sealed, age.encrypt_payload(file_key, pieces(files.plain))),
        lambda: write(files.opened, age.decrypt_payload(file_key, pieces(files.sealed))),
    )


def ours_whole(files: Files) -> Way:
    """A whole age file as a centre gets it: the payload behind a header for its post-quantum recipient."""
    identity = HybridIdentity.generate()
    recipient = identity.recipient
    return Way(
        "ours, with a post-quantum header",
        OURS,
        lambda: write(files.sealed, age.encrypt(pieces(files.plain), [recipient])),
        lambda: write(files.opened, age.decrypt(pieces(files.sealed), [identity])),
    )


def limit(files: Files) -> Way:
    """The cipher of the age format and nothing else: 64 KiB chunks through two buffers that are never copied."""
    cipher = ChaCha20Poly1305(secrets.token_bytes(32))

    def seal() -> None:
        chunk, made = memoryview(bytearray(CHUNK)), memoryview(bytearray(CHUNK + TAG))
        with files.plain.open("rb", buffering=0) as read, files.sealed.open("wb", buffering=0) as out:
            index = 0
            while count := read.readinto(chunk):
                size = cipher.encrypt_into(nonce(index), chunk[:count], None, made[: count + TAG])
                out.write(made[:size])
                index += 1

    def unseal() -> None:
        chunk, made = memoryview(bytearray(CHUNK + TAG)), memoryview(bytearray(CHUNK))
        with files.sealed.open("rb", buffering=0) as read, files.opened.open("wb", buffering=0) as out:
            index = 0
            while count := read.readinto(chunk):
                size = cipher.decrypt_into(nonce(index), chunk[:count], None, made[: count - TAG])
                out.write(made[:size])
                index += 1

    return Way("limit", LIMIT, seal, unseal)


def pyrage_files(files: Files) -> Way:
    """The Rust implementation of age, file to file."""
    pyrage = import_module("pyrage")
    identity = pyrage.x25519.Identity.generate()
    plain, sealed, opened = str(files.plain), str(files.sealed), str(files.opened)
    return Way(
        "pyrage, files",
        PYTHON,
        lambda: pyrage.encrypt_file(plain, sealed, [identity.to_public()]),
        lambda: pyrage.decrypt_file(sealed, opened, [identity]),
    )


def pyrage_bytes(files: Files) -> Way:
    """The same, bytes to bytes, as most programs call it."""
    pyrage = import_module("pyrage")
    identity = pyrage.x25519.Identity.generate()

    def seal() -> None:
        files.sealed.write_bytes(pyrage.encrypt(files.plain.read_bytes(), [identity.to_public()]))

    def unseal() -> None:
        files.opened.write_bytes(pyrage.decrypt(files.sealed.read_bytes(), [identity]))

    return Way("pyrage, bytes", PYTHON, seal, unseal)


def tink(files: Files) -> Way:
    """Tink's streaming AEAD: AES-256-GCM in segments of 1 MB, its fastest."""
    library, streaming = import_module("tink"), import_module("tink.streaming_aead")
    streaming.register()
    handle = library.new_keyset_handle(streaming.streaming_aead_key_templates.AES256_GCM_HKDF_1MB)
    primitive = handle.primitive(streaming.StreamingAead)

    def seal() -> None:
        with files.plain.open("rb") as read:
            out = primitive.new_encrypting_stream(files.sealed.open("wb"), b"")
            pour(read, out, 4 * CHUNK)
            out.close()

    def unseal() -> None:
        with files.opened.open("wb") as out:
            read = primitive.new_decrypting_stream(files.sealed.open("rb"), b"")
            pour(read, out, 4 * CHUNK)
            read.close()

    return Way("Tink streaming AEAD", PYTHON, seal, unseal)


def aws(name: str, files: Files, options: dict[str, Any]) -> Way:
    """The AWS Encryption SDK with a raw AES keyring, so that no network is in the figure."""
    sdk = import_module("aws_encryption_sdk")
    client, keyring = sdk.EncryptionSDKClient(), raw_aes_keyring()
    if "algorithm" in options:
        options = options | {"algorithm": getattr(sdk.Algorithm, options["algorithm"])}

    def seal() -> None:
        with files.plain.open("rb") as read, files.sealed.open("wb") as out:
            pour(client.stream(mode="e", source=read, keyring=keyring, **options), out, CHUNK)

    def unseal() -> None:
        with files.sealed.open("rb") as read, files.opened.open("wb") as out:
            pour(client.stream(mode="d", source=read, keyring=keyring), out, CHUNK)

    return Way(name, PYTHON, seal, unseal)


def raw_aes_keyring() -> Any:
    """The material providers' keyring for a secret that the caller holds."""
    providers = import_module("aws_cryptographic_material_providers.mpl")
    models = import_module("aws_cryptographic_material_providers.mpl.models")
    config = import_module("aws_cryptographic_material_providers.mpl.config")
    maker = providers.AwsCryptographicMaterialProviders(config=config.MaterialProvidersConfig())
    wish = models.CreateRawAesKeyringInput(
        key_namespace="bench",
        key_name="bench",
        wrapping_key=secrets.token_bytes(32),
        wrapping_alg=models.AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16,
    )
    return maker.create_raw_aes_keyring(input=wish)


def age_command(files: Files) -> Way:
    """The `age` command of the system, its process included."""
    identity = X25519Identity.generate()
    key_file = files.folder / "identity.txt"
    key_file.touch(0o600)
    key_file.write_text(f"{identity}\n")
    recipient, plain, sealed, opened = map(str, (identity.recipient, files.plain, files.sealed, files.opened))
    return Way(
        "age command",
        COMMAND,
        lambda: call("age", "--recipient", recipient, "--output", sealed, plain),
        lambda: call("age", "--decrypt", "--identity", str(key_file), "--output", opened, sealed),
    )


def call(*command: str) -> None:
    """Runs a command that must succeed."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def nonce(index: int) -> bytes:
    """A chunk's nonce, as short to make as ours."""
    return index.to_bytes(12, "big")


def pieces(source: Path) -> Iterator[bytes]:
    """A file, 64 KiB at a time."""
    with source.open("rb", buffering=0) as read:
        while piece := read.read(CHUNK):
            yield piece


def write(target: Path, made: Iterable[bytes]) -> None:
    """Fills a new file."""
    with target.open("wb", buffering=0) as out:
        for piece in made:
            out.write(piece)


def pour(read: BinaryIO, out: BinaryIO, size: int) -> None:
    """Copies one stream into another."""
    while piece := read.read(size):
        out.write(piece)
