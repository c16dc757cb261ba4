"""PipelineLib, Wikimedia's layer over Jenkins and Zuul: `.pipeline/config.yaml` builds and runs image variants."""

from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import trees
from mlops_scan.facts.ci import shape
from mlops_scan.facts.source import Source, reads


@reads("/.pipeline/config.yaml", "/.pipeline/config.yml")
def pipelines(source: Source) -> Iterator[Item]:
    """Each pipeline is a job; its stages build variants of a Blubber file, one after the other.

    wikitech.wikimedia.org/wiki/PipelineLib/Reference
    """
    root = trees.as_mapping(next(iter(source.documents), None))
    found = trees.as_mapping(trees.at(root, "pipelines"))
    jobs = {Unit("job", name, name.line): pipeline for name, pipeline in found.items()}
    if jobs:
        yield from shape.triggers([shape.Trigger("push", 1, "set in Jenkins or Zuul", [unit.id for unit in jobs])])
    for unit, pipeline in jobs.items():
        yield unit
        yield from islice(_stages(pipeline, unit.id), shape.MOST_ITEMS)


def _stages(pipeline: trees.Node, parent: str) -> Iterator[Item]:
    file = trees.as_text(trees.at(pipeline, "blubberfile")) or "blubber.yaml"
    before = ""
    for number, stage in enumerate(trees.as_list(trees.at(pipeline, "stages")), 1):
        unit = Unit("step", trees.as_text(trees.at(stage, "name")) or str(number), stage.line, parent)
        yield unit
        if before:
            yield Fact("needs", f"#{before}", stage.line, unit=unit.id)
        before = unit.id
        variant, published = trees.at(stage, "build"), trees.at(stage, "publish", "image", "name")
        if isinstance(variant, trees.Scalar):
            yield Fact("builds", f"./{file}", variant.line, trees.as_text(published) or variant, unit.id)
        for key in ("run", "publish", "deploy", "promote"):
            yield from shape.settings(trees.at(stage, key), f"stage.{key}", unit.id)
