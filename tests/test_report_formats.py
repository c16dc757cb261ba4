"""What holds for every format: the same assessment gives the same bytes, and no text of the tree does anything in it."""

import json
import os
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

import jsonschema
import judged
import pytest

from mlops_scan import maturity, report
from mlops_scan.errors import InvalidFile
from mlops_scan.report import Look

FORMATS = report.formats()
HOSTILE = {
    "control characters": "a\x00\x07\x08\x7f\x85\x9b31mb\x0bc.py",
    "escape sequence": "\x1b[31mred\x1b]8;;http://evil.example\x07",
    "bidirectional": "\u202etxt.exe\u2066\u200f",
    "end of script": "</script><script>alert(1)</script><!--",
    "markup in an attribute": "\"'><img src=x onerror=alert(1)>",
    "workflow command": "::error::broken",
    "workflow command on a line of its own": "a\n::set-output name=x::y\r\n::error file=x::z",
    "old command": "x ##[error]broken ##[group]",
    "azure command": "##vso[task.setvariable variable=x]y",
    "teamcity command": "##teamcity[buildStatus text='x']",
    "rich markup": "[/] [bold red]x[/bold red] [link=http://evil.example]y[/link]",
    "formula": "=cmd|'/C calc'!A0",
    "other formulas": "+1-2@SUM(A1)",
    "full-width formula": "＝1+1",
    "lone surrogates": "a\udcff\ud800b.py",
    "end of a section": "]]><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "line ends": "a\nb\rc\u2028d\u2029e\tf",
    "markdown": "[x](http://evil.example) ![y](http://evil.example/z.png) **b** _i_ ~~s~~ # h",
    "fences": "``` `` ` | a | b |",
    "mentions": "@octocat #1 !2 ~label GH-3 $x$ :boom: www.evil.example https://evil.example me@evil.example",
    "placeholder": "{0} {1} ${{ secrets.X }} {{ x }} [a](1)",
    "attachment": "[[ATTACHMENT|/etc/passwd]]",
    "nothing": "",
    "blanks": "   ",
    "long": "x" * 100_000,
    "up the tree": "../../etc/passwd",
    "ordinary": "src/modèle 模型.py",
}
SECRETS = ("ghp_0123456789abcdefghij", "AKIA0123456789ABCDEF", "hunter2secret")


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_assessment_gives_the_same_bytes(format_: str) -> None:
    assert len({report.render(format_, judged.houses(), Look()) for _ in range(3)}) == 1


def test_the_order_of_hashes_changes_no_byte() -> None:
    code = (
        "import judged; from mlops_scan import report; from mlops_scan.report import Look; import hashlib\n"
        "for each in report.formats(): print(each, hashlib.sha256(report.render(each, judged.houses(), Look()).encode()).hexdigest())"
    )
    root = Path(__file__).parent
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{root.parent}{os.pathsep}{root}"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert len(told.pop().splitlines()) == len(FORMATS)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("format_", FORMATS)
def test_hostile_text_does_nothing(format_: str, text: str) -> None:
    found = report.render(format_, judged.told(text), Look(verbose=True))
    found.encode("utf-8")
    assert not re.findall(
        r"[^\S\n ]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]",
        found.replace("\u00a0", ""),
    )
    assert not re.search(r"##(\[|vso\[|teamcity\[)", found)
    for line in found.splitlines():
        if line.lstrip().startswith("::"):
            assert format_ == "github"
            assert re.match(r"::(error|warning|notice) (file=[^:,]*,line=\d+,)?title=[^:,]+::", line)


@pytest.mark.parametrize("format_", FORMATS)
def test_secrets_are_masked(format_: str) -> None:
    message = f"token {SECRETS[0]} key {SECRETS[1]} password={SECRETS[2]}"
    base = judged.houses()
    faults = (base.faults[0]._replace(message=message), base.faults[0]._replace(message=message, suppressed=message))
    assets = tuple(each._replace(name=message) for each in base.assets)
    found = report.render(format_, base._replace(faults=faults, assets=assets), Look(verbose=True))
    assert not [each for each in SECRETS if each in found]


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_not_applicable_gets_no_stage(format_: str) -> None:
    found = report.render(format_, judged.houses()._replace(applicable=False, reason="it is a library"), Look())
    assert "stage 0 of 5" not in found.lower()
    assert "stage 0 is proven" not in found.lower()


def test_the_names_of_the_formats_are_short() -> None:
    assert set(FORMATS) >= {
        "badge", "csv", "cyclonedx", "github", "gitlab", "json", "junit", "markdown", "sarif", "shields", "text",
    }  # fmt: skip
    assert all(re.fullmatch("[a-z]{3,9}", each) for each in FORMATS)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_json_keeps_its_schema_and_everything_is_in_it(text: str) -> None:
    schema = json.loads(resources.files("mlops_scan.report").joinpath("schema.json").read_text())
    for assessment in (judged.houses(), judged.told(text)):
        data = json.loads(report.render("json", assessment, Look()))
        jsonschema.validate(data, schema)
        assert [each["id"] for each in data["tools"]] == [each.id for each in assessment.tools]
        assert [each["kind"] for each in data["assets"]] == [each.kind for each in assessment.assets]
        assert [each["next"] for each in data["models"]] == [
            each.next and each.next.number for each in assessment.climbs
        ]
        assert set(schema["properties"]) - set(data) <= {"changes"}
        assert set(data) <= set(schema["properties"])


@pytest.mark.parametrize("id", ["S\x1b[31m", "::error::", "##[group]", "a\nb", "", "x" * 41, "\u202e"])
def test_a_model_with_a_hostile_id_is_refused(tmp_path: Path, id: str) -> None:
    own = tmp_path / "ours.toml"
    criterion = f'[[stage.criterion]]\nid = {json.dumps(id)}\nquestion = "Is it?"\nneeds = ["run-tracked"]\n'
    own.write_text(f'[[stage]]\nnumber = 1\nname = "One"\n{criterion}')
    with pytest.raises(InvalidFile, match="an id is letters"):
        maturity.load(own)
    own.write_text(f'[[stage]]\nnumber = 1\nname = "One"\n{criterion.replace(json.dumps(id), json.dumps("X-1.a 2"))}')
    assert [each.id for each in maturity.load(own).criteria] == ["X-1.a 2"]
