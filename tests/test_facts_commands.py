"""What task runners start by a name, what schedules start by the clock, what R scripts do."""

from contextlib import suppress

import pytest

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact, Unit
from mlops_scan.facts import r
from mlops_scan.facts.commands import just, make, schedules, sessions, tables, taskfile, tox
from mlops_scan.facts.source import Reader, Source


def read(reader: Reader, path: str, text: str) -> list:
    return list(reader.read(Source(path, text)))


def found(reader: Reader, path: str, text: str, kind: str = "command") -> list[tuple]:
    facts = [item for item in read(reader, path, text) if isinstance(item, Fact) and item.kind == kind]
    return [(fact.unit, fact.name, fact.line) for fact in facts]


def units(reader: Reader, path: str, text: str) -> list[str]:
    return [item.id for item in read(reader, path, text) if isinstance(item, Unit)]


def target(name: str) -> str:
    return f"target:{name}"


# Makefiles

MAKEFILE = """\
PYTHON ?= python
OUT := models
export STAGE = dev

.PHONY: all train clean
all: train ## the whole
train: data/clean.csv lint
\t@$(PYTHON) -m churn.train --out $(OUT)/model.pkl
\t-rm -rf tmp && \\
\t\techo done
data/clean.csv: data/raw.csv ; python clean.py $< $@
lint:
\tcd src && ruff check .
\tmypy
clean:
\t$(MAKE) -C docs clean
"""


def test_a_makefile_is_targets_in_their_order_with_commands():
    assert units(make.makefile, "Makefile", MAKEFILE) == [
        target(name) for name in ("all", "train", "data/clean.csv", "lint", "clean")
    ]
    assert found(make.makefile, "Makefile", MAKEFILE) == [
        (target("train"), "python -m churn.train --out models/model.pkl", 8),
        (target("train"), "rm -rf tmp", 9),
        (target("train"), "echo done", 9),
        (target("data/clean.csv"), "python clean.py data/raw.csv data/clean.csv", 11),
        (target("lint"), "ruff check .", 13),
        (target("lint"), "mypy", 14),
        (target("clean"), "make -C docs clean", 16),
    ]


def test_prerequisites_are_targets_or_files():
    assert found(make.makefile, "Makefile", MAKEFILE, "needs") == [
        (target("all"), "#target:train", 6),
        (target("train"), "#target:data/clean.csv", 7),
        (target("train"), "#target:lint", 7),
    ]
    assert found(make.makefile, "Makefile", MAKEFILE, "reads") == [(target("data/clean.csv"), "data/raw.csv", 11)]
    assert found(make.makefile, "Makefile", MAKEFILE, "writes") == [(target("data/clean.csv"), "data/clean.csv", 11)]


def test_a_dash_before_a_recipe_forgives_its_failure_and_an_at_does_not():
    assert found(make.makefile, "Makefile", MAKEFILE, "allowed-to-fail") == [(target("train"), "-", 9)]


def test_each_line_of_a_recipe_starts_in_the_folder_of_the_makefile():
    commands = [
        item
        for item in read(make.makefile, "svc/Makefile", MAKEFILE)
        if isinstance(item, Fact) and item.kind == "command"
    ]
    assert {fact.name: fact.value for fact in commands if fact.unit == target("lint")} == {
        "ruff check .": "svc/src",
        "mypy": "svc",
    }


def test_what_only_make_can_compute_names_no_target():
    text = "PARTS=$(shell for l in $$(ls parts | grep -v md); do echo parts/$$l; done)\nall: $(PARTS) build\nbuild:\n\techo\n"
    assert found(make.makefile, "Makefile", text, "needs") == [(target("all"), "#target:build", 2)]


def test_variables_of_a_makefile():
    text = (
        "A = one\nA += two\nifeq ($(X),1)\nA = three\nendif\n"
        "loud: export STAGE = prod\nloud: B = $(A)!\n"
        "loud:\n\techo $(A) ${B} $$HOME $(shell date +%s) $(UNSET)\n"
    )
    assert found(make.makefile, "Makefile", text) == [
        (target("loud"), "echo one two one two! $HOME ${shell} ${UNSET}", 9)
    ]
    assert found(make.makefile, "Makefile", text, "env") == [(target("loud"), "STAGE", 6)]


