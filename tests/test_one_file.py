"""Changes of the size of a pull request, `fixtures/changes/`: one file more, one criterion moved, and the gate with it.

A folder holds the file under `added/`, and the reports of both sides: the repository of the table without it, and with it.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
import trees
from click.testing import CliRunner, Result

from mlops_scan.assess import Assessment
from mlops_scan.cli import main
from mlops_scan.report import Look, render

FIXTURES = Path(__file__).parent.parent / "fixtures"


class Moved(NamedTuple):
    """A repository of `fixtures/repositories`, a criterion, and its verdicts before and after."""

    repository: str
    criterion: str
    before: str
    after: str


CHANGES = {
    "canary": Moved("dvc-pipeline", "S3.3", "unmet", "met"),
    "training-workflow": Moved("tracked-scripts", "P.2", "unmet", "partly"),
}


def side(name: str, folder: Path, which: str) -> Path:
    """The repository of a change, before or after it."""
    repository = CHANGES[name].repository
    root = folder / which / repository
    shutil.copytree(FIXTURES / "repositories" / repository, root)
    if which == "after":
        shutil.copytree(FIXTURES / "changes" / name / "added", root, dirs_exist_ok=True)
    return trees.commit(root, {})


def verdicts(assessment: Assessment) -> dict[str, str]:
    return {each.criterion.id: each.verdict for climb in assessment.climbs for each in climb.judgements}


def gated(root: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [str(root), "--quiet", *words])


def test_every_change_is_in_the_table_and_adds_one_file() -> None:
    folders = {path.name: path for path in (FIXTURES / "changes").iterdir()}
    assert set(folders) == set(CHANGES)
    for folder in folders.values():
        assert len([path for path in (folder / "added").rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("name", CHANGES)
def test_one_file_moves_one_criterion_and_no_other(name: str, tmp_path: Path) -> None:
    before, after = (verdicts(trees.assess(side(name, tmp_path, which))) for which in ("before", "after"))
    moved = {id: (before[id], after[id]) for id in before if before[id] != after[id]}
    change = CHANGES[name]
    assert moved == {change.criterion: (change.before, change.after)}


@pytest.mark.parametrize("which", ["before", "after"])
@pytest.mark.parametrize("name", CHANGES)
def test_the_reports_of_both_sides_are_those_that_were_accepted(
    name: str, which: str, accept: bool, tmp_path: Path
) -> None:
    report = render("text", trees.assess(side(name, tmp_path, which)), Look(verbose=True))
    golden = FIXTURES / "changes" / name / f"{which}.txt"
    if accept:
        golden.write_text(report, encoding="utf-8")
    assert report == golden.read_text(encoding="utf-8")


def test_the_gate_opens_with_the_file_that_was_missing(tmp_path: Path) -> None:
    target = ("--model", "levels", "--min-stage", "2")
    shut = gated(side("training-workflow", tmp_path, "before"), *target)
    assert (shut.exit_code, "P.2" in shut.stderr) == (1, True)
    open_now = gated(side("training-workflow", tmp_path, "after"), *target)
    assert (open_now.exit_code, open_now.stderr) == (0, "")


@pytest.mark.parametrize("which", ["before", "after"])
def test_a_criterion_of_a_higher_stage_opens_no_gate_by_itself(which: str, tmp_path: Path) -> None:
    root = side("canary", tmp_path, which)
    assert [gated(root, "--min-stage", stage).exit_code for stage in ("2", "3")] == [0, 1]
