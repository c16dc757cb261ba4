"""Checks in code that cannot fail, and beside each the check that can."""

import pytest
from faulty import broken, places

from mlops_scan.faults import Confidence, checks

SAGEMAKER = """
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.step_collections import RegisterModel

status = ParameterString(name="{name}", default_value="{default}")
step = RegisterModel(name="Register", approval_status={status})
"""


@pytest.mark.parametrize(
    ("name", "default", "status", "found"),
    [
        ("ModelApprovalStatus", "Approved", "status", [4]),
        ("ModelApprovalStatus", "PendingManualApproval", '"Approved"', [5]),
        ("ModelApprovalStatus", "PendingManualApproval", "status", []),
        ("Mood", "Approved", "status", []),
    ],
)
def test_a_model_is_approved_by_being_registered(name: str, default: str, status: str, found: list[int]) -> None:
    text = SAGEMAKER.format(name=name, default=default, status=status)
    assert [each.place.line for each in broken(checks.registered_as_approved, {"pipeline.py": text})] == found


def test_an_approval_of_its_own_approves_and_a_condition_in_front_makes_it_less_bad() -> None:
    text = 'import boto3\nclient = boto3.client("sagemaker")\nclient.{call}(ModelApprovalStatus="Approved")\n'
    created = {"register.py": text.format(call="create_model_package")}
    assert [each.confidence for each in broken(checks.registered_as_approved, created)] == [Confidence.MEDIUM]
    for call in ("update_model_package", "list_model_packages", "get_paginator('list_model_packages').paginate"):
        assert places(checks.registered_as_approved, {"approve.py": text.format(call=call)}) == []
    gated = SAGEMAKER.format(name="ModelApprovalStatus", default="Approved", status="status")
    gated += (
        "from sagemaker.workflow.condition_step import ConditionStep\nConditionStep(name='Good', if_steps=[step])\n"
    )
    assert [each.confidence for each in broken(checks.registered_as_approved, {"p.py": gated})] == [Confidence.LOW]


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
    for name in ("print_summary", "send_drift_alert"):
        assert places(checks.verdict_only_printed, {"src/validate.py": silent.replace("main", name)}) == []


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


def test_a_check_below_the_main_line_only_shows_how_the_module_is_used() -> None:
    check = "{indent}def check_database():\n{indent}    connect()\n{indent}    return True\n"
    assert places(checks.check_always_passes, {"health.py": check.format(indent="")}) == ["health.py:3"]
    shown = "if __name__ == '__main__':\n" + check.format(indent="    ")
    assert places(checks.check_always_passes, {"health.py": shown}) == []


CHECK = "def validate_data(data):\n    if data.empty:\n        raise ValueError\n    {last}\n"


def test_a_condition_asks_a_check_that_returns_nothing() -> None:
    flow = "from src.data import validate_data\n\ndef task(data):\n    if validate_data(data):\n        save(data)\n"
    without = {"src/data.py": CHECK.format(last="print(data)"), "dags/flow.py": flow}
    assert places(checks.verdict_of_nothing, without) == ["dags/flow.py:4"]
    assert places(checks.verdict_of_nothing, without | {"src/data.py": CHECK.format(last="return True")}) == []
    assert places(checks.verdict_of_nothing, without | {"dags/flow.py": flow.replace("src.data", "other")}) == []
