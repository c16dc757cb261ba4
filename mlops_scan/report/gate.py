"""The last lines of a gate that fails: which target was missed, and which criteria held it back."""

from mlops_scan.assess import Assessment, Climb
from mlops_scan.maturity import Stage
from mlops_scan.report.clean import clean


def lines(assessment: Assessment, model: str, minimum: int | None) -> list[str]:
    """The lines to print; none where there is no target, or where it is reached. An incomplete scan reaches none."""
    if minimum is None:
        return []
    if not assessment.applicable:
        return [f"mlops-scan: not applicable, so stage {minimum} is not reached: {assessment.reason}."]
    climb = assessment.climb(model)
    if not assessment.complete:
        lost = [str(warning.place) for warning in assessment.warnings if warning.lost]
        return [f"mlops-scan: the scan is incomplete and passes no gate: {clean(', '.join(lost[:5]))}"]
    if climb.stage >= minimum:
        return []
    wanted = [stage for stage in climb.model.stages if climb.stage < stage.number <= minimum or stage is climb.next]
    held = [line for stage in wanted for line in _held_back(climb, stage)]
    return [
        f"mlops-scan: stage {climb.stage} of {clean(climb.model.name)} is proven, and {minimum} is the target. Held back by:",
        *held,
    ]


def _held_back(climb: Climb, stage: Stage) -> list[str]:
    verdicts = {each.criterion.id: each.verdict for each in climb.judgements}
    open_ = [criterion for criterion in stage.criteria if verdicts[criterion.id] != "met"]
    return [f"  {criterion.id} ({verdicts[criterion.id]}) {clean(criterion.question)}" for criterion in open_]
