"""Repositories of ten years: every state that Git knows, and those that it does not."""

import os
import shutil
from pathlib import Path

from hostile.case import BELOW, INCOMPLETE, PRODUCT, Cases, Expected, Field

CASES = Cases("lost")
#: What every report of the product says that was read as a whole.
READ = ('"id": "mlflow"', '"path": "train.py"', '"path": ".github/workflows/train.yml"')


def head(field: Field) -> str:
    return field.git("rev-parse", "HEAD").strip()


def elsewhere(field: Field) -> Path:
    """The tree becomes a repository that lies beside it; its place in the tree is free."""
    field.commit()
    return field.root.rename(field.base / "main")


@CASES.case("an empty folder")
def _(field: Field) -> Expected:
    shutil.rmtree(field.root)
    field.root.mkdir()
    return Expected(BELOW, said=('"listed": 0',))


@CASES.case("a Git directory and nothing beside it")
def _(field: Field) -> Expected:
    shutil.rmtree(field.root)
    field.root.mkdir()
    field.git("init", "-q")
    return Expected(BELOW, said=('"listed": 0',))


@CASES.case("a clone of which nothing was checked out")
def _(field: Field) -> Expected:
    main = elsewhere(field)
    field.git("clone", "-q", "--no-checkout", str(main), str(field.root), folder=field.base)
    return Expected(INCOMPLETE, said=("nothing of it is checked out", head(field)))


@CASES.each("a bare repository", {"in the folder": "tree", "as x.git": "x.git"})
def _(field: Field, name: str) -> Expected:
    main = elsewhere(field)
    field.git("clone", "-q", "--bare", str(main), str(field.base / name), folder=field.base)
    field.root.mkdir(exist_ok=True)
    field.folder, field.scanned = field.base, name
    return Expected(INCOMPLETE, said=("is a bare repository",))


@CASES.case("a bare repository as `.git` without an index: the files that stand there count")
def _(field: Field) -> Expected:
    main = elsewhere(field)
    field.git("clone", "-q", "--bare", str(main), str(field.root / ".git"), folder=field.base)
    for name, text in PRODUCT.items():
        field.write(name, text)
    return Expected(said=READ)


@CASES.case("a shallow clone of one commit")
def _(field: Field) -> Expected:
    main = elsewhere(field)
    field.git("commit", "-q", "--allow-empty", "-m", "more", folder=main)
    field.git("clone", "-q", "--depth", "1", f"file://{main}", str(field.root), folder=field.base)
    return Expected(said=(*READ, head(field), "the history is not complete here"))


@CASES.each("a list of where a shallow clone ends", {
    "that names commits that are not here": "1" * 40 + "\n", "of anything": "\0\xff nothing\n", "that is empty": "",
})  # fmt: skip
def _(field: Field, text: str) -> Expected:
    field.commit()
    field.write(".git/shallow", text)
    return Expected(said=(*READ, "history"))


@CASES.case("a detached HEAD")
def _(field: Field) -> Expected:
    field.commit()
    field.git("checkout", "-q", "--detach")
    return Expected(said=(*READ, head(field)))


@CASES.case("a branch without a commit, and files that are staged and not committed")
def _(field: Field) -> Expected:
    field.git("init", "-q")
    field.git("add", "train.py")
    return Expected(said=READ)


@CASES.each("a linked work tree", {"": False, "that names its repository by a relative path": True})
def _(field: Field, is_relative: bool) -> Expected:
    main = elsewhere(field)
    field.git("worktree", "add", "-q", "-b", "side", str(field.root), folder=main)
    if is_relative:
        field.write(".git", "gitdir: ../main/.git/worktrees/tree\n")
        (main / ".git/worktrees/tree/gitdir").write_text("../../../../tree/.git\n")
    return Expected(said=(*READ, field.git("rev-parse", "HEAD", folder=main).strip()))


@CASES.each("a linked work tree whose repository", {"was removed": "", "forgot it": ".git/worktrees"})
def _(field: Field, name: str) -> Expected:
    main = elsewhere(field)
    field.git("worktree", "add", "-q", "-b", "side", str(field.root), folder=main)
    shutil.rmtree(main / name)
    return Expected(said=(*READ, "not known"))


