"""Time and memory stay bounded, and what was given up is said: bombs, depths, sizes, circles, and whatever multiplies."""

import os
import socket
from pathlib import Path

from hostile.case import ANY, FINE, INCOMPLETE, Cases, Expected, Field
from hostile.crowds import MULTIPLIED, RINGS, UNITS, ring
from hostile.texts import DEEP, EXPRESSIONS, FLOW, JOBS, STEPS, brackets, python, times, yaml

CASES = Cases("bounded")


def big(field: Field, scaled: int, full: int) -> int:
    """How many of something: all of them only where a person asks for the full size."""
    return full if field.full else scaled


# -- one file: what parses to more than it is --------------------------------------------------------------------------


@CASES.each("a workflow of YAML with", {name: name for name in yaml(1)})
def _(field: Field, name: str) -> Expected:
    text, code = yaml(DEEP)[name]
    field.write(FLOW, text)
    field.write("config/params.yaml", text[: None if field.full else 50_000])
    field.patches = {} if field.full else {"mlops_scan.facts._MOST_ITEMS": 5_000}
    return Expected(code, said=(f"{FLOW}:",) if code else ())


@CASES.case("brackets in brackets, blocks in blocks and templates in templates of every format")
def _(field: Field) -> Expected:
    for number, (path, text) in enumerate(brackets(big(field, 3_000, DEEP)).values()):
        field.write(f"part{number}/{path}", text)
        if path in ("setup.cfg", "Makefile", "README.md", ".env", "package.json"):
            field.write(path, text)
    said = [f"{name}: is nested deeper than 100 levels" for name in ("/pixi.toml", "/mise.toml", "/Pipfile")]
    return Expected(INCOMPLETE, said=(*said, "/a.ipynb: is not a valid notebook"))


@CASES.case("code of Python with very long chains, in very deep blocks, and with very many of everything")
def _(field: Field) -> Expected:
    for number, text in enumerate(python(DEEP if field.full else 2_000, 9_000 if field.full else 500).values()):
        field.write(f"src/m{number}.py", text)
    field.write("setup.py", f"x = f'{'{a}' * DEEP}'\n")
    field.write("tasks.py", f"x = {'a.' * DEEP}b\n")
    return Expected(INCOMPLETE, said=("setup.py: has more than 20,000 braces", "tasks.py"))


@CASES.case("the worst texts for all expressions of ours")
def _(field: Field) -> Expected:
    for path, text in EXPRESSIONS.values():
        field.write(path, text(big(field, 10_000, 60_000)))
    return Expected(INCOMPLETE, said=("h.sh:101: holds more commands, or deeper blocks",))


@CASES.each(
    "empty lines, as many as fit, in", {name: name for name in ("run.sh", "model.py", ".git/config", "Jenkinsfile")}
)
def _(field: Field, name: str) -> None:
    field.commit()
    field.write(name, "\n" * big(field, 400_000, 990_000) + "x")


# -- one file: sizes and kinds -----------------------------------------------------------------------------------------


@CASES.each(
    "one line of very many megabytes in",
    {name: name for name in ("train.py", FLOW, "Makefile", "requirements.txt", "dvc.yaml", "run.sh", "main.tf")},
)
def _(field: Field, name: str) -> Expected:
    field.write(name, b"import mlflow; " + b"a" * big(field, 3_000_000, 200_000_000))
    return Expected(INCOMPLETE, said=(f"{name}: is larger than 1,000,000 bytes",))


@CASES.case("data in lines of very many megabytes")
def _(field: Field) -> Expected:
    for name in ("data.json", "data/a.csv", "data/b.yaml", "README.md", "x.bin", "c.txt"):
        field.write(name, b"1, " * big(field, 1_000_000, 60_000_000))
    return Expected(said=("data.json: is larger than",))


