"""Random worlds: Cedar and a plain-Python reading of who may propose, confirm, end and see a recipient agree."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from access_policies.decide import decide, load
from access_policies.request import Action, CentreResource, Question, RecipientResource, StaffPrincipal

POLICIES = load()
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PERMITS = {
    Action.PROPOSE_RECIPIENT: "propose-recipient-for-own-centre",
    Action.SEE_RECIPIENTS: "centre-sees-own-recipients",
    Action.CONFIRM_RECIPIENT: "confirm-recipient-of-own-centre",
    Action.END_RECIPIENT: "end-recipient-of-own-centre",
}

few = st.sampled_from
centres = few(["kl", "kl", "kl", "bangkok"])
people = st.builds(
    StaffPrincipal,
    few(["ani", "budi"]),
    centres,
    few(["destination", "destination", "destination", "deposit"]),
    few([True, True, True, False]),
)
about_centres = st.builds(
    Question,
    principal=people,
    action=few([Action.PROPOSE_RECIPIENT, Action.SEE_RECIPIENTS]),
    resource=st.builds(CentreResource, centres, few(["destination", "destination", "origin"])),
    now=st.just(NOW),
)
about_recipients = st.builds(
    Question,
    principal=people,
    action=few([Action.CONFIRM_RECIPIENT, Action.END_RECIPIENT]),
    resource=st.builds(RecipientResource, st.just("r"), centres, few(["ani", "budi", None])),
    now=st.just(NOW),
)


def expected(question: Question) -> set[str]:
    """The policies that decide, read straight from the rules and not from the policies."""
    staff, about = question.principal, question.resource
    assert isinstance(staff, StaffPrincipal)
    assert isinstance(about, CentreResource | RecipientResource)
    refusing = set() if staff.active else {"staff-inactive"}
    fits = staff.role == "destination" and about.centre_id == staff.centre_id
    if isinstance(about, CentreResource):
        fits = fits and about.kind == "destination"
    elif question.action is Action.CONFIRM_RECIPIENT and about.proposed_by == staff.staff_id:
        refusing.add("recipient-second-person")
    return refusing or {PERMITS[question.action] if fits else "default-deny"}


@settings(max_examples=500, deadline=None)
@given(st.one_of(about_centres, about_recipients))
def test_cedar_and_plain_python_agree_about_recipients(question: Question) -> None:
    decision, deciding = decide(POLICIES, question), expected(question)
    assert not decision.alarm
    assert set(decision.policies) == deciding
    assert decision.allowed == (deciding == {PERMITS[question.action]})
