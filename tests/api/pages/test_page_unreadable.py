"""A person whose name cannot be opened stands in the list as that, and the others as ever."""

import pytest

from tests.api.pages.visitor import holder, staff
from tests.running import RunningVault, done
from vault.tables import HolderKey

SAID = {"en": ("Cannot be opened", "Tell the operator"), "vi": ("Không mở được", "người vận hành")}


@pytest.mark.parametrize("language", SAID)
def test_the_desk_is_told_whose_name_cannot_be_opened(running_vault: RunningVault, language: str) -> None:
    hoa, lan = (each.holder_id for each in (running_vault.world.seed.hoa, running_vault.world.seed.lan))
    with running_vault.world.vault.database.write() as session:
        session.delete(session.get_one(HolderKey, hoa))
    desk = staff(running_vault, "hanoi", language)
    for page in (desk.get("/staff/desk"), desk.submit("/staff/people/search", {"query": "thi hoa"})):
        assert all(words in page.html for words in SAID[language])
        assert hoa in page.html
        assert f"/staff/holders/{hoa}" not in page.links
    assert f"/staff/holders/{lan}" in desk.get("/staff/desk").links
    listed = done(running_vault.staff("hanoi").get("/v1/holders"), 200)["items"]
    assert {each["holder_id"]: each["name"] for each in listed} == {hoa: None, lan: "Lê Thị Lan"}


def test_without_the_keyring_she_still_finds_the_way_to_withdraw(running_vault: RunningVault) -> None:
    document_id, request_id = running_vault.deposited(), running_vault.asked()
    grant = running_vault.granted(request_id, [document_id])
    root_key = running_vault.world.folder / "root.key"
    root_key.rename(root_key.with_name("away"))
    phone = holder(running_vault)
    home = phone.get("/card/home")
    assert "Your papers" in home.html
    assert f"/card/grants/{grant['grant_id']}" in home.html
    assert phone.get(f"/card/grants/{grant['grant_id']}/withdrawal").status == 200
