"""What a photograph tells besides its picture (place, time, device, names) stays in the sealed original."""

import io
import struct
from collections.abc import Iterator
from dataclasses import replace

import pypdfium2
from PIL import Image, PngImagePlugin, TiffImagePlugin

from tests.vault.test_places import holder_key
from tests.vault.world import CENTRE_IDENTITY, World, photo
from vault import handover, release
from vault.crypto.age import decrypt
from vault.objects import open_object
from vault.own_copy import own_copy
from vault.permits import Ask

SECRET = b"TELLTALE"
"""Stands in every field of text."""

PLACE = struct.pack(">6I", 21, 1, 1, 1, 4_217, 100)
"""A latitude as EXIF writes it: degrees, minutes, seconds."""


def exif() -> Image.Exif:
    made = Image.Exif()
    made.endian = ">"
    made[0x010E] = made[0x010F] = made[0x0110] = made[0x9C9B] = SECRET.decode()
    made[0x0132] = "2026:11:24 03:04:05 " + SECRET.decode()
    rational = TiffImagePlugin.IFDRational
    made.get_ifd(0x8825).update({1: "N", 2: (rational(21), rational(1), rational(4_217, 100))})
    return made


def picture() -> Image.Image:
    return Image.open(io.BytesIO(photo()))


def telling_jpeg() -> bytes:
    out = io.BytesIO()
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    picture().save(out, "JPEG", quality=85, exif=exif(), comment=SECRET, xmp=xmp, icc_profile=SECRET * 20)
    return out.getvalue() + SECRET


def telling_png() -> bytes:
    out, texts = io.BytesIO(), PngImagePlugin.PngInfo()
    texts.add_text("Author", SECRET.decode())
    texts.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    picture().save(out, "PNG", pnginfo=texts, exif=exif())
    return out.getvalue()


def telling_pdf() -> bytes:
    out = io.BytesIO()
    picture().save(out, "PDF", author=SECRET.decode(), title=SECRET.decode())
    return out.getvalue() + b"%" + SECRET


def copies(world: World) -> Iterator[tuple[str, bytes]]:
    """Everything that leaves the vault for this paper, by every way out."""
    yield "her own copy", own_copy(world.vault, world.seed.hoa.principal, world.contract).content
    wish = replace(world.wish(), form="handover", uses=9)
    request = world.ask(wish)
    world.agree(request)
    for form in ("view", "copy"):
        ask = Ask(request.request_id, world.contract, form, form)
        yield form, release.release(world.vault, world.seed.centre, ask).content
    for page in range(1, 4):
        ask = Ask(request.request_id, world.contract, "handover", f"page {page}", page=page)
        handed = handover.hand_over(world.vault, world.seed.centre, ask)
        sealed = b"".join(handover.stream(world.vault, handed, handed.pages[0]))
        yield f"handover {page}", b"".join(decrypt([sealed], [CENTRE_IDENTITY]))


def test_nothing_but_the_picture_leaves_and_the_original_stays_as_it_was(lone_world: World) -> None:
    files = [telling_jpeg(), telling_png(), telling_pdf()]
    assert PLACE in files[0]
    assert all(SECRET in each for each in files)
    world = replace(lone_world, contract=lone_world.deposit(files).document_id)
    out = dict(copies(world))
    assert set(out) == {"her own copy", "view", "copy", *(f"handover {page}" for page in (1, 2, 3))}
    for form, content in out.items():
        for telling in (
            SECRET,
            SECRET.decode().encode("utf-16-le"),
            PLACE,
            b"Exif",
            b"ns.adobe.com",
            b"ICC_PROFILE",
        ):
            assert telling not in content, (form, telling)
        if content.startswith(b"%PDF"):
            told = pypdfium2.PdfDocument(content).get_metadata_dict(skip_empty=True)
            assert SECRET.decode() not in str(told), form
    originals = [
        open_object(world.vault, holder_key(world, row.holder_id), row)
        for row in sorted(world.objects(), key=lambda row: row.page)
        if row.role == "original"
    ]
    assert originals == files
