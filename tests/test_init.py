"""`mlops-scan init`: it sets up a gate that passes today, overwrites nothing, and follows no link."""

from pathlib import Path

import pytest
import tomli
import trees
from click.testing import CliRunner, Result
from test_cli import run
from test_report import FILES

from mlops_scan import __version__, starters
from mlops_scan.cli import init, main, output

WORKFLOW = ".github/workflows/mlops-scan.yml"


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    return trees.commit(tmp_path / "houses", {**FILES, ".github/CODEOWNERS": "* @ada\n"})


def files(root: Path) -> dict[str, str]:
    found = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts)
    return {str(path.relative_to(root)): path.read_text() for path in found}


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, *words: str, answer: str) -> Result:
    monkeypatch.setattr(output, "can_ask", lambda: True)
    return CliRunner().invoke(main, ["init", *words], input=answer)


def test_the_gate_that_it_sets_up_passes_today_and_gates(houses: Path) -> None:
    before = files(houses)
    done = run("init", houses)
    assert done.exit_code == 0, done.output
    new = {name: text for name, text in files(houses).items() if name not in before}
    assert set(new) == {".mlops-scan.toml", ".pre-commit-config.yaml", WORKFLOW}
    assert f"v{__version__}\n" in new[WORKFLOW] and f"v{__version__}\n" in new[".pre-commit-config.yaml"]
    stage = tomli.loads(new[".mlops-scan.toml"])["min-stage"]
    assert f"Stage {stage} of" in done.output
    assert run(houses).exit_code == 0
    assert run(houses, "--min-stage", stage + 1).exit_code == 1


@pytest.mark.parametrize("system", starters.SYSTEMS)
def test_to_be_measured_is_no_progress(houses: Path, system: str) -> None:
    before = [(each.model.id, each.stage) for each in trees.assess(houses).climbs]
    assert run("init", houses, "--ci", system, "--min-stage", 0).exit_code == 0
    after = trees.assess(trees.commit(houses, {}, "Gate"))
    assert [(each.model.id, each.stage) for each in after.climbs] == before
    assert {str(each.strength) for each in after.practices if each.practice == "changes-checked"} == {"declared"}


def test_a_workflow_that_tests_as_well_still_checks_changes(houses: Path) -> None:
    run("init", houses)
    text = (houses / WORKFLOW).read_text()
    trees.commit(houses, {WORKFLOW: f"{text}      - run: pytest\n"})
    (shown,) = (each for each in trees.assess(houses).practices if each.practice == "changes-checked")
    assert str(shown.strength) == "wired"


def test_a_dry_run_prints_and_writes_nothing(houses: Path) -> None:
    before = files(houses)
    done = run("init", houses, "--dry-run")
    assert files(houses) == before
    assert "    min-stage = " in done.output and "      - id: mlops-scan" in done.output


