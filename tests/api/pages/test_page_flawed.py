"""Pages that cannot be read well: shown with what is wrong and where, and taken in only for a reason that stays."""

import base64
import re
import time
from io import BytesIO

import pytest
from PIL import Image

from ocr.fields.field import Field, PrintedPart, Repair
from tests.api.pages.visitor import Page, Visitor, holder, staff
from tests.running import RunningVault
from tests.vault.test_deposit import blurred
from tests.vault.world import photo
from vault import fields, holder_keys
from vault.intake import OVERRULES

REASON = "cannot_return"


def at_her_papers(running: RunningVault, language: str = "en") -> tuple[Visitor, str]:
    desk = staff(running, "hanoi", language)
    path = f"/staff/holders/{running.world.seed.hoa.holder_id}"
    desk.get(path)
    return desk, path


def pictures(page: Page) -> list[dict[str, str]]:
    return [given for tag, given in page.elements if tag == "img"]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ("Page 2", "blurred", "Hold the camera still")), ("vi", ("Trang 2", "ảnh bị mờ", "giữ yên máy"))],
)
def test_staff_see_what_is_wrong_and_where_and_nothing_is_ticked(
    running_vault: RunningVault, language: str, said: tuple[str, ...]
) -> None:
    desk, path = at_her_papers(running_vault, language)
    assert not pictures(desk.page)
    assert "data:" not in desk.page.answer.headers["content-security-policy"]
    page = desk.submit(path, {"kind": "contract"}, 422, [photo(), blurred()])
    for words in said:
        assert words in page.html
    (picture,) = pictures(page)
    assert "2" in picture["alt"]
    with Image.open(
        BytesIO(base64.b64decode(picture["src"].removeprefix("data:image/jpeg;base64,")))
    ) as shown:
        assert max(shown.size) <= 400
    assert "img-src 'self' data:;" in page.answer.headers["content-security-policy"]
    form = page.form(path)
    offered = [each["value"] for each in form.inputs if each.get("name") == "overrule"]
    assert offered == list(OVERRULES)
    assert "overrule" not in form.hidden()
    assert form.hidden()["kind"] == "contract"
    assert running_vault.world.documents() == []


def test_a_reason_has_it_taken_in_once_and_stays_with_the_paper(running_vault: RunningVault) -> None:
    desk, path = at_her_papers(running_vault)
    desk.submit(path, {"kind": "contract"}, 422, [blurred()])
    form = desk.page.form(path).hidden()
    page = desk.submit(path, {"kind": "contract", "overrule": REASON}, 200, [blurred()])
    document_path = page.path
    assert "Kept although it is hard to read. Why: The person cannot come back." in page.html
    assert "Page 1: blurred" in page.html
    # A second click on the same form is the same deposit.
    again = desk.post(
        path, {**form, "overrule": REASON}, files=[("files", ("page.jpg", blurred(), "image/jpeg"))]
    )
    assert again.path == document_path
    (document,) = running_vault.world.documents()
    hers = holder(running_vault).get(f"/card/papers/{document.id}")
    assert "Kept although it is hard to read" in hers.html


def test_a_reason_that_nobody_offered_is_refused(running_vault: RunningVault) -> None:
    desk, path = at_her_papers(running_vault)
    form = desk.page.form(path).hidden()
    values = {**form, "kind": "contract", "overrule": "so there"}
    page = desk.post(path, values, 422, files=[("files", ("page.jpg", blurred(), "image/jpeg"))])
    assert "This reason is not one the vault knows" in page.html
    assert running_vault.world.documents() == []


def test_a_repair_and_what_the_print_says_are_shown_beside_the_value(running_vault: RunningVault) -> None:
    document_id = running_vault.deposited("passport")
    path = f"/staff/documents/{document_id}"
    read = (
        Field(
            "document_number",
            "BO731616",
            False,
            None,
            "mrz",
            1,
            0.97,
            (10, 20, 300, 40),
            (Repair(1, "0", "O", 0.97, glyph()),),
            PrintedPart("BO731616", "agrees"),
        ),
        Field("surname", "NGUYEN", False, None, "mrz", 1, 0.99, printed=PrintedPart("Nguyễn", "agrees")),
        Field(
            "birth_date", "1990-01-01", False, None, "mrz", 1, 0.9, printed=PrintedPart("<1991>", "conflicts")
        ),
        Field("sex", "F", False, None, "mrz", 1, 0.9, printed=PrintedPart("", "not_read")),
        Field("given_names", "LE", False, None, "mrz", 1, 0.9, printed=PrintedPart("Lễ", "agrees", False)),
        Field("document_kind", "passport", False, None, "mrz", 1, 0.9),
    )
    put(running_vault, document_id, read)
    page = staff(running_vault, "hanoi").get(path)
    assert [given["src"][:22] for given in pictures(page)] == ["data:image/png;base64,"]
    assert "Read as 0, taken as O" in page.html
    assert page.html.count("The print on the page says the same.") == 1
    assert "The print on the page says the same: Nguyễn" in page.html
    assert "The print on the page says: &lt;1991&gt;. Look which one is right." in page.html
    assert "The print on the page could not be read." in page.html
    assert "same: Lễ. Look whether the marks on the letters are right." in page.html
    assert "To be checked against the paper: 2." in page.html
    assert page.html.count('<div class="doubtful">') == 2
    assert re.search(r'<span class="value">Passport</span>', page.html)
    assert "Read as 0, taken as O" in holder(running_vault).get(f"/card/papers/{document_id}").html
    content = running_vault.staff("hanoi").get(f"/v1/documents/{document_id}/content").json()
    number = next(each for each in content["fields"] if each["name"] == "document_number")
    assert (number["confidence"], number["box"]) == (0.97, [10, 20, 300, 40])
    assert number["printed"] == {"text": "BO731616", "agreement": "agrees", "marks_sure": True}
    (repair,) = number["repaired"]
    assert base64.b64decode(repair.pop("picture")) == glyph()
    assert repair == {"column": 1, "read": "0", "kept": "O", "probability": 0.97}


def glyph() -> bytes:
    out = BytesIO()
    Image.new("L", (12, 18), 40).save(out, "PNG")
    return out.getvalue()


def put(running: RunningVault, document_id: str, read: tuple[Field, ...]) -> None:
    """The paper as if it had been read like this."""
    vault, hoa = running.world.vault, running.world.seed.hoa.holder_id
    while running.staff("hanoi").get(f"/v1/documents/{document_id}").json()["reading"] == "waiting":
        time.sleep(0.1)  # the worker's own reading must not come after
    with vault.database.read() as session:
        in_hand = holder_keys.open_one(vault, holder_keys.find(session, hoa))
    with vault.database.write() as session:
        session.add_all(fields.seal_field(in_hand, document_id, each) for each in read)