def test_a_prerequisite_that_only_make_could_name_needs_nothing():
    text = "run: $(MODEL_PATH) lint\n\tls\nlint:\n\tmypy\n"
    assert found(make.makefile, "Makefile", text, "needs") == [(target("run"), "#target:lint", 1)]


def test_a_named_default_goal_comes_first():
    assert units(make.makefile, "Makefile", ".DEFAULT_GOAL := b\na:\n\techo a\nb:\n\techo b\n") == [
        target("b"),
        target("a"),
    ]


def test_makefiles_include_others_and_keep_defines_to_themselves():
    text = "include mk/docker.mk  other.mk\n-include .env\ndefine script\nrm -rf /\nendef\nx:\n\tls\n"
    assert [name for _, name, _ in found(make.makefile, "Makefile", text, "includes")] == [
        "mk/docker.mk",
        "other.mk",
        ".env",
    ]
    assert found(make.makefile, "Makefile", text) == [(target("x"), "ls", 7)]


def test_variables_that_double_themselves_stay_small():
    text = "\n".join(f"A{n} = $(A{n + 1})$(A{n + 1})" for n in range(40)) + "\nA40 = x\nx:\n\techo $(A0)\n"
    assert len(found(make.makefile, "Makefile", text)[0][1]) <= 10_000


# Other runners


def test_a_justfile():
    text = """\
image := "churn"
export MODE := 'fast'
set working-directory := "app"

# train it
train epochs="5:6" *args: (fetch "raw") && report
    -rm -rf out
    @python train.py --epochs {{epochs}} {{ image }}

fetch name:
    #!/usr/bin/env bash
    cd data
    dvc pull {{name}}

report:
    #!/usr/bin/env python
    import os
alias t := train
"""
    assert units(just.justfile, "justfile", text) == [target("train"), target("fetch"), target("report"), target("t")]
    assert found(just.justfile, "justfile", text) == [
        (target("train"), "rm -rf out", 7),
        (target("train"), "python train.py --epochs ${epochs} churn", 8),
        (target("fetch"), "dvc pull ${name}", 13),
    ]
    assert found(just.justfile, "justfile", text, "needs") == [
        (target("train"), "#target:fetch", 6),
        (target("train"), "#target:report", 6),
        (target("t"), "#target:train", 18),
    ]
    assert found(just.justfile, "justfile", text, "allowed-to-fail") == [(target("train"), "-", 7)]


def test_a_taskfile():
    text = """\
version: '3'
includes:
  docs: ./docs
vars:
  OUT: models
tasks:
  train:
    deps: [fetch, {task: "docs:build"}]
    dir: ml
    cmds:
      - python train.py {{.OUT}} {{.CLI_ARGS}}
      - task: default
      - cmd: ruff check
        ignore_error: true
      - |
        cd sub
        dvc repro
  fetch: dvc pull
  default:
    cmds: [echo hi]
"""
    assert units(taskfile.taskfile, "Taskfile.yml", text) == [target("default"), target("train"), target("fetch")]
    assert found(taskfile.taskfile, "Taskfile.yml", text) == [
        (target("default"), "echo hi", 20),
        (target("train"), "task docs:build", 8),
        (target("train"), "python train.py models ${CLI_ARGS}", 11),
        (target("train"), "ruff check", 13),
        (target("train"), "dvc repro", 17),
        (target("fetch"), "dvc pull", 18),
    ]
    assert found(taskfile.taskfile, "Taskfile.yml", text, "needs") == [
        (target("train"), "#target:fetch", 8),
        (target("train"), "#target:default", 12),
    ]
    assert found(taskfile.taskfile, "Taskfile.yml", text, "allowed-to-fail") == [(target("train"), "ignore_error", 13)]
    assert found(taskfile.taskfile, "Taskfile.yml", text, "includes") == [("", "./docs", 3)]


