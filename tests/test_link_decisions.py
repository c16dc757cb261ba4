"""What code and pipelines start only because of a result, above all: drift that starts training."""

from textwrap import dedent

import pytest
from faulty import life_of
from wired import WORKFLOW, linked, links_of

from mlops_scan.evidence import Strength
from mlops_scan.practices import drift_triggers_retraining

SCHEDULED = "on: {schedule: [{cron: '0 0 * * *'}]}\njobs: {a: {runs-on: x, steps: [{run: python flow.py}]}}\n"
MODEL = "from sklearn.linear_model import Ridge\n\ndef train_model():\n    Ridge().fit(1, 2)\n"
DRIFT = "from evidently.report import Report\n\ndef check_drift(data):\n    return Report(metrics=[]).as_dict()\n"
FILES = {WORKFLOW: SCHEDULED, "train.py": MODEL, "drift.py": DRIFT}
HEAD = "from drift import check_drift\nfrom train import train_model\n\n"

FLOWS = {
    "a variable": "def main():\n    found = check_drift(1)\n    if found:\n        train_model()\nmain()\n",
    "the call itself": "def main():\n    if check_drift(1):\n        train_model()\nmain()\n",
    "a part of the result": "def main():\n    r = check_drift(1)\n    if r['share'] > 0.3:\n        train_model()\nmain()\n",
    "an early return": "def main():\n    if not check_drift(1):\n        return\n    train_model()\nmain()\n",
    "methods": """
        class Monitor:
            def drifted(self):
                return check_drift(1)
            def retrain(self):
                train_model()
            def run(self):
                if self.drifted():
                    self.retrain()
        Monitor().run()
        """,
    "a report in place": """
        from evidently.report import Report
        def main():
            report = Report(metrics=[])
            report.run(1, 2)
            drift_share = report.as_dict()["share"]
            if drift_share > 0.3:
                train_model()
        main()
        """,
    "a process": """
        import subprocess
        def main():
            if check_drift(1):
                subprocess.run(["python", "train.py"])
        main()
        """,
    "a branch of a DAG": """
        from airflow import DAG
        from airflow.operators.python import PythonOperator, BranchPythonOperator
        with DAG("d", schedule="@daily"):
            check = BranchPythonOperator(task_id="check", python_callable=check_drift)
            train = PythonOperator(task_id="train", python_callable=train_model)
            skip = PythonOperator(task_id="skip", python_callable=print)
            check >> [train, skip]
        """,
    "a short circuit": """
        from airflow.decorators import dag, task
        @task.short_circuit
        def drifted():
            return check_drift(1)
        @task
        def fit():
            train_model()
        @dag(schedule="@daily")
        def pipeline():
            drifted() >> fit()
        pipeline()
        """,
    "a condition of a pipeline": """
        from kfp import dsl
        @dsl.component
        def drift_op() -> str:
            return check_drift(1)
        @dsl.component
        def train_op():
            train_model()
        @dsl.pipeline
        def pipeline():
            found = drift_op()
            with dsl.If(found.output == "true"):
                train_op()
        pipeline()
        """,
}
OTHERS = {
    "no condition": "def main():\n    check_drift(1)\n    train_model()\nmain()\n",
    "a condition on something else": "def main(args):\n    check_drift(1)\n    if args.retrain:\n        train_model()\nmain(1)\n",
    "an order": """
        from airflow import DAG
        from airflow.operators.python import PythonOperator
        with DAG("d", schedule="@daily"):
            check = PythonOperator(task_id="check", python_callable=check_drift)
            train = PythonOperator(task_id="train", python_callable=train_model)
            check >> train
        """,
    "training without drift": "def main():\n    if check_schema(1):\n        train_model()\nmain()\n",
}


def wired(files: dict[str, str]) -> list[str]:
    """The ways from a trigger over a drift check to training."""
    proofs = drift_triggers_retraining(life_of(files))
    return [" ".join(map(str, proof.path)) for proof in proofs if proof.strength is Strength.WIRED]


@pytest.mark.parametrize("case", sorted(FLOWS))
def test_training_that_a_drift_check_decides_about_is_a_path(case: str) -> None:
    (way,) = wired({**FILES, "flow.py": HEAD + dedent(FLOWS[case])})[:1]
    assert WORKFLOW in way
    assert "train.py" in way or "flow.py" in way


@pytest.mark.parametrize("case", sorted(OTHERS))
def test_training_beside_a_drift_check_is_none(case: str) -> None:
    assert wired({**FILES, "flow.py": HEAD + dedent(OTHERS[case])}) == []


JOBS = """
    on: {schedule: [{cron: '0 0 * * *'}]}
    jobs:
      check:
        runs-on: x
        steps: [{run: python watch.py}]
      train:
        needs: check
        if: %s
        runs-on: x
        steps: [{run: python train.py}]
    """


def test_a_job_that_asks_for_the_output_of_a_drift_check_is_decided_by_it() -> None:
    files = {**FILES, "watch.py": "from drift import check_drift\n\ncheck_drift(1)\n"}
    asked = {**files, WORKFLOW: JOBS % "needs.check.outputs.drift == 'true'"}
    assert linked(asked, "decides") == {(f"{WORKFLOW}#job:check", f"{WORKFLOW}#job:train")}
    assert wired(asked)
    assert not wired({**files, WORKFLOW: JOBS % "github.ref == 'refs/heads/main'"})


def test_steps_under_a_condition_step_are_decided_by_what_it_asks() -> None:
    code = """
        from sagemaker.workflow.condition_step import ConditionStep
        from sagemaker.workflow.steps import ProcessingStep, TrainingStep
        def build():
            evaluated = ProcessingStep(name="e", code="evaluate.py")
            register = TrainingStep(name="r", code="register.py")
            skip = TrainingStep(name="s", code="skip.py")
            return ConditionStep(conditions=[evaluated.properties.score > 0.8], if_steps=[register], else_steps=[])
        """
    files = {"p.py": code, "evaluate.py": "", "register.py": "", "skip.py": ""}
    assert linked(files, "decides") == {("p.py#function:build", "register.py")}


def test_a_check_that_is_called_in_every_branch_is_one_check() -> None:
    branches = "".join(f"    if check_drift({at}):\n        train_model()\n" for at in range(300))
    links = links_of({**FILES, "flow.py": f"{HEAD}def main():\n{branches}main()\n"})
    deciding = [each for each in links if each.kind == "decides"]
    assert 0 < len(deciding) <= 300
