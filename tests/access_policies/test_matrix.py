"""The golden matrix: who may do what, in which state, and which policies say so.

matrix.txt is checked in; a change of policy is a change of that file, to be read by a person. The test
never writes it. After a change that you mean, write it anew from the repository's root with

    .venv/bin/python tests/access_policies/test_matrix.py --write

and read the difference before you commit it.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from access_policies.decide import Decision, build, decide, load
from access_policies.request import (
    Action,
    CaseResource,
    CentreResource,
    DocumentResource,
    GrantResource,
    HolderPrincipal,
    HolderResource,
    LiveGrant,
    Principal,
    Question,
    RecipientResource,
    RequestResource,
    Resource,
    StaffPrincipal,
)

GOLDEN = Path(__file__).with_name("matrix.txt")
PACKAGE = Path(__file__).parents[2] / "access_policies"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

PRINCIPALS: dict[str, tuple[str, Principal]] = {
    "A": ("deposit staff in Ha Noi, where Lan is enrolled", StaffPrincipal("s-a", "hanoi", "deposit", True)),
    "B": ("deposit staff at another origin centre", StaffPrincipal("s-b", "vinh", "deposit", True)),
    "C": ("destination staff in Kuala Lumpur", StaffPrincipal("s-c", "kl", "destination", True)),
    "D": ("destination staff at another centre", StaffPrincipal("s-d", "bangkok", "destination", True)),
    "E": ("deposit role, but at Kuala Lumpur", StaffPrincipal("s-e", "kl", "deposit", True)),
    "F": ("destination role, but in Ha Noi", StaffPrincipal("s-f", "hanoi", "destination", True)),
    "G": ("A, switched off", StaffPrincipal("s-g", "hanoi", "deposit", False)),
    "H": ("C, switched off", StaffPrincipal("s-h", "kl", "destination", False)),
    "L": ("Lan, with a PIN of her own", HolderPrincipal("lan", True)),
    "P": ("Lan, still with the PIN the centre gave her", HolderPrincipal("lan", False)),
    "M": ("Mai, another holder", HolderPrincipal("mai", True)),
}

PASSPORT = DocumentResource("passport", "lan", "hanoi")
LAN = HolderResource("lan", "hanoi")
CASE = CaseResource("case-1", "kl", True)
REQUEST = RequestResource("request-1", "kl", "lan", True, NOW + SECOND)
GRANT = GrantResource("grant-1", "lan", "kl")
RECIPIENT = RecipientResource("recipient-1", "kl", "s-c")
COPY = LiveGrant(
    grant_id="grant-1",
    holder_id="lan",
    centre_id="kl",
    case_id="case-1",
    purpose="unpaid wages",
    document_ids=frozenset({"passport", "contract"}),
    form="copy",
    until=NOW + SECOND,
    withdrawn=False,
    uses_left=1,
)


@dataclass(frozen=True)
class State:
    """One row: a resource and, for a release, the consent there is."""

    name: str
    resource: Resource
    grant: LiveGrant | None = None


CENTRES = [
    State("Ha Noi (origin)", CentreResource("hanoi", "origin")),
    State("Vinh (origin)", CentreResource("vinh", "origin")),
    State("Kuala Lumpur (destination)", CentreResource("kl", "destination")),
    State("Bangkok (destination)", CentreResource("bangkok", "destination")),
]
CASES = [
    State("Kuala Lumpur's case, open", CASE),
    State("Kuala Lumpur's case, closed", replace(CASE, open=False)),
]
RECIPIENTS = [
    State("Kuala Lumpur's, proposed by C", RECIPIENT),
    State("Kuala Lumpur's, by a colleague", replace(RECIPIENT, proposed_by="s-c2")),
    State("Kuala Lumpur's, by the operator", replace(RECIPIENT, proposed_by=None)),
    State("Bangkok's, proposed by D", replace(RECIPIENT, centre_id="bangkok", proposed_by="s-d")),
]
REQUESTS = [
    State("to Lan, pending", REQUEST),
    State("to Lan, answered", replace(REQUEST, pending=False)),
    State("to Lan, ran out a second ago", replace(REQUEST, expires_at=NOW - SECOND)),
    State("to Lan, runs out at this moment", replace(REQUEST, expires_at=NOW)),
    State("to Lan, answered and ran out", replace(REQUEST, pending=False, expires_at=NOW)),
    State("to somebody not registered", replace(REQUEST, holder_id=None)),
]
RELEASES = [
    State("no consent", PASSPORT),
    State("consent to a copy", PASSPORT, COPY),
    State("consent to a view", PASSPORT, replace(COPY, form="view")),
    State("consent to a handover", PASSPORT, replace(COPY, form="handover")),
    State("withdrawn", PASSPORT, replace(COPY, withdrawn=True)),
    State("ran out a second ago", PASSPORT, replace(COPY, until=NOW - SECOND)),
    State("runs out at this moment", PASSPORT, replace(COPY, until=NOW)),
    State("used up", PASSPORT, replace(COPY, uses_left=0)),
    State("for the other centre", PASSPORT, replace(COPY, centre_id="bangkok")),
    State("for another case", PASSPORT, replace(COPY, case_id="case-2")),
    State("for another purpose", PASSPORT, replace(COPY, purpose="work accident")),
    State("for other papers", PASSPORT, replace(COPY, document_ids=frozenset({"contract"}))),
    State("for no papers", PASSPORT, replace(COPY, document_ids=frozenset())),
    State("from another holder", PASSPORT, replace(COPY, holder_id="mai")),
    State("withdrawn and ran out", PASSPORT, replace(COPY, withdrawn=True, until=NOW)),
]
# A consent to a handover in every row that is about another cause than the form.
HANDOVERS = [
    replace(state, grant=replace(state.grant, form="handover"))
    if state.grant and not state.name.startswith("consent to")
    else state
    for state in RELEASES
]
ROWS: dict[Action, list[State]] = {
    Action.ENROL_HOLDER: CENTRES,
    Action.SEE_HOLDER: [State("Lan", LAN)],
    Action.DEPOSIT_DOCUMENT: [State("for Lan", LAN)],
    Action.SEE_FIELDS: [State("of Lan's passport", PASSPORT)],
    Action.OPEN_CASE: CENTRES,
    Action.SEE_CASE: CASES,
    Action.MAKE_REQUEST: CASES,
    Action.PROPOSE_RECIPIENT: CENTRES,
    Action.SEE_RECIPIENTS: CENTRES,
    Action.CONFIRM_RECIPIENT: RECIPIENTS,
    Action.END_RECIPIENT: RECIPIENTS,
    Action.SEE_REQUEST: REQUESTS,
    Action.ANSWER_REQUEST: REQUESTS,
    Action.WITHDRAW_GRANT: [State("Lan's, to Kuala Lumpur", GRANT)],
    Action.SEE_GRANT: [State("Lan's, to Kuala Lumpur", GRANT)],
    Action.SEE_HISTORY: [State("Lan's", LAN)],
    Action.SEE_OWN_COPY: [State("Lan's passport", PASSPORT)],
    Action.VIEW_DOCUMENT: RELEASES,
    Action.COPY_DOCUMENT: RELEASES,
    Action.HAND_OVER_DOCUMENT: HANDOVERS,
}
LEGEND = """\
Who may do what with Lan's papers, as the policies in access_policies/policies decide it.
Written by tests/access_policies/test_matrix.py (its first lines say how); read the difference, don't edit.

