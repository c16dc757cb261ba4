"""Shell text as simple commands: what CI steps, make recipes, scripts, Dockerfiles and package scripts run."""

import re
from collections.abc import Generator, Iterator
from itertools import islice

from mlops_scan.evidence import Fact
from mlops_scan.facts import quoting
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Scalar

#: Programs that run another one: their own words are dropped, with the options that take a value.
_WRAPPERS: dict[str, tuple[str, ...]] = {
    "@": (), "-": (), "aws-vault exec": (), "command": (), "doppler run": (), "exec": (), "hatch run": (),
    "mise exec": (), "nohup": (), "op run": (), "pdm run": (), "pipenv run": (), "pipx run": (), "pixi run": (),
    "poetry run": (), "rye run": (), "time": (), "xvfb-run": (),
    "conda run": ("-n", "--name", "-p"),
    "dotenv run": ("-f",),
    "env": ("-u",),
    "mamba run": ("-n",),
    "micromamba run": ("-n", "--name"),
    "nice": ("-n",),
    "npx": ("-p", "--package"),
    "sudo": ("-u", "-g"),
    "timeout": ("-s", "-k"),
    "uv run": (
        "--with", "--extra", "--group", "--python", "-p", "--env-file", "--project", "--directory", "--package",
        "--only-group", "--with-requirements",
    ),
    "uvx": ("--with", "--from"),
    "xargs": ("-n", "-I", "-P"),
}  # fmt: skip
_WITH_ONE_MORE = ("aws-vault exec", "timeout")  # a profile, a duration
_SHELLS = ("sh", "bash", "dash", "ksh", "zsh")
_KEYWORDS = {"then", "do", "else", "elif", "if", "while", "until", "!", "{", "}", "(", ")"}
_NO_COMMAND = {"for", "case", "done", "fi", "esac", "function", "select", "in"}
_BREAKS = {";", "&&", "||", "|", "&", ";;", "|&", "(", ")", "{", "}"}
_FORGIVEN = re.compile(r"\|\|\s*(true|:|exit\s+0|echo\b)(?!.*(?:exit\s+[1-9$]|return\s+[1-9]|\bfalse\b))")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_SECRET = re.compile(r"pass|token|secret|key|credential|pwd|auth", re.IGNORECASE)
_LONGEST_LINE = 10_000
_LONGEST_WORDS = 200
_MOST_LINES = 100
_DEEPEST = 5
_HERE = re.compile(r"(?<!<)<<-?[ \t]*\\?([\"']?)([A-Za-z_]\w*)\1")
_TEXT_ARGUMENT = re.compile(r"\s(?:-\w*[ce]|eval)\s+([\"'])(?:(?!\1)[^\\]|\\.)*+\Z")
_COMMENT = re.compile(r"\\.|\"(?:[^\"\\]|\\.)*+\"|'[^']*+'|(?P<comment>(?<![^\s;&|()])#)", re.DOTALL)
_QUOTING = re.compile(r"\\.|[$<>]\(|[\"'`()]", re.DOTALL)
_TEXT = re.compile(r"(?::\s+)?(\"{3}|'{3}|\"|')")  # a text on lines of its own, as people write remarks
_PATTERN = re.compile(r"\A\(?[^\s()$`;&|]++(?:[ \t]*+\|[ \t]*+[^\s()$`;&|]++)*+\)")  # of a `case`
_USER = re.compile(r"(?<=://)[^/@\s]+@")


@reads("*.sh", "*.bash", "*.zsh", "*.ksh")
def script(source: Source) -> Iterator[Fact]:
    """A shell script is a unit by being a file: what it runs belongs to the file."""
    yield from run(source.text, 1)
    if re.search(r"^[ \t]*set[ \t]+-\w*e|^#!.*[ \t]-\w*e|set[ \t]+-o[ \t]+errexit", source.text, re.MULTILINE):
        yield Fact("field", "shell.errexit", 1, "true")


