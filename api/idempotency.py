"""The Idempotency-Key header: what makes a repeated call one call (draft-ietf-httpapi-idempotency-key-header)."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Request

from api.errors import HttpProblem
from vault.answers import KEEP_FOR, LONGEST_KEY
from vault.errors import Unacceptable

_NAME = "Idempotency-Key"

DOCUMENTED: dict[str, Any] = {
    "name": _NAME,
    "in": "header",
    "required": True,
    "description": (
        f"A fresh random value for each new call, kept for {KEEP_FOR // timedelta(hours=1)} hours. The same call again "
        "with the same value is not done again: it gets the first answer, with the header `Idempotency-Replayed: true`."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "example": "4f6f1c9e-5d1b-4d0a-9d7b-0c8a3f0e5a11",
}
"""The header as OpenAPI describes it."""

KEYED: dict[str, Any] = {"parameters": [DOCUMENTED]}
"""`openapi_extra` of an operation that needs the header: FastAPI would call it optional."""


def idempotency_key(request: Request) -> str:
    """The header's value.

    Raises:
        HttpProblem: it is missing.
        Unacceptable: idempotency-key-unusable.
    """
    key = request.headers.get(_NAME)
    if key is None:
        raise HttpProblem(400, "idempotency-key-missing")
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Unacceptable("idempotency-key-unusable")
    return key


IdempotencyKey = Annotated[str, Depends(idempotency_key)]
