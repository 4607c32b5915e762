"""How much memory one way needs for a big file, told by a process that does nothing else.

Run by bench_envelope.py: `python -m tests.benchmarks.envelope_memory FOLDER WAY` prints the megabytes that the peak
rose by while sealing and while opening FOLDER/plain. Read from /proc, because the peak that the system reports for an
ended child begins with its parent's.
"""

import sys
from pathlib import Path

from tests.benchmarks.envelope_ways import Files, file_ways


def main() -> None:
    """Seal and open a small file first, so that what is loaded on first use counts as base."""
    files = Files(Path(sys.argv[1]))
    way = next(way for way in file_ways(files) if way.name == sys.argv[2])
    big = files.folder / "big"
    files.plain.rename(big)
    files.plain.write_bytes(bytes(100_000))
    way.seal()
    way.open()
    files.plain.unlink()
    big.rename(files.plain)
    for do in (way.seal, way.open):
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew at what is held now
        base = memory_mb("VmHWM")
        do()
        print(memory_mb("VmHWM") - base)


def memory_mb(name: str) -> float:
    """A line of /proc/self/status, in megabytes."""
    status = Path("/proc/self/status").read_text()
    return int(next(row for row in status.splitlines() if row.startswith(name)).split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    main()
