"""What can go wrong, for the description of the API: each code with its status, and what each operation may answer."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.errors import MOST_PLACES, HttpProblem, Place, Problem, code_of, status_of
from api.i18n import LANGUAGES, has_text, text
from api.identity import TheVault
from api.routes.choices import Flaw
from ocr.errors import Reason
from ocr.sanitise import USUAL_LIMITS, Limits
from vault.intake import PageFinding as Found

PROBLEM_JSON = "application/problem+json"

UNSUITABLE_FILES = tuple(code_of(reason) for reason in Reason)
_READING = ("call-malformed", "database-busy")
_WRITING = (*_READING, "body-too-large", "disk-full")
_CREATING = (*_WRITING, "idempotency-key-missing", "idempotency-key-unusable", "idempotency-key-reused")

router = APIRouter(prefix="/v1", tags=["Problems"], generate_unique_id_function=lambda route: route.name)


class FaultyMember(BaseModel):
    """A place in the body at fault."""

    pointer: str = Field(
        description="JSON pointer (RFC 6901) into the body; empty for the body as a whole.",
        examples=["/until"],
    )


class FaultyParameter(BaseModel):
    """A parameter at fault, of the path, the query or the headers, or a part of a form."""

    parameter: str = Field(description="Its name.", examples=["limit"])


class PageFinding(BaseModel):
    """What is wrong with a page, where, and what to do about it."""

    page: int = Field(description="Counted from 1, over all files.", examples=[2])
    flaw: Flaw = Field(description="The stable name of what is wrong.", examples=["glare"])
    box: list[int] | None = Field(
        min_length=4,
        max_length=4,
        description="Left, top, width and height in pixels of the page, upright; null for the whole of it.",
        examples=[[212, 1480, 310, 42]],
    )
    hint: dict[str, str] = Field(
        description="What to do, for people, by language (BCP 47).",
        examples=[{"en": "Move the lamp or the paper until nothing shines, and take it again."}],
    )


class ProblemDetails(BaseModel):
    """RFC 9457. Decide by `code`, which never changes its meaning; show `title` to people."""

    type: str = Field(
        description="Where this kind of problem is described.", examples=["/v1/problems/not-found"]
    )
    title: str = Field(description="What happened, what is safe, what to do next.")
    status: int = Field(description="The HTTP status.", examples=[404])
    code: str = Field(description="The stable name of this kind of problem.", examples=["not-found"])
    errors: list[FaultyMember | FaultyParameter] = Field(
        default=[],
        max_length=MOST_PLACES,
        description="Only with `call-malformed`: the places at fault, as far as they are known.",
    )
    findings: list[PageFinding] = Field(
        default=[], description="Only with `pages-flawed`: everything that is wrong with the pages."
    )


class ProblemType(BaseModel):
    """One kind of problem, in every language the vault speaks."""

    code: str = Field(examples=["no-grant"])
    status: int = Field(examples=[403])
    titles: dict[str, str] = Field(
        description="By language (BCP 47).", examples=[{"en": "The holder has not agreed to this. ..."}]
    )


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
    places = (Place("/until"),) if code == "call-malformed" else ()
    findings = (Found(2, "glare", (212, 1480, 310, 42)),) if code == "pages-flawed" else ()
    return Problem(status_of(code), code, None, tuple(_values(code, USUAL_LIMITS).items()), places, findings)


_REASONS = {code_of(reason): reason for reason in Reason} | {"too-many-pages": Reason.TOO_MANY_PAGES}


def _values(code: str, limits: Limits) -> dict[str, str]:
    """What stands in the place of what a call would fill in; limits are those of `limits`."""
    reason = _REASONS.get(code)
    limit = limits.of(reason) if reason is not None else None
    return {"until": "14:30 UTC", "page": "2", "limit": str(limit)}


@router.get("/problems/{code}", responses=_described(("not-found", "call-malformed")))
def see_problem(
    code: Annotated[str, Path(max_length=60, examples=["no-grant"])], vault: TheVault
) -> ProblemType:
    """What a problem's `type` means, for whoever met one. Needs no token."""
    if not has_text(f"error.{code}"):
        raise HttpProblem(404, "not-found")
    titles = {
        language: text(language, f"error.{code}", **_values(code, vault.limits)) for language in LANGUAGES
    }
    return ProblemType(code=code, status=status_of(code), titles=titles)