@CASES.each("submodules", {"that are there": True, "that were never fetched": False})
def _(field: Field, is_there: bool) -> Expected:
    main = elsewhere(field)
    field.root.mkdir()
    for name, text in PRODUCT.items():
        field.write(name, text)
    field.commit()
    inner = field.base / "inner"
    inner.mkdir()
    (inner / "model.py").write_text("import torch\n")
    field.commit(folder=inner)
    field.git("submodule", "-q", "add", str(main), "deep", folder=inner)
    field.commit(folder=inner)
    field.git("submodule", "-q", "add", str(inner), "sub")
    field.commit("with a submodule")
    if is_there:
        field.git("submodule", "-q", "update", "--init", "--recursive")
    else:
        field.git("submodule", "-q", "deinit", "-f", "sub")
    return Expected(said=(*READ, '"submodule": 1', head(field)), unsaid=('"path": "sub/model.py"',))


@CASES.each("a sparse checkout", {"": [], "with a sparse index": ["--sparse-index"], "by patterns": ["--no-cone"]})
def _(field: Field, options: list[str]) -> Expected:
    field.write("unwanted/serve.py", "import fastapi\n")
    field.write("unwanted/deeper/serve.py", "import fastapi\n")
    field.commit()
    patterns = ["/*.py", "/*.txt", "/.github/"] if options == ["--no-cone"] else [".github"]
    field.git("sparse-checkout", "set", *options, *patterns)
    assert not (field.root / "unwanted").exists()
    return Expected(INCOMPLETE, said=(*READ, "not checked out"))


@CASES.case("a partial clone without the contents that are not checked out")
def _(field: Field) -> Expected:
    main = elsewhere(field)
    field.git("config", "uploadpack.allowFilter", "true", folder=main)
    field.git("clone", "-q", "--filter=blob:none", f"file://{main}", str(field.root), folder=field.base)
    field.write("train.py", PRODUCT["train.py"] + "# more\n")
    field.git("commit", "-q", "-a", "-m", "more")
    shutil.rmtree(main)
    return Expected(said=(*READ, head(field)))


@CASES.each("an index", {
    "that is split": [["update-index", "--split-index"]],
    "of version 4": [["update-index", "--index-version", "4"]],
    "with an extension for fsmonitor": [["-c", "core.fsmonitor=/bin/true", "update-index", "--fsmonitor"]],
    "with a cache of what is untracked": [["update-index", "--force-untracked-cache"], ["status"]],
    "that skips files": [["update-index", "--skip-worktree", "train.py"]],
    "that takes files as unchanged": [["update-index", "--assume-unchanged", "train.py"]],
    "with what is only announced": [["rm", "-q", "--cached", "train.py"], ["add", "-N", "train.py"]],
}, few=4)  # fmt: skip
def _(field: Field, commands: list[list[str]]) -> Expected:
    field.commit()
    for words in commands:
        field.git(*words)
    return Expected(said=(*READ, head(field)))


@CASES.case("an index in the middle of a merge that failed")
def _(field: Field) -> Expected:
    field.commit()
    field.git("checkout", "-q", "-b", "side")
    field.write("requirements.txt", "mlflow==3.2.0\n")
    field.git("commit", "-q", "-a", "-m", "side")
    field.git("checkout", "-q", "main")
    field.write("requirements.txt", "mlflow==3.3.0\n")
    field.git("commit", "-q", "-a", "-m", "main")
    field.git("-c", "alias.try=!git merge -q side || true", "try")
    assert "<<<<<<<" in (field.root / "requirements.txt").read_text()
    return Expected(said=(*READ, head(field), "holds the marks of a merge that is not finished"))


@CASES.each("Git of another kind", {
    "hashes of SHA-256": ["--object-format=sha256"], "a Git directory elsewhere in the tree": ["--separate-git-dir=data/git"],
})  # fmt: skip
def _(field: Field, options: list[str]) -> Expected:
    if options[0].startswith("--separate"):
        (field.root / "data").mkdir()
    field.git("init", "-q", *options)
    field.commit()
    return Expected(said=(*READ, head(field)))


@CASES.case("branches in tables (reftable)")
def _(field: Field) -> Expected:
    field.commit()
    field.write(".git/HEAD", "ref: refs/heads/.invalid\n")
    field.write(".git/reftable/tables.list", "0x000000000001-0x000000000002-abcdef01.ref\n")
    shutil.rmtree(field.root / ".git/refs")
    field.write(".git/refs/heads", "this repository uses the reftable format\n")
    return Expected(said=(*READ, '"listed": 3', "reftable", "history not known"))


@CASES.case("everything packed")
def _(field: Field) -> Expected:
    field.commit()
    field.git("tag", "v1")
    field.git("gc", "-q", "--aggressive", "--prune=now")
    field.git("pack-refs", "--all")
    field.git("commit-graph", "write")
    assert not (field.root / ".git/refs/heads/main").exists()
    return Expected(said=(*READ, field.git("rev-parse", "HEAD").strip()))


