"""The description of the API is true: every operation, its examples, its problems; and every problem has its words."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

import api.routes
from api.errors import problem_of
from api.i18n import LANGUAGES, has_text, text
from api.routes import cases, holders, me, problems, requests, results, sessions
from api.routes.openapi import TAGS
from api.routes.problems import status_of
from ocr.errors import Reason, UnsuitableFile
from tests.running import RunningVault, done
from vault import cases as vault_cases
from vault import documents, grants, history
from vault import holders as vault_holders
from vault import requests as vault_requests
from vault.errors import Unacceptable

ROOT = Path(api.routes.__file__).parent.parent.parent
VALUES = {"until": "14:30 UTC", "page": "2"}

SAME = [
    (results.Card, vault_holders.Card),
    (results.Holder, vault_holders.HolderSummary),
    (results.Document, documents.DocumentSummary),
    (results.ReadField, documents.OpenedField),
    (results.Content, documents.OpenedContent),
    (results.Case, vault_cases.CaseSummary),
    (results.Request, vault_requests.RequestSummary),
    (results.Grant, grants.GrantSummary),
    (results.GrantedPaper, grants.GrantedPaper),
    (results.HistoryItem, history.HistoryItem),
]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        if path.startswith(("/v1/", "/health")):
            for method, operation in methods.items():
                yield f"{method.upper()} {path}", operation


@pytest.fixture(scope="module")
def document(shared_vault: RunningVault) -> dict[str, Any]:
    return done(shared_vault.nobody().get("/v1/openapi.json"), 200)


@pytest.mark.parametrize(("model", "result"), SAME)
def test_an_answer_has_the_fields_of_the_use_cases_result(model: type[BaseModel], result: Any) -> None:
    assert list(model.model_fields) == [each.name for each in fields(result)]


def test_what_may_be_chosen_is_what_the_use_cases_know() -> None:
    def choices(model: type[BaseModel], name: str) -> list[str]:
        schema = TypeAdapter(model).json_schema()["properties"][name]
        return list(schema.get("items", schema)["enum"])

    assert choices(cases.NewCase, "dispute") == list(vault_cases.DISPUTES)
    assert choices(requests.NewRequest, "kinds") == list(vault_requests.KINDS)
    assert choices(requests.NewRequest, "purpose") == list(vault_requests.PURPOSES)
    assert choices(requests.NewRequest, "form") == list(vault_requests.FORMS)
    assert choices(holders.NewHolder, "language") == list(vault_holders.LANGUAGES)
    assert choices(holders.NewHolder, "consent_method") == list(vault_holders.CONSENT_METHODS)


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names)) >= 27
    assert [tag["name"] for tag in document["tags"]] == [tag["name"] for tag in TAGS]
    for name, operation in operations(document):
        assert operation["tags"][0] in [tag["name"] for tag in TAGS], name
        assert operation["summary"], name
        assert operation["description"], name
        assert ("security" in operation) == ("401" in operation["responses"] and "sessions" not in name) or (
            name == "DELETE /v1/sessions/current"
        ), name
        for status, answer in operation["responses"].items():
            assert answer["description"], (name, status)
            if int(status) >= 400 and name != "GET /health":
                examples = answer["content"]["application/problem+json"]["examples"]
                assert list(answer["content"]) == ["application/problem+json"], (name, status)
                assert all(each["value"]["status"] == int(status) for each in examples.values()), (
                    name,
                    status,
                )


def test_no_schema_of_the_frameworks_own_is_left(document: dict[str, Any]) -> None:
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])
    for name, operation in operations(document):
        if operation.get("parameters") or operation.get("requestBody"):
            assert "422" in operation["responses"], name


def test_every_creating_operation_asks_for_its_key(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        asked = [each for each in operation.get("parameters", []) if each["name"] == "Idempotency-Key"]
        codes = operation["responses"].get("400", {}).get("content", {}).get("application/problem+json", {})
        assert bool(asked) == ("idempotency-key-missing" in codes.get("examples", {})), name
        assert all(each["required"] for each in asked), name
    assert (
        sum("Idempotency-Key" in str(operation.get("parameters")) for _, operation in operations(document))
        == 6
    )


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    models = {
        name: model
        for module in (results, sessions, holders, cases, requests, me, problems)
        for name, model in vars(module).items()
        if isinstance(model, type) and issubclass(model, BaseModel)
    }
    checked = 0
    for _, operation in operations(document):
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            media = part.get("content", {}).get("application/json")
            if media is not None and (model := models.get(media["schema"]["$ref"].rpartition("/")[2])):
                model.model_validate_json(TypeAdapter(Any).dump_json(media["example"]), strict=False)
                assert "..." not in str([value for value in media["example"].values() if value == "..."])
                checked += 1
    assert checked >= 25


class Seen(HTMLParser):
    """What a page refers to: ids, links, and elements."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append(tag)
        self.ids |= {named["id"] or ""} if "id" in named else set()
        self.links |= {named["href"] or ""} if "href" in named else set()
        assert not {"style", "onclick"} & named.keys()


