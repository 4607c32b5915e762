"""The description of the API is true: every operation, its examples, its problems; and every problem has its words."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel, TypeAdapter

import api.routes
from api.errors import Problem, code_of, problem_of, status_of
from api.i18n import LANGUAGES, has_text, text
from api.routes import (
    cases,
    choices,
    handovers,
    holders,
    me,
    problems,
    recipients,
    requests,
    results,
    sessions,
)
from api.routes.openapi import TAGS
from ocr.errors import Reason, UnsuitableFile
from ocr.fields.field import Agreement, PrintedPart, Source
from ocr.mrz.document import MrzDocument, Value, Why
from tests.running import RunningVault, done
from vault import cases as vault_cases
from vault import centres, documents, finding, grants, history, intake
from vault import fields as vault_fields
from vault import holders as vault_holders
from vault import recipients as vault_recipients
from vault import requests as vault_requests
from vault.errors import Refused, TooBusy, Unacceptable

ROOT = Path(api.routes.__file__).parent.parent.parent
VALUES = {"until": "14:30 UTC", "page": "2", "limit": "40"}

SAME = [
    (results.Card, vault_holders.Card),
    (results.Holder, vault_holders.HolderSummary),
    (results.HolderDetails, vault_holders.HolderDetails),
    (results.Found, finding.Found),
    (results.Document, documents.DocumentSummary),
    (results.PageFlaw, intake.PageFlaw),
    (results.ReadField, vault_fields.OpenedField),
    (results.Repair, vault_fields.OpenedRepair),
    (results.PrintedPart, PrintedPart),
    (results.Content, documents.OpenedContent),
    (results.Case, vault_cases.CaseSummary),
    (results.Request, vault_requests.RequestSummary),
    (results.Grant, grants.GrantSummary),
    (results.GrantedPaper, grants.GrantedPaper),
    (results.Recipient, vault_recipients.RecipientSummary),
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


def test_answers_use_the_closed_lists_of_the_code() -> None:
    assert get_args(choices.Kind) == vault_requests.KINDS
    assert get_args(choices.Purpose) == vault_requests.PURPOSES
    assert get_args(choices.Form) == vault_requests.FORMS
    assert get_args(choices.Dispute) == vault_cases.DISPUTES
    assert set(get_args(choices.Role)) == set(centres.ROLES.values())
    assert get_args(choices.Source) == get_args(Source)
    assert get_args(choices.Agreement) == get_args(Agreement)
    assert get_args(choices.Flaw) == intake.FLAWS
    assert get_args(choices.Overrule) == intake.OVERRULES
    read = [name for name, kind in get_type_hints(MrzDocument).items() if Value in (kind, *get_args(kind))]
    told = {*read, *(f"mrz_line_{number}" for number in (1, 2, 3)), "document_kind"} - {"document_code"}
    told.add("place_of_birth")  # only the print has it
    assert set(get_args(choices.FieldName)) == told
    assert set(get_args(choices.Doubt)) == {*get_args(Why), "unconfirmed"}
    requests_and_grants = (ROOT / "vault" / "requests.py", ROOT / "vault" / "grants.py")
    assert set(get_args(choices.RequestState)) == given("state", *requests_and_grants)
    assert set(get_args(choices.GrantState)) == returned(ROOT / "vault" / "grants.py", "_state")
    assert set(get_args(choices.RecipientState)) == given("state", ROOT / "vault" / "recipients.py")
    deposit_and_reading = (ROOT / "vault" / "deposit.py", ROOT / "vault" / "reading.py")
    assert set(get_args(choices.Reading)) == given("reading", *deposit_and_reading)


def test_her_history_knows_every_kind_that_is_recorded() -> None:
    names = ("record", "record_failed", "_keep")
    recording = [call for name in names for call in calls(ROOT / "vault", name)]
    named = [[each.value for each in call.args if isinstance(each, ast.Constant)] for call in recording]
    recorded = {str(kind) for kinds in named for kind in kinds}
    assert named.count([]) == 3  # where it is handed on
    of_no_holder = {
        "vault_made",
        "centre_added",
        "recipient_proposed",
        "recipient_confirmed",
        "recipient_not_confirmed",
        "recipient_ended",
        "staff_added",
        "staff_deactivated",
        "password_changed",
        "holders_searched",
        "holder_erased",  # hers, but nobody is left to read it
        "root_rotation_begun",
        "root_rotated",
    }
    assert set(get_args(choices.Recorded)) == recorded - of_no_holder | {"other"}
    assert of_no_holder < recorded
    odd = history.HistoryItem(1, "2026-11-23", "of another version", None, None, None, (), (), (), None)
    assert results.HistoryItem.model_validate(odd).kind == "other"


def given(name: str, *paths: Path) -> set[str]:
    """The words that these programs give to a variable, member or argument of this name."""
    found: set[str] = set()
    for node in (node for path in paths for node in ast.walk(ast.parse(path.read_text()))):
        if isinstance(node, ast.keyword) and node.arg == name:
            found |= words_in(node.value)
        if isinstance(node, ast.Assign):
            targets = [each for target in node.targets for each in ast.walk(target)]
            if any(getattr(each, "attr", getattr(each, "id", "")) == name for each in targets):
                found |= words_in(node.value)
    return found


def returned(path: Path, function: str) -> set[str]:
    """The words that a function returns."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            returns = [each for each in ast.walk(node) if isinstance(each, ast.Return)]
            return set().union(*(words_in(each) for each in returns))
    raise AssertionError(f"{function} is not there any more")


