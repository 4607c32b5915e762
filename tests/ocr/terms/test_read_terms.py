"""Terms of contracts in the words of several authors: read, doubted or absent, never invented."""

import random
from datetime import date

import pytest

from ocr.terms.read import disagreements, read_terms
from ocr.terms.term import KINDS, Term
from ocr.text.page_text import PageText
from tests.ocr.terms.other_wordings import ENGLISH, MALAY, THAI, VIETNAMESE
from tests.ocr.terms.rereading import HEIGHT, WIDTH, line_of, noisy, page_of

TODAY = date(2026, 11, 24)
BILINGUAL = """\
Điều 4. TIỀN LƯƠNG
Lương cơ bản: RM {vi}/tháng.
Basic wage: RM {en} per month.
"""


def read(*texts: str, confidence: float = 0.99) -> dict[str, Term]:
    return {term.name: term for term in read_terms([page_of(text, confidence) for text in texts], TODAY)}


def values(text: str) -> dict[str, str]:
    return {name: term.value for name, term in read(text).items()}


def test_an_english_contract_of_another_author() -> None:
    assert values(ENGLISH) == {
        "contract_no": "MY-2026/0457",
        "sign_date": "2026-03-05",
        "employer_name": "Delima Rubber Gloves Sdn. Bhd.",
        "employer_address": "Lot 7, Jalan Perusahaan 4, 41050 Klang, Selangor",
        "worker_name": "NGUYEN VAN BINH",
        "worker_dob": "1995-02-14",
        "passport_no": "C8123456",
        "passport_issue_date": "2022-06-01",
        "position": "machine operator",
        "workplace": "Klang, Selangor",
        "country": "MY",
        "term_months": "24",
        "probation_days": "90",
        "wage": "1850 MYR month",
        "pay_day": "7",
        "hours_per_day": "8",
        "days_per_week": "6",
        "rest_days_per_week": "1",
        "annual_leave_days": "8",
        "overtime_weekday_pct": "150",
        "overtime_restday_pct": "200",
        "overtime_holiday_pct": "300",
        "deduction_cap_pct": "50",
        "deduction_lodging": "50 MYR",
        "deduction_levy": "150 MYR",
        "service_fee": "1500 USD",
        "brokerage": "0",
        "accommodation": "free",
        "passport_kept_by": "employer",
        "travel_paid_by": "employer",
        "notice_days": "28",
        "governing_law": "MY",
        "pages_missing": "2 3",
    }


def test_a_vietnamese_contract_of_another_author() -> None:
    assert values(VIETNAMESE) == {
        "contract_no": "88/HĐ-2026",
        "sign_date": "2026-04-07",
        "start_date": "2026-05-01",
        "end_date": "2028-04-30",
        "agency_name": "Công ty Cổ phần Nhân lực Sao Mai",
        "agency_address": "số 12 phố Huế, Hà Nội",
        "agency_licence": "512/LĐTBXH-GP",
        "worker_name": "TRẦN THỊ LAN",
        "worker_dob": "1999-12-09",
        "passport_no": "P0123456",
        "passport_issue_date": "2024-01-15",
        "passport_expiry_date": "2034-01-15",
        "worker_id_no": "036199001234",
        "position": "công nhân chế biến thủy sản",
        "workplace": "tỉnh Samut Sakhon",
        "country": "TH",
        "term_months": "24",
        "wage": "400 THB day",
        "pay_day": "5",
        "hours_per_day": "8",
        "hours_per_week": "48",
        "rest_days_per_week": "1",
        "annual_leave_days": "6",
        "overtime_weekday_pct": "150",
        "overtime_restday_pct": "200",
        "overtime_holiday_pct": "300",
        "service_fee": "10000000 VND",
        "brokerage": "0",
        "deposit": "0",
        "accommodation": "free",
        "meals": "worker",
        "passport_kept_by": "worker",
        "travel_paid_by": "employer",
        "notice_days": "30",
        "pages_missing": "1 3 4 5",
    }


def test_a_malay_contract_of_numbered_lines() -> None:
    assert values(MALAY) == {
        "contract_no": "17/2026",
        "sign_date": "2026-08-12",
        "employer_name": "Perabot Jati Sdn. Bhd.",
        "employer_address": "No. 3, Jalan Industri, 84000 Muar, Johor",
        "worker_name": "LE THI HOA",
        "passport_no": "B7654321",
        "position": "operator pengeluaran",
        "workplace": "Muar, Johor",
        "country": "MY",
        "term_months": "24",
        "wage": "1750 MYR month",
        "hours_per_day": "8",
        "days_per_week": "6",
        "annual_leave_days": "8",
        "overtime_weekday_pct": "150",
        "overtime_restday_pct": "200",
        "overtime_holiday_pct": "300",
        "accommodation": "free",
        "passport_kept_by": "worker",
        "notice_days": "30",
    }


