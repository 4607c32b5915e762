"""A real OpenBao for the tests: raft storage, a static seal, TLS and AppRoles, as its operator would run it."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import hvac
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api.child import die_with_parent
from vault.keyring.bao_session import OpenBaoAddress

SERVING, NEW, SEALED = 200, 501, 503
"""How sys/health answers: unsealed and active, not initialised yet, or sealed."""
POLICIES = Path(__file__).parent.parent / "docs" / "keyrings"

_CONFIG = """
storage "raft" {{
  path    = "{folder}/data"
  node_id = "tests"
  performance_multiplier = "1"
}}
listener "tcp" {{
  address         = "127.0.0.1:{port}"
  cluster_address = "127.0.0.1:{cluster_port}"
  tls_cert_file   = "{folder}/certificate.pem"
  tls_key_file    = "{folder}/private_key.pem"
}}
seal "static" {{
  current_key_id = "tests"
  current_key    = "file://{folder}/seal.key"
}}
api_addr     = "https://127.0.0.1:{port}"
cluster_addr = "https://127.0.0.1:{cluster_port}"
"""


@dataclass(frozen=True)
class TransitKey:
    """A transit key of one test's own, and its two roles: one that a vault has, and one that may rotate too."""

    name: str
    serving: OpenBaoAddress
    rotating: OpenBaoAddress


@dataclass
class RunningBao:
    """A server in a folder of its own. It unseals itself, so that stopped and started it serves again."""

    folder: Path
    port: int = 0
    root_token: str = field(default="", repr=False)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> Path:
        """What a client must trust."""
        return self.folder / "certificate.pem"

    @property
    def root(self) -> hvac.Client:
        """The operator, who may do everything."""
        return hvac.Client(url=self.address, token=self.root_token, verify=str(self.certificate), timeout=60)

    def start(self) -> None:
        """Starts it and waits until it answers as it should: unsealed, or waiting to be initialised."""
        for _ in range(5):
            self._configure()
            with (self.folder / "log").open("ab") as log:
                self.process = subprocess.Popen(
                    [
                        Path(sys.executable).with_name("bao"),
                        "server",
                        f"-config={self.folder / 'config.hcl'}",
                    ],
                    cwd=self.folder,
                    env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"},
                    stdout=log,
                    stderr=log,
                    preexec_fn=die_with_parent(),  # noqa: PLW1509 - it takes no lock
                )
            if self._answers(SERVING, NEW):
                return
            self.port = 0  # somebody took it meanwhile
        raise RuntimeError(f"OpenBao does not start: {(self.folder / 'log').read_text()[-2000:]}")

    def set_up(self) -> None:
        """Initialises a new one, and gives it what a vault needs."""
        made = self.root.sys.initialize(recovery_shares=1, recovery_threshold=1)
        self.root_token = made["root_token"]
        assert self._answers(SERVING)
        self.root.sys.enable_secrets_engine("transit")
        self.root.sys.enable_auth_method("approle")

    def stop(self) -> None:
        """Ends it without a goodbye to anybody."""
        assert self.process
        self.process.kill()
        self.process.wait(60)

    def pause(self) -> None:
        """It still accepts connections and never answers. Ended by `go_on`."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)  # its threads stop one by one

    def go_on(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def seal(self) -> None:
        """Seals it; only stopping and starting opens it again."""
        self.root.sys.seal()
        assert self._answers(SEALED)

    def tokens(self) -> set[str]:
        """The accessors of all tokens there are."""
        return set(self.root.auth.token.list_accessors()["data"]["keys"])

    def revoke_tokens(self) -> None:
        """Every token that any role has signed in with."""
        self.root.sys.revoke_prefix("auth/approle")

    def new_key(self, *, derived: bool = True) -> TransitKey:
        """A transit key with roles under exactly the policies that we ship."""
        name = f"key-{secrets.token_hex(6)}"
        root = self.root
        root.write_data(f"transit/keys/{name}", data={"derived": derived})
        for policy in ("serve", "rotate"):
            text = (POLICIES / f"openbao-{policy}.hcl").read_text()
            assert "/migrant-vault" in text
            root.sys.create_or_update_policy(f"{name}-{policy}", text.replace("/migrant-vault", f"/{name}"))
        return TransitKey(
            name,
            self._role(f"{name}-serving", name, f"{name}-serve"),
            self._role(f"{name}-rotating", name, f"{name}-serve", f"{name}-rotate"),
        )

    def _role(self, role: str, key_name: str, *policies: str) -> OpenBaoAddress:
        root = self.root
        root.auth.approle.create_or_update_approle(
            role, token_policies=list(policies), token_no_default_policy=True, token_ttl="20m"
        )
        role_id = root.auth.approle.read_role_id(role)["data"]["role_id"]
        secret_id = root.auth.approle.generate_secret_id(role)["data"]["secret_id"]
        file = self.folder / f"{role}.secret-id"
        file.touch(0o600)
        file.write_text(f"{secret_id}\n")
        return OpenBaoAddress(self.address, role_id, file, "transit", key_name, self.certificate)

    def _configure(self) -> None:
        # The port stays the same when it is started again: roles have been told it.
        self.port = self.port or _free_port()
        text = _CONFIG.format(folder=self.folder, port=self.port, cluster_port=_free_port())
        (self.folder / "config.hcl").write_text(text)

    def _answers(self, *statuses: int) -> bool:
        """Whether it comes to answer with one of these, before it ends."""
        assert self.process
        end = time.monotonic() + 120
        while self.process.poll() is None and time.monotonic() < end:
            with suppress(requests.RequestException):
                health = f"{self.address}/v1/sys/health"
                if requests.get(health, verify=str(self.certificate), timeout=10).status_code in statuses:
                    return True
            time.sleep(0.05)
        return False


@pytest.fixture(scope="session")
def openbao() -> Iterator[RunningBao]:
    """A real OpenBao for this test process. A test that stops or seals it must start it again."""
    folder = Path(tempfile.mkdtemp(prefix="vault-openbao-"))
    running = RunningBao(folder)
    try:
        (folder / "data").mkdir()
        (folder / "seal.key").write_bytes(secrets.token_bytes(32))
        _write_certificate(folder)
        running.start()
        running.set_up()
        yield running
    finally:
        if running.process is not None:
            running.stop()
        shutil.rmtree(folder)


def _write_certificate(folder: Path) -> None:
    """One that it signed itself, for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an OpenBao of the tests")])
    now = datetime.now(UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "private_key.pem").write_bytes(private)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
