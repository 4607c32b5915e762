"""Steps between the destination centre and her: asking, answering, fetching a copy, taking back."""

from datetime import UTC, datetime, timedelta

import pypdfium2 as pdfium

from api.demo.journey import Journey, Token, card_session, expect, ok, once
from api.demo.papers import CONTRACT

_FORMS = {"copy": "a marked copy", "handover": "the pages themselves, sealed to the centre"}


def open_case(journey: Journey, destination: Token) -> tuple[str, str]:
    """A case is opened with her card code; the step gives its id."""
    body = {"card_code": journey.notes.values["card_code"], "dispute": "unpaid_wages"}
    case = ok(journey.http.post("/v1/cases", json=body, headers=once(destination)), 201)
    return f"case {case['number']}", str(case["case_id"])


def ask(
    journey: Journey, destination: Token, case_id: str, kind: str, form: str, uses: int
) -> tuple[str, str]:
    """The centre asks for one kind of paper; the step gives the request's id."""
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()  # noqa: TID251  # a caller has a clock of its own
    body = {"kinds": [kind], "purpose": "wage_claim", "form": form, "until": until, "uses": uses}
    path = f"/v1/cases/{case_id}/requests"
    asked = ok(journey.http.post(path, json=body, headers=once(destination)), 201)
    return f"purpose: wage claim; {_FORMS[form]}, {_times(uses)}, for 30 days", str(asked["request_id"])


def refused(journey: Journey, destination: Token, request_id: str, why: str) -> tuple[str, None]:
    """A copy is refused, for this reason."""
    answer = journey.http.post(
        f"/v1/requests/{request_id}/copies", json={"form": "copy"}, headers=once(destination)
    )
    expect(
        answer.status_code == 403 and answer.json()["code"] == why, f"expected 403 {why}: {answer.text[:200]}"
    )
    return f"403 {why}: {answer.json()['title']}", None


def grant(journey: Journey, request_id: str, uses: int) -> tuple[str, str]:
    """She says yes to one paper, in the form that was asked for; the step gives the grant's id."""
    holder = card_session(journey)
    asked = ok(journey.http.get(f"/v1/me/requests/{request_id}", headers=holder), 200)
    # From an earlier run there may be older copies of the same paper: she gives the newest.
    body = {
        "document_ids": [asked["documents"][0]["document_id"]],
        "form": asked["form"],
        "until": asked["until"],
        "uses": uses,
        "pin": journey.notes.values["pin"],
    }
    answer = journey.http.post(f"/v1/me/requests/{request_id}/grant", json=body, headers=once(holder))
    given = ok(answer, 201)
    told = f"one paper, {_FORMS[given['form']]}, {_times(given['uses'])}; asked for: {_times(asked['uses'])}"
    return told, str(given["grant_id"])


def fetch(journey: Journey, destination: Token, request_id: str) -> tuple[str, None]:
    """The copy is fetched and opened."""
    answer = journey.http.post(
        f"/v1/requests/{request_id}/copies", json={"form": "copy"}, headers=once(destination)
    )
    expect(answer.status_code == 200, f"no copy: {answer.status_code} {answer.text[:200]}")
    with pdfium.PdfDocument(answer.content) as document:
        pages = len(document)
    expect(pages == len(CONTRACT), f"the copy has {pages} pages")
    return f"a watermarked PDF of {pages} pages, {len(answer.content) / 1e6:.1f} MB, opened and counted", None


def withdraw(journey: Journey, grant_id: str) -> tuple[str, None]:
    """She takes her yes back."""
    answer = journey.http.post(f"/v1/me/grants/{grant_id}/withdrawal", headers=card_session(journey))
    expect(ok(answer, 200)["state"] == "withdrawn", "the grant is not withdrawn")
    return "from the very next use on", None


def _times(uses: int) -> str:
    return "once" if uses == 1 else f"{uses} times"
