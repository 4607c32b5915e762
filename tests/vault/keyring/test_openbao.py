"""OpenBao, the real one: what the roles we ship may do, and what each way of not answering means."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, TypeAlias

import hvac
import pytest
from hvac.exceptions import Forbidden

from tests.openbao import RunningBao
from tests.vault.keyring.test_keyring_contract import HOLDER_KEY, PLACE, refused, when_back
from vault.crypto.errors import WrongPlace
from vault.errors import KeyringUnavailable
from vault.keyring import KeyringError, bao_session, breaker
from vault.keyring.bao_session import OpenBaoAddress
from vault.keyring.breaker import Breaker
from vault.keyring.openbao import OpenBaoKeyring, open_openbao

Role: TypeAlias = tuple[hvac.Client, str]
"""Somebody signed in with a role, and the transit key that it is about."""

NOT_FOR_SERVING: dict[str, Callable[[hvac.Client, str], Any]] = {
    "read": lambda role, name: role.secrets.transit.read_key(name),
    "list": lambda role, name: role.secrets.transit.list_keys(),
    "export": lambda role, name: role.secrets.transit.export_key(name, "encryption-key"),
    "back up": lambda role, name: role.secrets.transit.backup_key(name),
    "take a data key": lambda role, name: role.write_data(
        f"transit/datakey/plaintext/{name}", data={"context": "YQ=="}
    ),
    "delete": lambda role, name: role.secrets.transit.delete_key(name),
    "trim": lambda role, name: role.write_data(
        f"transit/keys/{name}/trim", data={"min_available_version": 1}
    ),
    "make another": lambda role, name: role.write_data(f"transit/keys/{name}-2", data={"derived": True}),
    "use another": lambda role, name: role.write_data(
        f"transit/encrypt/{name}-2", data={"plaintext": "YQ==", "context": "YQ=="}
    ),
    "rule": lambda role, name: role.sys.create_or_update_policy(
        "all", 'path "*" { capabilities = ["sudo"] }'
    ),
    "unmount": lambda role, name: role.sys.disable_secrets_engine("transit"),
    "make it exportable": lambda role, name: role.write_data(
        f"transit/keys/{name}/config", data={"exportable": True}
    ),
    "let it be deleted": lambda role, name: role.write_data(
        f"transit/keys/{name}/config", data={"min_decryption_version": 1, "deletion_allowed": True}
    ),
}
NOT_FOR_SERVING_ALONE: dict[str, Callable[[hvac.Client, str], Any]] = {
    "rotate": lambda role, name: role.secrets.transit.rotate_key(name),
    "retire": lambda role, name: role.write_data(
        f"transit/keys/{name}/config", data={"min_decryption_version": 1}
    ),
}


@pytest.fixture(scope="module")
def serving(openbao: RunningBao) -> Role:
    transit_key = openbao.new_key()
    return signed_in(openbao, transit_key.serving), transit_key.name


@pytest.fixture(scope="module")
def rotating(openbao: RunningBao) -> Role:
    transit_key = openbao.new_key()
    return signed_in(openbao, transit_key.rotating), transit_key.name


@pytest.mark.parametrize("what", [*NOT_FOR_SERVING, *NOT_FOR_SERVING_ALONE])
def test_the_serving_role_may_use_the_root_key_and_nothing_else(serving: Role, what: str) -> None:
    with pytest.raises(Forbidden):
        (NOT_FOR_SERVING | NOT_FOR_SERVING_ALONE)[what](*serving)


@pytest.mark.parametrize("what", NOT_FOR_SERVING)
def test_the_rotating_role_may_rotate_and_retire_as_well_and_nothing_else(rotating: Role, what: str) -> None:
    for allowed in NOT_FOR_SERVING_ALONE.values():
        allowed(*rotating)
    with pytest.raises(Forbidden):
        NOT_FOR_SERVING[what](*rotating)


def test_the_serving_role_is_told_that_it_cannot_rotate_and_goes_on_serving(openbao: RunningBao) -> None:
    keyring = open_openbao(openbao.new_key().serving)
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    for change in (keyring.rotate, lambda: keyring.retire_all_but("1")):
        with pytest.raises(KeyringError, match="rotating role"):
            change()
    assert keyring.unwrap(wrapped, PLACE) == HOLDER_KEY


def test_sealed_it_is_unavailable_and_unsealed_it_goes_on(openbao: RunningBao) -> None:
    keyring = open_openbao(openbao.new_key().serving)
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    openbao.seal()
    try:
        # In its first moments it may answer that it is in trouble.
        assert is_told(lambda: keyring.unwrap(wrapped, PLACE), "OpenBao is sealed or starting")
    finally:
        openbao.stop()
        openbao.start()
    assert when_back(lambda: keyring.unwrap(wrapped, PLACE)) == HOLDER_KEY


def test_where_it_does_not_answer_one_call_waits_and_the_next_are_told_at_once(
    openbao: RunningBao, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bao_session, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(breaker, "PAUSE", 3600)
    keyring = open_openbao(openbao.new_key().serving)
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    openbao.pause()
    try:
        with pytest.raises(KeyringUnavailable, match="does not answer"):
            keyring.unwrap(wrapped, PLACE)
        for _ in range(100):  # each would take a second
            with pytest.raises(KeyringUnavailable, match="a moment ago"):
                keyring.unwrap(wrapped, PLACE)
    finally:
        openbao.go_on()
    monkeypatch.setattr(breaker, "PAUSE", 0)
    assert when_back(lambda: keyring.unwrap(wrapped, PLACE)) == HOLDER_KEY


def test_a_token_that_was_revoked_is_replaced(openbao: RunningBao) -> None:
    keyring = open_openbao(openbao.new_key().serving)
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    openbao.revoke_tokens()
    # In its first second a token is not believed to be revoked.
    assert when_back(lambda: keyring.unwrap(wrapped, PLACE)) == HOLDER_KEY


def test_a_token_that_grows_old_is_replaced_once_for_all_threads(
    openbao: RunningBao, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Later()
    monkeypatch.setattr(bao_session, "time", clock)
    keyring = open_openbao(openbao.new_key().serving)
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    first = openbao.tokens()
    clock.minutes = 13  # of the 20 that it lasts
    assert keyring.unwrap(wrapped, PLACE) == HOLDER_KEY
    assert openbao.tokens() == first
    clock.minutes = 14
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: keyring.unwrap(wrapped, PLACE), range(32))) == {HOLDER_KEY}
    assert len(openbao.tokens() - first) == 1


def test_a_new_secret_id_needs_no_restart(openbao: RunningBao) -> None:
    transit_key = openbao.new_key()
    keyring = open_openbao(transit_key.serving)
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    role, file = f"{transit_key.name}-serving", transit_key.serving.secret_id_file
    openbao.root.auth.approle.destroy_secret_id(role, file.read_text().strip())
    openbao.revoke_tokens()
    assert is_told(
        lambda: keyring.unwrap(wrapped, PLACE), "OpenBao does not accept the role id or the secret id"
    )
    file.write_text(openbao.root.auth.approle.generate_secret_id(role)["data"]["secret_id"])
    assert when_back(lambda: keyring.unwrap(wrapped, PLACE)) == HOLDER_KEY


def test_a_transit_key_that_is_gone_is_not_taken_for_damage(openbao: RunningBao) -> None:
    transit_key = openbao.new_key()
    keyring = open_openbao(transit_key.serving)
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    openbao.root.write_data(f"transit/keys/{transit_key.name}/config", data={"deletion_allowed": True})
    openbao.root.secrets.transit.delete_key(transit_key.name)
    refused(KeyringUnavailable, lambda: keyring.unwrap(wrapped, PLACE))


def test_a_transit_key_that_does_not_tell_contexts_apart_is_refused(openbao: RunningBao) -> None:
    transit_key = openbao.new_key(derived=False)
    with pytest.raises(KeyringError, match="derived=true"):
        open_openbao(transit_key.serving)


@pytest.mark.parametrize("fault", [{"key_name": "nobodys"}, {"mount": "elsewhere"}, {"role_id": "nobody"}])
def test_what_is_set_up_wrongly_is_told_at_the_start(openbao: RunningBao, fault: dict[str, Any]) -> None:
    with pytest.raises(KeyringError, match="OpenBao does not"):
        open_openbao(replace(openbao.new_key().serving, **fault))


def test_a_server_whose_certificate_is_not_trusted_gets_no_secret_id(openbao: RunningBao) -> None:
    with pytest.raises(KeyringUnavailable, match="certificate"):
        open_openbao(replace(openbao.new_key().serving, ca_file=None))


def test_of_many_who_would_sign_in_one_runs_into_the_timeout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes from the failure to where the others look: the next one's turn comes earlier."""
    secret_id = tmp_path / "secret-id"
    secret_id.touch(0o600)
    secret_id.write_text("of no use to anybody")
    settle = Breaker._settle

    def settle_late(self: Breaker, trying: bool, failed_at: float | None) -> None:
        time.sleep(0.5)
        settle(self, trying, failed_at)

    monkeypatch.setattr(bao_session, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(breaker, "PAUSE", 3600)
    monkeypatch.setattr(Breaker, "_settle", settle_late)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        keyring = OpenBaoKeyring(
            OpenBaoAddress(f"http://127.0.0.1:{silent.getsockname()[1]}", "role", secret_id)
        )
        together = threading.Barrier(12)

        def call(_number: int) -> str:
            together.wait(60)
            with pytest.raises(KeyringUnavailable) as refusal:
                keyring.wrap(HOLDER_KEY, PLACE)
            return str(refusal.value)

        with ThreadPoolExecutor(12) as threads:
            told = list(threads.map(call, range(12)))
    assert sorted(told) == ["OpenBao does not answer"] + 11 * ["the keyring did not answer a moment ago"]


class SomethingElse(BaseHTTPRequestHandler):
    """A web server that answers everything kindly."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>Welcome</h1>")

    def log_message(self, *_told: object) -> None:
        pass


def test_something_else_that_answers_is_not_believed(tmp_path: Path) -> None:
    secret_id = tmp_path / "secret-id"
    secret_id.touch(0o600)
    secret_id.write_text("of no use to anybody")
    with HTTPServer(("127.0.0.1", 0), SomethingElse) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(KeyringUnavailable, match="not OpenBao"):
            open_openbao(OpenBaoAddress(f"http://127.0.0.1:{server.server_port}", "role", secret_id))
        server.shutdown()


@pytest.mark.parametrize("address", ["http://bao.example:8200", "bao.example:8200", "ftp://127.0.0.1", ""])
def test_an_address_that_would_show_secrets_to_the_network_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(KeyringError, match="https://"):
        OpenBaoKeyring(OpenBaoAddress(address, "role", tmp_path / "secret-id"))


@pytest.mark.parametrize("name", ["", "../sys", "a b", "key?x=1", "/key", "key/"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    address = OpenBaoAddress("https://bao.example", "role", tmp_path / "secret-id")
    for misnamed in (replace(address, mount=name), replace(address, key_name=name)):
        with pytest.raises(KeyringError, match="letters"):
            OpenBaoKeyring(misnamed)


def test_the_version_zero_is_not_another_name_of_version_one(openbao: RunningBao) -> None:
    """OpenBao itself takes it for one."""
    keyring = open_openbao(openbao.new_key().serving)
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    assert wrapped[:3] == b"\x02\x011"
    for version in (b"\x010", b"\x0201", b"\x02+1", b"\x021 "):
        with pytest.raises(WrongPlace):
            keyring.unwrap(b"\x02" + version + wrapped[3:], PLACE)


class Later:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.minutes = 0

    def monotonic(self) -> float:
        return time.monotonic() + 60 * self.minutes


def signed_in(openbao: RunningBao, address: OpenBaoAddress) -> hvac.Client:
    """A client with all the rights that this role has."""
    client = hvac.Client(url=openbao.address, token="", verify=str(openbao.certificate), timeout=60)
    client.auth.approle.login(address.role_id, address.secret_id_file.read_text().strip())
    return client


def is_told(ask: Callable[[], object], sentence: str) -> bool:
    """Whether this comes to be the reason why it is unavailable. Fails if it is not unavailable."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with pytest.raises(KeyringUnavailable) as refusal:
            ask()
        if str(refusal.value) == sentence:
            return True
        time.sleep(0.1)
    return False
