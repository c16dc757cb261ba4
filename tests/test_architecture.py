"""The floors of the house, held by its imports: no arrow up, no circle, and each library behind one door."""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "mlops_scan"

#: From the top down. A module may import from its own floor (its own package) and from every floor below.
FLOORS = [
    ["__main__"],
    ["cli"],
    [
        "report",
        "explain",
        "knowledge",
        "drawing",
        "config",
        "scan",
        "answers",
        "recall",
        "roadmap",
        "starters",
        "handbook",
    ],
    ["network"],
    ["assess"],
    ["practices", "lineage", "releasing", "serving", "faults"],
    ["lifecycle", "activities", "trail", "inventory"],
    ["graph", "detection"],
    ["wiring", "catalogue", "matching", "library", "proof", "entries", "readings", "ways", "firsts"],
    ["detector", "maturity", "models", "vocabulary", "toml", "attestation"],
    ["reading"],
    ["outcome", "opening"],
    ["facts"],
    ["changes", "cache", "apart"],
    ["repository"],
    ["evidence"],
    ["stopwatch"],
    ["errors", "clean", "collector", "memo", "patience", "search"],
]
DOORS = {
    "git": {"repository.git"},
    "yaml": {"facts.trees"},
    "networkx": {"network"},
    "jinja2": {"report.html.page"},
    "cyclonedx": {"report.cyclonedx"},
    "click": {"cli"},
    "tomli": {"facts.trees", "toml"},
}
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


ALL = [(name, tree) for name, tree in modules() if name]


@pytest.mark.parametrize(("name", "tree"), ALL, ids=[name for name, _ in ALL])
def test_no_module_imports_from_a_floor_above(name: str, tree: ast.Module) -> None:
    room = name.partition(".")[0]
    assert room in FLOOR, f"{name} has no floor: give it one in FLOORS"
    for target in imported(tree):
        if target.startswith("mlops_scan.") and (other := target.split(".")[1]) in FLOOR and other != room:
            assert FLOOR[other] >= FLOOR[room], f"{name} imports {target} from above"


def test_modules_import_each_other_in_no_circle() -> None:
    names = {name for name, _ in ALL}
    imports: dict[str, set[str]] = defaultdict(set)
    for name, tree in ALL:
        for target in imported(tree):
            inner = target.removeprefix("mlops_scan.")
            found = next((each for each in (inner, inner.rpartition(".")[0]) if each in names), None)
            if target.startswith("mlops_scan.") and found and found != name:
                imports[name].add(found)
    TopologicalSorter(imports).prepare()  # raises for a circle, and names it


@pytest.mark.parametrize("library", sorted(DOORS))
def test_a_library_has_one_door(library: str) -> None:
    rooms = {name for name, tree in ALL for target in imported(tree) if target.partition(".")[0] == library}
    doors = {name if name in DOORS[library] else name.partition(".")[0] for name in rooms}
    assert doors == DOORS[library]


def test_detectors_know_only_what_a_detector_is() -> None:
    for path in (ROOT.parent / "detectors").glob("*.py"):
        ours = {target for target in imported(ast.parse(path.read_text())) if target.startswith("mlops_scan")}
        assert all(target.startswith(("mlops_scan.detector.", "mlops_scan.evidence.")) for target in ours), path.name


def test_functions_stay_short() -> None:
    long = [
        f"{name}:{node.name}"
        for name, tree in ALL
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
    ]
    assert long == []


def test_the_packages_of_the_wheel_are_the_folders() -> None:
    import tomllib

    listed = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {
        f"mlops_scan{'.' if path.parent != ROOT else ''}{'.'.join(path.parent.relative_to(ROOT).parts)}"
        for path in ROOT.rglob("__init__.py")
    }
    assert sorted(listed) == sorted(folders | {"mlops_scan.detectors"})


@pytest.mark.parametrize("words", ["--help", "--version", "scan --help", "tools --help", "graph --help"])
def test_help_and_version_do_not_import_the_engine(words: str) -> None:
    seen = "import sys, atexit\natexit.register(lambda: print('heavy:', *sorted(HEAVY & set(sys.modules))))\n"
    code = f"HEAVY = {{'networkx', 'git', 'yaml', 'rich', 'tomli', 'hcl2', 'jinja2', 'mlops_scan.scan', 'mlops_scan.assess'}}\n{seen}"
    run = f"{code}from mlops_scan.cli import main\nmain({words.split()!r})\n"
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert done.stdout.rstrip().endswith("heavy:"), done.stdout[-300:]