def run(text: str, line: int | None, unit: str = "", folder: str = "", one_line: bool = False) -> Iterator[Fact]:
    """The commands of a piece of shell text, with the variables that it sets and the failures that it forgives.

    `line` is where the text begins; with `one_line` every command has that line (a folded or quoted scalar). `folder`
    is the working directory, relative to the root, that the text starts in; `cd` changes it for the commands behind it.
    """
    one_line = one_line or (isinstance(text, Scalar) and text.one_line)
    around: list[str] = []  # the folders that the subshells around started in
    for offset, logical in logical_lines(text):
        here = line if one_line or line is None else line + offset
        if forgiven := _FORGIVEN.search(logical):
            yield Fact("allowed-to-fail", "|| true", here, _last(logical[: forgiven.start()]), unit)
        for words in _simple(logical):
            if words[0] in ("(", "pushd"):
                around.append(folder)
            if words[0] in (")", "popd"):
                folder = around.pop() if around else folder
            elif words[0] != "(":
                folder = yield from _command(words, here, unit, folder, one_line)


def _command(words: list[str], line: int | None, unit: str, folder: str, one_line: bool) -> Generator[Fact, None, str]:
    """The facts of one simple command; returns the folder that the next one starts in."""
    while words and _ASSIGNMENT.match(words[0]):
        name, _, value = words.pop(0).partition("=")
        yield variable(name.rstrip("+"), value, line, unit)
    words = unwrapped(words)
    if not words:
        return folder
    if words[0] in ("cd", "pushd"):
        return moved(folder, words[1] if len(words) > 1 else "")
    if words[0] == "export":
        for name, _, value in (word.partition("=") for word in words[1:]):
            yield variable(name, value, line, unit)
    elif words[0] == "set" and "+e" in words:
        yield Fact("allowed-to-fail", "set +e", line, unit=unit)
    elif text := _text_of_shell(words):
        yield from run(text, line, unit, folder, one_line)
    else:
        yield Fact("command", " ".join(words).replace("\n", " "), line, folder, unit)
    return folder


def _text_of_shell(words: list[str]) -> str:
    """The text that `bash -c TEXT` runs."""
    options = words[1:] if words[0] in _SHELLS else []
    while options and options[0].startswith(("-", "+")):
        option = options.pop(0)
        if re.fullmatch(r"-[a-z]*c", option):
            return options[0] if options else ""
        if option.endswith("o") and options:
            options.pop(0)
    return ""


def _last(text: str) -> str:
    """The words of the last simple command, without the variables in front of it."""
    words = [words for words in ([], *_simple(text)) if words not in (["("], [")"])][-1]
    while words and _ASSIGNMENT.match(words[0]):
        words.pop(0)
    return " ".join(unwrapped(words))[:_LONGEST_WORDS]


def variable(name: str, value: str, line: int | None, unit: str = "") -> Fact:
    """The fact that an environment variable is set; a value that could be a secret is left out."""
    return Fact("env", name, line, "" if _SECRET.search(name) else _USER.sub("", value[:2000])[:200], unit)


def unwrapped(words: list[str]) -> list[str]:
    """The words of the program that really runs: without `sudo`, `poetry run`, `uv run --with x` and their kind."""
    while words:
        words = [words[0].rpartition("/bin/")[2], *words[1:]]
        lead = next((lead for lead in (" ".join(words[:2]), words[0]) if lead in _WRAPPERS), None)
        if lead is None:
            return words
        words = _without_options(words[len(lead.split()) :], lead)
        if lead in _WITH_ONE_MORE:
            words = _without_options(words[1:], lead)
    return words