def test_tasks_of_pyproject():
    text = """\
[tool.poe.tasks]
black = "black ."
format = "black --check ."
train = {cmd = "python train.py", cwd = "ml"}
serve = {script = "churn.serve:main(port=1)"}
all = ["black", {ref = "train"}, {shell = "dvc push"}]
[tool.pdm.scripts]
_.env_file = ".env"
lint = {cmd = ["ruff", "check", "my dir"]}
both = {composite = ["lint", "mypy src"]}
[tool.hatch.envs.test.scripts]
unit = ["pytest {args}", "cov"]
cov = "coverage xml"
"""
    assert found(tables.pyproject, "pyproject.toml", text) == [
        (target("black"), "black .", 2),
        (target("format"), "black --check .", 3),
        (target("train"), "python train.py", 4),
        (target("serve"), "python -m churn.serve", 5),
        (target("all"), "dvc push", 6),
        (target("lint"), "ruff check my dir", 9),
        (target("both"), "mypy src", 10),
        (target("test:unit"), "pytest {args}", 12),
        (target("test:cov"), "coverage xml", 13),
    ]
    assert [(unit, name) for unit, name, _ in found(tables.pyproject, "pyproject.toml", text, "needs")] == [
        (target("all"), "#target:black"),
        (target("all"), "#target:train"),
        (target("both"), "#target:lint"),
        (target("test:unit"), "#target:test:cov"),
    ]


def test_a_command_whose_lines_are_written_with_escapes_stands_on_the_line_where_it_is_written():
    text = '[tasks.train]\ndepends = " "\nrun = "make a\\nmake b"'
    assert found(tables.mise, "mise.toml", text) == [("target:train", "make a", 3), ("target:train", "make b", 3)]
    text = 'version: "3"\ntasks: {train: {cmds: ["make a\\nmake b"]}}'
    assert [line for _, _, line in found(taskfile.taskfile, "Taskfile.yml", text)] == [2, 2]
    text = "version: '3'\ntasks:\n  train:\n    cmds:\n    - |\n      make a\n      make b\n"
    assert [line for _, _, line in found(taskfile.taskfile, "Taskfile.yml", text)] == [6, 7]


def test_mise():
    text = '''\
[env]
MODE = "fast"
API_TOKEN = "abc"
[tasks.train]
depends = ["fetch", "check:*"]
dir = "ml"
run = """
dvc repro
dvc push
"""
[tasks]
fetch = "dvc pull"
[tasks.report]
file = "scripts/report.sh"
'''
    assert read(tables.mise, "mise.toml", text) == [
        Fact("env", "MODE", 2, "fast"),
        Fact("env", "API_TOKEN", 3, ""),
        Unit("target", "train", 4),
        Fact("needs", "#target:fetch", 5, unit=target("train")),
        Fact("command", "dvc repro", 8, "ml", target("train")),
        Fact("command", "dvc push", 9, "ml", target("train")),
        Unit("target", "fetch", 12),
        Fact("command", "dvc pull", 12, "", target("fetch")),
        Unit("target", "report", 13),
        Fact("runs-file", "scripts/report.sh", 14, unit=target("report")),
    ]


def test_tasks_of_pixi_that_several_features_define_are_one():
    text = (
        "[tasks]\n"
        'train = "python train.py"\n'
        "[feature.gpu.tasks]\n"
        'train = {cmd = "python gpu.py", depends-on = [{task = "fetch"}]}\n'
    )
    assert units(tables.pixi, "pixi.toml", text) == [target("train")]
    assert [name for _, name, _ in found(tables.pixi, "pixi.toml", text)] == ["python train.py", "python gpu.py"]
    assert found(tables.pixi, "pixi.toml", text, "needs") == [(target("train"), "#target:fetch", 4)]


# tox, Nox, Invoke

TOX = """\
[tox]
envlist = py{310,311}, lint
[testenv]
deps =
    -r{toxinidir}/requirements.txt
    py310: typing-extensions>=4
setenv =
    DB_PASSWORD = {env:DB_PASSWORD:hunter2}
commands =
    python train.py
    pytest \\
        -v {posargs:tests/}
[testenv:lint]
deps = {[testenv]deps}
    ruff==0.4
changedir = src
commands = - ruff check .
[pytest]
addopts = -q
"""


