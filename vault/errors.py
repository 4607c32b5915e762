"""Everything that can go wrong in custody, as one small tree without a word of HTTP.

VaultError
├── Refused                 the policy said no; carries the Decision's ids and reasons
├── NotFound                it does not exist, or the asker may not know that it does
├── NotSignedIn             no live session behind this token
├── SignInFailed            wrong login, password, card or PIN: never says which
├── TooManyTries            locked for a while, alike for people who exist and who don't
├── RotationStopped         not everything could be moved to the new version of the root key
├── SecretsLost             the vault's own secrets are missing from a database in use
├── Unacceptable            what was asked cannot be done as asked; carries a stable code
├── FlawedPages             pages cannot be read well (vault/intake.py); staff may overrule it
└── Unavailable             a part is down or full: nothing was kept, try again later
    ├── StoreUnavailable    the object store
    ├── DatabaseBusy        the database is locked by someone else
    ├── DiskFull            no room left
    ├── KeyReplaced         a key was replaced while it was in use
    ├── KeyringUnavailable  the root key cannot be used right now
    └── TooBusy             more sign-ins at once than this machine can check
"""

from datetime import datetime


class VaultError(Exception):
    """Root of everything the vault raises on purpose."""


class Refused(VaultError):
    """The policy refused. `policies` are the ids that decided, `reasons` their sentences."""

    def __init__(self, policies: tuple[str, ...], reasons: tuple[str, ...] = ()) -> None:
        super().__init__(", ".join(policies))
        self.policies = policies
        self.reasons = reasons


class NotFound(VaultError):
    """No such thing, or not for the asker: the two are deliberately one answer."""


class NotSignedIn(VaultError):
    """The session is missing, ended or idle for too long."""


class SignInFailed(VaultError):
    """The pair offered does not open anything. Never says which half was wrong."""


class TooManyTries(VaultError):
    """Sign-in is locked until `until` (UTC), whether or not the account exists."""

    def __init__(self, until: datetime) -> None:
        super().__init__("locked")
        self.until = until


class SecretsLost(VaultError):
    """The vault's own secrets are missing from a database in use: restore it, new ones would open nothing."""

    def __str__(self) -> str:
        return (
            "the database is in use but its secrets, or one of them, are gone: put back a backup, "
            "new ones would open nothing"
        )


class RotationStopped(VaultError):
    """The root key was not replaced, or not to the end; the old version still opens. Its text says what to do."""


class Unacceptable(VaultError):
    """What was asked cannot be done as asked. `code` is stable and names why; `limit` is what was passed, if any."""

    def __init__(self, code: str, limit: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.limit = limit


class Unavailable(VaultError):
    """A part is down. Nothing was kept and nothing was let out: try again later."""


class StoreUnavailable(Unavailable):
    """The object store did not take or give an object."""


class KeyringUnavailable(Unavailable):
    """The keyring is down, sealed, too slow or refuses us for now: what needs no key still works."""


class DatabaseBusy(Unavailable):
    """Someone else held the database for longer than we wait."""


class KeyReplaced(Unavailable):
    """A holder key or the root key was replaced between its use and the commit: the same call works when repeated."""


class TooBusy(Unavailable):
    """More people sign in at once than this machine can check; nothing was counted against anybody."""


class DiskFull(Unavailable):
    """There is no room left for what was to be kept."""
