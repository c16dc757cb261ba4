"""CircleCI: jobs and a workflow at the ends of their blocks in `.circleci/config.yml`. circleci.com/docs/configuration-reference"""

from collections.abc import Iterator

from mlops_scan.errors import Unreadable
from mlops_scan.facts import trees
from mlops_scan.roadmap.ci import System, Written, alert
from mlops_scan.roadmap.ci.yaml_lines import end_of, indented, inserted, run
from mlops_scan.roadmap.names import Site
from mlops_scan.roadmap.view import Text, View
from mlops_scan.roadmap.words import Change, Job, Pipeline

_PATH = ".circleci/config.yml"


def _image(view: View) -> str:
    return f"$REGISTRY/{view.assessment.repository.lower()}:$CIRCLE_SHA1"


def _write(pipeline: Pipeline, site: Site, text: Text) -> Written:
    before = text(_PATH) or "version: 2.1\n\njobs:\n\nworkflows:\n"
    root = trees.as_mapping(next(iter(trees.parse_yaml(before)), None))
    if not {"jobs", "workflows"} <= set(root) or any(
        job.name in trees.as_mapping(trees.at(root, "jobs")) for job in pipeline.jobs
    ):
        raise Unreadable("has no place for jobs")
    jobs = [line for job in pipeline.jobs for line in (f"{job.name}:", *indented(_job(job, pipeline, site), 2))]
    snippets = {"jobs": list(indented(jobs, 2)), "workflows": list(indented(_workflow(pipeline, site), 2))}
    after = before
    for key in sorted(snippets, key=root.line_of, reverse=True):
        lines = after.rstrip("\n").split("\n")
        after = inserted(after, end_of(lines, root.line_of(key) - 1), snippets[key])
    snippet = "\n".join(["jobs:", *snippets["jobs"], "workflows:", *snippets["workflows"]]) + "\n"
    changed = Change(_PATH, after, snippet, root.line_of("jobs") if text(_PATH) else None)
    return Written((changed, *alert.changes(pipeline.jobs, text)), tuple(alert.notes(pipeline.jobs)))


def _workflow(pipeline: Pipeline, site: Site) -> Iterator[str]:
    """A workflow runs on every push, or by the clock: one that should do both is written twice."""
    crons = [event.partition(" ")[2] for event in pipeline.on if event.startswith("schedule")]
    for cron in crons:
        yield from (f"{pipeline.name}-scheduled:", "  triggers:", "    - schedule:", f'        cron: "{cron}"')
        yield from ("        filters:", "          branches:", f"            only: {site.names['branch']}")
        yield from indented(_jobs(pipeline, ""), 2)
    if not crons or "push" in pipeline.on:
        yield f"{pipeline.name}:"
        yield from indented(_jobs(pipeline, "" if "pull_request" in pipeline.on else site.names["branch"]), 2)


def _jobs(pipeline: Pipeline, only: str) -> Iterator[str]:
    yield "jobs:"
    for job in pipeline.jobs:
        details = [f"      requires: [{', '.join(job.needs)}]"] if job.needs else []
        details += ["      filters:", "        branches:", f"          only: {only}"] if only else []
        yield f"  - {job.name}{':' if details else ''}"
        yield from details


def _job(job: Job, pipeline: Pipeline, site: Site) -> Iterator[str]:
    yield from ("docker:", f"  - image: cimg/python:{site.names['python']}", "steps:", "  - checkout")
    if job.images:
        yield "  - setup_remote_docker"
    if any(each.keep for each in pipeline.jobs if each.name in job.needs):
        yield from ("  - attach_workspace:", "      at: .")
    packaging = site.traits["packaging"]
    tools = [f"pip install {packaging}"] if packaging in ("uv", "poetry", "pipenv") else []
    login = ['echo "$REGISTRY_PASSWORD" | docker login "$REGISTRY" --username "$REGISTRY_USER" --password-stdin']
    for text in (*(login if job.images else (*tools, site.names["install"])), *job.run):
        yield from run(text, "- run", 2)
    if job.keep:
        yield from (
            "  - persist_to_workspace:",
            "      root: .",
            "      paths:",
            *(f"        - {path}" for path in job.keep),
        )
    if job.tell:
        yield from ("  - run:", "      when: on_fail")
        yield from run(alert.command(job), "command", 6)


SYSTEM = System("circleci", _image, _write)
