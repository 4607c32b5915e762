"""The one place that asks Cedar. Anything but a clean Allow is a refusal.

Cedar skips a policy that errors: a skipped `forbid` would turn a refusal into an Allow. So the schema is
always passed (a question that does not fit it gets no decision at all), an Allow that comes with any
error is refused, and both raise the alarm.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import cedarpy

from access_policies.errors import PolicyError
from access_policies.request import Question
from access_policies.translate import cedar_json

DEFAULT_DENY = "default-deny"
NO_DECISION = "no-decision"
_OWN_REASONS = {
    DEFAULT_DENY: "No rule allows this.",
    NO_DECISION: "The vault could not decide, so it refused.",
}
SCHEMA_NAME = "schema.cedarschema"


@dataclass(frozen=True)
class Policies:
    """A parsed, validated set of policies. Immutable, so any number of threads may share one.

    Attributes:
        digest: SHA-256 (hex) that names exactly this set, as `sha256sum schema.cedarschema
            policies/*.cedar | sha256sum` prints it in this folder (with LC_ALL=C).
        reasons: for each policy id the sentence that the interface may show.
    """

    digest: str
    reasons: Mapping[str, str]
    _schema: Any = field(repr=False)
    _policy_set: Any = field(repr=False)


@dataclass(frozen=True)
class Decision:
    """The answer, with the policies that made it.

    Attributes:
        allowed: True only for an Allow without any error.
        policies: ids of the deciding policies, sorted; `("default-deny",)` where none permits,
            `("no-decision",)` where Cedar could not answer. They double as message ids.
        reasons: one sentence for each of them, in the same order.
        alarm: the question or the policies are broken: somebody must look.
    """

    allowed: bool
    policies: tuple[str, ...]
    reasons: tuple[str, ...]
    alarm: bool


def load() -> Policies:
    """Read the policies of this package; call it once, at start-up.

    Raises:
        PolicyError: see `build`.
    """
    here = files("access_policies")
    texts = {
        f"policies/{entry.name}": entry.read_bytes()
        for entry in here.joinpath("policies").iterdir()
        if entry.name.endswith(".cedar")
    }
    return build(here.joinpath(SCHEMA_NAME).read_bytes(), texts)


def build(schema: bytes, policies: Mapping[str, bytes]) -> Policies:
    """Parse and validate a set of policies given as UTF-8 files by name.

    Raises:
        PolicyError: nothing there, not parsable, not valid under the schema (strict mode), or a policy
            without its own `@id` and `@reason`.
    """
    named = sorted(policies.items())
    try:
        text = "\n".join(content.decode() for _, content in named)
        parsed_schema = cedarpy.Schema.from_str(schema.decode())
        parsed = cedarpy.PolicySet.from_str(text)
        reasons = _reasons(text)
    except ValueError as error:
        raise PolicyError(f"the policies cannot be parsed: {error}") from error
    checked = cedarpy.validate_policies(text, parsed_schema)
    if not checked.validation_passed:
        raise PolicyError("; ".join(str(fault) for fault in checked.errors) or "the policies are not valid")
    lines = [
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in [(SCHEMA_NAME, schema), *named]
    ]
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    return Policies(digest, MappingProxyType(reasons), parsed_schema, parsed)


def decide(policies: Policies, question: Question) -> Decision:
    """Answer a question. Never raises: what cannot be answered is refused, with alarm."""
    try:
        request, entities = cedar_json(question)
        answer = cedarpy.is_authorized(request, policies._policy_set, entities, policies._schema)
    except (ValueError, OverflowError):  # an id that is no text, a moment outside the calendar
        return _decision(policies, False, (NO_DECISION,), alarm=True)
    if answer.decision is cedarpy.Decision.NoDecision or answer.diagnostics.errors:
        return _decision(policies, False, (NO_DECISION,), alarm=True)
    ids = tuple(sorted(answer.diagnostics.id_annotations_by_reason.values())) or (DEFAULT_DENY,)
    return _decision(policies, answer.decision is cedarpy.Decision.Allow, ids, alarm=False)


def _decision(policies: Policies, allowed: bool, ids: tuple[str, ...], *, alarm: bool) -> Decision:
    return Decision(allowed, ids, tuple(policies.reasons[name] for name in ids), alarm)


def _reasons(text: str) -> dict[str, str]:
    """Every policy's sentence by its id, with our own two; raises ValueError where one is missing."""
    reasons = dict(_OWN_REASONS)
    parsed = json.loads(cedarpy.policies_to_json_str(text))
    if parsed["templates"] or not parsed["staticPolicies"]:
        raise ValueError("expected policies, and no templates")
    for position, policy in parsed["staticPolicies"].items():
        notes = policy.get("annotations", {})
        name, reason = notes.get("id"), notes.get("reason")
        if not name or not reason:
            raise ValueError(f"{position} ({name}) lacks its @id or its @reason")
        if name in reasons:
            raise ValueError(f"two policies are called {name}")
        reasons[name] = reason
    return reasons
