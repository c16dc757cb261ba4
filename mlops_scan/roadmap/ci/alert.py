"""How a job tells the team that it failed, on systems that cannot do so by themselves: a script with a web hook."""

from collections.abc import Iterator

from mlops_scan.roadmap.view import Text
from mlops_scan.roadmap.words import Change, Job

PATH = "ci/alert.py"
_SCRIPT = '''"""Tell the team: python ci/alert.py TEXT. ALERT_WEBHOOK is the incoming web hook of the channel."""

import os
import sys

from slack_sdk.webhook import WebhookClient

if __name__ == "__main__":
    answer = WebhookClient(os.environ["ALERT_WEBHOOK"]).send(text=" ".join(sys.argv[1:]))
    if answer.status_code != 200:
        sys.exit(f"the alert was not taken: {answer.status_code}")
'''


def command(job: Job) -> str:
    """The command of a step that runs when the job has failed."""
    return f'pip install --quiet slack_sdk && python {PATH} "{job.tell}"'


def changes(jobs: tuple[Job, ...], text: Text) -> Iterator[Change]:
    """The script, where a job needs it and it is not there yet."""
    if any(job.tell for job in jobs) and text(PATH) is None:
        yield Change(PATH, _SCRIPT, _SCRIPT)


def notes(jobs: tuple[Job, ...]) -> Iterator[str]:
    """What somebody has to set up for it."""
    if any(job.tell for job in jobs):
        yield "Store the incoming web hook of the team's channel as the secret variable `ALERT_WEBHOOK`."
