"""What a contract's sections are about, told by the words of their headings."""

from collections.abc import Mapping
from types import MappingProxyType

TOPICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "fees": (
            "tiền dịch vụ", "phí dịch vụ", "tiền môi giới", "ký quỹ", "service fee", "service charge", "brokerage",
            "recruitment fee", "deposit", "yuran perkhidmatan", "fi perkhidmatan", "cagaran", "bayaran agensi",
            "ค่าบริการ", "ค่านายหน้า", "เงินประกัน",
        ),
        "wage": (
            "tiền lương", "mức lương", "lương và phụ cấp", "wages", "wage", "salary", "remuneration", "gaji", "upah",
            "ค่าจ้าง", "เงินเดือน", "ค่าตอบแทน",
        ),
        "hours": (
            "thời giờ làm việc", "thời gian làm việc", "giờ làm việc", "working hours", "hours of work",
            "working time",
            "waktu kerja", "waktu bekerja", "masa kerja", "เวลาทำงาน", "ชั่วโมงทำงาน", "วันทำงาน",
        ),
        "overtime": (
            "làm thêm giờ", "tăng ca", "overtime", "kerja lebih masa", "ล่วงเวลา",
        ),
        "deductions": (
            "khấu trừ", "các khoản trừ", "deductions", "deduction", "potongan", "การหัก", "หักค่าจ้าง", "หักเงิน",
        ),
        "term": (
            "thời hạn hợp đồng", "thời hạn", "thời gian hợp đồng", "term of contract", "duration", "contract period",
            "period of employment", "term of employment", "tempoh kontrak", "tempoh", "ระยะเวลา", "อายุสัญญา",
        ),
        "insurance": (
            "bảo hiểm", "insurance", "insurans", "ประกันภัย", "ประกันสังคม", "การประกัน",
        ),
        "housing": (
            "chỗ ở", "nơi ở", "ăn ở", "nhà ở", "accommodation", "housing", "lodging", "penginapan", "asrama",
            "ที่พัก",
        ),
        "papers": (
            "giấy tờ tùy thân", "hộ chiếu", "identity documents", "passport", "personal documents",
            "travel documents",
            "dokumen pengenalan", "dokumen peribadi", "pasport", "เอกสารประจำตัว", "หนังสือเดินทาง",
        ),
        "travel": (
            "chi phí đi lại", "hồi hương", "vé máy bay", "travel", "repatriation", "transportation", "perjalanan",
            "penghantaran pulang", "ค่าเดินทาง", "การส่งกลับ", "ส่งกลับ",
        ),
        "termination": (
            "chấm dứt", "thanh lý", "termination", "end of contract", "penamatan", "เลิกสัญญา", "สิ้นสุดสัญญา",
        ),
        "disputes": (
            "tranh chấp", "disputes", "dispute", "governing law", "applicable law", "luật áp dụng", "pertikaian",
            "undang-undang yang terpakai", "ข้อพิพาท",
        ),
        "work": (
            "công việc", "địa điểm làm việc", "nơi làm việc", "ngành nghề", "position", "place of work", "job",
            "jawatan", "tempat kerja", "ตำแหน่ง", "สถานที่ทำงาน", "ลักษณะงาน",
        ),
    }
)  # fmt: skip
