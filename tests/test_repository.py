"""Opening a repository: what is listed, what is read, and what a hostile one cannot make us do."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from hashlib import sha1
from pathlib import Path

import pytest

from mlops_scan.errors import ScanError, Unreadable
from mlops_scan.repository import Role, Scope, files, git, is_lfs_pointer, open_repository

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs the git program")
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z",
}


@pytest.fixture(autouse=True)
def no_test_waits_for_ever():
    """Whatever blocks on a FIFO must fail, and not hang the run."""

    def stop(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(15)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def tree(tmp_path):
    """A repository of two files and one commit."""
    root = tmp_path / "tree"
    write(root, "train.py", "import mlflow\n")
    write(root, "src/model.py", "x = 1\n")
    run(root, "init", "-q", "-b", "main")
    commit(root)
    return root


def run(folder, *words, check=True, **more):
    command = ["git", "-c", "protocol.file.allow=always", "-c", "core.symlinks=true", *words]
    done = subprocess.run(command, cwd=folder, env=CLEAN | more, capture_output=True, check=False, timeout=10)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout.decode()


def write(root, path, text=""):
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text if isinstance(text, bytes) else text.encode())
    return place


def commit(root, message="first", **more):
    run(root, "add", "-A", "-f")
    run(root, "commit", "-q", "--allow-empty", "-m", message, **more)


def paths(repository):
    return [file.path for file in repository.files]


def known(repository):
    """How many commits are known of it."""
    return repository.history.commits if repository.history else 0


def messages(repository):
    return " | ".join(warning.message for warning in repository.warnings)


# -- what is listed ----------------------------------------------------------------------------------------------------


def test_tracked_files_are_listed_sorted_and_with_their_roles(tree):
    write(tree, "tests/test_train.py")
    commit(tree)
    assert open_repository(tree).files == (
        ("src/model.py", Role.PRODUCT),
        ("tests/test_train.py", Role.TEST),
        ("train.py", Role.PRODUCT),
    )


def test_a_repository_in_good_order_gives_no_warning(tree):
    repository = open_repository(tree)
    assert repository.warnings == []
    assert not +repository.left_out


def test_untracked_files_are_listed_and_ignored_ones_are_not(tree):
    write(tree, ".gitignore", "*.log\n/out/\n")
    write(tree, "new.py")
    write(tree, "noise.log")
    write(tree, "out/model.pkl")
    assert paths(open_repository(tree)) == [".gitignore", "new.py", "src/model.py", "train.py"]


def test_a_tracked_file_is_listed_even_where_a_pattern_ignores_it(tree):
    write(tree, ".gitignore", "*.py\n")
    assert "train.py" in paths(open_repository(tree))


def test_what_the_clone_alone_excludes_is_not_listed(tree):
    write(tree, ".git/info/exclude", "/scratch/\n")
    write(tree, "scratch/x.py")
    assert "scratch/x.py" not in paths(open_repository(tree))


def test_a_tracked_file_that_was_deleted_is_not_there_and_that_is_said(tree):
    (tree / "train.py").unlink()
    repository = open_repository(tree)
    assert paths(repository) == ["src/model.py"]
    assert not repository.stands("train.py")
    assert repository.left_out["deleted and not committed"] == 1
    (warning,) = repository.warnings
    assert warning.message == "tracked, and not here (deleted, or never checked out): train.py"
    assert not warning.lost


def test_where_hardly_a_tracked_file_is_here_the_repository_is_unknown_and_not_empty(tree):
    (tree / "train.py").unlink()
    (tree / "src/model.py").unlink()
    (warning,) = open_repository(tree).warnings
    assert warning.lost


def test_a_clone_of_which_nothing_is_checked_out_is_unknown_and_not_empty(tree, tmp_path):
    run(tmp_path, "clone", "-q", "--no-checkout", str(tree), "clone")
    (warning,) = open_repository(tmp_path / "clone").warnings
    assert (warning.message, warning.lost) == ("has a history, and nothing of it is checked out", True)


@pytest.mark.parametrize("options", [["--no-cone", "/src/"], ["--cone", "src"], ["--cone", "--sparse-index", "src"]])
def test_what_is_not_checked_out_is_unknown_and_not_absent(tree, options):
    write(tree, "deploy/chart/values.yaml", "a: 1\n")
    run(tree, "add", "-A")
    run(tree, "commit", "-q", "-m", "more")
    run(tree, "sparse-checkout", "set", *options)
    repository = open_repository(tree)
    assert "deploy/chart/values.yaml" not in paths(repository)
    assert repository.stands("deploy/chart/values.yaml")
    assert not repository.stands("src/deploy/chart/values.yaml")
    (warning,) = repository.warnings
    assert "not checked out (sparse checkout)" in warning.message
    assert warning.lost
    assert not open_repository(tree, Scope(exclude=("deploy/**", "/train.py"))).warnings


def test_a_folder_below_the_top_is_a_root_of_its_own_without_the_history_of_the_whole(tree):
    write(tree, "src/new.py")
    repository = open_repository(tree / "src")
    assert paths(repository) == ["model.py", "new.py"]
    assert repository.text("model.py") == "x = 1\n"
    assert repository.history is None


def test_an_ignored_folder_of_a_larger_repository_is_walked(tree):
    write(tree, ".gitignore", "/out/\n")
    write(tree, "out/a.py")
    assert paths(open_repository(tree / "out")) == ["a.py"]


def test_a_folder_without_git_is_walked_without_what_nobody_keeps(tmp_path):
    for path in ("b.py", "a/c.py", "node_modules/x/index.js", "a/.venv/lib/y.py", ".github/workflows/ci.yml"):
        write(tmp_path, path)
    repository = open_repository(tmp_path)
    assert paths(repository) == [".github/workflows/ci.yml", "a/c.py", "b.py"]
    assert repository.left_out["folder that is usually ignored"] == 2
    assert repository.history is None


def test_an_empty_folder_is_a_repository_of_nothing(tmp_path):
    assert open_repository(tmp_path).files == ()


def test_a_repository_without_a_commit_has_files_and_no_history(tmp_path):
    run(tmp_path, "init", "-q")
    assert open_repository(tmp_path).files == ()
    write(tmp_path, "train.py")
    repository = open_repository(tmp_path)
    assert paths(repository) == ["train.py"]
    assert (repository.history.commit, repository.history.commits) == ("", 0)
    assert repository.warnings == []


def test_staged_files_on_an_unborn_branch_are_listed(tmp_path):
    write(tmp_path, "train.py")
    run(tmp_path, "init", "-q")
    run(tmp_path, "add", "-A")
    assert paths(open_repository(tmp_path)) == ["train.py"]


@pytest.mark.parametrize("name", ["nowhere", "train.py"])
def test_what_is_no_folder_is_an_error_of_one_line(tree, name):
    with pytest.raises(ScanError) as caught:
        open_repository(tree / name)
    assert "\n" not in str(caught.value)


def test_the_root_itself_may_be_a_link_that_the_user_named(tree, tmp_path):
    (tmp_path / "link").symlink_to(tree)
    assert paths(open_repository(tmp_path / "link")) == ["src/model.py", "train.py"]


def test_a_submodule_is_counted_and_not_entered(tree, tmp_path):
    other = tmp_path / "other"
    write(other, "inner.py")
    run(other, "init", "-q")
    commit(other)
    run(tree, "submodule", "--quiet", "add", str(other), "vendored_lib")
    run(tree, "commit", "-q", "-m", "submodule")
    repository = open_repository(tree)
    assert paths(repository) == [".gitmodules", "src/model.py", "train.py"]
    assert repository.left_out["submodule"] == 1


def test_an_untracked_clone_inside_is_counted_and_not_entered(tree):
    write(tree, "clone/inner.py")
    run(tree / "clone", "init", "-q")
    commit(tree / "clone")
    repository = open_repository(tree)
    assert "clone/inner.py" not in paths(repository)
    assert repository.left_out["submodule"] == 1


def test_a_bare_repository_says_that_there_is_nothing_to_see(tree, tmp_path):
    run(tmp_path, "clone", "-q", "--bare", str(tree), "bare.git")
    repository = open_repository(tmp_path / "bare.git")
    assert repository.files == ()
    assert [warning.lost for warning in repository.warnings] == [True]
    assert "bare" in messages(repository)


def test_a_list_that_is_too_long_is_cut_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_FILES", 3)
    for number in range(5):
        write(tmp_path, f"folder{number}/a.py")
    walked = open_repository(tmp_path)
    run(tmp_path, "init", "-q")
    tracked = open_repository(tmp_path)
    for repository in (walked, tracked):
        assert len(repository.files) == 3
        assert repository.warnings[0].lost


def test_folders_that_are_too_deep_or_cannot_be_listed_are_a_warning_and_not_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "DEEPEST", 3)
    write(tmp_path, "a/b/c/d/e/deep.py")
    write(tmp_path, "locked/x.py")
    whole = os.scandir

    def scandir(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return whole(path)

    monkeypatch.setattr(os, "scandir", scandir)
    warnings = {str(each.place): (each.message, each.lost) for each in open_repository(tmp_path).warnings}
    assert warnings == {
        "a/b/c/d": ("lies deeper than 3 folders and was not listed", True),
        "locked": ("permission denied", True),
    }


# -- the scope ---------------------------------------------------------------------------------------------------------


def test_excluded_files_are_left_out_and_counted(tree):
    repository = open_repository(tree, Scope(exclude=("/src/**",)))
    assert paths(repository) == ["train.py"]
    assert repository.left_out["excluded by the configuration"] == 1


def test_roles_of_the_configuration_count(tree):
    repository = open_repository(tree, Scope(roles=(("/src/**", Role.EXAMPLE),)))
    assert dict(repository.files) == {"src/model.py": Role.EXAMPLE, "train.py": Role.PRODUCT}
    assert repository.left_out["example"] == 1


@pytest.mark.parametrize("project", ["churn", "./churn", "churn/", "./churn/", "../tree/churn"])
def test_a_project_is_its_folder_and_what_serves_all_of_them(tree, project):
    ours = [".github/workflows/ci.yml", "Makefile", "churn/a.py"]
    for path in (*ours, "churner/b.py", "docs/x.md"):
        write(tree, path)
    assert paths(open_repository(tree, Scope(project=project))) == ours


def test_a_project_may_be_a_hidden_folder(tree):
    write(tree, ".pipelines2/a.py")
    assert paths(open_repository(tree, Scope(project=".pipelines2"))) == [".pipelines2/a.py"]


@pytest.mark.parametrize("project", ["nowhere", "train.py", "..", "../outside", "/", "src/../..", "\0"])
def test_a_project_that_is_no_folder_inside_is_refused(tree, project):
    with pytest.raises(ScanError, match="--project"):
        open_repository(tree, Scope(project=project))


# -- the history -------------------------------------------------------------------------------------------------------


def test_a_bot_that_was_dismissed_a_year_ago_is_at_work_no_more(tree):
    bot = {"GIT_AUTHOR_NAME": "renovate[bot]", "GIT_AUTHOR_EMAIL": "1+renovate[bot]@example.org"}
    commit(tree, "Bump mlflow", **bot, GIT_COMMITTER_DATE="2024-01-01T00:00:00Z")
    commit(tree, "Train again", GIT_COMMITTER_DATE="2024-12-01T00:00:00Z")
    assert open_repository(tree).history.bots == (("renovate", 1),)
    commit(tree, "Bump by hand", GIT_COMMITTER_DATE="2025-02-01T00:00:00Z")
    assert open_repository(tree).history.bots == ()


def test_the_history_is_counted(tree):
    commit(tree, "Add a model (#12)", GIT_AUTHOR_EMAIL="bob@example.org", GIT_COMMITTER_DATE="2024-01-11T00:00:00Z")
    commit(tree, "Bump mlflow", GIT_AUTHOR_NAME="dependabot[bot]", GIT_AUTHOR_EMAIL="1+dependabot[bot]@example.org")
    run(tree, "checkout", "-q", "-b", "side", "HEAD~1")
    commit(tree, "side", GIT_AUTHOR_EMAIL="ADA@example.org")
    run(tree, "checkout", "-q", "main")
    run(tree, "merge", "-q", "--no-ff", "-m", "Merge pull request #13 from x/side", "side")
    run(tree, "tag", "v1")
    run(tree, "tag", "release/2024.1")
    run(tree, "tag", "-a", "v2", "-m", "v2")
    history = open_repository(tree).history
    assert history == git.History(
        commit=run(tree, "rev-parse", "HEAD").strip(),
        commits=5, authors=2, bots=(("dependabot", 1),), merges=1, pull_requests=2, tags=3, days=10, complete=True,
    )  # fmt: skip
    run(tree, "pack-refs", "--all")
    run(tree, "gc", "-q")
    assert open_repository(tree).history == history


@pytest.mark.parametrize(
    ("subject", "count"),
    [
        ("Merge pull request #1 from a/b", 1),
        ("Add drift check (#12)", 1),
        ("Merged PR 7: add a model", 1),
        ("Merged in feature (pull request #3)", 1),
        ("Merge branch 'feature' into 'main'", 1),
        ("Merge branch 'main' into feature", 0),
        ("Merge in the changes of upstream", 0),
        ("Fix #12", 0),
        ("Revert (#12) again", 0),
    ],
)
def test_pull_requests_are_known_by_what_the_merge_button_writes(tree, subject, count):
    commit(tree, subject)
    assert open_repository(tree).history.pull_requests == count


def test_an_author_whose_name_looks_like_our_separator_changes_nothing(tree):
    commit(tree, "\x1f\u00b2\x1f" + "9" * 5000, GIT_AUTHOR_NAME="a\x1f\u00b2\x1fb", GIT_AUTHOR_EMAIL="x\x1f9@y")
    history = open_repository(tree).history
    assert (history.commits, history.days) == (2, 0)


def test_a_detached_head_has_a_history(tree):
    run(tree, "checkout", "-q", "--detach")
    assert open_repository(tree).history.commits == 1


def test_a_shallow_clone_says_that_its_history_is_not_complete(tree, tmp_path):
    commit(tree, "second")
    run(tmp_path, "clone", "-q", "--depth=1", f"file://{tree}", "shallow")
    repository = open_repository(tmp_path / "shallow")
    assert paths(repository) == ["src/model.py", "train.py"]
    assert (repository.history.commits, repository.history.complete) == (1, False)
    assert [warning.lost for warning in repository.warnings] == [False]


def test_a_linked_work_tree_has_its_own_branch_and_the_history_of_all(tree, tmp_path):
    run(tree, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    write(tmp_path / "linked", "only_here.py")
    commit(tmp_path / "linked", "second")
    repository = open_repository(tmp_path / "linked")
    assert paths(repository) == ["only_here.py", "src/model.py", "train.py"]
    assert repository.history.commits == 2
    assert repository.warnings == []


def test_a_git_directory_beside_its_files_is_found(tmp_path):
    write(tmp_path, "a.py")
    run(tmp_path, "init", "-q", "--separate-git-dir", str(tmp_path / ".data"))
    run(tmp_path, "add", "a.py")
    run(tmp_path, "commit", "-q", "-m", "first")
    assert open_repository(tmp_path).history.commits == 1


def test_a_repository_of_long_hashes_is_read(tmp_path):
    write(tmp_path, "a.py")
    run(tmp_path, "init", "-q", "--object-format=sha256")
    commit(tmp_path)
    repository = open_repository(tmp_path)
    assert (paths(repository), repository.history.commits) == (["a.py"], 1)


def test_a_split_index_is_read(tree):
    run(tree, "update-index", "--split-index")
    assert paths(open_repository(tree)) == ["src/model.py", "train.py"]


def test_a_history_kept_in_a_way_that_is_not_known_is_unknown_and_not_empty(tree):
    (tree / ".git/reftable").mkdir()
    write(tree, ".git/HEAD", "ref: refs/heads/.invalid\n")
    repository = open_repository(tree)
    assert repository.history is None
    assert "not known" in messages(repository)
    assert paths(repository) == ["src/model.py", "train.py"]


def test_missing_objects_cost_the_history_and_not_the_files(tree):
    shutil.rmtree(tree / ".git/objects")
    (tree / ".git/objects").mkdir()
    repository = open_repository(tree)
    assert paths(repository) == ["src/model.py", "train.py"]
    assert repository.history and repository.history.commits == 0
    assert "history not known" in messages(repository)


def test_a_missing_object_deep_down_costs_only_what_is_below_it(tree):
    for number in range(3):
        run(tree, "commit", "-q", "--allow-empty", "-m", f"more {number}")
    first = run(tree, "rev-list", "--max-parents=0", "HEAD").strip()
    (tree / ".git/objects" / first[:2] / first[2:]).unlink()
    repository = open_repository(tree)
    assert repository.history and 0 < repository.history.commits < 4
    assert "git log failed: the history is not complete" in messages(repository)


@pytest.mark.parametrize(("name", "text"), [("HEAD", b"\0\xff junk"), ("HEAD", b""), ("index", b"DIRC junk")])
def test_broken_data_of_git_is_a_warning_and_the_folder_is_walked(tree, name, text):
    write(tree, f".git/{name}", text)
    repository = open_repository(tree)
    assert paths(repository) == ["src/model.py", "train.py"]
    assert repository.history is None
    assert len(repository.warnings) == 1


def test_without_the_git_program_the_folder_is_walked(tree, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    repository = open_repository(tree)
    assert paths(repository) == ["src/model.py", "train.py"]
    assert "git" in messages(repository)


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        (b"a\nb\n", "a\nb\n"),
        (b"a\r\nb\rc\n", "a\nb\nc\n"),
        (b"\xef\xbb\xbfname: x\n", "name: x\n"),
        ("mlflow==2.0\r\nä\r\n".encode("utf-16"), "mlflow==2.0\nä\n"),
        (b"\xfe\xff" + "ab".encode("utf-16-be"), "ab"),
        ("mlflow==2.0\r\n".encode("utf-16-le"), "mlflow==2.0\n"),
        ("mlflow==2.0\r\n".encode("utf-16-be"), "mlflow==2.0\n"),
        ("ab".encode("utf-32"), "ab"),
        (b"caf\xe9\n", "caf\ufffd\n"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None),
        (b"text \0 text", None),
        (b"\0", None),
        (b"a\0", None),
    ],
)
def test_text_is_read_whatever_its_encoding_and_binary_is_none(tmp_path, content, text):
    write(tmp_path, "file.txt", content)
    assert open_repository(tmp_path).text("file.txt") == text


def test_a_file_over_the_limit_is_unreadable_and_one_at_the_limit_is_read(tmp_path):
    write(tmp_path, "large.py", b"#" * (files.LARGEST + 1))
    write(tmp_path, "just.py", b"#" * files.LARGEST)
    write(tmp_path, "notebook.ipynb", b"#" * (files.LARGEST + 1))
    repository = open_repository(tmp_path)
    assert len(repository.text("just.py")) == files.LARGEST
    assert len(repository.text("notebook.ipynb")) == files.LARGEST + 1
    with pytest.raises(Unreadable, match="larger than"):
        repository.text("large.py")


def test_a_file_that_grows_while_it_is_read_is_not_read_without_end(tmp_path):
    place = Path("/proc/self/environ")  # says that it has no bytes
    if not place.exists() or not place.read_bytes():
        pytest.skip("needs /proc")
    with pytest.raises(Unreadable, match="larger than"):
        files.read_bytes(place, 1)


def test_an_unreadable_file_is_said_to_be_so_without_its_path(tmp_path, monkeypatch):
    write(tmp_path, "a.py")
    repository = open_repository(tmp_path)

    def refuse(*_):
        raise PermissionError(13, "Permission denied", "a.py")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(Unreadable) as caught:
        repository.text("a.py")
    assert caught.value.reason == "permission denied"


@pytest.mark.skipif(IS_ROOT, reason="nothing is closed to root")
def test_a_closed_file_is_unreadable(tmp_path):
    write(tmp_path, "a.py").chmod(0)
    with pytest.raises(Unreadable, match="permission denied"):
        open_repository(tmp_path).text("a.py")


def test_a_pointer_of_git_lfs_is_no_text_of_its_own():
    assert is_lfs_pointer("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    assert not is_lfs_pointer("# see version https://git-lfs.github.com/spec/v1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_marks_of_byte_order_are_no_text_however_many_editors_have_put_one(tmp_path, encoding):
    write(tmp_path, "train.py", "\ufeff\ufeffx = 1\r\ny = '\ufeff'\r\n".encode(encoding))
    assert open_repository(tmp_path).text("train.py") == "x = 1\ny = '\ufeff'\n"


NAMES = [
    b"line\nend.py", b"tab\t.py", b"escape\x1b[31m.py", b"bad\xff.py", "\u202egpj.py".encode(), b" space .py", b"-x.py",
    b"quote\".py", b"back\\slash.py", b"star*.py", b":(top)magic.py", b"$(touch x).py", "ä.py".encode(),
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("has_git", [True, False])
def test_any_name_is_listed_and_read(tmp_path, name, has_git):
    place = os.fsencode(tmp_path) + b"/folder " + name
    Path(os.fsdecode(place)).mkdir()
    Path(os.fsdecode(place + b"/" + name)).write_bytes(b"x = 1\n")
    if has_git:
        run(tmp_path, "init", "-q")
        commit(tmp_path)
    repository = open_repository(tmp_path)
    assert [os.fsencode(path) for path in paths(repository)] == [b"folder " + name + b"/" + name]
    assert repository.text(paths(repository)[0]) == "x = 1\n"


# -- links, pipes and what leads outside -------------------------------------------------------------------------------


@pytest.fixture
def outside(tmp_path):
    """Something that a scan of `tree` must never read."""
    write(tmp_path, "outside/secret.py", "SECRET\n")
    return tmp_path / "outside"


@pytest.mark.parametrize("state", ["tracked", "untracked", "no git"])
def test_links_are_counted_and_never_followed(tree, outside, state):
    (tree / "file.py").symlink_to(outside / "secret.py")
    (tree / "folder").symlink_to(outside)
    (tree / "loop").symlink_to(tree)
    (tree / "dangling.py").symlink_to("nowhere")
    if state == "tracked":
        commit(tree)
    if state == "no git":
        shutil.rmtree(tree / ".git")
    repository = open_repository(tree)
    assert paths(repository) == ["src/model.py", "train.py"]
    assert repository.left_out["symbolic link"] == 4


@pytest.mark.parametrize("path", ["file.py", "folder/secret.py", "folder/../x", "../outside/secret.py", "/etc/passwd"])
def test_nothing_outside_is_read_by_any_path(tree, outside, path):
    (tree / "file.py").symlink_to(outside / "secret.py")
    (tree / "folder").symlink_to(outside)
    with pytest.raises(Unreadable):
        open_repository(tree).text(path)


def test_a_folder_that_became_a_link_after_the_commit_is_not_followed(tree, outside):
    write(tree, "folder/secret.py", "x = 1\n")
    commit(tree)
    shutil.rmtree(tree / "folder")
    (tree / "folder").symlink_to(outside)
    with pytest.raises(Unreadable, match="symbolic link"):
        open_repository(tree).text("folder/secret.py")


def test_a_file_that_became_a_link_after_the_commit_is_not_followed(tree, outside):
    (tree / "train.py").unlink()
    (tree / "train.py").symlink_to(outside / "secret.py")
    with pytest.raises(Unreadable):
        open_repository(tree).text("train.py")


@pytest.mark.parametrize(
    "name",
    [b"../outside/secret.py", b"/etc/passwd", b"src/../../outside/secret.py", b".git/config", b"a/.GIT/x", b"a//b"],
)
def test_an_index_that_names_what_is_outside_is_not_believed(tree, outside, name):
    stand_in = b"x" * len(name)
    write(tree, stand_in.decode(), "x = 1\n")
    commit(tree)
    (tree / stand_in.decode()).unlink()
    forge_index(tree, stand_in, name)
    assert name.decode() in run(tree, "ls-files", "--stage"), "the forged index is read by Git"
    repository = open_repository(tree)
    assert os.fsdecode(name) not in paths(repository)
    assert len(repository.warnings) == 1


def forge_index(root, old, new):
    body = (root / ".git/index").read_bytes()[:-20]
    body = body[: body.index(b"TREE")] if b"TREE" in body else body
    body = body.replace(old, new)
    (root / ".git/index").write_bytes(body + sha1(body).digest())


@pytest.mark.parametrize("has_git", [True, False])
def test_a_pipe_in_the_tree_is_never_opened(tree, has_git):
    os.mkfifo(tree / "pipe.py")
    (tree / "train.py").unlink()
    os.mkfifo(tree / "train.py")
    if not has_git:
        shutil.rmtree(tree / ".git")
    repository = open_repository(tree)
    assert "pipe.py" not in paths(repository)
    with pytest.raises(Unreadable):
        repository.text("train.py")
    with pytest.raises(Unreadable, match="not a regular file"):
        files.read_bytes(tree / "pipe.py", 10)


def test_a_socket_and_a_folder_are_no_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        for name in ("s", "."):
            with pytest.raises(Unreadable):
                files.read_bytes(name, 10)


def test_a_device_is_not_read_without_end():
    with pytest.raises(Unreadable, match="not a regular file"):
        files.read_bytes("/dev/zero", 10)


PIPES = [
    "HEAD", "refs/heads/main", "packed-refs", "index", "shallow", "objects/info/alternates",
    "objects/info/commit-graph", "objects/pack/multi-pack-index", "objects/pack/pack-x.idx", "info/exclude", "config",
    "commondir",
]  # fmt: skip


@pytest.mark.parametrize("name", [*PIPES, "the commit", "sharedindex.0000000000000000000000000000000000000000"])
def test_a_pipe_among_the_data_of_git_makes_nobody_wait(tree, name):
    if name == "the commit":
        commit_id = run(tree, "rev-parse", "HEAD").strip()
        name = f"objects/{commit_id[:2]}/{commit_id[2:]}"
    if name == "packed-refs":
        (tree / ".git/refs/heads/main").unlink()
    place = tree / ".git" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    repository = open_repository(tree)
    assert paths(repository) == ["src/model.py", "train.py"]
    if name not in ("config", "commondir"):  # which are never opened
        assert len(repository.warnings) == 1


@pytest.mark.parametrize("name", [".gitignore", "sub/.gitignore", "inner/.git/HEAD", ".mailmap", ".gitattributes"])
def test_a_pipe_that_git_itself_would_open_costs_seconds_and_the_untracked_files(tree, name, monkeypatch):
    monkeypatch.setattr(git, "SECONDS", 1)
    write(tree, f"{name.partition('/')[0]}/x.py") if "/" in name else None
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    if name.endswith("HEAD"):
        run(tree / "inner", "init", "-q")
        (tree / name).unlink()
    os.mkfifo(tree / name)
    assert {"src/model.py", "train.py"} <= set(paths(open_repository(tree)))


def test_patterns_that_take_git_for_ever_cost_seconds_and_are_a_warning(tree, monkeypatch):
    monkeypatch.setattr(git, "SECONDS", 1)
    write(tree, ".gitignore", "**/a/" * 9 + "b\n")
    commit(tree)
    write(tree, "a/" * 60 + "x.py")
    repository = open_repository(tree)
    assert paths(repository) == [".gitignore", "src/model.py", "train.py"]
    assert "untracked" in messages(repository)


def test_a_git_file_that_leads_outside_is_not_followed(tree, tmp_path):
    victim = tmp_path / "victim"
    write(victim, "a.py")
    (victim / ".git").write_text(f"gitdir: {tree}/.git\n")
    repository = open_repository(victim)
    assert (paths(repository), known(repository)) == (["a.py"], 0)
    assert "outside" in messages(repository)


def test_a_git_directory_inside_that_shares_one_outside_is_not_followed(tree, tmp_path):
    victim = tmp_path / "victim"
    write(victim, "a.py")
    write(victim, ".data/HEAD", "ref: refs/heads/main\n")
    write(victim, ".data/commondir", f"{tree}/.git\n")
    write(victim, ".git", "gitdir: .data\n")
    repository = open_repository(victim)
    assert (repository.history, "a.py" in paths(repository)) == (None, True)
    assert "outside" in messages(repository)


@pytest.mark.parametrize("text", ["", "junk", "gitdir:", "gitdir: \0", "gitdir: " + "a" * 5000, "gitdir: nowhere"])
def test_a_git_file_of_anything_is_a_warning(tmp_path, text):
    write(tmp_path, "a.py")
    write(tmp_path, ".git", text)
    repository = open_repository(tmp_path)
    assert paths(repository) == ["a.py"]
    assert len(repository.warnings) == 1


def test_a_git_link_is_not_followed(tree, tmp_path):
    victim = tmp_path / "victim"
    write(victim, "a.py")
    (victim / ".git").symlink_to(tree / ".git")
    repository = open_repository(victim)
    assert (paths(repository), known(repository)) == (["a.py"], 0)
    assert len(repository.warnings) == 1


@pytest.mark.parametrize("name", ["objects", "refs", "refs/heads", "refs/heads/main", "HEAD", "index"])
def test_links_inside_the_git_directory_are_not_followed(tree, tmp_path, name):
    shutil.move(tree / ".git" / name, tmp_path / "moved")
    (tree / ".git" / name).symlink_to(tmp_path / "moved")
    repository = open_repository(tree)
    assert known(repository) == 0
    assert paths(repository) == ["src/model.py", "train.py"]
    assert len(repository.warnings) == 1


def test_a_branch_that_holds_no_commit_is_never_repeated(tree):
    write(tree, ".git/refs/heads/main", "AWS_SECRET=hunter2\n")
    repository = open_repository(tree)
    assert repository.history is None
    assert "hunter2" not in messages(repository)


@pytest.mark.parametrize("name", ["../../outside", "refs/../../x", "refs/heads/\nx", "-x"])
def test_a_head_that_names_no_branch_is_not_followed(tree, name):
    write(tree, ".git/HEAD", f"ref: {name}\n")
    repository = open_repository(tree)
    assert repository.history is None
    assert len(repository.warnings) == 1


def test_borrowed_objects_are_not_followed(tree, tmp_path):
    run(tmp_path, "clone", "-q", "--shared", str(tree), "borrower")
    repository = open_repository(tmp_path / "borrower")
    assert (paths(repository), known(repository)) == (["src/model.py", "train.py"], 0)
    assert "alternates" in messages(repository)


# -- programs that a repository brings along ---------------------------------------------------------------------------


def plant(tmp_path, ends="exec cat"):
    """A program that leaves a mark where it runs, and then lets through what it is given."""
    marker, program = tmp_path / "MARK", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{marker}'\n{ends}\n")
    program.chmod(0o755)
    return marker, program


def configured(name, git_command, attributes="", hook=""):
    return pytest.param(name, git_command, attributes, hook, id=name.partition("=")[0] if name else hook)


PLANTED = [
    configured("core.fsmonitor={program}", ["ls-files", "-o"]),
    configured("core.hooksPath={folder}", ["status"], hook="post-index-change"),
    configured("", ["status"], hook="post-index-change"),
    configured("filter.x.clean={program}", ["status"], "*.py filter=x\n"),
    configured("filter.x.process={program}", ["status"], "*.py filter=x\n"),
    configured("diff.x.textconv={program}", ["log", "-p"], "*.py diff=x\n"),
    configured("gpg.program={program}", ["log", "--show-signature"]),
    configured("include.path={folder}/included", ["ls-files", "-o"]),
]


@pytest.mark.parametrize(("setting", "command", "attributes", "hook"), PLANTED)
def test_no_program_that_a_repository_names_is_run(tree, tmp_path, setting, command, attributes, hook):
    marker, program = plant(tmp_path)
    if attributes:
        write(tree, ".gitattributes", attributes)
        run(tree, "commit", "-q", "--allow-empty", "-m", "x")
        commit(tree, "attributes")
    if setting.startswith("gpg"):
        sign(tree)
    if hook:
        folder = tmp_path if setting else tree / ".git/hooks"
        folder.mkdir(exist_ok=True)
        shutil.copy(program, folder / hook)
    write(tmp_path, "included", f"[core]\n\tfsmonitor = {program}\n")
    if setting:
        name, _, value = setting.format(program=program, folder=tmp_path).partition("=")
        run(tree, "config", name, value)
    touch(tree)
    run(tree, *command, check=False)
    assert marker.exists(), "plain Git runs what is planted, or this test proves nothing"
    marker.unlink()
    touch(tree)
    before = snapshot(tree)

    repository = open_repository(tree)
    for path in paths(repository):
        repository.text(path)

    assert not marker.exists()
    assert snapshot(tree) == before
    assert repository.history.commits >= 1
    assert repository.warnings == []


def test_objects_that_are_not_here_are_not_fetched_by_a_program_of_the_repository(tree, tmp_path):
    marker, program = plant(tmp_path, "exit 1")
    first = run(tree, "rev-parse", "HEAD").strip()
    commit(tree, "second")
    (tree / ".git/objects" / first[:2] / first[2:]).unlink()
    with (tree / ".git/config").open("a") as config:
        config.write(f'[remote "origin"]\n\turl = {tmp_path}\n\tpromisor = true\n\tuploadpack = {program}\n')
    run(tree, "log", check=False)
    assert marker.exists(), "plain Git runs what is planted, or this test proves nothing"
    marker.unlink()
    repository = open_repository(tree)
    assert not marker.exists()
    assert (paths(repository), known(repository)) == (["src/model.py", "train.py"], 0)


def sign(root):
    """Give the last commit a signature, so that Git asks a program about it."""
    raw = run(root, "cat-file", "commit", "HEAD")
    head, _, body = raw.partition("\n\n")
    signed = f"{head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----\n\n{body}"
    done = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=root, env=CLEAN, input=signed.encode(), capture_output=True, check=True,
    )  # fmt: skip
    run(root, "update-ref", "HEAD", done.stdout.decode().strip())
    run(root, "config", "log.showSignature", "true")


def touch(root):
    """Let Git believe that the files have changed."""
    for path in root.rglob("*.py"):
        os.utime(path, (1, 1))


def snapshot(root):
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in root.rglob("*")}


def test_a_look_alike_of_git_in_the_tree_is_not_run(tree, tmp_path, monkeypatch):
    marker, program = plant(tmp_path)
    shutil.copy(program, tree / "git")
    monkeypatch.chdir(tree)
    monkeypatch.setenv("PATH", os.pathsep.join([".", "", os.environ["PATH"]]))
    assert open_repository(tree).history.commits == 1
    assert not marker.exists()


def test_nothing_of_the_tree_is_imported(tree, tmp_path):
    marker = tmp_path / "MARK"
    for name in ("git.py", "yaml.py", "sitecustomize.py", "mlops_scan.py", "conftest.py", "setup.py"):
        write(tree, name, f"open({str(marker)!r}, 'w')\n")
    code = "import pathlib, mlops_scan.repository as r; print(len(r.open_repository(pathlib.Path()).files))"
    command = [sys.executable, "-P", "-c", code]
    home = str(Path(__file__).parent.parent)
    done = subprocess.run(command, cwd=tree, env=os.environ | {"PYTHONPATH": home}, capture_output=True, check=True)
    assert done.stdout.split() == [b"8"]
    assert not marker.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_DIR", ".git"),
        ("GIT_INDEX_FILE", ".git/index"),
        ("GIT_WORK_TREE", ""),
        ("GIT_OBJECT_DIRECTORY", ".git/objects"),
        ("GIT_COMMON_DIR", ".git"),
        ("GIT_CONFIG", ".git/config"),
    ],
)
def test_the_callers_git_variables_lead_nowhere_else(tree, tmp_path, monkeypatch, name, value):
    other = tmp_path / "other"
    write(other, "other.py")
    run(other, "init", "-q")
    commit(other)
    monkeypatch.setenv(name, str(other / value))
    before = dict(os.environ)
    repository = open_repository(tree)
    assert (paths(repository), repository.history.commits) == (["src/model.py", "train.py"], 1)
    assert dict(os.environ) == before


def test_nothing_is_left_behind(tree, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    open_repository(tree)
    write(tree, ".git/index", b"DIRC junk")
    open_repository(tree)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_tags_of_a_registry_are_told_from_other_tags(tree):
    commit(tree, "Begin")
    for name in ("v1.0.0", "churn-v1", "prices@v2.0.0", "issue#12", "churn@v1.0.0"):
        run(tree, "tag", name)
    assert open_repository(tree).history.stages == 0
    run(tree, "tag", "churn#prod#2")
    assert open_repository(tree).history.stages == 1
