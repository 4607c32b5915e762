"""The words by which contracts announce the terms that are numbers, in four languages.

A clue is data: a label, the kind and unit of the value that follows (or, where `before` says so, goes before it), and
how far off it may stand. Sources: the standard contracts of the corridors and the glossary of their laws.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ocr.terms.quantities import Unit
from ocr.text.page_text import Language

Words = Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True)
class Clue:
    """`units` are those that the value may have, `per` what it must be counted per (None: anything).

    `weak` labels are believed only in a section of `topic`, or right beside the value. `unless` are words that take the
    sentence away from this term. `near` is the longest way, in signs, from label to value.
    """

    name: str
    labels: Words
    units: tuple[Unit, ...] = ()
    per: tuple[Unit | None, ...] | None = None
    weak: Words | None = None
    topic: str = ""
    before: tuple[Language, ...] = ()
    near: int = 70
    unless: tuple[str, ...] = ()
    may_be_none: bool = False


MONEY_CLUES = (
    Clue(
        "wage",
        {
            "vi": (
                "lương cơ bản", "mức lương cơ bản", "tiền lương cơ bản", "mức lương tháng", "lương tháng",
                "lương chính",
                "mức lương", "tiền lương hàng tháng", "tiền lương hằng tháng", "tiền lương tháng", "mức tiền lương",
                "lương thỏa thuận", "lương theo hợp đồng", "lương ngày", "lương khởi điểm",
            ),
            "en": (
                "basic wage", "basic wages", "basic salary", "base salary", "base wage", "monthly wage",
                "monthly salary",
                "basic monthly wage", "basic monthly salary", "monthly basic salary", "monthly basic wage",
                "daily wage",
                "wage rate", "rate of pay", "monthly pay", "gross salary", "monthly remuneration",
                "a salary of", "a wage of",
                "wages at the rate of",
            ),
            "ms": (
                "gaji pokok", "gaji asas", "gaji bulanan", "upah bulanan", "gaji harian", "kadar gaji",
                "kadar upah", "gaji sebanyak",
            ),
            "th": (
                "ค่าจ้างเดือนละ", "เงินเดือน", "อัตราค่าจ้าง", "ค่าจ้างพื้นฐาน", "ค่าจ้างวันละ",
                "ค่าจ้างรายเดือน", "อัตราเดือนละ", "ค่าจ้างในอัตรา",
            ),
        },
        weak={
            "vi": ("tiền lương", "lương"),
            "en": ("wage", "wages", "salary", "remuneration"),
            "ms": ("gaji", "upah"),
            "th": ("ค่าจ้าง", "ค่าตอบแทน"),
        },
        topic="wage",
        unless=("khấu trừ", "deduction", "potongan", "phụ cấp:", "trợ cấp"),
    ),
    Clue(
        "service_fee",
        {
            "vi": ("tiền dịch vụ", "phí dịch vụ", "tiền phí dịch vụ", "thu tiền dịch vụ"),
            "en": (
                "service fee", "service fees", "service charge", "service charges", "agency service fee",
                "agency fee",
            ),
            "ms": ("yuran perkhidmatan", "fi perkhidmatan", "caj perkhidmatan", "bayaran perkhidmatan"),
            "th": ("ค่าบริการ", "ค่าธรรมเนียมบริการ"),
        },
        near=110,
        may_be_none=True,
        unless=("gia hạn", "monthly service fee"),
    ),
    Clue(
        "brokerage",
        {
            "vi": ("tiền môi giới", "phí môi giới", "chi phí môi giới", "hoa hồng môi giới"),
            "en": (
                "brokerage", "brokerage fee", "broker fee", "broker's fee", "placement fee", "commission",
                "recruitment fee",
            ),
            "ms": (
                "fi broker", "yuran broker", "bayaran agensi", "bayaran broker", "komisen", "bayaran ejen",
                "yuran ejen",
            ),
            "th": ("ค่านายหน้า",),
        },
        near=90,
        may_be_none=True,
        unless=("broker monthly service fee",),
    ),
    Clue(
        "deposit",
        {
            "vi": ("tiền ký quỹ", "ký quỹ", "khoản ký quỹ", "mức ký quỹ", "tiền ký cược", "tiền đặt cọc"),
            "en": ("security deposit", "escrow deposit", "deposit", "money deposit", "escrow"),
            "ms": ("wang cagaran", "wang deposit", "cagaran", "deposit"),
            "th": ("เงินประกัน", "เงินค้ำประกัน", "เงินมัดจำ"),
        },
        near=90,
        may_be_none=True,
    ),
    Clue(
        "accommodation_amount",
        {
            "vi": (
                "tiền ở", "tiền nhà", "tiền thuê nhà", "chi phí chỗ ở", "phí ký túc xá",
                "bố trí chỗ ở và được thu",
            ),
            "en": (
                "accommodation fee", "accommodation charge", "lodging fee", "rent", "dormitory fee",
                "charge for accommodation", "may charge", "charges for housing", "accommodation at",
                "accommodation and may charge", "accommodation and charges", "accommodation and deducts",
            ),
            "ms": (
                "bayaran penginapan", "caj penginapan", "sewa", "penginapan dengan bayaran",
                "penginapan dan mengenakan", "penginapan dan boleh mengenakan",
            ),
            "th": ("ค่าที่พัก", "คิดค่าที่พัก", "ค่าเช่า"),
        },
        topic="housing",
        near=40,
        before=("en", "ms"),
    ),
)  # fmt: skip

CLUES = (
    Clue(
        "term_months",
        {
            "vi": (
                "thời hạn hợp đồng", "thời gian hợp đồng", "thời hạn làm việc", "hợp đồng có thời hạn",
                "thời hạn của hợp đồng", "thời gian làm việc theo hợp đồng", "hợp đồng này có thời hạn",
                "có giá trị trong", "thời hạn lao động",
            ),
            "en": (
                "term of this contract", "contract term", "term of contract", "duration of employment",
                "duration of contract", "duration of the contract", "period of employment", "contract period",
                "term of employment", "employment period", "for a period of", "for a term of",
                "contract duration", "period of contract", "period of this contract",
                "duration of this contract", "contract shall be valid for",
            ),
            "ms": (
                "tempoh kontrak", "tempoh pekerjaan", "tempoh perkhidmatan", "tempoh penggajian",
                "selama tempoh", "bagi tempoh",
            ),
            "th": (
                "สัญญานี้มีกำหนด", "ระยะเวลาการจ้าง", "ระยะเวลาจ้าง", "มีกำหนดระยะเวลา", "ระยะเวลาของสัญญา",
                "กำหนดเวลาจ้าง", "อายุสัญญา", "มีกำหนดเวลา", "ระยะเวลาสัญญา", "มีระยะเวลา",
            ),
        },
        units=("month", "year"), per=(None,),
        weak={"vi": (
            "thời hạn", "thời gian",
        ), "en": ("term", "duration", "period"), "ms": ("tempoh",), "th": ("ระยะเวลา", "มีกำหนด")},
        topic="term",
        near=60,
        unless=(
            "thử việc", "probation", "percubaan", "ทดลองงาน", "gia hạn", "extended", "extension",
            "dilanjutkan", "ต่ออายุ", "bồi thường",
        ),
    ),
    Clue(
        "probation_days",
        {
            "vi": ("thời gian thử việc", "thử việc"),
            "en": ("probation", "probation period", "probationary period"),
            "ms": ("tempoh percubaan", "percubaan"),
            "th": ("ทดลองงาน", "ระยะเวลาทดลองงาน"),
        },
        units=("day", "week", "month"), per=(None,), near=60, before=("en",),
    ),
    Clue(
        "hours_per_day",
        {
            "vi": ("thời giờ làm việc", "thời gian làm việc", "giờ làm việc", "làm việc", "số giờ làm việc"),
            "en": (
                "normal hours", "working hours", "hours of work", "working time", "normal working hours",
                "ordinary hours", "work hours", "shall work",
            ),
            "ms": ("waktu kerja", "waktu kerja biasa", "waktu bekerja", "masa kerja", "waktu kerja normal"),
            "th": ("เวลาทำงาน", "เวลาทำงานปกติ", "ชั่วโมงทำงาน", "วันทำงาน", "ทำงาน"),
        },
        units=(
            "hour",
        ), per=("day",), near=90, topic="hours", unless=("làm thêm", "overtime", "lebih masa", "ล่วงเวลา"),
    ),
    Clue(
        "hours_per_week",
        {
            "vi": ("thời giờ làm việc", "thời gian làm việc", "giờ làm việc", "làm việc"),
            "en": (
                "normal hours", "working hours", "hours of work", "working time", "normal working hours",
                "shall work",
            ),
            "ms": ("waktu kerja", "waktu bekerja", "masa kerja"),
            "th": ("เวลาทำงาน", "ชั่วโมงทำงาน", "ทำงาน"),
        },
        units=(
            "hour",
        ), per=("week",), near=120, topic="hours", unless=("làm thêm", "overtime", "lebih masa", "ล่วงเวลา"),
    ),
    Clue(
        "days_per_week",
        {
            "vi": ("thời giờ làm việc", "thời gian làm việc", "giờ làm việc", "ngày làm việc", "làm việc"),
            "en": (
                "normal hours", "working hours", "hours of work", "working time", "normal working hours",
                "working days", "work days", "shall work",
            ),
            "ms": ("waktu kerja", "waktu bekerja", "masa kerja", "hari bekerja"),
            "th": ("เวลาทำงาน", "ชั่วโมงทำงาน", "วันทำงาน", "ทำงาน"),
        },
        units=("day",), per=("week",), near=120, topic="hours",
        unless=("được nghỉ", "rest day", "rest days", "day of rest", "day off", "hari rehat", "วันหยุด"),
    ),
    Clue(
        "rest_days_per_week",
        {
            "vi": ("được nghỉ", "ngày nghỉ", "nghỉ ít nhất", "nghỉ hằng tuần", "nghỉ hàng tuần", "nghỉ"),
            "en": ("rest day", "rest days", "weekly rest", "day off", "days off", "day of rest", "days of rest"),
            "ms": ("hari rehat", "rehat mingguan", "cuti mingguan", "hari rehat mingguan"),
            "th": ("วันหยุดประจำสัปดาห์", "วันหยุด", "หยุด"),
        },
        units=("day",), per=("week", None), near=40, topic="hours", before=("en", "ms"),
        unless=("nghỉ phép", "thử việc", "làm thêm", "overtime", "kerja lebih masa", "ล่วงเวลา"),
    ),
    Clue(
        "annual_leave_days",
        {
            "vi": (
                "ngày phép năm", "phép năm", "nghỉ phép năm", "nghỉ phép", "nghỉ hằng năm", "nghỉ hàng năm",
                "ngày nghỉ phép",
            ),
            "en": (
                "annual leave", "paid annual leave", "paid leave", "annual paid leave", "annual holidays",
                "vacation leave",
            ),
            "ms": ("cuti tahunan", "cuti tahunan bergaji"),
            "th": ("ลาพักผ่อนประจำปี", "หยุดพักผ่อนประจำปี", "ลาพักร้อน", "พักผ่อนประจำปี"),
        },
        units=("day",), per=(None, "year"), near=50, before=("vi", "en", "ms"),
    ),
    Clue(
        "deduction_cap_pct",
        {
            "vi": ("tổng khấu trừ", "tổng các khoản khấu trừ", "tổng mức khấu trừ", "mức khấu trừ", "khấu trừ"),
            "en": ("total monthly deductions", "total deductions", "deductions", "deductions shall not exceed"),
            "ms": ("jumlah potongan", "jumlah potongan bulanan", "potongan"),
            "th": ("รวมกันไม่เกิน", "หักรวม", "การหัก", "หักค่าจ้าง"),
        },
        units=("percent",), near=110, topic="deductions",
    ),
    Clue(
        "notice_days",
        {
            "vi": ("báo trước", "thông báo trước", "báo cho bên kia trước"),
            "en": ("notice", "prior notice", "written notice", "advance notice", "prior written notice"),
            "ms": ("notis", "notis bertulis", "memberi notis"),
            "th": ("ล่วงหน้า", "บอกกล่าวล่วงหน้า"),
        },
        units=("day", "week", "month"), per=(None,), near=50, before=("en", "ms", "th"), topic="termination",
        unless=("thử việc", "probation", "gia hạn", "extended"),
    ),
    Clue(
        "penalty_months",
        {
            "vi": ("phải bồi thường", "bồi thường", "phải trả"),
            "en": ("shall pay", "compensation", "compensate", "must pay", "indemnity", "pays"),
            "ms": ("membayar gaji pokok", "hendaklah membayar", "pampasan", "membayar"),
            "th": ("ต้องชดใช้", "ชดใช้", "ค่าเสียหาย", "ค่าชดเชย"),
        },
        units=("month",), per=(None,), near=50, topic="termination",
    ),
)  # fmt: skip

NOTHING: Words = {
    "vi": ("không có", "không thu", "không phải nộp", "không phải trả", "không"),
    "en": (
        "none",
        "nil",
        "not charged",
        "not applicable",
        "no charge",
        "zero",
        "not required",
        "free of charge",
    ),
    "ms": ("tiada", "tidak dikenakan", "tidak ada", "percuma", "sifar"),
    "th": ("ไม่มี", "ไม่เรียกเก็บ", "ไม่เก็บ", "ไม่คิด"),
}
"""Said right after a label: nothing is asked for."""

NO_SUCH: Words = {
    "vi": ("không phải trả", "không phải nộp", "không thu", "không nộp", "không trả"),
    "en": (
        "no",
        "shall not pay any",
        "shall not pay",
        "does not pay",
        "not be charged any",
        "not be charged",
    ),
    "ms": ("tidak membayar", "tidak perlu membayar", "tidak dikenakan", "tiada"),
    "th": ("ไม่ต้องจ่าย", "ไม่มี", "ไม่เรียกเก็บ", "ไม่ต้องเสีย"),
}
"""Said right before a label: nothing is asked for."""
