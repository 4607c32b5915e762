"""The malformed PDFs of `make_malformed`: what their streams, their pages and their structure lie about."""

import zlib


def pdf(objects: list[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    body, places = b"%PDF-1.7\n", []
    for number, entry in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj %s endobj\n" % (number, entry)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        body
        + table
        + b"trailer<</Size %d%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, len(body))
    )


CATALOG, ONE_PAGE = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>"


def one_page(content: bytes = b"", resources: bytes = b"", box: bytes = b"0 0 72 72", *more: bytes) -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Resources<<%s>>/Contents 4 0 R>>" % (box, resources)
    return pdf([CATALOG, ONE_PAGE, page, stream(content), *more])


def stream(data: bytes, about: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), about, data)


def image(data: bytes, about: bytes, width: int = 64, height: int = 64) -> bytes:
    """A page with one image, five to the object."""
    described = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray" % (
        width,
        height,
    )
    return one_page(
        b"72 0 0 72 0 0 cm /I Do", b"/XObject<</I 5 0 R>>", b"0 0 72 72", stream(data, described + about)
    )


def laughs(levels: int) -> list[bytes]:
    """Forms from object 5 on, each of which draws the next ten times; the last a line."""
    forms = []
    for number in range(5, 5 + levels):
        about = b"/Type/XObject/Subtype/Form/BBox[0 0 72 72]/Resources<</XObject<</X %d 0 R>>>>" % (
            number + 1
        )
        forms.append(stream(b"/X Do " * 10, about))
    return [*forms, stream(b"0 0 72 72 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 72 72]")]


def pdfs_by_stream() -> dict[str, bytes]:
    noise = bytes(range(256)) * 3
    zeros = zlib.compress(bytes(10_000_000), 9)
    nested = zeros
    for _ in range(5):
        nested = zlib.compress(nested)
    return {
        "stream-bomb.pdf": pdf(
            [
                CATALOG,
                ONE_PAGE,
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
                stream(zeros, b"/Filter/FlateDecode"),
            ]
        ),
        "bomb-in-a-bomb.pdf": image(nested, b"/Filter[%s]" % (b"/FlateDecode" * 6)),
        "noise-as-jbig2.pdf": image(noise, b"/Filter/JBIG2Decode"),
        "noise-as-jpeg2000.pdf": image(noise, b"/Filter/JPXDecode"),
        "giant-jpeg2000.pdf": image(
            b"\xff\x4f\xff\x51\0\x2f\0\0"
            + b"\x7f\xff\xff\xff" * 2
            + bytes(8)
            + b"\x7f\xff\xff\xff" * 2
            + bytes(8)
            + b"\0\1\7\1\1",
            b"/Filter/JPXDecode",
        ),
        "noise-as-jpeg.pdf": image(noise, b"/Filter/DCTDecode"),
        "fax-of-four-billion-columns.pdf": image(
            noise, b"/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 4294967295>>"
        ),
        "predictor-of-two-billion.pdf": image(
            zeros, b"/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 2147483647/Colors 4>>"
        ),
        "giant-image.pdf": image(zeros, b"/Filter/FlateDecode", 2_000_000_000, 2_000_000_000),
    }


def pdfs_by_page() -> dict[str, bytes]:
    return {
        "page-of-nothing.pdf": one_page(box=b"0 0 0 0"),
        "page-without-end.pdf": one_page(box=b"0 0 1e38 1e38"),
        "page-of-no-number.pdf": one_page(box=b"nan inf -inf nan"),
        "page-like-a-thread.pdf": one_page(box=b"0 0 0.001 100000"),
    }


def pdfs_by_structure() -> dict[str, bytes]:
    zeros = zlib.compress(bytes(10_000_000), 9)
    whole = one_page(b"1 0 0 rg 0 0 9 9 re f")
    self_form = stream(
        b"/X Do /X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 72 72]/Resources<</XObject<</X 5 0 R>>>>"
    )
    self_tile = stream(
        b"/Pattern cs /P scn 0 0 72 72 re f",
        b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]"
        b"/XStep 1/YStep 1/Resources<</Pattern<</P 5 0 R>>>>",
    )
    attached = stream(whole, b"/Type/EmbeddedFile")
    return {
        "header.pdf": b"%PDF-1.7\n",
        "cut.pdf": whole[: len(whole) // 2],
        "table-in-a-circle.pdf": whole.replace(b"/Root", b"/Prev %d/Root" % whole.rindex(b"xref\n0")),
        "table-past-the-end.pdf": whole[: whole.rindex(b"startxref")] + b"startxref\n999999999\n%%EOF",
        "pages-in-a-circle.pdf": pdf([CATALOG, b"<</Type/Pages/Count 1/Kids[2 0 R]>>"]),
        "two-billion-pages.pdf": pdf(
            [CATALOG, b"<</Type/Pages/Count 2147483647/Kids[3 0 R]>>", b"<</Type/Page/Parent 2 0 R>>"]
        ),
        "no-pages.pdf": pdf([CATALOG, b"<</Type/Pages/Count 0/Kids[]>>"]),
        "lists-in-lists.pdf": one_page(b"[" * 9_000),
        "form-in-itself.pdf": one_page(b"/X Do", b"/XObject<</X 5 0 R>>", b"0 0 72 72", self_form),
        "pattern-in-itself.pdf": one_page(
            b"/Pattern cs /P scn 0 0 72 72 re f", b"/Pattern<</P 5 0 R>>", b"0 0 72 72", self_tile
        ),
        "script.pdf": pdf(
            [
                b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(while(true){})>>>>",
                ONE_PAGE,
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
            ]
        ),
        "runs-a-program.pdf": pdf(
            [
                b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/Launch/F(/bin/sh)>>>>",
                ONE_PAGE,
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
            ]
        ),
        "image-in-another-file.pdf": image(b"", b"/F(/etc/passwd)"),
        "pdf-in-a-pdf.pdf": pdf(
            [
                b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a) <</EF<</F 4 0 R>>>>]>>>>>>",
                ONE_PAGE,
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
                attached,
            ]
        ),
        "unheard-of-lock.pdf": pdf(
            [CATALOG, ONE_PAGE, b"<</Type/Page/Parent 2 0 R>>"], b"/Root 1 0 R/Encrypt<</Filter/Nobody>>"
        ),
        "objects-in-a-bomb.pdf": pdf(
            [CATALOG, b"<<>>", stream(zeros, b"/Type/ObjStm/N 2000000000/First 9/Filter/FlateDecode")]
        ),
        "after-rubbish.pdf": b"rubbish\n" * 100 + whole,
        "forms-in-forms.pdf": one_page(b"/X Do", b"/XObject<</X 5 0 R>>", b"0 0 72 72", *laughs(9)),
    }
