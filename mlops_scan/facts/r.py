"""R scripts and the R chunks of R Markdown and Quarto: what they load, call, read, write and run."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import shell
from mlops_scan.facts.source import Source, reads

_CHUNK = re.compile(r"\s*```+\s*\{r\b", re.IGNORECASE)
_FENCE = re.compile(r"\s*```+\s*$")
_COMMENT = re.compile(
    r"(\"(?:[^\"\\]|\\.)*+(?:\"|\\?\Z)|'(?:[^'\\]|\\.)*+(?:'|\\?\Z)|`[^`\n]*`)|#[^\n]*", re.DOTALL
)  # a string that nobody closes goes to the end, so that it is read once
_NAME = r"[A-Za-z.][\w.]*"
_QUALIFIED = re.compile(rf"(?<![\w.:])({_NAME}):::?({_NAME})")
_CALL = re.compile(rf"(?<![\w.:$@])(?:{_NAME}:::?)?({_NAME})\s*+\(")
_MODULE = re.compile(rf"(?<![\w.])({_NAME}+)[ \t]*+(?:<-|=)[ \t]*+(?:reticulate::)?import\([\"']([\w.]+)[\"']")
_MEMBER = re.compile(rf"(?<![\w.$@])({_NAME})((?:\$\w++)++)\s*+\(")
_STRING = re.compile(r"\"((?:[^\"\\\n]|\\.)*+)(?:\"|(?=\n)|\\?\Z)|'([^'\n]*)'")
_CONSTANT = re.compile(rf"(?m)^[ \t]*({_NAME})[ \t]*+(?:<-|=)[ \t]*+[\"']([^\"'\n]*)[\"'][ \t]*$")
_KEYWORD = re.compile(r"\w++\s*+=\s*+")
_JOINED = re.compile(r"(?:here::)?(?:here|file\.path)\s*+\(\s*+")
_OBJECT = re.compile(rf"{_NAME}\s*+,\s*+")

#: What a call does with the path that it is given; for anything else a call is only a call.
_READS = re.compile(r"read[._]\w+|readRDS|readLines|fread|vroom|load|open_dataset|st_read|fromJSON")
_WRITES = re.compile(r"write[._]\w+|saveRDS|fwrite|ggsave|save|st_write|saveWorkbook")
_RUNS = re.compile(r"source|sys\.source|render|quarto_render")
_LOADS = re.compile(r"library|require|requireNamespace|loadNamespace|p_load")
_INSTALLS = re.compile(r"install\.packages|pkg_install|install_(?:cran|github|gitlab|bitbucket|version)")
_ASKS = re.compile(r"Sys\.getenv|system|list\.files|tar_source|install")
_WITH_ARGUMENTS = re.compile("|".join(each.pattern for each in (_READS, _WRITES, _RUNS, _LOADS, _INSTALLS, _ASKS)))
_SYNTAX = {
    "c", "for", "function", "if", "in", "library", "list", "loadNamespace", "p_load", "repeat", "require",
    "requireNamespace", "return", "switch", "while",
}  # fmt: skip
_WINDOW = 500
#: A path with a run or version in it: `glue("run_id={run_id}")`, `paste0("run_id=", run_id)`.
_VERSIONED = re.compile(r"(?:^|[/_-])(?:run|run_id|model_version)=|\{(?:run_id|model_version|version|timestamp)\}")


class _Call(NamedTuple):
    name: str
    line: int
    arguments: str  # the beginning of the text behind the bracket, where it matters


@reads("*.R", "*.r", "*.Rmd", "*.rmd", "*.qmd")
def script(source: Source) -> Iterator[Item]:
    """A light scan. Names are `r:PACKAGE`, of Python as there; a call is `r:function` and, where it says so, `r:PACKAGE.function` as well.

    Of each package and call the first place. Paths are those that stand there as literals or constants of the script.
    """
    code = _code(source)
    if not code.strip():
        return
    starts = [found.end() for found in re.finditer("\n", code)]
    yield Unit("script", source.name, 1)
    qualified = [(found[1], found[2], bisect_right(starts, found.start()) + 1) for found in _QUALIFIED.finditer(code)]
    calls = [_call(found, code, bisect_right(starts, found.start()) + 1) for found in _CALL.finditer(code)]
    facts = [Fact("import", f"r:{package}", line) for package, _, line in qualified]
    facts += [Fact("call", f"r:{package}.{name}", line) for package, name, line in qualified]
    facts += [Fact("call", f"r:{call.name}", call.line) for call in calls if call.name not in _SYNTAX]
    facts += [fact for call in calls for fact in _packages(call)]
    facts += [fact._replace(line=bisect_right(starts, fact.line or 0) + 1) for fact in _python(code)]
    first: dict[tuple[str, str], Fact] = {}
    for fact in sorted(facts, key=lambda fact: fact.line or 0):
        first.setdefault((fact.kind, fact.name), fact)
    yield from first.values()
    for found in _STRING.finditer(code):
        if ("/" in (text := found[1] or found[2] or "") and _VERSIONED.search(text)) or text in (
            "run_id=",
            "run_id={run_id}",
        ):
            yield Fact("versioned-path", text[:200], bisect_right(starts, found.start()) + 1)
            break
    constants = {found[1]: found[2] for found in _CONSTANT.finditer(code)}
    for call in calls:
        yield from _effects(call, constants)


def _call(found: re.Match[str], code: str, line: int) -> _Call:
    known = _WITH_ARGUMENTS.fullmatch(found[1])
    return _Call(found[1], line, code[found.end() : found.end() + _WINDOW].lstrip() if known else "")


def _code(source: Source) -> str:
    """The text without comments; of a document only the R chunks, each on its own lines."""
    lines = source.lines if source.name.lower().endswith(".r") else list(_chunks(source.lines))
    return _COMMENT.sub(lambda found: found[1] or "", "\n".join(lines))


def _chunks(lines: list[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if inside and _FENCE.match(line):
            inside = False
        yield line if inside else ""
        inside = inside or bool(_CHUNK.match(line))


def _packages(call: _Call) -> Iterator[Fact]:
    """The packages that a call loads or installs."""
    inside = call.arguments.partition(")")[0]
    if _LOADS.fullmatch(call.name):
        names = (
            re.findall(_NAME, inside)
            if call.name == "p_load"
            else re.findall(rf"^[\"']?({_NAME})[\"']?\s*(?:,|$)", inside)
        )
        yield from (Fact("import", f"r:{name}", call.line) for name in names)
    elif _INSTALLS.fullmatch(call.name) or (call.name == "install" and inside.startswith(("'", '"', "c("))):
        for double, single in _STRING.findall(inside):
            name = (double or single).partition("@")[0].rpartition("/")[2]
            if re.fullmatch(_NAME, name):
                yield Fact("dependency", f"r:{name}", call.line)


def _python(code: str) -> Iterator[Fact]:
    """What is taken from Python: `ai <- import("google.cloud.aiplatform")`, and `ai$Model$upload()`. Lines are offsets.

    rstudio.github.io/reticulate
    """
    modules = {found[1]: (found[2], found.start()) for found in _MODULE.finditer(code)}
    yield from (Fact("import", module, offset) for module, offset in modules.values())
    for found in _MEMBER.finditer(code) if modules else ():
        if found[1] in modules:
            yield Fact("call", modules[found[1]][0] + found[2].replace("$", "."), found.start())


def _effects(call: _Call, constants: dict[str, str]) -> Iterator[Fact]:
    """What a call reads, writes, runs or asks of its environment."""
    path = _path(call.arguments, constants)
    if _RUNS.fullmatch(call.name) and path:
        yield Fact("runs-file", path, call.line)
    elif _READS.fullmatch(call.name) and path:
        yield Fact("reads", path, call.line)
    elif _WRITES.fullmatch(call.name):
        behind = _OBJECT.match(call.arguments)
        path = _path(call.arguments[behind.end() :], constants) if behind else path
        yield from [Fact("writes", path, call.line)] if path else []
    elif call.name == "Sys.getenv" and path:
        yield Fact("env", path, call.line)
    elif call.name == "system" and (command := _STRING.match(call.arguments)):
        yield from shell.run(command[1] or command[2] or "", call.line, one_line=True)
    elif call.name in ("list.files", "tar_source") and path:
        rest = call.arguments.partition("\n")[0]
        if call.name == "tar_source" or re.search(r"\bsource\b", rest):
            yield Fact("runs-file", f"{path.rstrip('/')}/*.R", call.line)


def _path(arguments: str, constants: dict[str, str]) -> str:
    """The path that arguments begin with: a literal, `here("a", "b")`, or a name that is bound to a literal."""
    keyword = _KEYWORD.match(arguments)
    arguments = arguments[keyword.end() :] if keyword else arguments
    joined = _JOINED.match(arguments)
    if not joined:
        found = _STRING.match(arguments)
        name = re.match(rf"{_NAME}(?=\s*[,)])", arguments)
        return (found[1] or found[2] or "") if found else constants.get(name[0], "") if name else ""
    inside = arguments[joined.end() :].partition(")")[0]
    parts = [double or single for double, single in _STRING.findall(inside)]
    return "/".join(parts) if len(parts) == inside.count(",") + 1 else ""
