"""Kustomize: what a kustomization pulls in and which images it sets.

The format: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
"""

from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts import fields, trees
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.source import Source, reads

_FILES = (
    "resources", "bases", "components", "crds", "configurations", "generators", "transformers", "validators",
    "patchesStrategicMerge",
)  # fmt: skip


@reads("kustomization.yaml", "kustomization.yml", "Kustomization")
def kustomization(source: Source) -> Iterator[Fact]:
    """Files and folders as `includes`, relative to the kustomization; new names and tags of images."""
    for document in source.documents:
        for key in _FILES:
            yield from _includes(trees.at(document, key))
        for key in ("patches", "patchesJson6902", "replacements"):
            for patch in trees.as_list(trees.at(document, key)):
                yield from _includes(trees.at(patch, "path"))
        for generator in trees.as_list(trees.at(document, "configMapGenerator")):
            for path in (*fields.texts(trees.at(generator, "files")), *fields.texts(trees.at(generator, "envs"))):
                yield Fact("reads", f"./{path.rpartition('=')[2]}", path.line)
        for chart in trees.as_list(trees.at(document, "helmCharts")):
            if name := trees.as_text(trees.at(chart, "name")):
                yield Fact("dependency", f"helm:{name}", chart.line, trees.as_text(trees.at(chart, "version")))
        for entry in trees.as_list(trees.at(document, "images")):
            yield from _image(entry)


def _includes(node: trees.Node | None) -> Iterator[Fact]:
    """Paths and addresses; a patch may also stand there itself."""
    for path in fields.texts(node):
        if "\n" not in path:
            yield Fact("includes", path if _is_remote(path) else f"./{path.removeprefix('./')}", path.line)


def _is_remote(path: str) -> bool:
    return "://" in path or path.startswith(("../", "github.com/", "git@")) or "?ref=" in path


def _image(entry: trees.Node) -> Iterator[Fact]:
    name = trees.as_text(trees.at(entry, "newName")) or trees.as_text(trees.at(entry, "name"))
    digest, tag = trees.as_text(trees.at(entry, "digest")), trees.as_text(trees.at(entry, "newTag"))
    yield from image(name + (f"@{digest}" if digest else f":{tag}" if tag else ""), entry.line)
