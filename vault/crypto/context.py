"""The canonical encoding that binds a sealed thing to its place (SPEC.md B.1)."""

from typing import TypeAlias

Field: TypeAlias = str | bytes | int

_TEXT, _BYTES, _INTEGER = b"\x01", b"\x02", b"\x03"


def encode_context(label: str, *fields: Field) -> bytes:
    """Encode a label and its fields injectively: different inputs never give the same bytes (SPEC.md B.1).

    Used as HKDF info (label alone) and as associated data. Text is taken as it is, without normalisation.

    Raises:
        TypeError: A field is neither text, bytes nor a plain integer.
        ValueError: An integer does not fit in 64 unsigned bits, or text has no UTF-8 form.
    """
    return _prefixed(label.encode()) + _u32(len(fields)) + b"".join(map(_encode_field, fields))


def _encode_field(field: Field) -> bytes:
    # bool is an int to Python; accepting it would make True and 1 one field.
    if isinstance(field, bool):
        raise TypeError("a context field is text, bytes or an integer, not a truth value")
    if isinstance(field, str):
        return _TEXT + _prefixed(field.encode())
    if isinstance(field, bytes):
        return _BYTES + _prefixed(field)
    if isinstance(field, int):
        return _INTEGER + _prefixed(_u64(field))
    raise TypeError(f"a context field is text, bytes or an integer, not {type(field).__name__}")


def _prefixed(value: bytes) -> bytes:
    return _u32(len(value)) + value


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _u64(number: int) -> bytes:
    if not 0 <= number < 1 << 64:
        raise ValueError("an integer in a context has 64 unsigned bits")
    return number.to_bytes(8, "big")
