"""Models: the built-in ones hold together, and a wrong one of a user says what is wrong."""

from pathlib import Path

import pytest

from mlops_scan.errors import InvalidFile, ScanError
from mlops_scan.evidence import Strength
from mlops_scan.maturity import builtin, find, load

VALID = """
name = "Ours"
[[stage]]
number = 1
name = "One"
quorum = "all"
[[stage.criterion]]
id = "A"
question = "Are runs tracked?"
needs = ["run-tracked or metrics-recorded at wired"]
"""


def model(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "ours.toml"
    path.write_text(text)
    return path


def test_the_models_ask_all_criteria_of_the_two_ladders() -> None:
    known = builtin()
    assert [each.id for each in known["stages"].criteria] == [
        f"S{stage}.{number}" for stage, most in enumerate((5, 5, 6, 6, 5, 5)) for number in range(1, most + 1)
    ]
    assert [each.id for each in known["levels"].criteria] == [f"P.{number}" for number in range(1, 6)]
    assert [stage.number for stage in known["stages"].stages] == [0, 1, 2, 3, 4, 5]
    assert [stage.number for stage in known["levels"].stages] == [1, 2, 3, 4]


def test_every_criterion_rests_on_practices_or_must_be_asked() -> None:
    for known in builtin().values():
        assert [each.id for each in known.criteria if not each.needs and not each.asked] == []


def test_a_need_names_alternatives_and_a_strength(tmp_path: Path) -> None:
    (criterion,) = load(model(tmp_path, VALID)).criteria
    assert criterion.needs[0].practices == ("run-tracked", "metrics-recorded")
    assert criterion.needs[0].strength is Strength.WIRED


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (VALID.replace("run-tracked", "runs-tracked"), "no such practice: runs-tracked"),
        (VALID.replace("at wired", "at strong"), "no such strength: strong"),
        (VALID.replace('quorum = "all"', 'quorum = "some"'), "no such quorum: some"),
        (VALID.replace("question", "qestion"), "did you mean `question`?"),
        (VALID + VALID.partition("\n[[stage]]")[2].replace("number = 1", "[[stage]]\nnumber = 2"), "duplicate criterion A"),
        (VALID + '[[stage]]\nnumber = 3\nname = "Three"\n[[stage.criterion]]\nid="B"\nquestion="?"\nneeds=["run-tracked"]\n', "must follow one another"),
        (VALID + '[[stage]]\nnumber = 2\nname = "Two"\n', "unreachable, it has no criterion"),
        (VALID + '[[stage]]\nnumber = 2\nname = "Two"\n[[stage.criterion]]\nid="B"\nquestion="?"\nasked=true\n', "no file could show any"),
        (VALID + '[[stage]]\nnumber = 2\nname = "Two"\n[[stage.criterion]]\nid="B"\nquestion="?"\n', "needs nothing and is not asked"),
        (
            VALID + '[[stage]]\nnumber = 2\nname = "Two"\n[[stage.criterion]]\nid="B"\nquestion="?"\nneeds=["run-tracked or metrics-recorded at configured"]\n',
            "stage 2 asks for run-tracked or metrics-recorded at configured, stage 1 already at wired",
        ),
        ("name = 'x'", "has no stage"),
        ("[[stage]\n", "is not valid TOML"),
    ],
)  # fmt: skip
def test_a_wrong_model_is_refused_with_its_mistake(tmp_path: Path, wrong: str, said: str) -> None:
    with pytest.raises(InvalidFile) as refused:
        load(model(tmp_path, wrong))
    assert said in str(refused.value)
    assert "ours.toml" in str(refused.value)
    assert "\n" not in str(refused.value).strip()


def test_an_unknown_model_is_named_with_the_known_ones() -> None:
    with pytest.raises(ScanError, match="no model `stagess`.*stages"):
        find("stagess")


OWN = """
[practice.nightly-training]
capability = "pipelines"
means = "a clock starts training"
step = "Add a schedule."
starts = ["schedule"]
reaches = ["train", "run-tracked"]

[[stage]]
number = 1
name = "One"
[[stage.criterion]]
id = "N.1"
question = "Is there a training at night?"
needs = ["nightly-training at wired"]
"""


def test_a_model_can_bring_a_practice_of_its_own(tmp_path: Path) -> None:
    (route,) = load(model(tmp_path, OWN)).routes
    assert (route.starts, route.reaches) == (("schedule",), ("train", "run-tracked"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (OWN.replace('"schedule"', '"moon"'), "moon"),
        (OWN.replace('"train"', '"trane"'), "trane"),
        (OWN.replace("nightly-training]", "run-tracked]", 1), "one of mlops-scan's own"),
        (OWN.replace('"pipelines"', '"plumbing"'), "no such capability: plumbing"),
        (OWN.replace('reaches = ["train", "run-tracked"]', "reaches = 3"), "must be a list of texts"),
        ("profile = 3\n" + VALID, "must be a table"),
        (VALID + "[profile]\nversioning = 3\n", "must be a table"),
        (VALID + "[profile.versioning]\n1 = 3\n", "must be a list of texts"),
    ],
)
def test_a_wrong_practice_or_profile_is_refused(tmp_path: Path, wrong: str, said: str) -> None:
    with pytest.raises(InvalidFile, match=said):
        load(model(tmp_path, wrong))


def test_a_file_named_as_a_built_in_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stages.toml"
    path.write_text(VALID)
    with pytest.raises(InvalidFile, match="built-in"):
        find(str(path))
