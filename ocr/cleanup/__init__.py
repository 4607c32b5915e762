"""A photographed page made flat, upright and evenly lit: grey for the recogniser, in colour for people.

Geometry is changed only where it is sure; where it is not, the page stays as it was photographed. The sealed original
is never touched. What lies beside a sheet is cut off only where it is empty (`ocr.cleanup.flat`).
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.cleanup.flat import flattened, sheet_size
from ocr.cleanup.light import even_light, gentle_light
from ocr.cleanup.passport import straight
from ocr.cleanup.sheet import sheet_with
from ocr.cleanup.upright import deskewed, quarter_turns, turned
from ocr.glyphs import find_glyphs
from ocr.pixels import Pixels
from ocr.recognise import Image

_READING_SIDE = 3500  # the long side of A4 at 300 dpi
_MOST_SIDE = 4900  # with what lies around a sheet
_SURE_ZONE = 0.6


class Zone(Protocol):
    """A machine-readable zone: quads around its lines in page pixels, top left first as they read; how sure it is."""

    @property
    def lines(self) -> Sequence[NDArray[np.float32]]:
        """In reading order."""

    @property
    def score(self) -> float:
        """0..1."""


def clean(page: Pixels) -> Image:
    """The sheet as grey print on white, upright, its long side about 300 dpi of A4. For reading only.

    Never binarised: that costs diacritics.
    """
    # The red channel: seals and stamps vanish, black and blue ink stay.
    sheet = np.ascontiguousarray(page.array[:, :, 0])
    glyphs = find_glyphs(sheet)
    quad = sheet_with(glyphs)
    flat = flattened(sheet, quad) if quad is not None else None
    sheet = turned(sheet if flat is None else flat, quarter_turns(glyphs) or 0)
    side = max(sheet.shape) if quad is None else max(sheet_size(quad))
    scale = min(_READING_SIDE / side, _MOST_SIDE / max(sheet.shape))
    if scale < 0.85 or scale > 1.15:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        sheet = np.asarray(cv2.resize(sheet, None, fx=scale, fy=scale, interpolation=how), np.uint8)
    return deskewed(even_light(sheet))


def present(page: Pixels, kind: Literal["passport", "contract"], zones: Sequence[Zone] = ()) -> Pixels:
    """The page as people see it: the colour photograph upright and flat, a contract's shadows gently lifted.

    Only geometry and light change, never content. A passport is turned by its zone (`zones`, best first) and left as
    it is without one; its corners of the picture that nobody photographed are grey.
    """
    picture = page.array
    if kind == "passport":
        sure = [zone for zone in zones if zone.score >= _SURE_ZONE]
        picture = straight(picture, sure[0].lines) if sure else picture
    else:
        glyphs = find_glyphs(np.ascontiguousarray(picture[:, :, 0]))
        quad = sheet_with(glyphs)
        flat = flattened(picture, quad) if quad is not None else None
        picture = picture if flat is None else flat
        picture = gentle_light(turned(picture, quarter_turns(glyphs) or 0))
    return Pixels(picture.shape[1], picture.shape[0], np.ascontiguousarray(picture).tobytes())
