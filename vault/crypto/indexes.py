"""Looking things up without storing them: keyed blind indexes over normalised values (SPEC.md B.7)."""

import hmac
import unicodedata
from hashlib import sha256

from vault.crypto.context import encode_context
from vault.crypto.errors import KeyFormatError

CARD_LABEL = "migrant-vault/v1/index/card"
LOGIN_LABEL = "migrant-vault/v1/index/login"

_INDEX_KEY_SIZE = 32
_CARD_READINGS = str.maketrans("OIL", "011", " -")
_D_WITH_STROKE = str.maketrans("Đđ", "Dd")


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


def normalise_card_code(code: str) -> str:
    """Return the bare symbols: upper case, no spaces or hyphens, O read as 0, I and L as 1 (SPEC.md B.7)."""
    return code.upper().translate(_CARD_READINGS)


def normalise_login(login: str) -> str:
    """Return the compatibility caseless form (Unicode 3.13, D146) without white space around it."""
    folded = unicodedata.normalize("NFD", login).casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold()).strip()


def name_tokens(name: str) -> frozenset[str]:
    """Return the parts of a name without Latin diacritics, in upper case; order does not matter.

    "Đỗ Thị Hoa", "DO THI HOA" and "Hoa, Do Thi" give the same set. Marks of other scripts stay: in Thai
    they are vowels.
    """
    decomposed = unicodedata.normalize("NFD", name.translate(_D_WITH_STROKE))
    bare = "".join(symbol for symbol in decomposed if not "\u0300" <= symbol <= "\u036f").upper()
    return frozenset("".join(symbol if _in_name(symbol) else " " for symbol in bare).split())


def _in_name(symbol: str) -> bool:
    return unicodedata.category(symbol)[0] in "LMN"


def _index(index_key: bytes, label: str, normalised: str) -> bytes:
    if len(index_key) != _INDEX_KEY_SIZE:
        raise KeyFormatError(f"an index key has {_INDEX_KEY_SIZE} bytes")
    return hmac.digest(index_key, encode_context(label, normalised), sha256)
