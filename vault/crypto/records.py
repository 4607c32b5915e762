"""Small sealed records: names, numbers, read text, notes; each bound to its cell (SPEC.md B.6)."""

from dataclasses import dataclass

from vault.crypto.errors import CryptoError, WrongPlace
from vault.crypto.siv import Place, open_bytes, seal_bytes

RECORD_LABEL = "migrant-vault/v1/record"


@dataclass(frozen=True)
class Cell:
    """Where a record belongs: whose it is, and its table, row and column."""

    holder_id: str
    table: str
    row: str
    column: str


def seal(holder_key: bytes, plaintext: str, cell: Cell) -> bytes:
    """Seal text to its cell. The sealed form is 29 bytes longer than the UTF-8 text, so the length shows.

    Raises:
        CryptoError: The text has no UTF-8 form (a lone surrogate).
        KeyFormatError: The holder key is not 32 bytes.
    """
    try:
        encoded = plaintext.encode()
    except UnicodeEncodeError:
        # Not chained: a UnicodeEncodeError carries the whole text.
        raise CryptoError("the text of a record has no UTF-8 form") from None
    return seal_bytes(holder_key, encoded, _place(cell))


def open_record(holder_key: bytes, sealed: bytes, cell: Cell) -> str:
    """Return the text that was sealed for exactly this cell.

    Raises:
        WrongPlace: Another cell or holder key, or damaged.
        KeyFormatError: The holder key is not 32 bytes.
    """
    opened = open_bytes(holder_key, sealed, _place(cell))
    try:
        return opened.decode()
    except UnicodeDecodeError:
        raise WrongPlace("not sealed for this place, or damaged") from None


def _place(cell: Cell) -> Place:
    return Place(RECORD_LABEL, (cell.holder_id, cell.table, cell.row, cell.column))
