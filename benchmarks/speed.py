"""How long a scan takes, beside ripgrep and those other scanners that are installed, on the same trees in the same run.

    python benchmarks/speed.py PATH [PATH ...] [--runs 5]
    python benchmarks/speed.py --growth [--most 10000]

Every figure is the median of the processor seconds (user and system, with children) of whole processes, the commands
in turn; `x rg` is their ratio to ripgrep looking for a hundred names of tools. Quote the ratios: machines differ, and
the same machine differs from hour to hour. Nothing is fetched, and nothing is written into the trees.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from math import log
from pathlib import Path
from typing import NamedTuple

import synthetic

ROOT = Path(__file__).parent.parent
NAMES = sorted(path.stem for path in (ROOT / "detectors").glob("*.toml"))[::3][:100]
OURS = [sys.executable, "-P", "-m", "mlops_scan", "scan", "--no-config", "--format", "json"]
RIPGREP = ["rg", "--hidden", "-g", "!.git", "--max-filesize", "1M", "-c", "-e", rf"\b({'|'.join(NAMES)})\b"]
#: Other scanners of repositories, by the program that they are.
PEERS: Mapping[str, list[str]] = {
    "repo-review": ["repo-review", "{path}"],
    "stack-analyser": ["stack-analyser", "{path}", "--output", os.devnull],
    "mllint": ["mllint", "{path}"],
    "semgrep": [
        "semgrep",
        "scan",
        "--metrics=off",
        "--disable-version-check",
        "--quiet",
        "--config",
        "{rules}",
        "{path}",
    ],
}
_RULE = "rules:\n- id: imports\n  languages: [python]\n  severity: INFO\n  message: m\n  pattern-either:\n" + "".join(
    f"  - pattern: import {name.replace('-', '_')}\n" for name in NAMES[:20]
)


class Cost(NamedTuple):
    """What one process cost: processor seconds, and megabytes of its largest process."""

    seconds: float
    megabytes: float


class Tree(NamedTuple):
    """A tree to scan, a copy of it that may be changed, and a cache of its own."""

    path: Path
    copy: Path
    cache: Path


def cost(command: list[str]) -> Cost:
    """Run a command to its end, whatever it answers."""
    pid = os.posix_spawnp(command[0], command, {**os.environ, "PYTHONPATH": str(ROOT)}, file_actions=_silent())
    _, _, used = os.wait4(pid, 0)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _silent() -> list[tuple[int, int, str, int, int]]:
    return [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]


def commands(tree: Tree, rules: Path) -> dict[str, list[str]]:
    """What is run on a tree, by name, in the order in which it is run."""
    path = str(tree.path)
    ours = {
        "ripgrep, 100 names": [*RIPGREP, path],
        "mlops-scan, cold": [*OURS, "--no-cache", path],
        "mlops-scan, unchanged": [*OURS, "--cache-dir", str(tree.cache), path],
        "mlops-scan, ten files changed": [*OURS, "--cache-dir", str(tree.cache), str(tree.copy)],
    }
    peers = {name: [part.format(path=path, rules=rules) for part in words] for name, words in PEERS.items()}
    return {name: words for name, words in {**ours, **peers}.items() if shutil.which(words[0])}


def measure(tree: Tree, runs: int, rules: Path) -> dict[str, list[Cost]]:
    """The costs of every command on a tree, one of each in every run."""
    found: dict[str, list[Cost]] = {}
    wanted = commands(tree, rules)
    for name in ("mlops-scan, unchanged", "mlops-scan, ten files changed"):
        cost(wanted[name])  # fills the cache
    for number in range(runs):
        change(tree.copy, number)
        for name, command in wanted.items():
            found.setdefault(name, []).append(cost(command))
    return found


def change(copy: Path, number: int) -> None:
    """Add a line to ten Python files of a copy."""
    for path in sorted(copy.rglob("*.py"))[::7][:10]:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n# {number}\n")


def table(found: Mapping[str, list[Cost]]) -> Iterator[str]:
    """The figures of one tree as Markdown."""
    seconds = {name: statistics.median(each.seconds for each in costs) for name, costs in found.items()}
    base = seconds.get("ripgrep, 100 names")
    yield "| command | processor seconds | x rg | peak MB |"
    yield "|---|---|---|---|"
    for name, value in seconds.items():
        ratio = f"{value / base:.1f}" if base else ""
        yield f"| {name} | {value:.2f} | {ratio} | {max(each.megabytes for each in found[name]):.0f} |"


def of_path(path: Path, runs: int) -> Iterator[str]:
    """The heading and the table of one tree."""
    with tempfile.TemporaryDirectory(prefix="mlops-scan-speed-") as folder:
        copy = shutil.copytree(path, Path(folder, "copy"), symlinks=True)
        cache, rules = Path(folder, "cache"), Path(folder, "rules.yml")
        cache.mkdir(mode=0o700)
        rules.write_text(_RULE)
        count = sum(1 for each in path.rglob("*") if each.is_file() and ".git" not in each.parts)
        yield f"\n{path.name}, {count:,} files\n"
        yield from table(measure(Tree(path, copy, cache), runs, rules))


def growth(most: int, runs: int) -> Iterator[str]:
    """How the cost grows with files and with detectors: the exponent, 1 being in step."""
    with tempfile.TemporaryDirectory(prefix="mlops-scan-speed-") as folder:
        sizes = [most // 10, most // 3, most]
        trees = [synthetic.write(Path(folder, f"tree{size}"), synthetic.files(size)) for size in sizes]
        files = _medians([[*OURS, "--no-cache", str(tree)] for tree in trees], runs)
        yield "\n| files | processor seconds | exponent |\n|---|---|---|"
        yield from _rows(sizes, files)
        counts = [10, 100, 1000]
        folders = [synthetic.write(Path(folder, f"more{count}"), synthetic.detectors(count)) for count in counts]
        more = _medians([[*OURS, "--no-cache", "--detectors", str(each), str(trees[0])] for each in folders], runs)
        yield "\n| more detectors | processor seconds | exponent |\n|---|---|---|"
        yield from _rows(counts, more)


def _medians(wanted: list[list[str]], runs: int) -> list[float]:
    rounds = [[cost(command).seconds for command in wanted] for _ in range(runs)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def _rows(sizes: list[int], seconds: list[float]) -> Iterator[str]:
    for index, (size, value) in enumerate(zip(sizes, seconds, strict=True)):
        grown = index and log(value / seconds[index - 1]) / log(size / sizes[index - 1])
        yield f"| {size:,} | {value:.2f} | {f'{grown:.2f}' if index else ''} |"


def machine() -> str:
    """What the figures were measured on."""
    ripgrep = subprocess.run(["rg", "--version"], capture_output=True, text=True, check=False).stdout if shutil.which("rg") else ""  # fmt: skip
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"Python {platform.python_version()}, {platform.machine()}, {cores} cores, {', '.join(filter(None, [ripgrep.partition(chr(10))[0], *_peers()]))}"


def _peers() -> Iterator[str]:
    for name in PEERS:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue


def main(arguments: Iterable[str] | None = None) -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=5, help="how often each command is run (default: 5)")
    parser.add_argument("--growth", action="store_true", help="measure trees that are made for it")
    parser.add_argument("--most", type=int, default=10_000, help="files of the largest of these (default: 10000)")
    told = parser.parse_args(list(arguments) if arguments is not None else None)
    print(machine())
    for path in told.paths:
        print("\n".join(of_path(path.resolve(), told.runs)), flush=True)
    if told.growth:
        print("\n".join(growth(told.most, told.runs)))


if __name__ == "__main__":
    main()
