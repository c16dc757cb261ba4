"""The answer as variables, for the jobs that come after: `MLOPS_STAGE=2`. Read by GitLab, and by our GitHub Action.

https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
"""

from collections.abc import Iterator

from mlops_scan.assess import Assessment
from mlops_scan.report import Look
from mlops_scan.report.parts.standing import chosen


def render(assessment: Assessment, look: Look) -> str:
    """One variable a line, from a fixed list. No value is a text of the repository; where there is no stage it is empty."""
    return "".join(f"MLOPS_{name}={value}\n" for name, value in _variables(assessment, look))


def _variables(assessment: Assessment, look: Look) -> Iterator[tuple[str, str]]:
    climb = chosen(assessment, look)
    yield "APPLICABLE", str(assessment.applicable).lower()
    yield "COMPLETE", str(assessment.complete).lower()
    for name in ("stage", "attested", "possible"):
        yield name.upper(), str(getattr(climb, name)) if assessment.applicable else ""
    yield "TARGET", "" if look.target is None else str(look.target)
    yield "FAULTS", str(sum(not each.suppressed for each in assessment.faults))
