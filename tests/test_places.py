"""Our places in CI: the action runs its shell steps for real, and all YAML is what its reader takes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import places
import pytest
import trees
import yaml
from pre_commit import clientlib
from test_report import FILES

from mlops_scan import __version__, facts, starters
from mlops_scan.facts.source import Source

HOSTILE = "a$(touch hacked)`touch hacked`\n::set-output name=stage::5\n##[error]x stage=5 <img src=x>.py"


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    return trees.commit(tmp_path / "houses", FILES)


def run(workspace: Path, **inputs: str) -> places.Ran:
    return places.run_action(workspace, workspace.parent / f"runner-{len(list(workspace.parent.iterdir()))}", **inputs)


def test_a_gate_that_is_passed_tells_its_outputs_and_writes_its_reports(houses: Path) -> None:
    ran = run(houses, min_stage="0", html="true")
    assert ran.code == 0, ran.stderr
    data = json.loads(Path(ran.outputs["json-file"]).read_text())
    climb = next(each for each in data["models"] if each["id"] == "stages")
    assert ran.outputs["passed"] == ran.outputs["applicable"] == "true"
    assert [ran.outputs[name] for name in ("stage", "attested", "possible")] == [
        str(climb[name]) for name in ("stage", "attested", "possible")
    ]
    assert json.loads(Path(ran.outputs["sarif-file"]).read_text())["version"] == "2.1.0"
    assert Path(ran.outputs["html-file"]).read_text().startswith("<!doctype html>")
    assert "## MLOps maturity: stage" in ran.summary
    assert ran.stdout.startswith("::notice ")


def test_a_gate_that_is_missed_fails_after_everything_is_told(houses: Path) -> None:
    ran = run(houses, min_stage="5")
    assert ran.code == 1
    assert ran.outputs["passed"] == "false" and ran.outputs["stage"] and ran.outputs["html-file"] == ""
    assert "and 5 is the target. Held back by:" in ran.stderr
    assert "### Next" in ran.summary


def test_the_configuration_of_the_tree_gates_unless_it_is_ignored(houses: Path, tmp_path: Path) -> None:
    (houses / ".mlops-scan.toml").write_text("min-stage = 5\n")
    (tmp_path / "mine.toml").write_text("min-stage = 4\n")
    assert run(houses).code == 1
    assert run(houses, config="none").code == 0
    assert "and 4 is the target" in run(houses, config=str(tmp_path / "mine.toml")).stderr


def test_an_incomplete_scan_passes_no_gate(tmp_path: Path) -> None:
    root = trees.write(tmp_path / "houses", FILES)
    (root / "/".join("d" * 220)).mkdir(parents=True)
    ran = run(root, min_stage="0")
    assert (ran.code, ran.outputs["passed"]) == (3, "false")
    assert "::error " in ran.stdout and "The scan is incomplete" in ran.summary


def test_what_is_not_applicable_has_no_stage_and_reaches_no_target(tmp_path: Path) -> None:
    shop = trees.commit(tmp_path / "shop", {"app.py": "print(1)\n"})
    fine, missed = run(shop), run(shop, min_stage="1")
    assert (fine.code, missed.code) == (0, 1)
    assert fine.outputs["applicable"] == "false"
    assert fine.outputs["stage"] == fine.outputs["possible"] == ""


def test_a_mistake_fails_with_its_one_line_and_without_reports(houses: Path) -> None:
    ran = run(houses, min_stage="two")
    assert ran.code == 2
    assert (ran.outputs["passed"], ran.outputs["json-file"], ran.summary) == ("false", "", "")
    assert "two" in ran.stderr


def test_worse_than_the_baseline_fails_only_where_that_is_asked(houses: Path, tmp_path: Path) -> None:
    before = Path(run(houses).outputs["json-file"])
    trees.git(houses, "rm", "-q", "train.py", "Makefile")
    told, failed = (run(houses, baseline=str(before), fail_on_regression=choice) for choice in ("false", "true"))
    assert (told.code, failed.code) == (0, 1)
    assert "### Since the baseline" in told.summary
    assert "worse than the baseline" in failed.stderr


def test_hostile_names_reach_the_runner_as_text(houses: Path) -> None:
    trees.commit(houses, {HOSTILE: FILES["train.py"], f"docs/{HOSTILE}.md": "# x\n", ".github/workflows/--help.yml": "on: [\n"})  # fmt: skip
    clean, ran = run(houses, config="none"), run(houses, min_stage="5", path=str(houses))
    assert not list(houses.parent.rglob("hacked*"))
    assert ran.outputs["stage"] == clean.outputs["stage"]
    assert set(ran.outputs) == set(places.document("action.yml")["outputs"])
    for line in ran.stdout.splitlines():
        assert re.match(r"::(error|warning|notice) (file=[^:,]*,line=\d+,)?title=[^:,]+::|mlops-scan: ", line), line
    assert not re.search(r"(?m)^\s*::|##\[", ran.stderr + ran.summary)


@pytest.mark.parametrize("name", ["path", "min_stage", "model", "count", "project", "baseline", "config"])
def test_hostile_inputs_are_words_and_not_commands(houses: Path, name: str) -> None:
    ran = run(houses, **{name: '"; touch hacked; $(touch hacked) --help'})
    assert ran.code == 2
    assert not list(houses.parent.rglob("hacked*"))


def test_a_path_that_looks_like_an_option_is_a_path(houses: Path) -> None:
    (houses / "--version").mkdir()
    assert run(houses, path="--version").outputs["applicable"] == "false"


def test_what_was_read_is_kept_where_the_cache_steps_look(houses: Path) -> None:
    steps = places.document("action.yml")["runs"]["steps"]
    folders = {step["with"]["path"] for step in steps if "actions/cache" in step.get("uses", "")}
    assert folders == {"${{ runner.temp }}/mlops-scan-cache"}
    run(houses)
    run(houses, cache="false")
    kept = [scratch for scratch in houses.parent.glob("runner-*") if any(scratch.glob("mlops-scan-cache/*.sqlite"))]
    assert len(kept) == 1


def test_the_scanner_is_installed_from_the_action_itself(houses: Path) -> None:
    run(houses)
    (told,) = houses.parent.glob("runner-*/python/installed")
    assert told.read_text().split()[-1] == str(places.ROOT)


def test_no_expression_stands_in_a_script() -> None:
    for step in places.document("action.yml")["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("path", ["action.yml", "mlops_scan/starters/github.yml"])
def test_actions_of_others_are_pinned_by_their_whole_hash(path: str) -> None:
    others = re.findall(r"uses: (?!mlops-scan/)(\S+)@(\S+)( # v\d+\.\d+\.\d+)?", (places.ROOT / path).read_text())
    assert others
    assert all(re.fullmatch("[0-9a-f]{40}", commit) and version for _, commit, version in others)


def schema(name: str, *files: Path, options: tuple[str, ...] = ()) -> None:
    """Let check-jsonschema say whether files are what the vendor's own schema takes; it brings the schemas with it."""
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        f"vendor.{name}",
        *options,
        *map(str, files),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_action_is_what_github_takes() -> None:
    schema("github-actions", places.ROOT / "action.yml")


