"""What the readers of Compose files, development containers, Procfiles and Blubber find, and what they leave alone."""

import pytest
from reading import facts, names, read, units

from mlops_scan.evidence import Fact
from mlops_scan.facts.containers.blubber import blubber
from mlops_scan.facts.containers.compose import compose
from mlops_scan.facts.containers.development import devcontainer, without_comments
from mlops_scan.facts.containers.procfile import procfile

# Compose

COMPOSE = """\
services:
  api:
    build: {context: services/api, dockerfile: ../Dockerfile}
    image: org/api:${TAG:-dev}
    command: uvicorn app:app
    working_dir: /app
    depends_on: {db: {condition: service_healthy}}
    env_file: [.env, {path: more.env}]
    environment: {MODE: "${MODE:-fast}", API_TOKEN: x}
    volumes: ["./src:/app:ro", "data:/data", {type: bind, source: ../x, target: /x}]
    deploy: {replicas: 2, resources: {limits: {memory: 1G}}}
  train:
    image: ${IMAGE:-org/train:1}
    entrypoint: ["sh", "-c"]
    command: ["dvc pull && python /code/train.py"]
    environment: ["EPOCHS=3"]
    volumes: [".:/code"]
"""


def test_a_built_service_has_its_dockerfile_and_a_pulled_one_its_image():
    items = read(compose, COMPOSE, "docker-compose.yml")
    assert units(items) == ["service:api", "service:train"]
    assert facts(items, "builds") == [Fact("builds", "./services/Dockerfile", 3, "org/api:dev", "service:api")]
    assert [(fact.name, fact.value) for fact in facts(items, "image")] == [("org/train", "1")]


def test_a_service_is_wired_to_files_and_to_other_services():
    items = read(compose, COMPOSE, "docker-compose.yml")
    assert names(items, "needs") == ["#service:db"]
    assert names(items, "reads", "service:api") == ["./.env", "./more.env", "./src", "../x"]
    assert names(items, "runs-file") == ["./train.py"]


def test_commands_of_services_know_their_folder():
    commands = facts(read(compose, COMPOSE, "docker-compose.yml"), "command")
    assert [(fact.name, fact.value) for fact in commands] == [
        ("uvicorn app:app", "src"), ("dvc pull", ""), ("python /code/train.py", ""),
    ]  # fmt: skip


def test_settings_and_variables_of_services():
    items = read(compose, COMPOSE, "docker-compose.yml")
    assert Fact("field", "compose.deploy.resources.limits.memory", 11, "1G", "service:api") in items
    assert [(fact.name, fact.value) for fact in facts(items, "env")] == [
        ("MODE", "fast"), ("API_TOKEN", ""), ("EPOCHS", "3"),
    ]  # fmt: skip


def test_a_merged_service_has_what_it_merges():
    text = "x-common: &c\n  image: org/a:1\nservices:\n  a:\n    <<: *c\n    command: run\n"
    assert names(read(compose, text, "compose.yaml"), "image") == ["org/a"]


def test_a_compose_file_of_another_name_is_known_by_its_services():
    assert units(read(compose, "services:\n  db:\n    image: postgres\n", "deploy/local.yml")) == ["service:db"]


@pytest.mark.parametrize(
    "text",
    [
        "on: push\njobs:\n  a:\n    services:\n      db:\n        image: postgres\n",
        "services:\n  - postgres:15\n",
        "services:\n  a: {image: x}\nsteps: []\n",
        "services:\n  Service1: {class: App}\n",
        "services:\n",
    ],
)
def test_services_of_other_formats_are_not_those_of_compose(text: str):
    assert read(compose, text, "ci.yml") == []


# Development containers, Procfiles, Blubber


def test_a_development_container_is_read_in_spite_of_its_comments():
    text = '{ // with "quotes"\n\t"image": "a/b:1", /* x\n*/ "features": {"ghcr.io/f/python:1": {}},\n'
    text += '"postCreateCommand": {"a": "pip install x", "b": ["make", "y"]}, "url": "http://x",\n}'
    items = read(devcontainer, text, ".devcontainer/devcontainer.json")
    assert facts(items, "action") == [Fact("action", "ghcr.io/f/python", 3, "1")]
    assert names(items, "image") + names(items, "command") == ["a/b", "pip install x", "make y"]


def test_comments_in_strings_stay_and_unclosed_ones_end():
    assert without_comments('"//a" // b\n/* c') == '"//a"  \n '


def test_a_procfile_has_a_service_a_line():
    items = read(procfile, "# x\nweb: gunicorn app:app\nworker: celery -A app worker\n", "app/Procfile")
    assert units(items) == ["service:web", "service:worker"]
    assert facts(items, "command")[0] == Fact("command", "gunicorn app:app", 2, "app", "service:web")


def test_a_text_called_procfile_yields_nothing():
    assert read(procfile, "web: x\nThis is how processes are declared.\n", "Procfile") == []


def test_a_blubber_variant_is_an_image_that_starts_its_entrypoint():
    text = "version: v4\nbase: org/base:1\nlives: {in: /srv}\nvariants:\n  production:\n    copies:\n"
    text += "      - {from: local, source: run.sh, destination: entrypoint.sh}\n      - {from: build, source: /x}\n"
    text += '    entrypoint: ["./entrypoint.sh", "serve"]\n'
    items = read(blubber, text, ".pipeline/blubber.yaml")
    assert names(items, "copies") == ["run.sh"]
    assert names(items, "runs-file", "image:production") == ["run.sh"]


def test_variants_of_other_formats_are_not_those_of_blubber():
    assert read(blubber, "version: 2\nvariants:\n  a: {entrypoint: [x]}\n", "a.yaml") == []
