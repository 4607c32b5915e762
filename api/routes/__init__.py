"""The JSON API under /v1: each operation translates one call into one use case, and its result into JSON."""

from fastapi import FastAPI

from api.routes import (
    cases,
    docs,
    documents,
    handovers,
    health,
    holders,
    me,
    problems,
    recipients,
    requests,
    sessions,
)
from api.routes.openapi import DESCRIPTION, TAGS, describe_app

__all__ = ["DESCRIPTION", "include"]


def include(app: FastAPI) -> None:
    """Adds every operation to the application, and its description to the OpenAPI document."""
    app.openapi_tags = TAGS
    for part in (
        sessions,
        holders,
        documents,
        cases,
        requests,
        handovers,
        recipients,
        me,
        health,
        problems,
        docs,
    ):
        app.include_router(part.router)
    describe_app(app)
