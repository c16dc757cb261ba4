"""Nothing is executed: no program that a repository names, and no code that it brings along."""

import os
import pickle
import shutil
import subprocess

from hostile.case import INCOMPLETE, PRODUCT, USAGE, Cases, Expected, Field

CASES = Cases("executed")


def configure(field: Field, *settings: str) -> None:
    for setting in settings:
        name, _, value = setting.format(program=field.program, folder=field.outside, root=field.root).partition("=")
        field.git("config", "--add", name, value)


def age(field: Field) -> None:
    """Let Git believe that the files have changed, so that it asks the programs about them."""
    for path in field.root.glob("*.py"):
        os.utime(path, (1, 1))


@CASES.each(
    "a program of .git/config",
    {
        "fsmonitor": ["core.fsmonitor={program}"],
        "fsmonitor of the second kind": ["core.fsmonitor={program}", "core.fsmonitorHookVersion=2"],
        "folder of hooks": ["core.hooksPath={folder}"],
        "pager": ["core.pager={program}", "pager.log={program}", "pager.ls-files={program}"],
        "editor": ["core.editor={program}", "sequence.editor={program}"],
        "ssh": ["core.sshCommand={program}", "ssh.variant=simple"],
        "askpass": ["core.askPass={program}"],
        "credential helper": ["credential.helper=!{program}"],
        "alias": ["alias.log=!{program}", "alias.ls-files=!{program}", "alias.version=!{program}"],
        "external diff": ["diff.external={program}"],
        "proxy": ["core.gitProxy={program}"],
        "alternate refs": ["core.alternateRefsCommand={program}"],
        "object packing": ["uploadpack.packObjectsHook={program}"],
        "include": ["include.path={folder}/included"],
        "include on a condition": [
            "includeIf.gitdir:/.path={folder}/included",
            "includeIf.onbranch:*.path={folder}/included",
        ],
        "address rewriting": ["url.ext::{program}.insteadOf=https://", "protocol.ext.allow=always"],
        "another work tree": ["core.worktree={folder}", "core.fsmonitor={program}"],
        "signing": [
            "gpg.program={program}",
            "gpg.ssh.program={program}",
            "log.showSignature=true",
            "commit.gpgSign=true",
        ],
    },
)
def _(field: Field, settings: list[str]) -> None:
    field.write_outside("included", f"[core]\n\tfsmonitor = {field.program}\n")
    shutil.copy(field.program, field.outside / "post-index-change")
    shutil.copy(field.program, field.outside / "fsmonitor-watchman")
    field.commit()
    configure(field, *settings)
    age(field)


@CASES.each(
    "a driver that attributes choose",
    {
        "clean": ["filter.x.clean={program}", "filter.x.required=true"],
        "smudge": ["filter.x.smudge={program}"],
        "process": ["filter.x.process={program}"],
        "textconv": ["diff.x.textconv={program}"],
        "command": ["diff.x.command={program}"],
        "merge": ["merge.x.driver={program}"],
    },
)
def _(field: Field, settings: list[str]) -> None:
    field.write(".gitattributes", "* filter=x diff=x merge=x\n")
    field.commit()
    field.write(".git/info/attributes", "* filter=x diff=x merge=x\n")
    configure(field, *settings)
    age(field)


@CASES.case("hooks in their usual folder")
def _(field: Field) -> None:
    field.commit()
    for name in ("post-index-change", "fsmonitor-watchman", "pre-auto-gc", "reference-transaction", "post-checkout"):
        shutil.copy(field.program, field.root / ".git/hooks" / name)
    age(field)


@CASES.case("a configuration of the work tree alone")
def _(field: Field) -> None:
    field.commit()
    configure(field, "extensions.worktreeConfig=true")
    field.write(".git/config.worktree", f"[core]\n\tfsmonitor = {field.program}\n\tpager = {field.program}\n")
    age(field)


@CASES.case("a signed commit and a program that checks it")
def _(field: Field) -> None:
    field.commit()
    head, _, body = field.git("cat-file", "commit", "HEAD").partition("\n\n")
    signed = f"{head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----\n\n{body}"
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=field.root,
        input=signed.encode(),
        capture_output=True,
        check=True,
    )
    field.git("update-ref", "HEAD", made.stdout.decode().strip())
    configure(field, "gpg.program={program}", "log.showSignature=true", "format.pretty=format:%G? %GS")


@CASES.case("a promisor remote that fetches what is missing through a program")
def _(field: Field) -> Expected:
    field.commit()
    first = field.git("rev-parse", "HEAD").strip()
    field.commit("second")
    (field.root / ".git/objects" / first[:2] / first[2:]).unlink()
    field.write(".git/config", (field.root / ".git/config").read_text() + (
        f'[remote "origin"]\n\turl = ext::{field.program}\n\tpromisor = true\n\tuploadpack = {field.program}\n'
        "[extensions]\n\tpartialClone = origin\n[protocol \"ext\"]\n\tallow = always\n"
    ))  # fmt: skip
    return Expected(said=("history not known",))


