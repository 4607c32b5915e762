"""The payload of an age file: ChaCha20-Poly1305 chunks, in order and complete (SPEC.md A.1, C2SP age).

Holds a chunk or two at a time, whatever the size of the document. Larger batches were measured slower: their buffers
cost more to make than a small document costs to seal.
"""

import itertools
import secrets
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.crypto.errors import KeyFormatError, PayloadError

FILE_KEY_SIZE = 16
NONCE_SIZE = 16
CHUNK = 64 * 1024
"""Bytes of plaintext in every chunk but the last."""
TAG_SIZE = 16
SEALED_CHUNK = CHUNK + TAG_SIZE
"""Bytes of every chunk but the last, as stored."""


def encrypt_payload(file_key: bytes, plaintext: Iterable[bytes]) -> Iterator[bytes]:
    """Seal pieces of any size as `nonce || chunks`, handed out chunk by chunk.

    The file key must never be used for a second payload.

    Raises:
        KeyFormatError: The file key is not 16 bytes.
    """
    payload_nonce = secrets.token_bytes(NONCE_SIZE)
    cipher = payload_cipher(file_key, payload_nonce)
    return itertools.chain((payload_nonce,), _seal_chunks(cipher, plaintext))


def decrypt_payload(file_key: bytes, ciphertext: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Open `nonce || chunks`; hands out authenticated bytes only, chunk by chunk.

    What was handed out before an error is authentic but not complete: the document is whole only when the
    iterator ends without an error.

    Raises:
        KeyFormatError: The file key is not 16 bytes.
        PayloadError: The nonce is cut off (at the call), or a chunk is cut, added, moved, changed or sealed
            under another file key (while iterating, after every authentic chunk before it).
    """
    payload_nonce, sealed = split_nonce(ciphertext)
    if len(payload_nonce) != NONCE_SIZE:
        raise PayloadError("the payload is cut off in its nonce")
    return _open_chunks(payload_cipher(file_key, payload_nonce), sealed)


def split_nonce(ciphertext: Iterable[bytes | memoryview]) -> tuple[bytes, Iterator[bytes | memoryview]]:
    """Return the payload nonce (shorter than 16 bytes if the data ends in it) and the rest, unread and not copied."""
    pieces = iter(ciphertext)
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= NONCE_SIZE:
            break
    return head[:NONCE_SIZE], itertools.chain((memoryview(head)[NONCE_SIZE:],), pieces)


def _seal_chunks(cipher: ChaCha20Poly1305, plaintext: Iterable[bytes]) -> Iterator[bytes]:
    for index, (chunk, final) in enumerate(recut(plaintext, CHUNK)):
        yield cipher.encrypt(chunk_nonce(index, final=final), chunk, None)


def _open_chunks(cipher: ChaCha20Poly1305, ciphertext: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    out = memoryview(bytearray(CHUNK))
    for index, (sealed, final) in enumerate(recut(ciphertext, SEALED_CHUNK)):
        size, fault = _open_chunk(cipher, index, sealed, final=final, out=out)
        if size:
            yield bytes(out[:size])
        if fault:
            raise fault


def _open_chunk(
    cipher: ChaCha20Poly1305, index: int, sealed: memoryview, *, final: bool, out: memoryview
) -> tuple[int, PayloadError | None]:
    """Open one chunk into `out`; return how many bytes are authentic, and what is wrong from here on."""
    size = len(sealed) - TAG_SIZE
    if size < 0:
        return 0, PayloadError("the payload is cut off")
    if size == 0 and index > 0:
        return 0, PayloadError("an empty chunk ends a payload that is not empty")
    if opens(cipher, chunk_nonce(index, final=final), sealed, out[:size]):
        return size, None
    # A full chunk that is authentic in its place but for its final byte goes out; only the end is wrong.
    other_nonce = chunk_nonce(index, final=not final)
    if len(sealed) == SEALED_CHUNK and opens(cipher, other_nonce, sealed, out[:size]):
        return size, PayloadError("the payload is cut off" if final else "there is data after the payload")
    return 0, PayloadError("the payload is cut off, or a chunk is not authentic")


def opens(cipher: ChaCha20Poly1305, nonce: bytes, sealed: memoryview, out: memoryview) -> bool:
    """Open one sealed chunk into `out`, whose content means nothing if the answer is no."""
    try:
        cipher.decrypt_into(nonce, sealed, None, out)
    except InvalidTag:
        return False
    return True


def recut(pieces: Iterable[bytes | memoryview], size: int) -> Iterator[tuple[memoryview, bool]]:
    """Re-cut pieces of any size into full chunks and a last one, which is flagged and alone may be short or empty.

    A full chunk is held back until another byte follows. A chunk lives until the next: it is a part of its piece,
    or, where it is not inside one piece, the buffer, which is reused.
    """
    buffer = memoryview(bytearray(size))
    filled = 0
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            if filled == size:
                yield buffer, False
                filled = 0
            if not filled and len(rest) > size:
                yield rest[:size], False
                taken = size
            else:
                taken = min(len(rest), size - filled)
                buffer[filled : filled + taken] = rest[:taken]
                filled += taken
            rest = rest[taken:]
    yield buffer[:filled], True


def chunk_nonce(index: int, *, final: bool) -> bytes:
    """Return the nonce of a chunk: its number, and whether it is the last (SPEC.md A.1)."""
    return index.to_bytes(11, "big") + (b"\x01" if final else b"\x00")


def payload_cipher(file_key: bytes, payload_nonce: bytes) -> ChaCha20Poly1305:
    """Return the cipher that all chunks of one payload share.

    Raises:
        KeyFormatError: The file key is not 16 bytes.
    """
    if len(file_key) != FILE_KEY_SIZE:
        raise KeyFormatError(f"a file key has {FILE_KEY_SIZE} bytes")
    return ChaCha20Poly1305(HKDF(SHA256(), 32, salt=payload_nonce, info=b"payload").derive(file_key))
