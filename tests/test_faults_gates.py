"""Gates that cannot fail, and beside each the gate that can."""

import pytest
from faulty import broken, life_of, places

from mlops_scan import releasing
from mlops_scan.faults import Confidence, gates
from mlops_scan.faults.checking import check_of
from mlops_scan.practices import evaluation_gates_deployment


def workflow(*steps: str, job: str = "test") -> dict[str, str]:
    """A workflow with one job of these steps, each written in one line or several."""
    text = f"on: push\njobs:\n  {job}:\n    runs-on: ubuntu-latest\n    steps:\n"
    for step in steps:
        text += "".join(f"      {'- ' if not at else '  '}{line}\n" for at, line in enumerate(step.split("\n")))
    return {".github/workflows/ci.yml": text}


@pytest.mark.parametrize(
    ("command", "check"),
    [
        ("pytest tests", "pytest"),
        ("python -m pytest", "pytest"),
        ("python src/evaluate.py --fast", "evaluate"),
        ("python -m src.validate_model", "src.validate_model"),
        ("make test", "test"),
        ("./scripts/check_drift.sh", "check_drift"),
        ("mlflow run . -e validate", "validate"),
        ("docker compose run app pytest -q", "pytest"),
        ("npm run test", "test"),
        ("pip install pytest", ""),
        ("echo evaluate", ""),
        ("ruff check .", ""),
        ("make lint", ""),
        ("python train.py", ""),
        ("chown root health-check.sh", ""),
        ("copy_file tests/test_model.py", ""),
        ("make check-env", ""),
        ("terraform validate", ""),
    ],
)
def test_what_of_a_command_is_a_check(command: str, check: str) -> None:
    assert check_of(command) == check


@pytest.mark.parametrize(
    "files",
    [
        workflow("run: pytest\ncontinue-on-error: true"),
        workflow("run: pytest || true"),
        workflow("run: python evaluate.py || echo failed"),
        {".gitlab-ci.yml": "test:\n  allow_failure: true\n  script:\n    - pytest\n"},
        {"Makefile": "test:\n\t-pytest\n"},
        {"check.sh": "set -e\n(cd src && pytest) || true\n"},
    ],
)
def test_a_check_that_is_allowed_to_fail(files: dict[str, str]) -> None:
    assert len(places(gates.gate_cannot_fail, files)) == 1


@pytest.mark.parametrize(
    "files",
    [
        workflow("run: pytest"),
        workflow("run: pytest\ncontinue-on-error: false"),
        workflow("run: ruff check . || true"),
        workflow("run: rm log || true", "run: pytest"),
        workflow("run: pytest || exit 1"),
        workflow("run: pytest || echo failed && exit 1"),
        workflow("run: curl -sf $URL\ncontinue-on-error: true"),
        workflow("id: t\nrun: pytest\ncontinue-on-error: true", "if: steps.t.outcome == 'failure'\nrun: exit 1"),
        workflow("run: pytest tests/a\ncontinue-on-error: true", "run: pytest"),
        {"Makefile": "test:\n\t-rm log\n\tpytest\n"},
        {"tests/run.sh": "pytest || true\n"},
    ],
)
def test_a_check_that_may_fail_is_no_fault(files: dict[str, str]) -> None:
    assert places(gates.gate_cannot_fail, files) == []


def test_a_script_goes_on_behind_its_checks() -> None:
    text = "pytest tests/data > data.txt\npython evaluate.py\necho done\n"
    found = broken(gates.failure_lost, {"run.sh": text, "evaluate.py": "print(1)\n"})
    assert [(each.place.line, each.confidence) for each in found] == [(1, Confidence.MEDIUM), (2, Confidence.MEDIUM)]
    assert places(gates.failure_lost, {"run.sh": f"set -e\n{text}"}) == []


def test_a_script_that_ci_runs_is_a_sure_fault() -> None:
    files = {**workflow("run: bash run.sh"), "run.sh": "pytest\necho done\n"}
    assert [each.confidence for each in broken(gates.failure_lost, files)] == [Confidence.HIGH]


def test_a_check_in_a_pipe_needs_pipefail() -> None:
    assert places(gates.failure_lost, workflow("run: pytest | tee log")) == [".github/workflows/ci.yml:6"]
    assert places(gates.failure_lost, workflow("run: pytest | tee log\nshell: bash")) == []


def test_a_step_of_a_pipeline_fails_and_the_next_one_runs() -> None:
    text = "python prepare.py\npython train.py\n"
    assert places(gates.failed_step_ignored, {"run.sh": text}) == ["run.sh:1"]
    assert places(gates.failed_step_ignored, {"run.sh": "set -e\n" + text}) == []
    assert places(gates.failed_step_ignored, {"run.sh": "python serve.py\npython -m http.server\n"}) == []


def test_a_condition_that_is_a_string_is_always_true() -> None:
    step = "if: ${{ steps.plan.outcome }} == 'success'\nrun: terraform apply"
    assert places(gates.condition_always_true, workflow(step)) == [".github/workflows/ci.yml:6"]
    for condition in ("${{ steps.plan.outcome == 'success' }}", "steps.plan.outcome == 'success'", "always()"):
        assert places(gates.condition_always_true, workflow(f"if: {condition}\nrun: terraform apply")) == []


TASKS = "[tasks.all]\nrun = [\n{runs}]\n"


