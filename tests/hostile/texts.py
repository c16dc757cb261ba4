"""Texts that are larger, deeper or longer than anybody writes: what one file can do to whoever reads it."""

from collections.abc import Callable

from hostile.case import INCOMPLETE

DEEP = 50_000
FLOW = ".github/workflows/x.yml"
JOBS = "on: push\njobs:\n"
STEPS = f"{JOBS}  a:\n    steps:\n"


def times(template: str, number: int) -> str:
    """The template with its number for each `#`, and the one before for each `~`."""
    return "".join(template.replace("#", str(at)).replace("~", str(max(at - 1, 0))) for at in range(number))


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 30)
)
MERGED = "a0: &a0 {k0: v}\n" + "".join(
    f"a{at}: &a{at}\n  <<: [{', '.join([f'*a{at - 1}'] * 9)}]\n  k{at}: v\n" for at in range(1, 30)
)


def yaml(deep: int) -> dict[str, tuple[str, int]]:
    return {
        "a billion laughs": (LAUGHS, INCOMPLETE),
        "merge keys that multiply": (MERGED, INCOMPLETE),
        "an anchor in itself": (f"a: &a [*a, *a]\nb: &b {{c: *b}}\n<<: *b\n{STEPS}    - run: a\n    - *a\n", 0),
        "one long command that is named often": (f"x: &x {'python train.py && ' * 500}\n{STEPS}" + "    - run: *x\n" * 30_000, INCOMPLETE),
        "one long list that is named often": (f"x: &x [{'a, ' * 240}]\n{JOBS}" + times("  j#: {needs: *x}\n", 20), 0),
        "lists in lists": ("[" * deep, INCOMPLETE),
        "mappings in mappings": ("{a: " * deep, INCOMPLETE),
        "lists on one line": ("- " * deep, INCOMPLETE),
        "keys that ask for keys": ("? " * deep, INCOMPLETE),
        "more leaves than are read": (f"{STEPS}    - run: a\n" + times("k#: v\n", 80_000), 0),
        "far more leaves than are read": (JOBS + "  ? a\n" * 160_000, INCOMPLETE),
        "very many documents": ("---\na: 1\n" * 70_000, INCOMPLETE),
        "documents that are empty": ("---\n" * 240_000, INCOMPLETE),
        "numbers of very many digits": (f"a: {'9' * 900_000}\nb: 2001-99-99\nc: +99:99\n{'1' * 900}: 2\n", 0),
        "a text of nothing but escapes": ('a: "' + "\\x41" * 200_000 + '"\n', 0),
        "a text that nothing closes": (f"{STEPS}    - run: '" + "\\' " * 300_000, 0),
        "tags": ("!" * 900_000, 0),
        "templates": ("{{" * 400_000, INCOMPLETE),
        "nothing but blanks": (" " * 900_000 + "a", 0),
        "tabs": ("\t" * 900_000, 0),
    }  # fmt: skip


def brackets(deep: int) -> dict[str, tuple[str, str]]:
    return {
        "JSON": ("package.json", "[" * deep),
        "JSON with keys": ("metrics.json", '{"a":' * deep),
        "a notebook": ("a.ipynb", '{"cells": ' + "[" * deep),
        "a notebook's code": ("b.ipynb", '{"cells": [{"cell_type": "code", "source": "x = ' + "[" * deep + '"}], "nbformat": 4}'),
        "TOML": ("pyproject.toml", "a = " + "[" * deep),
        "TOML tables": ("conf.toml", "a = " + "{b = " * deep),
        "dotted TOML keys": ("Pipfile", "a." * deep + "b = 1\n"),
        "dotted TOML tables": ("pixi.toml", f"[{'a.' * deep}b]\n"),
        "spaced TOML keys": ("mise.toml", "a . " * deep + "b = 1\n"),
        "HCL": ("main.tf", "locals {\n  a = " + "[" * deep),
        "HCL blocks": ("main.tf", "a {\n" * deep),
        "HCL templates": ("main.tf", 'locals {\n  a = "' + "${" * deep),
        "a bake file": ("docker-bake.hcl", 'target "a" {\n' * deep),
        "Bicep": ("main.bicep", "resource a 'b' = {\n" * deep),
        "Groovy": ("Jenkinsfile", "pipeline { stages { " + "stage('a') { " * deep),
        "Groovy texts": ("Jenkinsfile", 'pipeline { sh "' + "${" * deep),
        "Gradle": ("build.gradle", "dependencies { " * deep),
        "XML": ("pom.xml", "<project>" + "<a>" * deep),
        "XML entities": ("pom.xml", "<!DOCTYPE a [<!ENTITY a0 'x'>" + times("<!ENTITY a# '&a~;&a~;'>", 9000) + "]><project>&a8999;</project>"),
        "INI": ("setup.cfg", "[" * deep + "\na = b\n"),
        "tox": ("tox.ini", "[testenv]\ncommands = " + "{posargs:" * deep),
        "shell": ("run.sh", "a $(" * deep),
        "shell groups": ("run.sh", "a(" * deep),
        "shell blocks": ("run.sh", "if a; then\n" * deep),
        "shell backquotes": ("run.sh", "`a " * deep),
        "Makefile calls": ("Makefile", "A := " + "$(call f," * deep + "\n"),
        "Makefile conditions": ("Makefile", "ifdef A\n" * deep),
        "just": ("justfile", "a := " + "(" * deep),
        "R": ("a.R", "f(" * deep),
        "JavaScript": ("a.ts", "f({a: [" * deep),
        "JavaScript templates": ("a.js", "`${" * deep),
        "a Dockerfile": ("Dockerfile", "FROM a\nRUN <<A\n" + "RUN <<A\n" * deep),
        "Dockerfile variables": ("Dockerfile", "FROM " + "${a:-" * deep),
        "a Snakefile": ("Snakefile", "rule a:\n  shell: '" + "{" * deep),
        "protocol buffers": ("config.pbtxt", "a { " * deep),
        "requirements": ("requirements-x.txt", "a; " + "(" * deep + "\n" + "b[" * deep),
        "CODEOWNERS": ("CODEOWNERS", "[" * deep),
        "Markdown": ("README.md", "> " * deep + "\n" + "[" * deep + "\n" + "`" * deep + "\n" + "![](" * deep),
        "an environment file": (".env", "A=" + "${A:-" * deep),
        "a crontab": ("crontab", "0 0 * * * " + "$(" * deep),
    }  # fmt: skip


