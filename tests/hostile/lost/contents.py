"""Files of any encoding, age, and state of repair: what is in them is read, or it is said that it was not."""

import os
from collections.abc import Callable

from hostile.case import INCOMPLETE, PRODUCT, Cases, Expected, Field, Moment
from hostile.lost.git import READ

CASES = Cases("lost")
WORKFLOW = ".github/workflows/train.yml"
#: A file of each kind that is claimed by name, and that a team could have.
KINDS = (
    "Dockerfile", "docker-compose.yml", "dvc.yaml", "dvc.lock", ".dvc/config", "params.yaml", "MLproject", "Makefile", "setup.py",
    "setup.cfg", "pyproject.toml", "poetry.lock", "Pipfile", "environment.yml", "tox.ini", ".gitlab-ci.yml", "Jenkinsfile",
    "azure-pipelines.yml", ".travis.yml", "package.json", "a.ipynb", "a.R", "run.sh", "main.tf", "k8s/a.yaml", "Chart.yaml",
    "kustomization.yaml", "CODEOWNERS", "README.md", ".pre-commit-config.yaml", "mlflow.db", "prometheus.yml", "justfile",
    "Taskfile.yml", "crontab", "metrics.json", "a.py", ".github/dependabot.yml", "mkdocs.yml", "conftest.py",
)  # fmt: skip


@CASES.each("Python and YAML", {
    "in UTF-8 with a mark": lambda text: text.encode("utf-8-sig"), "in UTF-16": lambda text: text.encode("utf-16"),
    "in UTF-16 from the other end": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "in UTF-16 without a mark": lambda text: text.encode("utf-16-le"), "in UTF-32": lambda text: text.encode("utf-32"),
    "in Latin-1": lambda text: ("# caf\xe9\n" + text).encode("latin-1"),
    "in Shift JIS, and it says so": lambda text: ("# -*- coding: shift_jis -*-\n# \u6a5f\u68b0\n" + text).encode("shift_jis"),
    "with an encoding that nobody knows": lambda text: b"# -*- coding: klingon -*-\n" + text.encode(),
    "with lines that end as in DOS": lambda text: text.replace("\n", "\r\n").encode(),
    "with lines that end as on an old Macintosh": lambda text: text.replace("\n", "\r").encode(),
    "with lines that end in all ways": lambda text: text.replace("\n", "\r\n", 3).replace(":\n", ":\r").encode(),
    "without an end of the last line": lambda text: text.rstrip().encode(), "with a form feed": lambda text: b"\x0c\n" + text.encode(),
}, few=6)  # fmt: skip
def _(field: Field, encoded: Callable[[str], bytes]) -> Expected:
    for name in ("train.py", "requirements.txt"):
        field.write(name, encoded(PRODUCT[name]))
    workflow = encoded(PRODUCT[WORKFLOW])
    field.write(WORKFLOW, workflow.replace(b"\x0c\n", b""))  # YAML allows none
    field.commit()
    return Expected(said=READ)


@CASES.each("a text that is none", {
    "EBCDIC": PRODUCT["train.py"].encode("cp500"), "zero bytes in the middle": b"import mlflow\n\0\0\0\nmlflow.log_metric('a', 1)\n",
    "an image": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a compiled module": b"\xa7\r\r\n\0\0\0\0", "an archive": b"PK\x03\x04\x14\0\0\0",
}, few=3)  # fmt: skip
def _(field: Field, content: bytes) -> Expected:
    field.write("serve.py", content)
    field.commit()
    code = 0 if content[0] == 0x89 and b"PNG" not in content else INCOMPLETE
    return Expected(code, said=(*READ, "serve.py"))


@CASES.each(
    "files of every kind that are", {"empty": b"", "blank": b" \n\t\n", "a mark and nothing else": b"\xef\xbb\xbf"}
)
def _(field: Field, content: bytes) -> Expected:
    for name in KINDS:
        field.write(name, content)
    field.commit()
    return Expected(said=READ)


@CASES.case("folders where files of every kind are expected, and files where folders are")
def _(field: Field) -> Expected:
    for name in KINDS:
        field.write(f"{name}/keep.py", "x = 1\n")
    for name in (".gitlab", ".circleci", ".buildkite", "src", "tests", "docs", "notebooks"):
        field.write(name, "a file\n")
    field.commit()
    return Expected(said=READ)


@CASES.case("a file where the folder of the workflows is expected")
def _(field: Field) -> Expected:
    (field.root / WORKFLOW).unlink()
    (field.root / ".github/workflows").rmdir()
    field.write(".github/workflows", PRODUCT[WORKFLOW])
    field.commit()
    return Expected(said=READ[:2])


_CONFLICT = "<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> side\n"


