"""Gates that cannot fail, and beside each the gate that can."""

import pytest
from faulty import broken, life_of, places

from mlops_scan.faults import Confidence, checks, gates
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


OVERWRITTEN = """
def main(path):
    deploy_flag = int(open(path).read())
    {constant}
    if deploy_flag == 1:
        register()
"""


def test_a_verdict_is_overwritten() -> None:
    assert places(checks.verdict_overwritten, {"register.py": OVERWRITTEN.format(constant="deploy_flag = 1")})
    assert not places(checks.verdict_overwritten, {"register.py": OVERWRITTEN.format(constant="log(deploy_flag)")})


PRINTED = """
def main(results):
    if results.passed:
        print("fine")
    else:
        {otherwise}
"""


def test_a_verdict_is_only_printed_in_a_file_that_claims_to_check() -> None:
    silent = PRINTED.format(otherwise="print('not fine')")
    assert places(checks.verdict_only_printed, {"src/validate.py": silent}) == ["src/validate.py:2"]
    assert places(checks.verdict_only_printed, {"src/validate.py": PRINTED.format(otherwise="raise ValueError")}) == []
    assert places(checks.verdict_only_printed, {"src/register.py": silent}) == []
    assert places(checks.verdict_only_printed, {"src/validate.py": silent.replace("main", "print_summary")}) == []


SWALLOWED = """
def {name}(data):
    try:
        validate_data(data)
    except Exception as error:
        {handler}
    train(data)
"""


@pytest.mark.parametrize(
    ("name", "handler", "count"),
    [
        ("main", "print(error)", 1),
        ("main", "raise", 0),
        ("monitor_loop", "print(error)", 0),
        ("main", "return", 0),
    ],
)
def test_the_error_of_a_check_is_swallowed(name: str, handler: str, count: int) -> None:
    files = {"train.py": SWALLOWED.format(name=name, handler=handler)}
    assert len(places(checks.check_swallowed, files)) == count


def test_what_was_not_evaluated_is_promoted() -> None:
    text = "def evaluate(model):\n    try:\n        score(model)\n    except Exception:\n        promote_model(model)\n"
    assert places(checks.check_swallowed, {"evaluate.py": text}) == ["evaluate.py:4"]
    assert places(checks.check_swallowed, {"evaluate.py": text.replace("promote_model", "keep")}) == []


def test_a_check_always_passes_in_code_that_claims_to_check() -> None:
    assert places(checks.check_always_passes, {"src/evaluate.py": "assert accuracy >= 0\n"}) == ["src/evaluate.py:1"]
    assert places(checks.check_always_passes, {"src/evaluate.py": "assert accuracy >= 0.8\n"}) == []
    assert places(checks.check_always_passes, {"src/plot.py": "assert accuracy >= 0\n"}) == []


CHECK = "def validate_data(data):\n    if data.empty:\n        raise ValueError\n    {last}\n"


def test_a_condition_asks_a_check_that_returns_nothing() -> None:
    flow = "from src.data import validate_data\n\ndef task(data):\n    if validate_data(data):\n        save(data)\n"
    without = {"src/data.py": CHECK.format(last="print(data)"), "dags/flow.py": flow}
    assert places(checks.verdict_of_nothing, without) == ["dags/flow.py:4"]
    assert places(checks.verdict_of_nothing, without | {"src/data.py": CHECK.format(last="return True")}) == []
    assert places(checks.verdict_of_nothing, without | {"dags/flow.py": flow.replace("src.data", "other")}) == []


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
    code = "import sklearn.metrics\nif sklearn.metrics.accuracy_score(y, p) < 0.8:\n    raise SystemExit(1)\n"
    files = {".github/workflows/cd.yml": GATED.format(command=command), "evaluate.py": code}
    assert bool(list(evaluation_gates_deployment(life_of(files)))) == is_gate