def python(deep: int, many: int) -> dict[str, str]:
    return {
        "brackets in brackets": "x = " + "(" * deep,
        "lists in lists": "x = " + "[" * 150 + "]" * 150,
        "a chain of signs": "x = " + "-" * deep + "1",
        "a chain of nots": "x = " + "not " * deep + "y",
        "a chain of attributes": "x = a" + ".b" * deep,
        "a chain of calls": "x = a" + "()" * deep,
        "a chain of calls and attributes": "x = a" + ".b()" * deep,
        "a chain of items": "x = a" + "[0]" * deep,
        "a sum of many": "x = " + "a + " * deep + "b",
        "a sum of many texts": "open('a' " + "+ 'b' " * deep + ")",
        "a comparison of many": "assert " + "score > " * deep + "1",
        "conditions in conditions": "x = " + "a if b else " * deep + "c",
        "a chain of branches": "if a: pass\n" + "elif score > 0.5: raise ValueError\n" * deep,
        "functions in functions": "x = " + "lambda: " * deep + "1",
        "blocks in blocks": "".join(f"{' ' * at}if a:\n" for at in range(95)) + f"{' ' * 95}run()\n" * many,
        "texts in texts": "x = " + 'f"{' * deep,
        "awaits": "async def f():\n  x = " + "await " * deep + "a",
        "stars": "f(" + "*" * deep + "a)",
        "decorators": "@a\n" * deep + "def f(): pass\n",
        "one name for very many": " = ".join(["a"] * deep) + " = 1\n",
        "names that are made of names": "A0 = 'x'\n" + times("A# = A~ + A~\n", many).replace("A0 = A0 + A0\n", "") + "" + f"open(A{many - 1})\nrun(A{many - 1})\n",
        "texts that are made of texts": "A0 = 'x'\n" + times("A# = f'{A~}{A~}'\n", many).replace("A0 = f'{A0}{A0}'\n", "") + "" + f"open(A{many - 1})\n",
        "names that mean each other": "a = b\nb = a\nc = [c, c]\nd = {'a': d}\nopen(a)\nsubprocess.run(c)\nf(**d)\n",
        "very many imports": times("import m#\n", many),
        "very many imports on a line": "import " + "a, " * many + "b",
        "very many calls": "import mlflow\n" + times("mlflow.log_metric('a#', #)\n", many),
        "very many calls on a line": "import mlflow\n" + times("mlflow.log_metric('a', #); ", many),
        "very many arguments": "f(" + times("a#=b#, ", many) + ")",
        "a number of many digits": f"x = {'9' * 5_000}\ny = {'9' * 500_000}\n",
        "a text of one megabyte": f"import mlflow\nx = '{'a b ' * 240_000}'\nmlflow.log_param('x', x)\n",
        "blanks": "import mlflow\n" + " " * 900_000 + "x\n",
        "lines": "import mlflow\n" + "\n" * 900_000,
        "a comment": f"# mlops-scan:{' ' * 400_000}x\n# mlops-scan: ignore a{' ' * 400_000}\n",
        "form feeds": "\f" * 500_000 + "import mlflow\n",
        "very many texts with braces": "x = f'" + "{a}" * deep + "'\ny = f'''" + "{a}\n" * deep + "'''\n",
    }  # fmt: skip


