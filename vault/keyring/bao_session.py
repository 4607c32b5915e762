"""A signed-in connection to OpenBao or Vault through hvac: AppRole, timeouts, one retry, what refusals mean."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hvac
import requests
from hvac.exceptions import Forbidden, InvalidRequest, VaultDown, VaultError

from vault.errors import KeyringUnavailable
from vault.keyring.breaker import Breaker
from vault.keyring.private_file import read_line
from vault.keyring.protocol import KeyringError
from vault.keyring.reasons import logged

CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 5.0
MOST_CONNECTIONS = 32
"""Kept open for reuse; more threads than this open a connection of their own for the one call."""


class NotAllowed(KeyringUnavailable):
    """OpenBao knows us and says no, or does not know us: for now, until somebody changes a policy or a secret id."""


@dataclass(frozen=True)
class OpenBaoAddress:
    """Where the transit key is, and who we are.

    `secret_id_file` is read at every sign-in, so that a new secret id needs no restart. `ca_file` names the authorities
    to trust instead of the machine's.
    """

    address: str
    role_id: str
    secret_id_file: Path
    mount: str = "transit"
    key_name: str = "migrant-vault"
    ca_file: Path | None = None


@dataclass(frozen=True)
class _Token:
    """When a token came, and until when it is used (monotonic seconds). Its text is with hvac."""

    since: float
    use_until: float


class BaoSession:
    """Signs in when it must and asks. Safe to share between threads."""

    def __init__(self, address: OpenBaoAddress) -> None:
        """Connects lazily.

        Raises:
            KeyringError: the address would carry secrets over a network in clear.
        """
        _require_private(address.address)
        self._address = address
        self._client = hvac.Client(
            url=address.address,
            token="",  # not the one that a person left in her environment or home
            session=_pool(address.ca_file),
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
        )
        self._breaker = Breaker()
        self._turn = threading.Lock()
        self._token: _Token | None = None

    def ask(self, question: Callable[[hvac.Client], Any], *, repeatable: bool = True) -> Any:
        """The answer to one call. A connection that breaks is tried once more, if the call may be made twice.

        Raises:
            NotAllowed: our role may not do this, or cannot sign in.
            InvalidRequest: hvac's: the server understood and refuses what was asked.
            KeyringUnavailable: down, sealed, too slow, or in trouble.
        """
        with self._breaker.attempt():
            try:
                return self._ask(question, repeatable)
            except InvalidRequest:
                raise
            except Forbidden:
                pass
            except VaultDown:
                raise logged(KeyringUnavailable("OpenBao is sealed or starting")) from None
            except VaultError:
                raise logged(KeyringUnavailable("OpenBao is in trouble")) from None
            except requests.exceptions.SSLError:
                raise logged(KeyringUnavailable("OpenBao's certificate is not trusted")) from None
            except requests.RequestException:
                raise logged(KeyringUnavailable("OpenBao does not answer")) from None
        # An answer, and a fast one: no reason to hold off what this role may do.
        raise logged(NotAllowed("OpenBao does not allow this role to do that"))

    def _ask(self, question: Callable[[hvac.Client], Any], repeatable: bool) -> Any:
        token = self._token
        if token is None or time.monotonic() >= token.use_until:
            token = self._sign_in(token)
        try:
            return self._twice(question) if repeatable else question(self._client)
        except Forbidden:
            # A token that was revoked, or that its server no longer knows, looks the same as a missing right; one that
            # is a second old is neither.
            if time.monotonic() < token.since + 1:
                raise
        self._sign_in(token)
        return question(self._client)

    def _sign_in(self, instead_of: _Token | None) -> _Token:
        with self._turn:
            if self._token is not None and self._token is not instead_of:
                return self._token  # somebody else did, while we waited for our turn
            # Whoever waited while the first one ran into a timeout must not run into the next.
            self._breaker.refuse_if_failing()
            try:
                self._token = self._new_token()
            except Exception:
                self._breaker.note_failure()  # while it is still our turn: the next one looks as soon as it is his
                raise
            return self._token

    def _new_token(self) -> _Token:
        secret_id = self._secret_id()
        try:
            answer = self._twice(
                lambda client: client.auth.approle.login(self._address.role_id, secret_id, use_token=False)
            )
        except (InvalidRequest, Forbidden):
            raise logged(NotAllowed("OpenBao does not accept the role id or the secret id")) from None
        return self._taken(answer)

    def _taken(self, answer: Any) -> _Token:
        try:
            text, lasts = str(answer["auth"]["client_token"]), float(answer["auth"]["lease_duration"])
        except (TypeError, KeyError, ValueError):
            raise logged(KeyringUnavailable("what answers there is not OpenBao")) from None
        self._client.token = text
        now = time.monotonic()
        # At two thirds of its life a new one, rather than the old one renewed: one way for a token that grows old, was
        # revoked, may not be renewed any longer, or is not known to a restored server. 0 stands for no end.
        return _Token(now, now + (lasts or float("inf")) * 2 / 3)

    def _secret_id(self) -> str:
        try:
            return read_line(self._address.secret_id_file).decode(errors="replace")
        except KeyringError as error:
            raise logged(KeyringUnavailable(str(error))) from None

    def _twice(self, question: Callable[[hvac.Client], Any]) -> Any:
        try:
            return question(self._client)
        except requests.Timeout:
            raise
        except requests.ConnectionError:
            # Mostly a kept connection that a restarted server or something between closed.
            return question(self._client)


def _pool(ca_file: Path | None) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy, authority or password of this process's surroundings
    session.verify = str(ca_file) if ca_file else True
    kept = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=MOST_CONNECTIONS)
    for scheme in ("https://", "http://"):
        session.mount(scheme, kept)
    return session


def _require_private(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"):
        return
    raise KeyringError("the address of OpenBao must begin with https://, or http:// on this machine itself")
