"""A part of an age payload, authenticated, without opening the rest (SPEC.md A.1, C2SP age: "can be seeked")."""

from collections.abc import Callable, Iterable, Iterator

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vault.crypto.age_stream import (
    CHUNK,
    NONCE_SIZE,
    SEALED_CHUNK,
    TAG_SIZE,
    chunk_nonce,
    opens,
    payload_cipher,
    recut,
)
from vault.crypto.errors import PayloadError

ReadRange = Callable[[int, int], Iterable[bytes]]
"""Gives bytes [start, stop) of the stored payload, in pieces of any size."""


def plaintext_size(stored_size: int) -> int:
    """Return how many bytes of plaintext a payload (`nonce || chunks`) of this size holds.

    Raises:
        PayloadError: No payload has this size.
    """
    last, last_size = _last_chunk(stored_size)
    return last * CHUNK + last_size


def decrypt_range(
    file_key: bytes, stored_size: int, read: ReadRange, start: int, stop: int
) -> Iterator[bytes]:
    """Open `plaintext[start:stop]` of a payload; a stop behind the end means the end, as in slicing.

    Reads the nonce and the last chunk, at the call: that the payload ends where it is stored to end is sure before
    anything is handed out. Then, while iterating, one range: the chunks that hold the part. Every byte handed out
    is authentic in its place. Chunks outside the part and before the last are not looked at.

    Raises:
        ValueError: Not 0 <= start <= stop.
        KeyFormatError: The file key is not 16 bytes.
        PayloadError: At the call, the payload was cut off, extended, or sealed under another file key. While
            iterating, a chunk is not authentic in its place, or `read` gave too few bytes.
    """
    if not 0 <= start <= stop:
        raise ValueError("a range does not end before it starts")
    last, last_size = _last_chunk(stored_size)
    last_start = _stored_at(last)
    # A payload of one chunk is fetched in one go.
    ahead = _fetched(read, 0, NONCE_SIZE if last else stored_size)
    cipher = payload_cipher(file_key, ahead[:NONCE_SIZE])
    sealed = _fetched(read, last_start, stored_size) if last else ahead[NONCE_SIZE:]
    end = bytearray(last_size)
    if not opens(cipher, chunk_nonce(last, final=True), memoryview(sealed), memoryview(end)):
        raise PayloadError("the payload is cut off or extended, or its end is not authentic")
    return _parts(cipher, read, (start, stop), last, bytes(end))


def _parts(
    cipher: ChaCha20Poly1305, read: ReadRange, wanted: tuple[int, int], last: int, end: bytes
) -> Iterator[bytes]:
    start, stop = wanted
    first, behind = start // CHUNK, min(last, -(-stop // CHUNK))
    if first < behind and start < stop:
        for index, chunk in enumerate(_open_full(cipher, read, first, behind), first):
            offset = index * CHUNK
            yield bytes(chunk[max(0, start - offset) : stop - offset])
    offset = last * CHUNK
    if part := end[max(0, start - offset) : max(0, stop - offset)]:
        yield part


def _open_full(cipher: ChaCha20Poly1305, read: ReadRange, first: int, behind: int) -> Iterator[memoryview]:
    """Open the full chunks [first, behind) one after the other into one reused buffer."""
    out = memoryview(bytearray(CHUNK))
    chunks = recut(read(_stored_at(first), _stored_at(behind)), SEALED_CHUNK)
    for index in range(first, behind):
        sealed, _ = next(chunks, (memoryview(b""), True))
        if len(sealed) != SEALED_CHUNK or not opens(cipher, chunk_nonce(index, final=False), sealed, out):
            raise PayloadError("a chunk is cut off or not authentic")
        yield out


def _fetched(read: ReadRange, start: int, stop: int) -> bytes:
    data = bytearray()
    for piece in read(start, stop):
        data += piece
        if len(data) > stop - start:
            break
    if len(data) != stop - start:
        raise PayloadError("the payload is not as long as it was said to be")
    return bytes(data)


def _stored_at(index: int) -> int:
    return NONCE_SIZE + index * SEALED_CHUNK


def _last_chunk(stored_size: int) -> tuple[int, int]:
    """Return the number of the last chunk and the size of its plaintext."""
    full, rest = divmod(stored_size - NONCE_SIZE, SEALED_CHUNK)
    last, last_size = (full, rest - TAG_SIZE) if rest else (full - 1, CHUNK)
    # An empty last chunk after others would give one plaintext two payloads.
    if last < 0 or last_size < 0 or (last_size == 0 and last > 0):
        raise PayloadError("no payload has this size")
    return last, last_size
