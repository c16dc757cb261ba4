"""A bill of materials in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/): the tools, models and data sets found.

Written with cyclonedx-python-lib, which is an extra. Importing this module raises `ScanError` where it is missing.
"""

import json
import re
from collections.abc import Iterable, Iterator
from uuid import NAMESPACE_URL, uuid5

from mlops_scan import __version__
from mlops_scan.assess import Assessment, Tool
from mlops_scan.clean import as_json, clean, masked
from mlops_scan.errors import ScanError
from mlops_scan.evidence import Place
from mlops_scan.inventory import Asset
from mlops_scan.report import Look

try:
    from cyclonedx.model import Property
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.component_evidence import ComponentEvidence, Occurrence
    from cyclonedx.model.tool import ToolRepository
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL
except ImportError:
    raise ScanError("the format cyclonedx needs one more package: pip install 'mlops-scan[bom]'") from None

_HOME = "https://github.com/mlops-scan/mlops-scan"
_MOST_PLACES = 20
_EXACT = re.compile(r"={2,3}\s*([0-9][\w.!+-]*)")
_NAME = re.compile(r"(?:@[\w.-]+/)?[\w.-]+(?=\[|$)")
#: Package managers as package URLs call them (https://github.com/package-url/purl-spec).
_PURL = {"": "pypi", "npm": "npm", "r": "cran"}
_CODE = ("dependency", "import", "call")
_FIRST = ("$schema", "bomFormat", "specVersion", "serialNumber", "version", "metadata")


def render(assessment: Assessment, _look: Look) -> str:
    """The same commit gives the same bytes: the serial number is computed from it, and there is no time."""
    bill = json.loads(JsonV1Dot6(_bill(assessment)).output_as_string())
    del bill["metadata"]["timestamp"]  # optional in the format, and set by the library unasked
    for component in bill.get("components", ()):
        component["evidence"]["occurrences"].sort(key=lambda each: (each["location"], each.get("line", 0)))
    return as_json({name: bill[name] for name in (*_FIRST, *bill)})


def _bill(assessment: Assessment) -> Bom:
    name = clean(assessment.repository) or "repository"
    own = Component(name="mlops-scan", version=__version__, type=ComponentType.APPLICATION)
    whole = Component(
        name=name, version=assessment.commit or None, type=ComponentType.APPLICATION, bom_ref="repository"
    )
    parts = [*map(_tool, assessment.tools), *map(_asset, assessment.assets)]
    bill = Bom(
        serial_number=uuid5(NAMESPACE_URL, f"{_HOME}#{name}@{assessment.commit}"),
        metadata=BomMetaData(component=whole, tools=ToolRepository(components=[own])),
        components=parts,
    )
    bill.register_dependency(whole, parts)
    return bill


def _tool(tool: Tool) -> Component:
    """A tool with its strength, the practices that it shows, and its package where one is pinned."""
    url = _package(tool)
    is_code = any(one.fact.kind in _CODE for one in tool.evidence)
    practices = dict.fromkeys(one.practice for one in tool.evidence)
    return Component(
        name=clean(tool.name),
        version=url.version if url else None,
        purl=url,
        type=ComponentType.LIBRARY if is_code else ComponentType.APPLICATION,
        bom_ref=f"tool:{clean(tool.id)}",
        properties=[_property("strength", str(tool.strength)), *(_property("shows", each) for each in practices)],
        evidence=_evidence(one.place for one in tool.evidence),
    )


def _asset(asset: Asset) -> Component:
    """A model or a data set. The library knows no model cards yet; what a file says of a model is in the other reports."""
    name = clean(masked(asset.name))
    return Component(
        name=name,
        type=ComponentType.MACHINE_LEARNING_MODEL if asset.kind == "model" else ComponentType.DATA,
        bom_ref=f"{asset.kind}:{name}",
        evidence=_evidence(asset.places),
    )


def _property(name: str, value: str) -> Property:
    return Property(name=f"mlops-scan:{name}", value=clean(value))


def _evidence(places: Iterable[Place]) -> ComponentEvidence:
    known = list(dict.fromkeys(places))[:_MOST_PLACES]
    return ComponentEvidence(
        occurrences=[Occurrence(location=clean(place.path, 4096), line=place.line) for place in known]
    )


def _package(tool: Tool) -> PackageURL | None:
    """The package of a tool, where all who declare it declare the same one in the same exact version.

    A package that only uses the tool is not the tool: one of the two names must be in the other (`torch`, PyTorch).
    """
    pins = set(_pins(tool))
    if len(pins) != 1 or "" in (pin := pins.pop()):
        return None
    manager, name, version = pin
    group, _, last = name.rpartition("/")
    known, own = last.lower().replace("_", "-"), tool.id
    if known not in own and own not in known:
        return None
    return PackageURL(type=manager, namespace=group or None, name=last, version=version)


def _pins(tool: Tool) -> Iterator[tuple[str, str, str]]:
    """The package manager, name and exact version of each dependency; empty where there is none that is known."""
    for one in tool.evidence:
        if one.fact.kind == "dependency":
            prefix, _, name = one.fact.name.rpartition(":")
            plain, exact = _NAME.match(name), _EXACT.fullmatch(one.fact.value.strip())
            yield _PURL.get(prefix, ""), plain[0] if plain else "", exact[1] if exact else ""
