"""How snippets are laid over files that stand there already, and pipelines written for each CI system."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sites
import yaml

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact
from mlops_scan.facts import read
from mlops_scan.facts.source import Source
from mlops_scan.roadmap.ci import systems
from mlops_scan.roadmap.ci.yaml_lines import end_of, run
from mlops_scan.roadmap.lay import PLACES
from mlops_scan.roadmap.names import Site
from mlops_scan.roadmap.words import Change, Job, Pipeline


def laid(place: str, path: str, before: str | None, text: str, at: str = "") -> Change:
    return PLACES[place](path, before, text, at)


def facts(path: str, text: str) -> list[Fact]:
    return read(Source(path, text))[0]


# -- places ------------------------------------------------------------------------------------------------------------


def test_a_new_file_takes_no_others_place() -> None:
    assert laid("new", "a.py", None, "x = 1\n").after == "x = 1\n"
    with pytest.raises(Unreadable):
        laid("new", "a.py", "", "x = 1\n")


def test_lines_at_the_end_stand_apart_from_what_is_there() -> None:
    change = laid("end", "Makefile", "a:\n\ttrue\n\n\n", "b:\n\ttrue\n")
    assert change.after == "a:\n\ttrue\n\nb:\n\ttrue\n"
    assert change.after.split("\n")[(change.line or 0) - 1] == "b:"


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("import a\n\nx = 1\n", 3),
        ('"""Doc."""\n\nfrom __future__ import annotations\n\nfrom a import (\n    b,\n    c,\n)\n\n\ndef f():\n    import d\n', 10),
        ("import a\nif a:\n    import b\nimport c\n\nclass D: ...\n", 6),
    ],
)  # fmt: skip
def test_statements_stand_behind_the_last_import_at_the_top(before: str, line: int) -> None:
    change = laid("imports", "train.py", before, "import mlflow\n")
    assert change.line == line
    assert change.after.split("\n")[line - 1] == "import mlflow"


@pytest.mark.parametrize("before", ["x = 1\n", "print 'two'\n", "import a\ndef f(:\n"])
def test_a_module_without_imports_or_that_does_not_parse_is_left_alone(before: str) -> None:
    with pytest.raises(Unreadable):
        laid("imports", "train.py", before, "import mlflow\n")


@pytest.mark.parametrize(
    "made", ["app = FastAPI()", "app: FastAPI = fastapi.FastAPI(\n    title='a',\n)", "api = Flask(__name__)"]
)
def test_statements_stand_behind_the_whole_statement_that_makes_the_application(made: str) -> None:
    before = f"from b import FastAPI, Flask\n\n{made}\n\n\n@app.get('/')\ndef root(): ...\n"
    change = laid("app", "app.py", before, "log = 1\n")
    assert change.after.index(made) < change.after.index("log = 1") < change.after.index("@app.get")


def test_an_application_that_a_function_makes_has_no_name_to_stand_behind() -> None:
    with pytest.raises(Unreadable):
        laid("app", "app.py", "def create():\n    app = FastAPI()\n    return app\n", "log = 1\n")


def test_a_notebook_gets_a_cell_in_front_of_its_code_and_stays_a_notebook() -> None:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": ["# A"]}, {"cell_type": "code", "source": ["x = 1"]}]
    change = laid(
        "imports", "a.ipynb", json.dumps({"cells": cells, "nbformat": 4}), "import mlflow\nmlflow.autolog()\n"
    )
    notebook = json.loads(change.after)
    assert [cell["cell_type"] for cell in notebook["cells"]] == ["markdown", "code", "code"]
    assert "".join(notebook["cells"][1]["source"]) == "import mlflow\nmlflow.autolog()"


@pytest.mark.parametrize("before", ["", "{}", '{"cells": 3}', '{"cells": [{"cell_type": "markdown"}]}', "[" * 100_000])
def test_what_is_no_notebook_is_left_alone(before: str) -> None:
    with pytest.raises(Unreadable):
        laid("imports", "a.ipynb", before, "import mlflow\n")


def test_a_stage_stands_at_the_end_of_the_stages_and_not_of_the_file() -> None:
    before = "stages:\n    a:\n        cmd: b\n    # the end\n\nartifacts:\n    c:\n        path: d\n"
    change = laid("stages", "dvc.yaml", before, "e:\n  cmd: f\n")
    assert yaml.safe_load(change.after) == {
        "stages": {"a": {"cmd": "b"}, "e": {"cmd": "f"}},
        "artifacts": {"c": {"path": "d"}},
    }


def test_an_event_is_added_to_those_of_a_workflow() -> None:
    change = laid("events", "a.yml", sites.DEPLOY, "repository_dispatch:\n  types: [retrain]\n")
    assert [(fact.name, fact.value) for fact in facts(".github/workflows/a.yml", change.after) if fact.kind == "trigger"] == [
        ("push", "branches: main"), ("signal", "types: retrain"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "on", ["on: push", "on: [push, workflow_dispatch]", "on:\n  repository_dispatch:\n    types: [a]", "on: {push: }"]
)
def test_events_that_cannot_be_added_line_by_line_are_left_alone(on: str) -> None:
    with pytest.raises(Unreadable):
        laid("events", "a.yml", f"{on}\njobs:\n  a:\n    runs-on: b\n", "repository_dispatch:\n  types: [retrain]\n")


def test_a_step_stands_before_or_behind_the_one_that_trains() -> None:
    before = "jobs:\n  a:\n    steps:\n      - uses: b\n      - name: train\n        run: |\n          make train\n\n      - run: c\n"
    front = laid("before-training", "a.yml", before, "- run: d\n", "5").after
    behind = laid("behind-training", "a.yml", before, "- run: d\n", "5").after
    runs = [[step.get("run") for step in yaml.safe_load(text)["jobs"]["a"]["steps"]] for text in (front, behind)]
    assert runs == [[None, "d", "make train\n", "c"], [None, "make train\n", "d", "c"]]


@pytest.mark.parametrize("line", ["0", "6", "99"])
def test_a_line_that_begins_no_step_is_left_alone(line: str) -> None:
    with pytest.raises(Unreadable):
        laid(
            "before-training",
            "a.yml",
            "jobs:\n  a:\n    steps:\n      - run: |\n          b\n          c\n",
            "- run: d\n",
            line,
        )


@pytest.mark.parametrize("text", ["make train", "echo a: b", "- x", 'echo "a"', "a\nb", "x # y", "[ -f a ]", "a:"])
def test_shell_texts_survive_yaml(text: str) -> None:
    assert yaml.safe_load("\n".join(run(text, "- run", 0)))[0]["run"].strip() == text


def test_a_block_ends_where_the_next_key_of_its_width_begins() -> None:
    assert end_of(["a:", "  b: 1", "", "  # c", "  d: 2", "", "e: 3"], 0) == 5
    assert end_of(["a:", "- b", "- c", "d: 1"], 0) == 3


# -- the job that deploys waits ------------------------------------------------------------------------------------------


def site(ci: str, **names: str) -> Site:
    usual = {"branch": "main", "python": "3.11", "install": "pip install -r requirements.txt"}
    usual |= {"deploy_file": ".github/workflows/d.yml", "deploy_job": "deploy"}
    return Site({"ci": ci, "packaging": "pip"}, {**usual, **names})


@pytest.mark.parametrize(
    ("needs", "wanted"),
    [
        ("", ["evaluate"]),
        ("    needs: build\n", ["build", "evaluate"]),
        ("    needs: [build, lint]\n", ["build", "lint", "evaluate"]),
        ("    needs:\n      - build\n      - lint\n", ["build", "lint", "evaluate"]),
    ],
)
def test_the_job_that_deploys_waits_for_one_more(needs: str, wanted: list[str]) -> None:
    build = "on: push\njobs:\n  build:\n    runs-on: a\n    steps:\n      - run: b\n"
    before = f"{build}  deploy: # now\n    runs-on: a\n{needs}    steps:\n      - run: c\n"
    gate = systems()["github-actions"].gate
    assert gate is not None
    (change,) = gate(Job("evaluate", ("python check.py",)), site("github-actions"), lambda _path: before).changes
    jobs = yaml.safe_load(change.after)["jobs"]
    assert jobs["deploy"]["needs"] == wanted
    assert [step.get("run") for step in jobs["evaluate"]["steps"]][-1] == "python check.py"
    assert list(jobs) == ["build", "evaluate", "deploy"]


@pytest.mark.parametrize(
    "jobs",
    [
        "  evaluate:\n    steps: []\n  deploy:\n    runs-on: a\n",
        "  deploy:\n    needs: ${{ x }}\n",
        "  other:\n    runs-on: a\n",
    ],
)
def test_a_workflow_with_no_place_for_a_gate_is_left_alone(jobs: str) -> None:
    gate = systems()["github-actions"].gate
    assert gate is not None
    with pytest.raises(Unreadable):
        gate(Job("evaluate", ("b",)), site("github-actions"), lambda _path: f"on: push\njobs:\n{jobs}")


# -- pipelines -----------------------------------------------------------------------------------------------------------

JOBS = (
    Job("train-model", ("make train",), keep=("out/model.joblib", "out/metrics.json")),
    Job(
        "deploy-model",
        ("docker push a:1",),
        needs=("train-model",),
        images=True,
        tell="It failed",
        environment="production",
    ),
)
BEFORE = {
    "gitlab-ci": ".gitlab-ci.yml",
    "circleci": ".circleci/config.yml",
}


def written(ci: str) -> dict[str, str]:
    pipeline = Pipeline("release", ("push", "schedule 0 4 * * 1"), JOBS)
    old = sites.SITES["gitlab" if ci == "gitlab-ci" else ci].get(BEFORE.get(ci, ""), None) if ci in BEFORE else None
    made = systems()[ci].write(pipeline, site(ci), lambda path: old if path == BEFORE.get(ci) else None)
    return {change.path: change.after for change in made.changes}


@pytest.mark.parametrize("ci", list(systems()))
def test_a_pipeline_reads_back_as_it_was_meant(ci: str) -> None:
    files = written(ci)
    path, text = next((path, text) for path, text in files.items() if not path.endswith(".py"))
    found, units, warnings = read(Source(path, text))
    assert not [fact for fact in found if fact.kind == "unparsable"]
    assert not warnings
    assert {"push", "schedule"} <= {fact.name for fact in found if fact.kind == "trigger"}
    assert {"make train", "docker push a:1"} <= {fact.name for fact in found if fact.kind == "command"}
    jobs = {unit.name.replace("_", "-").split("/")[-1] for unit in units if unit.kind == "job"}
    assert {"train-model", "deploy-model"} <= {name.rpartition(".")[2] for name in jobs}
    assert [fact for fact in found if fact.kind == "needs" and "deploy" in fact.unit]


@pytest.mark.parametrize("ci", list(systems()))
def test_a_failure_is_told(ci: str) -> None:
    files = written(ci)
    assert any("It failed" in text for text in files.values())
    if ci != "github-actions":
        assert "ci/alert.py" in files


def test_an_artifact_of_github_comes_back_where_it_was() -> None:
    workflow = yaml.safe_load(written("github-actions")[".github/workflows/release.yml"])
    download = next(step for step in workflow["jobs"]["deploy-model"]["steps"] if "download" in step.get("uses", ""))
    assert download["with"] == {"name": "train-model", "path": "out"}


def test_what_the_other_jobs_of_a_file_do_stays() -> None:
    gitlab = yaml.safe_load(written("gitlab-ci")[".gitlab-ci.yml"])
    assert gitlab["test"]["script"] == ["ruff check ."]
    circle = yaml.safe_load(written("circleci")[".circleci/config.yml"])
    assert set(circle["jobs"]) == {"lint", "train-model", "deploy-model"}
    assert circle["workflows"]["lint"] == {"jobs": ["lint"]}


@pytest.mark.parametrize(
    ("ci", "schema"),
    [
        ("github-actions", "github-workflows"),
        ("gitlab-ci", "gitlab-ci"),
        ("azure-pipelines", "azure-pipelines"),
        ("circleci", "circle-ci"),
    ],
)
def test_a_pipeline_is_what_the_schema_of_its_system_says(tmp_path: Path, ci: str, schema: str) -> None:
    path, text = next((path, text) for path, text in written(ci).items() if not path.endswith(".py"))
    file = tmp_path / path.rpartition("/")[2]
    file.write_text(text.replace("always: true", 'always: "true"'))  # the schema of Azure takes every scalar for a text
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    words += ["--data-transform", ci] if ci in ("azure-pipelines", "gitlab-ci") else []
    words += ["--regex-variant", "python"] if ci == "azure-pipelines" else []
    done = subprocess.run([*words, str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