@CASES.case("a notebook of very many megabytes")
def _(field: Field) -> Expected:
    output = '{"output_type": "stream", "text": ["' + "x" * big(field, 21_000_000, 60_000_000) + '"]}'
    field.write(
        "a.ipynb", f'{{"cells": [{{"cell_type": "code", "source": [], "outputs": [{output}]}}], "nbformat": 4}}'
    )
    return Expected(INCOMPLETE, said=("a.ipynb: is larger than 20,000,000 bytes",))


@CASES.case("a notebook that is as large as it may be")
def _(field: Field) -> None:
    cell = (
        '{"cell_type": "code", "source": ["import mlflow\\n", "mlflow.log_metric(\'a\', 1)\\n"], "outputs": [], "x": "'
        + "y" * 900
        + '"}'
    )
    cells = ",".join([cell] * big(field, 2_000, 18_000))
    field.write("a.ipynb", f'{{"cells": [{cells}], "nbformat": 4, "metadata": {{}}}}')


@CASES.case("sparse files of a terabyte under every name")
def _(field: Field) -> Expected:
    for name in ("train.py", FLOW, "a.ipynb", "poetry.lock", "data.json", "mlflow.db", "Dockerfile", ".gitignore"):
        field.sparse(name, 1 << 40, b"SQLite format 3\0" if name.endswith(".db") else b"a")
    return Expected(INCOMPLETE, said=("train.py: is larger than",))


@CASES.case("pipes and sockets in the place of files")
def _(field: Field) -> None:
    field.commit()
    for name in ("setup.py", ".github/workflows/y.yml", "Makefile", "pyproject.toml", ".mlops-scan.toml.d", "a.ipynb"):
        (field.root / name).parent.mkdir(exist_ok=True)
        os.mkfifo(field.root / name)
    _socket(field.root, "dvc.yaml")
    _socket(field.root, "Dockerfile")


def _socket(folder: Path, name: str) -> None:
    """Bound by a relative name: an absolute one may be longer than a socket's may."""
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(folder)
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(name)
    finally:
        os.fchdir(before)
        os.close(before)


@CASES.case("pipes in the place of files that Git tracks")
def _(field: Field) -> Expected:
    field.write("requirements-dev.txt", "mlflow\n")
    field.commit()
    for name in ("train.py", "requirements-dev.txt"):
        (field.root / name).unlink()
        os.mkfifo(field.root / name)
    return Expected(INCOMPLETE, said=("train.py: is not a regular file",))


@CASES.each(
    "a pipe in the Git directory as",
    {name: name for name in ("index", "HEAD", "packed-refs", "config", "shallow", "info/exclude", "refs/heads/main", "objects/info/alternates", "objects/pack/x")},
)  # fmt: skip
def _(field: Field, name: str) -> None:
    field.commit()
    place = field.root / ".git" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    os.mkfifo(place)


@CASES.case("devices that never end in the place of files", needs="root")
def _(field: Field) -> Expected:
    import stat

    field.commit()
    for name, minor in (("train.py", 5), ("Makefile", 9), ("dvc.yaml", 8), (".github/workflows/y.yml", 5)):
        (field.root / name).unlink(missing_ok=True)
        os.mknod(field.root / name, 0o666 | stat.S_IFCHR, os.makedev(1, minor))
    return Expected(INCOMPLETE, said=("train.py: is not a regular file",))


# -- very many files ---------------------------------------------------------------------------------------------------


@CASES.case("folders beyond the longest path")
def _(field: Field) -> Expected:
    before = os.open(".", os.O_RDONLY)
    os.chdir(field.root)
    try:
        for number in range(big(field, 300, 800)):
            Path("train.py").write_text("import mlflow\n")
            name = f"{number:05}" + "d" * 195
            os.mkdir(name)
            os.chdir(name)
    finally:
        os.fchdir(before)
        os.close(before)
    return Expected(INCOMPLETE, untouched=False)


@CASES.case("very many files in one folder")
def _(field: Field) -> None:
    for number in range(big(field, 600, 50_000)):
        field.write(f"src/m{number}.py", "import mlflow\nimport utils\nfrom . import x\n")


