"""A call that is not in the shape that is asked for, and the places at fault that its answer names."""

import httpx


def malformed(answer: httpx.Response, *places: dict[str, str]) -> None:
    """Fails unless the answer is `call-malformed` in the form of RFC 9457 and names these places and no others."""
    body = answer.json()
    assert (answer.status_code, body.get("code")) == (422, "call-malformed"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "code"} | ({"errors"} if places else set())
    assert body["status"] == 422
    assert body.get("errors", []) == list(places), answer.text


def member(*steps: str) -> dict[str, str]:
    """A place in the body; the body as a whole without steps."""
    return {"pointer": "".join(f"/{step}" for step in steps)}


def parameter(name: str) -> dict[str, str]:
    """A parameter, or a part of a form."""
    return {"parameter": name}
