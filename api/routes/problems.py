"""What can go wrong, for the description of the API: each code with its status, and what each operation may answer."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.errors import HttpProblem, Problem
from api.i18n import LANGUAGES, has_text, text

PROBLEM_JSON = "application/problem+json"

_STATUS = {
    "idempotency-key-missing": 400,
    "not-signed-in": 401,
    "sign-in-failed": 401,
    "not-allowed": 403,
    "staff-inactive": 403,
    "foreign-form": 403,
    "case-closed": 403,
    "request-answered": 403,
    "request-expired": 403,
    "pin-not-her-own": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "upload-too-slow": 408,
    "idempotency-key-reused": 409,
    "body-too-large": 413,
    "not-a-form": 415,
    "too-many-tries": 429,
    "unexpected": 500,
    "sealed-damaged": 500,
    "store-unavailable": 503,
    "database-busy": 503,
    "unavailable": 503,
    "disk-full": 507,
}
RELEASE_REFUSALS = (
    "no-grant",
    "grant-withdrawn",
    "grant-expired",
    "grant-used-up",
    "grant-view-only",
    "grant-other-document",
    "grant-other-case",
    "grant-other-centre",
    "grant-other-purpose",
)
UNSUITABLE_FILES = (
    "file-empty",
    "file-file-too-large",
    "file-not-an-image",
    "file-damaged",
    "file-password",
    "file-too-many-pages",
    "file-page-too-large",
    "file-too-large-in-total",
    "file-too-slow",
    "file-decoder-failed",
    "file-decoder-lied",
    "file-too-small",
    "file-blank",
)
_READING = ("call-malformed", "database-busy")
_WRITING = (*_READING, "body-too-large", "disk-full")
_CREATING = (*_WRITING, "idempotency-key-missing", "idempotency-key-unusable", "idempotency-key-reused")

router = APIRouter(prefix="/v1", tags=["Problems"], generate_unique_id_function=lambda route: route.name)


class ProblemDetails(BaseModel):
    """RFC 9457. Decide by `code`, which never changes its meaning; show `title` to people."""

    type: str = Field(
        description="Where this kind of problem is described.", examples=["/v1/problems/not-found"]
    )
    title: str = Field(description="What happened, what is safe, what to do next.")
    status: int = Field(description="The HTTP status.", examples=[404])
    code: str = Field(description="The stable name of this kind of problem.", examples=["not-found"])


class ProblemType(BaseModel):
    """One kind of problem, in every language the vault speaks."""

    code: str = Field(examples=["no-grant"])
    status: int = Field(examples=[403])
    titles: dict[str, str] = Field(
        description="By language (BCP 47).", examples=[{"en": "The holder has not agreed to this. ..."}]
    )


def status_of(code: str) -> int:
    """The HTTP status that goes with a code."""
    return _STATUS.get(code, 403 if code in RELEASE_REFUSALS else 422)


def reading(*codes: str) -> dict[int | str, dict[str, Any]]:
    """What an operation that changes nothing may answer besides its result: the usual, and `codes`."""
    return _described((*codes, *_READING))


def writing(*codes: str) -> dict[int | str, dict[str, Any]]:
    """What an operation that changes something may answer besides its result."""
    return _described((*codes, *_WRITING))


def creating(*codes: str) -> dict[int | str, dict[str, Any]]:
    """What an operation with an Idempotency-Key may answer besides its result."""
    return _described((*codes, *_CREATING))


def _described(codes: tuple[str, ...]) -> dict[int | str, dict[str, Any]]:
    by_status: dict[int, list[Problem]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(status_of(code), []).append(_example(code))
    return {
        status: {
            "description": "Problem: " + ", ".join(f"`{problem.message}`" for problem in problems),
            "content": {
                PROBLEM_JSON: {
                    "schema": {"$ref": "#/components/schemas/ProblemDetails"},
                    "examples": {problem.message: {"value": problem.as_json()} for problem in problems},
                }
            },
        }
        for status, problems in sorted(by_status.items())
    }


def _example(code: str) -> Problem:
    return Problem(status_of(code), code, None, tuple(_EXAMPLE_VALUES.items()))


_EXAMPLE_VALUES = {"until": "14:30 UTC", "page": "2"}


@router.get("/problems/{code}", responses=_described(("not-found", "call-malformed")))
def see_problem(code: Annotated[str, Path(max_length=60, examples=["no-grant"])]) -> ProblemType:
    """What a problem's `type` means, for whoever met one. Needs no token."""
    if not has_text(f"error.{code}"):
        raise HttpProblem(404, "not-found")
    titles = {language: text(language, f"error.{code}", **_EXAMPLE_VALUES) for language in LANGUAGES}
    return ProblemType(code=code, status=status_of(code), titles=titles)
