"""What is remembered changes no byte of a report, and is forgotten as soon as anything that it rests on is another."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import trees
from test_cli import run
from test_report import FILES, REPOSITORIES

from mlops_scan import facts, reading, recall
from mlops_scan.cache import FILE, Cache, Memory
from mlops_scan.cli.options import Setup
from mlops_scan.evidence import Fact, Place, Warning
from mlops_scan.facts.source import Source
from mlops_scan.maturity import find
from mlops_scan.outcome import may_be_kept
from mlops_scan.reading import Outcome
from mlops_scan.repository import Repository, Scope, open_repository

LONG_AGO = 1_500_000_000


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MLOPS_SCAN_NO_CACHE")
    monkeypatch.setenv("MLOPS_SCAN_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def aged(root: Path) -> Path:
    """The same tree, as if it had been there for years: times of now prove nothing yet."""
    for path in (root, *root.rglob("*")):
        os.utime(path, (LONG_AGO, LONG_AGO), follow_symlinks=False)
    return root


def reports(root: Path, *words: str) -> list[str]:
    return [run(root, "--format", name, "--verbose", *words).stdout for name in ("json", "text", "html")]


@pytest.mark.parametrize("name", sorted(path.name for path in REPOSITORIES.iterdir() if path.is_dir()))
def test_reports_are_the_same_bytes_with_and_without_the_cache(name: str, tmp_path: Path) -> None:
    root = shutil.copytree(REPOSITORIES / name, tmp_path / name)
    without = reports(root, "--no-cache")
    cold, warm = reports(root), reports(root)
    (root / "new.txt").write_text("beside it all\n")
    (root / "new.txt").unlink()
    assert without == cold == warm == reports(root)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that readers are asked for: none where the whole assessment is remembered."""
    seen: list[str] = []
    original: Callable[..., Outcome] = reading.outcome_of

    def noted(path: str, content: bytes) -> Outcome:
        seen.append(path)
        return original(path, content)

    monkeypatch.setattr(reading, "outcome_of", noted)
    return seen


def test_an_unchanged_tree_is_not_read_again(tmp_path: Path, asked: list[str]) -> None:
    root = trees.commit(tmp_path / "houses", FILES)
    first = run(root, "--format", "json").stdout
    assert asked
    asked.clear()
    assert run(root, "--format", "json").stdout == first
    assert asked == []


