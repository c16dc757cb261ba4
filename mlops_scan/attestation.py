"""What people say of themselves: an answer to a criterion, with a name, a reason and a date on which it ends."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from mlops_scan.evidence import Place

ANSWERS = {"yes": 1.0, "partly": 0.5, "no": 0.0}


class Attestation(NamedTuple):
    """One answer. It holds through the day `until`; afterwards somebody has to say it again."""

    criterion: str
    answer: str
    why: str
    by: str
    until: date
    place: Place
    link: str = ""
    expired: bool = False

    @property
    def points(self) -> float:
        """What the answer counts where a criterion is met, 1, or met in part, 1/2."""
        return ANSWERS[self.answer]


def on(day: date, attestations: Iterable[Attestation]) -> tuple[Attestation, ...]:
    """The attestations as they stand on a day."""
    return tuple(each._replace(expired=each.until < day) for each in attestations)


def valid(attestations: Iterable[Attestation]) -> Mapping[str, Attestation]:
    """Those that still hold, by their criterion."""
    return {each.criterion: each for each in attestations if not each.expired}
