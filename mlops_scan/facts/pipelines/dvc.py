"""DVC: pipelines (`dvc.yaml`), pointers to data (`*.dvc`), remotes and parameters. What runs left is read in dvc_lock."""

import posixpath
import re
from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.ci import shape
from mlops_scan.facts.commands.places import below, folder_of
from mlops_scan.facts.fields import fields, without_credentials
from mlops_scan.facts.pipelines import dvc_lock
from mlops_scan.facts.pipelines.settings import says
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Node, Scalar, as_list, as_mapping, as_text, at

_OUTPUTS = ("outs", "metrics", "plots")
_OPTIONS = ("cache", "push", "remote")
_HASHES = ("md5", "etag", "checksum", "version_id")
_MOST_PARAMETERS = 100
_DEEPEST = 30


@reads("dvc.yaml")
def pipeline(source: Source) -> Iterator[Item]:
    """Stages as tasks with what they run, read and write; metrics, plots, parameters and artifacts of the project.

    https://dvc.org/doc/user-guide/project-structure/dvcyaml-files
    """
    for document in source.documents:
        made = as_mapping(at(document, "stages"))
        stages = {name: _body(stage) for name, stage in made.items()}
        for name, body in stages.items():
            yield from _stage(name, name.line, body, source)
            yield from dvc_lock.defined(name, made[name], body)
            if not any(map(as_text, as_list(at(body, "cmd")))):
                yield Fact("unparsable", "a stage without `cmd`", name.line, unit=Unit("task", name).id)
        yield from _order(stages)
        for key in ("metrics", "plots", "params"):
            for path, _ in _entries(at(document, key)):
                yield Fact("field", f"dvc.{key}", path.line, path)
        for name, artifact in as_mapping(at(document, "artifacts")).items():
            yield from _artifact(name, as_mapping(artifact))


@reads("*.dvc")
def pointer(source: Source) -> Iterator[Item]:
    """A data set that is kept elsewhere, pinned by its hash; where it was imported from; an old stage with its command.

    https://dvc.org/doc/user-guide/project-structure/dvc-files
    """
    for document in source.documents:
        body = as_mapping(document)
        if "cmd" in body:
            yield from _stage(source.name.removesuffix(".dvc"), body.line, body, source)
        for output in map(as_mapping, as_list(at(body, "outs"))):
            yield from _data(output, body)


@reads(".dvc/config")
def remotes(source: Source) -> Iterator[Fact]:
    """The remotes that hold the data. Git's dialect of INI, without a parser that knows lines."""
    section = ""
    for number, line in enumerate(source.lines, 1):
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            section = text[1:-1].strip("'")
            yield Fact("section", section, number)
        elif "=" in text and not text.startswith(("#", ";")):
            key, _, value = text.partition("=")
            yield from _setting(section, key.strip(), value.strip(), number)


@reads("params.yaml", "params.yml")
def parameters(source: Source) -> Iterator[Fact]:
    """The parameters of a pipeline: `params.train.epochs`. A Kubernetes object of that file name has none."""
    for document in source.documents[:1]:
        if isinstance(document, Mapping) and "kind" not in document and "varReference" not in document:
            yield from islice(fields(document, "params"), _MOST_PARAMETERS)


def _setting(section: str, key: str, value: str, line: int) -> Iterator[Fact]:
    if key == "url":
        yield Fact("uri", without_credentials(value), line, section)
    elif key in ("remote", "autostage", "type", "hardlink_lock", "analytics"):
        yield Fact("field", f"{section.partition(' ')[0]}.{key}", line, value[:200])


def _body(stage: Node) -> Mapping:
    """A stage, or what `foreach` and `matrix` make many of."""
    body = as_mapping(stage)
    return as_mapping(body["do"]) if "foreach" in body and "do" in body else body  # type: ignore[index]


def _stage(name: str, line: int, body: Mapping, source: Source) -> Iterator[Item]:
    stage = Unit("task", name, line)
    yield stage
    home = as_text(at(body, "wdir"))
    for command in as_list(at(body, "cmd")):
        yield from shape.run(source, command, stage.id, below(folder_of(source), home))
    for dependency, _ in _entries(at(body, "deps")):
        yield Fact("reads", _within(home, dependency), dependency.line, unit=stage.id)
    yield from _parameters(body, home, stage.id)
    for key in _OUTPUTS:
        for output, options in _entries(at(body, key)):
            yield from _output(key, home, output, options, stage.id)
    if says(at(body, "frozen"), "true") and "cmd" in body:
        yield Fact("switched-off", "frozen: true", body.line_of("frozen"), unit=stage.id)


