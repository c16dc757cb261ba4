"""Schedules in Python code: known by what they look like, whoever the orchestrator is."""

import pytest
from reading import pairs, read, units

from mlops_scan.facts.pipelines.schedules import schedules


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ('with DAG("churn", schedule="@daily"):\n    pass', "@daily"),
        ('@dag(schedule_interval="0 6 * * 1")\ndef churn():\n    pass', "0 6 * * 1"),
        ("DAG('churn', schedule=timedelta(days=1))", "timedelta(days=1)"),
        ('train.serve(name="nightly", cron="0 3 * * *")', "0 3 * * *"),
        (
            "Deployment.build_from_flow(flow=train, schedule=CronSchedule(cron='0 3 * * *'))",
            "CronSchedule(cron='0 3 * * *')",
        ),
        ("train.deploy(schedules=[Cron('0 3 * * *')])", "Cron('0 3 * * *')"),
        ('ScheduleDefinition(job=train, cron_schedule="0 0 * * 0")', "0 0 * * 0"),
        ("scheduler.add_job(train, 'interval', hours=1)", "interval"),
        ("scheduler.add_job(train, trigger=CronTrigger(hour=3))", "CronTrigger(hour=3)"),
        ('schedule.every().day.at("10:30").do(train)', "schedule.every().day.at('10:30').do"),
        ("@app.function(schedule=modal.Period(days=1))\ndef train():\n    pass", "modal.Period(days=1)"),
        ('Rule(self, "R", schedule="rate(1 day)")', "rate(1 day)"),
    ],
)
def test_a_schedule_is_a_trigger(code: str, value: str) -> None:
    found = read(schedules, code, "dags/churn.py")
    assert pairs(found, "trigger") == [("schedule", value)]
    assert units(found) == ["trigger:schedule"]


@pytest.mark.parametrize(
    "code",
    [
        "DAG('churn', schedule=None)",
        "DAG('churn', schedule='@once')",
        "optimizer = Adam(schedule='linear')",
        "get_scheduler(schedule='cosine', interval='epoch')",
        "DDPMScheduler(beta_schedule='linear', timedelta=timedelta(1))",
        "Trainer(schedule=timedelta(days=1))",
        "plot(interval='0 1 2')",
        "# DAG(schedule='@daily')",
        "retry(interval=timedelta(seconds=5))",
    ],
)
def test_a_schedule_of_something_else_or_none_is_no_trigger(code: str) -> None:
    assert read(schedules, code, "train.py") == []


def test_several_schedules_have_names_of_their_own() -> None:
    found = read(schedules, "a.serve(cron='0 3 * * *')\nb.serve(cron='0 4 * * *')\n", "deploy.py")
    assert units(found) == ["trigger:schedule", "trigger:schedule 2"]
