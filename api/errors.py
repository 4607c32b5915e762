"""The one table from what went wrong to what a caller is told: status, message id, and whether to try again.

JSON callers get RFC 9457 problem details; pages show the same message translated (locale ids `error.<id>`). Nothing
here ever shows the text of an exception.
"""

from dataclasses import dataclass
from typing import Any

from access_policies.decide import DEFAULT_DENY, NO_DECISION
from api.i18n import DEFAULT_LANGUAGE, has_text, text
from ocr.errors import OcrError, UnsuitableFile
from vault.crypto.errors import CryptoError
from vault.errors import (
    DatabaseBusy,
    DiskFull,
    NotFound,
    NotSignedIn,
    Refused,
    SignInFailed,
    StoreUnavailable,
    TooManyTries,
    Unacceptable,
    Unavailable,
    VaultError,
)


@dataclass(frozen=True)
class Problem:
    """One failure as a caller sees it. `message` is a locale id under `error.`; `retry_after` is in seconds."""

    status: int
    message: str
    retry_after: int | None = None
    values: tuple[tuple[str, str], ...] = ()

    def title(self, language: str = DEFAULT_LANGUAGE) -> str:
        """What happened, what is safe and what to do next, in one or two sentences."""
        return text(language, f"error.{self.message}", **dict(self.values))

    def as_json(self) -> dict[str, Any]:
        """RFC 9457 members; `code` is stable and meant for programs."""
        return {
            "type": f"/v1/problems/{self.message}",
            "title": self.title(),
            "status": self.status,
            "code": self.message,
        }


class HttpProblem(Exception):
    """A fault of the call itself, seen before any use case: wrong token, header, form or size."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(status, message)


_TABLE: tuple[tuple[type[Exception], int, str, int | None], ...] = (
    (NotFound, 404, "not-found", None),
    (NotSignedIn, 401, "not-signed-in", None),
    (SignInFailed, 401, "sign-in-failed", None),
    (StoreUnavailable, 503, "store-unavailable", 10),
    (DatabaseBusy, 503, "database-busy", 5),
    (DiskFull, 507, "disk-full", None),
    (Unavailable, 503, "unavailable", 10),
    (CryptoError, 500, "sealed-damaged", None),
    (OcrError, 503, "unavailable", 10),
    (VaultError, 500, "unexpected", None),
)
_CONFLICTS = {"idempotency-key-reused"}
# Where several reasons hold, the one that another try or another paper would not change.
_TOLD_FIRST = ("grant-withdrawn", "grant-expired", "request-answered", "request-expired")


def problem_of(error: Exception) -> Problem:
    """The problem an error becomes. Unknown errors become `unexpected`, with nothing of their text."""
    if isinstance(error, HttpProblem):
        return error.problem
    if isinstance(error, Refused):
        return Problem(403, _refusal(error.policies))
    if isinstance(error, TooManyTries):
        return Problem(429, "too-many-tries", 900, (("until", f"{error.until:%H:%M} UTC"),))
    if isinstance(error, Unacceptable):
        return Problem(409 if error.code in _CONFLICTS else 422, error.code)
    if isinstance(error, UnsuitableFile):
        page = str(error.page) if error.page is not None else "?"
        return Problem(422, f"file-{str(error.reason).replace('_', '-').lower()}", None, (("page", page),))
    for kind, status, message, retry_after in _TABLE:
        if isinstance(error, kind):
            return Problem(status, message, retry_after)
    return Problem(500, "unexpected")


def _refusal(policies: tuple[str, ...]) -> str:
    if policies in ((DEFAULT_DENY,), (NO_DECISION,)):
        return "not-allowed"
    known = [policy for policy in policies if has_text(f"error.{policy}")]
    first = [policy for policy in _TOLD_FIRST if policy in known]
    return [*first, *known, "not-allowed"][0]
