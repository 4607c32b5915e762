"""Which language a line is in: told by its signs and its small words."""

import re

from ocr.terms.folding import fold
from ocr.text.page_text import Language, Line

_WORDS: dict[Language, frozenset[str]] = {
    "vi": frozenset(
        [
            "nguoi",
            "lao",
            "dong",
            "hop",
            "cua",
            "duoc",
            "khong",
            "trong",
            "ngay",
            "thang",
            "nam",
            "cho",
            "va",
            "cac",
            "theo",
            "phai",
            "lam",
            "viec",
            "bang",
            "tai",
            "khi",
            "den",
            "tu",
            "voi",
            "moi",
            "gio",
            "luong",
            "tien",
            "khoan",
            "phep",
            "nghi",
            "ben",
            "cong",
            "ty",
            "dia",
            "chi",
            "so",
            "quoc",
        ]
    ),
    "en": frozenset(
        [
            "the",
            "of",
            "and",
            "to",
            "in",
            "is",
            "are",
            "for",
            "by",
            "shall",
            "not",
            "be",
            "with",
            "on",
            "at",
            "or",
            "from",
            "worker",
            "employer",
            "party",
            "contract",
            "wage",
            "per",
            "days",
            "name",
            "address",
            "date",
            "place",
            "work",
            "this",
            "no",
            "any",
            "if",
            "may",
        ]
    ),
    "ms": frozenset(
        [
            "dan",
            "yang",
            "di",
            "pada",
            "bagi",
            "dengan",
            "ialah",
            "adalah",
            "tidak",
            "hendaklah",
            "oleh",
            "untuk",
            "dalam",
            "kepada",
            "pekerja",
            "majikan",
            "kontrak",
            "gaji",
            "hari",
            "bulan",
            "tempoh",
            "tahun",
            "atau",
            "akan",
            "boleh",
            "ini",
            "itu",
            "sebulan",
            "nama",
            "alamat",
            "tarikh",
            "kerja",
            "jika",
        ]
    ),
}
_ACCENTED = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹáàãéèíìóòõúùũý]", re.IGNORECASE)
_THAI = re.compile(r"[\u0e01-\u0e5b]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def language_of(line: Line) -> Language | None:
    """The line's language by its own words; what the recogniser said where they say nothing; None where it is mixed."""
    return language_of_text(line.text) or line.language


def language_of_text(text: str) -> Language | None:
    """The language of a few words; None where they say nothing or speak two languages alike."""
    letters = sum(map(str.isalpha, text)) or 1
    if len(_THAI.findall(text)) > letters * 0.4:
        return "th"
    if len(_CHINESE.findall(text)) > letters * 0.4:
        return "zh-Hant"
    words = re.findall(r"[a-z]+", fold(text))
    scores: dict[Language, float] = {
        name: float(sum(word in small for word in words)) for name, small in _WORDS.items()
    }
    scores["vi"] += len(_ACCENTED.findall(text)) / 2
    first, second = sorted(scores, key=lambda name: scores[name], reverse=True)[:2]
    return first if scores[first] >= 2 and scores[first] >= 1.5 * scores[second] else None
