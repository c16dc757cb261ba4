"""Shell text as commands: what runs, where, with which variables, and what is no command though it looks like one."""

import pytest
from endless import ends
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_scan.evidence import Fact
from mlops_scan.facts import shell
from mlops_scan.facts.source import Source


def commands(text, folder=""):
    return [fact.name for fact in shell.run(text, 1, folder=folder) if fact.kind == "command"]


def places(text, folder=""):
    return [(fact.name, fact.value) for fact in shell.run(text, 1, folder=folder) if fact.kind == "command"]


def lines(text, line=1):
    return [(fact.name, fact.line) for fact in shell.run(text, line) if fact.kind == "command"]


def variables(text):
    return {fact.name: fact.value for fact in shell.run(text, 1) if fact.kind == "env"}


def forgiven(text):
    return [(fact.name, fact.value) for fact in shell.run(text, 1) if fact.kind == "allowed-to-fail"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("dvc repro -f", ["dvc repro -f"]),
        ("dvc pull && dvc repro; make || exit 1", ["dvc pull", "dvc repro", "make", "exit 1"]),
        ("dvc pull&&make;test|tee log&", ["dvc pull", "make", "test", "tee log"]),
        ("python \"my file.py\" 'a b'", ["python my file.py a b"]),
        ('echo "a && b; c | d"', ["echo a && b; c | d"]),
        ("git commit -m '#12' && make # then && test", ["git commit -m #12", "make"]),
        ("echo a#b ${x#y} $#", ["echo a#b ${x#y} $#"]),
        ("# dvc push", []),
        ("echo \\# dvc", ["echo # dvc"]),
        ("python a.py > log 2>&1 && make &> out", ["python a.py > log 2>&1", "make &> out"]),
        ("{ dvc push; }; ! make; time test", ["dvc push", "make", "test"]),
        ("echo don't && make", ["echo don't", "make"]),
        ("a 'unclosed", ["a 'unclosed"]),
    ],
)
def test_simple_commands_are_told_apart(text, expected):
    assert commands(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if ! dvc status; then dvc push; else make; fi", ["dvc status", "dvc push", "make"]),
        ("for f in a b; do python $f.py; done", ["python $f.py"]),
        ("while read l\ndo\n  dvc push $l\ndone < x", ["read l", "dvc push $l"]),
        (
            "case $1 in\n  train) python train.py;;\n  a | b)\n  make\n  ;;\n  *) exit 1 ;;\nesac",
            ["python train.py", "make", "exit 1"],
        ),
        ("train() {\n  python train.py\n}\nfunction test { pytest; }\ntrain", ["python train.py", "pytest", "train"]),
    ],
)
def test_the_words_of_the_language_are_no_commands(text, expected):
    assert commands(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sudo -u me pip install x", "pip install x"),
        ("poetry run python -m pytest", "python -m pytest"),
        ("uv run --with a --group=b -- pytest -x", "pytest -x"),
        ("conda run -n env --no-capture-output python a.py", "python a.py"),
        ("env -u A B=1 python a.py", "python a.py"),
        ("/usr/bin/env python3 a.py", "python3 a.py"),
        (".venv/bin/python a.py", "python a.py"),
        ("timeout -k 5 10m python a.py", "python a.py"),
        ("aws-vault exec profile -- terraform apply", "terraform apply"),
        ("nohup time nice -n 5 make", "make"),
        ("find . | xargs -n 1 dvc add", "dvc add"),
        ("npx -p a b --c", "b --c"),
        ("A=1 B='x y' make", "make"),
        ("bin/train", "bin/train"),
        ("./bin/train", "train"),
    ],
)
def test_what_only_runs_another_program_is_left_out(text, expected):
    assert commands(text)[-1] == expected


@pytest.mark.parametrize("text", ["sudo", "uv run", "env A=1", "timeout 5", "timeout", "/bin/", "aws-vault exec x --"])
def test_a_wrapper_around_nothing_runs_nothing(text):
    assert [name for name in commands(text) if name] == []


def test_a_shell_in_the_shell_runs_its_text():
    assert commands("bash -c 'dvc pull && make'") == ["dvc pull", "make"]
    assert commands('sh -ec "dvc pull"') == ["dvc pull"]
    assert commands("bash -eo pipefail -c 'make | tee x'") == ["make", "tee x"]
    assert commands("sudo bash -lc make") == ["make"]
    assert commands("bash run.sh -c x") == ["bash run.sh -c x"]
    assert places("cd src && sh -c 'cd a; make' && test") == [("make", "src/a"), ("test", "src")]


