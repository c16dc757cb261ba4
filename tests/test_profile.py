"""What `--profile` tells: every phase once, the files that took long, cleaned; and no byte of a report by it."""

import json
from pathlib import Path

import pytest
import trees
from test_cli import run

from mlops_scan import reading, stopwatch
from mlops_scan.stopwatch import PHASES, Spent, Stopwatch, during

FILES = {"train.py": "import mlflow\nmlflow.log_metric('a', 1)\n", "Makefile": "train:\n\tpython train.py\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return trees.write(tmp_path / "churn", FILES)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MLOPS_SCAN_NO_CACHE")
    return tmp_path / "cache"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands until it is set: a second of a processor for each two on the wall."""
    told = [0.0]
    monkeypatch.setattr(stopwatch, "_now", lambda: Spent(told[0], told[0] / 2))
    return told


def rows(text: str) -> list[str]:
    """The first words of the table: from its head to the sum."""
    names = [line[:10].strip() for line in text.splitlines()]
    return names[names.index("phase") + 1 : names.index("all")]


def test_every_phase_is_told_once_and_in_order(root: Path) -> None:
    assert rows(run("scan", root, "--profile").stderr) == [*PHASES, "the rest"]


def test_of_an_assessment_that_is_remembered_the_same_phases_are_told(root: Path, cache: Path) -> None:
    cached = ("scan", root, "--profile", "--cache-dir", cache)
    assert rows(run(*cached).stderr) == rows(run(*cached).stderr) == [*PHASES, "the rest"]


@pytest.mark.parametrize("format_", ["json", "text", "html", "sarif"])
def test_a_report_is_the_same_bytes_with_and_without_it(root: Path, format_: str) -> None:
    plain, told = (run("scan", root, "--format", format_, *more) for more in ((), ("--profile",)))
    assert told.stdout_bytes == plain.stdout_bytes
    assert (told.exit_code, plain.stderr) == (plain.exit_code, "")


def test_it_is_told_where_a_gate_fails_and_where_nothing_is_printed(root: Path) -> None:
    done = run("scan", root, "--profile", "--quiet", "--min-stage", "5")
    assert (done.exit_code, done.stdout) == (1, "")
    assert rows(done.stderr)


def test_a_name_of_a_file_does_nothing_to_the_terminal(tmp_path: Path) -> None:
    root = trees.write(
        tmp_path / "churn", {"\x1b[2J::error::.py": "import os\n", "token=hunter22hunter.py": "import os\n"}
    )
    told = run("scan", root, "--profile").stderr
    assert "\\x1b[2J" in told
    assert "\x1b" not in told
    assert "::error::" not in told
    assert "hunter22" not in told


def test_files_are_told_as_read_anew_or_from_the_cache(root: Path, cache: Path) -> None:
    cached = ("scan", root, "--profile", "--cache-dir", cache)
    first = run(*cached).stderr
    (root / "more.py").write_text("import os\n")
    second = run(*cached).stderr
    size = sum(map(len, FILES.values()))
    assert f"read anew: 2 files, {size} bytes, by 1 process\nfrom the cache: 0 files, 0 bytes\n" in first
    assert f"read anew: 1 file, 10 bytes, by 1 process\nfrom the cache: 2 files, {size} bytes\n" in second
    assert "more.py: 10 bytes (" in second
    assert "train.py" not in second


def test_what_other_processes_read_is_told_as_well(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_WORTH", 1)
    monkeypatch.setattr(reading, "_may_fork", lambda: True)
    monkeypatch.setattr(reading, "_processors", lambda: 2)
    told = run("scan", root, "--profile").stderr
    assert "read anew: 2 files" in told
    assert "by 2 processes" in told


def test_the_readers_of_a_slow_file_are_named() -> None:
    watch = Stopwatch()
    watch.read("a.py", 1, 0.1, ["python"])
    watch.read("b.py", 2, 0.3, ["python", "pipelines.code"])
    slow = [line for line in watch.lines() if ".py" in line]
    assert slow == ["    0.300 s  b.py: 2 bytes (python, pipelines.code)", "    0.100 s  a.py: 1 byte (python)"]


def test_no_more_files_are_named_than_one_looks_at() -> None:
    watch = Stopwatch()
    for number in range(30):
        watch.read(f"{number}.py", 1, number, ["python"])
    named = [line for line in watch.lines() if ".py" in line]
    assert (len(named), named[0].split()[2], named[-1].split()[2]) == (10, "29.py:", "20.py:")


def test_a_phase_that_comes_again_is_one_phase(clock: list[float]) -> None:
    watch = Stopwatch()
    for _ in range(2):
        with during(watch, "link"):
            clock[0] += 2
    assert next(line.split() for line in watch.lines() if line.startswith("link"))[1::2] == ["4.000", "2.000"]


def test_a_phase_that_ends_in_a_failure_took_its_time(clock: list[float]) -> None:
    watch = Stopwatch()
    with pytest.raises(ValueError, match="no"), during(watch, "judge"):
        clock[0] += 3
        raise ValueError("no")
    assert next(line.split() for line in watch.lines() if line.startswith("judge"))[1] == "3.000"


def test_nobody_who_did_not_ask_is_told(root: Path) -> None:
    done = run("scan", root, "--format", "json")
    assert json.loads(done.stdout)["applicable"] is not None
    assert done.stderr == ""
    with during(None, "no phase at all"):
        pass
