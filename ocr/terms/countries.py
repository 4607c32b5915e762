"""The countries that contracts name as the place of work, in four languages."""

from collections.abc import Mapping
from types import MappingProxyType

from ocr.terms.folding import fold
from ocr.terms.phrases import Found, find_phrases

COUNTRIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "MY": ("Malaysia", "Ma-lai-xi-a", "Ma lai xi a", "Malaixia", "มาเลเซีย"),
        "TH": ("Thailand", "Thái Lan", "ประเทศไทย", "Kingdom of Thailand", "ราชอาณาจักรไทย"),
        "TW": ("Taiwan", "Đài Loan", "ไต้หวัน"),
        "JP": ("Japan", "Nhật Bản", "Nhật", "Jepun", "ญี่ปุ่น"),
        "KR": ("Korea", "Republic of Korea", "South Korea", "Hàn Quốc", "Korea Selatan", "เกาหลี", "เกาหลีใต้"),
        "SG": ("Singapore", "Singapura", "Xin-ga-po", "สิงคโปร์"),
        "SA": ("Saudi Arabia", "Ả Rập Xê Út", "Ả-rập Xê-út", "Arab Saudi", "ซาอุดีอาระเบีย"),
        "AE": ("United Arab Emirates", "UAE", "Các Tiểu vương quốc Ả Rập Thống nhất"),
        "CN": ("China", "Trung Quốc", "Ma Cao", "Macao"),
        "RO": ("Romania", "Ru-ma-ni"),
        "HU": ("Hungary", "Hung-ga-ri"),
        "DE": ("Germany", "Đức", "CHLB Đức"),
        "LA": ("Laos", "Lào"),
        "KH": ("Cambodia", "Campuchia"),
    }
)  # fmt: skip
_CODE = {fold(name): code for code, names in COUNTRIES.items() for name in names}


def countries_in(folded: str) -> list[tuple[str, Found]]:
    """The countries named in a folded text with their places: ISO 3166 alpha-2 codes."""
    return [(_CODE[found.phrase], found) for found in find_phrases(folded, _CODE)]
