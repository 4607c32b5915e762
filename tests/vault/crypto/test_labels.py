"""SPEC.md names every label that the code puts into a key, a seal or a signature."""

import ast
from pathlib import Path

import vault

HOME = Path(vault.__file__).parent


def labels() -> set[str]:
    constants = {
        node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        for path in HOME.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    }
    return {each.strip() for each in constants if each.startswith(("migrant-vault/v1/", "migrant-vault "))}


def test_every_label_is_in_the_table() -> None:
    spec = (HOME / "crypto" / "SPEC.md").read_text("utf-8")
    table = spec[spec.index("### B.2") : spec.index("### B.3")]
    of_a_file = {"migrant-vault/v1/key-table"}  # says what a file is, and goes into nothing
    assert len(labels()) > 15
    assert {each for each in labels() - of_a_file if f"`{each}`" not in table} == set()