@CASES.case("a submodule with a configuration of its own")
def _(field: Field) -> None:
    field.write("inner/a.py", "x = 1\n")
    field.commit(folder=field.root / "inner")
    field.write(
        ".gitmodules",
        f'[submodule "inner"]\n\tpath = inner\n\turl = ext::{field.program}\n\tupdate = !{field.program}\n',
    )
    field.commit()
    field.git("config", "core.fsmonitor", str(field.program), folder=field.root / "inner")
    configure(field, "submodule.inner.update=!{program}", "submodule.recurse=true", "status.submoduleSummary=true")


@CASES.case("a bare repository that lies among the files")
def _(field: Field) -> None:
    field.commit()
    for name in ("objects", "refs"):
        field.write(f"data/{name}/keep")
    field.write("data/HEAD", "ref: refs/heads/main\n")
    field.write(
        "data/config", f"[core]\n\trepositoryformatversion = 0\n\tworktree = ..\n\tfsmonitor = {field.program}\n"
    )
    field.folder = field.root / "data"
    field.scanned = ".."


@CASES.case("a folder that is itself a Git directory with a program in it")
def _(field: Field) -> Expected:
    for name in ("objects", "refs"):
        field.write(f"{name}/keep")
    field.write("HEAD", "ref: refs/heads/main\n")
    field.write(
        "config",
        f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = {field.program}\n",
    )
    return Expected(INCOMPLETE, said=("is a bare repository",))


@CASES.each(
    "the caller's environment",
    {
        "another repository": {"GIT_DIR": "{outside}/other/.git", "GIT_WORK_TREE": "{outside}/other", "GIT_INDEX_FILE": "x"},
        "its objects": {"GIT_OBJECT_DIRECTORY": "{outside}", "GIT_ALTERNATE_OBJECT_DIRECTORIES": "{outside}"},
        "programs": {
            "GIT_EXTERNAL_DIFF": "{program}", "GIT_SSH_COMMAND": "{program}", "GIT_SSH": "{program}", "GIT_PAGER": "{program}",
            "PAGER": "{program}", "GIT_EDITOR": "{program}", "GIT_ASKPASS": "{program}", "SSH_ASKPASS": "{program}",
            "GIT_PROXY_COMMAND": "{program}", "GIT_PYTHON_GIT_EXECUTABLE": "{program}",
        },
        "settings": {
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": "{program}",
            "GIT_CONFIG_PARAMETERS": "'core.fsmonitor'='{program}'", "GIT_CONFIG": "{outside}/included",
            "GIT_CONFIG_GLOBAL": "{outside}/included", "GIT_CONFIG_SYSTEM": "{outside}/included",
        },
        "traces": {"GIT_TRACE": "{root}/trace", "GIT_TRACE2": "{root}/trace2", "GIT_TRACE_SETUP": "{root}/x", "GIT_PYTHON_TRACE": "full"},
        "the home": {"HOME": "{outside}/home", "XDG_CONFIG_HOME": "{outside}/home"},
        "the programs of Git": {"GIT_EXEC_PATH": "{outside}", "GIT_TEMPLATE_DIR": "{outside}"},
    },
)  # fmt: skip
def _(field: Field, environment: dict[str, str]) -> Expected:
    field.write_outside("included", f"[core]\n\tfsmonitor = {field.program}\n")
    field.write_outside("home/.gitconfig", f"[core]\n\tfsmonitor = {field.program}\n")
    field.write_outside("home/git/config", f"[core]\n\tfsmonitor = {field.program}\n")
    shutil.copy(field.program, field.outside / "git-log")
    (field.outside / "other").mkdir()
    field.write_outside("other/other.py", "import tensorflow\n")
    field.commit(folder=field.outside / "other")
    field.commit()
    words = {"outside": field.outside, "program": field.program, "root": field.root}
    field.environment = {name: value.format(**words) for name, value in environment.items()}
    return Expected(said=(field.git("rev-parse", "HEAD").strip(),), unsaid=("other.py",))


@CASES.each(
    "a program called git in the tree, on the path",
    {"relative": ".", "empty": "", "absolute": "{root}/bin", "a link": "{base}/link"},
)
def _(field: Field, place: str) -> Expected:
    for folder in ("", "bin"):
        (field.root / folder).mkdir(exist_ok=True)
        shutil.copy(field.program, field.root / folder / "git")
    (field.base / "link").symlink_to(field.root / "bin")
    field.commit()
    field.path = [place.format(root=field.root, base=field.base)]
    return Expected(said=(field.git("rev-parse", "HEAD").strip(),))


_LOOK_ALIKES = (
    "yaml.py", "git.py", "click.py", "tomli.py", "jinja2/__init__.py", "networkx/__init__.py", "msgspec/__init__.py",
    "multiprocessing.py", "concurrent/futures/__init__.py", "sqlite3.py", "json.py", "resource.py", "_ctypes.py",
    "sitecustomize.py", "usercustomize.py", "conftest.py", "setup.py", "mlops_scan/__init__.py", "mlops_scan/__main__.py",
    "mlops_scan/cli/__init__.py", "platformdirs.py", "rich/__init__.py", "markupsafe.py", "encodings/__init__.py",
)  # fmt: skip