#: For expressions of ours that once took more than a linear time, and for those that look as if they could.
EXPRESSIONS: dict[str, tuple[str, Callable[[int], str]]] = {
    "empty lines of a script": ("run.sh", lambda size: "\n" * size + "x"),
    "spaces before a comment": ("a.sh", lambda size: f"a # mlops-scan:{' ' * size}x"),
    "spaces in a commented schedule": (FLOW, lambda size: f"{STEPS}    - run: a\n#{' ' * size}x\n{' ' * size}#\n"),
    "a quote that nothing closes": ("b.sh", lambda size: "'" + "a " * (size // 2)),
    "quotes": ("c.sh", lambda size: "\"'`" * (size // 3)),
    "words of one line": ("d.sh", lambda size: "a " * (size // 2)),
    "failures that are forgiven": ("e.sh", lambda size: "a || true; " * (size // 11)),
    "here-documents": ("f.sh", lambda size: "cat <<A\n" * (size // 8)),
    "continued lines": ("g.sh", lambda size: "a \\\n" * (size // 4)),
    "groups that stay open": ("h.sh", lambda size: "(\n" * (size // 4) + "a\n" * (size // 4)),
    "cases": ("i.sh", lambda size: "case a in\n" + "a) b;;\n" * (size // 7)),
    "stars": ("CODEOWNERS", lambda size: "*" * size),
    "commands of a document": ("README.md", lambda size: "```sh\n" + "$ python a.py\n" * (size // 14)),
    "spans of a document": ("docs/a.md", lambda size: "run `python a.py` " * (size // 18)),
    "an address of a document": ("docs/b.md", lambda size: f"`curl https://{'a' * size}`"),
    "a comment of markup": ("docs/c.md", lambda size: "<!--" + "-" * size),
    "recipes": ("Makefile", lambda size: "a:\n\tb\n" * (size // 6)),
    "a recipe of one line": ("b.mk", lambda size: "a:\n\t" + "a && " * (size // 5)),
    "a rule with many targets": ("c.mk", lambda size: "a " * (size // 2) + ": b\n"),
    "instructions": ("Dockerfile", lambda size: "FROM a\n" + "COPY a b\n" * (size // 9)),
    "an instruction of one line": ("b.Dockerfile", lambda size: "FROM a\nRUN " + "a && " * (size // 5)),
    "dependencies": ("requirements-a.txt", lambda size: "a==1\n" * (size // 5)),
    "a dependency": ("requirements-b.txt", lambda size: "a" + ">=1," * (size // 4)),
    "extras": ("requirements-c.txt", lambda size: f"a[{'b,' * (size // 2)}]"),
    "a marker": ("requirements-d.txt", lambda size: "a; " + "b == 'c' and " * (size // 13)),
    "a hash": ("requirements-e.txt", lambda size: "a --hash=" * (size // 9)),
    "stages of Groovy": ("Jenkinsfile", lambda size: "stage('a') { sh 'b' }\n" * (size // 22)),
    "calls of R": ("a.R", lambda size: "library(a)\n" * (size // 11)),
    "a call of R": ("b.R", lambda size: f"read.csv({' ' * size}"),
    "imports of JavaScript": ("a.ts", lambda size: "import {" + "a, " * (size // 3) + "} from 'b'"),
    "calls of JavaScript": ("b.ts", lambda size: "a." * (size // 2) + "b("),
    "tables of TOML": ("a.toml", lambda size: times("[a.b#]\nc = 1\n", size // 18)),
    "a list of TOML": ("b.toml", lambda size: "a = [\n" + "'b',\n" * (size // 5) + "]\n"),
    "settings": ("setup.cfg", lambda size: "a = b\n" * (size // 6)),
    "a setting": ("tox.ini", lambda size: f"[testenv]\ncommands = {'a ' * (size // 2)}\n"),
    "variables": (".env", lambda size: "A=b\n" * (size // 4)),
    "a secret": ("b.env", lambda size: "PASSWORD=" + "a" * size),
    "keys": ("c.env", lambda size: "AKIA" * (size // 4)),
    "a token": ("d.env", lambda size: "A=ey" + "a." * (size // 2)),
    "a private key": ("e.env", lambda size: "A=-----BEGIN PRIVATE KEY-----" * (size // 29)),
    "rules of Prometheus": ("rules.yml", lambda size: "groups:\n- name: a\n  rules:\n  - alert: a\n    expr: " + "sum(" * (size // 4)),
    "matchers of Prometheus": ("b.rules.yml", lambda size: "groups:\n- name: a\n  rules:\n  - alert: a\n    expr: " + 'a{b="' * (size // 5)),
    "conditions": (".github/workflows/y.yml", lambda size: f"{JOBS}  a:\n    if: {'(' * size}\n"),
    "outputs": (".github/workflows/z.yml", lambda size: f"{JOBS}  a:\n    if: {'needs.a.outputs.' * (size // 16)}\n"),
    "variables of a command": (".github/workflows/v.yml", lambda size: f"env: {{A: $A$A}}\n{STEPS}    - run: a {'$A' * (size // 2)}\n"),
    "resources of Terraform": ("main.tf", lambda size: times('resource "a" "b#" {\n  c = 1\n}\n', size // 34)),
    "a comment of Terraform": ("b.tf", lambda size: "/*" * (size // 2)),
    "a here-document of Terraform": ("c.tf", lambda size: "a = <<A\n" * (size // 8)),
    "lines of a schedule": ("crontab", lambda size: "0 0 * * * a\n" * (size // 12)),
}  # fmt: skip
