"""Mutants: a repository of the fixtures and a list of changes, made by a seed; the same seed makes the same one again."""

from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import NamedTuple

import cases

from fuzz.edits import EDITS, HOSTILE, Edit, apply

Tree = dict[str, bytes]
_REPOSITORIES = cases.PAGES.parent / "repositories"
_MOST_CHANGES = 16
#: What a file may be called, for other readers to come to it.
NAMES = (
    "train.py", "tasks.py", "noxfile.py", "setup.py", "train.sh", "analysis.R", "_targets.R", "train.ipynb", "Makefile", "Dockerfile", "Jenkinsfile",
    "justfile", "crontab", "Procfile", "Snakefile", "tox.ini", "setup.cfg", "pyproject.toml", "Pipfile", "pixi.toml", "Cargo.toml", "requirements.txt",
    "poetry.lock", "go.mod", "pom.xml", "build.gradle", "package.json", "compose.yml", "k8s/app.yaml", "chart/Chart.yaml", "chart/values.yaml",
    "kustomization.yaml",
    "dvc.yaml", "dvc.lock", "data.csv.dvc", ".dvc/config", "params.yaml", "MLproject", "model/MLmodel", "mlruns/0/a/meta.yaml", "metrics.json", "meta.json",
    "feature_store.yaml", "conf/base/catalog.yml", "config.pbtxt", "main.tf", "main.bicep", "stack.ts", "cdk.json", "databricks.yml", "serverless.yml",
    "README.md", "docs/guide.rst", "MODEL_CARD.md", ".env", ".gitattributes", ".github/CODEOWNERS", ".github/workflows/x.yml", ".gitlab-ci.yml",
    ".circleci/config.yml", ".travis.yml", "azure-pipelines.yml", ".pre-commit-config.yaml", "action.yml", "rules.yml", "mlflow.db", "latest.txt",
    "tests/test_x.py", "examples/x.py", "{{cookiecutter.name}}/train.py", "a b/ü:1.py", "-x.yml", "::error::.yml", "x\udcff.py", "=cmd.csv.dvc", "`x`|y.md",
)  # fmt: skip


class Change(NamedTuple):
    """A change of one file: an edit, or one of `MOVES`. The numbers choose the files and what happens to them."""

    name: str
    file: int
    other: int
    at: int
    to: int


class Mutant(NamedTuple):
    """What a seed makes."""

    seed: int
    bases: tuple[str, ...]
    changes: tuple[Change, ...]


@cache
def bases() -> dict[str, Tree]:
    """The repositories that are changed: the whole ones, and every section of every page of a tool, by name."""
    found = {each.name: _of_folder(each.name) for each in sorted(_REPOSITORIES.iterdir()) if each.is_dir()}
    pages = [*sorted(cases.PAGES.glob("*.md")), cases.PAGES.parent.parent / "tests" / "samples.md"]
    for page in pages:
        for case in cases.of(page):
            texts = {path: text for path, text in case.files.items() if path != ".git" and "CREATE TABLE" not in text}
            found[f"{page.stem}: {case.title}"] = {path: text.encode() for path, text in texts.items()}
    return found


def _of_folder(name: str) -> Tree:
    root = _REPOSITORIES / name
    return {each.relative_to(root).as_posix(): each.read_bytes() for each in sorted(root.rglob("*")) if each.is_file()}


def mutant(seed: int) -> Mutant:
    """The mutant of a seed: one repository or a few pages in one, and some changes."""
    dice = Random(seed)
    whole = [name for name in bases() if ": " not in name]
    paged = [name for name in bases() if ": " in name]
    chosen = [dice.choice(whole)] if dice.random() < 0.5 else dice.sample(paged, dice.randint(2, 8))
    if dice.random() < 0.1:
        chosen.append("samples: Formats")
    names = [*EDITS] * 2 + [*MOVES]
    changes = (
        Change(dice.choice(names), *(dice.randrange(10**6) for _ in range(4)))
        for _ in range(dice.randint(1, _MOST_CHANGES))
    )
    return Mutant(seed, tuple(chosen), tuple(changes))


