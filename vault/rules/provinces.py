"""Thailand's minimum wages of a day, by province, from 1 January 2025 (notices of the Wage Committee).

Where a district has its own rate and the contract does not say which, both bounds count.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from ocr.terms.folding import fold
from ocr.terms.phrases import holds

FROM = date(2025, 1, 1)
RAISED = date(2025, 7, 1)
_HOTELS = 400
_BANGKOK = ("Bangkok", "Krung Thep", "กรุงเทพ", "Băng Cốc", "Bangkok Metropolis")
_DISTRICTS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (400, ("Koh Samui", "Ko Samui", "เกาะสมุย")),
    (380, ("Mueang Chiang Mai", "Muang Chiang Mai", "เมืองเชียงใหม่", "Hat Yai", "หาดใหญ่")),
)
_PROVINCES: tuple[tuple[int, int, str], ...] = (
    (400, 400, "Chachoengsao ฉะเชิงเทรา|Chonburi|Chon Buri ชลบุรี|Phuket ภูเก็ต|Rayong ระยอง"),
    (
        372, 372,
        "Nakhon Pathom นครปฐม|Nonthaburi นนทบุรี|Pathum Thani ปทุมธานี|Samut Prakan สมุทรปราการ"
        "|Samut Sakhon สมุทรสาคร",
    ),
    (359, 359, "Nakhon Ratchasima นครราชสีมา"),
    (358, 358, "Samut Songkhram สมุทรสงคราม"),
    (357, 380, "Chiang Mai เชียงใหม่"),
    (357, 357, "Khon Kaen ขอนแก่น|Prachin Buri|Prachinburi ปราจีนบุรี|Ayutthaya อยุธยา|Saraburi สระบุรี"),
    (356, 356, "Lopburi|Lop Buri ลพบุรี"),
    (355, 355, "Nakhon Nayok นครนายก|Suphan Buri|Suphanburi สุพรรณบุรี|Nong Khai หนองคาย"),
    (354, 354, "Krabi กระบี่|Trat ตราด"),
    (352, 380, "Songkhla สงขลา"),
    (352, 400, "Surat Thani สุราษฎร์ธานี"),
    (
        352, 352,
        "Kanchanaburi กาญจนบุรี|Chanthaburi จันทบุรี|Chiang Rai เชียงราย|Tak ตาก"
        ""
        "|Nakhon Phanom นครพนม|Buri Ram|Buriram บุรีรัมย์"
        "|Prachuap Khiri Khan ประจวบคีรีขันธ์|Phang Nga|Phangnga พังงา|Phitsanulok พิษณุโลก|Mukdahan มุกดาหาร"
        "|Sakon Nakhon สกลนคร"
        "|Sa Kaeo|Sa Kaew สระแก้ว|Ubon Ratchathani อุบลราชธานี",
    ),
    (351, 351, "Chumphon ชุมพร|Phetchaburi เพชรบุรี|Surin สุรินทร์"),
    (350, 350, "Nakhon Sawan นครสวรรค์|Yasothon ยโสธร|Lamphun ลำพูน"),
    (
        349, 349,
        "Kalasin กาฬสินธุ์|Nakhon Si Thammarat นครศรีธรรมราช|Bueng Kan บึงกาฬ|Phetchabun เพชรบูรณ์|Roi Et ร้อยเอ็ด",
    ),
    (348, 348, "Chai Nat|Chainat ชัยนาท|Chaiyaphum ชัยภูมิ|Phatthalung พัทลุง|Sing Buri สิงห์บุรี|Ang Thong อ่างทอง"),
    (
        347, 347,
        "Kamphaeng Phet กำแพงเพชร|Phichit พิจิตร|Maha Sarakham มหาสารคาม|Mae Hong Son แม่ฮ่องสอน"
        "|Ranong ระนอง|Ratchaburi ราชบุรี|Lampang ลำปาง|Loei เลย"
        "|Sisaket|Si Sa Ket ศรีสะเกษ|Satun สตูล|Sukhothai สุโขทัย"
        "|Nong Bua Lamphu หนองบัวลำภู|Amnat Charoen อำนาจเจริญ|Udon Thani อุดรธานี"
        "|Uttaradit อุตรดิตถ์|Uthai Thani อุทัยธานี",
    ),
    (345, 345, "Trang ตรัง|Nan น่าน|Phayao พะเยา|Phrae แพร่"),
    (337, 337, "Narathiwat นราธิวาส|Pattani ปัตตานี|Yala ยะลา"),
)  # fmt: skip


def daily_rates(places: Sequence[str], day: date, *, in_hotel: bool) -> tuple[Decimal, Decimal] | None:
    """The lowest and the highest rate in baht that may hold at the folded `places`; None where no province is named.

    From 1 July 2025 work in hotels and places of entertainment has one rate everywhere, for some classes of them:
    which, a contract does not say, so it is the upper bound only.
    """
    named = [rates for place in places for rates in _named(place, day)]
    if not named or len(set(named)) > 1 or day < FROM:
        return None
    low, high = named[0]
    if in_hotel and day >= RAISED:
        high = max(high, _HOTELS)
    return Decimal(low), Decimal(high)


def _named(place: str, day: date) -> list[tuple[int, int]]:
    for rate, names in _DISTRICTS:
        if _exactly(place, names):
            return [(rate, rate)]
    found = [(low, high) for low, high, provinces in _PROVINCES if _exactly(place, _names(provinces))]
    if _exactly(place, _BANGKOK):
        rate = 400 if day >= RAISED else 372
        found.append((rate, rate))
    return found


def _names(provinces: str) -> list[str]:
    """Latin names with their spaces, and the Thai one that follows."""
    names = []
    for entry in provinces.split("|"):
        words = entry.split(" ")
        thai = words[-1] if not words[-1].isascii() else ""
        names += [" ".join(words[:-1]), thai] if thai else [entry]
    return names


def _exactly(place: str, names: Sequence[str]) -> bool:
    # No slips here: Phetchaburi and Phetchabun, Nonthaburi and Chanthaburi are near each other and paid differently.
    return any(fold(name) in place and holds(place, (name,)) for name in names)
