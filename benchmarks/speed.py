"""How long a scan takes, beside ripgrep and those other scanners that are installed, on the same trees in the same run.

    python benchmarks/speed.py PATH [PATH ...] [--synthetic 40000] [--runs 5]
    python benchmarks/speed.py --growth [--most 100000]

Every figure is the median over whole processes with their children, the commands in turn: processor seconds (user and
system), seconds on the wall, and megabytes of the largest process. `x rg` is the ratio of processor seconds to ripgrep
looking for a hundred names of tools. Quote the ratios: machines differ, and the same machine differs from hour to hour.
A first run of each command, which is not counted, compiles its Python and warms the file system, so that what is measured
is what is installed and not what is unpacked. Nothing is fetched, and nothing is written into the trees.
"""

import argparse
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from math import log
from pathlib import Path
from typing import NamedTuple

if __package__:
    from benchmarks import synthetic
else:
    import synthetic

ROOT = Path(__file__).parent.parent
NAMES = sorted(path.stem for path in (ROOT / "detectors").glob("*.toml"))[::3][:100]
PROGRAM = [sys.executable, "-P", "-m", "mlops_scan"]
OURS = [*PROGRAM, "scan", "--no-config", "--format", "json"]
RIPGREP = "ripgrep, 100 names"
COLD, WARM, CHANGED = "mlops-scan, cold", "mlops-scan, unchanged", "mlops-scan, ten files changed"
#: Other scanners of repositories, by the program that they are. They do other jobs: it is what a user is used to wait.
#: Names end where words of ASCII do: to ask for those of Unicode makes ripgrep 13 fifteen times as slow, and no better.
PEERS: Mapping[str, str] = {
    "rg": rf"--hidden -g !.git --max-filesize 1M -c -e (?-u:\b)({'|'.join(NAMES)})(?-u:\b) {{path}}",
    "ruff": "check --isolated --no-cache --quiet --exit-zero --select F {path}",
    "mllint": "{path}",
    "repo-review": "{path}",
    "stack-analyser": f"{{path}} --output {os.devnull}",
    "semgrep": "scan --metrics=off --disable-version-check --quiet --config {rules} {path}",
    "checkov": "--quiet --compact --skip-download --directory {path}",
}
_RULE = "rules:\n- id: imports\n  languages: [python]\n  severity: INFO\n  message: m\n  pattern-either:\n" + "".join(
    f"  - pattern: import {name.replace('-', '_')}\n" for name in NAMES[:20]
)


class Cost(NamedTuple):
    """What one process and its children cost: seconds of processors and on the wall, megabytes of the largest of them."""

    processor: float
    wall: float
    megabytes: float


class Tree(NamedTuple):
    """A tree to scan, a copy of it that may be changed, and a cache of its own."""

    path: Path
    copy: Path
    cache: Path


class Table(NamedTuple):
    """The costs of all commands on one tree, by their names."""

    title: str
    costs: dict[str, list[Cost]]

    def median(self, name: str) -> Cost:
        """What one command usually costs."""
        return Cost(*(statistics.median(column) for column in zip(*self.costs[name], strict=True)))


