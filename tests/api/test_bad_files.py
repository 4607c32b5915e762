"""What cannot be kept as pages: its own code each, and nothing is left of it anywhere."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import httpx
import pypdfium2
import pytest
from PIL import Image

from api.i18n import LANGUAGES, text
from tests.running import RunningVault, done, problem
from tests.vault.world import photo


def truncated_jpeg() -> bytes:
    whole = photo()
    return whole[: len(whole) // 2]


def huge_png() -> bytes:
    """40,000 x 40,000 points in black and white: 200 MB unpacked, 6 GB as RGB, some 200 KB as a file."""
    side = 40_000
    pack = zlib.compressobj(1)
    rows = bytes(1 + side // 8) * 500
    data = b"".join(pack.compress(rows) for _ in range(side // 500)) + pack.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def locked_pdf() -> bytes:
    """A PDF that asks for a password: no empty one fits these digests."""
    digest = b"<" + b"ab" * 32 + b">"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>",
        b"<< /Filter /Standard /V 1 /R 2 /O " + digest + b" /U " + digest + b" /P -4 >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % each for each in offsets)
    trailer = b"trailer\n<< /Size 5 /Root 1 0 R /Encrypt 4 0 R /ID [<00><00>] >>\nstartxref\n%d\n%%%%EOF\n"
    return out + table + trailer % len(out)


def pdf_of(pages: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(300, 400)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def plain(width: int, height: int) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), "white").save(out, "PNG")
    return out.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "text": (lambda: b"This is no picture at all.\n" * 50, "file-not-an-image"),
    "html": (lambda: b"<html><script>alert(1)</script></html>", "file-not-an-image"),
    "archive": (lambda: b"PK\x03\x04" + bytes(500), "file-not-an-image"),
    "truncated JPEG": (truncated_jpeg, "file-damaged"),
    "PDF with a password": (locked_pdf, "file-password"),
    "40,000 x 40,000 PNG": (huge_png, "file-page-too-large"),
    "66,000 points long": (lambda: plain(66_000, 3), "file-page-too-large"),
    "a strip": (lambda: plain(600, 3), "file-not-a-page"),
    "zero bytes": (lambda: b"", "file-empty"),
    "200 pages": (lambda: pdf_of(200), "file-too-many-pages"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_has_its_own_answer_and_leaves_nothing(lone_vault: RunningVault, name: str) -> None:
    make, code = BAD[name]
    hanoi, holder_id = lone_vault.staff("hanoi"), lone_vault.world.seed.hoa.holder_id
    problem(hanoi.deposit(holder_id, [make()], key="the same"), 422, code)
    # Nor is the good page before it kept.
    problem(hanoi.deposit(holder_id, [photo(), make()], key="the same"), 422, code)
    assert lone_vault.world.documents() == []
    assert list(lone_vault.world.vault.blobs.names()) == []
    assert lone_vault.world.entries("deposited") == []
    # And the key is not spent on it.
    assert done(hanoi.deposit(holder_id, [photo()], key="the same"), 201)["pages"] == 1


def test_a_flawed_page_is_answered_with_what_is_wrong_and_leaves_nothing(lone_vault: RunningVault) -> None:
    hanoi, holder_id = lone_vault.staff("hanoi"), lone_vault.world.seed.hoa.holder_id
    files = [photo(), plain(800, 600)]
    answer = hanoi.deposit(holder_id, files, key="the same")
    assert (answer.status_code, answer.json()["code"]) == (422, "pages-flawed")
    assert answer.headers["content-type"] == "application/problem+json"
    (finding,) = answer.json()["findings"]
    hint = {language: text(language, "flaw_hint.blank") for language in LANGUAGES}
    assert finding == {"page": 2, "flaw": "blank", "box": None, "hint": hint}
    assert lone_vault.world.documents() == []
    assert list(lone_vault.world.vault.blobs.names()) == []
    problem_of_place(hanoi.deposit(holder_id, files, key="the same", overrule="no_reason"), "overrule")

    kept = done(hanoi.deposit(holder_id, files, key="the same", overrule="cannot_return"), 201)
    assert kept["flaws"] == [{"page": 2, "flaw": "blank"}]
    assert kept["overruled_because"] == "cannot_return"
    again = hanoi.deposit(holder_id, files, key="the same", overrule="cannot_return")
    assert (done(again, 201), again.headers["idempotency-replayed"]) == (kept, "true")
    for other in (None, "only_copy"):
        problem(
            hanoi.deposit(holder_id, files, key="the same", overrule=other), 409, "idempotency-key-reused"
        )
    assert len(lone_vault.world.documents()) == 1


def problem_of_place(answer: httpx.Response, parameter: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (422, "call-malformed")
    assert answer.json()["errors"] == [{"parameter": parameter}]


def test_a_paper_has_40_pages_at_most(lone_vault: RunningVault) -> None:
    hanoi, holder_id = lone_vault.staff("hanoi"), lone_vault.world.seed.hoa.holder_id
    page = photo("page")
    problem(hanoi.deposit(holder_id, [page] * 41), 422, "too-many-files")
    out = BytesIO()
    with Image.open(BytesIO(page)) as image:
        image.save(out, "PDF", save_all=True, append_images=[image] * 24)
    problem(hanoi.deposit(holder_id, [out.getvalue()] * 2), 422, "too-many-pages")
    assert lone_vault.world.documents() == []
    assert list(lone_vault.world.vault.blobs.names()) == []
