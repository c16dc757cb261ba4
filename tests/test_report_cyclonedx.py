"""The bill of materials: valid for CycloneDX 1.6, the same bytes for the same commit, and complete."""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import judged
import pytest
from click.testing import CliRunner
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from test_report_formats import HOSTILE

from mlops_scan import report
from mlops_scan.assess import Assessment
from mlops_scan.cli import main
from mlops_scan.evidence import Evidence, Fact, Place
from mlops_scan.report import Look

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)


def bill(assessment: Assessment | None = None) -> dict[str, Any]:
    """The bill, which is valid by the schema that the library of the project brings along."""
    text = report.render("cyclonedx", judged.houses() if assessment is None else assessment, Look())
    assert VALIDATOR.validate_str(text) is None
    return json.loads(text)


def components(assessment: Assessment | None = None) -> dict[str, dict[str, Any]]:
    return {each["bom-ref"]: each for each in bill(assessment)["components"]}


def with_dependencies(*declared: tuple[str, str]) -> dict[str, Any]:
    base = judged.houses()
    tool = next(each for each in base.tools if each.id == "scikit-learn")
    evidence = tuple(
        Evidence(tool.id, "model-trained", Place("r.txt", 1), Fact("dependency", *one[:1], 1, one[1]))
        for one in declared
    )
    return components(base._replace(tools=(tool._replace(evidence=evidence),)))[f"tool:{tool.id}"]


def test_tools_models_and_data_are_components() -> None:
    found = components()
    assert {f"tool:{tool.id}" for tool in judged.houses().tools} <= set(found)
    assert found["model:houses"]["type"] == "machine-learning-model"
    assert found["model:houses"]["evidence"]["occurrences"] == [{"line": 10, "location": "train.py"}]
    assert found["dataset:houses.csv"]["type"] == "data"


def test_the_repository_depends_on_all_of_them() -> None:
    found = bill()
    whole = next(each for each in found["dependencies"] if each["ref"] == "repository")
    assert sorted(whole["dependsOn"]) == sorted(each["bom-ref"] for each in found["components"])
    assert found["metadata"]["component"]["version"] == judged.COMMIT


def test_there_is_no_time_and_no_chance_in_it() -> None:
    found = bill()
    assert "timestamp" not in found["metadata"]
    assert UUID(found["serialNumber"]).version == 5
    assert bill(judged.houses()._replace(commit="f" * 40))["serialNumber"] != found["serialNumber"]


def test_a_tool_says_how_strongly_and_what_it_shows() -> None:
    said = {(each["name"], each["value"]) for each in components()["tool:mlflow"]["properties"]}
    assert ("mlops-scan:strength", "wired") in said
    assert ("mlops-scan:shows", "run-tracked") in said


@pytest.mark.parametrize(
    ("declared", "purl"),
    [
        ([("scikit-learn", "==1.7.0")], "pkg:pypi/scikit-learn@1.7.0"),
        ([("scikit-learn", "==1.7.0"), ("scikit-learn[x]", "==1.7.0")], "pkg:pypi/scikit-learn@1.7.0"),
        ([("npm:@scope/scikit-learn", "==1.2.3")], "pkg:npm/%40scope/scikit-learn@1.2.3"),
        ([("scikit", "==1.2.3")], "pkg:pypi/scikit@1.2.3"),
        ([("skorch", "==1.2.3")], None),
        ([("scikit-learn", "==1.7.0"), ("scikit-learn", "==1.6.0")], None),
        ([("scikit-learn", ">=1.7")], None),
        ([("scikit-learn", "==1.*")], None),
        ([("scikit-learn", "")], None),
        ([("cargo:x", "==1.0")], None),
        ([("npm:", "==1.0")], None),
    ],
)
def test_a_package_url_only_where_one_version_is_pinned(declared, purl: str | None) -> None:
    assert with_dependencies(*declared).get("purl") == purl


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_keep_it_valid(text: str) -> None:
    bill(judged.told(text))
    with_dependencies((text, f"=={text}"), ("x", text))


def test_nothing_found_is_a_valid_bill() -> None:
    assert bill(judged.houses()._replace(tools=(), assets=())).get("components", []) == []


def test_without_the_library_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cyclonedx.model", None)
    monkeypatch.delitem(sys.modules, "mlops_scan.report.cyclonedx", raising=False)
    done = CliRunner().invoke(main, ["scan", str(tmp_path), "--format", "cyclonedx"])
    assert done.exit_code == 2
    assert done.output == "Error: the format cyclonedx needs one more package: pip install 'mlops-scan[bom]'\n"
