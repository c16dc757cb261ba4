"""What people answer: it counts for a stage of its own, ends on its day, and proves nothing."""

import json
from pathlib import Path

import pytest
import trees
from test_cli import run
from test_report import FILES

ANSWER = '[attest."{}"]\nanswer = "{}"\nwhy = "the platform team does"\nby = "A. Person"\nuntil = {}\nlink = "https://wiki.example/x"\n'


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    return trees.commit(tmp_path / "houses", FILES)


def attest(folder: Path, *criteria: str, answer: str = "yes", until: str = "2030-01-31") -> Path:
    (folder / ".mlops-scan.toml").write_text("".join(ANSWER.format(each, answer, until) for each in criteria))
    return folder


def stages(folder: Path, *words: str) -> dict[str, int]:
    data = json.loads(run(folder, "--format", "json", *words).stdout)
    return {key: data["models"][0][key] for key in ("stage", "attested", "possible")}


STAGE_1 = ("S1.1", "S1.2", "S1.3", "S1.4", "S1.5")
STAGE_0 = ("S0.1", "S0.2", "S0.3", "S0.4", "S0.5")


def test_an_answer_counts_for_the_attested_stage_and_never_for_the_proven(houses: Path) -> None:
    before = stages(houses)
    after = stages(attest(houses, *STAGE_0, *STAGE_1, *(f"S2.{n}" for n in range(1, 7))), "--today", "2029-01-01")
    assert after["stage"] == before["stage"] < 2
    assert after["attested"] == 2 <= after["possible"]


def test_an_answer_ends_on_its_day_and_is_a_fault_from_then_on(houses: Path) -> None:
    attest(houses, *STAGE_0, *STAGE_1)
    held, ended = (run(houses, "--format", "json", "--today", day).stdout for day in ("2030-01-31", "2030-02-01"))
    assert "attestation-expired" not in held
    fault = next(each for each in json.loads(ended)["faults"] if each["rule"] == "attestation-expired")
    assert fault["path"] == ".mlops-scan.toml" and "A. Person" in fault["message"]
    assert stages(houses, "--today", "2030-02-01")["attested"] == stages(houses, "--no-config")["stage"]


def test_an_answer_no_closes_what_was_possible(houses: Path) -> None:
    data = json.loads(run(houses, "--format", "json").stdout)
    criteria = data["models"][0]["criteria"]
    asked = [each["id"] for each in criteria if each["verdict"] == "asked"]
    everything = [each["id"] for each in criteria]
    sure = [each for each in everything if each not in asked]
    assert asked and stages(attest(houses, *sure), "--today", "2029-01-01")["possible"] == 5
    with (houses / ".mlops-scan.toml").open("a") as file:
        file.write("".join(ANSWER.format(each, "no", "2030-01-31") for each in asked))
    assert stages(houses, "--today", "2029-01-01")["possible"] < 5


def test_a_gate_counts_answers_only_where_it_is_told_and_says_which(houses: Path) -> None:
    attest(houses, *STAGE_0, *STAGE_1, *(f"S2.{n}" for n in range(1, 7)))
    day = ("--today", "2029-01-01")
    assert run(houses, "--min-stage", 2, *day).exit_code == 1
    counted = run(houses, "--min-stage", 2, "--count", "attested", *day)
    assert counted.exit_code == 0
    assert "S2.5: yes, says A. Person until 2030-01-31" in counted.stderr
    text = (houses / ".mlops-scan.toml").read_text()
    (houses / ".mlops-scan.toml").write_text(f'count = "attested"\nmin-stage = 2\n{text}')
    assert run(houses, *day).exit_code == 0


def test_the_day_can_come_from_the_build(houses: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attest(houses, "S1.4")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "2000000000")  # in the year 2033
    assert "attestation-expired" in run(houses, "--format", "json").stdout


def test_who_answered_stands_beside_the_criterion(houses: Path) -> None:
    done = run(attest(houses, "S2.5"), "--verbose", "--today", "2029-01-01").stdout
    assert "attested: yes, by A. Person, until 2030-01-31" in " ".join(done.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ANSWER.format("S9.9", "yes", "2030-01-31"), "unknown key `S9.9` in [attest]"),
        (ANSWER.format("S1.4", "maybe", "2030-01-31"), "`answer` is one of yes, partly, no"),
        (ANSWER.format("S1.4", "yes", '"soon"'), "`until` is a date"),
        (ANSWER.format("S1.4", "yes", "2030-01-31T00:00:00"), "`until` is a date"),
        ('[attest."S1.4"]\nanswer = "yes"\nby = "x"\nuntil = 2030-01-31\n', "needs a `why`"),
        ('[attest."S1.4"]\nanswer = "yes"\nwhy = "x"\nuntil = 2030-01-31\n', "needs a `by`"),
        ("attest = 3\n", "attest must be a table"),
        ('count = "wished"\n', "`count` is one of proven, attested"),
    ],
)
def test_a_wrong_answer_is_one_clear_line(text: str, said: str, houses: Path) -> None:
    (houses / ".mlops-scan.toml").write_text(text)
    done = run(houses)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_day_that_is_none_is_refused(houses: Path) -> None:
    assert "is not a day" in run(houses, "--today", "tomorrow").stderr
