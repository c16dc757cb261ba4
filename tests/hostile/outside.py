"""Nothing outside is read, and nothing is written into the tree: links, `..`, addresses of files, Git's own pointers."""

import os
import shutil

from hostile.case import INCOMPLETE, USAGE, Cases, Expected, Field

CASES = Cases("outside")


@CASES.each(
    "a link",
    {
        "to a file": ("secrets.yaml", "canary.yml"),
        "as a workflow": (".github/workflows/x.yml", "canary.yml"),
        "as requirements": ("requirements-dev.txt", "requirements.txt"),
        "as code": ("evil.py", "canary.py"),
        "as a Makefile": ("Makefile", "canary.mk"),
        "to a folder": ("src", "."),
        "to a folder of workflows": (".gitlab", "."),
        "as a pipeline": ("dvc.yaml", "dvc.yaml"),
        "to nothing": ("Dockerfile", "nothing/at/all"),
    },
)
def _(field: Field, told: tuple[str, str]) -> None:
    path, target = told
    field.commit()
    field.link(path, field.outside / target)
    field.link(f"below/{path}", f"{'../' * (path.count('/') + 2)}outside/{target}")


@CASES.case("links that Git tracks, and links to the root of the system")
def _(field: Field) -> None:
    for number, target in enumerate(("/", "/etc", "/proc/self/environ", "/dev/zero", field.outside / "canary.yml")):
        field.link(f".github/workflows/{number}.yml", target)
    field.commit()


@CASES.case("links in a circle, to themselves and to the tree")
def _(field: Field) -> None:
    field.link("me.yml", "me.yml")
    field.link("a.py", "b.py")
    field.link("b.py", "a.py")
    field.link("all", ".")
    field.link("deep/up", "../..")


@CASES.case("a file that became a link after it was committed")
def _(field: Field) -> Expected:
    field.commit()
    field.link("train.py", field.outside / "canary.py")
    return Expected(INCOMPLETE, said=("train.py:",))


@CASES.case("a folder that became a link after it was committed")
def _(field: Field) -> Expected:
    field.write("src/canary.py", "x = 1\n")
    field.commit()
    shutil.rmtree(field.root / "src")
    field.link("src", field.outside)
    return Expected(INCOMPLETE, said=("src/canary.py: lies behind a symbolic link",))


