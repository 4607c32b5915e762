"""The secrets of the hygiene test: each is planted under a name, and must be proved to have gone through the vault."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

SLICE = 48
"""Bytes of a file that are looked for: more than any two files share by chance."""


@dataclass
class Plants:
    """`secrets` are what must be found nowhere; `proved` the names of those that the vault took or showed."""

    secrets: dict[str, str | bytes] = field(default_factory=dict)
    proved: set[str] = field(default_factory=set)

    def plant(self, name: str, secret: str) -> str:
        """A secret that is about to be used; `took` says that it was."""
        assert name not in self.secrets
        self.secrets[name] = secret
        return secret

    def took(self, *names: str) -> None:
        """The vault accepted these, and did what only these let it do."""
        assert self.secrets.keys() >= set(names)
        self.proved |= set(names)

    def showed(self, name: str, secret: str, answer: httpx.Response) -> str:
        """A secret that stands in an answer of the vault's, whether it was planted before or is its own."""
        assert secret in answer.text, name
        assert self.secrets.setdefault(name, secret) == secret
        self.proved.add(name)
        return secret

    def held(self, name: str, secret: bytes) -> None:
        """A key that the vault works with, read out of it."""
        self.secrets[name] = secret
        self.proved.add(name)

    def carried(self, name: str, content: bytes) -> None:
        """A file that the vault took or gave: three slices of it."""
        for part in (1, 2, 3):
            begin = len(content) * part // 4
            self.held(f"{name}, slice {part}", content[begin : begin + SLICE])


@dataclass(frozen=True)
class Exchange:
    """One answer, with the address it was asked for and what was typed into the form that it answers."""

    method: str
    path: str
    address: str
    status: int
    headers: str
    content: bytes
    typed: bytes


@dataclass
class Wire:
    """Everything that was answered, in order."""

    exchanges: list[Exchange] = field(default_factory=list)

    def listen(self, client: httpx.Client) -> httpx.Client:
        """Notes all that this client is answered from now on."""
        client.event_hooks = {"response": [self._note]}
        return client

    def _note(self, answer: httpx.Response) -> None:
        answer.read()
        # The cookie of a session is its bearer's: it has to be sent.
        told = "\n".join(f"{name}: {value}" for name, value in answer.headers.items() if name != "set-cookie")
        request = answer.request
        sent = request.headers.get("content-type", "")
        typed = request.read() if sent.startswith("application/x-www-form-urlencoded") else b""
        self.exchanges.append(
            Exchange(
                request.method,
                request.url.path,
                str(request.url),
                answer.status_code,
                told,
                answer.content,
                typed,
            )
        )


def refilled(secrets: Mapping[str, str | bytes], typed: bytes) -> set[str]:
    """The names of what somebody typed into a form and may see there again: never a PIN or password."""
    typed_text = httpx.QueryParams(typed.decode()).multi_items() if typed else []
    shown_again = {
        value for name, value in typed_text if name in ("name", "phone", "query", "login", "card_code")
    }
    return {name for name, secret in secrets.items() if secret in shown_again}