@CASES.case("modules in the working directory that are called as ours are")
def _(field: Field) -> None:
    for name in _LOOK_ALIKES:
        field.write(name, field.python)
    info = "acme-1.0.dist-info"
    field.write(f"{info}/METADATA", "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    field.write(f"{info}/entry_points.txt", "[mlops_scan.detectors]\nacme = acme\n[console_scripts]\ngit = acme:main\n")
    field.write("acme/__init__.py", field.python)
    field.write("acme.pth", "import acme\n")
    for number in range(8):  # enough for readers in processes of their own
        field.write(f"src/part{number}.py", "import mlflow\n" + f"# {'x' * 70}\n" * 4_500)
    field.commit()
    field.fresh = True


@CASES.case("everything that some other program would run")
def _(field: Field) -> None:
    run = str(field.program)
    for name in (
        "setup.py",
        "conftest.py",
        "noxfile.py",
        "tasks.py",
        "dodo.py",
        "SConstruct",
        "manage.py",
        "wsgi.py",
        ".pythonrc.py",
    ):
        field.write(name, field.python)
    field.write("Makefile", f"X := $(shell {run})\nall:\n\t{run}\n-include x.mk\n")
    field.write("Dockerfile", f"FROM scratch\nRUN {run}\n")
    field.write("Jenkinsfile", f"pipeline {{ agent any\n stages {{ stage('a') {{ steps {{ sh '{run}' }} }} }} }}\n")
    field.write("dvc.yaml", f"stages:\n  a:\n    cmd: {run}\n")
    field.write("package.json", f'{{"scripts": {{"preinstall": "{run}", "test": "{run}"}}}}\n')
    field.write("main.tf", f'data "external" "x" {{\n  program = ["{run}"]\n}}\n')
    field.write(
        "a.ipynb",
        f'{{"cells": [{{"cell_type": "code", "source": ["!{run}\\n", "%run setup.py\\n", "%load_ext x"]}}], "nbformat": 4}}',
    )
    field.write("templates/x.html.j2", "{{ ''.__class__.__mro__[1].__subclasses__() }}{% include '/etc/passwd' %}")
    field.write(
        ".pre-commit-config.yaml",
        f"repos:\n- repo: local\n  hooks:\n  - id: x\n    name: x\n    entry: {run}\n    language: system\n",
    )
    field.write(".envrc", run)
    field.write("environment.yml", f"dependencies:\n- pip:\n  - -e git+ext::{run}\n")
    field.write("requirements-dev.txt", f"-e git+file://{run}\n--index-url file://{run}\n")


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.marker}",)

    def __init__(self, marker: str) -> None:
        self.marker = marker


_LOADED = "model.pkl model.joblib model.pt cache.sqlite mlflow.db metrics.json params.yaml a.ipynb x.npy"


@CASES.case("pickles under every name that somebody would load")
def _(field: Field) -> Expected:
    content = pickle.dumps(_Bomb(str(field.marker)))
    for name in _LOADED.split():
        field.write(name, content)
    field.commit()
    return Expected(INCOMPLETE, said=("a.ipynb: is binary, where a text should stand",))


@CASES.each(
    "a YAML tag",
    {
        "call": "!!python/object/apply:os.system ['touch {marker}']",
        "new": "!!python/object/new:subprocess.Popen [['touch', '{marker}']]",
        "name": "!!python/name:os.system",
        "module": "!!python/module:os",
        "unknown": "!Sub ${{marker}}",
    },
)
def _(field: Field, tag: str) -> None:
    text = tag.format(marker=field.marker)
    for name in (
        ".github/workflows/x.yml",
        "dvc.yaml",
        "params.yaml",
        ".gitlab-ci.yml",
        "k8s/a.yaml",
        "MLproject",
        "mkdocs.yml",
    ):
        field.write(name, f"a: {text}\non: push\njobs:\n  a:\n    steps:\n    - run: {text}\nkind: {text}\n")


@CASES.each(
    "a configuration of the tree that names code",
    {
        "code beside the detectors": ('detectors = ["own"]\n', 0),
        "a plug-in": ('plugins = ["evil"]\n', USAGE),
        "a command": ('command = "touch x"\n', USAGE),
        "a Python model": ('model = "own/evil.py"\n', USAGE),
    },
)
def _(field: Field, told: tuple[str, int]) -> Expected:
    text, code = told
    field.write(".mlops-scan.toml", text)
    field.write("own/evil.py", field.python)
    field.write("own/__init__.py", field.python)
    field.write("own/acme.toml", 'name = "Acme"\nurl = "https://x.example"\n[shows.run-tracked]\nimport = ["mlflow"]\n')
    return Expected(code, reports=code == 0)


@CASES.case("a scan of the product alone, to be sure that the watch sees what there is to see")
def _(field: Field) -> Expected:
    field.commit()
    return Expected(said=(*PRODUCT, field.git("rev-parse", "HEAD").strip()))
