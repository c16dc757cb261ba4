"""Exit statuses that a shell text loses, and those that it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import facts, read

from mlops_scan.facts import exits
from mlops_scan.facts import read as read_file
from mlops_scan.facts.ci import azure, github, jenkins
from mlops_scan.facts.commands import make
from mlops_scan.facts.exits import Shell
from mlops_scan.facts.source import Source

WHY = {"not last", "pipe", "&&", "$?"}
PLAIN, ERREXIT, STRICT = Shell(), Shell(errexit=True), Shell(errexit=True, pipefail=True)


def lost(text: str, options: Shell = PLAIN) -> list[tuple[str, str]]:
    """The commands whose failure is lost, with the reason; those that only print are of no interest here."""
    found = exits.lost(text, 1, options=options)
    return [(fact.name, fact.value) for fact in found if not fact.name.startswith(("echo", "true"))]


@pytest.mark.parametrize(
    ("text", "options", "why"),
    [
        ("check\necho done", PLAIN, "not last"),
        ("check; echo done", PLAIN, "not last"),
        ("check\nexit 0", PLAIN, "not last"),
        ("check && echo fine\necho done", ERREXIT, "&&"),
        ("check | tee log", PLAIN, "pipe"),
        ("check 2>&1 | tee log", ERREXIT, "pipe"),
        ("check\necho done\nresult=$?", PLAIN, "$?"),
        ("set +e\ncheck\necho done", ERREXIT, "not last"),
        ("for each in a b; do\n  check\n  echo $each\ndone", PLAIN, "not last"),
        ("if [ $1 ]; then\n  check\nelse\n  echo no\nfi\necho done", PLAIN, "not last"),
        ("case $1 in\n  a) check ;;\n  *) echo no ;;\nesac\necho done", PLAIN, "not last"),
        ("echo begin\ncheck \\\n  > log\necho done", PLAIN, "not last"),
    ],
)
def test_a_failure_that_nobody_asks_for_is_lost(text: str, options: Shell, why: str) -> None:
    assert [reason for name, reason in lost(text, options) if name.startswith("check")] == [why]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("echo begin\ncheck", PLAIN),
        ("set -e\ncheck\necho done", PLAIN),
        ("set -euo pipefail\ncheck | tee log\necho done", PLAIN),
        ("set -o errexit\ncheck\necho done", PLAIN),
        ("check\necho done", ERREXIT),
        ("check | tee log", STRICT),
        ("check | tee log\nexit ${PIPESTATUS[0]}", ERREXIT),
        ("check && echo fine", ERREXIT),
        ("check || exit 1\necho done", PLAIN),
        ("check && echo fine || exit 1\necho done", PLAIN),
        ("check\nresult=$?\necho done\nexit $result", PLAIN),
        ("check\nif [ $? -ne 0 ]; then exit 1; fi\necho done", PLAIN),
        ("if check; then echo fine; else exit 1; fi\necho done", PLAIN),
        ("while ! check; do sleep 1; done\necho done", PLAIN),
        ("if [ $1 ]; then\n  check\nelse\n  echo no\nfi", PLAIN),
        ("case $1 in\n  a) check ;;\n  *) echo no ;;\nesac", PLAIN),
        ("result=$(check)\necho $result", PLAIN),
        ("run() {\n  check\n  echo done\n}\nrun", PLAIN),
        ("trap 'exit 1' ERR\ncheck\necho done", PLAIN),
        (". ./common.sh\ncheck\necho done", PLAIN),
        ("exec check\necho never", PLAIN),
        ("cat <<END\ncheck\nEND\necho done", PLAIN),
        ("check\nexit", PLAIN),
    ],
)
def test_a_failure_that_ends_the_text_or_is_asked_for_is_not_lost(text: str, options: Shell) -> None:
    assert [name for name, _ in lost(text, options) if "check" in name] == []


def test_a_script_begins_with_the_options_of_its_first_line() -> None:
    assert [fact.name for fact in read(exits.script, "#!/bin/bash\ncheck\ntail log")] == ["check"]
    assert read(exits.script, "#!/bin/bash -e\ncheck\ntail log") == []


@pytest.mark.parametrize(
    ("shell", "expected"), [("", ["pytest"]), ("shell: bash", []), ("shell: bash {0}", ["pytest"]), ("shell: pwsh", [])]
)
def test_github_sets_pipefail_only_for_a_shell_that_is_named(shell: str, expected: list[str]) -> None:
    text = f"on: push\njobs:\n  test:\n    steps:\n      - run: pytest | tee log\n        {shell}\n"
    assert [fact.name for fact in facts(read(github.workflow, text), "exit-lost")] == expected


def test_github_sets_errexit_and_azure_does_not() -> None:
    on_github = "on: push\njobs:\n  test:\n    steps:\n      - run: |\n          pytest\n          tail log\n"
    on_azure = "trigger: [main]\nsteps:\n  - script: |\n      pytest\n      tail log\n"
    assert facts(read(github.workflow, on_github), "exit-lost") == []
    (fact,) = facts(read(azure.pipeline, on_azure, "azure-pipelines.yml"), "exit-lost")
    assert (fact.name, fact.line) == ("pytest", 4)


def test_each_line_of_a_recipe_ends_by_itself() -> None:
    text = "test:\n\tpytest\n\techo done\nall:\n\tpytest; echo done\n"
    assert [fact.line for fact in facts(read(make.makefile, text, "Makefile"), "exit-lost")] == [5]
    assert facts(read(make.makefile, "SHELL := bash -o pipefail\n" + text, "Makefile"), "exit-lost") == []


def test_jenkins_stops_at_a_failure_and_not_in_a_pipe() -> None:
    text = "pipeline { stages { stage('Test') { steps { sh 'pytest | tee log' \n sh '''pytest\n tail log''' } } } }"
    assert len(facts(read(jenkins.pipeline, text, "Jenkinsfile"), "exit-lost")) == 1


@given(st.text(alphabet="ab ;&|(){}\n$?<>'\"#\\!ifthenelsdocasw", max_size=200))
def test_of_any_text_the_commands_are_told_and_errexit_saves_some_and_costs_none(text: str) -> None:
    told = list(exits.lost(text, 1))
    for fact in told:
        assert (fact.kind, fact.value in WHY) == ("exit-lost", True)
        assert fact.name and 1 <= (fact.line or 0) <= text.count("\n") + 1
    saved = {(fact.name, fact.line) for fact in exits.lost(text, 1, options=ERREXIT)}
    assert saved <= {(fact.name, fact.line) for fact in told}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(" * 100_000, set()),
        ("a|" * 50_000, {"pipe"}),
        ("if a; then " * 20_000, set()),
        ("a && " * 20_000, set()),
        ("a\n" * 50_000, {"not last"}),
        ("(\n" * 200_000 + "a\n" * 200_000, set()),
    ],
)
def test_a_hostile_text_takes_no_more_than_a_moment(text: str, why: set[str]) -> None:
    found, _, _ = read_file(Source("run.sh", text))
    assert {fact.value for fact in found if fact.kind == "exit-lost"} == why


@pytest.mark.parametrize("text", ["check\n" * (exits.MOST_COMMANDS + 1), "{ " * 101 + "check" + " }" * 101])
def test_of_more_commands_or_blocks_than_are_looked_at_the_first_are_told_and_that_there_are_more(text: str) -> None:
    found, _, warnings = read_file(Source("run.sh", f"check\necho done\n{text}"))
    assert "exit-lost" in {fact.kind for fact in found}
    assert [(each.place.path, each.lost) for each in warnings] == [("run.sh", True)]


def test_a_long_script_is_read_to_its_end() -> None:
    found, _, warnings = read_file(Source("run.sh", "echo step\n" * (exits.MOST_COMMANDS - 10) + "check\necho done\n"))
    assert [fact.name for fact in found if fact.kind == "exit-lost"][-1] == "check"
    assert not warnings
