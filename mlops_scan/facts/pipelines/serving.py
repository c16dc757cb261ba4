"""What packs and serves models: BentoML, Cog, Triton and TensorFlow Serving."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.dependencies.requirement import declared
from mlops_scan.facts.fields import texts
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, as_list, as_mapping, as_text, at

_SETTING = re.compile(r"""([a-z_]\w{0,60})\s*(?::\s*(?:"([^"]{0,500})"|'([^']{0,500})'|([^\s{}\[\]]{1,200})))?""")
_OF_TRITON = ("platform", "backend", "instance_group", "dynamic_batching", "version_policy", "ensemble_scheduling")


@reads("bentofile.yaml", "bentofile.yml")
def bento(source: Source) -> Iterator[Item]:
    """A service and what is packed with it: https://docs.bentoml.com/en/latest/reference/bentoml/bento-build-options.html."""
    for document in source.documents:
        body = as_mapping(document)
        if not (service := as_text(at(body, "service"))):
            continue
        unit = Unit("service", service.rpartition(":")[2], body.line_of("service"))
        yield unit
        yield Fact("section", "bento", body.line_of("service"))
        yield _code(service, body.line_of("service"), unit.id)
        for requirement in texts(at(body, "python", "packages")):
            yield from declared(requirement, requirement.line)
        if path := as_text(at(body, "python", "requirements_txt")):
            yield Fact("includes", path, body.line_of("python"), unit=unit.id)
        for model in as_list(at(body, "models")):
            tag = as_text(model) or as_text(at(model, "tag"))
            yield Fact("field", "bento.models", model.line, tag[:200], unit.id)


@reads("cog.yaml")
def cog(source: Source) -> Iterator[Item]:
    """A predictor and, if there is one, a trainer: https://github.com/replicate/cog/blob/main/docs/yaml.md."""
    for document in source.documents:
        body = as_mapping(document)
        for key, kind in (("predict", "service"), ("train", "task")):
            if code := as_text(at(body, key)):
                unit = Unit(kind, key, body.line_of(key))
                yield unit
                yield Fact("section", "cog", body.line_of(key))
                yield _code(code, body.line_of(key), unit.id)
        yield from _build(body)


@reads("config.pbtxt")
def triton(source: Source) -> Iterator[Item]:
    """A model in Triton's repository: https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/model_configuration.html."""
    settings = list(_protobuf_settings(source))
    keys = {key for key, _, _ in settings}
    if not keys & {"platform", "backend", "max_batch_size", "instance_group"}:
        return
    named = next((value for key, value, _ in settings if key == "name" and value), "")
    unit = Unit("model", named or source.path.rpartition("/")[0].rpartition("/")[2], 1)
    yield unit
    for key, value, line in settings:
        if key in _OF_TRITON:
            yield Fact("section", f"triton.{key}", line, value, unit.id)


@reads("*.config", "models.conf", "model_config.txt", "*.pbtxt")
def tensorflow_serving(source: Source) -> Iterator[Item]:
    """The models of a server: https://www.tensorflow.org/tfx/serving/serving_config."""
    if "model_config_list" not in source.text:
        return
    yield Fact("section", "model_config_list", source.text.count("\n", 0, source.text.index("model_config_list")) + 1)
    unit = ""
    for key, value, line in _protobuf_settings(source):
        if key == "name":
            model = Unit("model", value, line)
            unit = model.id
            yield model
        elif key == "base_path":
            yield Fact("reads", value, line, unit=unit)
        elif key in ("model_version_policy", "version_labels"):
            yield Fact("section", f"model_config_list.{key}", line, unit=unit)


def _code(service: str, line: int, unit: str) -> Fact:
    """The file of `path/to/file.py:name` or `package.module:name`."""
    module, _, name = service.partition(":")
    path = module if module.endswith(".py") else module.replace(".", "/") + ".py"
    return Fact("runs-file", path, line, name, unit)


def _build(body: Mapping) -> Iterator[Fact]:
    build = as_mapping(at(body, "build"))
    if "predict" not in body and "train" not in body:
        return
    if path := as_text(at(build, "python_requirements")):
        yield Fact("includes", path, build.line_of("python_requirements"))
    for requirement in texts(at(build, "python_packages")):
        yield from declared(requirement, requirement.line)
    if name := as_text(at(body, "image")):
        yield from image(name, body.line_of("image"))


def _protobuf_settings(source: Source) -> Iterator[tuple[str, str, int]]:
    """The settings of a protobuf text, at any depth: key, scalar and line."""
    for number, line in enumerate(source.lines, 1):
        for found in _SETTING.finditer(line.partition("#")[0][:2000]):
            yield found[1], found[2] or found[3] or found[4] or "", number
