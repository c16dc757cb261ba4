"""Catalogues of data: Kedro's, Feast's feature store, dbt's project."""

from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.fields import field, texts, without_credentials
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, as_mapping, as_text, at

_PATHS_OF_DBT = ("model-paths", "source-paths", "test-paths", "snapshot-paths", "macro-paths", "seed-paths")
_STORES = ("registry", "online_store", "offline_store", "batch_engine", "feature_server", "stream_engine", "auth")


@reads("conf/**/catalog*.yml", "conf/**/catalog*.yaml", "conf/**/catalog/**/*.yml", "conf/**/catalog*/*.yml")
def kedro(source: Source) -> Iterator[Item]:
    """The data sets of a Kedro project: https://docs.kedro.org/en/stable/catalog-data/data_catalog/."""
    for document in source.documents:
        for name, entry in as_mapping(document).items():
            if as_text(at(entry, "type")) and not name.startswith("_"):
                yield from _dataset(name, name.line, as_mapping(entry))


def _dataset(name: str, line: int, entry: Mapping) -> Iterator[Item]:
    unit = Unit("dataset", name, line)
    yield unit
    yield Fact("field", "catalog.type", entry.line_of("type"), as_text(at(entry, "type")), unit.id)
    if versioned := as_text(at(entry, "versioned")):
        yield Fact("field", "catalog.versioned", entry.line_of("versioned"), versioned, unit.id)
    for key in ("filepath", "path"):
        if path := as_text(at(entry, key)):
            yield Fact("reads", without_credentials(path), entry.line_of(key), unit=unit.id)


@reads("feature_store*.yaml", "feature_store*.yml")
def feast(source: Source) -> Iterator[Fact]:
    """The stores of a feature store: https://docs.feast.dev/reference/feature-repository/feature-store-yaml."""
    for document in source.documents:
        body = as_mapping(document)
        if "project" not in body or not {"registry", "provider", "online_store", "offline_store"} & set(body):
            continue
        for key in ("project", "provider"):
            if key in body:
                yield field("feature_store", key, as_text(at(body, key)), line=body.line_of(key))
        for key in _STORES:
            if key in body:
                yield from _store(key, body)


def _store(key: str, body: Mapping) -> Iterator[Fact]:
    """The kind of a store and where it is; the rest of its settings are credentials as often as not."""
    store = as_mapping(at(body, key))
    line = next((store.line_of(each) for each in ("type", "registry_type", "path") if each in store), body.line_of(key))
    kind = as_text(at(body, key)) or as_text(at(store, "type")) or as_text(at(store, "registry_type"))
    if key != "registry":
        yield Fact("field", f"feature_store.{key}.type", line, kind)
    path = as_text(at(store, "path")) or (kind if key == "registry" else "")
    if path:
        yield Fact("field", f"feature_store.{key}.path", line, without_credentials(path))
    if "://" in path:
        yield Fact("uri", without_credentials(path), line)


@reads("dbt_project.yml", "dbt_project.yaml")
def dbt(source: Source) -> Iterator[Fact]:
    """A project of models in SQL: https://docs.getdbt.com/reference/dbt_project.yml."""
    for document in source.documents:
        body = as_mapping(document)
        if "name" in body and {"profile", "models", "config-version", "version", *_PATHS_OF_DBT} & set(body):
            yield Fact("section", "dbt", body.line_of("name"), as_text(at(body, "name")))
            for key in _PATHS_OF_DBT:
                for path in texts(at(body, key)):
                    yield Fact("field", f"dbt.{key}", path.line, path)
