"""Her yes holds for what she said, as long as she said, as often as she said; and it must be hers."""

from datetime import timedelta

import pytest

from tests.running import RunningVault, done, problem
from tests.vault.world import PIN
from vault.crypto.cards import new_card_code

COPY, VIEW = {"form": "copy"}, {"form": "view"}


def days(number: float) -> timedelta:
    return timedelta(days=number)


def test_a_grant_ends_at_its_last_moment(running_vault: RunningVault) -> None:
    document_id, request_id = running_vault.deposited(), running_vault.asked()
    running_vault.granted(request_id, [document_id], until=running_vault.moment(7))
    path = f"/v1/requests/{request_id}/copies"
    running_vault.world.clock.move(days(7) - timedelta(seconds=1))
    assert running_vault.staff("penang").post(path, COPY).status_code == 200
    running_vault.world.clock.move(timedelta(seconds=1))
    penang = running_vault.staff("penang")
    problem(penang.post(path, COPY), 403, "grant-expired")
    assert done(penang.get(f"/v1/requests/{request_id}/grant"), 200)["state"] == "expired"


def test_an_unanswered_request_grants_nothing_and_runs_out(running_vault: RunningVault) -> None:
    document_id, request_id = running_vault.deposited(), running_vault.asked()
    running_vault.world.clock.move(days(14))
    her, penang = running_vault.holder(), running_vault.staff("penang")
    assert done(her.get(f"/v1/me/requests/{request_id}"), 200)["state"] == "expired"
    body = running_vault.answer([document_id])
    problem(her.post(f"/v1/me/requests/{request_id}/grant", body), 403, "request-expired")
    problem(her.post(f"/v1/me/requests/{request_id}/refusal"), 403, "request-expired")
    problem(penang.post(f"/v1/requests/{request_id}/copies", COPY), 403, "no-grant")


def test_a_refusal_stands(running_vault: RunningVault) -> None:
    document_id, request_id = running_vault.deposited(), running_vault.asked()
    her, penang = running_vault.holder(), running_vault.staff("penang")
    assert her.post(f"/v1/me/requests/{request_id}/refusal").status_code == 204
    body = running_vault.answer([document_id])
    problem(her.post(f"/v1/me/requests/{request_id}/grant", body), 403, "request-answered")
    assert done(penang.get(f"/v1/requests/{request_id}"), 200)["state"] == "refused"
    problem(penang.post(f"/v1/requests/{request_id}/copies", COPY), 403, "no-grant")


def test_as_often_as_she_said(running_vault: RunningVault) -> None:
    document_id, request_id = running_vault.deposited(), running_vault.asked()
    running_vault.granted(request_id, [document_id], uses=2)
    penang, path = running_vault.staff("penang"), f"/v1/requests/{request_id}/copies"
    assert [penang.post(path, COPY).status_code for _ in range(2)] == [200, 200]
    problem(penang.post(path, COPY), 403, "grant-used-up")


def test_view_is_not_copy(running_vault: RunningVault) -> None:
    document_id, request_id = running_vault.deposited(), running_vault.asked()
    running_vault.granted(request_id, [document_id], form="view")
    penang, path = running_vault.staff("penang"), f"/v1/requests/{request_id}/copies"
    problem(penang.post(path, COPY), 403, "grant-view-only")
    seen = penang.post(path, VIEW)
    assert seen.status_code == 200
    assert seen.headers["content-disposition"].startswith("inline; ")


def test_only_the_papers_she_said(running_vault: RunningVault) -> None:
    wanted, other, passport = (running_vault.deposited(kind) for kind in ("contract", "contract", "passport"))
    request_id = running_vault.asked()
    running_vault.granted(request_id, [wanted])
    penang, path = running_vault.staff("penang"), f"/v1/requests/{request_id}/copies"
    for paper in (other, passport):
        problem(penang.post(path, {**COPY, "document_id": paper}), 403, "grant-other-document")
    assert penang.post(path, {**COPY, "document_id": wanted}).status_code == 200


def test_of_several_papers_one_must_be_named(running_vault: RunningVault) -> None:
    papers = [running_vault.deposited(), running_vault.deposited()]
    request_id = running_vault.asked()
    running_vault.granted(request_id, papers)
    penang, path = running_vault.staff("penang"), f"/v1/requests/{request_id}/copies"
    problem(penang.post(path, COPY), 422, "document-missing")
    assert penang.post(path, {**COPY, "document_id": papers[1]}).status_code == 200