def test_on_a_terminal_it_asks_once(houses: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(houses)
    refused = at_a_terminal(monkeypatch, str(houses), answer="n\n")
    assert refused.output.count("Write these 3 files?") == 1 and files(houses) == before
    assert "Wrote .mlops-scan.toml." in at_a_terminal(monkeypatch, str(houses), answer="y\n").output


def test_nothing_that_is_there_is_overwritten_and_the_block_is_printed(houses: Path) -> None:
    own = {
        ".mlops-scan.toml": 'exclude = ["old/**"]\n',
        ".pre-commit-config.yaml": "repos: []\n",
        WORKFLOW: "on: push\njobs: {}\n",
    }
    trees.write(houses, own)
    done = run("init", houses)
    assert {name: files(houses)[name] for name in own} == own
    assert done.output.count("is there already, so nothing is written. Put in by hand:") == 3
    assert "    min-stage = " in done.output and "          - uses: mlops-scan/mlops-scan@v" in done.output


def test_a_second_time_has_nothing_to_do(houses: Path) -> None:
    run("init", houses)
    before = files(houses)
    again = run("init", houses)
    assert files(houses) == before
    assert again.output.count("has it already") == 3


def test_the_section_of_a_pyproject_is_not_doubled_by_a_file(houses: Path) -> None:
    trees.write(houses, {"pyproject.toml": "[tool.mlops-scan]\nexclude = []\n"})
    done = run("init", houses)
    assert not (houses / ".mlops-scan.toml").exists()
    assert "    [tool.mlops-scan]\n    min-stage = " in done.output


@pytest.mark.parametrize("link", [".github", ".github/workflows", WORKFLOW, ".pre-commit-config.yaml", ".mlops-scan.toml"])  # fmt: skip
@pytest.mark.parametrize("dangling", [False, True])
def test_no_link_is_followed(houses: Path, tmp_path: Path, link: str, dangling: bool) -> None:
    outside = tmp_path / "outside"
    if not dangling:
        trees.write(outside, {"workflows/x": "precious", "x": "precious"})
    (houses / ".github" / "CODEOWNERS").unlink()
    (houses / ".github").rmdir()
    (houses / link).parent.mkdir(parents=True, exist_ok=True)
    (houses / link).symlink_to(outside / "x" if link.endswith((".yml", ".yaml", ".toml")) else outside)
    trees.commit(houses, {})
    before = files(outside)
    done = (
        run("--no-config", houses) if False else run("init", houses, "--min-stage", 1, "--ci", "github", "--no-config")
    )
    assert f"{link} is a link" in done.output
    assert files(outside) == before
    assert (houses / link).is_symlink()


def test_a_link_that_comes_in_between_is_not_followed(houses: Path, tmp_path: Path) -> None:
    trees.write(tmp_path / "outside", {"x": "precious"})
    (houses / "folder").symlink_to(tmp_path / "outside")
    for path in ("folder/new", "folder/inner/new"):
        with pytest.raises(OSError):
            starters.create(houses, starters.Starter(path, "x", ""))
    (houses / "file").symlink_to(tmp_path / "outside" / "x")
    with pytest.raises(OSError):
        starters.create(houses, starters.Starter("file", "x", ""))
    assert files(tmp_path / "outside") == {"x": "precious"}


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ({".github/CODEOWNERS": ""}, ["github"]),
        ({".gitlab-ci.yml": "a: {script: x}\n"}, ["gitlab"]),
        ({"azure-pipelines.yml": "steps: []\n"}, ["azure"]),
        ({"Jenkinsfile": "pipeline {}\n", ".github/x": ""}, ["github", "jenkins"]),
        ({"docs/Jenkinsfile": "pipeline {}\n"}, []),
        ({".git/config": '[remote "origin"]\n\turl = git@github.com:a/b.git\n'}, ["github"]),
        ({".git/config": '[remote "origin"]\n\turl = https://u:p@gitlab.acme.example/a/b\n'}, ["gitlab"]),
        ({".git/config": '[remote "origin"]\n\turl = https://x@dev.azure.com/a/_git/b\n'}, ["azure"]),
        ({".git/config": '[remote "origin"]\n\turl = https://code.example/github/gitlab\n'}, []),
        ({".git/config": "\n" * 500_000}, []),
        ({}, []),
    ],
)
def test_the_ci_system_is_the_one_that_is_there(tmp_path: Path, marks: dict[str, str], expected: list[str]) -> None:
    assert starters.recognised(trees.write(tmp_path, marks)) == expected


def test_where_no_ci_is_there_it_says_how_to_choose(tmp_path: Path) -> None:
    root = trees.commit(tmp_path / "houses", FILES)
    assert "No CI system was recognised: name one with --ci github|gitlab|azure|jenkins." in run("init", root).output
    assert "No CI" not in run("init", root, "--ci", "none").output
    assert run("init", root, "--ci", "jenkins").exit_code == 0 and (root / "Jenkinsfile").exists()


def test_what_has_no_stage_gets_no_gate_unless_it_is_asked_for(tmp_path: Path) -> None:
    shop = trees.commit(tmp_path / "shop", {"app.py": "print(1)\n"})
    done = run("init", shop)
    assert done.exit_code == 0 and "There is nothing to gate" in done.output
    assert set(files(shop)) == {"app.py"}
    run("init", shop, "--min-stage", 1, "--ci", "none")
    assert "min-stage = 1" in (shop / ".mlops-scan.toml").read_text()


def test_an_incomplete_scan_has_no_stage_to_start_at(tmp_path: Path) -> None:
    root = trees.write(tmp_path / "houses", FILES)
    (root / "/".join("d" * 220)).mkdir(parents=True)
    assert run("init", root).exit_code == 3
    assert not (root / ".mlops-scan.toml").exists()


def test_the_systems_of_the_option_are_those_of_the_starters() -> None:
    assert tuple(starters.SYSTEMS) == init._SYSTEMS


def test_a_model_of_the_tree_says_its_name_and_does_nothing(houses: Path) -> None:
    (houses / "own.toml").write_text(
        'name = "a\\u009b31m\\n::error::b"\n[[stage]]\nnumber = 1\nname = "y"\n[[stage.criterion]]\nid = "Q.1"\nquestion = "z"\nneeds = ["run-tracked"]\n'
    )
    (houses / ".mlops-scan.toml").write_text('model = "own.toml"\n')
    assert "of a\\x9b31m\\x0a:\\x3aerror::b is proven" in run("init", houses, "--dry-run").output
