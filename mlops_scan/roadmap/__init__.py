"""The way to a stage: the cheapest steps for this repository, each with the files to touch, proven by judging again."""

from mlops_scan.roadmap.data import as_json
from mlops_scan.roadmap.markdown import as_checklist, as_markdown
from mlops_scan.roadmap.plan import plan
from mlops_scan.roadmap.text import as_text
from mlops_scan.roadmap.words import Plan

__all__ = ["Plan", "as_checklist", "as_json", "as_markdown", "as_text", "plan"]
