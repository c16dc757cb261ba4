"""Python code, read and never run: what is imported, called under which name, run, read, scheduled; on any text at all."""

import warnings

import pytest
from endless import ends

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import KINDS, Fact, Unit
from mlops_scan.facts.python import imports_by_line, python
from mlops_scan.facts.source import Source


def read(text):
    return list(python.read(Source("a.py", text)))


def names(kind, text):
    return [item.name for item in read(text) if isinstance(item, Fact) and item.kind == kind]


def pairs(kind, text):
    return [(item.name, item.value) for item in read(text) if isinstance(item, Fact) and item.kind == kind]


def places(kind, text):
    return [(item.name, item.line, item.unit) for item in read(text) if isinstance(item, Fact) and item.kind == kind]


# -- imports -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import mlflow", ["mlflow"]),
        ("import mlflow.sklearn as s, os", ["mlflow.sklearn", "os"]),
        ("from mlflow import log_metric, log_param as p", ["mlflow.log_metric", "mlflow.log_param"]),
        ("from mlflow import (\n  a,\n  b,\n)", ["mlflow.a", "mlflow.b"]),
        ("from mlflow import *", ["mlflow"]),
        ("from . import a", [".a"]),
        ("from .. import a", ["..a"]),
        ("from .a import b", [".a.b"]),
        ("from ..a.b import c", ["..a.b.c"]),
        ("from . import *", ["."]),
        ("from .a import *", [".a"]),
        ("try:\n  import a\nexcept ImportError:\n  import b", ["a", "b"]),
        ("def f():\n  import a", ["a"]),
        ("'import a'\n# import b", []),
        ("__import__('a')", []),
    ],
)
def test_imports_are_dotted_names(text, expected):
    assert names("import", text) == expected


def test_each_imported_name_has_its_line_and_unit():
    assert places("import", "from a import (\n  b,\n  c,\n)\ndef f():\n  import d") == [
        ("a.b", 2, ""),
        ("a.c", 3, ""),
        ("d", 6, "function:f"),
    ]


# -- calls -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import mlflow\nmlflow.log_metric()", ["mlflow.log_metric"]),
        ("import mlflow as m\nm.log_metric()", ["mlflow.log_metric"]),
        ("import mlflow.sklearn\nmlflow.sklearn.log_model()", ["mlflow.sklearn.log_model"]),
        ("import mlflow.sklearn as s\ns.log_model()", ["mlflow.sklearn.log_model"]),
        ("from mlflow import log_metric as l\nl()", ["mlflow.log_metric"]),
        ("from .a import b\nb.c()", [".a.b.c"]),
        ("import a\nx = a.B()\nx.c()", ["a.B", "a.B.c"]),
        ("import a\nx: int = a.B()\nx.c()", ["a.B", "a.B.c"]),
        ("import a\nx = y = a.B()\ny.c()", ["a.B", "a.B.c"]),
        ("import a\nx = await a.b()\nx.c()", ["a.b", "a.b.c"]),
        ("import a\nif (x := a.B()):\n  x.c()", ["a.B", "a.B.c"]),
        ("import a\nx = y or a.B()\nx.c()", ["a.B", "a.B.c"]),
        ("import a\nx = a.B() if y else None\nx.c()", ["a.B", "a.B.c"]),
        ("import a\nx = a\nx.c()", ["a.c"]),
        ("import a\nlog = a.log_metric\nlog()", ["a.log_metric"]),
        ("import a\nwith a.b() as x:\n  x.c()", ["a.b", "a.b.c"]),
        ("import a\nasync def f():\n  async with a.b() as x:\n    x.c()", ["a.b", "a.b.c"]),
        ("import a\nclass A:\n  def f(self):\n    self.x = a.B()\n  def g(self):\n    self.x.c()", ["a.B", "a.B.c"]),
        ("import a\ndef f(x: a.B, *, y: a.C):\n  x.d()\n  y.e()", ["a.B.d", "a.C.e"]),
        (
            "from a import B\ndef f(x: 'B', y: B | None, z: None | B):\n  x.d(); y.e(); z.f()",
            ["a.B.d", "a.B.e", "a.B.f"],
        ),
        ("from typing import Optional\nfrom a import B\ndef f(x: Optional[B]):\n  x.d()", ["a.B.d"]),
        ("from typing import Any, List\ndef f(x: Any, y: List[int]):\n  x.d()\n  y.e()", ["?.d", "?.e"]),
        ("import a\nx: a.B = f()\nx.c()", ["a.B.c"]),
        ("import a\na.B().c().d()", ["a.B.c.d", "a.B.c", "a.B"]),
        ("import a\na.b['x'].c()", ["a.b.c"]),
        ("import a\nx = a.B()\nx = f()\nx.c()", ["a.B", "?.c"]),
        ("import a\nx = a.B()\ny = x.c\ny.d()", ["a.B", "?.d"]),
        ("x.c()", ["?.c"]),
        ("x().c()", ["?.c"]),
        ("f()", []),
        ("print(1)", []),
        ("def f(): pass\nf()", ["#f"]),
        ("f()\ndef f(): pass", ["#f"]),
        ("class A: pass\nx = A()\nx.b()", ["#A", "#A.b"]),
        ("try:\n  import a\nexcept ImportError:\n  a = None\na.b()", ["a.b"]),
        ("lambda: a.b()\n[c.d() for c in e]", ["?.b", "?.d"]),
        ("import a\nf'{a.b()}'", ["a.b"]),
        ("import a\nmatch x:\n  case 1:\n    a.b()", ["a.b"]),
    ],
)
def test_calls_have_the_names_that_were_imported(text, expected):
    assert names("call", text) == expected


