"""The one table from what went wrong to what a caller is told: status, message id, and whether to try again.

JSON callers get RFC 9457 problem details; pages show the same message translated (locale ids `error.<id>`). Nothing
here ever shows the text of an exception.
"""

from dataclasses import dataclass
from typing import Any

from access_policies.decide import DEFAULT_DENY, NO_DECISION
from api.i18n import DEFAULT_LANGUAGE, LANGUAGES, has_text, text
from ocr.errors import OcrError, Reason, UnsuitableFile
from vault.crypto.errors import CryptoError, MovedRow, OldVersion, SwappedObject, VersionRetired
from vault.errors import (
    DatabaseBusy,
    DiskFull,
    KeyReplaced,
    KeyringUnavailable,
    NotFound,
    NotSignedIn,
    Refused,
    SignInFailed,
    StoreUnavailable,
    TooBusy,
    TooManyTries,
    Unacceptable,
    Unavailable,
    VaultError,
)
from vault.intake import FlawedPages, PageFinding

MOST_PLACES = 20
"""How many places at fault a problem names; the rest are found once these are mended."""


@dataclass(frozen=True)
class Place:
    """Where in a call the fault lies: a JSON pointer (RFC 6901) into the body, or a parameter's name. Never a value."""

    pointer: str | None = None
    parameter: str | None = None

    def as_json(self) -> dict[str, str]:
        """The one member that is told."""
        return (
            {"parameter": self.parameter} if self.parameter is not None else {"pointer": self.pointer or ""}
        )


@dataclass(frozen=True)
class Problem:
    """One failure as a caller sees it. `message` is a locale id under `error.`; `retry_after` is in seconds.

    `findings`, what is wrong with which pages, goes with `pages-flawed` alone.
    """

    status: int
    message: str
    retry_after: int | None = None
    values: tuple[tuple[str, str], ...] = ()
    places: tuple[Place, ...] = ()
    findings: tuple[PageFinding, ...] = ()

    def title(self, language: str = DEFAULT_LANGUAGE) -> str:
        """What happened, what is safe and what to do next, in one or two sentences."""
        return text(language, f"error.{self.message}", **dict(self.values))

    def as_json(self) -> dict[str, Any]:
        """RFC 9457 members; `code` is stable and meant for programs. `errors` and `findings` only if there are any."""
        places = [place.as_json() for place in self.places[:MOST_PLACES]]
        return {
            "type": f"/v1/problems/{self.message}",
            "title": self.title(),
            "status": self.status,
            "code": self.message,
            **({"errors": places} if places else {}),
            **({"findings": [_finding(each) for each in self.findings]} if self.findings else {}),
        }


def _finding(found: PageFinding) -> dict[str, Any]:
    hint = {language: text(language, f"flaw_hint.{found.flaw}") for language in LANGUAGES}
    return {"page": found.page, "flaw": found.flaw, "box": found.box and [*found.box], "hint": hint}


class HttpProblem(Exception):
    """A fault of the call itself, seen before any use case: wrong token, header, form or size."""

    def __init__(self, status: int, message: str, *places: Place) -> None:
        super().__init__(message)
        self.problem = Problem(status, message, places=places)