def cost(command: Sequence[str], limit: float = 600) -> Cost:
    """Run a command to its end, whatever it answers; one that takes longer than so many seconds is killed."""
    begins = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, _environment(), file_actions=_silent(), setpgroup=0)
    late = threading.Timer(limit, _kill, [pid])
    late.start()
    _, _, used = os.wait4(pid, 0)
    late.cancel()
    unit = 1e6 if sys.platform == "darwin" else 1e6 / 1024  # getrusage(2): bytes there, kibibytes elsewhere
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - begins, used.ru_maxrss / unit)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _environment() -> dict[str, str]:
    """Ours, with bytecode kept as an installed program has it, and in a folder that goes when the run ends."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(_bytecode())}


def _bytecode(folder: list[tempfile.TemporaryDirectory[str]] = []) -> Path:  # noqa: B006  # made once
    folder += [] if folder else [tempfile.TemporaryDirectory(prefix="mlops-scan-bytecode-")]
    return Path(folder[0].name)


def _silent() -> list[tuple[int, int, str, int, int]]:
    return [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]


def commands(tree: Tree, rules: Path) -> dict[str, list[str]]:
    """What is run on a tree, by name, in the order in which it is run: ours, and what is installed of the others."""
    path = str(tree.path)
    ours = {
        COLD: [*OURS, "--no-cache", path],
        WARM: [*OURS, "--cache-dir", str(tree.cache), path],
        CHANGED: [*OURS, "--cache-dir", str(tree.cache), str(tree.copy)],
    }
    others = {
        RIPGREP if name == "rg" else name: [name, *(part.format(path=path, rules=rules) for part in words.split(" "))]
        for name, words in PEERS.items()
        if shutil.which(name)
    }
    return {**{name: others.pop(name) for name in (RIPGREP,) if name in others}, **ours, **others}


def in_turn(
    wanted: Mapping[str, Sequence[str]], runs: int, limit: float, tree: Tree | None = None
) -> dict[str, list[Cost]]:
    """The costs of every command, one of each in every run. One that was killed is run no more."""
    found: dict[str, list[Cost]] = {name: [] for name in wanted}
    first = {name: cost(command, limit) for name, command in wanted.items()}
    for number in range(runs):
        if tree is not None:
            change(tree.copy, number)
        for name, command in wanted.items():
            found[name].append(first[name] if first[name].wall >= limit else cost(command, limit))
    return found


def change(copy: Path, number: int) -> None:
    """Add a line to ten Python files of a copy."""
    for path in [each for each in sorted(copy.rglob("*.py"))[::7] if each.is_file()][:10]:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n# {number}\n")


def of_path(path: Path, runs: int, limit: float) -> Table:
    """The costs on one tree."""
    with tempfile.TemporaryDirectory(prefix="mlops-scan-speed-") as folder:
        copy = shutil.copytree(path, Path(folder, "copy"), symlinks=True)
        cache, rules = Path(folder, "cache"), Path(folder, "rules.yml")
        cache.mkdir(mode=0o700)
        rules.write_text(_RULE)
        tree = Tree(path, copy, cache)
        return Table(f"{_files(path):,} files", in_turn(commands(tree, rules), runs, limit, tree))


def _files(path: Path) -> int:
    return sum(len(names) for folder, _, names in os.walk(path) if ".git" not in Path(folder).parts)


def start(runs: int, limit: float) -> Table:
    """What it costs to start, beside what nobody can go below."""
    python = [sys.executable, "-P", "-c"]
    wanted = {
        "python -c pass": [*python, "pass"],
        "python -c 'import click'": [*python, "import click"],
        "mlops-scan --version": [*PROGRAM, "--version"],
        "mlops-scan --help": [*PROGRAM, "--help"],
        "mlops-scan scan --help": [*PROGRAM, "scan", "--help"],
    }
    helps = {f"{name} --help": [name, "--help"] for name in PEERS if shutil.which(name)}
    return Table("start", in_turn({**wanted, **helps}, runs * 3, limit))


def summary(tables: Sequence[Table]) -> Iterator[str]:
    """The processor seconds of all trees side by side, as the README shows them."""
    yield f"| processor seconds | {' | '.join(f'{table.title} | x rg' for table in tables)} |"
    yield f"|---|{'---:|---:|' * len(tables)}"
    for name in dict.fromkeys(name for table in tables for name in table.costs):
        yield f"| {name} | {' | '.join(_cell(table, name) for table in tables)} |"


def _cell(table: Table, name: str) -> str:
    seconds = table.median(name).processor
    base = table.median(RIPGREP).processor if RIPGREP in table.costs else 0
    return f"{seconds:.2f} | {_ratio(seconds / base)}" if base else f"{seconds:.2f} |"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < 1 else f"{value:.1f}"


def details(table: Table, base: str) -> Iterator[str]:
    """All that was measured of one tree, and the ratio to one of the commands."""
    yield f"| {table.title} | processor | wall | largest process, MB | x {base} |"
    yield "|---|---:|---:|---:|---:|"
    for name in table.costs:
        found = table.median(name)
        ratio = _ratio(found.processor / table.median(base).processor) if base in table.costs else ""
        yield f"| {name} | {found.processor:.3f} | {found.wall:.3f} | {found.megabytes:.0f} | {ratio} |"


def growth(most: int, runs: int, limit: float) -> Iterator[str]:
    """How a cold scan grows with files, with bytes and with detectors: the exponent, 1 being in step."""
    with tempfile.TemporaryDirectory(prefix="mlops-scan-speed-") as folder:
        sizes = [most // 10, most // 3, most]
        trees = [_tree(Path(folder, f"tree{size}"), size) for size in sizes]
        yield from _rows("files", sizes, [[*OURS, "--no-cache", str(tree)] for tree in trees], runs, limit)
        times = [1, 4, 16]
        thick = [_tree(Path(folder, f"thick{each}"), most // 50, each) for each in times]
        sizes = [_bytes(tree) for tree in thick]
        yield from _rows("bytes", sizes, [[*OURS, "--no-cache", str(tree)] for tree in thick], runs, limit)
        counts = [10, 100, 1000]
        folders = [synthetic.write(Path(folder, f"more{count}"), synthetic.detectors(count)) for count in counts]
        more = [[*OURS, "--no-cache", "--detectors", str(each), str(trees[0])] for each in folders]
        yield from _rows("more detectors", counts, more, runs, limit)


def _tree(folder: Path, files: int, times: int = 1) -> Path:
    """A synthetic tree, in the hands of Git where there is one."""
    synthetic.write(folder, synthetic.files(files, times))
    if shutil.which("git"):
        for words in (["init", "--quiet"], ["-c", "core.autocrlf=false", "add", "--all"]):
            subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)
    return folder


def _bytes(tree: Path) -> int:
    return sum(each.stat().st_size for each in tree.rglob("*.*") if each.is_file() and ".git" not in each.parts)


def _rows(what: str, sizes: list[int], wanted: list[list[str]], runs: int, limit: float) -> Iterator[str]:
    found = Table(what, in_turn({str(number): command for number, command in enumerate(wanted)}, runs, limit))
    seconds = [found.median(str(number)) for number in range(len(wanted))]
    yield f"\n| {what} | processor | wall | largest process, MB | exponent |\n|---:|---:|---:|---:|---:|"
    for index, (size, each) in enumerate(zip(sizes, seconds, strict=True)):
        exponent = f"{_exponent(seconds[index - 1], each, size / sizes[index - 1]):.2f}" if index else ""
        yield f"| {size:,} | {each.processor:.2f} | {each.wall:.2f} | {each.megabytes:.0f} | {exponent} |"


def _exponent(before: Cost, after: Cost, factor: float) -> float:
    return log(after.processor / before.processor) / log(factor)


def machine() -> str:
    """What the figures were measured on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f"load {os.getloadavg()[0]:.1f}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return ", ".join(
        [f"{platform.system()} {platform.machine()}, {_processor()}{cores} cores", load, python, *_versions()]
    )


