"""Searches bytes for planted secrets in every form they may have slipped out in: the searcher of the hygiene test.

A secret is looked for as it is, composed and decomposed, without diacritics, in capitals and small letters, reversed,
in UTF-16, base64 at any alignment, hexadecimal, percent-encoded, as JSON and as Python writes it, and in all of these
within zlib and gzip streams. What is not looked for: other compressions (PostgreSQL's own, which pg_dump undoes), and
anything encrypted.
"""

import base64
import json
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import numpy as np

SHORTEST_FORM = 6
"""Bytes of a form: a shorter one would be found by chance in what is random."""

_MOST_INFLATED = 64 * 1024 * 1024
_NESTED = 2
_STREAMS = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_FILLING = re.compile(rb"\0{64,}")
_DIGITS_ALONE = rb"(?<![0-9A-Fa-f.])%s(?![0-9A-Fa-f])"


@dataclass(frozen=True, order=True)
class Find:
    """A secret found: by its name, never by what it says, the form it had, and where."""

    secret: str
    form: str
    place: str


class Searcher:
    """Looks for many secrets at once. `secrets` are names and what they stand for: a text, or bytes such as a key."""

    def __init__(self, secrets: Mapping[str, str | bytes]) -> None:
        self._forms: dict[bytes, list[tuple[bytes, str, str]]] = {}
        self._starts = np.zeros(1 << 16, dtype=bool)
        self._thirds = np.zeros(1 << 16, dtype=bool)
        for name, secret in secrets.items():
            found = forms_of(secret)
            assert found, f"{name} is too short to be looked for"
            for written, form in found.items():
                self._forms.setdefault(written[:4], []).append((written, name, form))
                self._starts[int.from_bytes(written[:2], "big")] = True
                self._thirds[int.from_bytes(written[2:4], "big")] = True

    def search(self, content: bytes, place: str) -> set[Find]:
        """Every secret that `content`, or a compressed stream in it, holds."""
        finds: set[Find] = set()
        for layer, inflated in _layers(content, _NESTED):
            finds |= {Find(name, form, place + layer) for name, form in self._in(inflated)}
        return finds

    def _in(self, content: bytes) -> Iterator[tuple[str, str]]:
        if len(content) < SHORTEST_FORM:
            return
        octets = np.frombuffer(content, dtype=np.uint8).astype(np.uint16)
        pairs = octets[:-1] << 8 | octets[1:]
        candidates = np.nonzero(self._starts[pairs[:-2]] & self._thirds[pairs[2:]])[0]
        for at in candidates.tolist():
            for written, name, form in self._forms.get(content[at : at + 4], ()):
                if content.startswith(written, at) and _stands_alone(content, at, written):
                    yield name, form


def forms_of(secret: str | bytes) -> dict[bytes, str]:
    """Every form of one secret, with its name; those shorter than `SHORTEST_FORM` bytes are left out."""
    found: dict[bytes, str] = {}
    if isinstance(secret, bytes):
        for form, written in _byte_forms(secret):
            found.setdefault(written, form)
    else:
        for spelling, text in _spellings(secret):
            for form, written in _text_forms(text):
                found.setdefault(written, f"{spelling} {form}".strip())
    return {written: form for written, form in found.items() if len(written) >= SHORTEST_FORM}


def without_diacritics(text: str) -> str:
    """As a look-up token would have it: đ counts as d."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _spellings(text: str) -> Iterator[tuple[str, str]]:
    composed = unicodedata.normalize("NFC", text)
    for spelling, base in (
        ("", composed),
        ("decomposed", unicodedata.normalize("NFD", composed)),
        ("without diacritics", without_diacritics(composed)),
        ("without spaces", without_diacritics(composed).replace(" ", "").replace("-", "")),
    ):
        yield spelling, base
        yield f"{spelling} small".strip(), base.lower()
        yield f"{spelling} capital".strip(), base.upper()


def _text_forms(text: str) -> Iterator[tuple[str, bytes]]:
    yield from _byte_forms(text.encode())
    yield "utf-16-le", text.encode("utf-16-le")
    yield "utf-16-be", text.encode("utf-16-be")
    yield "reversed text", text[::-1].encode()
    for form, written in (
        ("percent-encoded", quote(text, safe="")),
        ("percent-encoded small", re.sub("%..", lambda each: each[0].lower(), quote(text, safe=""))),
        ("form-encoded", quote_plus(text)),
        ("json", json.dumps(text)[1:-1]),
        ("json capital", re.sub(r"(?<=\\u)....", lambda each: each[0].upper(), json.dumps(text)[1:-1])),
    ):
        yield form, written.encode()


def _byte_forms(raw: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", raw
    yield "reversed", raw[::-1]
    yield "hex", raw.hex().encode()
    yield "hex capital", raw.hex().upper().encode()
    yield "python", repr(raw)[2:-1].encode()
    for before in range(3):
        # A character of base64 holds bits of what stands before or after: only those that hold ours alone count.
        begin, end = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        written = base64.b64encode(bytes(before) + raw + bytes(2))[begin:end]
        yield f"base64 at {before}", written
        yield f"base64url at {before}", written.translate(bytes.maketrans(b"+/", b"-_"))


def _stands_alone(content: bytes, at: int, written: bytes) -> bool:
    """Whether a few digits are no part of a longer number, of a fraction, or of something in hexadecimal, by chance."""
    if not written.isdigit() or len(written) > 8:
        return True
    around = content[max(0, at - 1) : at + len(written) + 1]
    return re.compile(_DIGITS_ALONE % written).match(around, min(at, 1)) is not None


def _layers(content: bytes, nested: int, layer: str = "") -> Iterator[tuple[str, bytes]]:
    # Files of databases and stores are mostly filling.
    thinned = _FILLING.sub(bytes(64), content)
    yield layer, thinned
    if not nested:
        return
    for stream in _STREAMS.finditer(thinned):
        inflated = _inflated(memoryview(thinned)[stream.start() :])
        if len(inflated) >= SHORTEST_FORM:
            yield from _layers(inflated, nested - 1, f"{layer} inflated at {stream.start()}")


def _inflated(stream: memoryview) -> bytes:
    """What a zlib or gzip stream holds, as far as it can be read; nothing if it is none."""
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # which of the two, it finds out
    out = bytearray()
    try:
        for begin in range(0, len(stream), 4096):
            out += reader.decompress(stream[begin : begin + 4096])
            if reader.eof or len(out) > _MOST_INFLATED:
                break
    except zlib.error:
        pass
    return bytes(out)
