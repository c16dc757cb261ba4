"""How long a scan takes, beside reading every file of the same tree in the same run.

    python benchmarks/scan_time.py PATH [PATH ...]

Prints the median of three runs of each, in seconds of processor time of a fresh process, and their ratio: quote the
ratio, since machines differ and the same machine differs from hour to hour.
"""

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

READ = "import pathlib, sys; [p.read_bytes() for p in pathlib.Path(sys.argv[1]).rglob('*') if p.is_file() and not p.is_symlink()]"
RUNS = 3


def seconds(command: list[str]) -> float:
    """The processor time that a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure each path, the two commands in turn."""
    print(f"{'scan':>8} {'read':>8} {'ratio':>8}  path")
    for path in sys.argv[1:] or [os.curdir]:
        scan = [sys.executable, "-P", "-m", "mlops_scan", path, "--no-config", "--format", "json"]
        pairs = [(seconds(scan), seconds([sys.executable, "-c", READ, path])) for _ in range(RUNS)]
        scanned, read = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"{scanned:8.2f} {read:8.2f} {scanned / max(read, 0.001):8.1f}  {Path(path).name or path}")


if __name__ == "__main__":
    main()
