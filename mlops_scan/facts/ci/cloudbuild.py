"""Google Cloud Build: `cloudbuild.yaml`. Its triggers stand elsewhere: whoever submits the file starts its steps."""

from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import trees
from mlops_scan.facts.ci import shape
from mlops_scan.facts.containers import images
from mlops_scan.facts.source import Source, reads

_FIELDS = ("timeout", "serviceAccount", "options")
_SCHEMA = frozenset({
    "steps", "timeout", "queueTtl", "logsBucket", "options", "substitutions", "tags", "serviceAccount", "secrets",
    "availableSecrets", "artifacts", "images", "dependencies",
})  # fmt: skip
_BUILDERS = ("gcr.io/cloud-builders/", "gcr.io/google.com/cloudsdktool/")


@reads("*.yaml", "*.yml", "*cloudbuild*.json")
def build(source: Source) -> Iterator[Item]:
    """A build: steps that run images, one after the other. cloud.google.com/build/docs/build-config-file-schema

    The file may have any name, since it is given to `gcloud builds submit --config`.
    """
    root = trees.as_mapping(next(iter(source.documents), None))
    steps = [step for step in trees.as_list(trees.at(root, "steps")) if trees.as_text(trees.at(step, "name"))]
    if not steps or not ("cloudbuild" in source.path.rpartition("/")[2] or _is_build(root, steps)):
        return
    yield from shape.variables(trees.at(root, "substitutions"))
    for key in _FIELDS:
        yield from shape.settings(trees.at(root, key), f"build.{key}")
    for image in trees.as_list(trees.at(root, "images")):
        yield from shape.image(image)
    units = [Unit("step", trees.as_text(trees.at(step, "id")) or str(n), step.line) for n, step in enumerate(steps, 1)]
    yield from shape.stages(_order(steps, units))
    for step, unit in zip(steps, units, strict=True):
        yield unit
        yield from _step(source, step, unit.id)


def _is_build(root: trees.Mapping, steps: list[trees.Node]) -> bool:
    """Whether nothing but a build stands there, and a step runs one of Google's builders."""
    names = [trees.as_text(trees.at(step, "name")) for step in steps]
    return set(root) <= _SCHEMA and any(name.startswith(_BUILDERS) for name in names)


def _order(steps: list[trees.Node], units: list[Unit]) -> Iterator[tuple[list[Unit], list[str]]]:
    """A step waits for the one before it, or for those that `waitFor` names; `-` is none."""
    for number, step in enumerate(steps):
        node = trees.at(step, "waitFor")
        names = [name for name in trees.as_list(node) if isinstance(name, trees.Scalar) and name != "-"]
        before = [unit.id for unit in units[max(0, number - 1) : number]]
        yield [units[number]], before if node is None else [Unit("step", name).id for name in names]


def _step(source: Source, step: trees.Node, unit: str) -> Iterator[Fact]:
    yield from shape.image(trees.at(step, "name"), unit)
    yield from shape.forgiven(step, "allowFailure", unit)
    yield from shape.variables(trees.at(step, "env"), unit)
    folder = shape.folder(trees.as_text(trees.at(step, "dir")), "/workspace")
    yield from shape.run(source, trees.at(step, "script"), unit, folder)
    program, arguments = trees.at(step, "entrypoint"), trees.as_list(trees.at(step, "args"))
    if arguments and program is None:
        program = _program(step)
    yield from shape.argv(source, [program, *arguments], unit, folder)


def _program(step: trees.Node) -> trees.Scalar:
    """What an image runs by itself: the builders are called like their program (`gcr.io/cloud-builders/docker`)."""
    image = trees.at(step, "name")
    name = images.named(trees.as_text(image))[0].rpartition("/")[2]
    return trees.Scalar(name, getattr(image, "line", 1))
