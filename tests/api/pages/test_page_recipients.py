"""Two people register what papers are sealed to, at a browser without scripts; what they paste is never shown again."""

import pytest

from tests.api.pages.visitor import Page, Visitor, staff
from tests.running import RunningVault
from tests.vault.world import CENTRE_IDENTITY, PASSWORD
from vault import centres
from vault.crypto.hybrid import HybridIdentity
from vault.crypto.recipients import fingerprint

HERE = "/staff/recipients"
IDENTITY = HybridIdentity.generate()
FINGERPRINT = fingerprint(IDENTITY.recipient)
IN_USE = fingerprint(CENTRE_IDENTITY.recipient)


def desks(running: RunningVault, language: str = "en") -> tuple[Visitor, Visitor]:
    """Two people who work at penang, both at the page."""
    world = running.world
    centres.add_staff(world.vault, world.seed.centre.centre_id, "penang-2", PASSWORD, "second desk")
    first, second = (staff(running, login, language) for login in ("penang", "penang-2"))
    first.get(HERE)
    return first, second


def action(page: Page, ending: str) -> str:
    """Where the first form whose address ends so goes to."""
    return next(form.action for form in page.forms if form.action.endswith(ending))


def shows(page: Page, digits: str) -> bool:
    """Whether the page shows this fingerprint, in groups or in one line."""
    groups = "".join(f"<span>{four} </span>" for four in digits.split())
    return groups in page.html or digits in page.html


def test_two_people_register_a_recipient(running_vault: RunningVault) -> None:
    first, second = desks(running_vault)
    assert shows(first.page, IN_USE)
    proposed = first.submit(HERE, {"recipient": f" {IDENTITY.recipient}\n"})
    assert proposed.path == f"{HERE}?done=proposed"
    assert "Proposed. Nothing is sealed to it yet" in proposed.html
    assert shows(proposed, FINGERPRINT)
    assert not any(form.action.endswith("/confirmation") for form in proposed.forms)

    waiting = second.get(HERE)
    assert not shows(waiting, FINGERPRINT)
    where = action(waiting, "/confirmation")
    wrong = second.submit(where, {"fingerprint": "1234 ABCD"}, 422)
    assert "This is not the fingerprint" in wrong.html
    assert wrong.form(where).hidden()["fingerprint"] == "1234 ABCD"
    done = second.submit(where, {"fingerprint": FINGERPRINT.upper()})
    assert "Confirmed. From now on" in done.html
    assert shows(done, FINGERPRINT)
    assert done.html.index("Ended before") < done.html.index(IN_USE)


def test_it_is_ended_by_either_and_the_page_says_what_that_means(running_vault: RunningVault) -> None:
    _first, second = desks(running_vault, "vi")
    page = second.get(HERE)
    assert "Từ lúc này không có gì được niêm phong bằng khóa này nữa" in page.html
    ended = second.submit(action(page, "/end"), {})
    assert "Chưa có khóa nhận nào được xác nhận" in ended.html
    assert [row.kind for row in running_vault.world.entries()][-1] == "recipient_ended"
    assert not any(form.action.endswith("/end") for form in ended.forms)


def test_whoever_proposed_it_cannot_confirm_it_with_a_form_of_her_own_making(
    running_vault: RunningVault,
) -> None:
    first, _second = desks(running_vault)
    page = first.submit(HERE, {"recipient": str(IDENTITY.recipient)})
    where = action(page, "/end").replace("/end", "/confirmation")
    values = {"csrf": page.form(HERE).hidden()["csrf"], "fingerprint": FINGERPRINT}
    assert "a second person must confirm it" in first.post(where, values, 403).html


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_secret_pasted_by_mistake_is_told_and_not_shown_again(
    shared_vault: RunningVault, language: str
) -> None:
    penang = staff(shared_vault, "penang", language)
    penang.get(HERE)
    page = penang.submit(HERE, {"recipient": str(IDENTITY)}, 422)
    assert {"en": "the secret identity", "vi": "khóa bí mật, không phải"}[language] in page.html
    assert str(IDENTITY) not in page.html
    assert 'aria-invalid="true"' in page.html
    assert f"/language/{'vi' if language == 'en' else 'en'}?next=%2Fstaff%2Frecipients" in page.html


def test_a_second_click_proposes_nothing_more(running_vault: RunningVault) -> None:
    first, _second = desks(running_vault)
    values = {**first.page.form(HERE).hidden(), "recipient": str(IDENTITY.recipient)}
    for _ in range(2):
        assert shows(first.post(HERE, values), FINGERPRINT)
    # The first is the one that the world begins with.
    assert len(running_vault.world.entries("recipient_proposed")) == 2 + 1


def test_the_desk_of_a_destination_centre_leads_there_and_no_other(shared_vault: RunningVault) -> None:
    assert HERE in staff(shared_vault, "penang").page.links
    hanoi = staff(shared_vault, "hanoi")
    assert HERE not in hanoi.page.links
    hanoi.get(HERE, 404)
