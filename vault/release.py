"""Release: a copy goes out, if she says so at this very moment.

1  load the request, her grant, the document
2  ask the policy
3  refused: entry, commit, raise
4  allowed: entry with grant, policies and their digest, the use counted; commit
5  open the clean pages, authenticated to their end; watermark; bind into a PDF
6  hand it out, plain or sealed to the centre's own recipient

The entry is durable before the first byte leaves. A retry of the same attempt is one use, but is asked anew: a grant
that was withdrawn in between refuses it.
"""

from access_policies.request import StaffPrincipal
from ocr.pixels import open_page
from vault.crypto.age import encrypt
from vault.crypto.recipients import parse_recipient
from vault.errors import NotFound, StoreUnavailable, Unacceptable
from vault.holder_keys import KeyInHand
from vault.objects import open_object
from vault.permits import Ask, Permit, record_failure, take_permit
from vault.vault import Vault
from vault.watermark import COPY_LONG_SIDE, VIEW_LONG_SIDE, Copy, Mark, marked_pdf


def release(vault: Vault, staff: StaffPrincipal, ask: Ask) -> Copy:
    """Hands out a watermarked copy under a live grant.

    Raises:
        NotFound: no such request, or another centre's.
        Refused: anything but a live grant for exactly this; the reasons say which.
        Unacceptable: form-unknown, document-missing, page-missing, centre-has-no-recipient, attempt-over.
        Unavailable, CryptoError: it was allowed but could not be opened; the same attempt may be tried again.
    """
    if ask.form not in ("view", "copy"):
        raise Unacceptable("form-unknown")
    permit, in_hand = take_permit(vault, staff, ask)  # 1, 2, 3, 4
    try:
        pdf = _open(vault, permit, in_hand, ask)  # 5
    except Exception as error:
        record_failure(vault, staff, permit, error)
        raise
    return _hand_out(permit, ask, pdf)  # 6


def _open(vault: Vault, permit: Permit, in_hand: KeyInHand, ask: Ask) -> bytes:
    try:
        pages = (open_page(open_object(vault, in_hand.key, row)) for row in permit.pages)
        side = COPY_LONG_SIDE if ask.form == "copy" else VIEW_LONG_SIDE
        return marked_pdf(pages, _mark(permit, ask), side)
    except NotFound:
        # Sealed anew between the permit and the fetch, or lost: the next try tells which.
        raise StoreUnavailable from None


def _mark(permit: Permit, ask: Ask) -> Mark:
    label = "COPY / BẢN SAO" if ask.form == "copy" else "VIEW ONLY / CHỈ XEM"
    at, until = (moment.strftime("%d %b %Y %H:%M UTC") for moment in (permit.at, permit.grant.until))
    return Mark(
        across=f"{permit.centre.name} · {permit.case.number}",
        below=(
            f"{label} · {permit.centre.name} ({permit.centre.country}) · case / vụ việc {permit.case.number}",
            f"released / cấp lúc {at} · valid until / có giá trị đến {until} · {permit.release_id}",
        ),
    )


def _hand_out(permit: Permit, ask: Ask, pdf: bytes) -> Copy:
    name = f"{permit.document.kind}-{permit.case.number}.pdf"
    if not ask.sealed or permit.recipient is None:
        return Copy(permit.release_id, name, "application/pdf", pdf)
    recipient = parse_recipient(permit.recipient.recipient)
    return Copy(permit.release_id, f"{name}.age", "application/age", b"".join(encrypt([pdf], [recipient])))
