"""What runs the networks tells nobody about it (docs/decisions/0015)."""

from importlib import metadata
from pathlib import Path

REPORTED_TO = (b"OneCollector", b"events.data.microsoft.com", b"ORT_DISABLE_TELEMETRY")


def test_the_library_that_runs_our_networks_has_no_address_to_report_to() -> None:
    files = [Path(str(file.locate())) for file in metadata.files("onnxruntime") or []]
    native = [file for file in files if file.suffix in {".so", ".dylib"} or ".so." in file.name]
    assert native
    for file in native:
        content = file.read_bytes()
        assert not [place for place in REPORTED_TO if place in content], file.name
