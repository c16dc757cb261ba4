"""AWS CodeBuild's build specifications.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import shell
from mlops_scan.facts.ci import shape
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, as_mapping, as_text, at

_PHASES = ("install", "pre_build", "build", "post_build")


@reads("*.yml", "*.yaml")
def build_specification(source: Source) -> Iterator[Item]:
    """The phases as steps. A phase waits for the one before; `post_build` also runs when `build` has failed."""
    if "phases:" not in source.text:
        return
    for document in source.documents:
        body = as_mapping(document)
        if as_text(at(body, "version")) not in ("0.1", "0.2"):
            continue
        for name, value in as_mapping(at(body, "env", "variables")).items():
            yield shell.variable(name, as_text(value), name.line)
        before = ""
        for phase in _PHASES:
            if phase in as_mapping(at(body, "phases")):
                yield from _phase(phase, as_mapping(at(body, "phases")), before, source)
                before = phase


def _phase(name: str, phases: Mapping, before: str, source: Source) -> Iterator[Item]:
    step = Unit("step", name, phases.line_of(name))
    yield step
    phase = as_mapping(at(phases, name))
    for key in ("commands", "finally"):
        yield from shape.run(source, at(phase, key), step.id)
    if before and name != "post_build":
        yield Fact("needs", f"#step:{before}", step.line, unit=step.id)
    if as_text(at(phase, "on-failure")) == "CONTINUE":
        yield Fact("allowed-to-fail", "on-failure: CONTINUE", phase.line_of("on-failure"), unit=step.id)