def test_she_can_allow_less_but_not_more(running_vault: RunningVault) -> None:
    contract, passport = running_vault.deposited(), running_vault.deposited("passport")
    lans = running_vault.deposited(person=running_vault.world.seed.lan)
    request_id = running_vault.asked(form="view", uses=2, until=running_vault.moment(5))
    her, path = running_vault.holder(), f"/v1/me/requests/{request_id}/grant"
    less = {"form": "view", "uses": 1, "until": running_vault.moment(1)}
    for more, code in (
        ({"document_ids": [passport]}, "more-than-asked"),
        ({"document_ids": [contract, lans]}, "more-than-asked"),
        ({"form": "copy"}, "more-than-asked"),
        ({"uses": 3}, "uses-out-of-range"),
        ({"until": running_vault.moment(6)}, "until-out-of-range"),
        ({"until": running_vault.moment(0)}, "until-out-of-range"),
    ):
        problem(her.post(path, {**running_vault.answer([contract], **less), **more}), 422, code)
    assert done(her.post(path, running_vault.answer([contract], **less)), 201)["uses"] == 1


def test_a_pin_that_the_centre_has_seen_cannot_answer(running_vault: RunningVault) -> None:
    body = {"name": "Mai", "language": "vi", "consent_given": True, "consent_method": "signature"}
    card = done(running_vault.staff("hanoi").post("/v1/holders", body), 201)
    request_id = running_vault.asked(card["card_code"])
    sign_in = {"card_code": card["card_code"], "pin": card["starting_pin"]}
    session = done(running_vault.nobody().post("/v1/card-sessions", sign_in), 201)
    assert session["pin_is_her_own"] is False
    her = running_vault.bearer(session["token"])
    answer = running_vault.answer(["doc_" + "0" * 32], pin=card["starting_pin"])
    problem(her.post(f"/v1/me/requests/{request_id}/grant", answer), 403, "pin-not-her-own")
    for new_pin, code in (("12345", "pin-format"), ("123456", "pin-too-simple"), ("١٢٣٤٥٦", "pin-format")):
        problem(her.post("/v1/me/pin", {"pin": card["starting_pin"], "new_pin": new_pin}), 422, code)
    problem(her.post("/v1/me/pin", {"pin": "số", "new_pin": "830571"}), 401, "sign-in-failed")


@pytest.mark.parametrize("known", [True, False])
def test_five_wrong_pins_lock_a_card_whether_or_not_it_exists(
    running_vault: RunningVault, known: bool
) -> None:
    card_code = running_vault.world.seed.hoa.card_code if known else new_card_code()
    nobody = running_vault.nobody()
    for _ in range(5):
        problem(
            nobody.post("/v1/card-sessions", {"card_code": card_code, "pin": "000000"}), 401, "sign-in-failed"
        )
    locked = nobody.post("/v1/card-sessions", {"card_code": card_code, "pin": PIN})
    problem(locked, 429, "too-many-tries")
    assert locked.headers["retry-after"] == "900"
    running_vault.world.clock.move(timedelta(minutes=15))
    after = nobody.post("/v1/card-sessions", {"card_code": card_code, "pin": PIN})
    assert after.status_code == (201 if known else 401)


def test_wrong_pins_at_the_answer_lock_too(running_vault: RunningVault) -> None:
    document_id, request_id = running_vault.deposited(), running_vault.asked()
    her, path = running_vault.holder(), f"/v1/me/requests/{request_id}/grant"
    for _ in range(5):
        wrong = her.post(path, running_vault.answer([document_id], pin="000000"))
        problem(wrong, 401, "sign-in-failed")
    problem(her.post(path, running_vault.answer([document_id])), 429, "too-many-tries")
    problem(running_vault.staff("penang").get(f"/v1/requests/{request_id}/grant"), 404, "not-found")


def test_sessions_end_by_themselves(running_vault: RunningVault) -> None:
    her, hanoi = running_vault.holder(), running_vault.staff("hanoi")
    running_vault.world.clock.move(timedelta(minutes=2))
    problem(her.get("/v1/me"), 401, "not-signed-in")
    assert hanoi.get("/v1/holders").status_code == 200
    running_vault.world.clock.move(timedelta(minutes=31))
    problem(hanoi.get("/v1/holders"), 401, "not-signed-in")
