"""Scripts and manifests that Python code hands to a service to run: by a path, and the folder that is sent along."""

import ast
import posixpath
import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.pipelines.scopes import Scope, called, path
from mlops_scan.facts.source import Source

_FOLDERS = ("source_dir", "source_directory", "base_path")
_SCRIPTS = (
    "entry_point", "script_name", "script", "script_path", "entry_script", "code", "source_file", "training_script",
    "module_file", "notebook_path", "entrypoint", "program", "main_python_file_uri", "python_file",
)  # fmt: skip
_MANIFESTS = ("template_path", "pipeline_file", "package_path", "pipeline_package_path")
#: Functions that make a step or job of the manifest that they are given.
_LOADERS = {"load_component", "load_component_from_file", "load_job", "load_from_yaml", "run_spec_file"}
_RUN = re.compile(r"[^\s:]{1,300}\.(?:py|ipynb|sh|R|r)")
_MANIFEST = re.compile(r"[^\s:]{1,300}\.(?:ya?ml|json)")
_TELLING = frozenset((*_SCRIPTS, *_MANIFESTS, *_LOADERS))
_LIKELY = re.compile(rf"\b(?:{'|'.join((*_SCRIPTS, *_MANIFESTS))})[ \t]*=|\b(?:{'|'.join(sorted(_LOADERS))})\(")


def is_likely(source: Source) -> bool:
    """Whether a file may hand a script on."""
    return not _TELLING.isdisjoint(source.called) and stands_in(source.text)


def stands_in(text: str) -> bool:
    """Whether a text may hand a script on."""
    return _LIKELY.search(text) is not None


def handed(scope: Scope) -> Iterator[Fact]:
    """A reference for each script or manifest: `TrainingStep(code=os.path.join(HERE, "train.py"))`, `load_job("j.yml")`."""
    for call in scope.calls:
        yield from _call(call, scope)


def _call(node: ast.Call, scope: Scope) -> Iterator[Fact]:
    given = {each.arg: each.value for each in node.keywords if each.arg}
    if called(node) in _LOADERS:
        for value in (*node.args[:1], *([given["source"]] if "source" in given else [])):
            yield from _reference(value, "", _MANIFEST, scope)
    folder = next((path(given[key], scope.bound) for key in _FOLDERS if key in given), "")
    for key in (key for key in _SCRIPTS if key in given):
        yield from _reference(given[key], folder, _RUN, scope)
    for key in (key for key in _MANIFESTS if key in given):
        yield from _reference(given[key], "", _MANIFEST, scope)


def _reference(value: ast.expr, folder: str, shape: re.Pattern[str], scope: Scope) -> Iterator[Fact]:
    """The file, `path.py:function` or `path.py`; a folder that only a run could know says nothing."""
    name, _, function = path(value, scope.bound).partition(":")
    if not shape.fullmatch(name):
        return
    if folder and not name.startswith(("/", "./", "$")):
        name = posixpath.join(folder, name)
    if "://" not in name:
        yield Fact(
            "runs-file", posixpath.normpath(name) if name[:1] != "." else name, value.lineno, function, scope.unit
        )
