"""The root key in the transit engine of OpenBao or Vault: it never leaves that server, which logs every use.

The transit key must be *derived*: each context has a key of its own (HKDF-SHA-256), and a secret opens under no other.
Residual risk: who can sign in with our role id and secret id from where the server allows it can unwrap what he has
stolen, until somebody revokes them. What he cannot do is take the root key with him (docs/keyrings/keyrings.md).
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

from hvac.exceptions import InvalidRequest

from vault.crypto.context import encode_context
from vault.crypto.envelope import SECRET_LABEL
from vault.crypto.errors import VersionRetired, WrongPlace
from vault.errors import KeyringUnavailable
from vault.keyring.bao_session import BaoSession, NotAllowed, OpenBaoAddress
from vault.keyring.private_file import read_line
from vault.keyring.protocol import KeyringError
from vault.keyring.reasons import logged
from vault.keyring.wrapped import OPENBAO, decode_wrapped, encode_wrapped

MOST_AT_ONCE = 200
"""Items in one request. OpenBao refuses JSON with more than 1,000 strings, and an item has four."""

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_CIPHERTEXT = re.compile(r"vault:v([1-9][0-9]{0,8}):([A-Za-z0-9+/]+=*)")
_RETIRED = "ciphertext or signature version is disallowed by policy (too old)"
_WRONG = ("cipher: message authentication failed", "invalid ciphertext")


class OpenBaoKeyring:
    """A Keyring on one transit key."""

    def __init__(self, address: OpenBaoAddress) -> None:
        """Connects lazily.

        Raises:
            KeyringError: a name is none, or the address would carry secrets over a network in clear.
        """
        if not all(_NAME.fullmatch(part) for part in (*address.mount.split("/"), address.key_name)):
            raise KeyringError("the names of the transit engine and its key are letters, digits, -, _ and .")
        self._mount, self._name = address.mount, address.key_name
        self._session = BaoSession(address)

    def current(self) -> str:
        """See Keyring. Our role may not read about the key, so this wraps nothing and looks."""
        return self.version_of(self.wrap(b"", b""))

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        """See Keyring."""
        item = {"plaintext": _text(secret), "context": _context(context)}
        return _wrapped(self._batch("encrypt", [item], "ciphertext")[0])

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """See Keyring."""
        return self.unwrap_many([(wrapped, context)])[0]

    def unwrap_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See Keyring. One request for 200 items."""
        return [b64decode(each) for each in self._batch("decrypt", _sealed(items), "plaintext")]

    def rewrap_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See Keyring. The secrets do not leave the server."""
        return [_wrapped(each) for each in self._batch("rewrap", _sealed(items), "ciphertext")]

    def version_of(self, wrapped: bytes) -> str:
        """See Keyring."""
        return _opened(wrapped)[0]

    def rotate(self) -> str:
        """See Keyring. Needs the rights in openbao-rotate.hcl."""
        self._manage("rotate", {})
        return self.current()

    def retire_all_but(self, version: str) -> None:
        """Tells the server to refuse earlier versions. It still keeps them, and somebody with rights could undo it."""
        if version != self.current():
            raise KeyringError(
                f"version {version} of the root key is not the current one: nothing was retired"
            )
        self._manage("config", {"min_decryption_version": int(version)})

    def require_usable(self) -> None:
        """Signs in and tries the key out: that it is there, and that it is bound to contexts.

        Raises:
            KeyringError: it cannot be used as it is set up.
            KeyringUnavailable: the server does not answer; it may all be well.
        """
        try:
            probe = self.wrap(b"", b"one context")
        except NotAllowed as error:
            path = f"{self._mount}/keys/{self._name}"
            raise KeyringError(f"{error}: check that {path} is there and the role has its policy") from None
        try:
            self.unwrap(probe, b"another context")
        except WrongPlace:
            return
        raise KeyringError("the transit key does not tell contexts apart: make one with derived=true")

    def _manage(self, part: str, change: dict[str, int]) -> None:
        path = f"{self._mount}/keys/{self._name}/{part}"
        try:
            self._session.ask(lambda client: client.write_data(path, data=change), repeatable=False)
        except NotAllowed:
            raise KeyringError(
                "this role may use the root key but not rotate it: take the rotating role"
            ) from None
        except InvalidRequest:
            raise logged(
                KeyringUnavailable("OpenBao refused to change the root key: nothing was changed")
            ) from None

    def _batch(self, operation: str, items: Sequence[dict[str, str]], member: str) -> list[str]:
        found: list[str] = []
        for start in range(0, len(items), MOST_AT_ONCE):
            found += self._one_batch(operation, items[start : start + MOST_AT_ONCE], member)
        return found

    def _one_batch(self, operation: str, items: Sequence[dict[str, str]], member: str) -> list[str]:
        path = f"{self._mount}/{operation}/{self._name}"
        try:
            answer = self._session.ask(lambda client: client.write_data(path, data={"batch_input": items}))
        except InvalidRequest as error:
            # So it is told, and in full, when one item of a batch fails; anything else is about the whole call.
            answer = error.json
        results = _results(answer)
        for result in results:
            if result.get("error"):
                raise _refusal(str(result["error"]))
        if len(results) != len(items) or not all(isinstance(each.get(member), str) for each in results):
            raise logged(KeyringUnavailable("OpenBao answered something else than what was asked"))
        return [each[member] for each in results]


def open_openbao(address: OpenBaoAddress) -> OpenBaoKeyring:
    """A keyring that was tried out.

    Raises:
        KeyringError: it cannot be used as it is set up.
        KeyringUnavailable: the server does not answer.
    """
    read_line(address.secret_id_file)  # later, a file that is missing is something to wait for
    keyring = OpenBaoKeyring(address)
    keyring.require_usable()
    return keyring


def _results(answer: Any) -> list[dict[str, Any]]:
    try:
        results = answer["data"]["batch_results"]
    except (TypeError, KeyError):
        raise _refusal(", ".join(_errors(answer))) from None
    return [each for each in results if isinstance(each, dict)]


def _errors(answer: Any) -> list[str]:
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return [str(each) for each in errors] if isinstance(errors, list) else []


def _refusal(error: str) -> Exception:
    if error == _RETIRED:
        return VersionRetired("wrapped under a version of the root key that was retired")
    if error.startswith(_WRONG):
        return WrongPlace("not wrapped for this context, or damaged")
    # Such as a transit key that is gone: never to be taken for a damaged row.
    return logged(KeyringUnavailable("OpenBao does not do what was asked: look into its log"))


def _sealed(items: Sequence[tuple[bytes, bytes]]) -> list[dict[str, str]]:
    return [
        {"ciphertext": f"vault:v{version}:{_text(body)}", "context": _context(context)}
        for (version, body), context in ((_opened(wrapped), context) for wrapped, context in items)
    ]


def _wrapped(ciphertext: str) -> bytes:
    parts = _CIPHERTEXT.fullmatch(ciphertext)
    if parts is None:
        raise logged(KeyringUnavailable("OpenBao answered something else than what was asked"))
    return encode_wrapped(OPENBAO, parts[1], b64decode(parts[2]))


def _opened(wrapped: bytes) -> tuple[str, bytes]:
    version, body = decode_wrapped(OPENBAO, wrapped)
    # Strict, because OpenBao takes "v0" for version 1.
    if not re.fullmatch(r"[1-9][0-9]{0,8}", version):
        raise WrongPlace("not wrapped by this keyring, or damaged")
    return version, body


def _context(context: bytes) -> str:
    return _text(encode_context(SECRET_LABEL, context))


def _text(data: bytes) -> str:
    return b64encode(data).decode()
