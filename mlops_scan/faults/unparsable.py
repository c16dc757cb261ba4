"""Files that do not parse: a pipeline or manifest that whoever should run it refuses."""

from collections.abc import Iterator

from mlops_scan.evidence import Node, Place
from mlops_scan.faults import Broken, rule
from mlops_scan.faults.product import holding, said
from mlops_scan.lifecycle import Lifecycle
from mlops_scan.repository.patterns import PathPatterns

#: Files that a program takes by their name or place, so that nothing in them may be left for a template to fill in.
_TAKEN_AS_THEY_ARE = PathPatterns(
    (pattern, True)
    for pattern in (
        "/.github/workflows/*.yml", "/.github/workflows/*.yaml", "action.yml", "action.yaml", "github-actions/*.yml",
        ".gitlab-ci.yml", "azure-pipelines*.yml", ".azure-pipelines/**/*.yml", ".pipelines/**/*.yml",
        "*-pipelines/*.yml",
        "/.circleci/config.yml", "/.travis.yml", "/bitbucket-pipelines.yml", "/.buildkite/*.yml", "/.taskcluster.yml",
        "*cloudbuild*.yaml", "*cloudbuild*.yml", "buildspec*.yml", "buildspec*.yaml",
        "dvc.yaml", "dvc.lock", "*.dvc", "params.yaml", "MLproject", "bentofile.yaml", "prefect.yaml", "databricks.yml",
        "docker-compose*.yml", "docker-compose*.yaml", "compose.yml", "compose.yaml",
        "kustomization.yaml", "kustomization.yml", "Chart.yaml", "k8s/**/*.yaml", "k8s/**/*.yml",
        "kubernetes/**/*.yaml", "kubernetes/**/*.yml", "manifests/**/*.yaml", "manifests/**/*.yml",
        "prometheus.yml", "prometheus.yaml", "alertmanager.yml", "alertmanager.yaml", "*rules.yml", "*rules.yaml",
        "pyproject.toml",
    )
)  # fmt: skip
_FILLED_IN = PathPatterns((pattern, True) for pattern in ("templates/**", "charts/**", "helm/**"))


@rule("file-does-not-parse", costs=3)
def file_does_not_parse(life: Lifecycle) -> Iterator[Broken]:
    """A pipeline, a manifest or a configuration is not valid YAML, JSON or TOML.

    Whoever should run it refuses the whole file: the steps and checks in it look like a practice and never happen.
    Most often an indentation slipped, a tab or a merge marker stayed, or a placeholder was never filled in.

    Mend: run a linter over it (`yamllint`, `actionlint`), and let CI do the same.
    Wrong where: it is a template that another program fills in first.
    """
    for reading in holding(life, "unparsable"):
        failures = said(reading, "unparsable", "is not valid")
        if failures and any(_TAKEN_AS_THEY_ARE(reading.path)) and not any(_FILLED_IN(reading.path)):
            message = f"the file {failures[0].name}, so that nothing in it runs"
            yield Broken(Place(reading.path, failures[0].line), message, Node(reading.path))


@rule("definition-is-refused", costs=3)
def definition_is_refused(life: Lifecycle) -> Iterator[Broken]:
    """A pipeline parses, and lacks what its format requires: jobs, steps, a command, a base image.

    A workflow without jobs, a job without steps, a `dvc.yaml` stage without `cmd`, a Jenkinsfile whose stages stand
    outside of `stages`, a Dockerfile without FROM: the program that should run it stops with an error before it has
    run anything, so that nothing else in the file happens either.

    Mend: complete the definition, or delete it.
    Wrong where: another program than the usual one reads the file.
    """
    for reading in holding(life, "unparsable"):
        refused = said(reading, "unparsable", "a ")
        first = {fact.name: fact for fact in reversed(refused)}
        for fact in sorted(first.values(), key=lambda each: each.line or 0):
            count = sum(each.name == fact.name for each in refused)
            times = f" ({count} times)" if count > 1 else ""
            yield Broken(
                Place(reading.path, fact.line), f"{fact.name}{times}: this cannot run", Node(reading.path, fact.unit)
            )
