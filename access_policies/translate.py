"""From the vault's words to the JSON that Cedar reads, shaped as schema.cedarschema says."""

from datetime import UTC, datetime
from typing import Any

from access_policies.request import (
    Action,
    CaseResource,
    CentreResource,
    DocumentResource,
    GrantResource,
    HolderResource,
    LiveGrant,
    Principal,
    Question,
    RecipientResource,
    RequestResource,
    Resource,
    StaffPrincipal,
)

_Json = dict[str, Any]
_RELEASES = (Action.VIEW_DOCUMENT, Action.COPY_DOCUMENT, Action.HAND_OVER_DOCUMENT)


def cedar_json(question: Question) -> tuple[_Json, list[_Json]]:
    """A question as Cedar's request and the entities that it speaks of.

    Raises:
        OverflowError: a moment that falls outside the calendar once it is in UTC.
    """
    resource = _resource(question.resource)
    request = {
        "principal": _principal_uid(question.principal),
        "action": _uid("Action", question.action),
        "resource": resource["uid"],
        "context": _context(question),
    }
    return request, [*_principal_entity(question.principal), resource]


def _uid(kind: str, name: str) -> _Json:
    return {"type": kind, "id": name}


def _entity(kind: str, name: str, /, **attributes: object) -> _Json:
    return {"uid": _uid(kind, name), "attrs": attributes, "parents": []}


def _moment(moment: datetime) -> _Json:
    # Cedar knows milliseconds. Both sides of every comparison are cut downwards, so `now < until` here
    # implies it for the uncut moments.
    cut = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return {"__extn": {"fn": "datetime", "arg": f"{cut}Z"}}


def _principal_uid(principal: Principal) -> _Json:
    if isinstance(principal, StaffPrincipal):
        return _uid("Staff", principal.staff_id)
    return _uid("Holder", principal.holder_id)


def _principal_entity(principal: Principal) -> list[_Json]:
    """A holder who asks is only an identity: her attributes belong to the holder asked about."""
    if not isinstance(principal, StaffPrincipal):
        return []
    return [
        _entity(
            "Staff",
            principal.staff_id,
            centre=_uid("Centre", principal.centre_id),
            role=principal.role,
            active=principal.active,
        )
    ]


def _resource(resource: Resource) -> _Json:
    match resource:
        case CentreResource(centre_id, kind):
            return _entity("Centre", centre_id, kind=kind)
        case HolderResource(holder_id, origin):
            return _entity("Holder", holder_id, origin=_uid("Centre", origin))
        case DocumentResource(document_id, holder_id, origin):
            return _entity(
                "Document", document_id, holder=_uid("Holder", holder_id), origin=_uid("Centre", origin)
            )
        case CaseResource(case_id, centre_id, is_open):
            return _entity("Case", case_id, centre=_uid("Centre", centre_id), open=is_open)
        case GrantResource(grant_id, holder_id, centre_id):
            return _entity(
                "Grant", grant_id, holder=_uid("Holder", holder_id), centre=_uid("Centre", centre_id)
            )
        case RecipientResource(recipient_id, centre_id, proposed_by):
            proposer = {"proposer": _uid("Staff", proposed_by)} if proposed_by is not None else {}
            return _entity("Recipient", recipient_id, centre=_uid("Centre", centre_id), **proposer)
        case RequestResource():
            holder = {"holder": _uid("Holder", resource.holder_id)} if resource.holder_id is not None else {}
            return _entity(
                "Request",
                resource.request_id,
                centre=_uid("Centre", resource.centre_id),
                pending=resource.pending,
                expiresAt=_moment(resource.expires_at),
                **holder,
            )


def _context(question: Question) -> _Json:
    """What the action's context in the schema asks for; what is missing stays so, for Cedar to refuse."""
    context: _Json = {"now": _moment(question.now)}
    if question.action is Action.ANSWER_REQUEST and not isinstance(question.principal, StaffPrincipal):
        context["pinIsHerOwn"] = question.principal.pin_is_her_own
    if question.action not in _RELEASES:
        return context
    if question.case_id is not None:
        context["case"] = _uid("Case", question.case_id)
    if question.purpose is not None:
        context["purpose"] = question.purpose
    if question.grant is not None:
        context["grant"] = _grant(question.grant)
    return context


def _grant(grant: LiveGrant) -> _Json:
    return {
        "grant": _uid("Grant", grant.grant_id),
        "holder": _uid("Holder", grant.holder_id),
        "centre": _uid("Centre", grant.centre_id),
        "case": _uid("Case", grant.case_id),
        "purpose": grant.purpose,
        "documents": [_uid("Document", document_id) for document_id in sorted(grant.document_ids)],
        "form": grant.form,
        "until": _moment(grant.until),
        "withdrawn": grant.withdrawn,
        "usesLeft": grant.uses_left,
    }