def _processor() -> str:
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        return next((f"{line.partition(':')[2].strip()}, " for line in lines if line.startswith("model name")), "")
    return ""


def _versions() -> Iterator[str]:
    """The last word of what each program says of its version, which is the number for most."""
    for name in ("git", *PEERS):
        if shutil.which(name):
            done = subprocess.run([name, "--version"], capture_output=True, text=True, check=False, timeout=60)
            words = [word for word in done.stdout.split() if word[:1].isdigit() or word[:2] in ("v0", "v1")]
            yield f"{name} {words[0]}" if words else name


def main(arguments: Iterable[str] | None = None) -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=5, help="how often each command is run (default: 5)")
    parser.add_argument(
        "--limit", type=float, default=600, help="seconds after which a command is killed (default: 600)"
    )
    parser.add_argument("--synthetic", type=int, metavar="FILES", help="measure a made tree of so many files as well")
    parser.add_argument("--growth", action="store_true", help="measure how the cost grows, on trees made for it")
    parser.add_argument("--most", type=int, default=10_000, help="files of the largest of these (default: 10000)")
    told = parser.parse_args(list(arguments) if arguments is not None else None)
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="mlops-scan-speed-") as folder:
        made = [_tree(Path(folder, "synthetic"), told.synthetic)] if told.synthetic else []
        tables = [of_path(path.resolve(), told.runs, told.limit) for path in (*told.paths, *made)]
    if tables:
        print("", *summary(tables), sep="\n")
        for table in tables:
            print("", *details(table, RIPGREP), sep="\n")
        print("", *details(start(told.runs, told.limit), "python -c 'import click'"), sep="\n", flush=True)
    if told.growth:
        print(*growth(told.most, told.runs, told.limit), sep="\n")


if __name__ == "__main__":
    main()
