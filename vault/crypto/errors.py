"""What can go wrong in the pure cryptography. No message ever holds a secret or a plaintext."""


class CryptoError(Exception):
    """Anything this package refuses."""


class HeaderError(CryptoError):
    """An age header does not follow the grammar, or a stanza for us is malformed (SPEC.md A.2, A.3)."""


class NoMatch(CryptoError):
    """The header is well-formed but none of the identities opens a stanza."""


class HeaderMacError(CryptoError):
    """A stanza opened, but the header was changed by someone who does not know the file key (SPEC.md A.2)."""


class PayloadError(CryptoError):
    """A payload is truncated, extended, reordered or not authentic (SPEC.md A.1)."""


class WrongPlace(CryptoError):
    """A wrapped key, secret or record was made for another place or key, or damaged: no way to tell which."""


class KeyFormatError(CryptoError):
    """A recipient, identity or card code is mistyped, or a key has the wrong length."""