def grown(each: Mutant) -> Tree:
    """The tree of a mutant: paths and contents."""
    tree: Tree = {}
    for name in each.bases:
        tree.update(bases()[name])
    for change in each.changes:
        if tree:
            _change(tree, change)
    return _possible(tree)


def _change(tree: Tree, change: Change) -> None:
    paths = sorted(tree)
    path, other = paths[change.file % len(paths)], paths[change.other % len(paths)]
    if change.name in EDITS:
        tree[path] = apply(Edit(change.name, change.at, change.to), tree[path], tree[other])
    else:
        MOVES[change.name](tree, path, other, change)


def delete(tree: Tree, path: str, _other: str, _change: Change) -> None:
    """A file is gone."""
    del tree[path]


def swap(tree: Tree, path: str, other: str, _change: Change) -> None:
    """Two files have each other's names."""
    tree[path], tree[other] = tree[other], tree[path]


def rename(tree: Tree, path: str, _other: str, change: Change) -> None:
    """A file is called otherwise."""
    tree[NAMES[change.at % len(NAMES)]] = tree.pop(path)


def copy(tree: Tree, path: str, other: str, change: Change) -> None:
    """A file stands somewhere else too."""
    folder = other.rpartition("/")[0] or HOSTILE[change.at % len(HOSTILE)].strip("/\0.").replace("/", "_")[:40]
    tree[f"{folder}/{path}" if change.to % 2 else f"{folder}/{path.rpartition('/')[2]}"] = tree[path]


def adopt(tree: Tree, path: str, _other: str, change: Change) -> None:
    """A file of another repository comes in, under its own name or instead of one that was here."""
    names = list(bases())
    found = bases()[names[change.at % len(names)]]
    if found:
        theirs = sorted(found)[change.to % len(found)]
        tree[path if change.other % 3 == 0 else theirs] = found[theirs]


MOVES: dict[str, Callable[[Tree, str, str, Change], None]] = {
    each.__name__: each for each in (delete, swap, rename, copy, adopt)
}


def _possible(tree: Tree) -> Tree:
    """The tree without what a disk cannot hold: a file where another needs a folder, names that are too long."""
    folders = {"/".join(path.split("/")[:depth]) for path in tree for depth in range(1, path.count("/") + 1)}
    fits = (
        path
        for path in tree
        if path not in folders
        and all(0 < len(part.encode("utf-8", "surrogateescape")) < 200 for part in path.split("/"))
    )
    return {path: tree[path] for path in sorted(fits) if not {".", "..", ".git"} & set(path.split("/"))}


def smaller(each: Mutant, fails: Callable[[Tree], bool]) -> Tree:
    """A tree as small as can be found that still fails: with fewer changes, fewer files and fewer lines."""
    changes = list(_fewest(list(each.changes), lambda left: fails(grown(each._replace(changes=tuple(left))))))
    tree = grown(each._replace(changes=tuple(changes)))
    kept = _fewest(sorted(tree), lambda left: fails({path: tree[path] for path in left}))
    tree = {path: tree[path] for path in kept}
    for path in kept:
        lines = _fewest(tree[path].split(b"\n"), lambda left, path=path: fails({**tree, path: b"\n".join(left)}))
        tree[path] = b"\n".join(lines)
    return tree


def _fewest(parts: list[object], fails: Callable[[list[object]], bool]) -> list[object]:
    """The parts without those that are not needed (delta debugging, Zeller 1999, from halves down to single ones)."""
    size = max(1, len(parts) // 2)
    while True:
        at = 0
        while at < len(parts):
            less = parts[:at] + parts[at + size :]
            if fails(less):
                parts = less
            else:
                at += size
        if size == 1:
            return parts
        size //= 2


def seeds(first: int) -> Iterator[int]:
    """Seeds from one on: every run that begins elsewhere meets others."""
    return iter(range(first * 1_000_000, (first + 1) * 1_000_000))