@CASES.case("very many files that Git tracks, under one name")
def _(field: Field) -> None:
    for number in range(big(field, 300, 20_000)):
        field.write(f"d{number}/utils.py", "from utils import f\nfrom src.utils import g\nf()\ng()\n")
        field.write(f"d{number}/run.sh", "python utils.py\npython train.py\nbash ../x/run.sh\n")
    field.commit()


@CASES.case("files in deep folders")
def _(field: Field) -> None:
    folder = ""
    for number in range(big(field, 60, 150)):
        folder += f"d{number}/"
        for each in range(big(field, 5, 100)):
            field.write(f"{folder}m{each}.py", "import utils\nfrom .... import x\nfrom src import y\n")
    field.write("src/y.py", "import mlflow\n")


@CASES.case("more files than a scan takes")
def _(field: Field) -> Expected:
    for number in range(400):
        field.write(f"src/m{number}.py", "import mlflow\n")
    field.patches = {"mlops_scan.repository.files.MOST_FILES": 300}
    return Expected(INCOMPLETE, said=("has more than 300 files",))


# -- Git ---------------------------------------------------------------------------------------------------------------


def _import(field: Field, stream: str) -> None:
    """Make commits as fast as Git can."""
    import subprocess

    field.git("init", "-q", "-b", "main")
    done = subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=field.root, input=stream.encode(), check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    field.git("reset", "-q")


def _commit(number: int, message: str = "m", parent: str = "") -> str:
    who = f"a{number} <a{number}@example.org> {1_700_000_000 + number} +0000"
    data = f"data {len(message)}\n{message}\n"
    return f"commit refs/heads/main\nmark :{number + 1}\nauthor {who}\ncommitter {who}\n{data}{parent}\n"


@CASES.case("very many commits")
def _(field: Field) -> Expected:
    number = big(field, 1_500, 20_000)
    _import(field, "".join(_commit(each, f"Merge pull request #{each}") for each in range(number)))
    return Expected(said=("the history is not complete here",) if field.full else ())


@CASES.case("a commit message of very many megabytes")
def _(field: Field) -> Expected:
    size = big(field, 2_000_000, 120_000_000)
    _import(field, _commit(0, "m" * size) + _commit(1))
    return Expected(said=("history not known",) if field.full else ())


@CASES.case("a commit of very many parents")
def _(field: Field) -> None:
    number = big(field, 100, 2_000)
    each = "".join(_commit(at).replace("heads/main", f"heads/b{at}") for at in range(number))
    merges = "".join(f"merge :{at + 1}\n" for at in range(1, number))
    _import(field, each + _commit(number, "m", f"from :1\n{merges}"))


@CASES.case("very many refs, packed and loose")
def _(field: Field) -> Expected:
    field.commit()
    commit = field.git("rev-parse", "HEAD").strip()
    refs = (f"{commit} refs/tags/v{each}\n" for each in range(big(field, 30_000, 1_600_000)))
    field.write(".git/packed-refs", "# pack-refs with: peeled fully-peeled sorted \n" + "".join(refs))
    for number in range(big(field, 500, 100_000)):
        field.write(f".git/refs/tags/loose{number}", f"{commit}\n")
    field.patches = {} if field.full else {"mlops_scan.repository.gitdir._LARGE": 1_000_000}
    return Expected(said=("the history is not complete here",))


@CASES.case("an index of very many files that are not there")
def _(field: Field) -> Expected:
    import subprocess

    field.commit()
    blob = field.git("hash-object", "-w", "train.py").strip()
    listed = times(f"100644 {blob}\tsrc/very/long/name/of/a/folder/m#.py\n", big(field, 2_000, 150_000))
    done = subprocess.run(["git", "update-index", "--index-info"], cwd=field.root, input=listed.encode(), check=False)
    assert done.returncode == 0
    return Expected(INCOMPLETE)


@CASES.case("an index of a terabyte")
def _(field: Field) -> Expected:
    field.commit()
    os.truncate(field.root / ".git/index", 1 << 40)
    return Expected(said=("not known",))


