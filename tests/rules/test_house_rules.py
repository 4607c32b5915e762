"""House rules that no linter knows: sizes, names, reasons, and what the locks may hold."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("api", "vault", "ocr", "access_policies")
LONGEST_FUNCTION = 60
LONGEST_FILE = 400
VAGUE = {"utils", "util", "common", "helpers", "helper", "services", "service", "managers", "manager", "misc"}
NPM = ROOT / "tests" / "peers"
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-bench.lock",
    "requirements-bench-mrz.lock",
)


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(p for p in (ROOT / folder).rglob("*.py") if "migrations" not in p.parts)


def too_long(text: str) -> list[str]:
    """The functions of `text` that are too long, as "name: lines"."""
    return [
        f"{node.name}: {length}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]


def vague(path: Path) -> bool:
    return bool(VAGUE & {*path.with_suffix("").parts})


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def requirements(text: str) -> list[str]:
    """The requirements of a lock, each with its continuation lines."""
    return re.split(r"\n(?=\S)", text.replace("\\\n", " ").strip())


def test_every_package_has_sources() -> None:
    for package in PACKAGES:
        assert list(sources(package)), f"nothing would be checked in {package}"


def test_no_function_passes_60_lines_and_no_file_400() -> None:
    found = []
    for path in sources(*PACKAGES, "tests"):
        text = path.read_text()
        found += [f"{path.relative_to(ROOT)}: {name}" for name in too_long(text)]
        if (lines := text.count("\n")) > LONGEST_FILE:
            found.append(f"{path.relative_to(ROOT)}: {lines} lines")
    assert not found


def test_no_name_says_nothing() -> None:
    assert not [str(path) for path in sources(*PACKAGES, "tests") if vague(path.relative_to(ROOT))]


def test_the_checks_themselves_can_fail() -> None:
    assert too_long("def f():\n" + "    pass\n" * 60) == ["f: 61"]
    assert not too_long("def f():\n" + "    pass\n" * 59)
    assert vague(Path("vault/utils.py"))
    assert vague(Path("api/helpers/words.py"))
    assert not vague(Path("vault/holders.py"))


def test_every_ban_says_why() -> None:
    bans = pyproject()["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
    assert bans
    for name, ban in bans.items():
        assert re.fullmatch(r"[A-Z].{20,}\.", ban["msg"]), f"{name} is banned without a reason"


def test_every_import_rule_and_every_exception_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    contracts = text[text.index("[tool.importlinter]") :].split("[[tool.importlinter.contracts]]")
    # The reason stands above the contract, so at the end of the piece before it.
    for before, contract in pairwise(contracts):
        reason = before.rstrip().splitlines()[-1]
        name = re.search(r'name = "(.*)"', contract)
        assert name
        assert reason.startswith("# "), f"{name.group(1)!r} has no reason"
    exceptions = text[text.index("[tool.ruff.lint.per-file-ignores]") :].split("\n\n")[0].splitlines()[1:]
    assert exceptions
    assert not [line for line in exceptions if " # " not in line]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_exact_versions_with_hashes_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted-host|\s@\s", text)
    for requirement in requirements(text):
        assert re.match(r"[a-z0-9._-]+(\[[a-z0-9,_-]+\])?==[^\s;]+", requirement), requirement[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", requirement), requirement[:80]


def test_the_npm_lock_holds_exact_versions_with_hashes_and_names_no_host() -> None:
    text = (NPM / "package-lock.json").read_text()
    assert "://" not in text
    assert '"resolved"' not in text
    asked = json.loads((NPM / "package.json").read_text())["dependencies"]
    packages = json.loads(text)["packages"]
    assert packages.pop("")["dependencies"] == asked
    assert asked
    for version in [*asked.values(), *(package["version"] for package in packages.values())]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    for name, package in packages.items():
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package["integrity"]), name
        assert "hasInstallScript" not in package, f"{name} runs code of its own while it is installed"


def test_the_locks_hold_what_the_project_asks_for_and_agree_with_each_other() -> None:
    pinned = [dict(pins((ROOT / lock).read_text())) for lock in LOCKS]
    asked = pyproject()["project"]["dependencies"] + pyproject()["dependency-groups"]["build"]
    assert not {plain(name) for name in asked} - set(pinned[0])
    assert not {plain(name) for name in pyproject()["dependency-groups"]["dev"]} - set(pinned[1])
    assert not {plain(name) for name in pyproject()["dependency-groups"]["bench"]} - set(pinned[2])
    assert not {plain(name) for name in pyproject()["dependency-groups"]["bench-mrz"]} - set(pinned[3])
    assert pinned[0].items() <= pinned[1].items(), "tests would run on other versions than people get"


def pins(text: str) -> Iterator[tuple[str, str]]:
    for requirement in requirements(text):
        name, _, version = requirement.split()[0].partition("==")
        yield plain(name), version


def plain(name: str) -> str:
    return re.sub(r"[\[;<].*", "", name).strip().lower()