def _without_options(words: list[str], lead: str) -> list[str]:
    while words and (words[0].startswith("-") or _ASSIGNMENT.match(words[0])):
        words = words[2:] if words[0] in _WRAPPERS[lead] else words[1:]
    return words


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines joined at their continuations, with the offset of their first; without comments and here-documents."""
    lines = text.split("\n")
    ends = {line.strip(): number for number, line in enumerate(lines)}
    until, start, joined = "", 0, ""
    numbered = iter(enumerate(lines))
    for offset, raw in numbered:
        line = raw.strip()
        if until:
            until = "" if line == until else until
            continue
        if not joined and (not line or line.startswith("#")):
            continue
        if not joined and (remark := _TEXT.fullmatch(line)) and ends.get(remark[1], -1) > offset:
            until = remark[1]
            continue
        start = start if joined else offset
        if len(joined) < _LONGEST_LINE and _goes_on(joined, line):
            joined += line[:-1] + " "
            continue
        joined += line
        for _, more in islice(numbered, _lines_of_text(joined, lines, offset)):
            joined += "\n" + more
        if (here := _HERE.search(joined)) and ends.get(here[2], -1) > offset:
            until = here[2]
            joined = joined[: here.start()] + joined[here.end() :]
        yield start, joined[:_LONGEST_LINE]
        joined = ""
    if joined:
        yield start, joined[:_LONGEST_LINE]


def _goes_on(joined: str, line: str) -> bool:
    """Whether a line is continued by the next: in PowerShell at a backquote, which elsewhere ends a command."""
    return line.endswith("\\") or (line.endswith("`") and (joined + line).count("`") % 2 == 1)


def _lines_of_text(joined: str, lines: list[str], offset: int) -> int:
    """How many more lines the quoted text behind `python -c` or `bash -c` takes; none where nothing closes it."""
    opened = _TEXT_ARGUMENT.search(joined[-_LONGEST_LINE:])
    if not opened:
        return 0
    closing = re.compile(rf"(?<!\\){opened[1]}")
    following = lines[offset + 1 : offset + 1 + _MOST_LINES]
    return next((number for number, line in enumerate(following, 1) if closing.search(line)), 0)


def _simple(line: str, depth: int = 0) -> Iterator[list[str]]:
    """The simple commands of one logical line, as words; those whose output is a word of another come first.

    A subshell is `(` and `)` around its commands, each a list of its own.
    """
    line, inner = _without_substitutions(_PATTERN.sub("", line, count=1))
    for text in inner if depth < _DEEPEST else ():
        yield from (["("], *_simple(text, depth + 1), [")"])
    words: list[str] = []
    for token in [*tokens(line), ";"]:
        if token.startswith("()"):  # what stood before is the name of a function
            words = []
        elif token in _BREAKS or set(token) <= set(";&|()"):
            if words and words[0] not in _NO_COMMAND:
                yield words
            yield from ([bracket] for bracket in token if bracket in "()")
            words = []
        elif token in _KEYWORDS and not words:
            continue
        else:
            words.append(token)


def _without_substitutions(line: str) -> tuple[str, list[str]]:
    """The line with `${}` for each `$(...)`, `<(...)` and text in backquotes, and those texts, without arithmetic.

    What stands for the folder of the script itself is `${HERE}`.
    """
    kept, inner = "", []
    opened: list[str] = []
    level = begin = done = 0
    for found in _QUOTING.finditer(line):
        mark, top = found[0], opened[-1] if opened else ""
        if mark[0] == "\\" or (top == "'" and mark != "'") or (top == '"' and mark in "'()"):
            continue
        if mark == top or (mark == ")" and top.endswith("(")):
            opened.pop()
            if top not in ("`", "$(", "<(", ">("):
                continue
            level -= 1
            if not level:
                text = line[begin + len(top) : found.start()]
                kept += line[done:begin] + ("${HERE}" if _is_own_folder(text) else "${}")
                inner.append(text)
                done = found.end()
        elif mark != ")":
            opened.append(mark)
            if mark in ("`", "$(", "<(", ">("):
                begin = begin if level else found.start()
                level += 1
    return kept + line[done:], [text for text in inner if not text.startswith("(")]


def _is_own_folder(text: str) -> bool:
    """`dirname "$0"`, with or without `cd` and `pwd` around: the folder of the script itself."""
    return "dirname" in text and ("$0" in text or "BASH_SOURCE" in text) and ".." not in text


def tokens(line: str) -> list[str]:
    """The words and operators of a logical line, without quotes; `2>&1` is one word."""
    comment = next((found.start() for found in _COMMENT.finditer(line) if found["comment"]), len(line))
    line = line[:comment]
    try:
        found = quoting.split(line)
    except ValueError:  # a quote that the line does not close
        found = line.replace(";", " ; ").split()
    return _redirected(found)


def _redirected(found: list[str]) -> list[str]:
    """`2>`, `&` and `1` as the one word that they are, and so `&>`: there the `&` ends no command."""
    joined: list[str] = []
    for token in found:
        after = joined[-1] if joined else ""
        if (
            (token == "&" and after.endswith((">", "<")))
            or after.endswith((">&", "<&"))
            or (after == "&" and token[:1] == ">")
        ):
            joined[-1] += token
        else:
            joined.append(token)
    return joined


def moved(folder: str, target: str) -> str:
    """The folder after `cd target`; a target that only the shell could know is left as it is written."""
    if target.startswith(("/", "~", "$")) or not target:
        return target
    if len(folder) > _LONGEST_WORDS:
        return folder
    parts: list[str] = [part for part in folder.split("/") if part]
    for part in target.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