@CASES.case("packs of a terabyte")
def _(field: Field) -> Expected:
    field.commit()
    field.git("repack", "-a", "-d", "-q")
    for each in (field.root / ".git/objects/pack").glob("pack-*.pack"):
        each.chmod(0o644)
        os.truncate(each, 1 << 40)
    return Expected(said=("history not known",))


@CASES.each(
    "a pattern of .gitignore with",
    {
        "many stars": "*a" * 40 + "b\n",
        "many folders": "**/a/" * 8 + "b\n",
        "very many patterns": times("x#/**/y*z\n", 20_000),
        "a bracket that nothing closes": "[" * 50_000 + "\n" + "[a-" * 20_000 + "\n\\\n",
    },
)
def _(field: Field, text: str) -> Expected:
    field.write("a/" * 60 + "c.py", "import mlflow\n")
    field.write("a" * 200 + ".py", "import mlflow\n")
    field.commit()
    field.write(".gitignore", text)
    field.write(".dockerignore", text)
    field.write("a/" * 60 + "d.py", "import mlflow\n")
    field.patches = {} if field.full else {"mlops_scan.repository.git.SECONDS": 2}
    return Expected(said=("untracked files not known",) if text.startswith("**") else ())


_STARS = "*a" * 40 + "b"


@CASES.each(
    "a pattern of many stars in",
    {
        "a workflow": (FLOW, f"on:\n  push:\n    paths: ['{_STARS}', '{'**/' * 40}b']\njobs:\n  a:\n    steps:\n    - run: python train.py\n"),
        "a pipeline of GitLab": (".gitlab-ci.yml", f"a:\n  script: [python train.py]\n  rules:\n  - changes: ['{_STARS}']\n    exists: ['{'**/a' * 40}']\n"),
        "CODEOWNERS": ("CODEOWNERS", f"{_STARS} @a\n{'**/' * 40}b @a\n"),
        "a Makefile": ("Makefile", f"include {_STARS}\nall: $(wildcard {_STARS})\n\tpython {_STARS}\n"),
        "a Dockerfile": ("Dockerfile", f"FROM a\nCOPY {_STARS} .\nCOPY {'?' * 500} .\n"),
        "the includes of Prometheus": ("prometheus.yml", f"rule_files: ['{_STARS}', '{'**/' * 30}a']\nscrape_configs: []\n"),
        "attributes": (".gitattributes", f"{_STARS} filter=lfs\n{'**/' * 40}b filter=lfs\n"),
        "a Snakefile": ("Snakefile", f"rule a:\n  input: '{_STARS}'\n  shell: 'python {_STARS}'\n"),
        "R": ("_targets.R", f"tar_source('{_STARS}')\nlist.files('{_STARS}')\n"),
        "Python": ("a.py", f"import glob\nglob.glob('{_STARS}')\nimport subprocess\nsubprocess.run('python {_STARS}', shell=True)\n"),
        "our configuration": (".mlops-scan.toml", "exclude = ['*a*a*b', '**/*a*a*b/**/c']\n"),
    },
)  # fmt: skip
def _(field: Field, told: tuple[str, str]) -> Expected | None:
    path, text = told
    for number in range(40):
        field.write(f"{'a' * 200}/{'a/' * 40}{'a' * 40}{number}.py", "import mlflow\n")
    field.write(path, text)
    return None


# -- circles, and what multiplies --------------------------------------------------------------------------------------


@CASES.each("a circle of", RINGS)
def _(field: Field, told: tuple[str, str]) -> None:
    path, template = told
    for number, text in ring(template, big(field, 60, 300)).items():
        field.write(path.format(number), text)
    field.write(".gitlab-ci.yml", "include: [g0/.gitlab-ci.yml]\n")
    field.write("Makefile", "include m0.mk Makefile\nall: all\n\tmake all\n")