def words_in(expression: ast.AST) -> set[str]:
    constants = [each.value for each in ast.walk(expression) if isinstance(each, ast.Constant)]
    return {each for each in constants if isinstance(each, str)}


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
        == 9
    )


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    models = {
        name: model
        for module in (results, sessions, holders, cases, requests, handovers, recipients, me, problems)
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
                place = {"Unacceptable": 0, "_problem": 0, "HttpProblem": 1, "Problem": 1}.get(node.func.id)
                if place is not None and len(node.args) > place:
                    found |= _codes_within(node.args[place])
    table = ast.parse((ROOT / "api" / "errors.py").read_text())
    found |= _codes_within(_assigned(table, "_TABLE"))
    application = ast.parse((ROOT / "api" / "app.py").read_text())
    found |= _codes_within(_assigned(application, "_HTTP"))
    found |= {code_of(reason) for reason in Reason}
    return found | forbidden_by_policy() | {"not-allowed"}


def forbidden_by_policy() -> set[str]:
    """The id of every policy that forbids."""
    return {
        code
        for path in (ROOT / "access_policies" / "policies").glob("*.cedar")
        for code in re.findall(r'@id\("([^"]+)"\)\s*@reason\("[^"]*"\)\s*forbid', path.read_text())
    }


def raised_with_a_status() -> set[tuple[object, object]]:
    """Status and code wherever a program states both."""
    return {
        (call.args[0].value, call.args[1].value)
        for call in calls(ROOT / "api", "HttpProblem", "Problem")
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[1], ast.Constant)
    }


def calls(folder: Path, *names: str) -> Iterator[ast.Call]:
    """Every call of a function or method of these names in the programs of a folder."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", getattr(node.func, "id", "")) in names
            ):
                yield node


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
        if status_of(code) in (409, 422) and code != "call-malformed":
            assert problem_of(Unacceptable(code)).status == status_of(code)
    for reason in Reason:
        assert problem_of(UnsuitableFile(reason)).status == status_of(code_of(reason)) == 422
    for status, raised in raised_with_a_status():
        assert status == status_of(str(raised)) or (status, raised) == (400, "not-a-form"), raised
    for refusal in forbidden_by_policy():
        assert problem_of(Refused((refusal,))) == Problem(status_of(refusal), refusal)
    described = {
        code
        for _, operation in operations(document)
        for answer in operation["responses"].values()
        for code in answer.get("content", {}).get("application/problem+json", {}).get("examples", {})
    }
    assert described <= codes_in_source()


def test_a_turned_away_sign_in_is_told_when_to_come_back() -> None:
    assert problem_of(TooBusy()) == Problem(503, "too-busy", 5)


def test_every_reference_in_the_description_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(re.findall(r"'#/components/schemas/(\w+)'", str(document)))
    assert {"ProblemDetails", "FaultyMember", "FaultyParameter"} <= references
    assert references <= set(document["components"]["schemas"])
    assert "$defs" not in str(document)


def test_a_problem_type_can_be_looked_up(shared_vault: RunningVault) -> None:
    for code in codes_in_source():
        found = done(shared_vault.nobody().get(f"/v1/problems/{code}"), 200)
        assert (found["code"], found["status"]) == (code, status_of(code))
        assert set(found["titles"]) == set(LANGUAGES)


def test_health_says_no_more_than_it_must(shared_vault: RunningVault) -> None:
    answer = shared_vault.nobody().get("/health")
    assert (answer.status_code, answer.json()) == (200, {"database": "up", "keyring": "up", "store": "up"})
    assert "server" not in answer.headers


def test_the_ledgers_size_and_hash_are_not_for_centres(shared_vault: RunningVault) -> None:
    assert shared_vault.staff("penang").get("/v1/ledger/checkpoint").status_code == 404
    assert not any("ledger" in path for path in shared_vault.app.openapi()["paths"])
