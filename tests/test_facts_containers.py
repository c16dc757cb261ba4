"""What the readers of container formats find, and what they leave alone."""

import pytest
from endless import ends
from reading import facts, names, read
from soundness import checked

from mlops_scan.evidence import Fact
from mlops_scan.facts.containers.blubber import blubber
from mlops_scan.facts.containers.compose import compose
from mlops_scan.facts.containers.development import devcontainer
from mlops_scan.facts.containers.dockerfile import dockerfile
from mlops_scan.facts.containers.images import image, substituted
from mlops_scan.facts.containers.procfile import procfile

# Dockerfiles


def test_a_stage_is_no_image_and_scratch_is_none():
    items = read(dockerfile, "FROM python:3.12 AS build\nFROM build AS test\nFROM scratch\nCOPY --from=build /a /a\n")
    assert [(fact.name, fact.value) for fact in facts(items, "image")] == [("python", "3.12")]
    assert not facts(items, "copies")


def test_an_image_that_is_only_copied_from_or_mounted_is_used():
    text = "FROM debian\nCOPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/\nRUN --mount=from=busybox,target=/b ls /b\n"
    assert names(read(dockerfile, text), "image") == ["debian", "ghcr.io/astral-sh/uv", "busybox"]


def test_arguments_fill_in_the_base_image():
    text = "ARG VERSION=2.0\nARG REGISTRY\nFROM ${REGISTRY:-docker.io}/org/base:$VERSION\n"
    assert facts(read(dockerfile, text), "image") == [Fact("image", "docker.io/org/base", 3, "2.0")]


def test_each_command_of_a_continued_run_has_its_own_line():
    text = 'FROM x\nRUN pip install dvc \\\n    # why\n    mlflow && \\\n    dvc pull \\\n && echo "a && \\\n b"\n'
    commands = facts(read(dockerfile, text), "command")
    assert [(fact.name, fact.line) for fact in commands] == [
        ("pip install dvc mlflow", 2), ("dvc pull", 5), ("echo a &&  b", 6),
    ]  # fmt: skip


def test_flags_of_run_are_no_words_and_options_of_commands_are():
    text = "FROM x\nRUN --mount=type=cache,target=/c \\\n --network=none \\\n pip install \\\n --no-deps a\n"
    assert names(read(dockerfile, text), "command") == ["pip install --no-deps a"]


def test_here_documents_are_commands_only_for_a_shell():
    text = "FROM x\nRUN <<EOF\ndvc pull\nEOF\nRUN python <<EOF\nimport os\nEOF\nCOPY <<EOF /etc/a\nFROM y\nEOF\nCMD a\n"
    items = read(dockerfile, text)
    assert [(fact.name, fact.line) for fact in facts(items, "command")] == [("dvc pull", 3), ("python", 5), ("a", 11)]
    assert names(items, "image") == ["x"]


def test_a_here_document_that_nothing_closes_swallows_nothing():
    assert names(read(dockerfile, "FROM x\nRUN cat <<EOF\nCMD serve\n"), "command", "image:start") == ["serve"]


def test_what_the_container_starts_stands_apart_from_what_builds_it():
    items = read(dockerfile, 'FROM x\nRUN make\nENTRYPOINT ["python"]\nCMD ["serve.py"]\n')
    assert names(items, "command", "") == ["make"]
    assert names(items, "command", "image:start") == ["python serve.py"]


def test_a_shell_that_is_only_the_messenger_is_looked_through():
    items = read(dockerfile, 'FROM x\nCMD ["/bin/bash", "-euo", "pipefail", "-c", "dvc pull && dvc repro"]\n')
    assert names(items, "command", "image:start") == ["dvc pull", "dvc repro"]


def test_a_program_without_a_folder_is_one_of_those_that_were_put_where_programs_are():
    start = 'WORKDIR /app\nCOPY . .\nENTRYPOINT ["start.sh"]\n'
    assert names(read(dockerfile, f"FROM x\nCOPY deploy/start.sh /usr/local/bin/\n{start}"), "runs-file") == [
        "deploy/start.sh"
    ]
    assert names(read(dockerfile, f"FROM x\n{start}"), "runs-file") == []
    assert names(read(dockerfile, "FROM x\n" + start.replace("start", "./start")), "runs-file") == ["start.sh"]


def test_an_entrypoint_is_inherited_from_a_stage_and_an_earlier_stage_waits_to_be_named():
    text = 'FROM x AS base\nENTRYPOINT ["serve"]\nFROM base AS dev\nCMD ["--debug"]\nFROM base\n'
    items = read(dockerfile, text)
    assert names(items, "command", "target:dev") == ["serve --debug"]
    assert names(items, "command", "image:start") == ["serve"]


