"""The description of the API as a page for people: the OpenAPI document, laid out, without JavaScript."""

import json
import re
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader
from starlette.responses import HTMLResponse

from api.routes.openapi import example_of

router = APIRouter(prefix="/v1")

_templates = Environment(
    loader=PackageLoader("api", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True)
class Block:
    """A piece of prose: `kind` is heading, list or text; `lines` are its items or its one paragraph."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Member:
    """A member of a body, or a parameter: `about` says its type and bounds in words."""

    name: str
    where: str
    about: str
    required: bool
    description: str


@dataclass(frozen=True)
class Answer:
    """One status an operation may answer. `codes` are its problem codes."""

    status: str
    description: str
    example: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """One operation as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    description: tuple[Block, ...]
    needs_token: bool
    members: tuple[Member, ...]
    body: str
    answers: tuple[Answer, ...]
    curl: str


@router.get("/docs", include_in_schema=False)
def see_docs(request: Request) -> HTMLResponse:
    """The page."""
    document: dict[str, Any] = request.app.openapi()
    page = _templates.get_template("docs.html").render(
        title=document["info"]["title"],
        overview=blocks(document["info"]["description"]),
        tags=[(tag, operations_of(document, tag["name"])) for tag in document["tags"]],
    )
    return HTMLResponse(page)


def blocks(markdown: str) -> tuple[Block, ...]:
    """The few forms of Markdown that our own descriptions use: headings, lists and paragraphs."""
    found = []
    for part in re.split(r"\n\s*\n", markdown.strip()):
        if part.startswith("## "):
            found.append(Block("heading", (part[3:],)))
        elif part.startswith("- "):
            found.append(Block("list", tuple(_one_line(item) for item in re.split(r"\n- ", part[2:]))))
        else:
            found.append(Block("text", (_one_line(part),)))
    return tuple(found)


def operations_of(document: dict[str, Any], tag: str) -> list[Operation]:
    """The operations of one tag, in the order they were added."""
    return [
        _operation(document, path, method, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if tag in operation["tags"]
    ]


def _operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Operation:
    content = operation.get("requestBody", {}).get("content", {})
    described = blocks(operation.get("description", ""))
    return Operation(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=described[0].lines[0] if described else operation["summary"],
        description=described[1:],
        needs_token="security" in operation,
        members=(*_parameters(operation), *_members(document, content)),
        body=_json(content["application/json"]["example"]) if "application/json" in content else "",
        answers=tuple(_answer(status, answer) for status, answer in operation["responses"].items()),
        curl=_curl(path, method, operation, content),
    )


def _parameters(operation: dict[str, Any]) -> list[Member]:
    return [
        Member(
            each["name"],
            each["in"],
            _about(each["schema"]),
            each.get("required", False),
            each.get("description", ""),
        )
        for each in operation.get("parameters", [])
    ]


def _members(document: dict[str, Any], content: dict[str, Any]) -> list[Member]:
    members = []
    for media_type, media in content.items():
        schema = media["schema"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        where = "form" if media_type == "multipart/form-data" else "body"
        for name, member in schema["properties"].items():
            required = name in schema.get("required", ())
            members.append(Member(name, where, _about(member), required, member.get("description", "")))
    return members


def _about(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_about(each) for each in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_about(schema['items'])}{_bounds(schema, 'minItems', 'maxItems')}"
    about = str(schema.get("format") or schema.get("type", "any"))
    return about + _bounds(schema, "minLength", "maxLength") + _bounds(schema, "minimum", "maximum")


def _bounds(schema: dict[str, Any], least: str, most: str) -> str:
    if least in schema and most in schema:
        return f" ({schema[least]:g} to {schema[most]:g})"
    return ""


def _answer(status: str, answer: dict[str, Any]) -> Answer:
    content = answer.get("content", {})
    codes = tuple(content.get("application/problem+json", {}).get("examples", {}))
    media = content.get("application/json")
    example = _json(media["example"]) if media else ", ".join(content) if not codes else ""
    return Answer(status, answer["description"], example, codes)


def _curl(path: str, method: str, operation: dict[str, Any], content: dict[str, Any]) -> str:
    query = "&".join(
        f"{each['name']}={example_of(each['schema'], {})}"
        for each in operation.get("parameters", [])
        if each["in"] == "query" and each.get("required")
    )
    for each in operation.get("parameters", []):
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", example_of(each["schema"], {}))
    parts = [f'curl -X {method.upper()} "$VAULT{path}{"?" + query if query else ""}"']
    if "security" in operation:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    if any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", [])):
        parts.append('-H "Idempotency-Key: $(uuidgen)"')
    if "application/json" in content:
        sent = json.dumps(content["application/json"]["example"], ensure_ascii=False)
        parts += ["-H 'Content-Type: application/json'", f"-d '{sent}'"]
    if "multipart/form-data" in content:
        parts += ["-F files=@page-1.jpg", "-F files=@page-2.jpg"]
    if "application/pdf" in operation["responses"].get("200", {}).get("content", {}):
        parts.append("-o copy.pdf")
    elif "application/age" in operation["responses"].get("200", {}).get("content", {}):
        parts.append("-o page.jpg.age")
    return " \\\n  ".join(parts)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _one_line(text: str) -> str:
    return " ".join(text.split())
