"""The jailed child: a stranger's file on stdin, integers and RGB on stdout, nothing else anywhere.

Run only by `ocr.sanitise`, as `python -I -B decoder.py MAX_PAGES MAX_PAGE_PIXELS CPU_SECONDS MEMORY_BYTES`,
with an empty environment and no descriptors but 0, 1 and 2. It is self-contained: importing it from the
trusted side gives the framing and the exit codes, and touches no imaging library.

Framing on stdout, big-endian: for each page WIDTH u32, HEIGHT u32, then width x height x 3 bytes of RGB; after
the last page two zero words, then exit status 0. A refusal is an exit status, an `Exit` value: a page already
sent is then void. Formats: JPEG, PNG, TIFF (every page), WebP, HEIC (its primary picture), PDF. Of an animation
the first picture is taken.

The jail, in the order it is built before the first hostile byte is read: resource limits (memory, CPU, no file
may grow, few descriptors, no core, no new processes); no new privileges; where the kernel allows it a user
namespace with an empty network, IPC and host-name view, which also drops every capability outside it.

Residual risk, accepted for now: without seccomp and Landlock a decoder that is taken over can still open files
this account may read, and where unprivileged user namespaces are forbidden also a socket. It has no keys and no
environment to find, and what it can say to its parent is pixels. RLIMIT_NPROC does not bind root: the
vault should not run as root. macOS ignores RLIMIT_AS and has no namespaces.
"""

# ruff: noqa: PLC0415 - the child imports only what the first bytes of the file call for

import io
import resource
import struct
import sys
from collections.abc import Iterator
from enum import IntEnum
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

if TYPE_CHECKING:
    from PIL import Image

PAGE_HEADER = struct.Struct(">II")
PDF_DPI = 200  # what scanners at the counters give, and what the recogniser needs for 10-point print
_WIDE_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")


class Exit(IntEnum):
    """Exit statuses of a refusal; 1 and 2 stay Python's own."""

    NOT_AN_IMAGE = 64
    DAMAGED = 65
    PASSWORD = 66
    TOO_MANY_PAGES = 67
    PAGE_TOO_LARGE = 68
    OUT_OF_MEMORY = 69


def refuse(code: Exit) -> NoReturn:
    """End the child with a small integer as its only word."""
    sys.exit(int(code))


def jail(cpu_seconds: int, memory: int) -> None:
    """Give up, for good, everything that decoding does not need. See the module's head for what remains."""
    limits = [
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),  # the interpreter's own imports; it starts with three
        (resource.RLIMIT_CORE, 0),  # a core dump would be the document on disk
    ]
    if sys.platform == "linux":  # macOS counts address space differently and refuses
        limits.append((resource.RLIMIT_AS, memory))
    for which, value in limits:
        resource.setrlimit(which, (value, value))
    if sys.platform == "linux":
        _leave_namespaces()
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _leave_namespaces() -> None:
    """Drop privileges to gain any, and the network, through libc; each step is best effort (see the head)."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    pr_set_dumpable, pr_set_no_new_privs = 4, 38
    libc.prctl(pr_set_no_new_privs, 1, 0, 0, 0)
    libc.prctl(pr_set_dumpable, 0, 0, 0, 0)  # no other process of this account may look into its memory
    new_uts, new_ipc, new_user, new_net = 0x04000000, 0x08000000, 0x10000000, 0x40000000
    libc.unshare(new_user | new_net | new_ipc | new_uts)


def decode(file: bytes, max_pages: int, max_pixels: int) -> "Iterator[Image.Image]":
    """The file's pages as upright RGB pictures, one at a time; only what its first bytes call for is imported."""
    if file[:3] == b"\xff\xd8\xff":
        from PIL.JpegImagePlugin import JpegImageFile

        return _picture(JpegImageFile, file, max_pixels)
    if file[:8] == b"\x89PNG\r\n\x1a\n":
        from PIL.PngImagePlugin import PngImageFile

        return _picture(PngImageFile, file, max_pixels)
    if file[:4] in (b"II*\0", b"MM\0*"):
        from PIL.TiffImagePlugin import TiffImageFile

        return _tiff(TiffImageFile, file, max_pages, max_pixels)
    if file[:4] == b"RIFF" and file[8:12] == b"WEBP":
        from PIL.WebPImagePlugin import WebPImageFile

        return _picture(WebPImageFile, file, max_pixels)
    if file[4:8] == b"ftyp" and file[8:12] in _HEIF_BRANDS:
        from pi_heif import HeifImageFile

        return _picture(HeifImageFile, file, max_pixels)
    if b"%PDF-" in file[:1024]:  # readers accept rubbish before the header
        return _pdf(file, max_pages, max_pixels)
    refuse(Exit.NOT_AN_IMAGE)


