"""The catalogue: every file is a detector, a wrong one is named with its mistake, and folders bring no code."""

import os
import sys
from importlib import metadata

import pytest

from mlops_scan import catalogue
from mlops_scan.catalogue import from_toml, load
from mlops_scan.clean import masked
from mlops_scan.detector import Signal
from mlops_scan.errors import InvalidFile
from mlops_scan.evidence import SIGNAL_KINDS
from mlops_scan.matching import can_match
from mlops_scan.vocabulary import vocabulary

GOOD = 'name = "Tool"\nurl = "https://example.org"\n'


def file(tmp_path, text, name="tool.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_detector_is_its_file(tmp_path):
    shows = '[shows.data-versioned]\nfile = ["*.t"]\nimport = ["t", "u"]\n'
    made = from_toml(file(tmp_path, GOOD + shows + '[traces.data-versioned]\nfile = ["t.lock"]\n'))
    assert (made.id, made.name, made.url, made.is_tool, made.code) == (
        "tool",
        "Tool",
        "https://example.org",
        True,
        None,
    )
    assert made.signals == (
        Signal("data-versioned", "file", "*.t"),
        Signal("data-versioned", "import", "t"),
        Signal("data-versioned", "import", "u"),
        Signal("data-versioned", "file", "t.lock", trace=True),
    )


def test_a_convention_has_no_address(tmp_path):
    made = from_toml(file(tmp_path, 'name = "By hand"\ntool = false\n[shows.data-versioned]\nfile = ["x"]\n'))
    assert (made.url, made.is_tool) == ("", False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", ["is not valid TOML", "end of document"]),
        ('url = "u"\n[shows.data-versioned]\nfile = ["x"]', ["`name` is missing"]),
        ('name = "n"\n[shows.data-versioned]\nfile = ["x"]', ["`url` is missing"]),
        ('name = 1\nurl = "u"\n', ["`name` is missing, or is no text"]),
        ('name = ""\nurl = "u"\n', ["`name` is missing"]),
        (GOOD, ["shows nothing", "[shows.PRACTICE]"]),
        (GOOD + "[shows]\n", ["shows nothing"]),
        (GOOD + 'tool = "no"\n[shows.data-versioned]\nfile = ["x"]', ["`tool` must be true or false"]),
        (GOOD + '[show.data-versioned]\nfile = ["x"]', ["unknown key `show`", "did you mean `shows`?"]),
        (
            GOOD + '[shows.data-versionned]\nfile = ["x"]',
            ["`data-versionned` in [shows]", "did you mean `data-versioned`?"],
        ),
        (GOOD + '[traces.data-versionned]\nfile = ["x"]', ["in [traces]", "did you mean `data-versioned`?"]),
        (GOOD + '[shows.data-versioned]\nfiles = ["x"]', ["`files` in [shows.data-versioned]", "did you mean `file`?"]),
        (GOOD + '[shows.data-versioned]\nregex = ["x"]', ["`regex` in [shows.data-versioned]"]),
        (GOOD + '[shows.data-versioned]\nneeds = ["x"]', ["unknown key `needs`"]),
        (GOOD + '[shows.data-versioned]\nfile = "x"', ["[shows.data-versioned] file must be a list of texts"]),
        (GOOD + "[shows.data-versioned]\nfile = [1]", ["file must be a list of texts"]),
        (GOOD + "[shows.data-versioned]\nfile = ['']", ["file must be a list of texts"]),
        (GOOD + "[shows.data-versioned]\nfile = ['*a*a*a*a*']", ["[shows.data-versioned] file", "stars"]),
        ('name = "x"\nurl = 5\ntool = false\n[shows.data-versioned]\nfile = ["x"]', ["`url` is no text"]),
        (GOOD + "shows = 3", ["shows must be a table"]),
        (GOOD + "[shows]\ndata-versioned = ['x']", ["shows.data-versioned must be a table"]),
        (GOOD + "[[shows.data-versioned]]\nfile = ['x']", ["shows.data-versioned must be a table"]),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(tmp_path, text, words):
    path = file(tmp_path, text)
    with pytest.raises(InvalidFile) as caught:
        from_toml(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize("name", ["My Tool.toml", "tool_x.toml", "-tool.toml", "Tool.toml", "tool--x.toml", ".toml"])
def test_the_name_of_the_file_is_the_id(tmp_path, name):
    path = file(tmp_path, GOOD + '[shows.data-versioned]\nfile = ["x"]', name)
    with pytest.raises(InvalidFile, match="file's name is the id"):
        from_toml(path)


def test_a_practice_that_the_graph_composes_is_shown_by_no_signal(tmp_path):
    composed = next(name for name, practice in vocabulary().practices.items() if practice.composed)
    with pytest.raises(InvalidFile, match=f"unknown key `{composed}`"):
        from_toml(file(tmp_path, GOOD + f'[shows.{composed}]\nfile = ["x"]'))


@pytest.mark.parametrize("kind", sorted(SIGNAL_KINDS))
def test_every_kind_of_signal_can_be_matched(tmp_path, kind):
    assert can_match(kind)
    assert from_toml(file(tmp_path, GOOD + f'[shows.data-versioned]\n{kind} = ["x"]')).signals[0].kind == kind


def test_the_built_in_detectors_load_and_are_sorted_each_once():
    ids = [each.id for each in load()]
    assert "dvc" in ids
    assert ids == sorted(set(ids))


def test_a_folder_adds_detectors_and_a_later_one_replaces_the_same_id(tmp_path):
    for folder, title in (("first", "One"), ("second", "Two")):
        (tmp_path / folder).mkdir()
        text = f'name = "{title}"\nurl = "u"\n[shows.data-versioned]\nfile = ["x"]\n'
        file(tmp_path / folder, text, "dvc.toml")
        file(tmp_path / folder, text, f"only-{folder}.toml")
    folders = [tmp_path / "first", tmp_path / "second"]
    found = {each.id: each for each in load(folders)}
    assert (found["dvc"].name, found["only-first"].name, found["only-second"].name) == ("Two", "One", "Two")
    assert {each.id: each for each in load(reversed(folders))}["dvc"].name == "One"
    assert {each.id: each for each in load()}["dvc"].name == "DVC"


def test_a_folder_brings_no_code(tmp_path):
    marker = tmp_path / "MARK"
    for name in ("evil.py", "__init__.py", "conftest.py", "tomli.py", "sitecustomize.py"):
        file(tmp_path, f"open({str(marker)!r}, 'w')\n", name)
    file(tmp_path, GOOD + '[shows.data-versioned]\nfile = ["x"]', "fine.toml")
    before = list(sys.path)
    assert {each.id for each in load([tmp_path])} - {each.id for each in load()} == {"fine"}
    assert not marker.exists()
    assert sys.path == before


@pytest.mark.parametrize("how", ["absent", "file"])
def test_what_is_no_folder_is_named(tmp_path, how):
    place = tmp_path / "there"
    if how == "file":
        place.write_text("")
    with pytest.raises(InvalidFile, match=r"there: is not a folder of detectors"):
        load([place])


def test_a_file_of_a_folder_that_cannot_be_read_is_named_and_makes_nobody_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(InvalidFile, match=r"pipe\.toml: is not a regular file"):
        load([tmp_path])


def test_a_file_without_end_is_not_read(tmp_path):
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    with pytest.raises(InvalidFile, match=r"zero\.toml: is not a regular file"):
        load([tmp_path])


class Point:
    """An entry point of an installed package."""

    name = "ours"

    def __init__(self, result):
        self.result = result

    def load(self):
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


def install(monkeypatch, result):
    monkeypatch.setattr(catalogue, "_installed", catalogue._installed.__wrapped__)
    monkeypatch.setattr(
        metadata, "entry_points", lambda group: [Point(result)] if group == catalogue.ENTRY_POINTS else []
    )


CODE = '''
"""It is code because a test asks for it."""
from mlops_scan.detector import Shown, detector

@detector("Ours", "https://example.org", ("data-versioned",))
def ours(reading):
    yield from (Shown("data-versioned", fact) for fact in reading.facts)
'''


def test_an_installed_package_brings_data_and_code(tmp_path, monkeypatch):
    file(tmp_path, CODE, "our_tool.py")
    file(tmp_path, "raise SystemError\n", "_private.py")
    file(tmp_path, GOOD + '[shows.data-versioned]\nfile = ["x"]', "fine.toml")
    install(monkeypatch, type("Package", (), {"__path__": [str(tmp_path)]}))
    found = {each.id: each for each in load()}
    assert found["fine"].name == "Tool"
    assert (found["our-tool"].name, found["our-tool"].practices) == ("Ours", ("data-versioned",))
    assert "our_tool" not in sys.modules


@pytest.mark.parametrize("result", [ImportError("no"), object(), ValueError("x"), SystemExit(0)])
def test_an_installed_package_that_does_not_load_is_named(monkeypatch, result):
    before = load()
    install(monkeypatch, result)
    (broken,) = set(load()) - set(before)
    assert (broken.id, broken.is_tool) == ("of the entry point ours", False)
    assert broken.problem.startswith("cannot be loaded: ")
    assert set(before) < set(load())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "holds 0 detectors"),
        (CODE + "again = ours._replace(name='x')\n", "holds 2 detectors"),
        ("import nowhere_to_be_found\n", "cannot be loaded: ModuleNotFoundError"),
        ("def f(:\n", "cannot be loaded: SyntaxError"),
        ("raise SystemExit(0)\n", "cannot be loaded: SystemExit"),
    ],
)
def test_a_module_that_is_not_one_detector_is_named(tmp_path, monkeypatch, code, said):
    file(tmp_path, code, "odd.py")
    install(monkeypatch, type("Package", (), {"__path__": [str(tmp_path)]}))
    (problem,) = [each.problem for each in load() if each.problem]
    assert f"odd.py: {said}" in problem


def test_what_others_call_their_detector_is_masked_and_ours_hold_nothing_to_mask(tmp_path):
    text = GOOD.replace('"Tool"', '"Tool token=abcdefgh12345678"') + '[shows.data-versioned]\nfile = ["x"]\n'
    file(tmp_path, text, "fine.toml")
    assert {each.id: each for each in load([tmp_path])}["fine"].name == "Tool token=***"
    assert [each.id for each in load() if masked(each.name) != each.name or masked(each.url) != each.url] == []
