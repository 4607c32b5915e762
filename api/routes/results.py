"""The answers of the API. A test holds that their fields are those of the use cases' results."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.routes import choices
from api.routes.shapes import Result

_HOLDER, _DOCUMENT, _CASE, _REQUEST, _GRANT = (
    "hld_0d9c1f6e2b7a4c58a1e3f5b7d9c0e2a4",
    "doc_5f0c7a1e9b3d4c26a8f2e4d6c8b0a1f3",
    "cas_7b2d4f6a8c0e1f3a5b7c9d1e3f5a7b9c",
    "req_1a3c5e7f9b0d2f4a6c8e0a2b4c6d8e0f",
    "gra_9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b",
)
_At = Annotated[datetime, Field(description="RFC 3339, UTC.", examples=["2026-11-23T08:15:30.120000Z"])]
_Until = Annotated[
    datetime, Field(description="The last moment of use, UTC.", examples=["2027-01-31T17:00:00Z"])
]
_Form = Annotated[
    choices.Form,
    Field(
        description="view (to look at), copy (to keep, with marks), or handover (the pages themselves, sealed).",
        examples=["copy"],
    ),
]
_Purpose = Annotated[choices.Purpose, Field(description="What the papers are for.", examples=["wage_claim"])]
_Kind = Annotated[choices.Kind, Field(description="What the paper is.", examples=["contract"])]
_CaseNumber = Annotated[str, Field(description="The case's number, for people.", examples=["MY-2026-7QX4KD"])]
_CentreName = Annotated[str, Field(examples=["Pusat Sumber Pekerja Migran Penang"])]
_Country = Annotated[str, Field(description="ISO 3166-1 alpha-2.", examples=["MY"])]
_Cursor = Annotated[
    str | None,
    Field(
        description="Send it as `cursor` to get the next portion; null on the last one.",
        examples=["MjAyNi0xMS0y"],
    ),
]


class Card(Result):
    """What she takes away. Hand it over now: the vault cannot show it again (a repeat with the same key can)."""

    holder_id: str = Field(examples=[_HOLDER])
    card_code: str = Field(description="On her card; she signs in with it.", examples=["7QX4-KD2M-9PTR-5"])
    starting_pin: str = Field(
        description="To be replaced by her own before she can answer.", examples=["402913"]
    )


class Holder(Result):
    """A holder, as her origin centre sees her."""

    holder_id: str = Field(examples=[_HOLDER])
    name: str | None = Field(
        description="null if it cannot be opened: what is kept of her was damaged or lost.",
        examples=["Quách Minh Phúc"],
    )
    language: str = Field(examples=["vi"])
    pin_is_her_own: bool = Field(description="Whether she has chosen her own PIN.")
    enrolled_at: _At


class HolderDetails(Holder):
    """One holder, with what her origin centre sees of nobody in a list."""

    name: str = Field(examples=["Quách Minh Phúc"])
    phone: str | None = Field(description="E.164; null if she gave none.", examples=["+84900000000"])


class Found(Result):
    """The newest of those who were found, 20 at most."""

    items: list[Holder]
    more: bool = Field(description="There are others: ask for more of the name.", examples=[False])


class HolderPage(Result):
    """One portion of the holders, newest first."""

    items: list[Holder]
    next_cursor: _Cursor


class PageFlaw(Result):
    """What is wrong with a page."""

    page: int = Field(description="Counted from 1.", examples=[1])
    flaw: choices.Flaw = Field(examples=["blurred"])


class Document(Result):
    """A deposited paper, without its content."""

    document_id: str = Field(examples=[_DOCUMENT])
    holder_id: str = Field(examples=[_HOLDER])
    kind: _Kind
    pages: int = Field(examples=[2])
    reading: choices.Reading = Field(
        description="How far its reading has come. Whichever: the paper is safe.", examples=["waiting"]
    )
    pages_read: int = Field(description="How many pages have been read so far.", examples=[0])
    deposited_at: _At
    flaws: list[PageFlaw] = Field(description="What was wrong with it, where staff took it in all the same.")
    overruled_because: choices.Overrule | None = Field(
        description="Why they did; null where nothing was wrong.", examples=["only_copy"]
    )


class DocumentList(Result):
    """All documents of one holder, newest first: always one portion."""

    items: list[Document]
    next_cursor: None = None


class Repair(Result):
    """A sign that was not taken as it was read: a check digit decided between signs that look nearly equal."""

    column: int = Field(description="In its line at the foot of the page, counted from 0.", examples=[0])
    read: str = Field(description="What the sign looked most like.", examples=["0"])
    kept: str = Field(description="What it was taken for.", examples=["O"])
    probability: float = Field(description="Of what was kept, 0 to 1.", examples=[0.93])
    picture: str = Field(
        description="The sign as it stands on the paper: a PNG of at most 1 KB in base64, or empty.",
        examples=[
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEANl9ngAAAAABJRU5ErkJggg=="
        ],
    )


class PrintedPart(Result):
    """What the print for people on the same page says."""

    text: str = Field(
        description="As it was read, with its diacritics; empty if it was not.", examples=["P7532538"]
    )
    agreement: choices.Agreement = Field(
        description="With the value. `conflicts`: one of the two is wrong, or was read wrongly.",
        examples=["agrees"],
    )
    marks_sure: bool = Field(
        description="Whether its diacritics, which a zone lacks, were read alike each time; else look at the paper."
    )


class ReadField(Result):
    """One field as it was read from the pixels. Nothing is ever corrected in silence."""

    name: choices.FieldName = Field(examples=["document_number"])
    value: str = Field(examples=["P7532538"])
    doubtful: bool = Field(description="It must be checked against the paper before anyone relies on it.")
    why: choices.Doubt | None = Field(
        description="Why it is doubtful; null if it is not.", examples=["check_digit"]
    )
    source: choices.Source = Field(description="Where on the page it comes from.", examples=["mrz"])
    page: int = Field(description="Counted from 1.", examples=[1])
    confidence: float = Field(
        ge=0, le=1, description="Of its least certain sign; 0 if nothing is known of it.", examples=[0.998]
    )
    box: list[int] | None = Field(
        min_length=4,
        max_length=4,
        description="Left, top, width and height in pixels of the clean page; null if the place is not known.",
        examples=[[212, 1480, 310, 42]],
    )
    repaired: list[Repair] = Field(description="The signs that were not taken as they were read.")
    printed: PrintedPart | None = Field(
        description="What is printed for people; null where the page says it only once."
    )


class Content(Result):
    """What was read from a document."""

    fields: list[ReadField]
    texts: list[str] = Field(description="The text of each page.", examples=[["HỢP ĐỒNG LAO ĐỘNG ..."]])


class Case(Result):
    """A case, as its own centre sees it. It looks the same whether or not the card belongs to anybody."""

    case_id: str = Field(examples=[_CASE])
    number: _CaseNumber
    dispute: choices.Dispute = Field(examples=["unpaid_wages"])
    is_open: bool = Field(examples=[True])
    opened_at: _At


class CasePage(Result):
    """One portion of the centre's cases, newest first."""

    items: list[Case]
    next_cursor: _Cursor