@CASES.each("a HEAD", {
    "that is empty": "", "of anything": "\0\1 what?\n", "without an end": "ref: refs/heads/" + "x" * 100_000,
    "that names nothing of Git's": "ref: ../../etc/passwd\n", "that names itself": "ref: HEAD\n",
    "that names a commit that is not here": "1" * 40 + "\n", "of zeros": "0" * 40 + "\n", "that is cut": "ref: re",
}, few=3)  # fmt: skip
def _(field: Field, text: str) -> Expected:
    field.commit()
    field.write(".git/HEAD", text)
    return Expected(said=(*READ, "not known"))


@CASES.each("a branch", {
    "that names nothing": "", "that names a commit that is not here": "1" * 40 + "\n", "of zero bytes": "\0" * 41,
    "that names itself": "ref: refs/heads/main\n", "in a circle": "ref: refs/heads/side\n",
}, few=3)  # fmt: skip
def _(field: Field, text: str) -> Expected:
    field.commit()
    field.write(".git/refs/heads/main", text)
    field.write(".git/refs/heads/side", "ref: refs/heads/main\n")
    return Expected(said=(*READ, '"listed": 3', "history not known"))


@CASES.case("a branch that names another branch")
def _(field: Field) -> Expected:
    field.commit()
    field.git("symbolic-ref", "refs/heads/trunk", "refs/heads/main")
    field.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    return Expected(said=(*READ, head(field)))


@CASES.each("an index", {
    "that is cut": lambda whole: whole[:100], "of anything": lambda whole: b"what?" * 100, "that is empty": lambda whole: b"",
    "that promises more than is there": lambda whole: whole[:8] + b"\x7f\xff\xff\xff" + whole[12:],
    "of a version that is not known": lambda whole: whole[:4] + b"\0\0\0\x63" + whole[8:],
    "with a wrong sum": lambda whole: whole[:-1] + bytes([whole[-1] ^ 1]),
    "of zeros": lambda whole: bytes(len(whole)),
}, few=4)  # fmt: skip
def _(field: Field, broken) -> Expected:
    field.commit()
    field.write(".git/index", broken((field.root / ".git/index").read_bytes()))
    return Expected(said=READ)


@CASES.case("an index that is a folder, and an index that is not there")
def _(field: Field) -> Expected:
    field.commit()
    (field.root / ".git/index").unlink()
    (field.root / ".git/index").mkdir()
    return Expected(said=(*READ, "not known"))


@CASES.case("a Git directory without an index")
def _(field: Field) -> Expected:
    field.commit()
    (field.root / ".git/index").unlink()
    return Expected(said=(*READ, head(field)))


@CASES.each("objects", {
    "that are not there": lambda place: place.unlink(), "of zero bytes": lambda place: place.write_bytes(bytes(100)),
    "that are empty": lambda place: place.write_bytes(b""), "that are cut": lambda place: os.truncate(place, 20),
    "that are folders": lambda place: (place.unlink(), place.mkdir()),
}, few=2)  # fmt: skip
def _(field: Field, broken) -> Expected:
    field.commit()
    for place in (field.root / ".git/objects").glob("??/*"):
        place.chmod(0o644)
        broken(place)
    return Expected(said=(*READ, '"listed": 3', "history not known"))


@CASES.each("a pack", {"that is cut": 30, "of zero bytes": 0, "without its index": -1}, few=2)
def _(field: Field, size: int) -> Expected:
    field.commit()
    field.git("gc", "-q", "--prune=now")
    for place in (field.root / ".git/objects/pack").glob("*.idx" if size < 0 else "*.pack"):
        place.chmod(0o644)
        place.unlink() if size < 0 else os.truncate(place, size)
    return Expected(said=(*READ, '"listed": 3', "history not known"))


@CASES.case("a Git directory in which nothing is left but its name")
def _(field: Field) -> Expected:
    field.write(".git/nothing")
    return Expected(said=READ)


@CASES.each("a `.git` that is", {"an empty file": "", "a file of anything": "what?\n", "a pipe": None})
def _(field: Field, text: str | None) -> Expected:
    if text is None:
        os.mkfifo(field.root / ".git")
    else:
        field.write(".git", text)
    return Expected(said=(*READ, "not known"))


@CASES.case("a configuration of Git that does not parse")
def _(field: Field) -> Expected:
    field.commit()
    field.write(".git/config", "[core\n\0\xff = [[[\n")
    return Expected(said=(*READ, field.root.joinpath(".git/refs/heads/main").read_text().strip()))