def _picture(opener: Any, file: bytes, max_pixels: int) -> "Iterator[Image.Image]":
    picture = opener(io.BytesIO(file))
    _check_size(picture.size, max_pixels)
    yield _upright_rgb(picture)


def _tiff(opener: Any, file: bytes, max_pages: int, max_pixels: int) -> "Iterator[Image.Image]":
    picture = opener(io.BytesIO(file))
    pages = _count_frames(picture, max_pages)
    for number in range(pages):
        picture.seek(number)
        _check_size(picture.size, max_pixels)
        yield _upright_rgb(picture.copy())


def _count_frames(picture: Any, max_pages: int) -> int:
    """Walk the chain of directories no further than needed: a hostile chain can be endless."""
    for number in range(max_pages + 1):
        try:
            picture.seek(number)
        except EOFError:
            picture.seek(0)
            return number
    refuse(Exit.TOO_MANY_PAGES)


def _pdf(file: bytes, max_pages: int, max_pixels: int) -> "Iterator[Image.Image]":
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as failure:
        # FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY (an unknown handler) of fpdfview.h
        refuse(Exit.PASSWORD if failure.err_code in (4, 5) else Exit.DAMAGED)
    if len(document) > max_pages:
        refuse(Exit.TOO_MANY_PAGES)
    if len(document) == 0:
        refuse(Exit.DAMAGED)
    for page in document:
        width, height = page.get_size()  # points, 72 to the inch
        if not (width > 0 and height > 0):
            refuse(Exit.DAMAGED)
        scale = min(PDF_DPI / 72, (max_pixels * 0.99 / (width * height)) ** 0.5)
        if min(width, height) * scale < 1:
            refuse(Exit.PAGE_TOO_LARGE)
        yield page.render(scale=scale).to_pil().convert("RGB")


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    """From the header, before a single pixel is unpacked."""
    width, height = size
    if width < 1 or height < 1:
        refuse(Exit.DAMAGED)
    if width * height > max_pixels:
        refuse(Exit.PAGE_TOO_LARGE)


def _upright_rgb(picture: "Image.Image") -> "Image.Image":
    """Turned as its EXIF orientation says, on white where it is transparent, 8 bits a channel."""
    from PIL import Image, ImageOps

    picture.load()
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in _WIDE_MODES:  # Pillow would clip 16 bits to white
        low, high = picture.getextrema()
        span = 256 if max(float(high), -float(low)) > 255 else 1  # type: ignore[arg-type]
        picture = picture.convert("F").point(lambda value: value / span).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        return paper
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _send(picture: "Image.Image", out: BinaryIO) -> None:
    """Strip by strip, so that a page is not held twice."""
    width, height = picture.size
    out.write(PAGE_HEADER.pack(width, height))
    rows = max(1, (1 << 20) // (width * 3))
    for top in range(0, height, rows):
        out.write(picture.crop((0, top, width, min(top + rows, height))).tobytes())


def main() -> None:
    """Read everything, send every page, end with zero; or end with the number of what is wrong."""
    max_pages, max_pixels, cpu_seconds, memory = (int(argument) for argument in sys.argv[1:5])
    jail(cpu_seconds, memory)
    file, out = sys.stdin.buffer.read(), sys.stdout.buffer
    try:
        for picture in decode(file, max_pages, max_pixels):
            _send(picture, out)
    except MemoryError:
        refuse(Exit.OUT_OF_MEMORY)
    except BrokenPipeError:  # the parent has gone: nobody is left to tell
        sys.exit(1)
    except Exception:  # hostile bytes raise anything: to the parent they are one number
        refuse(Exit.DAMAGED)
    out.write(PAGE_HEADER.pack(0, 0))
    out.flush()


if __name__ == "__main__":
    main()
