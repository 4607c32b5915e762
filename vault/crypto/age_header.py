"""The textual header of an age file: strict reading, canonical writing, its MAC (SPEC.md A.2, C2SP age)."""

import base64
import binascii
import hmac
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.crypto.errors import (
    ForeignVersion,
    HeaderError,
    HeaderMacError,
    HeaderTooLong,
    TooManyRecipients,
)

MAX_HEADER = 64 * 1024
"""Bytes of header that are read before a file is refused."""
MAX_STANZAS = 20

_VERSION_LINE = b"age-encryption.org/v1\n"
_OTHER_VERSION = re.compile(rb"age-encryption\.org/(?!v1(?![!-~]))[!-~]")
_COLUMNS = 64
_MAC_SIZE = 32
_ARGUMENT = re.compile(r"[!-~]+")  # 1*VCHAR
_END_LINE = re.compile(rb"\n---[^\n]*\n")


@dataclass(frozen=True)
class Stanza:
    """One wrapped file key: its arguments (the first names the type) and its body.

    Raises:
        HeaderError: An argument is missing, empty or has a character outside VCHAR.
    """

    arguments: tuple[str, ...]
    body: bytes

    def __post_init__(self) -> None:
        if not self.arguments or not all(map(_ARGUMENT.fullmatch, self.arguments)):
            raise HeaderError("a stanza has arguments of visible ASCII characters")

    def encode(self) -> str:
        """Return the canonical text: argument line, full lines of 64 columns, one shorter line."""
        text = encode_base64(self.body)
        # One step past the end: a body that fills its last line is closed by an empty one.
        lines = [text[start : start + _COLUMNS] for start in range(0, len(text) + 1, _COLUMNS)]
        return "-> " + " ".join(self.arguments) + "\n" + "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Header:
    """A well-formed header. Its MAC is not checked until `check_mac`.

    Raises:
        TooManyRecipients: More than 20 stanzas.
        HeaderError: No stanza, or a MAC that is not 32 bytes.
    """

    stanzas: tuple[Stanza, ...]
    mac: bytes

    def __post_init__(self) -> None:
        if not self.stanzas:
            raise HeaderError("a header has a stanza")
        if len(self.stanzas) > MAX_STANZAS:
            raise TooManyRecipients(f"a header has at most {MAX_STANZAS} stanzas")
        if len(self.mac) != _MAC_SIZE:
            raise HeaderError(f"a header MAC has {_MAC_SIZE} bytes")

    def encode(self) -> bytes:
        """Return the canonical bytes; for a header that was parsed, the very bytes it was parsed from."""
        return _macced_part(self.stanzas) + f" {encode_base64(self.mac)}\n".encode()


def make_header(file_key: bytes, stanzas: Iterable[Stanza]) -> Header:
    """Return the header of these stanzas with its MAC under the file key.

    Raises:
        TooManyRecipients: More than 20 stanzas.
        HeaderError: No stanza.
    """
    stanzas = tuple(stanzas)
    return Header(stanzas, _mac(file_key, stanzas))


def check_mac(header: Header, file_key: bytes) -> None:
    """Refuse a header that was not made with this file key.

    Raises:
        HeaderMacError: A stanza was added, removed or changed by someone without the file key.
    """
    if not hmac.compare_digest(header.mac, _mac(file_key, header.stanzas)):
        raise HeaderMacError("the header was changed after it was made")


def parse_header(encoded: bytes) -> Header:
    """Read a complete header, nothing before it and nothing after it.

    Raises:
        ForeignVersion: An age file of another version.
        HeaderTooLong: More than 64 KiB.
        TooManyRecipients: More than 20 stanzas.
        HeaderError: Anything else outside the grammar of SPEC.md A.2.
    """
    _check_version(encoded)
    if len(encoded) > MAX_HEADER:
        raise HeaderTooLong(f"a header has at most {MAX_HEADER} bytes")
    try:
        lines = encoded[len(_VERSION_LINE) :].decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise HeaderError("a header is ASCII text") from None
    if len(lines) < 2 or lines[-1] != "" or not lines[-2].startswith("--- "):
        raise HeaderError("a header ends with its MAC line")
    return Header(tuple(_stanzas(lines[:-2])), decode_base64(lines[-2].removeprefix("--- ")))


def split_header(ciphertext: Iterable[bytes]) -> tuple[Header, Iterator[bytes]]:
    """Read the header at the front of an age file, in pieces of any size; return it and the rest, unread.

    Raises:
        ForeignVersion: An age file of another version.
        HeaderTooLong: No end within 64 KiB.
        TooManyRecipients: More than 20 stanzas.
        HeaderError: Anything else outside the grammar.
    """
    pieces = iter(ciphertext)
    seen = bytearray()
    for piece in pieces:
        line_start = max(seen.rfind(b"\n"), 0)
        room = MAX_HEADER - len(seen)
        seen += piece[:room]
        _check_version(seen)
        if end := _END_LINE.search(seen, line_start):
            rest = bytes(seen[end.end() :]) + piece[room:]
            return parse_header(bytes(seen[: end.end()])), itertools.chain((rest,), pieces)
        if len(seen) == MAX_HEADER:
            raise HeaderTooLong(f"a header has at most {MAX_HEADER} bytes")
    raise HeaderError("not an age v1 file, or its header is cut off")


def encode_base64(data: bytes) -> str:
    """Return canonical base64 without padding (RFC 4648 section 4)."""
    return base64.b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64(text: str) -> bytes:
    """Read canonical base64 without padding.

    Raises:
        HeaderError: Padded, not canonical, or not base64.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise HeaderError("not base64") from None
    # Several texts decode to the same bytes; accepting only the one we would write leaves nothing malleable.
    if encode_base64(data) != text:
        raise HeaderError("base64 that is padded or not canonical")
    return data


def _stanzas(lines: list[str]) -> Iterator[Stanza]:
    remaining = iter(lines)
    for opening in remaining:
        if not opening.startswith("-> "):
            raise HeaderError("a stanza begins with an arrow")
        body = []
        for line in remaining:
            if len(line) > _COLUMNS:
                raise HeaderError(f"a stanza is wrapped at {_COLUMNS} columns")
            body.append(line)
            if len(line) < _COLUMNS:
                break
        else:
            raise HeaderError(f"a stanza ends with a line of fewer than {_COLUMNS} columns")
        yield Stanza(tuple(opening.removeprefix("-> ").split(" ")), decode_base64("".join(body)))


def _check_version(beginning: bytes | bytearray) -> None:
    """Refuse what can't become a v1 header however it goes on."""
    if _VERSION_LINE.startswith(beginning[: len(_VERSION_LINE)]):
        return
    if _OTHER_VERSION.match(beginning):
        raise ForeignVersion("an age file of another version than v1")
    raise HeaderError("not an age file")


def _macced_part(stanzas: tuple[Stanza, ...]) -> bytes:
    return _VERSION_LINE + "".join(stanza.encode() for stanza in stanzas).encode("ascii") + b"---"


def _mac(file_key: bytes, stanzas: tuple[Stanza, ...]) -> bytes:
    mac_key = HKDF(SHA256(), 32, salt=None, info=b"header").derive(file_key)
    return hmac.digest(mac_key, _macced_part(stanzas), sha256)
