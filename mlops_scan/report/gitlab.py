"""Code Quality JSON for GitLab (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format)."""

from mlops_scan.assess import Assessment
from mlops_scan.clean import as_json, clean
from mlops_scan.report import Look
from mlops_scan.report.parts.findings import Finding, Severity, findings
from mlops_scan.report.parts.fingerprint import fingerprints
from mlops_scan.report.parts.standing import chosen

_SEVERITY = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "minor"}


def render(assessment: Assessment, look: Look) -> str:
    """One array of findings, each at a path and line. What somebody accepts is left out: GitLab has no word for it."""
    found = fingerprints(findings(assessment, chosen(assessment, look)))
    return as_json([_entry(each, fingerprint) for each, fingerprint in found if not each.suppressed])


def _entry(found: Finding, fingerprint: str) -> dict[str, object]:
    return {
        "description": found.message,
        "check_name": found.rule,
        "fingerprint": fingerprint,
        "severity": _SEVERITY[found.severity],
        "location": {"path": clean(found.place.path, 4096), "lines": {"begin": found.place.line or 1}},
    }