def test_tox_ini():
    assert units(tox.tox_ini, "tox.ini", TOX) == [
        target(name) for name in ("default", "py310", "py311", "lint", "testenv")
    ]
    assert found(tox.tox_ini, "tox.ini", TOX)[:3] == [
        (target("py310"), "python train.py", 10),
        (target("py310"), "pytest -v tests/", 11),
        (target("py311"), "python train.py", 10),
    ]
    assert found(tox.tox_ini, "tox.ini", TOX, "needs") == [
        (target("default"), f"#target:{name}", 2) for name in ("py310", "py311", "lint")
    ]
    assert found(tox.tox_ini, "tox.ini", TOX, "allowed-to-fail") == [(target("lint"), "-", 17)]


def test_what_a_tox_environment_needs_follows_its_factors_and_references():
    assert [(unit, name) for unit, name, _ in found(tox.tox_ini, "tox.ini", TOX, "dependency")] == [
        (target("py310"), "typing-extensions"),
        (target("lint"), "ruff"),
        (target("testenv"), "typing-extensions"),
    ]
    assert {
        fact.value for fact in read(tox.tox_ini, "tox.ini", TOX) if isinstance(fact, Fact) and fact.kind == "env"
    } == {""}


def test_tox_in_pyproject():
    text = """\
[tool.tox]
env_list = ["3.12", "docs"]
[tool.tox.env_run_base]
commands = [["pytest", "-k", "not slow", {replace = "posargs", default = ["tests"], extend = true}]]
[tool.tox.env.docs]
deps = ["sphinx"]
commands = [["make", "html"]]
"""
    assert found(tox.pyproject, "pyproject.toml", text) == [
        (target("3.12"), "pytest -k not slow tests", 4),
        (target("docs"), "make html", 7),
        (target("testenv"), "pytest -k not slow tests", 4),
    ]
    old = '[tool.tox]\nlegacy_tox_ini = """\n[testenv]\ncommands = pytest\n"""\n'
    assert found(tox.pyproject, "pyproject.toml", old) == [(target("testenv"), "pytest", 4)]


def test_nox_sessions():
    text = """\
import nox
nox.options.sessions = ["tests"]
REQS = "requirements.txt"

@nox.session(python=["3.11"])
def tests(session):
    session.install("-r", REQS)
    session.install("pytest", "mlflow>=2")
    if session.posargs:
        session.chdir("ml")
    session.run("pytest", "-m", "not slow", *session.posargs)
    session.run("mypy", success_codes=[0, 1])

@nox.session(name="build-docs")
def docs(session):
    helper("not run")

def helper(x):
    other.run("nothing")
"""
    assert units(sessions.noxfile, "noxfile.py", text) == [target("default"), target("tests"), target("build-docs")]
    assert found(sessions.noxfile, "noxfile.py", text, "needs") == [(target("default"), "#target:tests", 6)]
    assert found(sessions.noxfile, "noxfile.py", text) == [
        (target("tests"), "pip install -r requirements.txt", 7),
        (target("tests"), "pip install pytest mlflow>=2", 8),
        (target("tests"), "pytest -m not slow", 11),
        (target("tests"), "mypy", 12),
    ]
    assert [name for _, name, _ in found(sessions.noxfile, "noxfile.py", text, "dependency")] == ["pytest", "mlflow"]
    assert found(sessions.noxfile, "noxfile.py", text, "allowed-to-fail") == [(target("tests"), "success_codes", 12)]


