"""Faults that somebody accepts: by a comment on the line, by the configuration; never silently."""

import json
from pathlib import Path

import faulty
import pytest
import trees
from test_cli import run
from test_report import FILES

from mlops_scan import config, faults, report
from mlops_scan.errors import InvalidFile
from mlops_scan.faults import Suppression
from mlops_scan.report import Look

REMOTE = "[core]\n    remote = store\n['remote \"store\"']\n    url = ../store{}\n"
RULE = "data-remote-local"
FOUND = ("data-remote-local", ".dvc/config")


def found(files: dict[str, str], *suppressions: Suppression) -> dict[tuple[str, str], str]:
    life = faulty.life_of(files)
    return {(fault.rule, fault.place.path): fault.suppressed for fault in faults.find(life, suppressions)}


def test_a_comment_on_the_line_suppresses_its_rule_and_no_other() -> None:
    assert found({".dvc/config": REMOTE.format("")})[FOUND] == ""
    said = f"  # mlops-scan: ignore {RULE}: a course, one person"
    assert found({".dvc/config": REMOTE.format(said)})[FOUND] == "a course, one person"
    for near in (said.replace(RULE, "gate-cannot-fail"), said.replace("mlops-scan:", "")):
        assert found({".dvc/config": REMOTE.format(near)})[FOUND] == ""
    assert found({".dvc/config": f"#{said}\n" + REMOTE.format("")})[FOUND] == ""  # another line


def test_a_comment_without_a_reason_suppresses_nothing_and_is_a_warning(tmp_path: Path) -> None:
    path = "churn/.github/workflows/ci.yml"
    workflow = (
        "# mlops-scan: ignore workflow-never-runs{}\non: push\njobs: {{a: {{runs-on: x, steps: [{{run: ls}}]}}}}\n"
    )
    assessment = trees.assess(trees.write(tmp_path / "without", {path: workflow.format("")}))
    assert [fault.suppressed for fault in assessment.faults] == [""]
    assert [str(each.place) for each in assessment.warnings if "suppresses nothing" in each.message] == [f"{path}:1"]
    with_reason = trees.write(tmp_path / "with", {path: workflow.format(": kept for the move")})
    assert [fault.suppressed for fault in trees.assess(with_reason).faults] == ["kept for the move"]


def test_a_comment_for_a_rule_that_does_not_exist_is_a_warning(tmp_path: Path) -> None:
    tree = trees.write(tmp_path, {"train.py": "x = 1  # mlops-scan: ignore data-remote-locl: why not\n"})
    (warning,) = trees.assess(tree).warnings
    assert "did you mean data-remote-local?" in warning.message


@pytest.mark.parametrize("path", ["tests/test_train.py", "docs/faults.md", "README.md"])
def test_comments_in_tests_and_documents_are_examples(path: str, tmp_path: Path) -> None:
    text = "# mlops-scan: ignore no-such-rule: why\n# mlops-scan: ignore data-remote-local\n"
    tree = trees.write(tmp_path, {"train.py": "print(1)\n", path: text})
    assert trees.assess(tree).warnings == ()
    assert len(trees.assess(trees.write(tmp_path, {"train.py": text})).warnings) == 2


@pytest.mark.parametrize("mark", ["#", "//", "--", ";", "<!--", "/*"])
def test_comments_of_every_kind_are_read(mark: str) -> None:
    files = {".dvc/config": REMOTE.format(f" {mark} mlops-scan: ignore {RULE}: why -->")}
    assert found(files)[FOUND] == "why"


def test_long_lines_of_marks_cost_little() -> None:
    assert found({"train.py": "# mlops-scan: ignore a" + " " * 100_000 + "\n" + "#" * 100_000 + " mlops-scan:\n"}) == {}


def test_the_configuration_suppresses_by_rule_and_path() -> None:
    files = {".dvc/config": REMOTE.format(""), "sub/.dvc/config": REMOTE.format("")}
    said = found(files, Suppression(RULE, "sub/**", "kept as it is"))
    assert said == {FOUND: "", (RULE, "sub/.dvc/config"): "kept as it is"}
    assert list(said) == [FOUND, (RULE, "sub/.dvc/config")]  # the suppressed ones come last


