"""Stale traces: what a run left behind and what has changed since, so that the trace tells of something else."""

from collections.abc import Iterator

from mlops_scan.faults import Broken, Confidence, rule
from mlops_scan.lifecycle import Lifecycle

_MOST_NAMED = 4
_LONGEST = 300


@rule("lock-stale", costs=1)
def lock_stale(life: Lifecycle) -> Iterator[Broken]:
    """A stage of a DVC pipeline has changed since it last ran, or it has never run: `dvc.lock` tells otherwise.

    The lock keeps the command, the hashes of the files and the parameters of the last run, and here the command in
    `dvc.yaml`, a file, the pointer to the data or a parameter is another one now. So the model and the metrics are not
    those of this code and these data, and the lock is no record of where they come from. Files that are not in the
    repository, and folders in which files may be missing, are not compared.

    Mend: run `dvc repro` and commit `dvc.lock`; or set `frozen: true` for a stage that is not to follow.
    Wrong where: the change has no effect, which `dvc commit` says.
    """
    for each in life.stale:
        name = each.stage.unit.removeprefix("task:")
        if each.changes:
            what = ", ".join(each.changes[:_MOST_NAMED])
            more = f" and {len(each.changes) - _MOST_NAMED} more" if len(each.changes) > _MOST_NAMED else ""
            message = f"`{name}` has not run since these changed: {what}{more}"
        else:
            message = f"`{name}` has never run: `{each.lock}` does not have it"
        yield Broken(each.place, message[:_LONGEST], each.stage, Confidence.MEDIUM)