def test_the_first_literal_argument_is_the_value():
    text = "import a\na.b('x', 2)\na.b(1.5)\na.b(-1)\na.b(True)\na.b(f'x{y}z')\na.b(y)\na.b()\na.b(x='k')\na.b(None)"
    assert [value for _, value in pairs("call", text)] == ["x", "1.5", "-1", "True", "x{}z", "", "", "", ""]
    assert len(pairs("call", f"import a\na.b('{'x' * 999}')")[0][1]) == 200


def test_of_a_method_of_nobody_knows_what_one_mention_in_a_function_is_enough():
    assert places("call", "def f(x):\n  x.a()\n  x.a()\ndef g(x):\n  x.a()") == [
        ("?.a", 2, "function:f"),
        ("?.a", 5, "function:g"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a\n@a.task\ndef f(): pass", [("a.task", "")]),
        ("import a\n@a.task('x')\ndef f(): pass", [("a.task", "x")]),
        ("import a\n@a.b.c\nclass D: pass", [("a.b.c", "")]),
        ("import a\nclass D(a.B): pass", [("a.B", "base")]),
        ("import a\nclass D(a.B[int], metaclass=a.M): pass", [("a.B", "base")]),
        ("class D(B): pass", []),
    ],
)
def test_decorators_and_base_classes_are_calls(text, expected):
    assert pairs("call", text) == expected


def test_what_stands_in_a_function_belongs_to_its_unit():
    text = (
        "import a\na.top()\ndef f():\n  def g():\n    a.inner()\n  class H:\n    def i(self): a.deep()\n"
        "class C:\n  a.body()\n  def m(self):\n    a.method()\n    def n(): a.nested()\n@a.deco()\nasync def h(): a.last()\n"
    )
    assert places("call", text) == [
        ("a.top", 2, ""),
        ("a.inner", 5, "function:f"),
        ("a.deep", 7, "function:f"),
        ("a.body", 9, "function:C"),
        ("a.method", 11, "function:C.m"),
        ("a.nested", 12, "function:C.m"),
        ("a.last", 14, "function:h"),
        ("a.deco", 13, "function:h"),
    ]
    units = [item for item in read(text) if isinstance(item, Unit)]
    assert units == [
        Unit("function", "f", 3),
        Unit("function", "C", 8),
        Unit("function", "C.m", 10),
        Unit("function", "h", 14),
    ]


