"""A bilingual contract whose every term can be set: to alter one, and to reread one."""

from ocr.text.page_text import PageText
from tests.ocr.terms.rereading import page_of

TERMS: dict[str, str] = {
    "contract_no": "201/2026/HĐLĐ-MY",
    "sign_day": "27",
    "employer": "Hong Shun Precision Co., Ltd.",
    "employer_address": "Lot 7, Jalan Perusahaan 4, Klang",
    "agency": "Công ty Cổ phần Nhân lực Sao Mai",
    "licence": "361/LĐTBXH-GP",
    "worker": "HOÀNG CÔNG TUẤN",
    "born": "11/04/1998",
    "passport": "E92730406",
    "issued": "25/09/2021",
    "citizen": "052324612047",
    "home": "xóm 4, xã Nghi Thiết, tỉnh Nghệ An",
    "job_vi": "thợ xây, ốp lát",
    "job_en": "bricklayer and tiler",
    "place": "Klang, Selangor",
    "country_vi": "Malaysia",
    "country_en": "Malaysia",
    "months": "36",
    "probation": "60",
    "wage": "2.150",
    "pay_day": "05",
    "hours": "8",
    "days": "6",
    "rest": "1",
    "leave": "12",
    "weekday": "150",
    "restday": "200",
    "holiday": "300",
    "cap": "25",
    "fee": "16.350.000",
    "brokerage_vi": "không có",
    "brokerage_en": "none",
    "deposit": "20.000.000",
    "bank": "BIDV Thăng Long",
    "meals": "80",
    "total": "80",
    "housing_vi": "miễn phí",
    "housing_en": "free",
    "passport_vi": "Người lao động tự giữ hộ chiếu của mình.",
    "passport_en": "The Worker keeps his or her own passport.",
    "fare_vi": "Người sử dụng lao động chịu tiền vé lượt đi và lượt về.",
    "fare_en": "The Employer pays the fare to the workplace and the return fare.",
    "body_vi": "Người sử dụng lao động",
    "body_en": "the Employer",
    "notice": "30",
    "penalty_vi": "một",
    "penalty_en": "one",
    "forum_vi": "Tòa án lao động Klang",
    "forum_en": "the Labour Court of Klang",
    "insurance_vi": "bảo hiểm xã hội theo luật nước tiếp nhận",
    "insurance_en": "social insurance under the law of the host country",
}

_TEXT = """\
HỢP ĐỒNG LAO ĐỘNG
EMPLOYMENT CONTRACT
Số / No.: {contract_no}
Hôm nay, ngày {sign_day} tháng 10 năm 2026, hai bên gồm có:
Today, {sign_day} October 2026, the two parties are:
NGƯỜI SỬ DỤNG LAO ĐỘNG (Bên A) / THE EMPLOYER (Party A)
Tên công ty / Company name: {employer}
Địa chỉ / Address: {employer_address}
NGƯỜI LAO ĐỘNG (Bên B) / THE WORKER (Party B)
Họ và tên / Full name: {worker}
Ngày, tháng, năm sinh / Date of birth: {born}
Số hộ chiếu / Passport No.: {passport} Ngày cấp / Date of issue: {issued}
Số căn cước công dân / Citizen ID No.: {citizen}
Nơi đăng ký thường trú / Permanent address: {home}
DOANH NGHIỆP DỊCH VỤ (Bên đưa đi) / THE SENDING AGENCY
Tên công ty / Company name: {agency}
Giấy phép số / Licence No.: {licence}
Điều 1. CÔNG VIỆC / Article 1. POSITION
Người lao động đảm nhận vị trí {job_vi} tại {place}, {country_vi}.
The Worker is employed as {job_en} at {place}, {country_en}.
Điều 2. THỜI HẠN HỢP ĐỒNG / Article 2. TERM OF CONTRACT
Thời hạn hợp đồng là {months} tháng. Thời gian thử việc không quá {probation} ngày.
The term of this Contract is {months} months. Probation shall not exceed {probation} days.
Điều 3. TIỀN DỊCH VỤ, TIỀN MÔI GIỚI VÀ KÝ QUỸ / Article 3. SERVICE FEE, BROKERAGE AND DEPOSIT
Tiền dịch vụ: {fee} đồng.
Service fee: VND {fee}.
Tiền môi giới: {brokerage_vi}.
Brokerage: {brokerage_en}.
Tiền ký quỹ: {deposit} đồng, nộp tại ngân hàng {bank}; được hoàn trả cả gốc và lãi.
Deposit: VND {deposit}, placed with {bank}; it is returned with interest.
Điều 4. TIỀN LƯƠNG / Article 4. WAGES
Lương cơ bản: RM {wage}/tháng. Lương được trả chậm nhất ngày {pay_day} của tháng kế tiếp.
Basic wage: RM {wage} per month. Wages are paid not later than day {pay_day} of the following month.
Điều 5. THỜI GIỜ LÀM VIỆC / Article 5. WORKING HOURS
Thời giờ làm việc: {hours} giờ/ngày, {days} ngày/tuần.
Người lao động được nghỉ ít nhất {rest} ngày mỗi tuần; ngày phép năm là {leave} ngày.
Normal hours: {hours} hours per day, {days} days per week.
The Worker has at least {rest} rest day(s) each week; paid annual leave is {leave} days.
Điều 6. LÀM THÊM GIỜ / Article 6. OVERTIME
Tiền làm thêm vào ngày thường bằng {weekday}%, ngày nghỉ hằng tuần bằng {restday}% và ngày lễ bằng {holiday}%.
It is paid at {weekday}% of the wage on working days, {restday}% on rest days and {holiday}% on public holidays.
Điều 7. CÁC KHOẢN KHẤU TRỪ / Article 7. DEDUCTIONS
Tổng khấu trừ hằng tháng không vượt quá {cap}% tiền lương.
Total monthly deductions shall not exceed {cap}% of the wage.
Tiền ăn / Meals\tRM {meals}
Tổng cộng / Total\tRM {total}
Điều 8. BẢO HIỂM / Article 8. INSURANCE
Người sử dụng lao động mua {insurance_vi} cho Người lao động.
The Employer provides {insurance_en} for the Worker.
Điều 9. CHỖ Ở / Article 9. ACCOMMODATION
Người sử dụng lao động bố trí chỗ ở {housing_vi}.
The Employer provides {housing_en} accommodation.
Điều 10. GIẤY TỜ TÙY THÂN / Article 10. IDENTITY DOCUMENTS
{passport_vi}
{passport_en}
Điều 11. ĐI LẠI VÀ HỒI HƯƠNG / Article 11. TRAVEL AND REPATRIATION
{fare_vi}
{fare_en}
Khi người lao động tử vong, {body_vi} chịu chi phí đưa thi hài về nước.
If the Worker dies, {body_en} bears the cost of returning the body.
Điều 12. CHẤM DỨT HỢP ĐỒNG / Article 12. TERMINATION
Mỗi bên phải báo trước {notice} ngày bằng văn bản.
Bên đơn phương chấm dứt phải bồi thường {penalty_vi} tháng lương cơ bản.
Either party shall give {notice} days of written notice.
A party that ends it unlawfully shall pay {penalty_en} month(s) of basic wage.
Điều 13. GIẢI QUYẾT TRANH CHẤP / Article 13. DISPUTES
Tranh chấp không giải quyết được thì đưa ra {forum_vi} giải quyết.
Failing that, disputes are brought before {forum_en}.
"""

