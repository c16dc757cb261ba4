"""Shell text as simple commands: what CI steps, make recipes, scripts, Dockerfiles and package scripts run."""

import re
import shlex
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.source import Source, reads

#: Programs that run another one: their own words are dropped, with the options that take a value.
_WRAPPERS = {
    "sudo": ("-u", "-g"), "time": (), "exec": (), "nohup": (), "env": ("-u",), "command": (), "nice": ("-n",), "timeout": ("-s", "-k"),
    "xvfb-run": (), "poetry run": (), "pipenv run": (), "pdm run": (), "rye run": (), "hatch run": (), "pixi run": (), "uvx": ("--with", "--from"),
    "uv run": ("--with", "--extra", "--group", "--python", "-p", "--env-file", "--project", "--directory", "--package", "--only-group", "--with-requirements"),
    "pipx run": (), "npx": ("-p", "--package"), "conda run": ("-n", "--name", "-p"), "micromamba run": ("-n", "--name"), "mamba run": ("-n",), "dotenv run": ("-f",),
    "mise exec": (), "doppler run": (), "op run": (), "aws-vault exec": (), "xargs": ("-n", "-I", "-P"), "@": (), "-": (),
}  # fmt: skip
_KEYWORDS = {"then", "do", "else", "elif", "if", "while", "until", "!", "{", "}", "(", ")"}
_NO_COMMAND = {"for", "case", "done", "fi", "esac", "function", "select", "in"}
_BREAKS = {";", "&&", "||", "|", "&", ";;", "|&", "(", ")", "{", "}"}
_FORGIVEN = re.compile(r"\|\|\s*(true|:|exit\s+0|echo\b)")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_SECRET = re.compile(r"pass|token|secret|key|credential|pwd|auth", re.IGNORECASE)
_LONGEST_LINE = 10_000


@reads("*.sh", "*.bash", "*.zsh", "*.ksh")
def script(source: Source) -> Iterator[Fact]:
    """A shell script is a unit by being a file: what it runs belongs to the file."""
    yield from run(source.text, 1)
    if re.search(r"^\s*set\s+-\w*e|^#!.*\s-\w*e|set\s+-o\s+errexit", source.text, re.MULTILINE):
        yield Fact("field", "shell.errexit", 1, "true")


def run(text: str, line: int | None, unit: str = "", folder: str = "", one_line: bool = False) -> Iterator[Fact]:
    """The commands of a piece of shell text, with the variables that it sets and the failures that it forgives.

    `line` is where the text begins; with `one_line` every command has that line (a folded or quoted scalar). `folder` is
    the working directory, relative to the root, that the text starts in; `cd` changes it for the commands behind it.
    """
    for offset, logical in logical_lines(text):
        here = line if one_line or line is None else line + offset
        if _FORGIVEN.search(logical):
            yield Fact("allowed-to-fail", "|| true", here, unit=unit)
        for words in _simple(logical):
            while words and _ASSIGNMENT.match(words[0]):
                name, _, value = words.pop(0).partition("=")
                yield variable(name.rstrip("+"), value, here, unit)
            words = unwrapped(words)
            if not words:
                continue
            if words[0] == "cd":
                folder = _moved(folder, words[1] if len(words) > 1 else "")
            elif words[0] == "export":
                for name, _, value in (word.partition("=") for word in words[1:]):
                    yield variable(name, value, here, unit)
            elif words[0] == "set" and "+e" in words:
                yield Fact("allowed-to-fail", "set +e", here, unit=unit)
            else:
                yield Fact("command", " ".join(words), here, folder, unit)


def variable(name: str, value: str, line: int | None, unit: str = "") -> Fact:
    """The fact that an environment variable is set; a value that could be a secret is left out."""
    return Fact("env", name, line, "" if _SECRET.search(name) else value[:200], unit)


def unwrapped(words: list[str]) -> list[str]:
    """The words of the program that really runs: without `sudo`, `poetry run`, `uv run --with x` and their kind."""
    while words:
        words = [words[0].rpartition("/bin/")[2], *words[1:]]
        lead = next((lead for lead in (" ".join(words[:2]), words[0]) if lead in _WRAPPERS), None)
        if lead is None:
            return words
        rest = words[len(lead.split()) :]
        while rest and (rest[0].startswith("-") or _ASSIGNMENT.match(rest[0])):
            rest = rest[2:] if rest[0] in _WRAPPERS[lead] else rest[1:]
        if lead == "timeout" and rest:
            rest = rest[1:]
        words = rest
    return words


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines joined at their continuations, with the offset of their first; without comments and here-documents."""
    until, start, joined = "", 0, ""
    for offset, raw in enumerate(text.split("\n")):
        line = raw.strip()
        if until:
            until = "" if line == until else until
            continue
        if not joined and (not line or line.startswith("#")):
            continue
        start = start if joined else offset
        if line.endswith("\\") or line.endswith("`"):
            joined += line[:-1] + " "
            continue
        joined += line
        if here := re.search(r"<<-?\s*[\"']?(\w+)[\"']?", joined):
            until = here[1]
            joined = joined[: here.start()]
        yield start, joined[:_LONGEST_LINE]
        joined = ""
    if joined:
        yield start, joined[:_LONGEST_LINE]


def _simple(line: str) -> Iterator[list[str]]:
    """The simple commands of one logical line, as words."""
    words: list[str] = []
    for token in [*tokens(line), ";"]:
        if token in _BREAKS or set(token) <= set(";&|()"):
            if words and words[0] not in _NO_COMMAND:
                yield words
            words = []
        elif token in _KEYWORDS and not words:
            continue
        else:
            words.append(token)


def tokens(line: str) -> list[str]:
    """The words and operators of a logical line, without quotes; `2>&1` is one word."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        found = list(lexer)
    except ValueError:  # a quote that the line does not close
        found = line.replace(";", " ; ").split()
    comment = next((index for index, token in enumerate(found) if token.startswith("#")), len(found))
    return _redirected(found[:comment])


def _redirected(found: list[str]) -> list[str]:
    """`2>`, `&` and `1` as the one word that they are, and so `&>`: there the `&` ends no command."""
    joined: list[str] = []
    for token in found:
        after = joined[-1] if joined else ""
        if (token == "&" and after.endswith((">", "<"))) or after.endswith((">&", "<&")) or (after == "&" and token[:1] == ">"):
            joined[-1] += token
        else:
            joined.append(token)
    return joined


def _moved(folder: str, target: str) -> str:
    """The folder after `cd target`; a target that only the shell could know is left as it is written."""
    if target.startswith(("/", "~", "$")) or not target:
        return target
    parts: list[str] = [part for part in folder.split("/") if part]
    for part in target.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
