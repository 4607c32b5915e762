"""What must hold for the header parser whatever bytes it is given."""

from collections.abc import Sequence

from vault.crypto.age import Identity
from vault.crypto.age_header import Header, parse_header, split_header
from vault.crypto.errors import HeaderError
from vault.crypto.hybrid import HybridIdentity
from vault.crypto.x25519 import X25519Identity

# Passphrases are left out: a stanza of theirs asks for up to a gigabyte of work, by design.
IDENTITIES: Sequence[Identity] = (X25519Identity(bytes(range(32))), HybridIdentity(bytes(range(32))))
PIECE = 61


def check(data: bytes) -> None:
    """Raises anything but HeaderError's tree inside, or AssertionError, if the parser does what it must not."""
    whole = parsed(data)
    if whole is None:
        return
    assert whole.encode() == data, "a header was accepted that we would write otherwise"
    pieces = (data[start : start + PIECE] for start in range(0, len(data), PIECE))
    split, rest = split_header(pieces)
    assert (split, b"".join(rest)) == (whole, b""), "cut into pieces it reads as another header"
    for identity in IDENTITIES:
        try:
            file_key = identity.unwrap(whole.stanzas)
        except HeaderError:
            continue
        assert file_key is None or len(file_key) == 16, "a file key of another length was unwrapped"


def parsed(data: bytes) -> Header | None:
    try:
        return parse_header(data)
    except HeaderError:
        return None