RELEASE_REFUSALS = (
    "no-grant",
    "grant-withdrawn",
    "grant-expired",
    "grant-used-up",
    "grant-view-only",
    "grant-no-handover",
    "grant-other-document",
    "grant-other-case",
    "grant-other-centre",
    "grant-other-purpose",
)
_CODES: dict[int, tuple[str, ...]] = {
    400: ("idempotency-key-missing",),
    401: ("not-signed-in", "sign-in-failed"),
    403: (
        "not-allowed",
        "staff-inactive",
        "foreign-form",
        "case-closed",
        "request-answered",
        "request-expired",
        "pin-not-her-own",
        "recipient-second-person",
        *RELEASE_REFUSALS,
    ),
    404: ("not-found",),
    405: ("method-not-allowed",),
    408: ("upload-too-slow",),
    409: (
        "idempotency-key-reused",
        "attempt-over",
        "recipient-ended",
        "recipient-ended-before",
        "recipient-not-waiting",
    ),
    413: ("body-too-large",),
    415: ("not-a-form",),
    429: ("too-many-tries",),
    500: ("unexpected", "sealed-damaged", "sealed-moved", "sealed-swapped", "sealed-old", "sealed-retired"),
    503: (
        "store-unavailable",
        "keyring-unavailable",
        "key-replaced",
        "database-busy",
        "too-busy",
        "unavailable",
    ),
    507: ("disk-full",),
}
_STATUS = {code: status for status, codes in _CODES.items() for code in codes}
_RETRY_AFTER = {
    "too-many-tries": 900,
    "store-unavailable": 10,
    "keyring-unavailable": 10,
    "key-replaced": 1,
    "database-busy": 5,
    "too-busy": 5,
    "unavailable": 10,
}
_TABLE: tuple[tuple[type[Exception], str], ...] = (
    (NotFound, "not-found"),
    (NotSignedIn, "not-signed-in"),
    (SignInFailed, "sign-in-failed"),
    (StoreUnavailable, "store-unavailable"),
    (KeyringUnavailable, "keyring-unavailable"),
    (KeyReplaced, "key-replaced"),
    (DatabaseBusy, "database-busy"),
    (DiskFull, "disk-full"),
    (TooBusy, "too-busy"),
    (Unavailable, "unavailable"),
    (MovedRow, "sealed-moved"),
    (SwappedObject, "sealed-swapped"),
    (OldVersion, "sealed-old"),
    (VersionRetired, "sealed-retired"),
    (CryptoError, "sealed-damaged"),
    (OcrError, "unavailable"),
    (VaultError, "unexpected"),
)
# Where several reasons hold, the one that another try or another paper would not change.
_TOLD_FIRST = ("grant-withdrawn", "grant-expired", "request-answered", "request-expired")


def status_of(code: str) -> int:
    """The HTTP status that goes with a code: what was asked cannot be done as asked, unless it is listed."""
    return _STATUS.get(code, 422)


def code_of(reason: Reason) -> str:
    """The code that tells a caller why a file cannot be kept."""
    return f"file-{str(reason).removeprefix('file_').replace('_', '-')}"


def problem_of(error: Exception) -> Problem:
    """The problem an error becomes. Unknown errors become `unexpected`, with nothing of their text."""
    if isinstance(error, HttpProblem):
        return error.problem
    if isinstance(error, Refused):
        return Problem(403, _refusal(error.policies))
    if isinstance(error, TooManyTries):
        return _problem("too-many-tries", ("until", f"{error.until:%H:%M} UTC"))
    if isinstance(error, Unacceptable):
        return _problem(error.code, *_limit(error.limit))
    if isinstance(error, FlawedPages):
        return Problem(status_of("pages-flawed"), "pages-flawed", findings=error.findings)
    if isinstance(error, UnsuitableFile):
        page = str(error.page) if error.page is not None else "?"
        return _problem(code_of(error.reason), ("page", page), *_limit(error.limit))
    return _problem(next((code for kind, code in _TABLE if isinstance(error, kind)), "unexpected"))


def _problem(code: str, *values: tuple[str, str]) -> Problem:
    return Problem(status_of(code), code, _RETRY_AFTER.get(code), values)


def _limit(limit: int | None) -> tuple[tuple[str, str], ...]:
    return (("limit", str(limit) if limit is not None else "?"),)


def _refusal(policies: tuple[str, ...]) -> str:
    if policies in ((DEFAULT_DENY,), (NO_DECISION,)):
        return "not-allowed"
    known = [policy for policy in policies if has_text(f"error.{policy}")]
    first = [policy for policy in _TOLD_FIRST if policy in known]
    return [*first, *known, "not-allowed"][0]
