"""Which label a stretch of print stands below."""

import unicodedata
from collections.abc import Sequence

from ocr.fields.printed.page import MM, Stretch

# In Vietnamese without marks, English and French: Doc 9303 part 3, section 3.3 asks for one of the last two (or
# Spanish) beside the State's own language. Others that carry a value which could be taken for one of ours: "other".
_LABELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("given_names", ("given name", "chu dem va ten", "prenom")),
    ("full_name", ("full name", "ho va ten", "name in full")),
    ("surname", ("surname", "ho surname")),
    ("birth_date", ("date of birth", "ngay sinh", "date de naissance", "birth date")),
    ("place_of_birth", ("place of birth", "noi sinh", "lieu de naissance")),
    ("expiry_date", ("date of expiry", "co gia tri den", "date d expiration", "expiry date")),
    ("sex", ("gioi tinh", "sex")),
    ("nationality", ("nationality", "quoc tich", "nationalite")),
    ("document_number", ("passport no", "so ho chieu", "passport number", "passeport n", "document no")),
    ("personal_number", ("so ddcn", "so gcmnd", "personal no", "id card no", "identity no")),
    (
        "other",
        (
            "date of issue",
            "ngay cap",
            "date de delivrance",
            "place of issue",
            "noi cap",
            "authority",
            "autorite",
            "signature",
            "code of",
            "height",
            "type",
            "ma so",
            "ho chieu",
            "passport",
            "specimen",
        ),
    ),
)
_BELOW = (-0.6, 3.8)  # millimetres from a label's foot to the top of what it names
_BESIDE = 5.0  # millimetres that their left edges may be apart


def bare(text: str) -> str:
    """Lower-case letters without marks, everything else one blank."""
    plain = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d").lower())
    kept = "".join(c if c.isascii() and c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())


def label(stretch: Stretch) -> str | None:
    """What a stretch is the label of, `other` for one that names none of our fields, None where it is no label."""
    text = bare(stretch.text)
    return next((name for name, phrases in _LABELS if any(phrase in text for phrase in phrases)), None)


def labelled(stretches: Sequence[Stretch]) -> dict[str, list[Stretch]]:
    """The stretches that stand directly below a label, by what the nearest one names."""
    labels = [(name, stretch) for stretch in stretches if (name := label(stretch)) is not None]
    found: dict[str, list[Stretch]] = {}
    for stretch in stretches:
        near = [(_distance(other, stretch), name) for name, other in labels if _heads(other, stretch)]
        if near and label(stretch) is None:
            found.setdefault(min(near)[1], []).append(stretch)
    return found


def _heads(head: Stretch, stretch: Stretch) -> bool:
    below = (stretch.box[1] - head.box[3]) / MM
    aside = abs(stretch.box[0] - head.box[0]) / MM
    return head is not stretch and _BELOW[0] <= below <= _BELOW[1] and aside <= _BESIDE


def _distance(head: Stretch, stretch: Stretch) -> float:
    return float(abs(stretch.box[1] - head.box[3]) + abs(stretch.box[0] - head.box[0]))