@pytest.mark.parametrize(
    ("commands", "count"),
    [
        (["mise run job train", "mise run job promotion", "mise run job evaluations"], 1),
        (["python train.py", "python src/promote.py", "python -m src.evaluate"], 1),
        (["python train.py", "python evaluate.py", "python promote.py"], 0),
        (["python evaluate.py", "python promote.py", "python evaluate.py"], 0),
        (["python deploy.py", "python evaluate.py", "python promote.py"], 0),
        (["make deploy-staging", "python evaluate.py"], 0),
        (["python promote.py", "aws s3 cp evaluation.json s3://reports"], 0),
        (["python train.py --then promote", "python evaluate.py"], 0),
        (["echo promote", "python evaluate.py"], 0),
    ],
)
def test_an_evaluation_comes_too_late(commands: list[str], count: int) -> None:
    runs = "".join(f'  "{command}",\n' for command in commands)
    found = broken(gates.evaluated_after_release, {"mise.toml": TASKS.format(runs=runs)})
    assert len(found) == count
    script = places(gates.evaluated_after_release, {"run.sh": "set -e\n" + "\n".join(commands)})
    assert len(script) == count


def test_the_place_of_a_late_evaluation_is_the_release() -> None:
    files = workflow("run: python train.py", "run: python promote.py", "run: python evaluate.py")
    (found,) = broken(gates.evaluated_after_release, files)
    assert str(found.place) == ".github/workflows/ci.yml:7"
    assert "`python promote.py` comes before `python evaluate.py`" in found.message


SHIPS = "on:\n  push:\n{filters}jobs:\n  image:\n    steps:\n      - run: docker push churn\n"
TESTS = "on:\n  push:\n    branches: [main]\n{also}jobs:\n  test:\n    steps:\n      - run: pytest\n"
ON_REQUEST = "  pull_request:\n"
ON_MAIN = "    branches: [main]\n"


def beside(filters: str, also: str = ON_REQUEST) -> dict[str, str]:
    """Two workflows: one ships on pushes with these filters, one tests on pushes to the main branch."""
    return {
        ".github/workflows/image.yml": SHIPS.format(filters=filters),
        ".github/workflows/test.yml": TESTS.format(also=also),
    }


def test_a_workflow_ships_beside_the_one_that_tests() -> None:
    (found,) = broken(gates.deployment_beside_tests, beside(""))
    assert str(found.place) == ".github/workflows/image.yml:4"
    assert "`test` in `.github/workflows/test.yml`" in found.message
    assert places(gates.deployment_beside_tests, beside(ON_MAIN, also="")) == [".github/workflows/image.yml:5"]


@pytest.mark.parametrize(
    "files",
    [
        beside(ON_MAIN),  # what is pushed there was tested as a pull request
        beside("    branches: [release]\n", also=""),
        beside("    tags: ['v*']\n", also=""),
        {
            **beside(""),
            ".github/workflows/image.yml": SHIPS.format(filters="").replace(
                "push:", "workflow_run: {workflows: [test]}", 1
            ),
        },
        {
            **beside(""),
            ".github/workflows/image.yml": SHIPS.format(filters="").replace("docker push churn", "docker build ."),
        },
        {**beside(""), ".github/workflows/image.yml": SHIPS.format(filters="") + "      - run: pytest\n"},
        {**beside(""), ".github/workflows/image.yml": SHIPS.format(filters="").replace("image:", "docs:")},
        {
            **beside(""),
            ".github/workflows/image.yml": SHIPS.format(filters="").replace(
                "    steps", "    if: github.ref == 'refs/heads/main'\n    steps"
            ),
        },
        {
            **beside(""),
            ".github/workflows/image.yml": SHIPS.format(filters="")
            + "  first:\n    uses: ./.github/workflows/test.yml\n",
        },
        {".github/workflows/image.yml": SHIPS.format(filters="")},
    ],
)
def test_a_workflow_that_waits_or_is_guarded_ships_nothing_untested(files: dict[str, str]) -> None:
    assert places(gates.deployment_beside_tests, files) == []


GATED = """
on: push
jobs:
  evaluate:
    steps:
      - run: {command}
  deploy:
    needs: evaluate
    steps:
      - run: kubectl apply -f model.yaml
"""
EVALUATES = "import sklearn.metrics\nif sklearn.metrics.accuracy_score(y, p) < 0.8:\n    raise SystemExit(1)\n"


@pytest.mark.parametrize(
    ("command", "is_gate"),
    [
        ("python evaluate.py", True),
        ("rm -f log || true; python evaluate.py", True),
        ("python evaluate.py || true", False),
        ("python evaluate.py | tee log", False),
    ],
)
def test_a_gate_that_cannot_fail_gates_no_deployment(command: str, is_gate: bool) -> None:
    files = {".github/workflows/cd.yml": GATED.format(command=command), "evaluate.py": EVALUATES}
    assert bool(list(evaluation_gates_deployment(life_of(files)))) == is_gate


@pytest.mark.parametrize(("more", "is_whole"), [(-1, True), (0, False)])
def test_a_deployment_that_waits_for_more_than_is_looked_at_is_not_judged_as_a_whole(more: int, is_whole: bool) -> None:
    waited_for = "".join("    - run: echo step\n" for _ in range(releasing.MOST_WAITED_FOR + more))
    text = f"on: push\njobs:\n  a:\n    steps:\n    - run: python evaluate.py\n{waited_for}    - run: kubectl apply -f a.yaml\n"
    life = life_of({".github/workflows/cd.yml": text, "evaluate.py": EVALUATES})
    assert list(evaluation_gates_deployment(life))
    assert (not life.graph.given_up) == is_whole


def test_of_many_exceptions_each_is_looked_at() -> None:
    life = life_of(workflow(*["run: rm -f log || true"] * 500, "run: pytest tests || true"))
    assert [broken.place.line for broken in gates.gate_cannot_fail.find(life)] == [506]
