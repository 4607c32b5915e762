"""Runs a fuzz target: `python -m tests.fuzz.runner MODULE CORPUS [libFuzzer's options and folders]`.

MODULE has `check(data: bytes)`, which raises when it is hurt. Coverage-guided where atheris is installed (Linux);
elsewhere the corpus alone. The first inputs are always the corpus; an empty one is a mistake, not a success.
"""

import importlib
import importlib.util
import sys
from pathlib import Path


def main() -> None:
    module, corpus, *options = sys.argv[1:]
    inputs = sorted(path for path in Path(corpus).iterdir() if not path.name.startswith("."))
    if not inputs:
        sys.exit(f"{corpus} is empty: nothing would be tried")
    if importlib.util.find_spec("atheris"):
        fuzz(module, [*options, corpus])
    else:
        try_alone(module, inputs)


def fuzz(module: str, options: list[str]) -> None:
    """Never returns: libFuzzer ends the process, with a status of 0 if nothing was found."""
    import atheris  # type: ignore[import-untyped]

    with atheris.instrument_imports(include=["vault.crypto", "ocr.sanitise", "ocr.jail"]):
        check = importlib.import_module(module).check
    atheris.Setup([sys.argv[0], *options], check)
    atheris.Fuzz()


def try_alone(module: str, inputs: list[Path]) -> None:
    check = importlib.import_module(module).check
    for path in inputs:
        data = path.read_bytes()
        try:
            check(data)
        except Exception:
            print(f"{path}: {data!r}", file=sys.stderr)
            raise
    print(f"Done {len(inputs)} runs: the corpus alone, since atheris is not here")


if __name__ == "__main__":
    main()