#: Everything in which one file names another, and how it would name one outside.
_REFERENCES = {
    "GitLab": (".gitlab-ci.yml", "include:\n  - local: {up}/canary.yml\n  - {abs}/canary.yml\nx:\n  extends: {up}/canary.yml\n  script: [a]\n"),
    "GitHub": (".github/workflows/y.yml", "on: push\njobs:\n  a:\n    uses: ./{up}/canary.yml\n  b:\n    steps:\n    - uses: {up}\n    - run: python {abs}/canary.py\n"),
    "Azure": ("azure-pipelines.yml", "extends:\n  template: {up}/canary.yml\nsteps:\n- template: {abs}/canary.yml\n"),
    "requirements": ("requirements-x.txt", "-r {up}/requirements.txt\n-c {abs}/requirements.txt\n-r file://{abs}/requirements.txt\n-e {up}\n"),
    "pyproject": ("pyproject.toml", '[tool.ruff]\nextend = "{up}/canary.yml"\n[tool.uv.sources]\nx = {{path = "{up}"}}\n[project]\nname = "a"\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\ndependencies = {{file = ["{up}/requirements.txt"]}}\n'),
    "tox": ("tox.ini", "[testenv]\ndeps = -r {up}/requirements.txt\n    -c{abs}/requirements.txt\n"),
    "setup.cfg": ("setup.cfg", "[options]\ninstall_requires = file: {up}/requirements.txt\n"),
    "conda": ("environment.yml", "dependencies:\n- pip:\n  - -r {up}/requirements.txt\n"),
    "Makefile": ("Makefile", "include {up}/canary.mk\n-include {abs}/canary.mk\nall:\n\tmake -C {up} -f canary.mk\n\t. {abs}/canary.txt\n"),
    "YAML include": ("config/params.yaml", "a: !include {abs}/canary.yml\nb: !include {up}/canary.yml\ndefaults:\n- {up}/canary\n<<: !inc {abs}/canary.yml\n"),
    "XML entity": ("pom.xml", '<?xml version="1.0"?><!DOCTYPE p [<!ENTITY x SYSTEM "file://{abs}/canary.txt"><!ENTITY % y SYSTEM "{abs}/canary.txt">%y;]>\n<project><dependency><groupId>&x;</groupId><artifactId>a</artifactId></dependency></project>\n'),
    "kustomize": ("kustomization.yaml", "bases: [{up}, {abs}]\nresources: [{up}/kustomization.yaml]\npatches:\n- path: {abs}/canary.yml\n"),
    "DVC": ("dvc.yaml", "vars: [{up}/canary.yml]\nstages:\n  a:\n    wdir: {up}\n    cmd: python canary.py\n    deps: [{up}/canary.txt, {abs}/canary.txt]\n    params: [{up}/canary.yml: [a]]\n"),
    "DVC lock": ("dvc.lock", "schema: '2.0'\nstages:\n  a:\n    cmd: x\n    deps:\n    - path: {up}/canary.txt\n      md5: 0123456789abcdef0123456789abcdef\n    - path: {abs}/canary.txt\n      md5: 0123456789abcdef0123456789abcdef\n    params:\n      {up}/canary.yml:\n        CANARY: 1\n"),
    "Compose": ("docker-compose.yml", "include: [{up}/canary.yml]\nservices:\n  a:\n    extends: {{file: {up}/canary.yml, service: a}}\n    env_file: {abs}/canary.txt\n    build: {up}\n    volumes: ['{abs}:/x']\n"),
    "Dockerfile": ("Dockerfile", "FROM python:3\nCOPY {up}/canary.txt /x\nCOPY {abs}/canary.py /y\nRUN pip install -r {up}/requirements.txt\nCMD python {abs}/canary.py\n"),
    "shell": ("run.sh", ". {up}/canary.txt\nsource {abs}/canary.txt\ncd {up} && python canary.py\nbash {abs}/program\n"),
    "Terraform": ("main.tf", 'module "m" {{\n  source = "{up}"\n}}\nlocals {{\n  x = file("{abs}/canary.txt")\n}}\n'),
    "package.json": ("package.json", '{{"dependencies": {{"a": "file:{up}", "b": "file://{abs}"}}, "scripts": {{"x": "node {abs}/canary.py"}}}}'),
    "Helm": ("chart/Chart.yaml", "apiVersion: v2\nname: a\ndependencies:\n- name: b\n  repository: file://{abs}\n"),
    "Prometheus": ("prometheus.yml", "rule_files: ['{up}/*.yml', '{abs}/canary.yml']\nscrape_configs: []\n"),
    "MLproject": ("MLproject", "name: a\nconda_env: {up}/canary.yml\nentry_points:\n  main:\n    command: python {up}/canary.py\n"),
    "Jenkins": ("Jenkinsfile", "load '{up}/canary.txt'\nlibrary 'x'\npipeline {{ stages {{ stage('a') {{ steps {{ sh 'sh {abs}/program' }} }} }} }}\n"),
    "Python": ("go.py", "import runpy, subprocess\nrunpy.run_path('{abs}/canary.py')\nsubprocess.run(['python', '{up}/canary.py'])\nopen('{abs}/canary.txt').read()\nfrom {dots} import canary\n"),
    "notebook": ("n.ipynb", '{{"cells": [{{"cell_type": "code", "source": ["%run {abs}/canary.py\\n", "!pip install -r {up}/requirements.txt"]}}], "nbformat": 4}}'),
}  # fmt: skip


@CASES.each("a reference that leads out of the tree", _REFERENCES)
def _(field: Field, told: tuple[str, str]) -> None:
    path, text = told
    up = "../" * (path.count("/") + 1) + "outside"
    field.write(path, text.format(up=up, abs=field.outside, dots="." * 4))
    field.commit()


@CASES.case("all of these references at once, and links to where they lead")
def _(field: Field) -> None:
    for path, text in _REFERENCES.values():
        field.write(path, text.format(up="linked", abs=field.outside, dots="."))
    field.link("linked", field.outside)
    field.commit()


@CASES.each(
    "a `.git` file",
    {
        "that names another repository": "gitdir: {outside}/other/.git\n",
        "that names a file": "gitdir: {outside}/canary.txt\n",
        "of anything": "CANARY\0\xff\n",
        "that is empty": "",
        "that names a device": "gitdir: /dev/zero\n",
        "that names itself": "gitdir: .git\n",
        "that is too long": "gitdir: " + "x/" * 5000,
    },
)
def _(field: Field, text: str) -> Expected:
    (field.outside / "other").mkdir()
    field.write_outside("other/other.py", "import tensorflow\n")
    field.commit(folder=field.outside / "other")
    field.write(".git", text.format(outside=field.outside))
    return Expected(said=("not known",), unsaid=("other.py",))


@CASES.each("a link in the Git directory", {name: name for name in (
    "HEAD", "index", "config", "objects", "refs", "refs/heads", "refs/heads/main", "packed-refs", "info/exclude", "shallow",
    "objects/info/alternates", "objects/pack", "commondir", "logs",
)})  # fmt: skip
def _(field: Field, name: str) -> None:
    field.commit()
    place = field.root / ".git" / name
    if place.is_dir():
        shutil.rmtree(place)
        place.symlink_to(field.outside)
    else:
        field.link(f".git/{name}", field.outside / "canary.txt")


