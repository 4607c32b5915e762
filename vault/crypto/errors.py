"""What can go wrong in the pure cryptography. No message ever holds a secret or a plaintext."""


class CryptoError(Exception):
    """Anything this package refuses."""


class HeaderError(CryptoError):
    """An age header does not follow the grammar, or a stanza for us is malformed (SPEC.md A.2 to A.5)."""


class ForeignVersion(HeaderError):
    """The file says that it is an age file of another version than v1 (SPEC.md A.2)."""


class HeaderTooLong(HeaderError):
    """A header that goes on past 64 KiB: ours in addition to age, for hostile input (SPEC.md A.2)."""


class TooManyRecipients(HeaderError):
    """More than 20 stanzas: ours in addition to age, for hostile input (SPEC.md A.2)."""


class MixedRecipients(HeaderError):
    """Recipients that may not share a header: post-quantum beside classic, or a passphrase beside anything."""


class WorkFactorTooHigh(HeaderError):
    """A passphrase stanza that would cost more memory and time than a reader gives (SPEC.md A.5)."""


class ArmorError(CryptoError):
    """Pasted text is not exactly one ASCII-armored age file (SPEC.md A.6)."""


class NoMatch(CryptoError):
    """The header is well-formed but none of the identities opens a stanza: a wrong identity or passphrase."""


class HeaderMacError(CryptoError):
    """A stanza opened, but the header was changed by someone who does not know the file key (SPEC.md A.2)."""


class PayloadError(CryptoError):
    """A payload is truncated, extended, reordered or not authentic (SPEC.md A.1)."""


class WrongPlace(CryptoError):
    """A wrapped key, secret or record was made for another place or key, or damaged: no way to tell which."""


class MovedRow(WrongPlace):
    """A wrapped file key stands in a row it was not made for: another holder, document, object, role or version."""


class SwappedObject(WrongPlace):
    """The row is in its place, but what the store gave is not the payload that the row was made for."""


class OldVersion(WrongPlace):
    """A row and its payload fit each other, but the ledger knows that the object was sealed anew since."""


class VersionRetired(WrongPlace):
    """A secret was wrapped under a version of the root key that was retired since (SPEC.md B.5)."""


class KeyFormatError(CryptoError):
    """A recipient, identity or card code is mistyped, or a key has the wrong length."""


class WrongChecksum(KeyFormatError):
    """A recipient or identity whose checksum is wrong: mistyped or cut (BIP-173)."""


class MixedCase(KeyFormatError):
    """A recipient or identity in upper and lower case at once, which Bech32 forbids (BIP-173)."""


class UnknownType(KeyFormatError):
    """Well-formed text, or not even that, of a kind that is no recipient or identity here."""
