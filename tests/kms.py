"""A stand-in for AWS KMS (see kms_server.py) in a process of its own, behind a gate that a test can shut."""

import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from boto3.session import Session

from api.child import die_with_parent
from vault.keyring.aws import KmsAddress

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

REGION = "ap-southeast-1"


class Gate:
    """A port that leads to another one until it is shut: then nobody listens, and whoever was connected is cut off."""

    def __init__(self, leads_to: int) -> None:
        self._leads_to = leads_to
        self._joined: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._watch()

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._watch()

    def shut(self) -> None:
        for each in (self._listener, *self._joined):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._joined.clear()

    def _watch(self) -> None:
        threading.Thread(target=self._admit, args=(self._listener,), daemon=True).start()

    def _admit(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._leads_to))
                self._joined += [near, far]
                for each, other in ((near, far), (far, near)):
                    threading.Thread(target=_carry, args=(each, other), daemon=True).start()


class RunningKms:
    """The server and the gate before it."""

    def __init__(self, gate: Gate) -> None:
        """`owner` is the account's owner, who may do everything. Moto asks nobody for rights."""
        self.gate = gate
        self.endpoint = f"http://127.0.0.1:{gate.port}"
        self.owner: KMSClient = Session().client("kms", region_name=REGION, endpoint_url=self.endpoint)

    def new_alias(self) -> KmsAddress:
        """An alias with a fresh key, as an operator makes them."""
        alias = f"alias/vault-{secrets.token_hex(6)}"
        made = self.owner.create_key()["KeyMetadata"]["KeyId"]
        self.owner.create_alias(AliasName=alias, TargetKeyId=made)
        return KmsAddress(alias, REGION, self.endpoint)


@pytest.fixture(scope="session")
def kms() -> Iterator[RunningKms]:
    """A stand-in for AWS KMS for this test process. A test that shuts its gate must open it again."""
    given = pytest.MonkeyPatch()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        given.setenv(name, "of-the-tests")
    # Nothing of the machine's own: no profile, no address of an instance's credentials.
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        given.setenv(name, os.devnull)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("kms_server.py"), str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(),  # noqa: PLW1509 - it takes no lock
    )
    try:
        _wait_for(server, port)
        yield RunningKms(Gate(port))
    finally:
        server.kill()
        server.wait(60)
        given.undo()


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 10):
            return
        time.sleep(0.05)
    raise RuntimeError("moto's server does not start")


def _carry(near: socket.socket, far: socket.socket) -> None:
    with suppress(OSError):
        while data := near.recv(1 << 16):
            far.sendall(data)
    for each in (near, far):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
