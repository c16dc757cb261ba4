"""Travis CI: `.travis.yml`."""

from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, trees
from mlops_scan.facts.ci import shape
from mlops_scan.facts.source import Source, reads

_PHASES = ("before_install", "install", "before_script", "script", "after_success", "before_deploy", "after_deploy")
_ROOTS = ("$TRAVIS_BUILD_DIR", "${TRAVIS_BUILD_DIR}")


@reads("/.travis.yml", "/.travis.yaml")
def build(source: Source) -> Iterator[Item]:
    """A build: one job, or those of `jobs: include` in their stages. config.travis-ci.com"""
    root = trees.as_mapping(next(iter(source.documents), None))
    if root:
        yield from islice(_items(source, root), shape.MOST_ITEMS)


def _items(source: Source, root: trees.Mapping) -> Iterator[Item]:
    matrix = trees.at(root, "jobs") or trees.at(root, "matrix")
    entries = [entry for entry in trees.as_list(trees.at(matrix, "include")) if isinstance(entry, trees.Mapping)]
    jobs = [(Unit("job", _name(entry, n), entry.line), entry) for n, entry in enumerate(entries, 1)]
    jobs = jobs or [(Unit("job", "build", root.line), trees.Mapping(root.line))]
    branches = ", ".join(map(trees.as_text, trees.as_list(trees.at(root, "branches", "only"))))
    filters = f"branches: {branches}" if branches else ""
    ids = [unit.id for unit, _ in jobs]
    yield from shape.triggers(shape.Trigger(name, 1, filters, ids) for name in ("push", "pull_request"))
    yield from shape.stages(_stages(jobs))
    yield from _variables(root, "")
    optional = {trees.as_text(trees.at(each, "name")) for each in trees.as_list(trees.at(matrix, "allow_failures"))}
    shared = sum(shape.weight(trees.at(root, key)) for key in (*_PHASES, "deploy"))
    for unit, entry in shape.affordable((job, shared) for job in jobs):
        yield unit
        if unit.name in optional:
            yield Fact("allowed-to-fail", "allow_failures", unit.line, unit=unit.id)
        yield from _job(source, root, unit.id, entry)


def _name(entry: trees.Mapping, number: int) -> str:
    given = trees.as_text(trees.at(entry, "name")) or trees.as_text(trees.at(entry, "stage"))
    return f"{given} {number}" if given and "name" not in entry else given or str(number)


def _stages(jobs: list[tuple[Unit, trees.Mapping]]) -> Iterator[tuple[list[Unit], list[str]]]:
    """A stage waits for the one before it; a job that names none belongs to that of the job above."""
    grouped: dict[str, list[Unit]] = {}
    stage = "test"
    for unit, entry in jobs:
        stage = trees.as_text(trees.at(entry, "stage")) or stage
        grouped.setdefault(stage.lower(), []).append(unit)
    before: list[str] = []
    for units in grouped.values():
        yield units, before
        before = [unit.id for unit in units]


def _job(source: Source, root: trees.Mapping, unit: str, entry: trees.Mapping) -> Iterator[Fact]:
    yield from shape.condition(trees.at(entry, "if") or trees.at(root, "if"), unit)
    yield from _variables(entry, unit)
    lines = trees.Sequence(entry.line)
    for phase in _PHASES:
        node = trees.at(entry, phase) if phase in entry else trees.at(root, phase)
        lines += [line for line in trees.as_list(node) if trees.as_text(line) not in ("skip", "true", "false")]
    yield from shape.run(source, lines, unit, clean=shape.rooted("", *_ROOTS))
    for deploy in trees.as_list(trees.at(entry, "deploy") if "deploy" in entry else trees.at(root, "deploy")):
        yield from _deploy(source, deploy, unit)


def _variables(around: trees.Mapping, unit: str) -> Iterator[Fact]:
    """`env` as text, list or mapping, perhaps under `global` and `jobs`; what is encrypted has no name."""
    env = trees.at(around, "env")
    for item in (item for key in ("global", "jobs", "matrix") for item in trees.as_list(trees.at(env, key))):
        yield from _variable(item, unit)
    for item in trees.as_list(env):
        yield from _variable(item, unit)


def _variable(item: trees.Node, unit: str) -> Iterator[Fact]:
    for word in item.split() if isinstance(item, trees.Scalar) else ():
        name, equals, value = word.partition("=")
        if equals:
            yield fields.variable(name, value, item.line, unit)
    for key, node in trees.as_mapping(item).items():
        if isinstance(node, trees.Scalar) and key != "secure":
            yield fields.variable(key, node, key.line, unit)


def _deploy(source: Source, deploy: trees.Node, unit: str) -> Iterator[Fact]:
    """Where a build goes: a provider, whose settings are `deploy.with.*`, or a script."""
    provider = trees.at(deploy, "provider") if isinstance(deploy, trees.Mapping) else deploy
    if not isinstance(provider, trees.Scalar):
        return
    yield from shape.action(f"deploy/{provider}", "", provider.line, deploy, unit)
    if provider == "script":
        yield from shape.run(source, trees.at(deploy, "script"), unit, clean=shape.rooted("", *_ROOTS))