# -- arguments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a\na.b(c='x', d=2, e=True)", [("a.b.c", "x"), ("a.b.d", "2"), ("a.b.e", "True")]),
        ("import a\na.b(c=['x', 'y'], d=('z',))", [("a.b.c", "x"), ("a.b.c", "y"), ("a.b.d", "z")]),
        ("import a\ndef f(): pass\na.b(c=f)", [("a.b.c", "#f")]),
        ("import a\ndef f(): pass\ndef g(): pass\na.b(c=[f, g])", [("a.b.c", "#f"), ("a.b.c", "#g")]),
        ("import a\ndef f(): pass\na.b(f, [f])", [("a.b.", "#f")]),
        ("import a, c\na.b(x=c.D)", [("a.b.x", "c.D")]),
        ("import a, c\nx = c.D()\na.b(x, y=x)", []),
        ("import a\na.b(c=d, e=None)", []),
        ("import a\na.b(**c, **a.d)", []),
        ("f(c='x')\ny.f(c='x')", []),
        (
            "import a\na.b(password='x', api_key='y', hf_token='z')",
            [("a.b.password", ""), ("a.b.api_key", ""), ("a.b.hf_token", "")],
        ),
        ("import a\na.b(tokenizer='x', max_tokens=3)", [("a.b.tokenizer", "x"), ("a.b.max_tokens", "3")]),
    ],
)
def test_arguments_with_a_literal_or_a_known_name(text, expected):
    assert pairs("argument", text) == expected


def test_no_secret_is_a_value():
    text = (
        "import a\na.login('hunter2')\na.set_password('hunter2')\na.connect('postgres://me:hunter2@db/x')\n"
        "a.b(uri='postgres://me:hun@ter2@db/x?password=hunter2')\nx = 'https://hunter2@host/y?sig=hunter2'\nz = f'redis://:hunter2@{h}/1'\n"
        "import os\nos.environ['API_KEY'] = 'hunter2'\n"
    )
    assert [item for item in read(text) if "hunter2" in str(item) or "ter2" in str(item)] == []
    assert ("a.connect", "postgres://db/x") in pairs("call", text)


# -- commands ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("subprocess.run(['dvc', 'push'])", ["dvc push"]),
        ("subprocess.run('dvc push && make', shell=True)", ["dvc push", "make"]),
        ("subprocess.check_call(args=['dvc', 'push'])", ["dvc push"]),
        ("subprocess.Popen(('dvc', f'x{y}', z))", ["dvc x{} {}"]),
        ("subprocess.run(['bash', '-c', 'dvc push; make'])", ["dvc push", "make"]),
        ("subprocess.run(['python', '-c', 'import a; a.b()'])", ["python -c import a; a.b()"]),
        ("subprocess.run([sys.executable, '-m', 'pytest'])", ["python -m pytest"]),
        ("subprocess.run([sys.executable, 'train.py'])", ["python train.py"]),
        ("subprocess.run(f'{sys.executable} train.py', shell=True)", ["python train.py"]),
        ("subprocess.run(['poetry', 'run', 'dvc', 'push'])", ["dvc push"]),
        ("subprocess.run(['dvc', 'push'] + more)", ["dvc push"]),
        ("subprocess.run('dvc push'.split())", ["dvc push"]),
        ("subprocess.run(shlex.split('dvc push'))", ["dvc push"]),
        ("subprocess.run('dvc push %s' % x, shell=True)", ["dvc push %s"]),
        ("subprocess.run('dvc push {}'.format(x), shell=True)", ["dvc push {}"]),
        ("subprocess.run([x, 'push'])", []),
        ("subprocess.run(x)", []),
        ("subprocess.run([])", []),
        ("subprocess.run()", []),
        ("os.system('dvc push')", ["dvc push"]),
        ("os.system('''\ndvc pull\ndvc push\n''')", ["dvc pull", "dvc push"]),
        ("os.popen('dvc push').read()", ["dvc push"]),
        ("asyncio.create_subprocess_shell('dvc push')", ["dvc push"]),
        ("from subprocess import run as r\nr(['dvc', 'push'])", ["dvc push"]),
        ("os.path.join('dvc push')", []),
        ("my.subprocess2.run('dvc push')", []),
        ("print('dvc push')", []),
        ("ops.BashOperator(bash_command='dvc push')", ["dvc push"]),
        ("ops.Pod(command=['dvc', 'push'], entrypoint='make')", ["dvc push", "make"]),
        ("ops.f(no_command='dvc push')", ["dvc push"]),
    ],
)
def test_commands_that_the_code_runs(text, expected):
    assert names("command", f"import subprocess, os, sys, shlex, asyncio, ops, my\n{text}") == expected


