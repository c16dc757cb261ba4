"""SECURITY.md says what is true: its limits are those of the code, its places exist, every group of hostile cases is named."""

import re
from importlib import import_module
from pathlib import Path

import hostile
import pytest
from click.testing import CliRunner

from mlops_scan.cli import main

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "SECURITY.md"
TEXT = PAGE.read_text(encoding="utf-8")
_ROW = re.compile(r"(?m)^(\| .+ \| )[\d,]+( \w+ \| `([\w.]+)\.([A-Z_]+)(?:\[(\S+)\])?` \|)$")


def limit(module: str, name: str, key: str | None) -> str:
    """A constant of the code, or what a table of the code holds under a key, as people write numbers."""
    value = getattr(import_module(f"mlops_scan.{module}"), name)
    return f"{value[key] if key else value:,.0f}"


def table() -> re.Match[str]:
    found = re.search(r"<!-- limits -->\n(.*?)<!-- limits: end -->", TEXT, re.DOTALL)
    assert found
    return found


def test_the_limits_are_those_of_the_code(accept: bool) -> None:
    found = table()
    rows = _ROW.sub(lambda row: f"{row[1]}{limit(row[3], row[4], row[5])}{row[2]}", found[1])
    if accept:
        PAGE.write_text(TEXT[: found.start(1)] + rows + TEXT[found.end(1) :], encoding="utf-8")
    else:
        assert found[1] == rows, "pytest --accept tests/test_security.py"


def test_every_row_of_the_limits_names_a_constant() -> None:
    rows = table()[1].strip().splitlines()[2:]
    assert len(rows) > 12
    assert [row for row in rows if not _ROW.fullmatch(row)] == []


@pytest.mark.parametrize(
    "module", ["reading", "scan", "detection", "catalogue", "repository.git", "repository.files", "ways"]
)
def test_every_public_limit_of_a_module_stands_in_the_table(module: str) -> None:
    limits = [name for name in vars(import_module(f"mlops_scan.{module}")) if re.match(r"(SECONDS|MOST|LARGEST)", name)]
    assert limits and [name for name in limits if f".{name}" not in table()[1]] == []


def test_the_places_that_are_named_are_there() -> None:
    named = set(re.findall(r"`((?:mlops_scan|tests/test_|\.ci|docs)[\w./-]*)`", TEXT))
    assert len(named) > 15
    assert [place for place in sorted(named) if "/" in place and not (ROOT / place).exists()] == []


def test_every_group_of_hostile_cases_holds_a_promise() -> None:
    assert [group for group in hostile.GROUPS if f"group `{group}`" not in TEXT] == []


def test_the_exit_codes_are_those_of_the_help() -> None:
    from mlops_scan.cli import manual

    told = {int(code) for code, _ in manual.GATE}
    shown = {int(code) for row in re.findall(r"(?m)^\| ([\d, ]+) \| ", TEXT) for code in row.split(", ")}
    assert told <= shown


def test_a_tree_that_makes_itself_milder_is_not_heard_where_its_configuration_is_not(tmp_path: Path) -> None:
    (tmp_path / ".mlops-scan.toml").write_text("min-stage = 0\n")
    (tmp_path / "train.py").write_text(
        "import mlflow\nfrom sklearn.svm import SVC\nmlflow.log_metric('a', SVC().fit([], []))\n"
    )
    heard = CliRunner().invoke(main, [str(tmp_path), "--quiet"])
    command = re.findall(r"`mlops-scan (--no-config[^`]*)`", TEXT)[0].split()
    unheard = CliRunner().invoke(main, [*command[:-1], str(tmp_path), "--quiet"])
    assert (heard.exit_code, unheard.exit_code) == (0, 1)


def test_nothing_of_ours_tells_a_reader_to_start_the_module_in_a_tree() -> None:
    pages = [ROOT / "README.md", ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml", *ROOT.glob("docs/*.md")]
    pages += [*ROOT.glob("templates/*"), *ROOT.glob("mlops_scan/starters/*.*")]
    bare = re.compile(r"python3? (?!-[PI] )(?:-\S+ )*-m mlops_scan")
    found = [f"{page.name}: {line}" for page in pages for line in page.read_text().splitlines() if bare.search(line)]
    assert all("never" in page or "do not trust" in page for page in found), found
