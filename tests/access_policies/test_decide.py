"""decide: anything but a clean Allow is a refusal; broken policies never load; the digest names the set."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import cedarpy
import pytest

from access_policies.decide import Decision, build, decide, load
from access_policies.errors import PolicyError
from access_policies.request import (
    Action,
    DocumentResource,
    HolderPrincipal,
    LiveGrant,
    Question,
    RequestResource,
    StaffPrincipal,
)
from access_policies.translate import cedar_json

PACKAGE = Path(__file__).parents[2] / "access_policies"
SCHEMA = (PACKAGE / "schema.cedarschema").read_bytes()
FILES = {f"policies/{path.name}": path.read_bytes() for path in (PACKAGE / "policies").glob("*.cedar")}
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
GRANT = LiveGrant(
    grant_id="g",
    holder_id="lan",
    centre_id="kl",
    case_id="case",
    purpose="unpaid wages",
    document_ids=frozenset({"passport"}),
    form="copy",
    until=NOW + timedelta(days=1),
    withdrawn=False,
    uses_left=1,
)
RELEASE = Question(
    StaffPrincipal("s", "kl", "destination", True),
    Action.COPY_DOCUMENT,
    DocumentResource("passport", "lan", "hanoi"),
    NOW,
    GRANT,
    "case",
    "unpaid wages",
)
COULD_NOT = Decision(False, ("no-decision",), ("The vault could not decide, so it refused.",), True)
POLICIES = load()


def test_a_release_under_a_live_grant_is_allowed() -> None:
    decision = decide(POLICIES, RELEASE)
    assert (decision.allowed, decision.policies, decision.alarm) == (True, ("copy-under-grant",), False)


@pytest.mark.parametrize("missing", ["case_id", "purpose"])
def test_a_missing_context_attribute_is_a_refusal_with_alarm(missing: str) -> None:
    question = Question(**{**RELEASE.__dict__, missing: None})
    assert decide(POLICIES, question) == COULD_NOT


@pytest.mark.parametrize(
    "question",
    [
        replace(RELEASE, case_id="half \ud800"),
        replace(RELEASE, principal=StaffPrincipal("half \ud800", "kl", "destination", True)),
        replace(RELEASE, resource=DocumentResource("half \ud800", "lan", "hanoi")),
        replace(RELEASE, grant=replace(GRANT, uses_left=2**63)),
        replace(RELEASE, now=datetime.max.replace(tzinfo=timezone(timedelta(hours=-7)))),
    ],
    ids=["case id", "staff id", "document id", "uses", "moment"],
)
def test_what_cedar_cannot_read_is_a_refusal_with_alarm(question: Question) -> None:
    assert decide(POLICIES, question) == COULD_NOT


def test_an_allow_that_comes_with_an_error_is_a_refusal_with_alarm() -> None:
    """The fail-open trap: Cedar skips a forbid that overflows, although it is valid under the schema."""
    overflowing = b"""
        @id("overflows") @reason("Never reached.")
        forbid (principal, action == Action::"copyDocument", resource)
        when { context has grant && context.grant.usesLeft + 9223372036854775807 > 0 };"""
    policies = build(SCHEMA, {**FILES, "policies/z.cedar": overflowing})
    request, entities = cedar_json(RELEASE)
    raw = cedarpy.is_authorized(request, policies._policy_set, entities, policies._schema)
    assert raw.decision is cedarpy.Decision.Allow  # what Cedar alone would have let through
    assert decide(policies, RELEASE) == COULD_NOT


GOOD = b'@id("one") @reason("One.") permit (principal is Staff, action, resource) when { principal.active };'
BROKEN = {
    "no policy at all": {},
    "syntax": {"a": b"permit (principal, action, resource"},
    "misspelt attribute": {"a": GOOD.replace(b".active", b".activ")},
    "unknown action": {"a": GOOD.replace(b"action,", b'action == Action::"peek",')},
    "comparing a string with a number": {"a": GOOD.replace(b"principal.active", b"principal.role < 3")},
    "no id": {"a": GOOD.replace(b'@id("one")', b"")},
    "empty id": {"a": GOOD.replace(b'"one"', b'""')},
    "no reason": {"a": GOOD.replace(b'@reason("One.")', b"")},
    "two of one id": {"a": GOOD, "b": GOOD},
    "an id of our own": {"a": GOOD.replace(b'"one"', b'"default-deny"')},
    "a template": {
        "a": GOOD.replace(b"principal is Staff", b"principal == ?principal").replace(b"when", b"unless")
    },
    "not UTF-8": {"a": GOOD + b"// \xff"},
}


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_policies_do_not_load(fault: str) -> None:
    assert build(SCHEMA, {"a": GOOD}).reasons["one"] == "One."
    with pytest.raises(PolicyError):
        build(SCHEMA, BROKEN[fault])


def test_a_broken_schema_does_not_load() -> None:
    with pytest.raises(PolicyError):
        build(SCHEMA + b"entity", FILES)


def test_every_policy_may_show_a_plain_sentence() -> None:
    for name, reason in POLICIES.reasons.items():
        assert reason[0].isupper(), name
        assert reason.endswith("."), name
        assert "\n" not in reason, name


def test_the_digest_can_be_recomputed_and_changes_with_every_file() -> None:
    contents = {"schema.cedarschema": SCHEMA, **dict(sorted(FILES.items()))}
    lines = "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in contents.items())
    assert POLICIES.digest == sha256(lines.encode()).hexdigest()
    digests = {build(SCHEMA, {**FILES, name: FILES[name] + b"\n"}).digest for name in FILES}
    digests |= {POLICIES.digest, build(SCHEMA + b"\n", FILES).digest}
    assert len(digests) == len(FILES) + 2


def test_the_policies_are_found_from_any_folder(tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n"
    code += "from access_policies.decide import load; print(load().digest)"
    command = [sys.executable, "-I", "-c", code]
    found = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert found.stdout.strip() == POLICIES.digest, found.stderr


def test_threads_share_one_set() -> None:
    questions = [RELEASE, replace(RELEASE, grant=None), replace(RELEASE, case_id=None)] * 100
    expected = [decide(POLICIES, question) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda question: decide(POLICIES, question), questions)) == expected


def test_a_grant_is_over_at_its_last_moment_to_the_millisecond() -> None:
    millisecond = timedelta(milliseconds=1)
    assert decide(POLICIES, replace(RELEASE, now=GRANT.until - millisecond)).allowed
    for late in (GRANT.until, GRANT.until + timedelta(microseconds=1)):
        assert decide(POLICIES, replace(RELEASE, now=late)).policies == ("grant-expired",)


@pytest.mark.parametrize("action", [Action.VIEW_DOCUMENT, Action.COPY_DOCUMENT, Action.HAND_OVER_DOCUMENT])
@pytest.mark.parametrize("form", ["", "VIEW", "print"])
def test_a_consent_of_an_unknown_form_allows_nothing(action: Action, form: Any) -> None:
    assert not decide(POLICIES, replace(RELEASE, action=action, grant=replace(GRANT, form=form))).allowed


def test_moments_in_another_zone_are_the_same_moments() -> None:
    hanoi = timezone(timedelta(hours=7))
    assert not decide(POLICIES, replace(RELEASE, now=GRANT.until.astimezone(hanoi))).allowed
    assert decide(POLICIES, replace(RELEASE, now=NOW.astimezone(hanoi))).allowed


def test_a_moment_without_a_zone_is_refused_where_it_is_made() -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        replace(RELEASE, now=naive)
    with pytest.raises(ValueError, match="time zone"):
        replace(GRANT, until=naive)
    with pytest.raises(ValueError, match="time zone"):
        RequestResource("r", "kl", "lan", True, naive)


def test_a_holder_named_like_a_member_of_staff_is_not_that_member_of_staff() -> None:
    assert decide(POLICIES, replace(RELEASE, principal=HolderPrincipal("s", True))) == COULD_NOT
