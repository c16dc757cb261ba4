"""Notebooks: what their code cells say, on the lines of the `.ipynb` itself, and nothing that only looks like code."""

import json

import pytest
from endless import ends
from soundness import checked

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact
from mlops_scan.facts.notebooks import notebook
from mlops_scan.facts.source import Source


def code(source, **more):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None} | more


def written(*cells, indent=1, ascii_only=False, **more):
    book = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more
    return json.dumps(book, indent=indent, ensure_ascii=ascii_only)


def read(text, path="notebooks/a.ipynb"):
    return [item for item in notebook.read(Source(path, text)) if isinstance(item, Fact)]


def facts(kind, *cells, **more):
    return [(fact.name, fact.value) for fact in read(written(*cells, **more)) if fact.kind == kind]


def names(kind, *cells, **more):
    return [name for name, _ in facts(kind, *cells, **more)]


BOOK = """{
 "cells": [
  {
   "cell_type": "markdown",
   "source": ["import kedro\\n", "mlflow.log_metric()"]
  },
  {
   "cell_type": "code",
   "execution_count": 3,
   "outputs": [
    {"name": "stdout", "text": ["import sagemaker\\n", "!dvc push"]}
   ],
   "source": [
    "import mlflow\\n",
    "\\n",
    "mlflow.log_metric(\\n",
    "    'a', 1)\\n",
    "!dvc push"
   ]
  },
  {
   "cell_type": "code",
   "source": "import mlflow\\nmlflow.autolog()"
  }
 ]
}"""


def test_facts_stand_on_the_lines_of_the_file():
    found = [(fact.kind, fact.name, fact.line) for fact in read(BOOK)]
    assert found == [
        ("output", "cells", 1),
        ("command", "dvc push", 18),
        ("import", "mlflow", 14),
        ("call", "mlflow.log_metric", 16),
        ("import", "mlflow", 23),
        ("call", "mlflow.autolog", 23),
    ]


@pytest.mark.parametrize("ascii_only", [True, False])
def test_lines_are_found_however_letters_are_written(ascii_only):
    text = written(code(["x = 'é😀'\n", "import café\n", "import ü"]), ascii_only=ascii_only)
    lines = text.split("\n")
    found = [fact for fact in read(text) if fact.kind == "import"]
    assert [json.loads(lines[fact.line - 1].strip().rstrip(",")).split()[1] for fact in found] == ["café", "ü"]


def test_the_same_line_in_two_cells_is_found_in_each():
    text = written(code(["import a\n", "import b"]), code(["import a\n", "import b"]))
    lines = [fact.line for fact in read(text)]
    assert lines == sorted(set(lines))
    assert all("import" in text.split("\n")[line - 1] for line in lines)


def test_a_notebook_on_one_line_has_one_line():
    assert {fact.line for fact in read(written(code(["import a\n", "import b"]), indent=None))} == {1}


def test_all_cells_share_their_names():
    assert names(
        "call", code("import mlflow as m"), code("m.autolog()"), code("run()\ndef run(): pass"), code("run()")
    ) == [
        "mlflow.autolog",
        "#run",
        "#run",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\nimport mlflow",
        "%load_ext autoreload\n%autoreload 2\nimport mlflow",
        "%%time\nimport mlflow",
        "%%capture out\nimport mlflow",
        "!pip install x\nimport mlflow",
        "!pip install x \\\n    y\nimport mlflow",
        "files = !ls\nimport mlflow",
        "t = %timeit -o f()\nimport mlflow",
        "df.head?\nimport mlflow",
        "?df\nimport mlflow",
        "if x:\n    !dvc push\n    %cd a\nimport mlflow",
        "x = ('%s'\n     % y)\nimport mlflow",
        "text = '''\n!not a command\n%nor a magic\n'''\nimport mlflow",
        "await f()\nimport mlflow",
    ],
)
def test_magics_do_not_hide_the_code_around_them(source):
    assert names("import", code(source)) == ["mlflow"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("!dvc push", ["dvc push"]),
        ("!!dvc push", ["dvc push"]),
        ("  !dvc push && make", ["dvc push", "make"]),
        ("x = !dvc list .", ["dvc list ."]),
        ("%sx dvc push", ["dvc push"]),
        ("%system dvc push", ["dvc push"]),
        ("!pip install a \\\n    b", ["pip install a b"]),
        ("%%bash\ncd src\ndvc push", ["dvc push"]),
        ("%%sh --no-raise-error\ndvc push", ["dvc push"]),
        ("%%!\ndvc push", ["dvc push"]),
        ("\n\n%%bash\ndvc push", ["dvc push"]),
        ("%%bashful\ndvc push", []),
        ("%pip install a", []),
        ("x = y != z", []),
        ("# !dvc push", []),
        ("print('!dvc push')", []),
    ],
)
def test_shell_lines_and_cells_run_commands(source, expected):
    assert names("command", code(source)) == expected


