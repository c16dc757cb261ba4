"""`dvc.lock` against what stands beside it: what still holds, what has changed since, and what cannot be compared."""

import hashlib
import json
from pathlib import Path
from textwrap import dedent

import pytest
import trees
from faulty import readings_of

from mlops_scan.evidence import Evidence, Fact, Place, Reading
from mlops_scan.facts import digests
from mlops_scan.wiring import locks, stale

PIPELINE = """
    stages:
      train:
        cmd: python train.py
        deps: [train.py]
        params: [lr]
        outs: [model.pkl]
    """
CODE = "model.fit(x)\n"
PARAMETERS = "lr: 1e-3\nlayers: [1, 2]\n"


def md5(text: str | bytes) -> str:
    return hashlib.md5(text.encode() if isinstance(text, str) else text, usedforsecurity=False).hexdigest()


def entry(path: str, digest: str, **more: object) -> dict[str, object]:
    return {"path": path, "hash": "md5", "md5": digest, **more}


def lock_of(
    cmd: str = "python train.py", code: str = CODE, lr: object = 0.001, deps: tuple[object, ...] = (), **stages: object
) -> str:
    """A lock as JSON, which is YAML: the stage `train` on the third line, with more dependencies, and more stages."""
    run = {
        "cmd": cmd,
        "deps": [entry("train.py", md5(code)), *deps],
        "params": {"params.yaml": {"lr": lr}},
        "outs": [entry("model.pkl", "0" * 32)],
    }
    return json.dumps({"schema": "2.0", "stages": {"train": run, **stages}}, indent=1)


def tree(**changed: str | None) -> dict[str, str]:
    """A pipeline that has run and has not changed since, but for what is given; `_` stands for a dot."""
    files = {"dvc.yaml": PIPELINE, "dvc.lock": lock_of(), "train.py": CODE, "params.yaml": PARAMETERS}
    files |= {name.replace("_", "."): text for name, text in changed.items()}
    return {path: text for path, text in files.items() if text is not None}


def compared(files: dict[str, str]) -> list[stale.Lock]:
    content = {path: dedent(text).lstrip("\n").encode() for path, text in files.items()}
    return stale.compare(list(locks.with_digests(readings_of(files), content.get)))


def changes(files: dict[str, str]) -> list[tuple[str, ...]]:
    return [each.changes for lock in compared(files) for each in lock.stale]


def test_a_lock_holds_where_nothing_has_changed():
    [lock] = compared(tree())
    assert (lock.ran, lock.stale) == (("train",), ())


def test_a_command_a_file_and_a_parameter_that_have_changed_are_named_at_the_stage_of_the_lock():
    [lock] = compared(tree(dvc_lock=lock_of("python old.py", "fit()", 0.1)))
    [found] = lock.stale
    assert found.changes == ("its command", "`train.py`", "`lr` in `params.yaml`")
    assert str(found.place) == "dvc.lock:5"
    assert lock.ran == ()


def test_a_stage_that_the_lock_does_not_have_never_ran():
    more = PIPELINE + "  evaluate:\n        cmd: python evaluate.py\n"
    [lock] = compared(tree(dvc_yaml=more))
    assert [(str(each.place), each.stage.unit, each.changes) for each in lock.stale] == [
        ("dvc.yaml:7", "task:evaluate", ())
    ]


def test_what_the_stage_now_reads_besides_is_a_change_and_what_it_no_longer_reads_is_none():
    assert changes(tree(dvc_yaml=PIPELINE.replace("[train.py]", "[train.py, data.py]"))) == [("`data.py`",)]
    assert changes(tree(dvc_yaml=PIPELINE.replace("deps: [train.py]", "deps: []"))) == []


