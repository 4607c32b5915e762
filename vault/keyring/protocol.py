"""What the vault asks of a keyring: the place where the root key lives and which it never leaves.

A keyring wraps holder keys and the vault's own secrets. It knows several *versions* of the root key: one that wraps
now, and earlier ones that still open what they wrapped until they are retired.
"""

from collections.abc import Sequence
from typing import Protocol


class KeyringError(Exception):
    """The keyring cannot be used as it is set up. The message says what to do and holds no secret."""


class Keyring(Protocol):
    """Safe to share between threads. Every method may raise KeyringUnavailable: nothing was done, try again later.

    A secret has 1 to 4096 bytes. `context` says what it is and whose; callers build it with `encode_context`, so that
    contexts of different kinds never collide.
    """

    def current(self) -> str:
        """The version of the root key that wraps now: a short text, such as "2", or a KMS key's id."""

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        """`secret` under the current version, bound to `context` (SPEC.md B.5). It names its version itself."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The secret that was wrapped for exactly this context.

        Raises:
            WrongPlace: another context, another keyring, or tampered with.
            VersionRetired: wrapped under a version that was retired since.
        """

    def unwrap_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """As `unwrap` for each (wrapped, context), in the same order. One that does not open fails them all."""

    def rewrap_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """The same secrets under the current version, for the same contexts; the secrets are not handed out.

        Raises as `unwrap_many` does.
        """

    def version_of(self, wrapped: bytes) -> str:
        """The version that it says it was wrapped under. Asks nobody; proves nothing before it is unwrapped.

        Raises:
            WrongPlace: this is nothing that a keyring of this kind wrapped.
        """

    def rotate(self) -> str:
        """Makes a new version and returns it. From then on it wraps; the older ones still open.

        A `wrap` that is under way elsewhere may still come back under the version before.

        Raises:
            KeyringError: not allowed to, or not possible here.
        """

    def retire_all_but(self, version: str) -> None:
        """From then on whatever another version wrapped is VersionRetired. Doing it again changes nothing.

        Raises:
            KeyringError: `version` is not the current one, or retiring is not allowed.
        """