@pytest.mark.parametrize(
    ("system", "name", "options"),
    [
        ("github", "github-workflows", ()),
        ("gitlab", "gitlab-ci", ("--data-transform", "gitlab-ci")),
        ("azure", "azure-pipelines", ("--data-transform", "azure-pipelines", "--regex-variant", "nonunicode")),
    ],
)
def test_each_starter_is_what_its_system_takes(
    tmp_path: Path, system: str, name: str, options: tuple[str, ...]
) -> None:
    (each,) = (each for each in starters.starters("", 1, [system]) if each.path == starters.SYSTEMS[system].path)
    trees.write(tmp_path, {each.path: each.text})
    schema(name, tmp_path / each.path, options=options)


def test_the_jenkinsfile_has_stages_that_our_own_reader_sees() -> None:
    text = next(each.text for each in starters.starters("", 1, ["jenkins"]) if each.path == "Jenkinsfile")
    found, _, warnings = facts.read(Source("Jenkinsfile", text))
    assert not warnings
    assert any(fact.kind == "command" and fact.name.startswith("mlops-scan scan ") for fact in found)


def test_the_hooks_are_what_pre_commit_takes(tmp_path: Path) -> None:
    manifest = places.ROOT / ".pre-commit-hooks.yaml"
    clientlib.load_manifest(manifest)
    config = next(each for each in starters.starters("", 1, []) if each.path == ".pre-commit-config.yaml")
    trees.write(tmp_path, {config.path: config.text})
    (repository,) = clientlib.load_config(tmp_path / config.path)["repos"]
    hooks = {hook["id"] for hook in places.document(".pre-commit-hooks.yaml")}
    assert {hook["id"] for hook in repository["hooks"]} <= hooks
    assert repository["rev"] == f"v{__version__}"


