"""A vault as its operator runs it: a process of its own, with folders of its own for everything that it may write."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from api.settings import Settings
from api.wiring import open_vault
from tests.vault.world import NOBODY_THERE
from vault.vault import Vault

_ROOT = Path(__file__).parents[2]
_FOLDERS = ("data", "temporary", "home", "here", "logs")
_OTHER_GROUP = 65534
"""A group that root is not in: the files in /proc of a process with it are root's own only if it is private."""


@dataclass
class ServedVault:
    """`folder` holds all that it may write but for its scratch files, which lie in memory."""

    folder: Path
    scratch: Path
    settings: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    command_lines: set[bytes] = field(default_factory=set)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings['VAULT_PORT']}"

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "VAULT_DATA_FOLDER": str(self.data),
            "VAULT_SCRATCH_FOLDER": str(self.scratch),
            "TMPDIR": str(self.folder / "temporary"),
            "HOME": str(self.folder / "home"),
            "PYTHONPATH": str(_ROOT),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
        }
        return {**own, **self.settings}

    def start(self) -> None:
        """Serves, once it says so. What it prints and logs goes into `folder`/logs."""
        log = (self.folder / "logs" / "server").open("ab")
        with log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", "serve"],
                cwd=self.folder / "here",
                env=self.environment,
                group=_OTHER_GROUP if os.geteuid() == 0 else None,
                stdout=subprocess.PIPE,
                stderr=log,
            )
            assert self.process.stdout
            said = self.process.stdout.readline()
            log.write(said)
        assert self.address.encode() in said, (self.folder / "logs" / "server").read_text()
        self.note_command_lines()

    def stop(self) -> None:
        """As a service manager does."""
        self._end(signal.SIGTERM)
        assert self.process
        assert self.process.returncode == 0

    def crash(self) -> None:
        """Ends it as a fault in a library would: by a signal that makes a core file, where one is allowed."""
        self.note_command_lines()
        self._end(signal.SIGABRT)
        assert self.process
        assert self.process.returncode == -signal.SIGABRT

    def tell(self, *command: str, typed: str = "") -> str:
        """Runs another command of the vault's beside the server; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", *command],
            cwd=self.folder / "here",
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # without a terminal, passwords are read from what is typed
        )
        with (self.folder / "logs" / "commands").open("a") as log:
            log.write(done.stdout + done.stderr)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def opened(self) -> Iterator[Vault]:
        """The same vault beside the server, for this process: without the store."""
        vault = open_vault(Settings.model_validate(self._as_settings()), NOBODY_THERE)
        try:
            yield vault
        finally:
            vault.database.close()

    def family(self) -> list[int]:
        """The server and the processes that it started (Linux)."""
        assert self.process
        found = [self.process.pid]
        for pid in found:
            with suppress(OSError):
                for each in Path(f"/proc/{pid}/task").glob("*/children"):
                    found += [int(child) for child in each.read_text().split()]
        return found

    def note_command_lines(self) -> None:
        """Remembers how it and its children were called: any account of the machine may read that."""
        for pid in self.family():
            with suppress(OSError):
                self.command_lines.add(Path(f"/proc/{pid}/cmdline").read_bytes())

    def files(self) -> dict[str, bytes]:
        """Everything that it has written, as it lies there right now."""
        found = {}
        for folder in (self.folder, self.scratch):
            for each in folder.rglob("*"):
                with suppress(FileNotFoundError):
                    if each.is_file() and not each.is_symlink():
                        found[str(each.relative_to(folder.parent))] = each.read_bytes()
        return found

    def _end(self, sign: signal.Signals) -> None:
        assert self.process
        assert self.process.stdout
        with suppress(ProcessLookupError):
            self.process.send_signal(sign)
        # What it says last is a log too.
        with (self.folder / "logs" / "server").open("ab") as log:
            log.write(self.process.stdout.read())
        self.process.wait()

    def _as_settings(self) -> dict[str, str]:
        given = {name: value for name, value in self.environment.items() if name.startswith("VAULT_")}
        return {name.removeprefix("VAULT_").lower(): value for name, value in given.items()}


@contextmanager
def served_vault(folder: Path, **settings: str) -> Iterator[ServedVault]:
    """A vault that is not running yet, and is not any more afterwards."""
    for name in _FOLDERS:
        (folder / name).mkdir(mode=0o700)
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="vault-scratch-", dir=memory) as scratch:
        served = ServedVault(folder, Path(scratch), {"VAULT_PORT": str(_free_port()), **settings})
        try:
            yield served
        finally:
            if served.process is not None:
                served.process.kill()
                served.process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
