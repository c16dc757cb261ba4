"""Images: from what names one to the job that builds it, the Dockerfile, and what that starts."""

import pytest
from wired import WORKFLOW, linked, links_of, running, started

from mlops_scan.evidence import Node

MANIFEST = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: api}
    spec: {template: {spec: {containers: [{name: c, image: '%s'}]}}}
    """
FILES = {
    "svc/Dockerfile": "FROM python\nCOPY . /app\nCMD python serve.py\n",
    "svc/serve.py": "",
    "other/Dockerfile": "FROM python\nCMD python other.py\n",
    "other/other.py": "",
}
USER = "k8s/api.yaml#service:Deployment/api"
JOB = f"{WORKFLOW}#job:build/step:1"


def steps(*lines: str, env: str = "{}") -> str:
    """A workflow with the job `build`."""
    body = "".join(f"    - {line}\n" for line in lines)
    return f"on: push\nenv: {env}\njobs:\n  build:\n    runs-on: x\n    steps:\n{body}"


BUILDERS = {
    "docker build": (WORKFLOW, steps("run: docker build -t ghcr.io/o/api:1 svc"), JOB),
    "a tag from variables": (
        WORKFLOW,
        steps("run: docker build -t $IMAGE:${{ github.sha }} svc", env="{IMAGE: ghcr.io/o/api}"),
        JOB,
    ),
    "buildx": (WORKFLOW, steps("run: docker buildx build --push --platform linux/amd64 -t ghcr.io/o/api:1 svc"), JOB),
    "podman": (WORKFLOW, steps("run: podman build -t quay.io/o/api:1 svc"), JOB),
    "buildah": (WORKFLOW, steps("run: buildah bud -t quay.io/o/api:1 svc"), JOB),
    "kaniko": (WORKFLOW, steps("run: /kaniko/executor --context dir://svc --destination=ghcr.io/o/api:1"), JOB),
    "a registry's own build": (WORKFLOW, steps("run: az acr build -r r --image api:1 --file svc/Dockerfile svc"), JOB),
    "gcloud": (WORKFLOW, steps("run: gcloud builds submit svc --tag gcr.io/p/api:1"), JOB),
    "another name for what was built": (
        WORKFLOW,
        steps("run: docker build -t local svc && docker tag local ghcr.io/o/api:1"),
        JOB,
    ),
    "build-push-action": (
        WORKFLOW,
        steps("{uses: docker/build-push-action@v5, with: {context: svc, tags: 'ghcr.io/o/api:1'}}"),
        JOB,
    ),
    "tags that another action makes": (
        WORKFLOW,
        steps(
            "{uses: docker/build-push-action@v5, with: {context: svc, tags: '${{ steps.meta.outputs.tags }}'}}",
            "{uses: docker/metadata-action@v5, id: meta, with: {images: ghcr.io/o/api}}",
        ),
        JOB,
    ),
    "buildah's action": (
        WORKFLOW,
        steps("{uses: redhat-actions/buildah-build@v2, with: {image: api, tags: v1, containerfiles: svc/Dockerfile}}"),
        JOB,
    ),
    "a bake file": (
        "docker-bake.hcl",
        'variable "REG" { default = "ghcr.io/o" }\ntarget "api" {\n  context = "svc"\n  tags = ["${REG}/api:1"]\n}\n',
        "docker-bake.hcl#target:api",
    ),
    "a bake file as JSON": (
        "docker-bake.json",
        '{"target": {"base": {"context": "svc"}, "api": {"inherits": ["base"], "tags": ["ghcr.io/o/api:1"]}}}',
        "docker-bake.json#target:api",
    ),
    "skaffold": (
        "skaffold.yaml",
        "apiVersion: skaffold/v4beta1\nkind: Config\nbuild: {artifacts: [{image: ghcr.io/o/api, context: svc}]}\n",
        "skaffold.yaml",
    ),
    "cloud build": (
        "cloudbuild.yaml",
        "steps:\n- name: gcr.io/kaniko-project/executor:latest\n  args: ['--destination=gcr.io/p/api', '--context=svc']\n",
        "cloudbuild.yaml#step:1",
    ),
    "tekton": (
        "task.yaml",
        """
        apiVersion: tekton.dev/v1
        kind: Task
        metadata: {name: b}
        spec:
          steps:
          - {name: k, image: gcr.io/kaniko-project/executor, args: ['--context=svc', '--destination=ghcr.io/o/api:1']}
        """,
        "task.yaml#job:b/step:k",
    ),
    "a make target": ("Makefile", "IMG ?= ghcr.io/o/api\nimage:\n\tdocker build -t ${IMG}:1 svc\n", "Makefile#target:image"),
    "compose": (
        "compose.yaml",
        "services:\n  x:\n    build: ./svc\n    image: ghcr.io/o/api\n",
        "compose.yaml#service:x",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(BUILDERS))
def test_a_manifest_leads_to_who_builds_its_image_and_to_what_the_image_starts(case: str) -> None:
    path, text, builder = BUILDERS[case]
    files = {**FILES, path: text, "k8s/api.yaml": MANIFEST % "registry.example/o/api:1"}
    assert (builder, USER) in linked(files, "build")
    reached = started(files, Node("k8s/api.yaml"))
    assert "svc/serve.py" in reached
    assert "other/other.py" not in reached


def test_who_builds_an_image_is_not_started_by_who_uses_it() -> None:
    files = {**FILES, WORKFLOW: BUILDERS["docker build"][1], "k8s/api.yaml": MANIFEST % "ghcr.io/o/api:1"}
    assert not any(each.startswith(WORKFLOW) for each in started(files, Node("k8s/api.yaml")))


def test_of_images_with_one_last_part_the_one_that_agrees_in_most_is_meant() -> None:
    built = steps("run: docker build -t ghcr.io/blue/api svc", "run: docker build -t ghcr.io/green/api other")
    files = {**FILES, WORKFLOW: built, "k8s/api.yaml": MANIFEST % "mirror.example/green/api:2"}
    assert linked(files, "image") == {(USER, "other/Dockerfile")}


def test_the_tag_decides_where_the_name_does_not() -> None:
    built = steps("run: docker build -t churn:train other", "run: docker build -t churn:serve svc")
    files = {**FILES, WORKFLOW: built, "k8s/api.yaml": MANIFEST % "churn:serve"}
    assert linked(files, "image") == {(USER, "svc/Dockerfile")}


def test_an_image_that_nobody_builds_here_has_no_builder() -> None:
    files = {**FILES, WORKFLOW: BUILDERS["docker build"][1], "k8s/api.yaml": MANIFEST % "ghcr.io/o/apiserver:1"}
    assert not [each for each in links_of(files) if each.kind in ("image", "build")]


def test_a_build_by_hand_counts_where_nothing_else_builds_the_image() -> None:
    document = "# Build\n\n```sh\ndocker build -t ghcr.io/o/api other\n```\n"
    alone = {**FILES, "README.md": document, "k8s/api.yaml": MANIFEST % "ghcr.io/o/api"}
    assert linked(alone, "image") == {(USER, "other/Dockerfile")}
    beside = {**alone, WORKFLOW: BUILDERS["docker build"][1]}
    assert linked(beside, "image") == {(USER, "svc/Dockerfile")}


def test_baking_starts_the_targets_that_are_named() -> None:
    bake = """
        group "default" { targets = ["api"] }
        target "api" { context = "svc" }
        target "other" { context = "other" }
        """
    for command in ("docker buildx bake", "docker buildx bake -f docker-bake.hcl api"):
        reached = started({**FILES, WORKFLOW: running(command), "docker-bake.hcl": bake})
        assert "svc/serve.py" in reached
        assert "other/other.py" not in reached
    action = steps("{uses: docker/bake-action@v5, with: {targets: other}}")
    assert "other/other.py" in started({**FILES, WORKFLOW: action, "docker-bake.hcl": bake})


def test_commands_that_only_speak_of_a_service_of_the_same_name_use_no_image() -> None:
    files = {**FILES, WORKFLOW: BUILDERS["docker build"][1]}
    for command in ("docker compose logs api", "kubectl logs deployment/api", "helm upgrade api ./chart"):
        assert not linked({**files, "run.sh": f"{command}\n"}, "image", "build")
    for command in (
        "docker run o/api",
        "kubectl set image deployment/x c=o/api:2",
        "helm upgrade x ./c --set image=o/api",
    ):
        assert linked({**files, "run.sh": f"{command}\n"}, "image") == {("run.sh", "svc/Dockerfile")}
