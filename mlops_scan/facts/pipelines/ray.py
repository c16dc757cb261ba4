"""Jobs and services for Ray and Anyscale.

https://docs.anyscale.com/reference/job-api and https://docs.ray.io/en/latest/serve/production-guide/config.html
"""

from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.ci import shape
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.fields import fields, variable
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Scalar, as_list, as_mapping, as_text, at

#: One of these beside `name` and `entrypoint` makes a job; an entry point alone stands in many formats.
_OF_JOB = {
    "compute_config", "cluster_env", "runtime_env", "working_dir", "image_uri", "containerfile", "build_id",
    "entrypoint_num_gpus",
}  # fmt: skip


@reads("*.yml", "*.yaml")
def ray(source: Source) -> Iterator[Item]:
    """A job with its command, or a service with what it imports; both run when the file is submitted."""
    if "entrypoint" not in source.text and "import_path" not in source.text:
        return
    for document in source.documents:
        body = as_mapping(document)
        serve = as_mapping(at(body, "ray_serve_config") or body)
        applications = [each for each in map(as_mapping, as_list(at(serve, "applications"))) if "import_path" in each]
        if "import_path" in serve and serve is not body:
            applications.append(serve)
        if applications:
            yield from _service(body, applications, source)
        elif "name" in body and isinstance(at(body, "entrypoint"), Scalar) and not _OF_JOB.isdisjoint(body):
            yield from _job(body, source)


def _job(body: Mapping, source: Source) -> Iterator[Item]:
    task = Unit("task", as_text(at(body, "name")), body.line)
    yield task
    runtime = as_mapping(at(body, "runtime_env"))
    folder = as_text(at(body, "working_dir")) or as_text(at(runtime, "working_dir"))
    local = "" if "://" in folder else folder.removeprefix("./").rstrip("/").removeprefix(".")
    yield from shape.run(source, at(body, "entrypoint"), task.id, local)
    yield from _settings(body, runtime, task.id, "job")


def _service(body: Mapping, applications: list[Mapping], source: Source) -> Iterator[Item]:
    service = Unit("service", as_text(at(body, "name")) or source.name.partition(".")[0], body.line)
    yield service
    for application in applications:
        module, _, name = as_text(at(application, "import_path")).partition(":")
        path = module.replace(".", "/") + ".py"
        yield Fact("runs-file", path, application.line_of("import_path"), name, service.id)
        yield from _environment(as_mapping(at(application, "runtime_env")), service.id)
    yield from _settings(body, as_mapping(at(body, "runtime_env")), service.id, "service")


def _settings(body: Mapping, runtime: Mapping, unit: str, kind: str) -> Iterator[Fact]:
    yield from fields(body, kind, unit, {"entrypoint", "runtime_env", "env_vars"})
    yield from _environment(runtime, unit)
    for key in ("compute_config", "requirements", "containerfile"):
        if (path := as_text(at(body, key))).endswith((".yaml", ".yml", ".txt", "file")):
            yield Fact("builds" if key == "containerfile" else "includes", path, body.line_of(key), unit=unit)
    if name := as_text(at(body, "image_uri")):
        yield from image(name, body.line_of("image_uri"), unit)


def _environment(runtime: Mapping, unit: str) -> Iterator[Fact]:
    for name, value in as_mapping(at(runtime, "env_vars")).items():
        yield variable(name, as_text(value), name.line, unit)
    for key in ("pip", "conda"):
        if (path := as_text(at(runtime, key))).endswith((".yaml", ".yml", ".txt")):
            yield Fact("includes", path, runtime.line_of(key), unit=unit)