class Request(Result):
    """A request for papers, as both sides see it."""

    request_id: str = Field(examples=[_REQUEST])
    case_id: str = Field(examples=[_CASE])
    case_number: _CaseNumber
    dispute: choices.Dispute = Field(examples=["unpaid_wages"])
    centre_name: _CentreName
    centre_country: _Country
    kinds: list[choices.Kind] = Field(examples=[["contract"]])
    purpose: _Purpose
    form: _Form
    until: _Until
    uses: int = Field(description="How many releases are asked for.", examples=[3])
    state: choices.RequestState = Field(examples=["pending"])
    made_at: _At
    expires_at: datetime = Field(
        description="Unanswered until then, it grants nothing.", examples=["2026-12-07T08:15:30Z"]
    )


class RequestPage(Result):
    """One portion of requests, newest first."""

    items: list[Request]
    next_cursor: _Cursor


class RequestList(Result):
    """All requests of one case, newest first: always one portion."""

    items: list[Request]
    next_cursor: None = None


class RequestToAnswer(Request):
    """A request with those of her papers that she can choose from."""

    documents: list[Document]


class GrantedPaper(Result):
    """A document that a grant covers."""

    document_id: str = Field(examples=[_DOCUMENT])
    kind: _Kind
    pages: int = Field(examples=[2])
    deposited_at: _At


class Grant(Result):
    """Her yes: these papers, this case and purpose, this form, until then, so many times."""

    grant_id: str = Field(examples=[_GRANT])
    request_id: str = Field(examples=[_REQUEST])
    case_id: str = Field(examples=[_CASE])
    case_number: _CaseNumber
    centre_name: _CentreName
    centre_country: _Country
    purpose: _Purpose
    form: _Form
    until: _Until
    uses: int = Field(description="How many releases she allows.", examples=[1])
    used: int = Field(description="How many there were.", examples=[0])
    state: choices.GrantState = Field(examples=["live"])
    papers: list[GrantedPaper]
    granted_at: _At
    withdrawn_at: datetime | None = Field(description="Null unless she has taken it back.", examples=[None])
    handed_over: bool = Field(
        description="Pages themselves went out under it: taking it back has what is kept sealed anew, even when the "
        "grant is over.",
        examples=[False],
    )


