"""The report as one HTML page that loads nothing: the answer first, then the proof of everything, with pictures."""

from mlops_scan.assess import Assessment
from mlops_scan.report import Look
from mlops_scan.report.html.page import page
from mlops_scan.report.html.view import view


def render(assessment: Assessment, look: Look) -> str:
    """The whole page. It needs no network and no script, and the same assessment gives the same bytes."""
    return page(view(assessment, look))