@pytest.mark.parametrize(("locked", "here"), [("a\r\nb\r\n", b"a\nb\n"), ("a\nb\n", b"a\r\nb\r\n")])
def test_line_ends_that_git_or_dvc_changed_are_no_change(locked: str, here: bytes):
    readings = [each for each in readings_of(tree(dvc_lock=lock_of(code=locked))) if each.path != "train.py"]
    changed = [*readings, Reading("train.py", "product", tuple(digests.of(here)))]
    assert [each.stale for each in stale.compare(changed)] == [()]
    other = [*readings, Reading("train.py", "product", tuple(digests.of(here + b"\0")))]
    assert [each.changes for lock in stale.compare(other) for each in lock.stale] == [("`train.py`",)]


@pytest.mark.parametrize(
    ("value", "locked"),
    [("1e-3", 0.001), ("0.10", 0.1), ("True", True), ("~", None), ("0x10", 16), ("'2026'", "2026")],
)
def test_a_parameter_is_the_same_in_every_spelling_of_its_value(value: str, locked: object):
    assert changes(tree(params_yaml=f"lr: {value}\n", dvc_lock=lock_of(lr=locked))) == []


def test_a_parameter_that_is_a_mapping_is_compared_with_all_below_it():
    written = {"rate": 0.1, "steps": [1, 2]}
    assert changes(tree(params_yaml="lr:\n  steps:\n  - 1\n  - 2\n  rate: .1\n", dvc_lock=lock_of(lr=written))) == []
    assert changes(tree(params_yaml="lr:\n  steps: [1, 3]\n  rate: .1\n", dvc_lock=lock_of(lr=written))) != []


@pytest.mark.parametrize(
    "files",
    [
        tree(train_py=None),
        tree(params_yaml=None),
        tree(params_yaml="lr: ["),
        tree(params_yaml="other: 1\n"),
        tree(train_py="version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"),
        tree(dvc_lock=lock_of(deps=(entry("a.ipynb", "0" * 32),)), a_ipynb='{"cells": []}'),
        tree(dvc_yaml=PIPELINE.replace("python train.py", "python ${script}"), dvc_lock=lock_of("python x.py")),
        tree(dvc_yaml=PIPELINE + "    frozen: true\n", dvc_lock=lock_of(code="old", lr=7)),
        tree(dvc_yaml="stages: ["),
        tree(dvc_lock="stages: ["),
    ],
)
def test_what_cannot_be_compared_is_not_called_stale(files: dict[str, str]):
    assert changes(files) == []


def test_stages_that_one_entry_makes_have_run_if_one_of_them_has():
    pipeline = """
        stages:
          train:
            foreach: [a, b]
            do:
              cmd: python train.py ${item}
              deps: [train.py]
        """
    locked = lock_of("python train.py a").replace('"train":', '"train@a":').replace("model.pkl", "a.pkl")
    [lock] = compared(tree(dvc_yaml=pipeline, dvc_lock=locked))
    assert (lock.ran, lock.stale) == (("train@a",), ())
    assert changes(tree(dvc_yaml=pipeline, dvc_lock=locked, train_py="other")) == [("`train.py`",)]


INSIDE = {"a.csv": "1\n", "sub/b.csv": "2\n"}
READS_A_FOLDER = PIPELINE.replace("[train.py]", "[data, train.py]")


def folder(files: dict[str, str]) -> dict[str, object]:
    entries = [{"md5": md5(text), "relpath": path} for path, text in sorted(files.items())]
    return entry("data", f"{md5(json.dumps(entries, sort_keys=True))}.dir", nfiles=len(files))


def test_a_folder_is_hashed_as_the_list_of_its_files():
    files = tree(dvc_yaml=READS_A_FOLDER, dvc_lock=lock_of(deps=(folder(INSIDE),)))
    here = {f"data/{path}": text for path, text in INSIDE.items()}
    assert changes(files | here) == []
    assert changes(files | here | {"data/a.csv": "3\n"}) == [("`data`",)]