def load(tmp_path: Path, text: str) -> tuple[Suppression, ...]:
    (tmp_path / ".mlops-scan.toml").write_text(text)
    return config.find(tmp_path).suppressions


def test_suppressions_stand_in_the_configuration(tmp_path: Path) -> None:
    text = f'[suppress]\n{RULE} = [{{path = "sub/", reason = "kept"}}, {{path = "a/.dvc/config", reason = "x"}}]\n'
    assert load(tmp_path, text) == (Suppression(RULE, "sub/**", "kept"), Suppression(RULE, "a/.dvc/config", "x"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('data-remote-locl = [{path = "a", reason = "b"}]', "did you mean `data-remote-local`?"),
        ('data-remote-local = [{path = "a"}]', "each entry needs a `reason`"),
        ('data-remote-local = [{path = "a", reason = " "}]', "each entry needs a `reason`"),
        ('data-remote-local = [{reason = "a"}]', "each entry needs a `path`"),
        ('data-remote-local = [{path = "a", reason = 1}]', "each entry needs a `reason`"),
        ('data-remote-local = [{path = "a", reson = "b"}]', "did you mean `reason`?"),
        ('data-remote-local = {path = "a", reason = "b"}', "must be a list"),
        ('data-remote-local = ["a"]', "must be a table"),
        ('data-remote-local = [{path = "**/**/**/a", reason = "b"}]', "too many stars"),
    ],
)
def test_a_wrong_suppression_is_an_error_and_not_a_silence(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidFile) as failure:
        load(tmp_path, f"[suppress]\n{text}\n")
    assert said in str(failure.value)


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    other = REMOTE.format(f"  # mlops-scan: ignore {RULE}: on \x1b[31mpurpose")
    return trees.write(tmp_path / "houses", {**FILES, ".dvc/config": REMOTE.format(""), "sub/.dvc/config": other})


def test_what_is_suppressed_stays_visible_and_does_not_count(houses: Path) -> None:
    text = report.render("text", trees.assess(houses), Look(width=200))
    assert "\nBroken wires (1)\n" in text
    assert "suppressed: on \\x1b[31mpurpose" in text and "\x1b" not in text
    assert text.index("sub/.dvc/config:4") > text.index(f"{RULE} .dvc/config:4")
    data = json.loads(report.render("json", trees.assess(houses), Look()))
    assert [fault.get("suppressed") for fault in data["faults"]] == [None, "on \\x1b[31mpurpose"]


def test_the_configuration_reaches_the_report(houses: Path) -> None:
    (houses / ".mlops-scan.toml").write_text(f'[suppress]\n{RULE} = [{{path = "/.dvc/config", reason = "agreed"}}]\n')
    assert "suppressed: agreed" in run(houses).output
    assert "suppressed: agreed" not in run(houses, "--no-config").output


def test_every_rule_has_a_page_that_explain_shows(houses: Path) -> None:
    for rule in faults.rules():
        lines = run("explain", rule.id).output.split("\n")
        assert lines[0].startswith(f"{rule.id} (fault, ")
        assert 4 <= len(lines) <= 16, rule.id
    here = run("explain", RULE, houses).output
    assert "here       2" in here and ".dvc/config:4: the default remote" in here
    assert "here       not found" in run("explain", "model-in-git", houses).output


@pytest.mark.parametrize("rule", faults.rules(), ids=lambda rule: rule.id)
def test_a_page_says_what_is_broken_what_rests_on_it_how_to_mend_it_and_when_it_is_wrong(rule: faults.Rule) -> None:
    summary, rests, last = rule.page.split("\n\n")
    mend, _, wrong = last.partition("\nWrong where: ")
    assert summary.endswith(".") and len(summary) <= 230
    assert len(rests) > 30
    assert mend.startswith("Mend: ") and len(mend) > 20
    assert len(wrong) > 10


def test_the_rules_are_listed() -> None:
    rows = json.loads(run("faults", "--format", "json").output)
    assert {row["id"] for row in rows} == {rule.id for rule in faults.rules()}
    assert "data-remote-local" in run("faults").output
    assert "did you mean data-remote-local" in run("explain", "data-remote-locals").stderr