@CASES.case("locks that somebody left behind")
def _(field: Field) -> Expected:
    field.commit()
    for name in ("index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock", "refs/heads/main.lock"):
        field.write(f".git/{name}")
    return Expected(said=(*READ, head(field)))


@CASES.case("files that were deleted, and the deletion is not committed")
def _(field: Field) -> Expected:
    field.write("serve.py", "import fastapi\n")
    field.commit()
    (field.root / "serve.py").unlink()
    return Expected(said=(*READ, '"listed": 3', '"deleted and not committed": 1', "not here", "serve.py"))


@CASES.case("hardly a file of those that are tracked")
def _(field: Field) -> Expected:
    for name in ("a", "b", "c", "d"):
        field.write(f"src/{name}.py", "import fastapi\n")
    field.commit()
    shutil.rmtree(field.root / "src")
    return Expected(INCOMPLETE, said=(*READ, '"listed": 3', "src/a.py, src/b.py, src/c.py and 1 more"))


@CASES.case("an object deep down that is missing, and what stands above it counts")
def _(field: Field) -> Expected:
    field.commit()
    first = head(field)
    for number in range(3):
        field.commit(f"more {number}")
    (field.root / ".git/objects" / first[:2] / first[2:]).unlink()
    return Expected(said=(*READ, head(field), "the history is not complete"))


@CASES.case("files that are ignored, of which one is tracked")
def _(field: Field) -> Expected:
    field.write(".gitignore", "*.py\n*.env\n")
    field.git("init", "-q")
    field.git("add", "-f", "train.py", "requirements.txt", ".github", ".gitignore")
    field.git("commit", "-q", "-m", "begin")
    field.write("other.py", "import torch\n")
    return Expected(said=(*READ, head(field)), unsaid=('"path": "other.py"',))


@CASES.each("attributes", {
    "that leave files out of an export": "train.py export-ignore\n*.txt export-ignore\n",
    "that substitute": "*.py export-subst ident\n", "of an encoding in the work tree": "*.py working-tree-encoding=UTF-16\n",
    "of anything": "\0\xff [attr] !!! = = \n" * 100, "that hide everything": "* linguist-generated linguist-vendored -diff\n",
}, few=3)  # fmt: skip
def _(field: Field, text: str) -> Expected:
    if "UTF-16" in text:
        field.write("train.py", PRODUCT["train.py"].encode("utf-16"))
    field.write(".gitattributes", text)
    field.commit()
    return Expected(said=(*READ, head(field)))


@CASES.case("an export as an archive, without what tells that it was Git's")
def _(field: Field) -> Expected:
    main = elsewhere(field)
    archive = field.base / "x.zip"
    field.git("archive", "--format=zip", "-o", str(archive), "HEAD", folder=main)
    shutil.unpack_archive(archive, field.root)
    return Expected(said=(*READ, '"listed": 3'))


#: Programs called git that a user may have. They are the user's own, and so they run; what they say is not believed.
_GITS = {
    "that fails": "exit 1", "that is killed": "kill -9 $$", "that prints nothing": "exit 0",
    "that prints rubbish": "head -c 100000 /dev/zero; head -c 1000 /dev/urandom; exit 0",
    "that is too old": "echo \"Unknown option: $1\" >&2; echo usage: git >&2; exit 129",
    "that hangs": "exec sleep 600", "that hangs with children": "sleep 600 & sleep 600",
    "that closes its streams and hangs": "exec >&- 2>&-; exec sleep 600",
    "that prints without end": "exec cat /dev/zero", "that complains without end": "exec cat /dev/zero >&2",
    "that cannot be executed": "",
}  # fmt: skip


@CASES.each("a program called git", _GITS)
def _(field: Field, text: str) -> Expected:
    field.commit()
    place = field.base / "programs-of-the-user" / "git"
    place.parent.mkdir()
    place.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{text}\n" if text else "\x7fELF nothing")
    place.chmod(0o755)
    field.path, field.no_git = [str(place.parent)], True
    field.patches = {"mlops_scan.repository.git.SECONDS": 1, "mlops_scan.repository.git.LONGEST_OUTPUT": 1_000_000}
    return Expected(said=(*READ, "not known"))


@CASES.case("no program called git at all")
def _(field: Field) -> Expected:
    field.commit()
    field.no_git = True
    return Expected(said=(*READ, '"listed": 3', "git ls-files could not be started", "not known"))