def test_a_folder_of_which_files_may_be_missing_here_is_not_compared():
    locked = folder(INSIDE | {"__pycache__/x.pyc": "x"})
    assert changes(tree(dvc_yaml=READS_A_FOLDER, dvc_lock=lock_of(deps=(locked,))) | {"data/a.csv": "1\n"}) == []


def test_the_pointer_to_the_data_must_name_the_same_data_if_it_is_made_in_the_same_way():
    pipeline = PIPELINE.replace("[train.py]", "[raw.csv, train.py]")
    files = tree(dvc_yaml=pipeline, dvc_lock=lock_of(deps=(entry("raw.csv", md5("1")),)))
    pointer = "outs:\n- path: raw.csv\n  md5: {}\n"
    assert changes(files | {"raw.csv.dvc": pointer.format(md5("1")) + "  hash: md5\n"}) == []
    assert changes(files | {"raw.csv.dvc": pointer.format(md5("2")) + "  hash: md5\n"}) == [("`raw.csv`",)]
    assert changes(files | {"raw.csv.dvc": pointer.format(md5("2"))}) == []


def test_a_stage_that_read_what_another_has_made_anew_is_stale():
    pipeline = PIPELINE + "  evaluate:\n        cmd: python evaluate.py\n        deps: [model.pkl]\n"
    same, other = ({"cmd": "python evaluate.py", "deps": [entry("model.pkl", digit * 32)]} for digit in "01")
    assert changes(tree(dvc_yaml=pipeline, dvc_lock=lock_of(evaluate=same))) == []
    assert changes(tree(dvc_yaml=pipeline, dvc_lock=lock_of(evaluate=other))) == [
        ("`model.pkl`, which `train` has made anew",)
    ]


def test_paths_begin_in_the_working_directory_of_the_stage():
    pipeline = PIPELINE.replace("cmd:", "wdir: src\n        cmd:")
    files = tree(dvc_yaml=pipeline, train_py=None) | {"src/train.py": "old", "src/params.yaml": PARAMETERS}
    assert changes(files) == [("`train.py`",)]
    assert changes(files | {"src/train.py": CODE}) == []


def test_only_what_a_lock_names_is_hashed():
    files = readings_of(tree() | {"other.py": "x"})
    asked: list[str] = []
    list(locks.with_digests(files, asked.append))
    assert sorted(asked) == ["params.yaml", "train.py"]


def evidence(kind: str, unit: str = "") -> Evidence:
    return Evidence("dvc", "lineage-recorded", Place("dvc.lock", 1), Fact(kind, "deps", 1, "", unit), trace=True)


def test_what_a_stage_read_is_believed_only_while_the_stage_is_as_it_was():
    for files, whole, part in (
        (tree(), True, True),
        (tree(train_py="new"), True, False),
        (tree(dvc_lock=lock_of("python old.py")), False, False),
        (tree(dvc_yaml=None), False, False),
    ):
        found = stale.believed([evidence("file"), evidence("locked", "task:train")], compared(files))
        assert [each.trace for each in found] == [whole, part]


def strengths(root: Path, files: dict[str, str]) -> dict[str, str]:
    assessment = trees.assess(trees.commit(root, {path: dedent(text).lstrip("\n") for path, text in files.items()}))
    return {each.practice: str(each.strength) for each in assessment.practices}


def test_a_stale_lock_is_a_fault_and_no_longer_tells_where_a_model_comes_from(tmp_path: Path):
    fresh = strengths(tmp_path / "fresh", tree())
    assert (fresh["pipeline-defined"], fresh["lineage-recorded"]) == ("exercised", "exercised")
    old = strengths(tmp_path / "old", tree(train_py="model.fit(y)\n"))
    assert (old["pipeline-defined"], old["lineage-recorded"]) == ("exercised", "wired")
    assessment = trees.assess(tmp_path / "old")
    assert [(str(each.place), each.message) for each in assessment.faults if each.rule == "lock-stale"] == [
        ("dvc.lock:5", "`train` has not run since these changed: `train.py`")
    ]