ALTERED: dict[str, dict[str, str]] = {
    "contract_no": {"contract_no": "877/2026/HĐLĐ-MY"},
    "sign_date": {"sign_day": "14"},
    "employer_name": {"employer": "Perabot Jati Sdn. Bhd."},
    "employer_address": {"employer_address": "No. 12, Taman Perindustrian, Muar, Johor"},
    "agency_name": {"agency": "Công ty TNHH Hướng Dương"},
    "agency_licence": {"licence": "093/LĐTBXH-GP"},
    "worker_name": {"worker": "ĐINH THỊ HỒNG"},
    "worker_address": {"home": "ấp Mỹ Thạnh, huyện Thạnh Phú, tỉnh Bến Tre"},
    "worker_dob": {"born": "20/05/1996"},
    "passport_no": {"passport": "C17256805"},
    "passport_issue_date": {"issued": "03/02/2022"},
    "worker_id_no": {"citizen": "063737792547"},
    "position": {"job_vi": "nhân viên rửa bát", "job_en": "kitchen hand"},
    "workplace": {"place": "Muar, Johor"},
    "country": {"country_vi": "Thái Lan", "country_en": "Thailand"},
    "term_months": {"months": "24"},
    "probation_days": {"probation": "90"},
    "wage": {"wage": "1.850"},
    "pay_day": {"pay_day": "15"},
    "hours_per_day": {"hours": "10"},
    "days_per_week": {"days": "7"},
    "rest_days_per_week": {"rest": "2"},
    "annual_leave_days": {"leave": "8"},
    "overtime_weekday_pct": {"weekday": "125"},
    "overtime_restday_pct": {"restday": "150"},
    "overtime_holiday_pct": {"holiday": "200"},
    "deduction_cap_pct": {"cap": "50"},
    "deduction_meals": {"meals": "120"},
    "deductions_total": {"total": "180"},
    "service_fee": {"fee": "36.000.000"},
    "brokerage": {"brokerage_vi": "5.000.000 đồng", "brokerage_en": "VND 5,000,000"},
    "deposit": {"deposit": "50.000.000"},
    "deposit_bank": {"bank": "Agribank Nghệ An"},
    "insurance": {
        "insurance_vi": "bảo hiểm tai nạn mức 5.000 USD",
        "insurance_en": "accident insurance of USD 5,000",
    },
    "accommodation": {
        "housing_vi": "do người lao động tự túc",
        "housing_en": "no board; the worker arranges",
    },
    "passport_kept_by": {
        "passport_vi": "Người sử dụng lao động giữ hộ chiếu của Người lao động.",
        "passport_en": "The Employer keeps the passport of the Worker.",
    },
    "travel_paid_by": {
        "fare_vi": "Người lao động chịu tiền vé lượt đi; Người sử dụng lao động chịu tiền vé lượt về.",
        "fare_en": "The Worker pays the fare to the workplace; the Employer pays the return fare.",
    },
    "remains_paid_by": {"body_vi": "Doanh nghiệp dịch vụ", "body_en": "the sending agency"},
    "notice_days": {"notice": "45"},
    "penalty_months": {"penalty_vi": "hai", "penalty_en": "two"},
    "disputes": {"forum_vi": "Ủy ban hòa giải Johor", "forum_en": "a board of arbitration in Muar"},
}
"""For every term, what makes it say something else."""


def contract(**altered: str) -> list[PageText]:
    """The contract as one long page, with some terms altered."""
    return [page_of(_TEXT.format(**{**TERMS, **altered}))]
