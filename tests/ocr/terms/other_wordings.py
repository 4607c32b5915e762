"""Contracts in the words of other authors: what a reader tuned to one form would miss."""

ENGLISH = """\
CONTRACT OF EMPLOYMENT
Contract No: MY-2026/0457
This Contract is made this 5th day of March 2026
BETWEEN
Employer: Delima Rubber Gloves Sdn. Bhd.
Address: Lot 7, Jalan Perusahaan 4, 41050 Klang, Selangor
AND
Employee: NGUYEN VAN BINH
Date of birth: 14.02.1995
Passport number: C8123456
Date of issue: 1 June 2022
1. Job title and place of work
The Employee shall work as machine operator at Klang, Selangor, Malaysia.
2. Duration of employment
This agreement shall be for a period of Two (02) years commencing on the date of arrival in Malaysia.
The first three (3) months shall be a probation period.
3. Remuneration
The Employer shall pay a basic monthly salary of RM1,850.00 (Ringgit Malaysia: One thousand eight hundred
and fifty only).
The salary shall be paid on or before the seventh (7th) day of the following month.
4. Hours of work
The Employee shall work eight (8) hours a day and six (6) days a week.
One (1) rest day shall be given in each week.
Overtime on normal working days shall be paid at 1.5 times the hourly rate,
on rest days at 2.0 times and on public holidays at 3.0 times.
The Employee is entitled to 8 days of paid annual leave.
5. Fees
No brokerage shall be charged to the Employee. Agency service fee: USD 1,500.
6. Deductions
Total deductions shall not exceed 50% of the wages of any month.
Levy RM 150.00
Accommodation RM 50.00
7. Accommodation
Hostel is provided by the Employer free of charge.
8. Passport
The passport shall be kept by the Employer for safekeeping.
9. Passage
The Employer shall bear the cost of a round trip air ticket.
10. Termination
Either party may terminate this Contract by giving four (4) weeks' notice in writing.
11. Governing law
This Contract is governed by the laws of Malaysia.
Page 1 of 3
"""

VIETNAMESE = """\
HỢP ĐỒNG ĐƯA NGƯỜI LAO ĐỘNG VIỆT NAM ĐI LÀM VIỆC Ở NƯỚC NGOÀI
Hợp đồng số: 88/HĐ-2026
Hà Nội, ngày 7 tháng 4 năm 2026
Bên A: Công ty Cổ phần Nhân lực Sao Mai
Trụ sở: số 12 phố Huế, Hà Nội
Giấy phép hoạt động: 512/LĐTBXH-GP
Bên B: TRẦN THỊ LAN
Sinh ngày: 09/12/1999
CCCD số: 036199001234
Hộ chiếu số: P0123456 Ngày cấp: 15/01/2024 Ngày hết hạn: 15/01/2034
Điều 1: Ngành nghề, nơi làm việc
- Nước đến làm việc: Thái Lan
- Công việc: công nhân chế biến thủy sản
- Địa điểm làm việc: tỉnh Samut Sakhon, Thái Lan
Điều 2: Thời hạn của hợp đồng
Hợp đồng này có thời hạn 02 năm, từ ngày 01/05/2026 đến ngày 30/04/2028.
Điều 3: Tiền lương
Mức lương: 400 Bạt/ngày; lương được trả vào ngày 05 hằng tháng.
Điều 4: Thời gian làm việc
Mỗi ngày làm việc không quá 8 giờ một ngày, 48 giờ một tuần, được nghỉ 01 ngày/tuần.
Tiền lương làm thêm giờ: ngày thường 1,5 lần; ngày nghỉ hằng tuần 2 lần; ngày lễ 3 lần.
Nghỉ phép 6 ngày mỗi năm.
Điều 5: Chi phí
Phí dịch vụ: 10 triệu đồng (bằng chữ: mười triệu đồng).
Người lao động không phải trả tiền môi giới.
Ký quỹ: không.
Điều 6: Ăn, ở
Người sử dụng lao động bố trí ký túc xá miễn phí; bữa ăn do người lao động tự túc.
Điều 7: Hộ chiếu
Người sử dụng lao động không được giữ hộ chiếu của người lao động.
Điều 8: Vé máy bay
Người sử dụng lao động chi trả vé máy bay khứ hồi.
Điều 9: Chấm dứt hợp đồng
Bên nào muốn chấm dứt hợp đồng phải thông báo trước 30 ngày.
Trang 2/5
"""

MALAY = """\
KONTRAK PERKHIDMATAN
No. Kontrak: 17/2026
Bertarikh: 12 Ogos 2026
Majikan: Perabot Jati Sdn. Bhd.
Alamat: No. 3, Jalan Industri, 84000 Muar, Johor
Pekerja: LE THI HOA
No. Pasport: B7654321
1. Jawatan: operator pengeluaran
2. Tempat kerja: Muar, Johor, Malaysia
3. Tempoh kontrak: 2 TAHUN
4. Gaji bulanan: RM 1.750,00
5. Waktu bekerja: lapan (8) jam sehari dan 6 hari seminggu
6. Bayaran kerja lebih masa: 1.5 kali pada hari biasa, 2 kali pada hari rehat, 3 kali pada hari kelepasan am
7. Cuti tahunan: 8 hari
8. Penginapan: disediakan oleh majikan secara percuma
9. Pasport disimpan oleh pekerja sendiri
10. Notis penamatan: 30 hari
"""

THAI = """\
หนังสือสัญญาจ้างแรงงาน
เลขที่สัญญา: ๔๕/๒๕๖๙
ทำที่ กรุงเทพมหานคร วันที่ ๑ มีนาคม พ.ศ. ๒๕๖๙
นายจ้าง: บริษัท ไทยซีฟู้ด จำกัด
ลูกจ้าง: PHAM VAN DUC
หนังสือเดินทางเลขที่: N1234567
ข้อ ๑ ตำแหน่งและสถานที่ทำงาน
ตำแหน่ง: พนักงานฝ่ายผลิต
สถานที่ทำงาน: จังหวัดสมุทรสาคร ประเทศไทย
ข้อ ๒ ระยะเวลาการจ้าง
สัญญานี้มีกำหนด ๒ ปี
ข้อ ๓ ค่าจ้าง
นายจ้างตกลงจ่ายค่าจ้างวันละ ๔๐๐ บาท (สี่ร้อยบาทถ้วน)
ข้อ ๔ เวลาทำงาน
ทำงานวันละ ๘ ชั่วโมง สัปดาห์ละ ๖ วัน
มีวันหยุดประจำสัปดาห์ ๑ วัน
ข้อ ๕ หนังสือเดินทาง
นายจ้างจะไม่ยึดหนังสือเดินทางของลูกจ้าง
"""
