"""A library supports tools that its makers do not use: what it can prove of them, and what it cannot."""

import pytest

from mlops_scan.catalogue import load
from mlops_scan.detection import detect
from mlops_scan.evidence import EXTRA, Fact, Reading

DETECTORS = load()
PACKAGE = Reading("pyproject.toml", "product", (Fact("package", "churnlib"),))
PUBLISHED = Reading(".github/workflows/release.yml", "product", (Fact("action", "pypa/gh-action-pypi-publish"),))


def tools(*readings: Reading) -> set[str]:
    return {one.tool for one in detect([PACKAGE, PUBLISHED, *readings], DETECTORS)}


def file(path: str, *facts: Fact, role: str = "product") -> Reading:
    return Reading(path, role, facts)


CALL = Fact("call", "mlflow.register_model", 3)


def test_a_call_of_a_tool_that_is_a_part_of_an_optional_package_is_an_adapter() -> None:
    needed = file("requirements.txt", Fact("dependency", "mlflow"))
    optional = file("setup.cfg", Fact("dependency", "mlflow", unit=f"{EXTRA}mlflow"))
    assert "mlflow-registry" not in tools(file("churnlib/log.py", CALL), optional)
    assert "mlflow-registry" in tools(file("churnlib/log.py", CALL), needed)


def test_who_publishes_nothing_offers_nothing() -> None:
    found = detect([PACKAGE, file("churnlib/log.py", CALL)], DETECTORS)
    assert "mlflow-registry" in {one.tool for one in found}


@pytest.mark.parametrize(("extra", "used"), [("dev", True), ("CI", True), ("tests", True), ("gpu", False)])
def test_an_extra_for_the_makers_is_used_by_them(extra: str, used: bool) -> None:
    assert ("pip-tools" in tools(file("setup.cfg", Fact("dependency", "pip-tools", unit=EXTRA + extra)))) is used


def test_tests_of_an_adapter_are_no_use_of_its_tool_and_tests_of_code_are_tests() -> None:
    test = file(
        "tests/test_checks.py", Fact("import", "great_expectations", 1), Fact("import", "pytest", 2), role="test"
    )
    assert tools(test) & {"great-expectations", "pytest"} == {"pytest"}


def test_a_command_that_runs_in_the_folder_of_the_tests_is_one_of_the_tests() -> None:
    test = file("tests/dbt/test_models.py", role="test")
    makefile = file("Makefile", Fact("command", "dbt build", 4, "tests/dbt"), Fact("command", "pytest", 5, "tests/dbt"))
    assert tools(test, makefile) & {"dbt", "pytest"} == {"pytest"}
    assert "dbt" in tools(test, file("Makefile", Fact("command", "dbt build", 4, "warehouse")))


def test_an_image_that_the_package_brings_along_is_for_its_users() -> None:
    image = Fact("image", "public.ecr.aws/lambda/python", 1, "3.12")
    inside = (file("churnlib/aws/__init__.py"), file("churnlib/aws/Dockerfile", image))
    assert "aws-lambda" not in tools(*inside)
    assert "aws-lambda" in tools(file("deploy/Dockerfile", image))