def test_only_what_changed_is_read_again(tmp_path: Path, asked: list[str]) -> None:
    root = trees.commit(tmp_path / "houses", FILES)
    run(root)
    asked.clear()
    trees.write(root, {"train.py": FILES["train.py"] + "\n\nprint(1)\n", "other.py": "import wandb\n"})
    assert "Weights & Biases" in run(root).stdout
    assert sorted(asked) == ["other.py", "train.py"]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths whose content is looked at."""
    seen: list[str] = []
    original: Callable[..., bytes] = Repository.content

    def noted(self: Repository, path: str, *bounds: object) -> bytes:
        seen.append(path)
        return original(self, path, *bounds)

    monkeypatch.setattr(Repository, "content", noted)
    return seen


@pytest.mark.parametrize("changed", [["train.py"], []], ids=["a file", "a commit"])
def test_a_file_that_is_as_it_was_is_not_even_opened(changed: list[str], tmp_path: Path, opened: list[str]) -> None:
    root = aged(trees.commit(tmp_path / "houses", FILES))
    run(root)
    assert sorted(opened) == sorted(FILES)
    for number in (1, 2):  # the second time, all but one file was remembered without being opened
        opened.clear()
        trees.write(root, {name: f"{FILES[name]}# {number}\n" for name in changed})
        trees.git(root, "commit", "-q", "--allow-empty", "-m", "More")
        report = run(root, "--format", "json").stdout
        assert opened == changed
        assert run(root, "--format", "json", "--no-cache").stdout == report


def test_a_file_of_which_the_cache_lost_what_was_in_it_is_read_again(
    tmp_path: Path, folder: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[recall.Keys | None] = []
    original = recall.keys
    monkeypatch.setattr(recall, "keys", lambda *about: kept.append(original(*about)) or kept[-1])
    root = aged(trees.commit(tmp_path / "houses", FILES))
    report = run(root, "--format", "json").stdout
    cache = Cache(folder / FILE)
    assert kept[0] and cache._connection is not None
    with cache._connection as changing:
        changing.execute("DELETE FROM entry WHERE key != ?", (kept[0].tree,))
    cache.close()
    asked.clear()
    assert run(root, "--format", "json").stdout == report
    assert sorted(asked) == sorted(FILES)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file changes": lambda root: (root / "train.py").write_text("import wandb\n"),
    "a file changes and keeps its size": lambda root: (root / "a.py").write_text("import wandb \n"),
    "a file comes": lambda root: (root / "new.py").write_text("import wandb\n"),
    "a file comes in an empty folder": lambda root: (root / "empty" / "new.py").write_text("import wandb\n"),
    "a file goes": lambda root: (root / "train.py").unlink(),
    "a file becomes a link": lambda root: ((root / "train.py").unlink(), (root / "train.py").symlink_to("a.py")),
    "a folder becomes a link to where it went": lambda root: moved(root / "sub", root.parent / "elsewhere"),
    "a folder becomes somebody else's": lambda root: trees.write(
        root / "sub", {"setup.py": "", "LICENSE": "", ".travis.yml": ""}
    ),
    "a file is ignored": lambda root: (root / ".gitignore").write_text("*.md\n"),
    "a commit": lambda root: trees.git(root, "commit", "-q", "--allow-empty", "-m", "More"),
    "a tag": lambda root: trees.git(root, "tag", "v1"),
    "a configuration": lambda root: (root / ".mlops-scan.toml").write_text('exclude = ["train.py"]\n'),
    "what a reference leads to": lambda root: (root / "lost.sh").write_text("python train.py\n"),
}


def moved(folder: Path, there: Path) -> None:
    folder.rename(there)
    folder.symlink_to(there)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("is_old", [False, True], ids=["fresh", "aged"])
def test_a_change_is_seen(name: str, is_old: bool, tmp_path: Path) -> None:
    more = {"a.py": "import pandas\n", "run.sh": "bash lost.sh\n", "sub/b.py": "import mlflow\n"}
    root = trees.commit(tmp_path / "houses", {**FILES, **more})
    (root / "empty").mkdir()
    if is_old:
        aged(root)
    run(root)
    CHANGES[name](root)
    assert run(root, "--format", "json", "-v").stdout == run(root, "--format", "json", "-v", "--no-cache").stdout


def test_a_remembered_scan_needs_no_graph(tmp_path: Path, folder: Path) -> None:
    root = trees.commit(tmp_path / "houses", FILES)
    run(root)
    code = (
        "import sys, atexit\n"
        "atexit.register(lambda: print('heavy:', *sorted({'networkx', 'git', 'rich'} & set(sys.modules))))\n"
        f"from mlops_scan.cli import main\nmain([{str(root)!r}, '--format', 'json'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORIES.parent.parent
    )
    assert done.stdout.rstrip().endswith("heavy:")


def test_another_process_finds_the_same_memory(tmp_path: Path, folder: Path) -> None:
    root = trees.commit(tmp_path / "houses", FILES)
    for name in ("v1", "v2", "v3", "model@v1#prod"):
        trees.git(root, "tag", name)
    command = [sys.executable, "-m", "mlops_scan", str(root), "--format", "json"]
    for seed in "123":
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            cwd=REPOSITORIES.parent.parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
    assert Cache(folder / FILE).info().entries == len(FILES) + 2  # and the state of the tree, and its assessment


def test_a_cache_full_of_nonsense_changes_nothing(tmp_path: Path, folder: Path) -> None:
    root = trees.commit(tmp_path / "houses", FILES)
    first = run(root, "--format", "json").stdout
    cache = Cache(folder / FILE)
    assert cache._connection is not None
    keys = [key for (key,) in cache._connection.execute("SELECT key FROM entry")]
    cache.put(dict.fromkeys(keys, b"\xff nonsense"))
    cache.close()
    assert run(root, "--format", "json").stdout == first


def test_what_looks_like_a_secret_is_not_remembered(tmp_path: Path, folder: Path) -> None:
    secret = "hunter2hunter2"
    files = {**FILES, "deploy.sh": f"mlflow server --backend-store-uri postgresql://me:{secret}@db/runs\n"}
    run(trees.commit(tmp_path / "houses", files), "-v")
    assert secret.encode() not in (folder / FILE).read_bytes()


def test_what_stands_in_the_next_fact_is_no_secret_of_the_one_before() -> None:
    named, other = Fact("argument", "load.api_key", 1), Fact("call", "load_everything", 1)
    assert may_be_kept(Outcome((named, other)))
    assert not may_be_kept(Outcome((named._replace(value="hunter2hunter2"), other)))


def test_more_processes_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = 'print("\\ud800")\nopen("\\udcff")\nimport mlflow\nmlflow.set_tag("\\udcff", "\\ud83d")\n'
    more = {f"m{n}.py": f"import mlflow\nx = {n}\n" for n in range(50)}
    root = trees.write(tmp_path / "houses", {**FILES, **more, "half.py": half, "half\udcff.py": half + "(" * 9})

    def found() -> tuple[list[object], list[Warning]]:
        problems: list[Warning] = []
        return list(reading.read(open_repository(root, Scope()), problems)), problems

    alone = found()
    monkeypatch.setattr(reading, "_WORTH", 0)
    monkeypatch.setattr(reading, "_may_fork", lambda: sys.platform == "linux")
    assert found() == alone
    assert run(root, "--format", "json").exit_code == run(root, "--format", "json").exit_code == 0


@pytest.mark.parametrize("failure", [OSError(11, "no more processes"), NotImplementedError("no semaphores")])
def test_where_no_process_can_be_started_this_one_reads(
    failure: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise failure

    repository = open_repository(trees.write(tmp_path / "houses", FILES), Scope())
    alone = list(reading.read(repository, []))
    monkeypatch.setattr(reading, "_readers_besides", refused)
    monkeypatch.setattr(reading, "_WORTH", 0)
    monkeypatch.setattr(reading, "_may_fork", lambda: True)
    assert list(reading.read(repository, [])) == alone


def test_scans_at_once_share_a_cache(tmp_path: Path, folder: Path) -> None:
    roots = [trees.write(tmp_path / name, {**FILES, f"{name}.py": "import mlflow\n"}) for name in ("a", "b")]
    command = [sys.executable, "-m", "mlops_scan", "--format", "json"]
    running = [
        subprocess.Popen([*command, str(root)], cwd=REPOSITORIES.parent.parent, stdout=subprocess.PIPE)
        for root in roots * 2
    ]
    said = [each.communicate()[0] for each in running]
    assert [each.returncode for each in running] == [0] * 4
    assert said[:2] == said[2:]
    assert (
        Cache(folder / FILE).info().entries == len(FILES) + 6
    )  # each file once; one of each name; two trees, two assessments


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_a_reader_that_dies_costs_its_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = trees.write(tmp_path / "houses", {**FILES, "deadly.py": "import mlflow\n"})
    original = reading.outcome_of
    monkeypatch.setattr(
        reading, "outcome_of", lambda path, content: os._exit(1) if path == "deadly.py" else original(path, content)
    )
    monkeypatch.setattr(reading, "_WORTH", 0)
    monkeypatch.setattr(reading, "_may_fork", lambda: True)
    warnings: list[Warning] = []
    found = {each.path: each for each in reading.read(open_repository(root, Scope()), warnings)}
    assert warnings == [Warning(Place("deadly.py"), "could not be read: its reader died", lost=True)]
    assert len(found["deadly.py"].facts) == 1 < len(found["train.py"].facts)


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = trees.write(tmp_path / "houses", FILES)
    monkeypatch.setattr(reading, "SECONDS_OF_A_FILE", 0.05)
    original = facts.read

    def slow(source: Source) -> object:
        while source.path == "Makefile":
            pass
        return original(source)

    monkeypatch.setattr(facts, "read", slow)
    warnings: list[Warning] = []
    found = {each.path for each in reading.read(open_repository(root, Scope()), warnings)}
    assert found >= set(FILES)
    assert [(each.place.path, each.lost) for each in warnings] == [("Makefile", True)]


def test_a_scan_that_takes_too_long_says_what_it_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS_OF_A_SCAN", -1.0)
    done = run(trees.write(tmp_path / "houses", FILES), "-v")
    assert done.exit_code == 3
    assert "train.py: was not read: the scan took more than" in done.stdout


def test_other_code_remembers_nothing_of_this(tmp_path: Path, folder: Path) -> None:
    root, warnings = trees.write(tmp_path / "houses", FILES), []
    folder.mkdir(mode=0o700)
    for code, entries in ((b"one", 4), (b"two", 8), (b"one", 8)):
        cache = Cache(folder / FILE)
        list(reading.read(open_repository(root, Scope()), warnings, memory=Memory(cache, code)))
        assert cache.info().entries == entries
        cache.close()


def test_the_digest_of_the_code_changes_with_a_detector(tmp_path: Path) -> None:
    before = recall.digest_of_code([tmp_path])
    (tmp_path / "acme.toml").write_text('name = "Acme"\n')
    assert recall.digest_of_code([tmp_path]) != before == recall.digest_of_code([tmp_path / "none"])


def test_a_cache_that_is_a_link_is_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "real").mkdir()
    folder.symlink_to(tmp_path / "real")
    done = run(trees.write(tmp_path / "houses", FILES))
    assert done.exit_code == 2 and "is a link" in done.stderr


def test_the_cache_can_be_looked_at_and_forgotten(tmp_path: Path, folder: Path) -> None:
    run(trees.write(tmp_path / "houses", FILES))
    assert "6 entries" in run("cache", "info").stdout
    assert run("cache", "clear").exit_code == 0
    assert not (folder / FILE).exists()
    assert "0 entries" in run("cache", "info").stdout


def test_a_setup_without_a_cache_keeps_none(tmp_path: Path, folder: Path) -> None:
    Setup(no_cache=True).assess(trees.write(tmp_path / "houses", FILES), find("stages"))
    assert not folder.exists()


def test_a_text_that_was_taken_for_a_path_is_not_remembered_where_it_looks_like_a_secret(
    tmp_path: Path, folder: Path
) -> None:
    workflow = "on: push\njobs:\n  a:\n    steps: [{run: python token=hunter2.py}, {run: python train.py}]\n"
    root = aged(trees.write(tmp_path / "tree", {**FILES, ".github/workflows/a.yml": workflow}))
    run(root)
    assert b"hunter2" not in (folder / FILE).read_bytes()
    repository = open_repository(root, Scope())
    repository.stands("token=hunter2")
    keys = recall.Keys(b"tree", b"assessment")
    recall.keep(Cache(folder / FILE), keys, repository, trees.assess(root), LONG_AGO * 10**9 * 2)
    assert not Cache(folder / FILE).get(keys)
    other = open_repository(root, Scope())
    other.stands("train.sh")
    recall.keep(Cache(folder / FILE), keys, other, trees.assess(root), LONG_AGO * 10**9 * 2)
    assert len(Cache(folder / FILE).get(keys)) == 2


def test_a_secret_is_found_in_each_file_that_says_it_and_beside_what_was_found_harmless() -> None:
    harmless = Fact("command", "python train.py", 1)
    secret = Fact("command", "curl -u me:hunter2hunter2 example.org", 2)
    assert may_be_kept(Outcome((harmless,)))
    assert [may_be_kept(Outcome((harmless, secret))) for _ in range(2)] == [False, False]
    assert not may_be_kept(Outcome((harmless, Fact("command", "naïve", 1), secret)))