Y  allowed        -  refused: nothing allows it (default-deny)
x  refused, and a policy says why        !  refused with alarm: the question makes no sense for this one

"""

POLICIES = load()


def ask(principal: Principal, action: Action, state: State) -> Decision:
    question = Question(
        principal, action, state.resource, NOW, state.grant, case_id="case-1", purpose="unpaid wages"
    )
    return decide(POLICIES, question)


def cells() -> Iterator[tuple[Action, State, str, Decision]]:
    for action, states in ROWS.items():
        for state in states:
            for letter, (_, principal) in PRINCIPALS.items():
                yield action, state, letter, ask(principal, action, state)


def mark(decision: Decision) -> str:
    if decision.alarm:
        return "!"
    if decision.allowed:
        return "Y"
    return "-" if decision.policies == ("default-deny",) else "x"


def section(action: Action, states: list[State]) -> str:
    grid = [f"{action.value:<34}{'  '.join(PRINCIPALS)}"]
    because = []
    for state in states:
        answers = {letter: ask(principal, action, state) for letter, (_, principal) in PRINCIPALS.items()}
        grid.append(f"  {state.name:<32}{'  '.join(mark(answer) for answer in answers.values())}")
        groups: dict[str, list[str]] = {}
        for letter, answer in answers.items():
            if mark(answer) in "Yx":
                groups.setdefault(f"{mark(answer)} {', '.join(answer.policies)}", []).append(letter)
        because += [f"    {state.name}: {' '.join(who)} {ids}" for ids, who in groups.items()]
    return "\n".join([*grid, "  because", *because]) + "\n"


def matrix() -> str:
    who = "".join(f"{letter}  {words}\n" for letter, (words, _) in PRINCIPALS.items())
    return LEGEND + who + "\n" + "\n".join(section(action, states) for action, states in ROWS.items())


def test_the_policies_decide_as_the_checked_in_matrix_says() -> None:
    assert matrix() == GOLDEN.read_text(encoding="utf-8")


def test_every_action_of_the_schema_is_in_the_matrix() -> None:
    schema = (PACKAGE / "schema.cedarschema").read_text(encoding="utf-8")
    declared = {
        name.strip()
        for names in re.findall(r"^action ([\w, ]+?)(?: in \[\w+\])? appliesTo", schema, re.M)
        for name in names.split(",")
    }
    assert declared == {action.value for action in Action} == {action.value for action in ROWS}


@pytest.mark.parametrize("action", Action)
def test_every_action_is_both_allowed_and_refused_without_alarm(action: Action) -> None:
    answers = {
        decision.allowed for asked, _, _, decision in cells() if asked is action and not decision.alarm
    }
    assert answers == {True, False}


def test_every_policy_decides_somewhere_in_the_matrix() -> None:
    deciding = {name for *_, decision in cells() for name in decision.policies}
    assert deciding == set(POLICIES.reasons)


def test_every_answer_has_a_sentence_for_each_policy() -> None:
    for *_, decision in cells():
        assert decision.policies
        assert decision.reasons == tuple(POLICIES.reasons[name] for name in decision.policies)
        assert not (decision.allowed and decision.alarm)


def test_the_permits_hold_without_the_forbids_except_for_staff_switched_off() -> None:
    """Losing a forbid may lose an explanation; it may never open a door."""
    permits = {}
    for path in sorted((PACKAGE / "policies").glob("*.cedar")):
        text = re.sub(r'@id\("[^"]*"\)\n@reason\("[^"]*"\)\nforbid .*?;\n', "", path.read_text(), flags=re.S)
        assert "forbid (" not in text
        permits[path.name] = text.encode()
    bare = build((PACKAGE / "schema.cedarschema").read_bytes(), permits)
    for action, state, letter, decision in cells():
        principal = PRINCIPALS[letter][1]
        question = Question(principal, action, state.resource, NOW, state.grant, "case-1", "unpaid wages")
        if not isinstance(principal, StaffPrincipal) or principal.active:
            assert decide(bare, question).allowed == decision.allowed, (action, state.name, letter)


STAFF, HOLDER = StaffPrincipal, HolderPrincipal
MAKES_SENSE: dict[Action, tuple[set[type], type]] = {
    Action.ENROL_HOLDER: ({STAFF}, CentreResource),
    Action.SEE_HOLDER: ({STAFF}, HolderResource),
    Action.DEPOSIT_DOCUMENT: ({STAFF}, HolderResource),
    Action.SEE_FIELDS: ({STAFF, HOLDER}, DocumentResource),
    Action.OPEN_CASE: ({STAFF}, CentreResource),
    Action.SEE_CASE: ({STAFF}, CaseResource),
    Action.MAKE_REQUEST: ({STAFF}, CaseResource),
    Action.PROPOSE_RECIPIENT: ({STAFF}, CentreResource),
    Action.SEE_RECIPIENTS: ({STAFF}, CentreResource),
    Action.CONFIRM_RECIPIENT: ({STAFF}, RecipientResource),
    Action.END_RECIPIENT: ({STAFF}, RecipientResource),
    Action.SEE_REQUEST: ({STAFF, HOLDER}, RequestResource),
    Action.ANSWER_REQUEST: ({HOLDER}, RequestResource),
    Action.WITHDRAW_GRANT: ({HOLDER}, GrantResource),
    Action.SEE_GRANT: ({STAFF, HOLDER}, GrantResource),
    Action.SEE_HISTORY: ({HOLDER}, HolderResource),
    Action.SEE_OWN_COPY: ({HOLDER}, DocumentResource),
    Action.VIEW_DOCUMENT: ({STAFF}, DocumentResource),
    Action.COPY_DOCUMENT: ({STAFF}, DocumentResource),
    Action.HAND_OVER_DOCUMENT: ({STAFF}, DocumentResource),
}


@pytest.mark.parametrize("action", Action)
def test_a_question_that_makes_no_sense_is_refused_with_alarm(action: Action) -> None:
    resources = [CENTRES[0].resource, LAN, PASSPORT, CASE, REQUEST, GRANT, RECIPIENT]
    for _, principal in PRINCIPALS.values():
        for resource in resources:
            askers, about = MAKES_SENSE[action]
            sensible = type(principal) in askers and type(resource) is about
            answer = ask(principal, action, State("", resource, COPY))
            assert answer.alarm is not sensible, (principal, resource)


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    GOLDEN.write_text(matrix(), encoding="utf-8")
