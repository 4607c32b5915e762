"""The rescue drill of docs/rescue.md, done as it is written there: its own page of Python, and the age command."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from sqlalchemy.schema import CreateTable
from sqlmodel import SQLModel, select

from tests.openbao import RunningBao
from tests.postgres import RunningPostgres
from tests.vault.world import World, photo
from vault import holder_keys
from vault.backup import KEYS, backup
from vault.crypto.context import encode_context
from vault.database import Database
from vault.erasure import erase_document, erase_holder
from vault.keyring import create_local
from vault.keyring.openbao import OpenBaoKeyring
from vault.objects import open_object
from vault.resealing import reseal_document
from vault.rotation import rotate_root
from vault.tables import HolderKey, StoredObject

GUIDE = Path(__file__).parents[2] / "docs" / "rescue.md"
NEEDED = ("cryptography", "cffi", "pycparser", "argon2-cffi", "argon2-cffi-bindings")
"""What the guide has installed, and what that brings along."""

# Runs the page where there is nothing but the standard library and what the guide names, and tells what it used.
ALONE = """
import importlib.util, runpy, sys
sys.path.append(sys.argv[1])
for name in ("vault", "api", "ocr", "access_policies", "boto3", "sqlalchemy", "pyrage"):
    assert importlib.util.find_spec(name) is None, name
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="session")
def bare_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages that the guide names and no others."""
    folder = tmp_path_factory.mktemp("packages")
    for name in NEEDED:
        found = distribution(name)
        for top in {file.parts[0] for file in found.files or ()} - {".."}:
            (folder / top).symlink_to(Path(str(found.locate_file(top))))
    return folder


class Drill:
    """A person with three things: a folder of files, the key table, the root key."""

    def __init__(self, world: World, packages: Path) -> None:
        self.folder = world.folder / "drill"
        self.folder.mkdir()
        (page,) = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
        (self.folder / "rescue.py").write_text(page)
        self._packages = packages
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        made = self._run("age-keygen", "-o", "rescue.txt")
        self.recipient = made.stderr.split()[-1]

    def fetch_bucket(self, world: World) -> None:
        for stored in world.vault.blobs.names():
            file = self.folder / "bucket" / stored.name
            file.parent.mkdir(exist_ok=True, parents=True)
            file.write_bytes(b"".join(world.vault.blobs.get(stored.name)))

    def rescue(
        self,
        key_table: Path,
        root_key: Path | str,
        *,
        recipient: str = "",
        to: str = "rescued",
        typed: str = "",
    ) -> subprocess.CompletedProcess[str]:
        asked = ("bucket", str(key_table), str(root_key), recipient or self.recipient, to)
        alone = (sys.executable, "-I", "-S", "-c", ALONE, str(self._packages))
        return self._run(*alone, "rescue.py", *asked, given=typed, check=False)

    def opened(self, name: str) -> bytes:
        """What the age command makes of a file that was rescued."""
        command = ["age", "-d", "-i", "rescue.txt", f"rescued/{name}"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=True).stdout

    def _run(self, *command: str, given: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            check=check,
            start_new_session=True,  # without a terminal, a passphrase is read from `given`
        )


@pytest.fixture
def drill(own_world: World, bare_packages: Path) -> Drill:
    """The vault has a past: an object sealed anew, and a root key that was replaced."""
    reseal_document(own_world.vault, own_world.contract)
    list(rotate_root(own_world.vault))
    drill = Drill(own_world, bare_packages)
    drill.fetch_bucket(own_world)
    return drill


def everything(world: World) -> dict[str, bytes]:
    """What must come out of the rescue: names, and contents as our own program opens them."""
    contents = {}
    for row in world.objects():
        with world.vault.database.read() as session:
            key = holder_keys.open_one(world.vault, holder_keys.find(session, row.holder_id)).key
        name = f"{row.holder_id}/{row.document_id}-{row.role}-{row.page}.age"
        contents[name] = open_object(world.vault, key, row)
    return contents


def rescued(drill: Drill) -> set[str]:
    folder = drill.folder / "rescued"
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def saved_keys(world: World) -> Path:
    backup(world.vault, world.folder / "backup")
    return world.folder / "backup" / KEYS


@pytest.mark.parametrize("source", ["keys.json", "vault.db"])
def test_every_paper_is_recovered_to_the_byte(own_world: World, drill: Drill, source: str) -> None:
    expected = everything(own_world)
    key_table = saved_keys(own_world) if source == "keys.json" else own_world.database_path
    done = drill.rescue(key_table, own_world.folder / "root.key")
    assert (done.returncode, done.stdout, done.stderr) == (0, "8 of 8 objects rescued\n", "")
    assert rescued(drill) == set(expected)
    assert {name: drill.opened(name) for name in expected} == expected
    hoa = f"{own_world.seed.hoa.holder_id}/{own_world.passport}"
    assert drill.opened(f"{hoa}-original-1.age") == photo("PASSPORT", "C1234567")
    assert {file.stat().st_mode & 0o077 for file in (drill.folder / "rescued").rglob("*")} == {0}


def test_a_passphrase_is_asked_for(own_world: World, drill: Drill, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir(mode=0o700)
    locked = create_local(tmp_path / "other" / "root.key", "một câu dài".encode())
    with own_world.vault.database.write() as session:
        for row in session.exec(select(HolderKey)):
            place = encode_context("holder key", row.holder_id)
            row.wrapped = locked.wrap(own_world.vault.keyring.unwrap(row.wrapped, place), place)
            session.add(row)
    asked = own_world.database_path, tmp_path / "other" / "root.key"
    wrong = drill.rescue(*asked, typed="một câu khác\n")
    assert (wrong.returncode, "InvalidTag" in wrong.stderr, rescued(drill)) == (1, True, set())
    done = drill.rescue(*asked, typed="một câu dài\n")
    assert (done.returncode, "8 of 8" in done.stdout) == (0, True)


def test_what_is_not_in_its_place_is_named_and_the_rest_is_rescued(own_world: World, drill: Drill) -> None:
    swapped, gone, *_ = sorted(own_world.objects(), key=lambda row: row.id)
    bucket = drill.folder / "bucket"
    (bucket / swapped.name).write_bytes((bucket / gone.name).read_bytes())
    (bucket / gone.name).unlink()
    done = drill.rescue(saved_keys(own_world), own_world.folder / "root.key")
    assert done.returncode == 1
    for row, why in ((swapped, "InvalidTag"), (gone, "FileNotFoundError")):
        assert f"{row.document_id} {row.role} {row.page}: not rescued ({why})\n" in done.stdout
    assert "6 of 8 objects rescued" in done.stdout
    assert len(rescued(drill)) == 6


def test_run_again_it_goes_on_and_leaves_what_is_there(own_world: World, drill: Drill) -> None:
    asked = own_world.database_path, own_world.folder / "root.key"
    assert drill.rescue(*asked).returncode == 0
    first, second, *_ = sorted(rescued(drill))
    folder = drill.folder / "rescued"
    before = (folder / first).read_bytes()
    (folder / second).replace(
        (folder / second).with_suffix(".part")
    )  # as if it had been killed over this one
    again = drill.rescue(*asked)
    assert (again.returncode, again.stdout) == (0, "8 of 8 objects rescued\n")
    assert rescued(drill) == set(everything(own_world))
    assert (folder / first).read_bytes() == before
    assert drill.opened(second) == everything(own_world)[second]


def test_from_a_dump_of_postgresql(own_world: World, drill: Drill, postgres: RunningPostgres) -> None:
    name, tables = postgres.new_database(), (HolderKey, StoredObject)
    database = Database(postgres.url(name))
    with database.write() as session, own_world.vault.database.read() as rows:
        for table in tables:
            made = CreateTable(
                SQLModel.metadata.tables[table.__tablename__], include_foreign_key_constraints=[]
            )
            session.execute(made)
            session.add_all(table(**row.model_dump()) for row in rows.exec(select(table)))
    database.close()
    at = ("-h", "127.0.0.1", "-p", str(postgres.port), "-U", "postgres")
    wanted = ("--table=holder_key", "--table=stored_object")
    dump = postgres.run("pg_dump", "--format=custom", "--data-only", *wanted, *at, name)
    (postgres.folder / "keys.dump").write_bytes(dump)
    (postgres.folder / "keys.dump").chmod(0o644)
    (program,) = re.findall(r"pg_restore --data-only --file=keys.sql keys.dump", GUIDE.read_text())
    name, *arguments = program.replace("--file=keys.sql", "--file=-").split()
    (drill.folder / "keys.sql").write_bytes(postgres.run(name, *arguments))
    done = drill.rescue(Path("keys.sql"), own_world.folder / "root.key")
    assert (done.returncode, done.stdout, done.stderr) == (0, "8 of 8 objects rescued\n", "")
    expected = everything(own_world)
    assert {name: drill.opened(name) for name in expected} == expected


def test_with_the_root_key_in_openbao(own_world: World, drill: Drill, openbao: RunningBao) -> None:
    serving = openbao.new_key().serving
    keyring = OpenBaoKeyring(serving)
    with own_world.vault.database.write() as session:
        for row in session.exec(select(HolderKey)):
            place = encode_context("holder key", row.holder_id)
            row.wrapped = keyring.wrap(own_world.vault.keyring.unwrap(row.wrapped, place), place)
            session.add(row)
    drill.environment |= {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "BAO_ADDR": openbao.address,
        "BAO_CACERT": str(openbao.certificate),
        "BAO_KEY": f"transit/decrypt/{serving.key_name}",
    }
    refused = drill.rescue(own_world.database_path, "openbao")
    assert (refused.returncode, refused.stdout.count("CalledProcessError")) == (1, 8)
    assert "permission denied" in refused.stderr
    ids = (f"role_id={serving.role_id}", f"secret_id=@{serving.secret_id_file}")
    token = drill._run("bao", "write", "-field=token", "auth/approle/login", *ids).stdout
    drill.environment |= {"BAO_TOKEN": token}
    done = drill.rescue(own_world.database_path, "openbao")
    assert (done.returncode, done.stdout, done.stderr) == (0, "8 of 8 objects rescued\n", "")
    contract = f"{own_world.seed.hoa.holder_id}/{own_world.passport}-original-1.age"
    assert drill.opened(contract) == photo("PASSPORT", "C1234567")


def test_another_root_key_opens_nothing(own_world: World, drill: Drill, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir(mode=0o700)
    create_local(tmp_path / "other" / "root.key").rotate()
    done = drill.rescue(own_world.database_path, tmp_path / "other" / "root.key")
    assert (done.returncode, "0 of 8 objects rescued" in done.stdout) == (1, True)
    assert not rescued(drill)


def test_nothing_of_an_erased_holder_or_paper_comes_back(own_world: World, drill: Drill) -> None:
    """The copy of the bucket is from before: it is the keys that are gone."""
    erase_document(own_world.vault, own_world.lans_contract)
    erase_holder(own_world.vault, own_world.seed.hoa.holder_id)
    done = drill.rescue(saved_keys(own_world), own_world.folder / "root.key")
    assert (done.returncode, done.stdout) == (0, "0 of 0 objects rescued\n")
    shutil.copy(own_world.database_path, drill.folder / "copy.db")
    assert "0 of 0" in drill.rescue(drill.folder / "copy.db", own_world.folder / "root.key").stdout


def test_a_mistyped_recipient_is_refused_before_anything_is_written(own_world: World, drill: Drill) -> None:
    mistyped = drill.recipient[:-1] + ("q" if drill.recipient[-1] != "q" else "p")
    for recipient in (mistyped, drill.recipient[:-6], "AGE-SECRET-KEY-1QQQ"):
        refused = drill.rescue(own_world.database_path, own_world.folder / "root.key", recipient=recipient)
        assert refused.returncode == 1
        assert not (drill.folder / "rescued").exists()
    assert "not a recipient" in drill.rescue(own_world.database_path, Path("x"), recipient=mistyped).stderr