COMPONENT = "templates/mlops-scan.yml"


def component(**inputs: str) -> dict[str, Any]:
    """The jobs of the GitLab component after GitLab has put the inputs in."""
    header, _, jobs = (places.ROOT / COMPONENT).read_text().partition("\n---\n")
    given = {name: each["default"] for name, each in yaml.safe_load(header)["spec"]["inputs"].items()} | inputs
    return yaml.safe_load(re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda found: given[found[1]], jobs))


def test_the_gitlab_component_is_what_gitlab_takes(tmp_path: Path) -> None:
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(yaml.safe_dump(component()))
    schema("gitlab-ci", file, options=("--data-transform", "gitlab-ci"))
    header = yaml.safe_load((places.ROOT / COMPONENT).read_text().partition("\n---\n")[0])
    assert f"@v{__version__}" in header["spec"]["inputs"]["package"]["default"]


@pytest.mark.parametrize(("inputs", "code"), [({}, 0), ({"min-stage": "5"}, 1), ({"path": "--nowhere"}, 2)])
def test_the_gitlab_job_scans_and_leaves_its_reports(
    houses: Path, tmp_path: Path, inputs: dict[str, str], code: int
) -> None:
    job = component(**inputs)["mlops-scan"]
    python = places.python(tmp_path / "python")
    environment = {"PATH": f"{python.parent}:{os.environ['PATH']}", "HOME": str(tmp_path), "MLOPS_SCAN_NO_CACHE": "1"}
    script = "\n".join((*job["before_script"], *job["script"]))
    done = subprocess.run(
        ["sh", "-e", "-c", script], cwd=houses, env={**environment, **job["variables"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    if code == 2:
        return
    told = job["artifacts"]
    assert all((houses / name).read_text() for name in (*told["paths"], *told["reports"].values()))
    variables = (houses / told["reports"]["dotenv"]).read_text().splitlines()
    assert all(re.fullmatch(r"MLOPS_[A-Z]+=(\d*|true|false)", line) for line in variables)


def test_the_azure_steps_scan_and_leave_what_is_published(houses: Path, tmp_path: Path) -> None:
    text = next(each.text for each in starters.starters("", 1, ["azure"]) if each.path == "azure-pipelines.yml")
    steps = yaml.safe_load(text)["steps"]
    python = places.python(tmp_path / "python")
    environment = {"PATH": f"{python.parent}:{os.environ['PATH']}", "HOME": str(tmp_path), "MLOPS_SCAN_NO_CACHE": "1"}
    (script,) = (step["script"] for step in steps if "script" in step)
    done = subprocess.run(
        ["bash", "-c", script], cwd=houses, env={**environment, "AGENT_TEMPDIRECTORY": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (published,) = (step["inputs"]["testResultsFiles"] for step in steps if "task" in step)
    assert Path(published.replace("$(Agent.TempDirectory)", str(tmp_path))).read_text().startswith("<?xml")