def test_a_text_argument_may_have_several_lines():
    text = "set -e\npython -c \"\nimport mlflow\nmlflow.log_metric(1)\n\"\nbash -c '\n  cd src\n  make\n'\ndvc push\n"
    assert lines(text) == [
        ("set -e", 1),
        ("python -c  import mlflow mlflow.log_metric(1) ", 2),
        ("make", 8),
        ("dvc push", 10),
    ]
    assert commands("python -c 'x\ndvc push") == ["python -c 'x", "dvc push"], (
        "a quote that nothing closes takes nothing"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X=$(dvc get x)", ["dvc get x"]),
        ('echo "x=$(dvc get x | head)" >> $OUT', ["dvc get x", "head", "echo x=${} >> $OUT"]),
        ("X=`dvc get x`\nmake", ["dvc get x", "make"]),
        ("docker run -v $(pwd):/x img python a.py", ["pwd", "docker run -v ${}:/x img python a.py"]),
        ('cd "$(dirname "$(readlink -f "$0")")" && make', ["readlink -f $0", "dirname ${}", "make"]),
        ("diff <(dvc list) >(cat)", ["dvc list", "cat", "diff ${} ${}"]),
        ("awk '{print $(NF-1)}' x", ["awk {print $(NF-1)} x"]),
        ("echo '$(dvc push)' \"'$(dvc pull)'\"", ["dvc pull", "echo $(dvc push) '${}'"]),
        ("x=$((1 + 2)) make", ["make"]),
        ("x=$((1 << 2))\nmake\n2\n", ["make", "2"]),
        ("echo $(unclosed", ["echo $", "unclosed"]),
        ("echo :) && make", ["echo :", "make"]),
        ("(dvc pull; make)", ["dvc pull", "make"]),
    ],
)
def test_commands_inside_words_are_commands_of_their_own(text, expected):
    assert commands(text) == expected


def test_a_continued_line_is_one_line_that_begins_at_its_first():
    text = "python a.py \\\n  --x 1 \\\n  --y\ndvc push\naz ml job create `\n  --file x`\n  --y\nmake"
    assert lines(text, 10) == [
        ("python a.py --x 1 --y", 10),
        ("dvc push", 13),
        ("az ml job create --file x --y", 14),
        ("make", 17),
    ]
    assert commands("X=`aws x \\\n  | jq y`\nmake") == ["aws x", "jq y", "make"]
    assert commands("make \\") == ["make"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat <<EOF > x\ndvc push\nEOF\nmake", ["cat > x", "make"]),
        ("cat <<EOF | kubectl apply -f -\nkind: x\nEOF\nmake", ["cat", "kubectl apply -f -", "make"]),
        ("tee <<-'EOT' x\n\tdvc push\n\tEOT\nmake", ["tee x", "make"]),
        ('python - <<"PY"\nimport dvc\nPY\nmake', ["python -", "make"]),
        ("cat <<\\EOF\ndvc push\nEOF\nmake", ["cat", "make"]),
        ("wc <<< word\nmake\nword", ["wc <<< word", "make", "word"]),
        ("cat <<EOF\ndvc push\nmake", ["cat <<EOF", "dvc push", "make"]),
        ("echo 'a << b'\nmake", ["echo a << b", "make"]),
    ],
)
def test_a_here_document_is_no_command(text, expected):
    assert commands(text) == expected


@pytest.mark.parametrize("mark", ['"""', "'''", ": '", ': "'])
def test_a_text_on_lines_of_its_own_is_a_remark(mark):
    text = f"{mark}\nUsage:\n  ./setup.sh\n{mark.removeprefix(': ')}\nmake all\n"
    assert [(each.name, each.line) for each in shell.run(text, 1)] == [("make all", 5)]
    unclosed = f"{mark}\nmake all\n"
    assert "make all" in [each.name for each in shell.run(unclosed, 1)]


def test_the_folder_is_the_one_that_cd_has_led_to():
    assert places("cd src && make; cd ..; test\ncd a/./b/../c\nx", "p") == [
        ("make", "p/src"),
        ("test", "p"),
        ("x", "p/a/c"),
    ]
    assert places("cd /abs; a; cd $X/y; b; cd ~; c; cd; d", "p") == [
        ("a", "/abs"),
        ("b", "$X/y"),
        ("c", "~"),
        ("d", ""),
    ]
    assert places("cd ../../..; a", "p/q") == [("a", "")]


@pytest.mark.parametrize(
    "target",
    ['"$(dirname "$0")"', "$(dirname $0)", '$( cd "$( dirname "${BASH_SOURCE[0]}" )" && pwd )', "`dirname $0`"],
)
def test_the_folder_of_the_script_itself_is_told_apart(target):
    assert places(f"cd {target}\nmake")[-1] == ("make", "${HERE}")
    assert variables(f"DIR={target}") == {"DIR": "${HERE}"}
    assert variables('DIR=$(dirname "$1")') == variables('DIR=$(cd "$(dirname "$0")/.." && pwd)') == {"DIR": "${}"}


def test_a_subshell_gives_the_folder_back():
    assert places("(cd src && make) && test") == [("make", "src"), ("test", "")]
    assert places("(\n  cd src\n  (cd a; x)\n  make\n)\ntest\n)") == [("x", "src/a"), ("make", "src"), ("test", "")]
    assert places("pushd src\nmake\npopd\ntest; popd") == [("make", "src"), ("test", "")]
    assert places('x="$(cd src && make)"; test') == [("make", "src"), ("test", "")]


