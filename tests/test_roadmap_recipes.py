"""Each recipe, laid over small repositories: it brings what it aims at, breaks nothing, and what it writes is valid."""

import ast
import json
import subprocess
from functools import cache
from pathlib import Path

import hcl2
import pytest
import sites
import tomli
import yaml

from mlops_scan.errors import InvalidFile
from mlops_scan.evidence import Strength
from mlops_scan.roadmap.measure import Laid, Measure, meets, of_recipe, strengths
from mlops_scan.roadmap.recipes import FOLDER, load, recipes
from mlops_scan.roadmap.words import Change, Recipe

ALL = {recipe.id: recipe for recipe in recipes()}
EVERYWHERE = [*sites.SITES, *sites.FIXTURES]


@cache
def measure(name: str) -> Measure:
    start = sites.state(name)
    return Measure(start, [of_recipe(recipe, start) for recipe in recipes()])


@cache
def done(recipe: str, site: str) -> Laid | None:
    """The recipe as the last step behind all that it rests on; None where it does not fit."""
    maker = next(each for each in measure(site).makers if each.id == recipe)
    bundle = measure(site).bundle(maker)
    return measure(site).last(bundle) if bundle else None


def moving(recipe: Recipe, site: str) -> bool:
    """Whether the recipe fits, and something that it aims at was not there before."""
    laid = done(recipe.id, site)
    return laid is not None and not all(meets(aim, strengths(laid.before)) for aim in recipe.aims)


@pytest.mark.parametrize("recipe", ALL.values(), ids=list(ALL))
def test_a_recipe_brings_what_it_aims_at(recipe: Recipe) -> None:
    moved = [site for site in EVERYWHERE if moving(recipe, site)]
    assert moved, "no repository of the tests shows what this recipe is good for: add one to tests/sites.py"
    brought = []
    for site in moved:
        laid = done(recipe.id, site)
        assert laid is not None
        brought.append([str(aim) for aim in recipe.aims if not meets(aim, strengths(laid.after))])
    assert [] in brought, f"nowhere does it bring all of it; missing: {dict(zip(moved, brought, strict=True))}"


@pytest.mark.parametrize("recipe", ALL.values(), ids=list(ALL))
def test_whatever_a_recipe_writes_is_valid_in_its_format(recipe: Recipe) -> None:
    laid = [found for site in EVERYWHERE if (found := done(recipe.id, site))]
    assert laid
    for change in {change.path: change for each in laid for change in each.step.changes}.values():
        check(change)


def check(change: Change) -> None:
    text = change.after
    assert "@{" not in text.replace("@{{", ""), change.path
    if change.path.endswith(".py"):
        ast.parse(text)
    elif change.path.endswith((".yml", ".yaml")):
        assert list(yaml.safe_load_all(text)), change.path
    elif change.path.endswith((".json", ".ipynb")):
        json.loads(text)
    elif change.path.endswith(".toml"):
        tomli.loads(text)
    elif change.path.endswith(".tf"):
        hcl2.loads(text)
    elif change.path.endswith(".sh"):
        shell(text, change.path)
    elif change.path.endswith("Makefile"):
        assert all(line[:1] in ("\t", "") or ":" in line or line[0] in ".#" for line in text.split("\n")), text


def shell(text: str, where: str) -> None:
    ran = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
    assert ran.returncode == 0, (where, ran.stderr)


@pytest.mark.parametrize("recipe", ALL.values(), ids=list(ALL))
def test_shell_texts_of_a_recipe_parse(recipe: Recipe) -> None:
    texts = [text for pipeline in recipe.pipelines for job in pipeline.jobs for text in job.run]
    for text in (*texts, *recipe.run):
        shell(text.replace("@{", "$").replace("}", "").replace("?", ""), text)


@pytest.mark.parametrize("site", EVERYWHERE)
def test_no_recipe_leaves_a_file_that_our_readers_cannot_read(site: str) -> None:
    for maker in measure(site).makers:
        laid = done(maker.id, site)
        if laid:
            written = {change.path for change in laid.step.changes}
            broken = [
                (path, fact.name)
                for path in written
                for fact in laid.after.life.graph.readings[path].facts
                if fact.kind == "unparsable"
            ]
            assert broken == [], maker.id


@pytest.mark.parametrize("site", EVERYWHERE)
def test_what_stood_in_a_file_stays_in_it(site: str) -> None:
    for maker in measure(site).makers:
        laid = done(maker.id, site)
        for change in laid.step.changes if laid else ():
            before = laid.before.text(change.path) if laid else None
            if before and not change.path.endswith(".ipynb"):
                kept = [line for line in change.after.split("\n") if line.strip()]
                gone = [line for line in before.split("\n") if line.strip() and line not in kept]
                assert all("needs" in line for line in gone), (maker.id, change.path, gone)


def test_a_recipe_that_is_done_does_not_fit_a_second_time() -> None:
    for site in ("fastapi", "makefile", "dvc"):
        for maker in measure(site).makers:
            laid = done(maker.id, site)
            again = laid and maker.make(laid.after)
            if laid and again:
                # what is offered again writes other files: it never doubles what it has written
                old = {change.path for change in laid.step.changes if change.line is None}
                assert not old & {change.path for change in again.changes if change.line is None}, maker.id


def test_the_days_of_a_tool_that_is_new_here_are_a_day_more() -> None:
    recipe = ALL["track-runs-mlflow"]
    new, known = of_recipe(recipe, sites.state("plain")), of_recipe(recipe, sites.state("mlflow"))
    assert (new.days, known.days) == (recipe.days + 1, recipe.days)


def test_practices_that_no_run_has_left_a_trace_of_are_never_promised() -> None:
    assert not [recipe.id for recipe in ALL.values() for aim in recipe.aims if aim.strength is Strength.EXERCISED]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('title = "a"', "`days` must be"),
        ('days = 1\nwhy = "b"\naims = ["run-tracked"]', "`title` is missing"),
        ('title = "a"\nwhy = "b"\ndays = 1\naims = ["run-traced"]', "no such practice"),
        ('title = "a"\nwhy = "b"\ndays = 1\naims = ["run-tracked"]', "edits nothing"),
        ('title = "a"\nwhy = "b"\ndays = 1\ncost = 2', "unknown key `cost`"),
        ('title = "a"\nwhy = "b"\ndays = 1\naims = ["run-tracked"]\n[[file]]\npath = "@{trian}"\ntext = "x"', "no such name: @{trian}"),
        ('title = "a"\nwhy = "b"\ndays = 1\naims = ["run-tracked"]\n[when]\nclouds = ["a"]', "unknown key `clouds`"),
        ('title = "a"\nwhy = "b"\ndays = 1\naims = ["run-tracked"]\n[[insert]]\npath = "a"\ntext = "x"\nat = "top"', "`at` must be"),
        ('title = "a"\nwhy = "b"\ndays = 1\naims = ["run-tracked"]\n[[pipeline]]\nname = "a"\non = ["dawn"]', "`on` takes"),
    ],
)  # fmt: skip
def test_a_recipe_that_is_wrong_says_what_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(InvalidFile) as failure:
        load(path)
    assert problem in str(failure.value)


def test_the_folder_is_the_list() -> None:
    assert sorted(ALL) == sorted(path.stem for path in FOLDER.iterdir())
