"""A centre's system registers what papers are sealed to, over HTTP: two people, one fingerprint, never a secret."""

import pytest

from tests.running import Caller, RunningVault, done, problem
from tests.vault.world import CENTRE_IDENTITY, PASSWORD
from vault import centres
from vault.crypto.hybrid import HybridIdentity
from vault.crypto.recipients import fingerprint
from vault.crypto.x25519 import X25519Identity

RECIPIENT = HybridIdentity.generate().recipient
FINGERPRINT = fingerprint(RECIPIENT)
IN_USE = fingerprint(CENTRE_IDENTITY.recipient)


def second_person(running: RunningVault) -> Caller:
    """Somebody else who works at penang."""
    world = running.world
    centres.add_staff(world.vault, world.seed.centre.centre_id, "penang-2", PASSWORD, "second desk")
    return running.staff("penang-2")


def listed(caller: Caller) -> list[tuple[str, str | None, bool]]:
    items = done(caller.get("/v1/recipients"), 200)["items"]
    return [(each["state"], each["fingerprint"], each["proposed_by_you"]) for each in items]


def test_two_people_register_a_recipient_and_the_one_before_is_ended(running_vault: RunningVault) -> None:
    first, second = running_vault.staff("penang"), second_person(running_vault)
    waiting = done(first.post("/v1/recipients", {"recipient": str(RECIPIENT)}), 201)
    assert (waiting["state"], waiting["fingerprint"], waiting["proposed_by"]) == (
        "waiting",
        FINGERPRINT,
        "Penang desk",
    )
    assert listed(first) == [("waiting", FINGERPRINT, True), ("confirmed", IN_USE, False)]
    assert listed(second) == [("waiting", None, False), ("confirmed", IN_USE, False)]

    path, right = f"/v1/recipients/{waiting['recipient_id']}/confirmation", {"fingerprint": FINGERPRINT}
    problem(first.post(path, right), 403, "recipient-second-person")
    problem(second.post(path, {"fingerprint": IN_USE}), 422, "fingerprint-wrong")
    confirmed = done(second.post(path, right), 200)
    assert (confirmed["state"], confirmed["confirmed_by"]) == ("confirmed", "second desk")
    assert done(second.post(path, right), 200) == confirmed
    assert listed(second) == [("confirmed", FINGERPRINT, False), ("ended", IN_USE, False)]

    end = f"/v1/recipients/{waiting['recipient_id']}/end"
    ended = done(second.post(end), 200)
    assert (ended["state"], ended["ended_at"] is not None) == ("ended", True)
    assert done(first.post(end), 200)["ended_at"] == ended["ended_at"]
    problem(second.post(path, right), 409, "recipient-ended")


def test_from_the_moment_it_is_ended_nothing_is_sealed_to_it(running_vault: RunningVault) -> None:
    document_id, request_id = running_vault.deposited(), running_vault.asked()
    running_vault.granted(request_id, [document_id])
    penang, copies = running_vault.staff("penang"), f"/v1/requests/{request_id}/copies"
    sealed = {"form": "copy", "sealed": True}
    assert penang.post(copies, sealed).content.startswith(b"age-encryption.org/v1\n")
    (in_use,) = done(penang.get("/v1/recipients"), 200)["items"]
    done(penang.post(f"/v1/recipients/{in_use['recipient_id']}/end"), 200)
    problem(penang.post(copies, sealed), 422, "centre-has-no-recipient")


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        (str(RECIPIENT)[:-1], "recipient-mistyped"),
        (str(RECIPIENT)[:-1] + str(RECIPIENT)[-1].upper() + "Q", "recipient-mixed-case"),
        ("ssh-ed25519 AAAA", "recipient-unknown-type"),
        ("age1pq1bbbb", "recipient-unusable"),
        (str(X25519Identity.generate().recipient), "recipient-not-post-quantum"),
        (str(HybridIdentity.generate()), "recipient-is-secret"),
    ],
)
def test_what_cannot_be_taken_is_told_and_changes_nothing(
    shared_vault: RunningVault, recipient: str, code: str
) -> None:
    penang = shared_vault.staff("penang")
    answer = penang.post("/v1/recipients", {"recipient": recipient})
    problem(answer, 422, code)
    assert recipient not in answer.text
    assert listed(penang) == [("confirmed", IN_USE, False)]


def test_a_call_out_of_shape_names_the_place(shared_vault: RunningVault) -> None:
    penang = shared_vault.staff("penang")
    headers = {"Idempotency-Key": "out of shape", "Content-Type": "application/json"}
    for text in ("", "a" * 4097, r"\ud800"):
        body = f'{{"recipient": "{text}"}}'
        told = penang.http.post("/v1/recipients", content=body, headers=headers).json()
        assert (told["code"], told["errors"]) == ("call-malformed", [{"pointer": "/recipient"}])