def test_a_shell_cell_has_the_lines_of_its_commands():
    text = written(code(["%%bash\n", "cd src\n", "dvc push\n"]))
    (found,) = [fact for fact in read(text) if fact.kind == "command"]
    assert "dvc push" in text.split("\n")[found.line - 1]
    assert found.value == "notebooks/src"


def test_the_folder_is_that_of_the_notebook_until_a_magic_changes_it():
    cells = (code("!a"), code("%cd ../src\n!b"), code("!c\n%cd x"), code("%cd /abs\n!d"))
    assert facts("command", *cells) == [("a", "notebooks"), ("b", "src"), ("c", "src"), ("d", "/abs")]


@pytest.mark.parametrize(
    "magic", ["%%writefile a.py", "%%html", "%%js", "%%sql", "%%R", "%%markdown", "%%cython", "%%unheard_of x"]
)
def test_cells_of_another_language_are_no_python(magic):
    assert read(written(code(f"{magic}\nimport mlflow\n!dvc push"))) == []


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"kernelspec": {"language": "python"}}, ["a"]),
        ({"kernelspec": {"name": "python3"}}, ["a"]),
        ({"language_info": {"name": "ipython"}}, ["a"]),
        ({"kernelspec": {"language": "R"}}, []),
        ({"language_info": {"name": "julia"}}, []),
        ({"kernelspec": 3}, ["a"]),
        (None, ["a"]),
    ],
)
def test_only_python_kernels_run_python(metadata, expected):
    assert names("import", code("import a"), metadata=metadata) == expected


def test_commands_run_whatever_the_kernel():
    assert names("command", code("%%bash\ndvc push"), metadata={"kernelspec": {"language": "R"}}) == ["dvc push"]


def test_a_cell_that_does_not_parse_costs_only_itself():
    cells = (code("import a\nprint 'x'"), code("import b\nb.c()"), code("def f(:\n  from d import e, f as g"))
    assert names("import", *cells) == ["a", "b", "d.e", "d.f"]
    assert names("call", *cells) == ["b.c"]


def test_the_older_format_has_its_cells_in_work_sheets():
    cell = {
        "cell_type": "code",
        "input": ["import mlflow\n", "mlflow.autolog()"],
        "prompt_number": 2,
        "outputs": [{"x": 1}],
    }
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}, {"cells": "odd"}, 3]}, indent=1)
    found = read(text)
    assert [(fact.kind, fact.name) for fact in found] == [
        ("output", "cells"),
        ("import", "mlflow"),
        ("call", "mlflow.autolog"),
    ]
    assert "autolog" in text.split("\n")[found[-1].line - 1]


@pytest.mark.parametrize(
    ("cell", "was_run"),
    [
        (code("1", outputs=[{"text": "1"}], execution_count=1), True),
        (code("1", outputs=[], execution_count=1), False),
        (code("1", outputs=[{"text": "1"}], execution_count=None), False),
        (code("1", outputs=3, execution_count="x"), False),
    ],
)
def test_outputs_are_a_trace_of_a_run(cell, was_run):
    assert (Fact("output", "cells", 1) in read(written(cell))) is was_run


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '"x"', "null", "[" * 100_000, "{" * 100_000, "9" * 5000 + "1"])
def test_what_is_no_notebook_is_unreadable(text):
    with pytest.raises(Unreadable):
        read(text)


@pytest.mark.parametrize(
    "source",
    [
        ["import a\n"] * 20_000, ["x" * 200_000], ["!a \\\n"] * 5_000, ["%a\n"] * 20_000, ["a = " * 20_000],
        ["\ud800\n"] * 20_000, ["'a', " * 20_000], ["a.b" * 30_000 + "?"], ["x, " * 30_000], [" " * 100_000],
    ],
)  # fmt: skip
def test_no_notebook_takes_long(source):
    text = written(code(source), code([json.dumps(source)]))
    with ends():
        checked(notebook, "notebooks/a.ipynb", text)
