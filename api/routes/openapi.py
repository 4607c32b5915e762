"""The description of the API: what a stranger reads first, and an example for every body and answer."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.routes.problems import ProblemDetails

DESCRIPTION = """\
A vault for the papers of labour migrants. An origin centre deposits a holder's papers; a destination centre asks for
named papers in a case; **she** says yes, less, or no; only a live yes, asked for at the moment of use, lets a copy out;
and she can read everything that was done.

## The journey in calls

- The origin centre signs in (`POST /v1/sessions`), enrols her (`POST /v1/holders`) and hands her the card.
- It deposits her papers (`POST /v1/holders/{holder_id}/documents`) and waits until they are read
  (`GET /v1/documents/{document_id}`).
- She signs in with card and PIN (`POST /v1/card-sessions`) and chooses her own PIN (`POST /v1/me/pin`).
- The destination centre signs in, opens a case with her card code (`POST /v1/cases`) and asks for papers
  (`POST /v1/cases/{case_id}/requests`).
- She sees who asks and why (`GET /v1/me/requests`) and answers (`POST /v1/me/requests/{request_id}/grant` or
  `/refusal`).
- The centre fetches a copy (`POST /v1/requests/{request_id}/copies`), or has the pages themselves handed over
  (`POST /v1/requests/{request_id}/handovers`). She can take her yes back
  (`POST /v1/me/grants/{grant_id}/withdrawal`).

## Signing in

Send the token as `Authorization: Bearer TOKEN`. There are two faces, staff and holder; the token of one opens nothing
of the other. Staff act for their own centre, in its role.

## Errors

Every error is problem details (RFC 9457, `application/problem+json`) with `type`, `title`, `status` and `code`. Decide
by `code`; show `title`. `GET /v1/problems/{code}` says it in every language. Any operation may also answer 500
`unexpected` or 503 `unavailable`. 503 and 429 carry `Retry-After` in seconds: what was asked was not done, and may be
sent again. What you may not see answers 404, like what is not there. `call-malformed` names the places at fault in
`errors`, each by a JSON pointer into the body or by a parameter's name, never by what was sent.

## Repeating a call

Every POST that creates something needs an `Idempotency-Key`: a fresh random value for each new call. If the answer got
lost, send the same call with the same value: it is not done twice, and you get the first answer with
`Idempotency-Replayed: true`. The same value for another call is 409.

## Lists

`?limit=` 1 to 100 (50 if you say nothing) and `?cursor=`; the answer is `{"items": [...], "next_cursor": ...}`, newest
first. Go on until `next_cursor` is null. New items while you page never shift or repeat the rest.

## Values

Bodies are JSON in UTF-8, at most 256 KiB. Unknown members and query parameters are refused, and nothing is converted:
`"3"` is no number. Moments are RFC 3339 with a time zone; answers are in UTC.

## What no answer tells

Signing in, opening a case and asking for papers are answered alike, in the same time, whether or not there is such a
person. A centre learns that she is registered when she answers.

## What is sealed to your centre

A page that is handed over, which carries no mark, and a copy with `"sealed": true` come as age files
(`application/age`, C2SP age v1) that only your centre opens, with the identity of the recipient it registered:
`migrant-vault open --identity identity.txt --to page.jpg page.jpg.age`, or with age 1.3 or newer
`age --decrypt -i identity.txt -o page.jpg page.jpg.age`. Make the identity yourselves and keep it; one of you registers
the recipient (`POST /v1/recipients`), and a second person confirms it
(`POST /v1/recipients/{recipient_id}/confirmation`) with the fingerprint that the first one read to her.
"""

TAGS: list[dict[str, Any]] = [
    {"name": "Sessions", "description": "Signing in and out."},
    {"name": "Holders", "description": "For the origin centre: enrolling a holder, and finding her again."},
    {
        "name": "Documents",
        "description": "For the origin centre: depositing papers, and what was read from them.",
    },
    {"name": "Cases", "description": "For the destination centre: the disputes it works on."},
    {
        "name": "Requests",
        "description": "For the destination centre: asking for papers, and fetching copies.",
    },
    {
        "name": "Recipients",
        "description": "For the destination centre: what papers are sealed to, so that only it opens them.",
    },
    {"name": "Me", "description": "For the holder: her papers, her answers, her history."},
    {"name": "Health", "description": "For whatever watches over the vault."},
    {"name": "Problems", "description": "What each kind of problem means."},
]


def describe_app(app: FastAPI) -> None:
    """Has the application describe itself with an example for every JSON body and answer."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # the way that FastAPI documents


def example_of(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """One value that fits `schema`, made of the examples of its members."""
    if "$ref" in schema:
        return example_of(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    for given in ("const", "default", "example"):
        if schema.get(given) is not None:
            return schema[given]
    if schema.get("examples"):
        return schema["examples"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], document)
    if schema.get("type") == "object":
        return {name: example_of(member, document) for name, member in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [example_of(schema["items"], document)]
    return {"boolean": False, "integer": 1, "null": None}.get(schema.get("type", ""), "...")


def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    # Named by every problem answer; added here, because FastAPI would offer a model as application/json too.
    schemas = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    document["components"]["schemas"] |= {**schemas.pop("$defs"), "ProblemDetails": schemas}
    for operations in document["paths"].values():
        for operation in operations.values():
            _complete(operation, document)
    return document


def _complete(operation: dict[str, Any], document: dict[str, Any]) -> None:
    operation["summary"] = operation["description"].split(". ")[0].split("\n")[0].rstrip(".")
    for part in (operation.get("requestBody", {}), *operation["responses"].values()):
        if part.get("description") == "Successful Response":
            part["description"] = "It is done."
        media = part.get("content", {}).get("application/json")
        if media is not None:
            media["example"] = example_of(media["schema"], document)