@CASES.each("a merge that is not finished in", {
    "YAML": (WORKFLOW, PRODUCT[WORKFLOW] + _CONFLICT.format(ours="env:\n  A: 1\n", theirs="env:\n  A: 2\n")),
    "Python": ("serve.py", "import fastapi\n" + _CONFLICT.format(ours="x = 1\n", theirs="x = 2\n")),
    "TOML": ("pyproject.toml", "[project]\nname = 'a'\n" + _CONFLICT.format(ours="version = '1'\n", theirs="version = '2'\n")),
    "JSON": ("package.json", "{\n" + _CONFLICT.format(ours='"name": "a"\n', theirs='"name": "b"\n') + "}\n"),
    "a notebook": ("a.ipynb", '{"cells": [\n' + _CONFLICT.format(ours='{"source": []}\n', theirs="{}\n") + '], "nbformat": 4}\n'),
    "requirements": ("requirements.txt", _CONFLICT.format(ours="mlflow==3.1.0\n", theirs="mlflow==3.2.0\n")),
    "a Dockerfile": ("Dockerfile", _CONFLICT.format(ours="FROM python:3.11\n", theirs="FROM python:3.12\n") + "RUN x\n"),
    "a Makefile": ("Makefile", _CONFLICT.format(ours="a:\n\techo 1\n", theirs="a:\n\techo 2\n")),
    "a shell script": ("run.sh", _CONFLICT.format(ours="python train.py\n", theirs="python serve.py\n")),
    "HCL": ("main.tf", _CONFLICT.format(ours="locals {}\n", theirs="locals {\n}\n")),
    "DVC's lock": ("dvc.lock", "schema: '2.0'\n" + _CONFLICT.format(ours="stages: {}\n", theirs="stages:\n")),
}, few=5)  # fmt: skip
def _(field: Field, told: tuple[str, str]) -> Expected:
    path, text = told
    field.write(path, text)
    field.commit()
    return Expected(said=(*READ[:2], path, "holds the marks of a merge that is not finished"))


@CASES.case("code of Python 2, and of a Python that is not yet")
def _(field: Field) -> Expected:
    field.write("old.py", "import mlflow\nprint 'trained', `x`\nexec 'y = 1'\nraise ValueError, 'x'\n")
    field.write("new.py", "import mlflow\nmatch x:\n    case 1 if y => z\n")
    field.commit()
    return Expected(said=(*READ, "old.py", "new.py"))


@CASES.case("what Git LFS and git-annex leave in the place of a file")
def _(field: Field) -> Expected:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'1' * 64}\nsize 123456\n"
    for name in ("model.bin", "data.ipynb", "big.py", ".github/workflows/big.yml", "weights.yaml", "mlflow.db"):
        field.write(name, pointer)
    key = f"SHA256E-s100--{'1' * 64}.csv"
    field.link("data/annexed.csv", f"../.git/annex/objects/aa/bb/{key}/{key}")
    field.write("data/unlocked.csv", f"/annex/objects/{key}\n")
    field.write("data/unlocked.py", f"/annex/objects/{key}\n")
    field.commit()
    pointers = ("big.py: is a pointer of Git LFS", "data.ipynb: is a pointer", "unlocked.py: is a pointer of git-annex")
    return Expected(INCOMPLETE, said=(*READ, '"symbolic link": 1', *pointers))


@CASES.each("names", {
    "that differ in case alone": ("a.py", "A.py", "README.md", "readme.MD", "Dockerfile", "dockerfile", "SRC/a.py", "src/a.py"),
    "that are no UTF-8": (b"caf\xe9.py", b"\xff\xfe.yml", b"\xe9/\xe9.py", b".github/workflows/\xe9.yml"),
    "that look alike": ("caf\u00e9.py", "cafe\u0301.py", "\u0430.py", "a.py"),
    "with lines, tabs and quotes": ("a\nb.py", "a\tb.py", 'a"b.py', "a'b.py", "a\\b.py", "a\rb.yml", "\n", " ", "a b/c d.py"),
    "that are options and patterns": ("-rf.py", "--help", "*.py", "[a].py", "{a}.py", "~", "$HOME.py", "%s.py", ":(top)a.py", "!a.py"),
    "of old systems": ("CON.py", "nul.yml", "a:b.py", "a.", "aux/x.py", ".DS_Store", "._train.py", "Icon\r", "THUMBS.DB", "a~1.py"),
    "as long as they may be": ("x" * 252 + ".py", "/".join(["y" * 200] * 12) + "/a.py"),
}, few=6)  # fmt: skip
def _(field: Field, names: tuple[str | bytes, ...]) -> Expected:
    for name in names:
        field.write(os.fsdecode(name), "import mlflow\n" if str(name).endswith((".py", ".py'")) else "a: 1\n")
    field.commit()
    return Expected(said=(*READ, f'"listed": {len(names) + 3}'))


@CASES.case("names and contents of every kind in a folder that Git does not know")
def _(field: Field) -> Expected:
    for number, name in enumerate((b"caf\xe9.py", b"a\nb.py", b"\xff/x.py", b" .yml")):
        field.write(os.fsdecode(name), f"x = {number}\n")
    return Expected(said=(*READ, '"listed": 7'))


@CASES.each("a file that, between its listing and its reading,", {
    "vanishes": ("remove", INCOMPLETE, "no such file or directory"), "grows": ("import mlflow\n", 0, '"listed": 4'),
    "grows over every limit": ("#" * 200_000, INCOMPLETE, "is larger than"),
})  # fmt: skip
def _(field: Field, told: tuple[str, int, str]) -> Expected:
    action, code, said = told
    place = field.write("serve.py", "import fastapi\n")
    field.commit()
    field.moments = [Moment("open serve.py", 1, action, str(place))]
    return Expected(code, said=(*READ, said), untouched=False)


@CASES.case("a folder that vanishes while it is listed")
def _(field: Field) -> Expected:
    (field.root / "src").mkdir()
    field.write("src/deep/serve.py", "import fastapi\n")
    field.moments = [Moment("os.scandir src", 2, "remove", str(field.root / "src/deep/serve.py"))]
    return Expected(said=READ, untouched=False)


@CASES.case("one broken file of every kind")
def _(field: Field) -> Expected:
    for name in KINDS:
        field.write(name, "{{{ [[[ ((( \"'` <<EOF : - & * ! | > % @ \\ #{ ${ \x0b\n\t- x:\n y")
    field.commit()
    return Expected(said=READ)