def _output(key: str, home: str, path: Scalar, options: Mapping, unit: str) -> Iterator[Fact]:
    yield Fact("writes", _within(home, path), path.line, key, unit)
    if key != "outs":
        yield Fact("field", f"dvc.{key}", path.line, _within(home, path), unit)
    for option in _OPTIONS:
        if value := as_text(at(options, option)):
            yield Fact("field", f"dvc.{key}.{option}", options.line_of(option), value, unit)


def _parameters(body: Mapping, home: str, unit: str) -> Iterator[Fact]:
    """Keys of `params.yaml`, or of a file that is named; a file without keys counts as a whole."""
    files: set[str] = set()
    for entry in as_list(at(body, "params")):
        named = entry.items() if isinstance(entry, Mapping) else [(Scalar("params.yaml", entry.line), entry)]
        for file, keys in named:
            if file not in files:
                yield Fact("reads", _within(home, file), file.line, unit=unit)
            files.add(file)
            for key in as_list(keys):
                yield Fact("field", "dvc.params", key.line, as_text(key), unit)


def _order(stages: dict[Scalar, Mapping]) -> Iterator[Fact]:
    """A stage needs another if it reads what that one writes, or something below."""
    writers = {
        _within(as_text(at(body, "wdir")), path): name
        for name, body in stages.items()
        for key in _OUTPUTS
        for path, _ in _entries(at(body, key))
    }
    for name, body in stages.items():
        for path, _ in _entries(at(body, "deps")):
            writer = next(filter(None, map(writers.get, _ways_up(_within(as_text(at(body, "wdir")), path)))), None)
            if writer and writer != name:
                yield Fact("needs", f"#task:{writer}", path.line, unit=f"task:{name}")


def _ways_up(path: str) -> Iterator[str]:
    for _ in range(_DEEPEST):
        if not path:
            return
        yield path
        path = path.rpartition("/")[0]


def _entries(node: Node | None) -> Iterator[tuple[Scalar, Mapping]]:
    """Paths with their options, in any of the ways to write them: `path`, `path: {cache: false}`, `{path: path}`."""
    for item in as_list(node):
        if isinstance(item, Scalar):
            yield item, Mapping(item.line)
        elif isinstance(path := at(item, "path"), Scalar):
            yield path, as_mapping(item)
        else:
            yield from ((key, as_mapping(options)) for key, options in as_mapping(item).items())


def _within(home: str, path: str) -> str:
    """A path that a stage writes relative to its working directory, as the file would write it."""
    if not home or home == "." or "://" in path or path.startswith(("/", "$")):
        return path
    return posixpath.normpath(posixpath.join(home, path))


def _artifact(name: Scalar, body: Mapping) -> Iterator[Item]:
    kind = as_text(at(body, "type"))
    unit = Unit("model" if kind == "model" else "dataset", name, name.line)
    yield unit
    yield Fact("field", "dvc.artifacts", name.line, kind, unit.id)
    if path := as_text(at(body, "path")):
        yield Fact("writes", path, body.line_of("path"), unit=unit.id)


def _data(output: Mapping, body: Mapping) -> Iterator[Item]:
    if not (path := as_text(at(output, "path"))):
        return
    unit = Unit("dataset", path, output.line_of("path"))
    yield unit
    yield Fact("writes", path, output.line_of("path"), unit=unit.id)
    for key in (*_HASHES, "hash", "size", "nfiles"):
        if value := as_text(at(output, key)):
            yield Fact("record", key, output.line_of(key), value, unit.id)
    if says(at(body, "frozen"), "true"):
        yield Fact("field", "dvc.frozen", body.line_of("frozen"), "true", unit.id)
    for origin in map(as_mapping, as_list(at(body, "deps"))):
        yield from _origin(origin, unit.id)


def _origin(origin: Mapping, unit: str) -> Iterator[Fact]:
    """Where data were imported from: a path of another repository, or an address."""
    repository, path = as_mapping(at(origin, "repo")), as_text(at(origin, "path"))
    if url := as_text(at(repository, "url")):
        yield Fact(
            "uri", without_credentials(url), repository.line_of("url"), as_text(at(repository, "rev_lock")), unit
        )
    elif re.match(r"[a-z0-9+.-]+://", path):
        yield Fact("uri", without_credentials(path), origin.line_of("path"), unit=unit)
    elif path:
        yield Fact("reads", path, origin.line_of("path"), unit=unit)
