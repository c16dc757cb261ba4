"""What an expression of Python says without being run: a literal, a command, an address, a path of data."""

import ast
import re
import shlex
from collections.abc import Iterable, Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts import fields, shell
from mlops_scan.memo import Memo

#: RFC 3986, with the open places of a format string; `[`, `^`, `|` and `\\` speak of a pattern, and of no address.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:/{1,2}[^\s/\[\]^|\\][^\s\[\]^|\\]*")
_USER = re.compile(r"(?<=://)[^/\s]+@")
_SECRET = re.compile(r"(?:password|passwd|token|secret|credentials?|(?:api|access|private)_?key|login)$", re.IGNORECASE)
_DATA_PATH = re.compile(
    r"(?:\.{0,2}/)?[\w.{}-]+(?:/[\w.{} -]+)*\.(?:csv|tsv|parquet|jsonl?|pkl|pickle|joblib|np[yz]|h5|hdf5|pth?|onnx"
    r"|feather|arrow|xlsx?|zip|gz|tar|txt|ya?ml|toml|db|sqlite)"
)
_STORE = re.compile(r"(?:s3[an]?|gs|gcs|abfss?|wasbs?|adl|hdfs|dbfs|minio|oss)://[^/{}]+/.*[^/]")
_WRITES = re.compile(r"(?:to_|save|dump|write|export|log_artifact|upload)")
_READS = re.compile(r"(?:read|load|open|fetch|download|Path|join|from_)")
_SCHEDULES = ("schedule", "schedule_interval", "cron", "cron_expression", "cron_string", "crons")
_MEASURED = re.compile(r"(?:^|_)(?:accuracy|score|metric|auc|f1|rmse|mae|loss)(?:_|$)", re.IGNORECASE)
_LIMITS = re.compile(r"threshold|min|max|target|baseline|require|limit|best|prev|default|expect|toler|weight")
_TEXTS = frozenset({str, int, float, bool})
_LONGEST = 200
#: Whether the value given to an argument of this name, or to a function of it (the last part), is nobody's business.
IS_SECRET = Memo(lambda name: _SECRET.search(name) is not None)


def text(node: ast.AST | None) -> str:
    """The literal as text, cut; the open places of a format string as `{}`; empty for what is no literal."""
    if isinstance(node, ast.Constant):
        return _without_credentials(str(node.value)) if type(node.value) in _TEXTS else ""
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else _open_place(part) for part in node.values[:50])
        return _without_credentials("".join(map(str, parts)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return f"-{node.operand.value!r}"[:_LONGEST]
    return ""


def _open_place(part: ast.AST) -> str:
    return "python" if isinstance(part, ast.FormattedValue) and _is_python(part.value) else "{}"


def _is_python(node: ast.AST) -> bool:
    """`sys.executable`, however `sys` was imported."""
    return isinstance(node, ast.Attribute) and node.attr == "executable"


def _without_credentials(value: str) -> str:
    return (
        fields.without_credentials(_USER.sub("", value[: 10 * _LONGEST]))[:_LONGEST]
        if "://" in value
        else value[:_LONGEST]
    )


def uri(node: ast.Constant | ast.JoinedStr, unit: str) -> Iterable[Fact]:
    """The address that a text is, without user, password and query."""
    value = node.value if isinstance(node, ast.Constant) else text(node)
    if isinstance(value, str) and ":/" in value[:24] and _URI.fullmatch(value[: 10 * _LONGEST]):
        return (Fact("uri", _without_credentials(value), node.lineno, unit=unit),)
    return ()


def command(node: ast.expr, unit: str, folder: str = "") -> Iterator[Fact]:
    """A command that the code runs, from a literal text or list; what is computed stands there as `{}`."""
    node = _spelled_out(node)
    if isinstance(node, ast.List | ast.Tuple):
        words = ["python" if _is_python(each) else text(each) or "{}" for each in node.elts[:100]]
        if words and words[0] != "{}":
            yield from shell.run(shlex.join(words), node.lineno, unit, folder, one_line=True)
    elif line := text(node) or _long_text(node):
        yield from shell.run(line, node.lineno, unit, folder, one_line="\n" not in line)


def _spelled_out(node: ast.expr) -> ast.expr:
    """The literal in `["a"] + more`, `"a %s" % b`, `"a {}".format(b)`, `"a b".split()` and `shlex.split("a b")`."""
    for _ in range(5):
        if isinstance(node, ast.BinOp):
            node = node.left
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("split", "format")
        ):
            node = node.func.value if isinstance(node.func.value, ast.Constant) or not node.args else node.args[0]
        else:
            break
    return node


def _long_text(node: ast.expr) -> str:
    """A script in a text: longer than what a fact may hold, which is for the commands in it to keep."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def environment(name: str, line: int, unit: str) -> Iterator[Fact]:
    """An environment variable that the code asks for."""
    if re.fullmatch(r"[A-Za-z_]\w*", name):
        yield Fact("env", name, line, unit=unit)


#: What a function of this name does with the paths that it is given: `reads`, `writes`, or neither.
DIRECTION = Memo(lambda verb: "writes" if _WRITES.match(verb) else "reads" if _READS.match(verb) else "")


def data(kind: str, node: ast.Call, unit: str) -> Iterator[Fact]:
    """Paths of data that a call reads or writes, told by their endings."""
    for argument in node.args[:4]:
        if (path := text(argument)) and (_DATA_PATH.fullmatch(path) or _STORE.match(path)):
            yield Fact(kind, path, argument.lineno, unit=unit)


def keyword(node: ast.keyword, given: ast.Constant, unit: str) -> Iterable[Fact]:
    """What an argument says by its name alone: no schedule, or a number where a measurement should stand."""
    value = given.value
    if value is None and node.arg in _SCHEDULES:
        return (Fact("switched-off", f"{node.arg}=None", given.lineno),)
    if unit and isinstance(value, float) and 0 < value < 1 and _is_measured(node.arg or ""):
        return (Fact("literal", node.arg or "", given.lineno, str(value), unit),)  # 0 is where counting starts
    return ()


def _is_measured(name: str) -> bool:
    return _MEASURED.search(name) is not None and not _LIMITS.search(name.lower())
