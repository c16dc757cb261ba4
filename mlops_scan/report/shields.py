"""The answer of an endpoint for a badge of Shields (https://shields.io/badges/endpoint-badge)."""

from mlops_scan.assess import Assessment
from mlops_scan.clean import as_json
from mlops_scan.report import Look
from mlops_scan.report.parts.standing import standing

LABEL = "MLOps maturity"
_HOUR = 3600


def render(assessment: Assessment, look: Look) -> str:
    """The stage in words and in colour; nothing of the repository is in it."""
    said = standing(assessment, look)
    answer = {"schemaVersion": 1, "label": LABEL, "message": said.words, "color": said.color}
    return as_json({**answer, "isError": said.failed, "cacheSeconds": _HOUR})
