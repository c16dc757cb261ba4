"""Our own workflows: actions by commit, least rights, nothing from the network that is not locked by hash."""

import re
from collections.abc import Iterator
from typing import Any

import places
import pytest
from locks import PYTHONS
from test_places import schema

WORKFLOWS = sorted((places.ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = [each for each in sorted((places.ROOT / ".ci").iterdir()) if each.is_file() and each.suffix != ".py"]
_PINNED = re.compile(r"uses: [\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
_LOCKED = re.compile(r"--require-hashes .*-r (?:\.ci/locks/|\"?\.ci/locks/|\"\$LOCK\")")
_OURS = re.compile(r"--no-deps (?:--no-build-isolation \.|\"\$work\"/first/\*\.whl)$")


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        document = places.document(str(path.relative_to(places.ROOT)))
        yield from ((f"{path.stem}.{name}", job) for name, job in document["jobs"].items())


JOBS = dict(jobs())


def test_they_are_what_github_takes() -> None:
    schema("github-workflows", *WORKFLOWS)
    schema("dependabot", places.ROOT / ".github" / "dependabot.yml")


@pytest.mark.parametrize("path", [*WORKFLOWS, places.ROOT / "action.yml"], ids=lambda path: path.stem)
def test_every_action_is_a_commit_with_its_version(path) -> None:
    used = [line.strip().removeprefix("- ") for line in path.read_text().splitlines() if re.search(r"\buses:", line)]
    assert used and [line for line in used if not _PINNED.match(line)] == []


def test_one_action_has_one_commit() -> None:
    text = "".join(path.read_text() for path in (*WORKFLOWS, places.ROOT / "action.yml"))
    text += (places.ROOT / "mlops_scan" / "starters" / "github.yml").read_text()
    commits = {(name, commit) for name, commit in re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40})", text)}
    assert len(commits) == len({name for name, _ in commits})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_no_rights_but_those_of_its_jobs(path) -> None:
    assert places.document(str(path.relative_to(places.ROOT)))["permissions"] == {}


def test_a_job_that_may_write_runs_nothing_of_the_checkout() -> None:
    may = {name: {right for right, how in job["permissions"].items() if how == "write"} for name, job in JOBS.items()}
    assert {name: rights for name, rights in may.items() if rights} == {
        "release.attest": {"attestations", "id-token"},
        "release.publish": {"id-token"},
        "release.release": {"contents"},
    }
    for name in ("release.attest", "release.release"):
        assert "checkout" not in str(JOBS[name]["steps"])
    (checkout,) = (step for step in JOBS["release.publish"]["steps"] if "checkout" in step.get("uses", ""))
    assert checkout["with"]["sparse-checkout"] == ".ci/locks"


@pytest.mark.parametrize("name", JOBS)
def test_a_job_ends_and_keeps_no_credentials(name: str) -> None:
    assert JOBS[name]["timeout-minutes"] <= 60
    for step in JOBS[name]["steps"]:
        if "actions/checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", JOBS)
def test_no_expression_becomes_text_of_a_script(name: str) -> None:
    assert [step["run"] for step in JOBS[name]["steps"] if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("path", [*WORKFLOWS, *SCRIPTS], ids=lambda path: path.name)
def test_what_is_installed_is_locked_or_ours(path) -> None:
    lines = [
        line.strip() for line in path.read_text().splitlines() if re.search(r"\bpip\b.* install|\binstall .*-r ", line)
    ]
    assert [line for line in lines if not _LOCKED.search(line) and not _OURS.search(line)] == []


def test_a_release_is_tested_attested_and_published_in_this_order() -> None:
    assert JOBS["release.attest"]["needs"] == ["test", "build"]
    assert (JOBS["release.publish"]["needs"], JOBS["release.release"]["needs"]) == ("attest", "publish")
    assert JOBS["release.publish"]["environment"]["name"] == "pypi"


def test_every_python_is_tried_and_the_oldest_with_the_oldest_dependencies() -> None:
    matrix = JOBS["ci.test"]["strategy"]["matrix"]
    assert tuple(matrix["python"]) == PYTHONS
    assert matrix["include"] == [{"python": PYTHONS[0], "lock": "lowest"}]


def test_every_script_that_a_workflow_runs_is_there_and_can_be_run() -> None:
    run = {
        word
        for job in JOBS.values()
        for step in job["steps"]
        for word in re.findall(r"\.ci/\w+(?![\w/])", step.get("run", ""))
    }
    assert {".ci/run", ".ci/build", ".ci/audit", ".ci/sbom"} <= run
    assert all((places.ROOT / script).stat().st_mode & 0o111 for script in run)
