"""An assessment for the tests of reports: a small repository that was really scanned, and one in which every text is hostile."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import trees

from mlops_scan.assess import Assessment, Climb
from mlops_scan.evidence import Place, Warning
from mlops_scan.faults import Confidence, Fault, Suppression, rules
from mlops_scan.inventory import Asset
from mlops_scan.maturity import Criterion, Stage

FILES = {
    "requirements.txt": "mlflow==3.1.0\nscikit-learn==1.7.0\n",
    "train.py": (
        "import mlflow\nimport pandas as pd\nfrom sklearn.linear_model import Ridge\n\n\ndef main():\n"
        "    data = pd.read_csv('data/houses.csv')\n    model = Ridge(random_state=1).fit(data[['area']], data['price'])\n"
        "    mlflow.log_metric('r2', model.score(data[['area']], data['price']))\n"
        "    mlflow.sklearn.log_model(model, registered_model_name='houses')\n\n\nif __name__ == '__main__':\n    main()\n"
    ),
    "Makefile": "train:\n\tpython train.py\n\ntest:\n\tpytest || true\n",
    "test_train.py": "def test_true():\n    assert True\n",
    "README.md": "# Houses\n\n## Training\n\n```bash\nmake train\nmake test\n```\n",
    "data/houses.csv.dvc": "outs:\n- md5: 0123456789abcdef0123456789abcdef\n  size: 5\n  path: houses.csv\n",
}  # fmt: skip
ACCEPTED = Suppression("data-remote-local", "**", "a course, one person")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@cache
def houses() -> Assessment:
    """A repository of which the small example is true: a model that is trained, a check that may fail without anybody noticing."""
    with TemporaryDirectory() as folder:
        found = trees.assess(trees.write(Path(folder, "houses"), FILES))
    faults = (
        Fault("gate-cannot-fail", Place("Makefile", 5), "`pytest` may fail without any consequence (|| true)", Confidence.HIGH, ("run-tracked",)),
        Fault("check-gates-nothing", Place("Makefile", 4), "`test` checks, and nothing waits for it", Confidence.MEDIUM),
        Fault("tracking-store-local", Place("train.py"), "runs are kept in a folder of this machine", Confidence.LOW, (), "one person"),
    )  # fmt: skip
    warnings = (Warning(Place("big.yaml"), "is larger than 1,000,000 bytes"),)
    return found._replace(commit=COMMIT, faults=faults, warnings=warnings)


def untidy() -> Assessment:
    """Every rule broken, some of them many times on one line."""
    faults = [
        Fault(rule.id, Place("a b/ü.py", 3), "says `the same`", Confidence.HIGH) for rule in rules() for _ in range(3)
    ]
    return houses()._replace(faults=tuple(faults))


def told(text: str) -> Assessment:
    """The same assessment, in which each text that a repository or its own model can bring is this one."""
    place = Place(text, 7)
    base = houses()
    own = base.faults[0]._replace
    return base._replace(
        repository=text,
        reason=text,
        faults=(own(place=place, message=text), own(place=place, message=f"`{text}` {text} `x`", suppressed=text)),
        warnings=(Warning(place, text, lost=True), Warning(Place(text), text)),
        complete=False,
        tools=tuple(
            each._replace(name=text, evidence=tuple(one._replace(place=place) for one in each.evidence))
            for each in base.tools
        ),
        assets=(Asset("model", text, (place,)), Asset("dataset", text, (place,))),
        climbs=tuple(_climb(each, text, place) for each in base.climbs),
    )


def _climb(climb: Climb, text: str, place: Place) -> Climb:
    """A climb on a model of the repository's own: its names and questions are texts of the repository as well."""
    renamed: Callable[[Criterion], Criterion] = lambda each: each._replace(question=text)  # noqa: E731
    stages = tuple(_stage(stage, renamed, text) for stage in climb.model.stages)
    judgements = tuple(
        each._replace(
            criterion=renamed(each.criterion),
            shown=tuple(
                showing._replace(proofs=tuple(proof._replace(path=(place, place)) for proof in showing.proofs))
                for showing in each.shown
            ),
        )
        for each in climb.judgements
    )
    return climb._replace(model=climb.model._replace(name=text, stages=stages), judgements=judgements)


def _stage(stage: Stage, renamed: Callable[[Criterion], Criterion], text: str) -> Stage:
    return stage._replace(name=text, meaning=text, criteria=tuple(map(renamed, stage.criteria)))