def test_the_page_shows_every_operation_without_a_script(
    shared_vault: RunningVault, document: dict[str, Any]
) -> None:
    page = shared_vault.nobody().get("/v1/docs")
    assert page.headers["content-type"].startswith("text/html")
    seen = Seen()
    seen.feed(page.text)
    assert seen.tags.count("h1") == 1
    assert not {"script", "style", "img"} & set(seen.tags)
    assert {operation["operationId"] for _, operation in operations(document)} <= seen.ids
    for link in seen.links:
        if link.startswith("#"):
            assert link[1:] in seen.ids
        else:
            assert shared_vault.nobody().get(link).status_code == 200, link


def codes_in_source() -> set[str]:
    """Every code that is raised anywhere, by reading the programs."""
    found: set[str] = set()
    for path in [*(ROOT / "vault").rglob("*.py"), *(ROOT / "api").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"Unacceptable": 0, "HttpProblem": 1, "Problem": 1}.get(node.func.id)
                if place is not None and len(node.args) > place:
                    found |= _codes_within(node.args[place])
    table = ast.parse((ROOT / "api" / "errors.py").read_text())
    found |= _codes_within(_assigned(table, "_TABLE"))
    application = ast.parse((ROOT / "api" / "app.py").read_text())
    found |= _codes_within(_assigned(application, "_HTTP"))
    found |= {f"file-{str(reason).replace('_', '-')}" for reason in Reason}
    for path in (ROOT / "access_policies" / "policies").glob("*.cedar"):
        found |= set(re.findall(r'@id\("([^"]+)"\)\s*@reason\("[^"]*"\)\s*forbid', path.read_text()))
    return found | {"not-allowed"}


def _codes_within(expression: ast.AST) -> set[str]:
    constants = (each.value for each in ast.walk(expression) if isinstance(each, ast.Constant))
    return {each for each in constants if isinstance(each, str) and re.fullmatch("[a-z]+(-[a-z]+)*", each)}


def _assigned(module: ast.Module, name: str) -> ast.AST:
    for node in module.body:
        target = node.target if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [None])[0]
        if (
            isinstance(target, ast.Name)
            and target.id == name
            and isinstance(node, ast.Assign | ast.AnnAssign)
        ):
            assert node.value is not None
            return node.value
    raise AssertionError(f"{name} is not there any more")


def test_every_problem_has_words_in_every_language_and_no_words_are_idle() -> None:
    codes = codes_in_source()
    assert {
        "kind-unknown",
        "document-missing",
        "no-grant",
        "file-damaged",
        "foreign-form",
        "disk-full",
    } <= codes
    for code in codes:
        assert has_text(f"error.{code}"), code
        for language in LANGUAGES:
            assert len(text(language, f"error.{code}", **VALUES)) > 40, (language, code)
    for language in LANGUAGES:
        catalogue = tomllib.loads((ROOT / "api" / "locale" / f"{language}.toml").read_text())
        assert set(catalogue["error"]) == codes


def test_the_described_status_is_the_one_that_is_answered(document: dict[str, Any]) -> None:
    for code in codes_in_source():
        if code.startswith("file-"):
            reason = Reason(code.removeprefix("file-").replace("-", "_"))
            assert problem_of(UnsuitableFile(reason)).status == status_of(code)
        elif status_of(code) in (409, 422) and code != "call-malformed":
            assert problem_of(Unacceptable(code)).status == status_of(code)
    described = {
        code
        for _, operation in operations(document)
        for answer in operation["responses"].values()
        for code in answer.get("content", {}).get("application/problem+json", {}).get("examples", {})
    }
    assert described <= codes_in_source()


def test_a_problem_type_can_be_looked_up(shared_vault: RunningVault) -> None:
    for code in codes_in_source():
        found = done(shared_vault.nobody().get(f"/v1/problems/{code}"), 200)
        assert (found["code"], found["status"]) == (code, status_of(code))
        assert set(found["titles"]) == set(LANGUAGES)


def test_health_says_no_more_than_it_must(shared_vault: RunningVault) -> None:
    answer = shared_vault.nobody().get("/health")
    assert (answer.status_code, answer.json()) == (200, {"database": "up", "store": "up"})
    assert "server" not in answer.headers


def test_the_ledgers_size_and_hash_are_not_for_centres(shared_vault: RunningVault) -> None:
    assert shared_vault.staff("penang").get("/v1/ledger/checkpoint").status_code == 404
    assert not any("ledger" in path for path in shared_vault.app.openapi()["paths"])