def test_a_thai_contract_with_thai_digits_and_buddhist_years() -> None:
    assert values(THAI) == {
        "contract_no": "45/2569",
        "sign_date": "2026-03-01",
        "employer_name": "บริษัท ไทยซีฟู้ด จำกัด",
        "worker_name": "PHAM VAN DUC",
        "passport_no": "N1234567",
        "position": "พนักงานฝ่ายผลิต",
        "workplace": "จังหวัดสมุทรสาคร",
        "country": "TH",
        "term_months": "24",
        "wage": "400 THB day",
        "hours_per_day": "8",
        "days_per_week": "6",
        "rest_days_per_week": "1",
        "passport_kept_by": "worker",
    }


def test_a_term_says_where_it_stands_and_in_which_words() -> None:
    wage = read(ENGLISH)["wage"]
    assert wage.page == 1
    assert wage.box == next(line.box for line in page_of(ENGLISH).lines if "monthly salary" in line.text)
    assert "basic monthly salary of RM1,850.00" in wage.wording
    assert (wage.language, wage.sure, wage.confidence) == ("en", True, 0.99)


@pytest.mark.parametrize("text", [ENGLISH, VIETNAMESE, MALAY, THAI])
def test_words_that_were_hardly_read_make_nothing_sure(text: str) -> None:
    unsure = [term for term in read_terms([page_of(text, 0.4)], TODAY) if term.name in KINDS]
    assert unsure
    assert not any(term.sure for term in unsure)


def test_a_blank_form_states_nothing() -> None:
    blank = """\
HỢP ĐỒNG LAO ĐỘNG
Số: ........
Hôm nay, ngày .... tháng .... năm ......
Họ và tên: ....................
Số hộ chiếu: ..........  Ngày cấp: ..........
Điều 1. THỜI HẠN HỢP ĐỒNG
Thời hạn hợp đồng là ...... tháng.
Điều 2. TIỀN LƯƠNG
Lương cơ bản: ____________ /tháng
Tiền dịch vụ: ........................
Điều 3. GIẢI QUYẾT TRANH CHẤP
"""
    assert not values(blank)
    assert not values("")
    assert not read_terms([], TODAY)


def test_text_that_is_no_contract_states_nothing() -> None:
    letter = "Mẹ thương nhớ,\nCon đã đến nơi ngày 05/03/2026. Trời lạnh 12 độ.\n"
    letter += "Con gửi về 5 triệu đồng, mẹ giữ giúp con.\n"
    assert not values(letter)


def test_doubtful_digits_are_shown_and_not_read() -> None:
    wage = read("Điều 4. TIỀN LƯƠNG\nLương cơ bản: RM 2.1O0/tháng.\n")["wage"]
    assert (wage.value, wage.sure) == ("", False)
    assert "2.1O0" in wage.wording


def test_words_that_contradict_the_digits_leave_them_in_doubt() -> None:
    text = "Tiền dịch vụ: 18.{}50.000 đồng (bằng chữ: mười tám triệu tám trăm năm mươi nghìn đồng)."
    assert read(text.format("8"), confidence=0.7)["service_fee"].sure
    assert not read(text.format("3"))["service_fee"].sure


def test_two_versions_that_agree_back_each_other_and_two_that_differ_are_shown() -> None:
    same = read_terms([page_of(BILINGUAL.format(vi="2.150", en="2,150.00"), 0.8)], TODAY)
    assert [(term.name, term.value, term.language, term.sure) for term in same] == [
        ("wage", "2150 MYR month", "vi", True),
        ("wage", "2150 MYR month", "en", True),
    ]
    assert not disagreements(same)
    differing = read_terms([page_of(BILINGUAL.format(vi="2.150", en="1,850.00"))], TODAY)
    assert [(one.value, two.value) for one, two in disagreements(differing)] == [
        ("2150 MYR month", "1850 MYR month")
    ]
    assert not any(term.sure for term in differing)


def test_an_amount_no_such_currency_has_is_not_sure() -> None:
    assert read("Tiền dịch vụ: 16.350.000 đồng.")["service_fee"].sure
    assert not read("Tiền dịch vụ: 16.351 đồng.")["service_fee"].sure


def test_a_tables_total_backs_its_rows() -> None:
    table = "Điều 7. CÁC KHOẢN KHẤU TRỪ\nTiền ăn\tRM 151,00\nTiền ở\tRM 60,00\nTổng cộng\tRM {}\n"
    assert all(term.sure for term in read(table.format("211,00"), confidence=0.7).values())
    assert not any(term.sure for term in read(table.format("271,00"), confidence=0.7).values())


def test_columns_of_a_table_read_one_after_the_other_are_paired_by_their_order() -> None:
    columns = "Điều 7. CÁC KHOẢN KHẤU TRỪ\nTiền ăn\nTiền ở\nTổng cộng\nRM 151,00\nRM 60,00\nRM {}\n"
    terms = read(columns.format("211,00"))
    assert {name: term.value for name, term in terms.items()} == {
        "deduction_meals": "151 MYR",
        "deduction_lodging": "60 MYR",
        "deductions_total": "211 MYR",
    }
    assert all(term.sure for term in terms.values())
    assert not any(term.sure for term in read(columns.format("271,00")).values())


