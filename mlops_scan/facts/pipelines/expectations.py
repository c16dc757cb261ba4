"""Great Expectations: suites of expectations, checkpoints that run them, and the project's configuration.

https://docs.greatexpectations.io/docs/core/introduction/gx_overview
"""

from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Sequence, as_list, as_mapping, as_text, at

_MOST = 100
_MOST_CHECKPOINTS = 50
_SECTIONS = {
    "datasources", "fluent_datasources", "stores", "data_docs_sites", "expectations_store_name",
    "validations_store_name", "validation_results_store_name", "checkpoint_store_name",
}  # fmt: skip


@reads("*.json")
def suite(source: Source) -> Iterator[Item]:
    """A suite is a check; each expectation is told by its type. A suite without expectations checks nothing."""
    if '"expectations"' not in source.text:
        return
    for document in source.documents:
        body = as_mapping(document)
        name = as_text(at(body, "expectation_suite_name")) or as_text(at(body, "name"))
        expectations = at(body, "expectations")
        if not name or not isinstance(expectations, Sequence):
            continue
        check = Unit("check", name, body.line)
        yield check
        for each in islice(map(as_mapping, expectations), _MOST):
            if kind := as_text(at(each, "expectation_type")) or as_text(at(each, "type")):
                column = as_text(at(each, "kwargs", "column"))
                yield Fact("field", f"expectations.{kind}", each.line, column, check.id)
        if not expectations:
            yield Fact("switched-off", "expectations: []", body.line_of("expectations"), unit=check.id)


@reads("*.yml", "*.yaml")
def checkpoint(source: Source) -> Iterator[Item]:
    """A checkpoint validates data against suites, which lie beside its folder."""
    if "expectation_suite_name" not in source.text:
        return
    for document in source.documents:
        body = as_mapping(document)
        if not as_text(at(body, "class_name")).endswith("Checkpoint"):
            continue
        check = Unit("check", as_text(at(body, "name")) or source.name.partition(".")[0], body.line)
        yield check
        yield Fact("section", "checkpoint", body.line_of("class_name"), unit=check.id)
        for each in (body, *map(as_mapping, as_list(at(body, "validations"))[:_MOST_CHECKPOINTS])):
            yield from _suite_of(each, check.id)


def _suite_of(validation: Mapping, unit: str) -> Iterator[Fact]:
    """The default store keeps the suite `a.b` in `expectations/a/b.json`, beside the folder of the checkpoints."""
    name = as_text(at(validation, "expectation_suite_name"))
    if name and name not in ("null", "~"):
        path = f"../expectations/{name.replace('.', '/')}.json"
        yield Fact("includes", path, validation.line_of("expectation_suite_name"), unit=unit)


@reads("great_expectations.yml", "great_expectations.yaml")
def project(source: Source) -> Iterator[Fact]:
    """The sections of the project's configuration; its values hold connection strings."""
    for document in source.documents:
        body = as_mapping(document)
        if "config_version" in body and _SECTIONS & set(body):
            yield from (Fact("section", f"great_expectations.{key}", key.line) for key in body if key in _SECTIONS)
