"""The labels of the particulars: who the parties are and what is said of them, in four languages."""

from collections.abc import Mapping
from types import MappingProxyType

ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "employer": (
            "người sử dụng lao động", "chủ sử dụng lao động", "chủ sử dụng", "bên tiếp nhận", "bên sử dụng lao động",
            "the employer", "employer", "majikan", "นายจ้าง",
        ),
        "worker": (
            "người lao động", "bên lao động", "the worker", "the employee", "worker", "employee", "pekerja",
            "ลูกจ้าง",
        ),
        "agency": (
            "doanh nghiệp dịch vụ", "bên đưa đi", "doanh nghiệp đưa đi", "tổ chức dịch vụ", "công ty phái cử",
            "the sending agency",
            "sending agency", "recruiting agency", "recruitment agency", "recruitment company", "the agency",
            "agensi pekerjaan",
            "agensi", "บริษัทจัดส่งแรงงาน", "บริษัทจัดหางาน", "ผู้จัดหางาน",
        ),
    }
)  # fmt: skip
"""Who is meant, wherever in a contract."""

LABELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "company": (
            "tên công ty", "tên doanh nghiệp", "tên đơn vị", "tên cơ sở", "tên tổ chức", "company name",
            "name of company", "name of employer",
            "employer's name", "name of the company", "nama syarikat", "nama majikan", "ชื่อบริษัท",
            "ชื่อนายจ้าง", "tên người sử dụng lao động", "name of agency",
        ),
        "person": (
            "họ và tên", "họ tên", "tên người lao động", "full name", "worker's name", "name of worker",
            "name of employee", "employee's name", "name in full",
            "nama penuh", "nama pekerja", "nama", "name", "ชื่อ-นามสกุล", "ชื่อและนามสกุล", "ชื่อ-สกุล",
            "ชื่อลูกจ้าง", "ông/bà", "ông (bà)", "mr/mrs", "mr./ms.",
        ),
        "address": (
            "địa chỉ", "trụ sở", "trụ sở chính", "địa chỉ trụ sở", "address", "registered address",
            "business address", "alamat", "alamat berdaftar",
            "ที่อยู่", "ตั้งอยู่เลขที่", "สำนักงานตั้งอยู่ที่",
        ),
        "home": (
            "nơi đăng ký thường trú", "nơi đăng ký hộ khẩu thường trú", "địa chỉ thường trú",
            "hộ khẩu thường trú", "nơi thường trú", "permanent address", "home address",
            "permanent residence", "alamat tetap", "ภูมิลำเนา", "ที่อยู่ถาวร", "thường trú tại",
            "chỗ ở hiện nay", "địa chỉ liên hệ",
        ),
        "representative": (
            "người đại diện", "đại diện bởi", "đại diện", "represented by", "representative", "diwakili oleh",
            "wakil", "ผู้แทน", "โดย", "người đại diện theo pháp luật",
        ),
        "rank": ("chức vụ", "title", "jawatan penandatangan", "ตำแหน่งผู้แทน"),
        "phone": (
            "điện thoại", "số điện thoại", "phone", "tel", "telephone", "telefon", "no. telefon", "โทรศัพท์",
            "fax", "email", "e-mail",
        ),
        "birth": (
            "ngày, tháng, năm sinh", "ngày tháng năm sinh", "ngày sinh", "sinh ngày", "date of birth", "d.o.b",
            "born on", "tarikh lahir", "วันเดือนปีเกิด", "วัน เดือน ปีเกิด", "เกิดวันที่",
        ),
        "sex": (
            "giới tính", "sex", "gender", "jantina", "เพศ", "quốc tịch", "nationality", "warganegara",
            "kewarganegaraan", "สัญชาติ",
        ),
        "passport": (
            "số hộ chiếu", "hộ chiếu số", "passport no", "passport number", "no. pasport", "nombor pasport",
            "no pasport", "หนังสือเดินทางเลขที่", "เลขที่หนังสือเดินทาง",
        ),
        "issued": (
            "ngày cấp", "cấp ngày", "date of issue", "issued on", "issue date", "tarikh dikeluarkan",
            "tarikh keluaran", "วันที่ออก", "ออกให้เมื่อวันที่", "ออกให้วันที่",
        ),
        "expires": (
            "ngày hết hạn", "có giá trị đến", "hết hạn ngày", "date of expiry", "expiry date", "valid until",
            "tarikh tamat", "sah sehingga", "วันหมดอายุ", "ใช้ได้ถึงวันที่",
        ),
        "issuer": (
            "nơi cấp", "place of issue", "issued by", "tempat dikeluarkan", "issuing authority", "ออกโดย",
            "สถานที่ออก",
        ),
        "citizen": (
            "số căn cước công dân", "căn cước công dân số", "số cccd", "cccd số", "cccd", "số cmnd", "cmnd số",
            "số cmnd/cccd", "số thẻ căn cước", "số định danh cá nhân", "citizen id no",
            "id card no", "identity card no", "id no", "citizen identity no", "national id no",
            "no. kad pengenalan", "nombor pengenalan", "เลขประจำตัวประชาชน", "เลขบัตรประจำตัว",
        ),
        "kin": (
            "người được báo tin", "báo tin cho", "thân nhân", "person to be notified", "person to notify",
            "next of kin", "emergency contact", "waris untuk dihubungi", "waris",
            "ผู้ที่ติดต่อได้", "ผู้ติดต่อฉุกเฉิน",
        ),
        "licence": (
            "giấy phép số", "số giấy phép", "giấy phép hoạt động", "licence no", "license no",
            "licence number", "license number", "no. lesen", "nombor lesen", "ใบอนุญาตเลขที่",
            "เลขที่ใบอนุญาต",
        ),
        "contract": (
            "số hợp đồng", "hợp đồng số", "contract no", "contract number", "no. kontrak", "nombor kontrak",
            "เลขที่สัญญา", "สัญญาเลขที่", "số", "no",
        ),
        "position": (
            "vị trí công việc", "chức danh", "chức danh nghề", "ngành, nghề", "ngành nghề", "nghề nghiệp",
            "loại công việc", "công việc", "công việc phải làm", "job title", "position", "occupation",
            "job category", "designation", "nature of work", "jawatan", "pekerjaan", "ตำแหน่ง", "ตำแหน่งงาน",
            "ลักษณะงาน", "หน้าที่",
        ),
        "workplace": (
            "nơi làm việc", "địa điểm làm việc", "địa điểm", "place of work", "workplace", "work location",
            "location of work", "place of employment", "tempat kerja", "lokasi kerja", "สถานที่ทำงาน",
        ),
        "country": (
            "nước đến làm việc", "nước tiếp nhận", "quốc gia làm việc", "country of work",
            "country of employment", "host country", "negara tempat bekerja", "ประเทศที่ทำงาน",
        ),
        "start": (
            "ngày bắt đầu", "từ ngày", "bắt đầu từ ngày", "start date", "commencement date", "commencing on",
            "effective from", "starting from", "from", "mulai dari", "mulai", "tarikh mula", "ตั้งแต่วันที่",
            "วันเริ่มงาน", "เริ่มตั้งแต่วันที่",
        ),
        "finish": (
            "ngày kết thúc", "đến ngày", "đến hết ngày", "end date", "expiring on", "until", "to", "ending on",
            "hingga", "sehingga", "sampai", "tarikh tamat kontrak", "ถึงวันที่", "สิ้นสุดวันที่",
        ),
        "bank": (
            "tại ngân hàng", "ngân hàng", "placed with", "deposited with", "deposited at", "bank name",
            "name of bank", "di bank", "ธนาคาร",
        ),
    }
)  # fmt: skip
"""Labels of the lines in the preamble: what stands after them."""

SIGNED = (
    "hôm nay", "ngày ký", "ký ngày", "ký kết ngày", "today", "date of signing", "signed on", "dated",
    "made on", "entered into on", "is made this", "made this", "this contract is made",
    "this agreement is made", "pada hari ini", "bertarikh", "dibuat pada", "tarikh kontrak",
    "ditandatangani pada", "tarikh ditandatangani", "ทำขึ้นเมื่อ", "ทำขึ้นเมื่อวันที่", "ทำเมื่อวันที่",
    "ทำที่", "ลงวันที่", "contract date", "date of contract", "lập ngày", "được lập ngày",
    "สัญญาฉบับนี้ทำขึ้น", "วันที่ทำสัญญา",
)  # fmt: skip
