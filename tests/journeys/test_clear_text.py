"""The searcher of the hygiene test finds what is planted, in every form and place: else that test proves nothing."""

import base64
import gzip
import secrets
import unicodedata
import zlib
from collections.abc import Callable

import pytest

from tests.journeys.clear_text import Find, Searcher

NAME, PIN, KEY = "Đặng Thị Quỳnh Nhiên", "274918", bytes(range(0xC0, 0xE0))
PLAIN = "Dang Thi Quynh Nhien"
SEARCHER = Searcher({"name": NAME, "PIN": PIN, "key": KEY})


def junk(size: int) -> bytes:
    """Random, so that nothing is found by its surroundings."""
    return secrets.token_bytes(size)


def percent(text: str, space: bytes) -> bytes:
    octets = (b"%%%02X" % each if each > 127 else bytes([each]) for each in text.encode())
    return b"".join(octets).replace(b" ", space)


def escaped(text: str, escape: str) -> bytes:
    return "".join(escape % ord(each) if ord(each) > 127 else each for each in text).encode()


FORMS: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda text: text.encode(),
    "composed": lambda text: unicodedata.normalize("NFC", text).encode(),
    "decomposed": lambda text: unicodedata.normalize("NFD", text).encode(),
    "capitals": lambda text: text.upper().encode(),
    "small letters": lambda text: text.lower().encode(),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "hex": lambda text: text.encode().hex().encode(),
    "hex in capitals": lambda text: text.encode().hex().upper().encode(),
    "reversed bytes": lambda text: text.encode()[::-1],
    "reversed letters": lambda text: text[::-1].encode(),
}
NAME_FORMS: dict[str, Callable[[str], bytes]] = {
    **FORMS,
    "percent-encoded": lambda text: percent(text, b"%20"),
    "form-encoded": lambda text: percent(text, b"+"),
    "json": lambda text: escaped(text, r"\u%04x"),
    "json in capitals": lambda text: escaped(text, r"\u%04X"),
    "python": lambda text: str(text.encode()).encode(),
    "without diacritics": lambda text: PLAIN.encode(),
    "a look-up token": lambda text: PLAIN.upper().replace(" ", "").encode(),
}


@pytest.mark.parametrize("form", NAME_FORMS)
def test_a_name_is_found_in_every_form(form: str) -> None:
    content = junk(100) + NAME_FORMS[form](NAME) + junk(100)
    assert {find.secret for find in SEARCHER.search(content, "file")} == {"name"}


@pytest.mark.parametrize("form", FORMS)
def test_a_few_digits_are_found_in_every_form(form: str) -> None:
    for before, after in ((b" ", b" "), (b"\0", b"\n"), (b'"', b'"'), (b"=", b"&"), (b"\xff", b"\xff")):
        assert SEARCHER.search(before + FORMS[form](PIN) + after, "file"), (form, before)


@pytest.mark.parametrize(
    "content", [b"2274918", b"2749180", b"12:00:01.274918", b"9f274918ab", b"274919", b"274 918"]
)
def test_digits_of_a_longer_number_are_not_taken_for_it(content: bytes) -> None:
    assert SEARCHER.search(content, "file") == set()


@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("after", range(4))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_it_is_found_within_base64_wherever_it_stands(
    before: int, after: int, encode: Callable[[bytes], bytes]
) -> None:
    for name, secret in (("name", NAME.encode()), ("PIN", PIN.encode()), ("key", KEY)):
        encoded = encode(junk(before) + secret + junk(after))
        assert name in {find.secret for find in SEARCHER.search(encoded, "file")}


@pytest.mark.parametrize("form", ["as it is", "reversed", "hex", "python"])
def test_a_key_is_found_in_every_form(form: str) -> None:
    written = {"as it is": KEY, "reversed": KEY[::-1], "hex": KEY.hex().encode(), "python": str(KEY).encode()}
    finds = SEARCHER.search(junk(1000) + written[form] + junk(1000), "file")
    assert {find.secret for find in finds} == {"key"}


@pytest.mark.parametrize(
    "pack", [zlib.compress, gzip.compress, lambda raw: gzip.compress(zlib.compress(raw))]
)
def test_it_is_found_within_a_compressed_stream(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(junk(5000) + NAME.encode() + bytes(5000) + PIN.encode("utf-16-le"))
    assert {find.secret for find in SEARCHER.search(packed, "file")} == {"name", "PIN"}
    within = SEARCHER.search(junk(3000) + bytes(10_000) + packed + junk(3000), "file")
    assert {find.secret for find in within} == {"name", "PIN"}
    cut_off = SEARCHER.search(packed[: len(packed) - 20], "file")
    assert "name" in {find.secret for find in cut_off}


def test_it_is_found_at_both_ends_behind_filling_and_beside_another() -> None:
    for content in (
        NAME.encode() + junk(9),
        junk(9) + NAME.encode(),
        bytes(100_000) + NAME.encode() + bytes(100_000),
    ):
        assert {find.secret for find in SEARCHER.search(content, "file")} == {"name"}
    assert {find.secret for find in SEARCHER.search(KEY + NAME.encode() + KEY, "file")} == {"name", "key"}


def test_nothing_is_found_where_there_is_nothing() -> None:
    for content in (
        b"",
        b"a",
        junk(1_000_000),
        junk(200_000).hex().encode(),
        base64.b64encode(junk(200_000)),
    ):
        assert SEARCHER.search(content, "file") == set()


def test_a_find_says_what_and_where_but_not_the_secret() -> None:
    (find,) = SEARCHER.search(KEY, "file")
    assert find == Find("key", "", "file")
    (find,) = SEARCHER.search(zlib.compress(KEY.hex().encode()), "file")
    assert (find.secret, find.form, find.place) == ("key", "hex", "file inflated at 0")
