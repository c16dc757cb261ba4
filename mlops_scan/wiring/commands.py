"""What a command starts: one small rule for each kind of program, and for all others the files that they are given."""

import re
from collections.abc import Iterator

from mlops_scan.wiring import containers, programs, runners, services
from mlops_scan.wiring.call import MOST_WORDS, NUMBERED, Call, Found, Known, Rule

_RULES: dict[str, Rule] = {**programs.RULES, **runners.RULES, **containers.RULES, **services.RULES}
_RUNNABLE = re.compile(r".*\.(py|sh|bash|ipynb|R|r|Rmd|qmd|ya?ml|json|toml|tf|bicep|sql|jl|js|ts|hcl|conf|cfg)")
#: Programs that move, show or ask about the files that they are given, and run none of them.
_HARMLESS = {
    "echo", "cat", "cp", "mv", "rm", "ls", "git", "touch", "chmod", "chown", "mkdir", "grep", "egrep", "sed", "awk",
    "test", "[", "[[", "head", "tail", "wc", "find", "diff", "cut", "sort", "tee", "tar", "zip", "unzip", "jq", "yq",
    "printf", "wget", "install", "ln", "rsync", "scp", "sha256sum", "md5sum", "stat", "basename", "dirname",
    "realpath", "export", "pip", "pip3", "uv", "black", "ruff", "flake8", "isort", "mypy", "pylint", "prettier",
    "eslint", "yamllint", "shellcheck", "exit", "return",
}  # fmt: skip
#: Words behind a program by which it ends or shows what it is given.
_UNDOING = {"delete", "destroy", "uninstall", "down", "logs", "get", "describe", "lint", "fmt", "remove", "rm", "diff"}


def started_by(words: list[str], folders: tuple[str, ...], source: str, known: Known) -> list[Found]:
    """The nodes that a command starts and what it names in vain, each once; none where all of it is elsewhere."""
    call = Call(words[:MOST_WORDS], folders, source, known, _start)
    return list(dict.fromkeys(_start(call.words, call)))


def _start(words: list[str], around: Call) -> Iterator[Found]:
    """What words start that stand where this call stands."""
    if not words:
        return
    call = around._replace(words=words)
    program = words[0].rpartition("/")[2]
    rule = _RULES.get(program) or _RULES.get(NUMBERED.sub("", program))
    found = (list(rule(call)) if rule else _script(call)) or list(runners.single(call))
    yield from found
    if (not rule or not found) and program not in _HARMLESS and _UNDOING.isdisjoint(words[1:3]):
        yield from _named_files(call)


def _script(call: Call) -> list[Found]:
    """A program without a rule that is a file of the repository."""
    word = call.words[0]
    if programs.is_script(word) or "/" in word:
        expected = programs.is_script(word) and not word.startswith("/") and "/" in word
        return list(call.file(word, "script" if expected else ""))
    return []


def _named_files(call: Call) -> Iterator[Found]:
    """Files among the words: what most programs do with a path that they are given is to run or apply it."""
    for word in call.words[1:]:
        name = word.partition("=")[2] if word.startswith("--") else word
        if len(name) < 500 and (_RUNNABLE.fullmatch(name) or name.startswith("./")):
            yield from call.file(name.removeprefix("file://"))
