"""Random worlds: Cedar and a plain-Python reading of the rules for a release agree, cause by cause."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from access_policies.decide import decide, load
from access_policies.request import Action, DocumentResource, Form, LiveGrant, Question, StaffPrincipal

POLICIES = load()
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

FORMS: list[Form] = ["view", "copy", "handover"]
RANKS = {
    Action.VIEW_DOCUMENT: ("view-under-grant", 0),
    Action.COPY_DOCUMENT: ("copy-under-grant", 1),
    Action.HAND_OVER_DOCUMENT: ("handover-under-grant", 2),
}
TOO_LITTLE = {Action.COPY_DOCUMENT: "grant-view-only", Action.HAND_OVER_DOCUMENT: "grant-no-handover"}

few = st.sampled_from
# Mostly what matches, so that most worlds are one step from an Allow.
centres = few(["kl", "kl", "kl", "kl", "bangkok"])
holders = few(["lan", "lan", "lan", "lan", "mai"])
cases = few(["case-1", "case-1", "case-1", "case-2"])
purposes = few(["wages", "wages", "wages", "accident"])
papers = few(["passport", "passport", "contract"])
grants = st.builds(
    LiveGrant,
    grant_id=st.just("g"),
    holder_id=holders,
    centre_id=centres,
    case_id=cases,
    purpose=purposes,
    document_ids=few([frozenset({"passport"}), frozenset({"passport", "contract"}), frozenset()]),
    form=few(FORMS),
    until=st.integers(-1, 5).map(lambda milliseconds: NOW + timedelta(milliseconds=milliseconds)),
    withdrawn=few([False, False, False, True]),
    uses_left=st.integers(-1, 5),
)
questions = st.builds(
    Question,
    principal=st.builds(
        StaffPrincipal,
        st.just("s"),
        centres,
        few(["destination", "destination", "destination", "deposit"]),
        few([True, True, True, False]),
    ),
    action=few(list(RANKS)),
    resource=st.builds(DocumentResource, papers, holders, st.just("hanoi")),
    now=st.just(NOW),
    grant=st.one_of(grants, grants, grants, st.none()),
    case_id=cases,
    purpose=purposes,
)


def causes(question: Question) -> set[str]:
    """Every reason to refuse, read straight from the rules and not from the policies."""
    staff, document, grant = question.principal, question.resource, question.grant
    assert isinstance(staff, StaffPrincipal)
    assert isinstance(document, DocumentResource)
    found = {"staff-inactive": not staff.active, "no-grant": grant is None}
    if grant is not None:
        covered = grant.holder_id == document.holder_id and document.document_id in grant.document_ids
        found |= {
            "grant-other-centre": grant.centre_id != staff.centre_id,
            "grant-other-document": not covered,
            "grant-other-case": grant.case_id != question.case_id,
            "grant-other-purpose": grant.purpose != question.purpose,
            "grant-withdrawn": grant.withdrawn,
            "grant-expired": question.now >= grant.until,
            "grant-used-up": grant.uses_left < 1,
        }
        if FORMS.index(grant.form) < RANKS[question.action][1]:
            found |= {TOO_LITTLE[question.action]: True}
    refusing = {name for name, holds in found.items() if holds}
    return refusing or ({"default-deny"} if staff.role != "destination" else set())


@settings(max_examples=1_000, deadline=None)
@given(questions)
def test_cedar_and_plain_python_refuse_for_the_same_causes(question: Question) -> None:
    decision, expected = decide(POLICIES, question), causes(question)
    permit, _ = RANKS[question.action]
    assert not decision.alarm
    assert decision.allowed is not bool(expected)
    assert set(decision.policies) == (expected or {permit})