def test_a_command_has_its_line_unit_and_folder():
    text = "import subprocess as s\ndef f():\n  s.run('make', cwd='src')\n  s.run('''\nx\ny''', cwd=z)\n"
    assert [item for item in read(text) if item.kind == "command"] == [
        Fact("command", "make", 3, "src", "function:f"),
        Fact("command", "x", 5, "", "function:f"),
        Fact("command", "y", 6, "", "function:f"),
    ]


# -- environment, addresses, data, numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.getenv('A')",
        "import os\nos.getenv('A', 'default')",
        "import os\nos.environ['A']",
        "import os\nos.environ.get('A')",
        "import os\nos.environ['A'] = 'x'",
        "import os\nos.environ.setdefault('A', 'x')",
        "from os import environ, getenv as g\nenviron['A']",
        "from os import environ, getenv as g\ng('A')",
    ],
)
def test_environment_variables_that_are_read_or_set(text):
    assert set(pairs("env", text)) == {("A", "")}


@pytest.mark.parametrize(
    "text", ["environ['A']", "import os\nos.environ[x]", "import os\nos.getenv('a b')", "import os\nos.x['A']"]
)
def test_what_only_looks_like_an_environment_variable(text):
    assert pairs("env", text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 'models:/churn@champion'", ["models:/churn@champion"]),
        ("f(x='s3://bucket/key')", ["s3://bucket/key"]),
        ("x = f's3://{b}/key'", ["s3://{}/key"]),
        ("x = 'http://user:pw@host:5000/a'", ["http://host:5000/a"]),
        ("x = 'see s3://bucket'", []),
        ("x = 's3://bucket and more'", []),
        ("x = 'C:/x'", []),
        ("x = 'a:b'", []),
        ("x = b's3://bucket/key'", []),
        ("# s3://bucket/key", []),
    ],
)
def test_addresses(text, expected):
    assert names("uri", text) == expected


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("import pandas as pd\npd.read_csv('data/a.csv')", "reads", ["data/a.csv"]),
        ("open('a.json')\nx.load('m.pkl')", "reads", ["m.pkl"]),
        ("df.to_parquet(f'out/{x}.parquet')", "writes", ["out/{}.parquet"]),
        ("import joblib\njoblib.dump(model, '../m.joblib')", "writes", ["../m.joblib"]),
        ("x.read('not data')\nx.read('a.exe')\nx.update('a.csv')", "reads", []),
    ],
)
def test_data_that_a_call_reads_or_writes(text, kind, expected):
    assert names(kind, text) == expected


@pytest.mark.parametrize("key", ["schedule", "schedule_interval", "cron", "cron_expression", "cron_string", "crons"])
def test_a_schedule_of_none_is_switched_off(key):
    assert [item for item in read(f"DAG(\n  {key}=None)") if item.kind == "switched-off"] == [
        Fact("switched-off", f"{key}=None", 2)
    ]


@pytest.mark.parametrize(
    "text", ["f(schedule=x)", "f(lr_schedule=None)", "schedule = None", "def f(cron=None): pass", "f(cron='')"]
)
def test_what_is_no_schedule_is_not_switched_off(text):
    assert names("switched-off", text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f():\n  g(accuracy=0.93)", [("accuracy", "0.93")]),
        ("def f():\n  x.y(val_auc=0.5, roc_auc_score=0.7)", [("val_auc", "0.5"), ("roc_auc_score", "0.7")]),
        ("g(accuracy=0.93)", []),
        ("def f():\n  g(accuracy=x, loss=0, score=0.0, f1=1, mae=True, rmse='a')", []),
        ("def f():\n  g(min_accuracy=0.9, score_threshold=0.5, target_f1=0.8)", []),
        ("def f():\n  g(scoreboard=0.5, lossless=0.5, accurate=0.5)", []),
        ("def f():\n  loss = 0.0\n  best_score = 0.1", []),
    ],
)
def test_a_number_where_a_measurement_should_stand(text, expected):
    assert pairs("literal", text) == expected