def test_tasks_of_invoke():
    text = """\
from invoke import task

@task
def clean_up(c):
    c.run("rm -rf out", warn=True)

@task(pre=[clean_up])
def train(c, size=1):
    with c.cd("ml"):
        c.run(f"python train.py --size {size} && dvc push")
    c.run("echo done")
"""
    commands = [
        item for item in read(sessions.invoke, "tasks.py", text) if isinstance(item, Fact) and item.kind == "command"
    ]
    assert [(fact.unit, fact.name, fact.value) for fact in commands] == [
        (target("clean-up"), "rm -rf out", ""),
        (target("train"), "python train.py --size ${size}", "ml"),
        (target("train"), "dvc push", "ml"),
        (target("train"), "echo done", ""),
    ]
    assert found(sessions.invoke, "tasks.py", text, "needs") == [(target("train"), "#target:clean-up", 7)]
    assert found(sessions.invoke, "tasks.py", text, "allowed-to-fail") == [(target("clean-up"), "warn", 5)]


def test_tasks_of_a_queue_are_none_of_invoke():
    text = 'from celery import Celery\n# invoke it\napp = Celery()\n@app.task\ndef train(c):\n    c.run("x")\n'
    assert read(sessions.invoke, "app/tasks.py", text) == []


# Schedules


def test_a_crontab():
    text = (
        "# nightly\n"
        "MAILTO=me@example.org\n"
        "0 3 * * 1-5 cd /app && python retrain.py >> log\n"
        "@daily dvc pull\n"
        "not a line\n"
    )
    assert read(schedules.crontab, "ops/crontab", text)[1:] == [
        Unit("trigger", "cron-3", 3),
        Fact("trigger", "schedule", 3, "0 3 * * 1-5", "trigger:cron-3"),
        Fact("command", "python retrain.py >> log", 3, "/app", "trigger:cron-3"),
        Unit("trigger", "cron-4", 4),
        Fact("trigger", "schedule", 4, "@daily", "trigger:cron-4"),
        Fact("command", "dvc pull", 4, "", "trigger:cron-4"),
    ]


def test_a_crontab_of_the_system_names_a_user():
    assert found(schedules.crontab, "deploy/cron.d/retrain", "0 3 * * * mlops python retrain.py\n") == [
        ("trigger:cron-1", "python retrain.py", 1)
    ]


def test_systemd_units():
    timer = "[Unit]\nDescription=x\n[Timer]\nOnCalendar=daily\nPersistent=true\n"
    service = "[Service]\nWorkingDirectory=/app\nExecStart=/usr/bin/python retrain.py\n"
    assert read(schedules.timer, "ops/retrain.timer", timer) == [
        Unit("trigger", "retrain.timer", 3),
        Fact("trigger", "schedule", 4, "daily", "trigger:retrain.timer"),
        Fact("runs-file", "./retrain.service", 3, unit="trigger:retrain.timer"),
    ]
    assert found(schedules.service, "ops/retrain.service", service) == [("service:retrain", "python retrain.py", 3)]
    assert read(schedules.service, "chart/x.service", "type: ClusterIP\n") == []


def test_a_list_of_cron_jobs():
    text = """\
jobs:
  - name: retrain
    schedule: "0 3 * * *"
    command: python retrain.py
  - name: weekly
    when: [{hour: 5, weekday: Monday}]
    target: train-all
  - name: by-hand
    when: []
    command: echo
"""
    assert found(schedules.cron_list, ".cron.yml", text) == [("trigger:retrain", "python retrain.py", 4)]
    assert found(schedules.cron_list, ".cron.yml", text, "starts") == [("trigger:weekly", "train-all", 7)]
    assert len(units(schedules.cron_list, ".cron.yml", text)) == 2


def test_a_manifest_about_cron_is_no_list_of_jobs():
    text = "kind: CronJob\nspec:\n  schedule: '0 3 * * *'\n  jobTemplate: {}\n"
    assert read(schedules.cron_list, "k8s/cronjob-train.yaml", text) == []


# R

R = """\
library(targets) # library(no)
suppressMessages(require("arrow"))
source(here::here("R", "helpers.R"))
path <- "data/raw.csv"
raw <- read.csv(path, header = TRUE)
x <- tune::tune_bayes(grid, resamples)
note <- "xgboost::no(1)" # dplyr::no(1)
write_parquet(raw, "out/clean.parquet")
saveRDS(
  x,
  file.path("models", "x.rds")
)
key <- Sys.getenv("AWS_REGION")
system("dvc push && echo ok")
install.packages(c("glmnet", "ranger"))
purrr::walk(list.files("R/", full.names = TRUE), source)
"""