@CASES.case("objects that are borrowed from another repository")
def _(field: Field) -> Expected:
    (field.outside / "other").mkdir()
    field.commit(folder=field.outside / "other")
    field.commit()
    field.write(".git/objects/info/alternates", f"{field.outside}/other/.git/objects\n")
    return Expected(said=("borrows its objects",))


@CASES.case("a Git directory among the files that shares one outside")
def _(field: Field) -> Expected:
    (field.outside / "other").mkdir()
    field.commit(folder=field.outside / "other")
    field.write("data/HEAD", "ref: refs/heads/main\n")
    field.write("data/commondir", f"{field.outside}/other/.git\n")
    field.write(".git", "gitdir: data\n")
    return Expected(said=("shares the data of one outside",))


@CASES.each(
    "an index that lists",
    {
        "what is above": "../outside/canary.py",
        "what is anywhere": "/outside/canary.py",
        "the Git directory": ".git/config.py",
    },
)
def _(field: Field, name: str) -> Expected:
    stand_in = ("x" * len(name.encode())).replace("xxx", "xxx")
    field.write(stand_in, "import mlflow\n")
    field.commit()
    index = (field.root / ".git/index").read_bytes()
    assert index.count(stand_in.encode()) == 1
    (field.root / ".git/index").write_bytes(_signed(index.replace(stand_in.encode(), name.encode())))
    (field.root / stand_in).unlink()
    return Expected()


def _signed(index: bytes) -> bytes:
    """An index ends with a hash of what stands before."""
    from hashlib import sha1

    return index[:-20] + sha1(index[:-20]).digest()


@CASES.each(
    "a configuration of the tree that names what is outside",
    {
        "detectors": 'detectors = ["../outside/detector"]\n',
        "detectors, by the whole path": 'detectors = ["{outside}/detector"]\n',
        "detectors, through a link": 'detectors = ["linked/detector"]\n',
        "a detector that is a link": 'detectors = ["own"]\n',
        "a model": 'model = "../outside/model.toml"\n',
        "a model, through a link": 'model = "linked/model.toml"\n',
        "a model that is a link": 'model = "own.toml"\n',
    },
)
def _(field: Field, text: str) -> Expected:
    field.link("linked", field.outside)
    field.link("own/acme.toml", field.outside / "detector/acme.toml")
    field.link("own.toml", field.outside / ".mlops-scan.toml")
    field.write(".mlops-scan.toml", text.format(outside=field.outside))
    return Expected(USAGE, said=("outside of the scanned tree",), reports=False)


@CASES.each("a configuration that is a link", {"of our own": ".mlops-scan.toml", "of everybody": "pyproject.toml"})
def _(field: Field, name: str) -> Expected:
    field.link(name, field.outside / ".mlops-scan.toml")
    is_ours = name.startswith(".")
    return Expected(USAGE if is_ours else 0, reports=not is_ours)


@CASES.case("a report whose name is a link of the tree")
def _(field: Field) -> Expected:
    field.link("report.json", field.outside / "canary.txt")
    field.arguments = ["scan", ".", "--no-cache", "--format", "json=report.json"]
    return Expected(USAGE, said=("is a link",), reports=False)


@CASES.case("a report in a folder that is a link of the tree")
def _(field: Field) -> Expected:
    field.link("reports", field.outside)
    field.arguments = ["scan", ".", "--no-cache", "-o", "reports/new.txt"]
    return Expected(USAGE, said=("lies behind a link of the scanned tree",), reports=False)


@CASES.case("a report under the name of a pipe that waits in the tree")
def _(field: Field) -> Expected:
    os.mkfifo(field.root / "report.json")
    field.arguments = ["scan", ".", "--no-cache", "--format", "json=report.json"]
    return Expected(USAGE, said=("is a link or no file",), reports=False)


@CASES.each("a cache", {"in the tree": "cache", "that is a link": "linked", "behind a link of the tree": "linked/x"})
def _(field: Field, name: str) -> Expected:
    field.link("linked", field.outside)
    field.arguments = ["scan", ".", "--cache-dir", name]
    return Expected(USAGE, said=("--cache-dir",), reports=False)


@CASES.case("a place for temporary files that lies in the tree")
def _(field: Field) -> Expected:
    field.commit()
    field.write("tmp/keep")
    field.environment = {"TMPDIR": str(field.root / "tmp")}
    return Expected(said=("nothing is written there",), untouched=False)


@CASES.case("a submodule whose `.git` file leads out")
def _(field: Field) -> None:
    field.write("sub/a.py", "x = 1\n")
    field.write("sub/.git", f"gitdir: {field.outside}/other/.git\n")
    field.commit()
    field.write(".gitmodules", '[submodule "sub"]\n\tpath = sub\n\turl = ../../outside/other\n')