def test_variables_are_facts_without_secrets():
    text = (
        "A=1 B='x y' make\nexport C=2 D\nE+=3\nDB=postgres://me:hunter2@db/x\nAPI_TOKEN=abc PASSWORD=abc AWS_KEY=abc\n"
    )
    assert variables(text) == {
        "A": "1", "B": "x y", "C": "2", "D": "", "E": "3", "DB": "postgres://db/x",
        "API_TOKEN": "", "PASSWORD": "", "AWS_KEY": "",
    }  # fmt: skip
    assert len(shell.variable("A", "x" * 9999, 1).value) == 200
    assert commands("a-b=1") == ["a-b=1"]


@pytest.mark.parametrize("rest", ["true", ":", "exit 0", "echo failed"])
def test_a_failure_that_is_passed_over_is_a_fact(rest):
    assert forgiven(f"A=1 dvc repro -f || {rest}") == [("|| true", "dvc repro -f")]
    assert forgiven(f"(make; dvc push $(x)) || {rest}") == [("|| true", "dvc push ${}")]


@pytest.mark.parametrize("text", ["dvc repro || exit 1", "dvc repro || echo failed && exit 1", "echo '|| x'", "a || b"])
def test_a_failure_that_is_handled_is_none(text):
    assert forgiven(text) == []


def test_set_plus_e_passes_over_all_that_follows():
    assert forgiven("set +e\nmake") == [("set +e", "")]
    assert commands("set +e\nmake") == ["make"]


def test_a_script_is_its_commands_and_says_whether_it_stops_at_a_failure():
    for head, stops in (
        ("set -euo pipefail", True),
        ("#!/bin/sh -e", True),
        ("set -o errexit", True),
        ("#!/bin/sh", False),
    ):
        facts = list(shell.script.read(Source("a.sh", f"{head}\ndvc push\n")))
        assert Fact("command", "dvc push", 2) in facts
        assert (Fact("field", "shell.errexit", 1, "true") in facts) is stops


def test_unit_and_line_are_those_that_were_given():
    assert list(shell.run("A=1 x\ny", 7, "job:a", "src")) == [
        Fact("env", "A", 7, "1", "job:a"),
        Fact("command", "x", 7, "src", "job:a"),
        Fact("command", "y", 8, "src", "job:a"),
    ]
    assert [fact.line for fact in shell.run("x\ny", 7, one_line=True)] == [7, 7]
    assert [fact.line for fact in shell.run("x\ny", None)] == [None, None]


PARTS = st.sampled_from([
    "dvc", " ", "push", "\n", "&&", "||", "|", ";", "&", "(", ")", "{", "}", "$(", "`", "'", '"', "\\", "#", "<<EOF",
    "EOF", "<", ">", "2>&1", "$((", "))", "if ", "then ", "fi", "case x in ", "esac", "a=1 ", "cd ", "..", "bash -c ",
    "sudo ", "!", "\\\n", "true", "=", "é", "\0", "\ud800",
])  # fmt: skip


@settings(deadline=None, max_examples=500)
@given(st.lists(PARTS, max_size=40).map("".join) | st.text(max_size=80))
def test_any_text_gives_facts(text):
    for fact in shell.run(text, 1):
        assert fact.kind in ("command", "env", "allowed-to-fail")
        assert "\n" not in fact.name
        assert 1 <= fact.line <= text.count("\n") + 1


N = 50_000


@pytest.mark.parametrize(
    "text",
    [
        "a" * N, " " * N, "a " * N, "a;" * N, "(" * N, ")" * N, "$(" * N, "`" * N, "'" * N, '"' * N, "\\" * N,
        "\\\n" * N, "a\\\n" * N, "a `\n" * N, "<<a\n" * N, "<<a " * N, "#" * N, " #" * N, "-c \"\n" * N,
        "-c '" * N, "bash -c " * N, "sudo " * N, "a=" * N, "a|" * N, "|| true " * N, "||" + " " * N, "$(a)" * N, "$((" * N, "(a)" * N, "if " * N,
        "cd a\n" * N, "cd .. ;" * N, "env -u " * N, "echo 'a\n" * N, "python -c \"x\n" * N, "\"$(a \"" * N, "A=1 " * N,
        "&>" * N, "2>&1" * N, "\n" * N, "\"\n" * N, "\"\"\"\n" * N, ": '\n" * N,
    ],
)  # fmt: skip
def test_no_text_takes_long(text):
    with ends():
        list(shell.run(text, 1))


def test_a_script_of_empty_lines_takes_no_more_than_a_moment():
    with ends():
        assert [fact.name for fact in shell.script.read(Source("a.sh", "\n" * 900_000 + "set"))] == ["set"]
