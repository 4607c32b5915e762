"""Looking things up without storing them: keyed blind indexes over normalised values (SPEC.md B.7)."""

import hmac
import re
import unicodedata
from hashlib import sha256

import phonenumbers

from vault.crypto.context import encode_context
from vault.crypto.errors import KeyFormatError

CARD_LABEL = "migrant-vault/v1/index/card"
LOGIN_LABEL = "migrant-vault/v1/index/login"
HOLDER_LABELS = {
    "name": "migrant-vault/v1/index/name",
    "phone": "migrant-vault/v1/index/phone",
    "passport_number": "migrant-vault/v1/index/passport-number",
}
"""What a holder is found by at her own centre, each kind of value with the label of its index."""

_INDEX_KEY_SIZE = 32
_CARD_READINGS = str.maketrans("OIL", "011", " -")
# Đ has no decomposition; the letters of Iceland and of Ewe look the same and come from old Vietnamese typefaces.
_D_WITH_STROKE = dict.fromkeys(map(ord, "ĐđÐðƉɖ"), "D")
_APOSTROPHES = dict.fromkeys(map(ord, "'`\u02b9\u02bb\u02bc\u02bd\u2018\u2019\u201b\u2032"), "'")
_LONE_ACUTE = {0xB4: "'"}  # the compatibility form would make a space of it
_MINUS = "\u2212"
_PHONE = re.compile(r"[0-9+(). -]+")


def card_index(index_key: bytes, code: str) -> bytes:
    """Return the 32-byte index of a card code, however it was spaced and cased.

    Raises:
        KeyFormatError: The index key is not 32 bytes.
    """
    return _index(index_key, CARD_LABEL, normalise_card_code(code))


def login_index(index_key: bytes, login: str) -> bytes:
    """Return the 32-byte index of a sign-in name, however it was cased.

    Raises:
        KeyFormatError: The index key is not 32 bytes.
    """
    return _index(index_key, LOGIN_LABEL, normalise_login(login))


def holder_index(index_key: bytes, kind: str, centre_id: str, normalised: str) -> bytes:
    """Return the 32-byte index of a normalised value of one of `HOLDER_LABELS`, at one centre.

    The same value at another centre has another index: equal people don't show across centres.

    Raises:
        KeyFormatError: The index key is not 32 bytes.
    """
    return _index(index_key, HOLDER_LABELS[kind], centre_id, normalised)


def normalise_card_code(code: str) -> str:
    """Return the bare symbols: upper case, no spaces or hyphens, O read as 0, I and L as 1 (SPEC.md B.7)."""
    return code.upper().translate(_CARD_READINGS)


def normalise_login(login: str) -> str:
    """Return the compatibility caseless form (Unicode 3.13, D146) without white space around it."""
    folded = unicodedata.normalize("NFD", login).casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold()).strip()


def normalise_passport_number(number: str) -> str:
    """Return the bare symbols: upper case, digits of any script as 0 to 9, no spaces, hyphens or dots (SPEC.md B.7).

    Letters stay what they are: in a passport number O and 0 are different.
    """
    compatible = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _visible(number)).upper())
    kept = (symbol for symbol in compatible if not symbol.isspace() and not _dash(symbol) and symbol != ".")
    return unicodedata.normalize("NFC", "".join(_plain_digit(symbol) for symbol in kept))


def normalise_phone(number: str, country: str) -> str | None:
    """Return the number in E.164 (ITU-T), read as in `country` (ISO 3166-1 alpha-2); None if it is no whole number.

    An extension, a second number or any word beside it makes it none.
    """
    plain = "".join(
        " " if symbol.isspace() else "-" if _dash(symbol) else _plain_digit(symbol)
        for symbol in unicodedata.normalize("NFKC", _visible(number))
    )
    if not _PHONE.fullmatch(plain):
        return None
    try:
        parsed = phonenumbers.parse(plain, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def name_tokens(name: str) -> frozenset[str]:
    """Return the parts that a name is found by: those of all its readings."""
    return frozenset().union(*name_readings(name))


def name_readings(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the parts of a name without Latin diacritics, in upper case; order does not matter.

    "Đỗ Thị Hoa", "DO THI HOA" and "Hoa, Do Thi" give the same sets. An apostrophe may be read as a cut (H'Hen: H,
    HEN) or left out, as passports do (HHEN): the first set cuts, the second leaves out. Marks of other scripts stay:
    in Thai they are vowels.
    """
    compatible = unicodedata.normalize("NFKD", _visible(name).translate(_LONE_ACUTE)).translate(_APOSTROPHES)
    decomposed = unicodedata.normalize("NFKD", compatible.translate(_D_WITH_STROKE).upper())
    bare = "".join(symbol for symbol in decomposed if not "\u0300" <= symbol <= "\u036f")
    return _parts(bare), _parts(bare.replace("'", ""))


def _visible(text: str) -> str:
    """Without format characters, as which telephones and web pages paste much that nobody sees."""
    return "".join(symbol for symbol in text if unicodedata.category(symbol) != "Cf")


def _parts(bare: str) -> frozenset[str]:
    in_names = (symbol if unicodedata.category(symbol)[0] in "LMN" else " " for symbol in bare)
    return frozenset("".join(in_names).split())


def _plain_digit(symbol: str) -> str:
    digit = unicodedata.decimal(symbol, None)
    return symbol if digit is None else str(digit)


def _dash(symbol: str) -> bool:
    return symbol == _MINUS or unicodedata.category(symbol) == "Pd"


def _index(index_key: bytes, label: str, *normalised: str) -> bytes:
    if len(index_key) != _INDEX_KEY_SIZE:
        raise KeyFormatError(f"an index key has {_INDEX_KEY_SIZE} bytes")
    return hmac.digest(index_key, encode_context(label, *normalised), sha256)