@pytest.mark.parametrize(
    ("copy", "started", "file"),
    [
        ("COPY . .", "python src/serve.py", "src/serve.py"),
        ("COPY service/ /app", "python serve.py", "service/serve.py"),
        ("COPY infra/serve.py /code/", "python /code/serve.py", "infra/serve.py"),
        ("COPY infra/*.py /code/", "python /code/serve.py", "infra/serve.py"),
        ("COPY ../up/run.sh Makefile ./", "sh run.sh", "up/run.sh"),
    ],
)
def test_a_started_file_is_named_as_the_build_context_has_it(copy: str, started: str, file: str):
    items = read(dockerfile, f"FROM x\nWORKDIR /app\n{copy}\nCMD {started}\n")
    assert names(items, "runs-file", "image:start") == [file]


def test_a_file_of_the_base_image_is_nobodys_file():
    assert not facts(read(dockerfile, "FROM x\nCOPY src /app\nCMD python /opt/serve.py\n"), "runs-file")


def test_the_working_directory_is_the_folder_that_was_copied_there():
    items = read(dockerfile, "FROM x\nCOPY service /app\nWORKDIR /app\nRUN make x\nCMD uvicorn main:app\n")
    assert [fact.value for fact in facts(items, "command")] == ["service", "service"]


def test_sources_of_the_build_context_are_copies_and_addresses_are_read():
    text = 'FROM x\nCOPY ["a b", "/c"]\nADD https://h/x.tgz /t\nRUN --mount=type=bind,source=uv.lock,target=u uv sync\n'
    items = read(dockerfile, text)
    assert [(fact.name, fact.value) for fact in facts(items, "copies")] == [("a b", "/c"), ("uv.lock", "u")]
    assert names(items, "reads") == ["https://h/x.tgz"]


def test_variables_are_set_without_their_secrets():
    items = read(dockerfile, 'FROM x\nENV A=1 B="c d" DB_PASSWORD=x\nENV OLD the rest\nENV U=http://me:pw@h/x\n')
    assert [(fact.name, fact.value) for fact in facts(items, "env")] == [
        ("A", "1"), ("B", "c d"), ("DB_PASSWORD", ""), ("OLD", "the rest"), ("U", "http://h/x"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "# FROM x\n", "from os import path\n", "Dockerfiles\nFROM x\n", "RUN make\n", "FROM"]
)
def test_what_only_bears_the_name_of_a_dockerfile_yields_nothing(text: str):
    assert read(dockerfile, text, "Dockerfile.md") == []


# Images


@pytest.mark.parametrize(
    ("reference", "name", "tag"),
    [
        ("localhost:5000/a/b", "localhost:5000/a/b", ""),
        ("localhost:5000/a/b:1", "localhost:5000/a/b", "1"),
        ("a@sha256:00", "a", "sha256:00"),
        ("a:1@sha256:00", "a", "sha256:00"),
        ("a:{{ .Values.tag }}", "a", ""),
    ],
)
def test_names_and_tags_of_images(reference: str, name: str, tag: str):
    assert [(fact.name, fact.value) for fact in image(reference, 1)] == [(name, tag)]


@pytest.mark.parametrize("reference", ["", "TEMPLATE:1", "{{ .Values.image }}", "true", "two words", "-x"])
def test_what_is_no_image(reference: str):
    assert list(image(reference, 1)) == []


def test_known_variables_are_filled_in_and_others_stay():
    assert substituted("$A-${B:-b}-${C:?no}-${A:+x}", {"A": "1"}) == "1-b-${C}-x"


# All of them

READERS = [dockerfile, compose, devcontainer, procfile, blubber]


@pytest.mark.parametrize(
    "text",
    [
        "FROM x\nRUN " + "a" * 100_000, "FROM x\nRUN " + "a && " * 20_000, "FROM x\n" + "RUN cat <<A\n" * 8000,
        "FROM x\n" + "COPY a /b/\n" * 8000 + "RUN x\n" * 2000, '{"a": ' + '"\\' * 50_000, "/*" * 50_000,
        "FROM " + "${" * 40_000,
        "FROM x\nRUN " + "--a " * 20_000, "a: " * 30_000, "FROM x\nCMD " + "[" * 50_000, "FROM x\nENV " + "a=" * 50_000,
        "FROM x\n" + "RUN \\\n" * 20_000,
    ],
)  # fmt: skip
def test_a_hostile_text_costs_little_time(text: str):
    with ends():
        for reader in READERS:
            checked(reader, "compose.yml", text)
