"""A real PostgreSQL for the tests: on loopback, with passwords and fsync, as its operator would run it."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pg8000 import dbapi

from api.child import die_with_parent

NAME_ELSEWHERE = "127.1"
"""An address of this machine that nobody takes for one: the way to a server "on another machine"."""

_SETTINGS = """
fsync = on
shared_buffers = 16MB
unix_socket_directories = ''
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
"""


@dataclass
class RunningPostgres:
    """A server in a folder of its own. `vault` is its plain user, who owns the databases; `postgres` its superuser."""

    programs: Path
    folder: Path
    user: str | None
    password: str = field(repr=False)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def certificate(self) -> Path:
        """What a client that reaches it as `NAME_ELSEWHERE` must trust."""
        return self.folder / "certificate.pem"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def url(self, name: str, host: str = "127.0.0.1") -> str:
        return f"postgresql+pg8000://vault:{self.password}@{host}:{self.port}/{name}"

    def new_database(self, template: str = "template1") -> str:
        """The name of a database of its own; with a template, which nobody may be connected to, a copy of that."""
        name = f"vault_{secrets.token_hex(6)}"
        self.tell(f"CREATE DATABASE {name} OWNER vault TEMPLATE {template}")
        return name

    def tell(self, statement: str, name: str = "postgres") -> list[Any]:
        """Runs one statement as the superuser; the rows it gives."""
        connection = dbapi.connect("postgres", "127.0.0.1", name, self.port, self.password)
        try:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def run(self, program: str, *arguments: str) -> bytes:
        """One of PostgreSQL's own programs, as its user; what it prints."""
        command = [str(self.programs / program), *arguments]
        environment = {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "PGPASSWORD": self.password}
        done = subprocess.run(
            command, user=self.user, cwd=self.folder, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def dump(self, name: str) -> bytes:
        """The database as pg_dump writes it."""
        return self.run("pg_dump", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name)

    def files(self) -> dict[str, bytes]:
        """Everything that it has written, its log included, as it lies there right now."""
        found = {}
        for each in self.folder.rglob("*"):
            with suppress(FileNotFoundError):
                if each.is_file() and each.suffix != ".key":
                    found[str(each.relative_to(self.folder))] = each.read_bytes()
        return found

    def start(self) -> None:
        """Starts it and waits until it answers. On the port it had, if it had one."""
        for _ in range(5):
            self.port = self.port or _free_port()
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    [self.programs / "postgres", "-D", self.data, "-p", str(self.port), "-h", "127.0.0.1"],
                    user=self.user,
                    cwd=self.folder,
                    env={"LC_ALL": "C"},
                    stdout=log,
                    stderr=log,
                    preexec_fn=die_with_parent(),  # noqa: PLW1509 - it calls one system call, and imports nothing
                )
            if self._answers():
                return
            self.port = 0  # somebody took it meanwhile
        raise RuntimeError(f"PostgreSQL does not start: {self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        """Stops it as a service manager does: everybody is sent away at once, nothing committed is lost."""
        assert self.process
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    def kill(self) -> None:
        """Ends it and its children without a chance to write anything."""
        assert self.process
        children = self.tell("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        self.process.kill()
        for (pid,) in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(60)

    def _answers(self) -> bool:
        assert self.process
        end = time.monotonic() + 120
        while self.process.poll() is None and time.monotonic() < end:
            try:
                self.tell("SELECT 1")
            except dbapi.Error:
                time.sleep(0.05)
            else:
                return True
        return False


@pytest.fixture(scope="session")
def postgres() -> Iterator[RunningPostgres]:
    """A real PostgreSQL for this test process. A test that stops it must start it again."""
    with running_postgres() as running:
        yield running


@contextmanager
def running_postgres() -> Iterator[RunningPostgres]:
    """One of its own, without any database of ours yet; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="vault-postgres-"))
    # PostgreSQL refuses to run as root, and pytest's own folders are closed to all but their owner.
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    running = RunningPostgres(_programs(), folder, user, secrets.token_hex(16))
    try:
        _make(running)
        running.start()
        running.tell(f"CREATE ROLE vault LOGIN PASSWORD '{running.password}'")
        yield running
    finally:
        if running.process is not None:
            # At once: nobody will read what it would still write.
            running.process.send_signal(signal.SIGQUIT)
            running.process.wait(60)
        shutil.rmtree(folder)


def _programs() -> Path:
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(installed, key=lambda folder: int(folder.parent.name), reverse=True)
    kegs = [Path(f"{brew}/opt/postgresql@17/bin") for brew in ("/opt/homebrew", "/usr/local")]
    on_path = shutil.which("initdb")
    for folder in (*newest, *kegs, *([Path(on_path).resolve().parent] if on_path else [])):
        if (folder / "initdb").exists() and (folder / "pg_dump").exists():
            return folder
    raise RuntimeError("PostgreSQL is not installed: run ./setup.sh test")


def _make(running: RunningPostgres) -> None:
    secret = running.folder / "password"
    secret.write_text(running.password)
    _give(running, secret)
    running.run(
        "initdb",
        *("--pgdata", str(running.data), "--username", "postgres", "--pwfile", str(secret)),
        *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync"),
    )
    secret.unlink()
    with (running.data / "postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS)
    certificate, private_key = _certificate()
    running.certificate.write_bytes(certificate)
    for name, content in (("server.crt", certificate), ("server.key", private_key)):
        (running.data / name).write_bytes(content)
        _give(running, running.data / name)


def _give(running: RunningPostgres, file: Path) -> None:
    file.chmod(0o600)
    if running.user is not None:
        os.chown(file, pwd.getpwnam(running.user).pw_uid, pwd.getpwnam(running.user).pw_gid)


def _certificate() -> tuple[bytes, bytes]:
    """One that it signed itself, for `NAME_ELSEWHERE`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a database of the tests")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME_ELSEWHERE)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return (
        signed.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
