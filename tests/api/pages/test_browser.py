"""A real browser, with JavaScript switched off, walks the journey; it checks what only a browser can."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.api.pages.visitor import PASSPORT
from tests.running import RunningVault
from tests.vault.world import PASSWORD

CHROMIUM = "/usr/bin/chromium"
PHONE = {"width": 360, "height": 740}
OWN_PIN = "274918"


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


def opened(browser: Browser, running: RunningVault, locale: str) -> Page:
    context = browser.new_context(
        java_script_enabled=False,
        locale=locale,
        base_url=running.base_url,
        viewport=PHONE,  # type: ignore[arg-type]
    )
    context.set_default_timeout(20_000)
    return context.new_page()


def signed_in(page: Page, login: str) -> Page:
    page.goto("/staff")
    page.get_by_label("Sign-in name").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/staff/desk")
    return page


def test_the_journey_in_a_browser_without_scripts(browser: Browser, running_vault: RunningVault) -> None:
    desk, centre = (
        signed_in(opened(browser, running_vault, "en-GB"), login) for login in ("hanoi", "penang")
    )
    phone = opened(browser, running_vault, "vi-VN")
    code, starting_pin = _enrol_and_deposit(desk)
    _ask(centre, code, running_vault.moment(20)[:10])
    _open_card(phone, code, starting_pin)
    _allow(phone)

    centre.reload()
    with centre.expect_download() as fetched:
        centre.get_by_role("button", name="Download a copy").click()
    assert fetched.value.path().read_bytes().startswith(b"%PDF-")
    assert fetched.value.suggested_filename.endswith(".pdf")

    phone.get_by_role("link", name="Rút lại").click()
    phone.get_by_role("button", name="Có, rút lại").click()
    phone.get_by_text("Bạn đã rút lại").wait_for()
    centre.get_by_role("button", name="Download a copy").click()
    centre.get_by_text("taken back her consent").wait_for()
    centre.get_by_role("link", name="Go on").click()
    centre.get_by_text("Taken back").wait_for()
    _read_history_and_close(phone)


def _enrol_and_deposit(desk: Page) -> tuple[str, str]:
    desk.get_by_role("link", name="Enrol a person").click()
    desk.get_by_label("Full name").fill("Trần Thị Bưởi")
    desk.get_by_label("English").check()
    desk.get_by_label("The notice was read to her").check()
    desk.get_by_label("By signature").check()
    desk.get_by_role("button", name="Enrol and make the card").click()
    code, starting_pin = desk.locator(".slip dd").all_inner_texts()
    desk.get_by_role("link", name="She has it").click()
    desk.get_by_label("Passport").check()
    desk.get_by_label("Photographs or PDF").set_input_files(PASSPORT)
    desk.get_by_role("button", name="Deposit").click()
    desk.get_by_text("B0731616").first.wait_for()  # the page renews itself until it was read
    return code, starting_pin


def _ask(centre: Page, code: str, last_day: str) -> None:
    centre.get_by_label("Card code").fill(code)
    centre.get_by_label("What is it about?").select_option("passport_kept")
    centre.get_by_role("button", name="Open the case").click()
    centre.get_by_label("Passport").check()
    centre.get_by_label("What for?").select_option("passport_return")
    centre.get_by_label("A copy").check()
    centre.get_by_label("Last day of use").fill(last_day)
    centre.get_by_label("How many times?").fill("2")
    centre.get_by_role("button", name="Send the request").click()
    centre.get_by_text("Waiting for her answer").wait_for()


def _open_card(phone: Page, code: str, starting_pin: str) -> None:
    phone.goto("/")
    phone.get_by_role("link", name="Tôi có thẻ").click()
    phone.get_by_label("Mã thẻ").fill(code)
    phone.get_by_label("Mã PIN").fill(starting_pin)
    phone.get_by_role("button", name="Mở").click()
    phone.get_by_label("Mã PIN trên phiếu").fill(starting_pin)
    phone.get_by_label("Mã PIN mới", exact=True).fill(OWN_PIN)
    phone.get_by_label("Nhập lại mã PIN mới").fill(OWN_PIN)
    phone.get_by_role("button", name="Dùng mã PIN này").click()
    phone.wait_for_url("**/card?done=pin_changed")
    phone.get_by_label("Mã thẻ").fill(code)
    phone.get_by_label("Mã PIN").fill(OWN_PIN)
    phone.get_by_role("button", name="Mở").click()


def _allow(phone: Page) -> None:
    phone.get_by_role("link", name="Penang Centre").click()
    allow, refuse = (phone.get_by_role("button", name=name) for name in ("Cho phép", "Từ chối"))
    first, second = allow.bounding_box(), refuse.bounding_box()
    assert first is not None
    assert second is not None
    assert (first["width"], first["height"]) == (second["width"], second["height"])
    assert first["height"] >= 48
    _fits(phone)
    phone.get_by_label("Hộ chiếu").check()
    phone.get_by_label("Lấy bản sao").check()
    phone.get_by_label("1 tuần").check()
    phone.get_by_label("Mấy lần?").select_option("2")
    phone.get_by_label("Mã PIN của bạn").fill(OWN_PIN)
    allow.click()
    phone.wait_for_url("**/card/grants/*")


def _read_history_and_close(phone: Page) -> None:
    phone.get_by_role("link", name="Về thẻ của tôi").click()
    phone.get_by_role("link", name="Ai đã làm gì với giấy tờ của tôi").click()
    phone.get_by_text("đã lấy bản sao giấy tờ của bạn: Hộ chiếu").wait_for()
    _fits(phone)
    assert phone.title() == "Thẻ của tôi"
    phone.get_by_role("button", name="Đóng").click()
    phone.wait_for_url("**/card/closed")
    phone.go_back()
    assert "Penang" not in phone.content()


def _fits(page: Page) -> None:
    """Nothing sticks out to the side of a small phone."""
    widths = [
        box["x"] + box["width"] for each in page.locator("main *").all() if (box := each.bounding_box())
    ]
    assert max(widths) <= PHONE["width"]