def test_a_module_that_can_be_started_says_so():
    assert places("script", "x = 1\nif __name__ == '__main__':\n  main()") == [("__main__", 2, "")]
    assert names("script", "if name == '__main__': pass") == []


# -- what does not parse -----------------------------------------------------------------------------------------------


def test_python_2_gives_its_imports_and_says_where_it_stopped():
    found = []
    with pytest.raises(Unreadable) as caught:
        found.extend(python.read(Source("a.py", "import mlflow, os\nprint 'x'\nfrom a.b import c as d, e\n")))
    assert (caught.value.reason, caught.value.line) == ("is not valid Python", 2)
    items = python.read(Source("a.py", "import mlflow, os\nprint 'x'\n"))
    assert [next(items), next(items)] == [Fact("import", "mlflow", 1), Fact("import", "os", 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a.b as c, d", [("a.b", 1), ("d", 1)]),
        ("\n  from a import b, c as d", [("a.b", 2), ("a.c", 2)]),
        ("from .a import (b,\n c)", [(".a.b", 1)]),
        ("from . import b", [(".b", 1)]),
        ("from a import (\n b)", [("a", 1)]),
        ("from a import *", [("a", 1)]),
        ("important = 1\nx = 'import a'\nfrom x", []),
    ],
)
def test_imports_by_line(text, expected):
    assert [(fact.name, fact.line) for fact in imports_by_line(text)] == expected


def test_warnings_of_the_scanned_code_are_not_ours():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert names("import", "import a\nx = '\\d'\nassert (1, 'x')\nif x is 1: pass") == ["a"]


# -- any text ----------------------------------------------------------------------------------------------------------

N = 100_000


@pytest.mark.parametrize(
    "text",
    [
        "-" * N + "1", "a" + ".b" * N, "a" + ".b()" * 5_000, "(" * 10_000 + ")" * 10_000, "[" * 10_000 + "]" * 10_000,
        "{1:" * 5_000, "lambda: " * 5_000 + "1", "not " * 5_000 + "1", "x = " + "+".join(["a"] * 20_000), "a" + "[0]" * 5_000,
        "if a: pass\n" + "elif a: pass\n" * 5_000, "x = " + "a if b else " * 5_000 + "c", "@a\n" * 5_000 + "def f(): pass",
        "\n".join(" " * depth + "def a():" for depth in range(99)) + "\n" + " " * 99 + "pass", "x = " + "a," * N,
        "import a\nx = a" + ".b" * 900 + "()", "ks_2samp(a" + "[0]" * 900 + ", a" + "[0]" * 900 + ")", "\0", "\ud800", "# coding: no-such",
        "x = 1" + "0" * 5_000, "\x0c\x0c", "\ufeffimport a", "a\\", "'''", "f'{", 'f"{' * 100 + '}"' * 100,
    ],
)  # fmt: skip
def test_no_depth_and_no_oddity_is_a_crash(text):
    try:
        items = read(text)
    except Unreadable:
        return
    assert all(item.kind in KINDS or isinstance(item, Unit) for item in items)


@pytest.mark.parametrize(
    "text",
    [
        "import a\nx = a.b()\n" + "x = x.c()\n" * 20_000, "import " + "a" * 300_000 + " as x\n" + "x.y()\n" * 10_000,
        "import a\n" * 20_000 + "(", "from a import " + "b, " * N + "(", "x = '" + "a/" * N + "'", "open('" + "a/" * N + "')",
        "x = 's3:/" + "/" * N + "'", "x = 's3://" + "a@" * N + "'", "x = {" + "'a': 1, " * 20_000 + "}", "f(a=1)\n" * 20_000,
        "import subprocess as s\n" + "s.run('a')\n" * 5_000, "import os\nos.system('" + "$(" * 10_000 + "')", " " * N + "import",
    ],
)  # fmt: skip
def test_no_text_takes_long_or_fills_the_memory(text):
    with ends():
        try:
            items = read(text)
        except Unreadable:
            items = []
    assert sum(len(item.name) for item in items) < 2_000_000
