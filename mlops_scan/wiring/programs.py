"""Programs that run code: interpreters, shells, launchers, servers, tests, notebooks."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Node
from mlops_scan.wiring.call import NUMBERED, Call, Found, Missing, Rule

_SCRIPT = re.compile(r".*\.(py|sh|bash|ipynb|R|r|Rmd|qmd|jl|js|ts|rb|pl)")
_IMPORTED = re.compile(r"\bfrom\s+([\w.]+)\s+import\s+(\w+)|\bimport\s+([\w.]+)")
_QUOTED_FILE = re.compile(r"[\w./-]+\.(?:R|Rmd|qmd|r)\b")
_APPLICATION = re.compile(r"[\w.]+(:[\w.()]+)?")
_TEST = re.compile(r"(test_.*|.*_test|conftest)\.py")
_TEST_PATH = re.compile(r"[\w./-]*\btests?\b[\w./-]*")
_MOST_TESTS = 300
_PYTHON_WITH_VALUE = ("-W", "-X", "--check-hash-based-pycs")


def is_script(word: str) -> bool:
    """Whether a word looks like the file of a program."""
    return len(word) < 500 and _SCRIPT.fullmatch(word) is not None


def _python(call: Call) -> Iterator[Found]:
    words = call.words[1:]
    while words and words[0].startswith("-") and words[0] not in ("-m", "-c", "-"):
        words = words[2 if words[0] in _PYTHON_WITH_VALUE else 1 :]
    if words[:1] == ["-m"] and len(words) > 1:
        yield from _module(call, words[1]) or call.again(words[1:])
    elif words[:1] == ["-c"]:
        for found in _IMPORTED.finditer(" ".join(words[1:])[:2000]):
            yield from call.module(f"{found[1]}.{found[2]}" if found[1] else found[3])
    elif words and words[0] != "-":
        yield from call.file(words[0], "script" if is_script(words[0]) else "")
        yield from _named_to_it(call, words[0])


def _named_to_it(call: Call, script: str) -> Iterator[Found]:
    """The module or script that a script is told to run: `python run.py --module-name pipelines.churn`."""
    beside = call.in_folder(script.rpartition("/")[0])
    for name in call.options("--module-name", "--pipeline-module", "--module"):
        yield from (each for each in beside.module(name) if isinstance(each, Node))
    for name in call.options("--script", "--entry-point", "--entrypoint", "--script-path"):
        yield from call.file(name) if is_script(name) else ()


def _module(call: Call, name: str) -> list[Found]:
    """What `python -m` runs: a module, or the `__main__` of a package, without which a package cannot be run."""
    inner, own = (list(call.module(each, expected=True)) for each in (f"{name}.__main__", name))
    is_package = any(isinstance(each, Node) and each.path.endswith("/__init__.py") for each in own)
    return inner if is_package or any(isinstance(each, Node) for each in inner) else own


def _shell(call: Call) -> Iterator[Found]:
    """`bash script`, or the text behind `bash -c`."""
    words = call.words[1:]
    while words and words[0].startswith(("-", "+")):
        option = words.pop(0)
        if option.endswith("c") and not option.startswith("--"):
            yield from call.text(" ".join(words))
            return
        if option in ("-o", "+o", "-O") and words:
            words.pop(0)
    if words and not words[0].startswith(("<", ">")):
        yield from call.file(words[0], "script" if is_script(words[0]) else "")


def _sourced(call: Call) -> Iterator[Found]:
    """`. script`: what it sets is often made on the machine, so that it is not missed."""
    yield from call.file(call.words[1]) if len(call.words) > 1 else ()


def _r(call: Call) -> Iterator[Found]:
    if not call.has("-e"):
        script = next((word for word in call.words[1:] if is_script(word)), "")
        yield from call.file(script, "script")
        return
    text = " ".join(call.words)
    if "tar_make" in text:
        yield from call.beside("_targets.R")
    for found in _QUOTED_FILE.finditer(text[:2000]):
        yield from call.file(found[0])


def _notebook(call: Call) -> Iterator[Found]:
    """`papermill in.ipynb out.ipynb`: only the first one is run."""
    yield from call.file(next((word for word in call.plain if word.endswith(".ipynb")), ""), "notebook")


def _launcher(call: Call) -> Iterator[Found]:
    """A program that starts a Python script with arguments of its own in front: torchrun, accelerate, spark-submit."""
    if module := call.option("-m", "--module"):
        yield from call.module(module, expected=True)
        return
    yield from call.file(next((word for word in call.words[1:] if is_script(word)), ""), "script")


def _wrapped(call: Call) -> Iterator[Found]:
    """A program that runs another one, whose words begin behind `--`, or with the first word that is a program."""
    words = call.words[call.words.index("--") + 1 :] if call.has("--") else call.words[1:]
    for index, word in enumerate(words):
        if is_known(word) or is_script(word):
            yield from call.again(words[index:])
            return


def is_known(word: str) -> bool:
    """Whether a word is the name of a program that runs code."""
    program = word.rpartition("/")[2]
    return program in RULES or NUMBERED.sub("", program) in RULES


def _application(call: Call) -> Iterator[Found]:
    """A server that is given `package.module:object`."""
    call = call.in_folder(call.option("--app-dir", "--chdir"))
    for name in filter(None, (*call.plain, call.option("-A", "--app"))):
        if _APPLICATION.fullmatch(name) and not name.endswith(".py"):
            yield from call.module(name.partition(":")[0], expected=":" in name)
        else:
            yield from call.file(name.partition(":")[0], "script" if is_script(name.partition(":")[0]) else "")


def _subcommand(*verbs: str, what: str = "script") -> Rule:
    """`streamlit run app.py`: the script behind a verb."""

    def rule(call: Call) -> Iterator[Found]:
        words = call.plain
        if words[:1] and words[0] in verbs:
            for word in words[1:2]:
                name = word.partition("::")[0]
                yield from call.file(name, what if is_script(name) else "")

    return rule


def _tests(call: Call) -> Iterator[Found]:
    """The test files below the paths that are named, or all of the working directory."""
    named = [word.partition("::")[0] for word in call.plain if "/" in word or "test" in word]
    for name in dict.fromkeys(named or ["."]):
        if path := call.path(name):
            yield Node(path)
            continue
        folder = call.known.places.folder(name, call.folders, call.source)
        if folder is None and "/" in name and _TEST_PATH.fullmatch(name[:500]):
            yield Missing("test path", name)
        yield from map(Node, call.known.places.chosen(folder, _TEST, _MOST_TESTS) if folder is not None else ())


def _bentoml(call: Call) -> Iterator[Found]:
    """`bentoml serve service:svc`, or whatever `bentofile.yaml` names."""
    if call.plain[:1] in (["serve"], ["build"], ["containerize"]):
        served = list(_application(call._replace(words=call.words[1:])))
        yield from [each for each in served if isinstance(each, Node)] or call.beside("bentofile.yaml")


def _coverage(call: Call) -> Iterator[Found]:
    words = call.words[call.words.index("run") + 1 :] if call.has("run") else []
    yield from call.again(["python", *words]) if words else ()


_WRAPPERS = (
    "mpirun mpiexec srun tini dumb-init gosu su-exec opentelemetry-instrument ddtrace-run newrelic-admin wait-for-it"
    " wait-for-it.sh wait-for wait-for.sh dockerize retry parallel watch numactl unbuffer scalene flock chronic setsid"
    " stdbuf"
)
_LAUNCHERS = (
    "torchrun accelerate deepspeed spark-submit horovodrun composer ipython3 sbatch qsub node julia ts-node deno bun"
)
_SERVERS = "uvicorn gunicorn hypercorn granian fastapi celery flask chainlit serve"

RULES: dict[str, Rule] = {
    **dict.fromkeys(["python", "py", "ipython", "pythonw", "pypy", "python-dbg"], _python),
    **dict.fromkeys(["bash", "sh", "zsh", "ksh", "dash", "ash"], _shell),
    **dict.fromkeys(("source", "."), _sourced),
    **dict.fromkeys(["Rscript", "R", "littler"], _r),
    **dict.fromkeys(_LAUNCHERS.split(), _launcher),
    **dict.fromkeys(_WRAPPERS.split(), _wrapped),
    **dict.fromkeys(_SERVERS.split(), _application),
    **dict.fromkeys(("streamlit", "modal"), _subcommand("run", "deploy", "serve")),
    **dict.fromkeys(["pytest", "py.test", "unittest"], _tests),
    "papermill": _notebook,
    "coverage": _coverage,
    "bentoml": _bentoml,
}