def test_a_table_that_stands_elsewhere_in_the_reading_order_is_found_by_its_total() -> None:
    text = "Điều 9. GIẤY TỜ\nNgười lao động tự giữ hộ chiếu.\nTiền ăn\tRM 151,00 | hằng tháng\nTiền ở\tRM 60,00\n"
    with_total = read(text + "Tổng cộng\tRM 211,00\n")
    assert with_total["deduction_meals"].value == "151 MYR"
    assert with_total["deductions_total"].sure
    assert not [name for name in read(text) if name.startswith("deduction")]


def test_what_a_seal_leaves_before_a_label_hides_it_not() -> None:
    assert values("HỢP ĐỒNG\nTÀI Z À\tSố: 151/2025/HĐ-XKLĐ-JP\n")["contract_no"] == "151/2025/HĐ-XKLĐ-JP"
    assert values("HỢP ĐỒNG\nSố: 151/2025/H\u00d0-XKL\u00d0-JP\n")["contract_no"] == "151/2025/HĐ-XKLĐ-JP"
    assert "contract_no" not in values("HỢP ĐỒNG\nSố hộ chlếu / Pasport No.: E92730406\n")


def test_a_rate_whose_neighbour_was_not_read_does_not_slide_to_another_day() -> None:
    text = "Overtime is paid at 15% of the wage on wrkng dys, 200% on rest days and 300 on public holidays."
    assert read(text.replace("15%", "1S")).get("overtime_weekday_pct") is None
    assert not any(
        term.sure and term.value == "200"
        for name, term in read(text).items()
        if name != "overtime_restday_pct"
    )


@pytest.mark.parametrize(
    ("clause", "keeper"),
    [
        ("Người sử dụng lao động giữ hộ chiếu của Người lao động.", "employer"),
        ("Hộ chiếu do người sử dụng lao động giữ trong thời gian làm việc.", "employer"),
        ("Người sử dụng lao động không được giữ hộ chiếu.", "worker"),
        (
            "Người sử dụng lao động chỉ được giữ hộ chiếu khi Người lao động yêu cầu bằng văn bản.",
            "on_request",
        ),
        ("Doanh nghiệp dịch vụ giữ hộ chiếu của người lao động.", "agency"),
        ("The passport of the Worker shall be kept by the Employer.", "employer"),
        ("The Employer shall not retain the passport of the Worker.", "worker"),
        ("The Worker keeps his or her own passport.", "worker"),
        ("Majikan menyimpan pasport Pekerja.", "employer"),
        ("Majikan tidak boleh menahan pasport Pekerja.", "worker"),
        ("นายจ้างเป็นผู้เก็บหนังสือเดินทางของลูกจ้าง", "employer"),
        ("ลูกจ้างเก็บหนังสือเดินทางไว้เอง", "worker"),
    ],
)
def test_who_keeps_the_passport(clause: str, keeper: str) -> None:
    assert values(clause).get("passport_kept_by") == keeper


def footed(foot: str) -> PageText:
    lines = [
        line_of(f"Điều {number}. Nội dung khác nhau {foot}", 300 + 60 * number) for number in range(1, 9)
    ]
    return PageText((*lines, line_of(foot, HEIGHT - 150, left=WIDTH // 2)), WIDTH, HEIGHT, ())


@pytest.mark.parametrize(
    ("feet", "missing"),
    [
        (["Trang 1/5", "Trang 3/5", "Trang 4/5", "Trang 5/5"], "2"),
        (["Page 1 of 3", "Page 3 of 3"], "2"),
        (["Muka surat 2 daripada 3", "Muka surat 3 daripada 3"], "1"),
        (["หน้า ๑ จาก ๓", "หน้า ๓ จาก ๓"], "2"),
        (["1", "2", "4"], "3"),
        (["1", "2", "3"], None),
        (["Trang 1/2", "Trang 2/2"], None),
        (["3", "1", "2"], None),
        (["12", "47"], None),
    ],
)
def test_pages_missing(feet: list[str], missing: str | None) -> None:
    terms = {term.name: term.value for term in read_terms([footed(foot) for foot in feet], TODAY)}
    assert terms.get("pages_missing") == missing


def test_what_the_pictures_showed_is_passed_on() -> None:
    terms = {term.name: term.value for term in read_terms([page_of(ENGLISH)], TODAY, signatures=2, seals=0)}
    assert (terms["signatures"], terms["seals"]) == ("2", "0")
    assert "signatures" not in values(ENGLISH)


@pytest.mark.parametrize("text", [ENGLISH, VIETNAMESE, MALAY, THAI])
def test_nothing_that_is_sure_is_wrong_after_the_slips_of_a_scan(text: str) -> None:
    truth = values(text)
    for seed in range(30):
        chance = random.Random(seed)
        reread = read_terms(noisy([page_of(text)], chance.uniform(0.01, 0.04), chance), TODAY)
        wrong = [
            (term.name, term.value) for term in reread if term.sure and truth.get(term.name) != term.value
        ]
        assert not wrong, seed