class GrantPage(Result):
    """One portion of her grants, newest first."""

    items: list[Grant]
    next_cursor: _Cursor


class Recipient(Result):
    """What is, or was, sealed to for your centre."""

    recipient_id: str = Field(examples=["rcp_2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e0b"])
    state: choices.RecipientState = Field(description="Only a confirmed one is used.", examples=["waiting"])
    fingerprint: str | None = Field(
        description="Null while it waits for you: have it read to you by whoever proposed it.",
        examples=["6d8f 02c4 91be 7a35 e0d1 4c77 b8a9 f326"],
    )
    proposed_by: str | None = Field(
        description="A work label; null for whoever runs the vault.", examples=["counsellor 2"]
    )
    proposed_by_you: bool = Field(description="If so, somebody else must confirm it.", examples=[True])
    proposed_at: _At
    confirmed_by: str | None = Field(
        description="A work label; null if nobody has, or whoever runs the vault.", examples=[None]
    )
    confirmed_at: datetime | None = Field(description="RFC 3339, UTC; null if it is not.", examples=[None])
    ended_at: datetime | None = Field(description="RFC 3339, UTC; null if it has not.", examples=[None])


class RecipientPage(Result):
    """One portion of the centre's recipients, newest first."""

    items: list[Recipient]
    next_cursor: _Cursor


class HistoryItem(Result):
    """One entry of the ledger that concerns her."""

    number: int = Field(description="The entry's number in the ledger.", examples=[42])
    at: str = Field(description="RFC 3339, UTC.", examples=["2026-11-23T08:15:30.120Z"])
    kind: choices.Happened = Field(
        description="What happened; `other` if this version has no name for it.", examples=["released"]
    )
    centre_name: str | None = Field(examples=["Pusat Sumber Pekerja Migran Penang"])
    staff_label: str | None = Field(
        description="A work label, never a personal name.", examples=["counsellor 2"]
    )
    case_number: str | None = Field(examples=["MY-2026-7QX4KD"])
    document_kinds: list[choices.Kind] = Field(examples=[["contract"]])
    document_ids: list[str] = Field(
        description="Her papers that it was about.", examples=[["doc_2d4f6a8c0e1b3d5f7a9c1e3b5d7f9a0b"]]
    )
    policies: list[str] = Field(description="The rules that decided.", examples=[["copy-under-grant"]])
    recipient: str | None = Field(
        description="The fingerprint of the recipient that a release was sealed to; null if it was not sealed.",
        examples=["6d8f 02c4 91be 7a35 e0d1 4c77 b8a9 f326"],
    )


class HistoryPage(Result):
    """One portion of her history, newest first."""

    items: list[HistoryItem]
    next_cursor: _Cursor


class LinkedPage(Result):
    """One page, sealed: `header` followed by the payload at `payload_url` is a complete age file."""

    page: int = Field(description="Counted from 1.", examples=[1])
    name: str = Field(
        description="A file name that names nobody.", examples=["contract-MY-2026-7QX4KD-p1.jpg.age"]
    )
    header: str = Field(
        description="The age header, in base64.",
        examples=["YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IG1sa2VtNzY4eDI1NTE5IA=="],
    )
    payload_url: str = Field(
        description="Gives the payload to whoever has it, until `until`; it opens with the header alone.",
        examples=["https://store.example.org/vault/sealed_3e5b7d9f1a3c5e7b9d0f2a4b6d8f0a2c?X-Amz-Expires=60"],
    )
    payload_bytes: int = Field(examples=[1_482_310])
    payload_sha256: str = Field(
        description="In hex.", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    )
    until: datetime = Field(description="When the link ends, UTC.", examples=["2026-11-23T08:16:30.120000Z"])


class HandoverLinks(Result):
    """A document handed over, page by page, for the centre to fetch from the store itself."""

    release_id: str = Field(
        description="This release in the ledger.", examples=["rel_4b6d8f0a2c3e5b7d9f1a3c5e7b9d0f2a"]
    )
    recipient_fingerprint: str = Field(
        description="Of the recipient it is sealed to.", examples=["6d8f 02c4 91be 7a35 e0d1 4c77 b8a9 f326"]
    )
    pages: list[LinkedPage]