@CASES.each("what multiplies in", MULTIPLIED)
def _(field: Field, told: tuple[str, str, int]) -> Expected:
    path, text, code = told
    if path:
        field.write(path, text)
        return Expected(code)
    for number in range(60):
        uses = f"./.github/workflows/w{min(number + 1, 59)}.yml"
        field.write(
            f".github/workflows/w{number}.yml",
            f"on: [push, workflow_call]\n{JOBS[9:]}" + times(f"  a#:\n    uses: {uses}\n", 3),
        )
    return Expected(code)


# -- very many units, and the time for judging ------------------------------------------------------------------------


@CASES.each("very many", {name: name for name in UNITS})
def _(field: Field, name: str) -> Expected:
    scaled, full, files = UNITS[name]
    for path, text in files(big(field, scaled, full)).items():
        field.write(path, text)
    return Expected(ANY if field.full else FINE)  # at some size any of them is given up, and that is said


@CASES.case("starting points that each reach everything")
def _(field: Field) -> Expected:
    number = big(field, 150, 3_000)
    for at, text in ring(RINGS["workflows that use each other"][1], number).items():
        field.write(f".github/workflows/w{at}.yml", text)
    field.patches = {} if field.full else {"mlops_scan.ways.MOST_KEPT": 20_000}
    return Expected(INCOMPLETE, said=("was not judged as a whole: its starting points reach more than",))


@CASES.case("a file that refers to more than is followed")
def _(field: Field) -> Expected:
    field.patches = {"mlops_scan.wiring.link._MOST_LINKS": 1_000}
    field.write(FLOW, STEPS + "    - run: kubectl apply -f k8s/\n" * 60)
    for number in range(60):
        field.write(f"k8s/a{number}.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n")
    return Expected(INCOMPLETE, said=(f"{FLOW}: refers to more than 1,000 things",))


@CASES.case("a file that takes too long to read")
def _(field: Field) -> Expected:
    field.patches = {"mlops_scan.reading.SECONDS_OF_A_FILE": 0.2}
    field.write("run.sh", "python train.py && a || b\n" * 36_000)
    return Expected(INCOMPLETE, said=("run.sh: could not be read: it took more than",))


@CASES.case("files that take too long to read, one after the other")
def _(field: Field) -> Expected:
    field.patches = {"mlops_scan.reading.SECONDS_OF_A_SCAN": 0.5}
    for number in range(6):
        field.write(f"a{number}.sh", "python train.py && a || b\n" * 9_000)
    return Expected(INCOMPLETE, said=("was not read: the scan took more than",))


@CASES.case("files with more facts than a scan takes")
def _(field: Field) -> Expected:
    field.patches = {"mlops_scan.reading.MOST_FACTS": 10_000, "mlops_scan.opening._BATCH": 100_000}
    for number in range(6):
        field.write(f"src/m{number}.py", times("import a#\n", 8_000))
    return Expected(INCOMPLETE, said=("was not read: the files before it hold more than 10,000 facts",))


@CASES.case("a repository that takes too long to judge")
def _(field: Field) -> Expected:
    for number, text in ring(RINGS["workflows that use each other"][1], 900).items():
        field.write(f".github/workflows/w{number}.yml", text)
    field.patches = {"mlops_scan.scan.SECONDS_OF_ALL": 1.0}
    return Expected(INCOMPLETE, said=("the scan was given up: it took more than 1 seconds",), reports=False)


@CASES.case("a repository that takes too much memory to judge")
def _(field: Field) -> Expected:
    for number, text in ring(RINGS["workflows that use each other"][1], 700).items():
        field.write(f".github/workflows/w{number}.yml", text)
    field.limits = {"RLIMIT_DATA": 250_000_000}
    return Expected(INCOMPLETE, said=("the scan was given up: there is not enough memory for it",), reports=False)


@CASES.case("an incomplete scan that would reach every target")
def _(field: Field) -> Expected:
    field.write("dvc.yaml", "[" * DEEP)
    field.arguments = ["scan", ".", "--no-cache", "--min-stage", "0", "--count", "attested"]
    return Expected(INCOMPLETE, said=("incomplete",), reports=False)