RETICULATE = """library(reticulate)
vertex <- import("google.cloud.aiplatform")
np = reticulate::import('numpy', convert = FALSE)
model <- vertex$Model$upload(display_name = "m")
model$deploy(machine_type = "n1")
x$vertex$init()
"""


def test_what_r_takes_from_python_is_named_as_in_python():
    assert found(r.script, "deploy.R", RETICULATE, "import") == [
        ("", "r:reticulate", 1),
        ("", "google.cloud.aiplatform", 2),
        ("", "numpy", 3),
    ]
    calls = [each for each in found(r.script, "deploy.R", RETICULATE, "call") if "." in each[1]]
    assert calls == [("", "r:reticulate.import", 3), ("", "google.cloud.aiplatform.Model.upload", 4)]


def test_an_r_script():
    script = read(r.script, "pipeline/train.R", R)
    assert script[0] == Unit("script", "train.R", 1)
    names = {
        kind: [(fact.name, fact.line) for fact in script[1:] if fact.kind == kind] for kind in ("import", "dependency")
    }
    assert {("r:targets", 1), ("r:arrow", 2), ("r:tune", 6)} <= set(names["import"])
    assert ("r:no", 1) not in names["import"]
    assert names["dependency"] == [("r:glmnet", 15), ("r:ranger", 15)]
    assert found(r.script, "pipeline/train.R", R, "runs-file") == [("", "R/helpers.R", 3), ("", "R/*.R", 16)]
    assert found(r.script, "pipeline/train.R", R, "reads") == [("", "data/raw.csv", 5)]
    assert found(r.script, "pipeline/train.R", R, "writes") == [("", "out/clean.parquet", 8), ("", "models/x.rds", 9)]
    assert found(r.script, "pipeline/train.R", R, "env") == [("", "AWS_REGION", 13)]
    assert [name for _, name, _ in found(r.script, "pipeline/train.R", R)] == ["dvc push", "echo ok"]


def test_an_r_call_goes_by_its_function_and_by_its_package():
    calls = {name for _, name, _ in found(r.script, "a.R", R, "call")}
    assert {"r:tune.tune_bayes", "r:tune_bayes", "r:read.csv"} <= calls
    assert not calls & {"r:library", "r:c", "r:dplyr.no"}


def test_only_the_r_chunks_of_a_document_count():
    text = (
        "We use library(prose).\n"
        "\n"
        "```{python}\n"
        "library(python)\n"
        "```\n"
        "\n"
        "```{r setup, echo=FALSE}\n"
        "library(knitr)\n"
        "```\n"
        "library(more)\n"
    )
    assert found(r.script, "report.Rmd", text, "import") == [("", "r:knitr", 8)]
    assert read(r.script, "empty.qmd", "library(prose)\n") == []


# All

READERS = [
    (make.makefile, "Makefile"), (just.justfile, "justfile"), (taskfile.taskfile, "Taskfile.yml"),
    (tables.pyproject, "pyproject.toml"), (tables.mise, "mise.toml"), (tox.tox_ini, "tox.ini"),
    (tox.tox_toml, "tox.toml"),
    (sessions.noxfile, "noxfile.py"), (sessions.invoke, "tasks.py"), (schedules.crontab, "crontab"),
    (schedules.cron_list, ".cron.yml"), (r.script, "a.R"),
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "a" + " " * 100_000 + "b", "$(" * 50_000, "{{" * 50_000, "read.csv(" + " " * 100_000,
     '"' + '\\"' * 50_000, "(a" * 50_000],
    ids=range(7),
)  # fmt: skip
@pytest.mark.parametrize(("reader", "path"), READERS, ids=lambda value: value if isinstance(value, str) else "")
def test_long_texts_take_no_time(reader, path, text):
    with suppress(Unreadable):
        assert len(read(reader, path, text)) <= 5
