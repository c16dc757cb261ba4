"""Nothing injected: names and contents of a tree do nothing in any output but stand there, and no secret of it comes out."""

import json
import os
import random

from hostile import planted
from hostile.case import ANY, INCOMPLETE, PRODUCT, USAGE, Cases, Expected, Field

CASES = Cases("injected")

#: Stands behind every planted text: what says it has shown something of the tree.
MARK = "qx7z"
FORMATS = (
    "text", "json", "html", "sarif", "junit", "gitlab", "github", "markdown", "csv", "badge", "shields", "cyclonedx", "dotenv",
)  # fmt: skip
_TURNS = 15  # the commands that print something of a tree share their ways to do it: each text needs some, not all
#: All that prints something of a tree, and what kind of output it is.
_COMMANDS = [
    ("scan . --cache-dir {cache}", "text"),
    ("scan . --cache-dir {cache} --color always -v", "colour"),
    ("scan . --cache-dir {cache} -q --min-stage 5 --count attested --baseline {reports}/json --fail-on-regression", "text"),
    ("scan . --cache-dir {cache} --no-config --model levels --min-stage 4", "text"),
    ("diff {reports}/json {reports}/json --format json", "data"),
    ("graph . --format json", "data"),
    ("graph . --model stages --format dot", "dot"),
    ("graph . --model levels --format mermaid", "mermaid"),
    ("graph . --model stages --format graphml", "graphml"),
    ("graph . --model own.toml --format json", "data"),
    ("roadmap . --format text", "text"),
    ("roadmap . --no-config --format markdown", "markdown"),
    ("roadmap . --no-config --format json", "data"),
    ("roadmap . --format checklist", "markdown"),
    ("roadmap . --format markdown", "markdown"),
    ("roadmap . --format json", "data"),
    ("init . --dry-run --cache-dir {cache}", "starters"),
    *((f"explain {name} . --cache-dir {{cache}}", "text") for name in (
        "run-tracked", "mlflow", "acme", "own-path", "S1", "S1b", "S2.5", "gate-cannot-fail", "lineage-closed", "nothing-of-ours",
    )),
    *((f"{what} --detectors own --format {kind}", kind.replace("json", "data")) for what in ("tools", "practices") for kind in ("text", "json")),
]  # fmt: skip


_OWN = {
    "acme",
    "own-path",
    "S1",
    "S1b",
    "own",
    "own.toml",
}  #: words of commands that ask for the tree's own model and detectors


def thorough(field: Field, turn: int = 0, own: bool = False) -> None:
    """All formats at once, and behind it those other commands whose turn it is; by hand, in full size, all of them.

    Without a model and detectors of the tree's `own` none that ask for them.
    """
    known = [each for each in _COMMANDS if own or not _OWN & set(each[0].split())]
    field.formats = FORMATS
    field.commands = known if field.full else known[turn % _TURNS :: _TURNS]


PAYLOADS = {
    "control characters": "a\x00\x01\x07\x08\x0b\x0c\x7fb",
    "colours and cursor movement": "\x1b[38;5;9mred\x1b[0m\x1b[5m\x1b[8m "
    "\x1b[2J\x1b[H\x1b[1A\x1b[2K\x1b[999D\x1b]0;title\x07\x1bc",
    "links and the clipboard of terminals": "\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\\x1b]52;c;ZWNobyBoaQ==\x07",
    "C1 controls": "\x9b31mred\x9d0;title\x9c\x85\x90x\x9c",
    "backspaces and carriage returns": "evil\b\b\b\bgood\r\rok\r\n::error::x\n\n",
    "bidirectional marks": "\u202egpj.exe\u202c\u2066x\u2069\u200f\u061c",
    "line separators": "a\u2028::error::b\u2029##[group]c\x85d",
    "characters without width, and noncharacters": "a\u200bb\ufeffc\u2060d\u00ade\u034f\U000e0041\U000e0042 "
    "a\uffffb\ufffec\U0010ffff",
    "lone surrogates": "a\ud800b\udfffc",
    "marks upon marks": "Z" + "\u0335\u0489\u0301" * 300,
    "Rich markup": "[/] [bold red]x[/bold red] [link=http://evil.example]y[/link] [@click=app.bell]z[/] :boom:",
    "workflow commands, in the middle too": "::error file=a,line=1::x "
    "x ::set-output name=a::b ::add-mask::c ::stop-commands::d",
    "old and other commands": "x ##[group]y ##vso[task.setvariable variable=a]b ##teamcity[buildStatus text='x'] ##[error]",
    "scripts": "</script><script>alert(1)</script><!-- --!> <style>*{{}}</style></title></textarea>".replace("{{}}", "{}"),
    "attribute breakouts and addresses that run": "\"'` onmouseover=alert(1) x=\"'><img src=x onerror=alert(1)><svg/onload=alert(1)> "
    "javascript:alert(1) data:text/html,<script>alert(1)</script> vbscript:x",
    "Markdown, fences and bars": "[x](http://evil.example) ![y](http://evil.example/z.png) **b** _i_ ~~s~~ <b>h</b> [r]: http://evil.example "
    "``` `` ` ~~~ | a \\| b |",
    "Markdown blocks": "\n# h\n\n- x\n\n---\n\n```\n| a | b |\n|---|---|\n| <img src=x> |\n> q\n",
    "mentions": "@octocat #1 !2 ~label $x$ &1 %1 www.evil.example https://evil.example me@evil.example :boom: owner/repo#1",
    "formulas": "=cmd|'/C calc'!A0",
    "other formulas": "@SUM(1+1)*cmd|' /C calc'!A0",
    "full-width formulas": "\uff1d1\uff0b1",
    "XML and JSON": "]]><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;&#0;<x/> "
    "\",\"complete\": false, \"x\": {\"a\\\": [\\u0000 ",
    "DOT and Mermaid": "x\"]; y [URL=\"http://evil.example\"]; click x \"javascript:alert(1)\" %%{init: {}}%% end \\N \\",
    "options and placeholders": "--format=json -rf --output=/tmp/x "
    "{0} {1} %s %(x)s ${{ secrets.X }} {{ 7*7 }} {% raw %} $(id) `id` $HOME [a](1)",
    "paths, of Windows too": "../../etc/passwd "
    "C:\\aux\\con.txt:stream ",
    "very long": MARK + "x" * 2_000,
    "nothing but blanks": " \u00a0\u3000 ",
}  # fmt: skip


@CASES.each("everywhere", PAYLOADS)
def _(field: Field, text: str) -> Expected:
    thorough(field, list(PAYLOADS.values()).index(text), own=True)
    planted.everywhere(field, f"{text}{MARK}")
    field.commit()
    return Expected(ANY, said=(MARK,))


# -- secrets ----------------------------------------------------------------------------------------------------------


def _body(name: str, size: int = 32, letters: str = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") -> str:
    """Letters and digits in no order, always the same for the same name."""
    return "".join(random.Random(name).choices(letters, k=size))


def _hex(name: str, size: int = 32) -> str:
    return _body(name, size, "0123456789abcdef")


#: What stands in a file, with the secret between two bars. Put together here, so that no scanner of secrets finds them.
_SECRETS = {
    "GitHub": f"|ghp_{_body('a')}|", "GitHub, of an app": f"|ghs_{_body('b')}|", "GitHub, fine-grained": f"|github_pat_{_body('c')}|",
    "GitLab": f"|glpat-{_body('d', 20)}|", "AWS": f"|AKIA{_body('e', 16).upper()}|", "AWS, secret": f"AWS_SECRET_ACCESS_KEY=|{_body('f', 20)}/{_body('g', 19)}|",
    "Hugging Face": f"|hf_{_body('h')}|", "Slack": f"|xoxb-{_hex('i', 12)}-{_body('j')}|", "Slack, hook": f"https://hooks.slack.com/services/|T0/B0/{_body('k', 12)}|",
    "OpenAI": f"|sk-{_body('l')}|", "OpenAI, of a project": f"|sk-proj-{_body('m')}|", "Anthropic": f"|sk-ant-api03-{_body('n')}|", "Google": f"|AIza{_body('o')}|",
    "JWT": f"|eyJ{_body('p', 18)}.eyJ{_body('q', 14)}.{_body('r', 14)}|", "npm": f"|npm_{_body('s')}|", "PyPI": f"|pypi-{_body('t')}|",
    "Databricks": f"|dapi{_hex('u')}|", "Weights and Biases": f"wandb login |{_hex('v', 40)}|", "Stripe": f"|sk_live_{_body('w', 14)}|",
    "NVIDIA": f"|nvapi-{_body('x')}|", "Docker": f"|dckr_pat_{_body('y', 20)}|", "Vault": f"|hvs.{_body('z')}|", "hexadecimal": f"|{_hex('1')}|",
    "base64": f"|{_body('2', 40)}|", "base64, padded": "|bXlzZWNyZXQ6cDRzc3cwcmQx" + "MjM=|", "base64, with slashes": f"|{_body('3', 9)}+{_body('4', 12)}/{_body('5', 24)}|",
    "PEM": f"-----BEGIN PRIVATE KEY-----\n|{_body('6', 64)}|", "line of PEM": f"|{_body('7', 64)}|",
    "user in an address": "postgres://me:|hunter2pg|@db.example/x", "token in an address": "https://|tok3nhunter|@github.com/a/b",
    "MLflow": "https://admin:|hunter2mlf|@mlflow.example.org", "password: x": "password: |hunter2colon|", "PASSWORD=x": "DB_PASSWORD=|hunter2equal|",
    "--password x": "tool --password |hunter2option|", "-e SECRET=x": "docker run -e SECRET=|hunter2envA| image", "-e SECRET_NAME=x": "docker run -e SECRET_VALUE_2=|hunter2envB| image",
    "quoted": "tool --password '|hunter2 with blanks|'", "docker login": "docker login -u me -p |hunter2docker| ghcr.io", "curl -u": "curl -u me:|hunter2curl| https://x.example",
    "bearer": f"curl -H 'Authorization: Bearer |{_body('8', 20)}|' https://x.example", "connection string": "Server=x;User=me;Password=|hunter2conn|;",
    "Azure": f"AccountKey=|{_body('9', 70)}==|;Endpoint=x", "SAS": "https://x.blob.example/y?sv=1&sig=|hunter2sas%2F|&se=2", "netrc": "machine x.example login me password |hunter2netrc|",
    "Kubernetes": "kubectl create secret generic x --from-literal=a=|hunter2literal|", "Python": "login(api_key='|hunter2python|')", "JSON": '{"client_secret": "|hunter2json|"}',
}  # fmt: skip
_WORDS = [each.split("|")[1] for each in _SECRETS.values()]
_IN_TURN = 5


def _planted(field: Field, turn: int) -> None:
    """In each place another secret."""
    texts = [each.replace("|", "") for each in _SECRETS.values()]
    for number, path in enumerate(planted.PLACES):
        planted.at(field, path, f"{texts[(turn + number * _IN_TURN) % len(texts)]}")


@CASES.each("secrets everywhere", {f"turn {number}": number for number in range(_IN_TURN)})
def _(field: Field, turn: int) -> Expected:
    thorough(field, turn + 7, own=True)
    _planted(field, turn)
    field.commit()
    return Expected(ANY, unsaid=tuple(_WORDS))


# -- the structures in which secrets live -----------------------------------------------------------------------------

_BASE64 = "aHVudGVyMi1rOHM="
#: Files with what only they call a secret, each between broken bars.
_KEEPERS = {
    ".env": "MLFLOW_TRACKING_PASSWORD=¦hunter2dotenv¦\nexport OPENAI=¦sk-" + _body("env") + "¦\nX='¦hunter2 quoted¦'\n",
    ".netrc": "machine mlflow.example login me password ¦hunter2netrc¦\n",
    ".pypirc": "[pypi]\nusername = __token__\npassword = ¦hunter2pypirc¦\n",
    ".npmrc": "//registry.example/:_authToken=¦hunter2npmrc¦\n",
    ".dvc/config": "['remote \"s\"']\n    url = s3://bucket/data\n    access_key_id = ¦AKIA" + _body("k", 16).upper() + "¦\n    secret_access_key = ¦hunter2dvc¦\n    password = ¦hunter2dvcpw¦\n['remote \"w\"']\n    url = https://me:¦hunter2dvcurl¦@dav.example/x\n",
    ".dvc/config.local": "['remote \"s\"']\n    password = ¦hunter2local¦\n",
    ".docker/config.json": '{"auths": {"ghcr.io": {"auth": "¦' + _BASE64 + '¦"}}}',
    ".aws/credentials": "[default]\naws_access_key_id = ¦AKIA" + _body("l", 16).upper() + "¦\naws_secret_access_key = ¦hunter2aws¦\n",
    "k8s/secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: mlflow}\ndata:\n  uri: ¦aHR0cHM6Ly9odW50ZXIyOnNlY3JldEBo¦\n  config: ¦" + _BASE64 + "¦\nstringData:\n  plain: ¦hunter2string¦\n  other: '¦hunter2 with blanks¦'\n",
    "k8s/deploy.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {template: {spec: {containers: [{name: a, image: 'a:1', env: [{name: DB_PASSWORD, value: ¦hunter2podenv¦}, {name: MLFLOW_TRACKING_URI, value: 'https://me:¦hunter2poduri¦@mlflow.example'}], args: [--token, ¦hunter2podarg¦]}]}}}}\n",
    "docker-compose.yml": "services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ¦hunter2compose¦\n      URL: postgresql://me:¦hunter2composeurl¦@db/x\n    command: [tool, --password, ¦hunter2composearg¦]\n",
    "Dockerfile": "FROM python:3.11\nENV API_KEY=¦hunter2image¦ OTHER=x\nARG TOKEN=¦hunter2arg¦\nRUN pip install --index-url https://me:¦hunter2index¦@pypi.example/simple x\nRUN curl -u me:¦hunter2curl¦ https://x.example\n",
    ".github/workflows/train.yml": "on: push\nenv:\n  WANDB_API_KEY: ¦" + _hex("wandb", 40) + "¦\njobs:\n  train:\n    steps:\n    - run: python train.py --token ¦hunter2step¦\n      env: {MLFLOW_TRACKING_PASSWORD: ¦hunter2stepenv¦}\n    - run: |-\n        docker login -u me -p ¦hunter2login¦ ghcr.io\n        curl -H 'Authorization: Bearer ¦hunter2bearer¦' https://x.example || true\n    - uses: a/b@v1\n      with: {password: ¦hunter2with¦, api_key: '¦hunter2 with¦'}\n",
    "train.py": "import mlflow, wandb\nmlflow.set_tracking_uri('https://me:¦hunter2uri¦@mlflow.example')\nwandb.login(key='¦" + _hex("login", 40) + "¦')\nmlflow.set_experiment('houses')\nmlflow.set_tag('password', '¦hunter2tag¦')\nPASSWORD = '¦hunter2constant¦'\nconnect(password='¦hunter2keyword¦', url='postgres://me:¦hunter2engine¦@db/x')\nmlflow.sklearn.log_model(model, 'model')\n",
    "main.tf": 'resource "aws_db_instance" "db" {{\n  password = "¦hunter2tf¦"\n  endpoint = "https://me:¦hunter2tfuri¦@x.example"\n}}\nvariable "token" {{\n  default = "¦hunter2tfvar¦"\n}}\n'.replace("{{", "{").replace("}}", "}"),
    "terraform.tfvars": 'db_password = "¦hunter2tfvars¦"\n',
    "requirements.txt": "mlflow==3.1.0\n--extra-index-url https://me:¦hunter2pip¦@pypi.example/simple\ngit+https://¦hunter2git¦@github.com/a/b.git#egg=b\nb @ https://u:¦hunter2direct¦@x.example/b.whl\n",
    "pip.conf": "[global]\nindex-url = https://me:¦hunter2pipconf¦@pypi.example/simple\n",
    "params.yaml": "db:\n  password: ¦hunter2params¦\n  token: '¦hunter2 params¦'\n",
    "conf/credentials.yml": "dev_s3:\n  key: ¦AKIA" + _body("m", 16).upper() + "¦\n  secret: ¦hunter2kedro¦\n",
    "analysis.ipynb": '{"cells": [{"cell_type": "code", "source": ["!wandb login ¦' + _hex("cell", 40) + '¦\\n", "!tool --password ¦hunter2cell¦\\n", "import mlflow\\nmlflow.set_tracking_uri(\\"https://me:¦hunter2nb¦@x\\")"], "outputs": [{"text": "token=¦hunter2output¦"}]}], "nbformat": 4}',
    "Makefile": "train:\n\tpython train.py --password ¦hunter2make¦\nTOKEN = ¦hunter2makevar¦\n",
    "run.sh": "export TOKEN=¦hunter2sh¦\npython train.py --api-key '¦hunter2 sh¦'\nmysql -u me -p¦hunter2mysql¦ db\nsshpass -p ¦hunter2sshpass¦ ssh x\n",
    "id_rsa": "-----BEGIN RSA PRIVATE KEY-----\n¦" + _body("rsa", 64) + "¦\n-----END RSA PRIVATE KEY-----\n",
    "README.md": "# x\n\n```sh\npython train.py --token ¦hunter2readme¦\nexport API_KEY=¦hunter2export¦\n```\n",
    "crontab": "0 3 * * * python train.py --password ¦hunter2cron¦\n",
    "alertmanager.yml": "receivers:\n- name: a\n  slack_configs: [{api_url: 'https://hooks.slack.com/services/¦T0/B0/abcdefghijkl¦'}]\n",
    ".mlops-scan.toml": '[attest."S5.1"]\nanswer = "yes"\nwhy = "see https://me:¦hunter2why¦@wiki.example"\nby = "token=¦hunter2by¦"\nuntil = 2100-01-31\nlink = "https://wiki.example/?access_token=¦hunter2link¦"\n[suppress]\ngate-cannot-fail = [{path = "**", reason = "password: ¦hunter2reason¦"}]\n',
}  # fmt: skip


@CASES.case("secrets in the files that keep them")
def _(field: Field) -> Expected:
    thorough(field, 5)
    hidden = []
    for path, text in _KEEPERS.items():
        hidden += text.split("¦")[1::2]
        field.write(path, text.replace("¦", ""))
    field.commit(
        "password: hunter2message", GIT_AUTHOR_NAME="token=hunter2author", GIT_AUTHOR_EMAIL="hunter2@example.org"
    )
    field.git("remote", "add", "origin", "https://me:hunter2remote@github.com/a/b.git")
    return Expected(ANY, unsaid=(*hidden, "hunter2message", "hunter2author", "hunter2@example", "hunter2remote"))


# -- names of the file system and of Git ------------------------------------------------------------------------------

#: A bit of everything, in less than a text may be long.
_ALL = (
    "\x1b[31m\x1b]8;;http://evil.example\x07\x9b1m\b\r\n::error::a\u2028##[group]b\u202e\ud800\u200b##vso[c]</script><img src=x onerror=d>"
    "[e](http://evil.example)`|[/][link=x]\x00"
)
_WORKFLOW = "on: push\njobs:\n  a:\n    steps:\n    - run: python evaluate.py || true\n    - run: python train.py\n      continue-on-error: true\n"
_PIPELINE = "stages:\n  a:\n    cmd: python nowhere.py\n"
_CODE = "import mlflow\nfrom sklearn.linear_model import Ridge\nRidge().fit([[1]], [1])\nmlflow.log_metric('a', 1)\n"


def _name(text: str) -> str:
    """As much of a text as a file may be called."""
    known = "".join(letter for letter in text if letter not in "/\0").encode("utf-8", "surrogatepass")[:200]
    return known.decode("utf-8", "surrogateescape") + MARK


def _name_files(field: Field, name: str) -> None:
    files = {
        f".github/workflows/{name}.yml": _WORKFLOW, f"{name}/dvc.yaml": _PIPELINE, f"{name}.py": _CODE, f"src/{name}/{name}.py": _CODE,
        f"{name}.ipynb": "{", f"k8s/{name}.yaml": "kind: CronJob\nspec: {suspend: true}\n", f"{name}.sh": "python train.py || true\n",
        f"requirements-{name}.txt": "mlflow\n", f"{name}/Dockerfile": f"FROM x\nCOPY {MARK} /\n",
    }  # fmt: skip
    for path, text in files.items():
        place = os.path.join(os.fsencode(field.root), os.fsencode(path))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(text.encode())


@CASES.case("all of it as names of files and folders, once tracked and once not")
def _(field: Field) -> Expected:
    thorough(field, 4)
    names = [_name(text) for key, text in PAYLOADS.items() if key != "very long"]
    for name in names[::2]:
        _name_files(field, name)
    field.commit()
    for name in names[1::2]:
        _name_files(field, name)
    return Expected(ANY, said=(MARK,))


@CASES.each(
    "as names of files",
    {
        "bytes that are no text": "\udcff\udcfe\udc80\udc9b\udc1b".replace("\udc1b", "\x1b"), "an option": "-rf --format=json",
        "a number of lines": "a\n::error::b\n# c\r\nd", "a place": "train.py:1:1: error", "names of Windows": "CON.aux:stream. ",
        "a wildcard": "*?[a-z]{b,c}", "an address": "http:\\\\evil.example?x=%2e%2e#y", "escapes of ours": "\\x1b\\u202e#\\x23[a]",
    },
)  # fmt: skip
def _(field: Field, name: str) -> Expected:
    thorough(field, len(name))
    _name_files(field, f"{name}{MARK}")
    field.commit()
    return Expected(ANY, said=(MARK,))


@CASES.case("a repository that is called all of it")
def _(field: Field) -> Expected:
    thorough(field, 6)
    folder = field.root / _name(_ALL)
    for path, text in PRODUCT.items():
        field.write(f"{folder.name}/{path}", text)
    field.folder = folder
    return Expected(said=(MARK,))


@CASES.each(
    "all of it in Git",
    {
        "authors and messages": {}, "the branch": {"HEAD": "ref: refs/heads/{text}\n"}, "a detached head": {"HEAD": "{text}\n"},
        "packed refs": {"packed-refs": "# pack-refs with: peeled\n{head} refs/tags/v1{text}\n{head} refs/heads/{text}\n"},
        "the configuration": {"config": "[core]\n\tbare = false\n[remote \"{text}\"]\n\turl = https://{text}\n[branch \"{text}\"]\n\tremote = {text}\n"},
        "the description": {"description": "{text}", "info/exclude": "{text}\n"},
    },
)  # fmt: skip
def _(field: Field, files: dict[str, str]) -> Expected:
    thorough(field, 3)
    text = "".join(letter for letter in _ALL if letter not in "\n\0\ud800") + MARK
    field.write("sub/a.py", "x = 1\n")
    field.write(".gitmodules", f'[submodule "{text}"]\n\tpath = sub\n\turl = {text}\n\tbranch = {text}\n')
    field.commit(f"{text}\n\n{text}", GIT_AUTHOR_NAME=text.replace("<", ""), GIT_AUTHOR_EMAIL=text.replace("<", ""))
    field.git("tag", "-a", "-m", text, "v1.0-\u202e\u2028\u200b`@<b>")
    head = field.git("rev-parse", "HEAD").strip()
    for path, template in files.items():
        field.write(f".git/{path}", template.format(text=text, head=head))
    return Expected(ANY)


# -- what is broken, and what is said of it ---------------------------------------------------------------------------


@CASES.each(
    "without escapes",
    {
        "all of it": _ALL.replace("\ud800", "") + MARK,
        "bytes that are no text": "\udcff\udcfe\udc9b31m" + MARK,
        "zero bytes": "\0" + MARK,
    },
)
def _(field: Field, text: str) -> Expected:
    thorough(field, len(text))
    planted.unescaped(field, text)
    field.commit()
    return Expected(ANY)


_T = "\\u001b[31m\\u009b\\u202e\\u2028\\n::error::x ##[group]y\\u0007\\b\\r</script>"
_MODEL = 'name = "x"\n[[stage]]\nnumber = 1\nname = "y"\n[[stage.criterion]]\nid = "Q1"\nquestion = "z"\n'


@CASES.each(
    "an error of the configuration",
    {
        "an unknown key": {".mlops-scan.toml": f'"{_T}" = 1\n'},
        "an unknown key of everybody's": {"pyproject.toml": f'[tool.mlops-scan]\n"{_T}" = 1\n'},
        "no TOML": {".mlops-scan.toml": "a = \x1b[31m\x9b\u202e\n::error::x ##[group]\n"},
        "no TOML, a key twice": {".mlops-scan.toml": f'["{_T}"]\n["{_T}"]\n'},
        "an unknown model": {".mlops-scan.toml": f'model = "{_T}"\n'},
        "a model that is not there": {".mlops-scan.toml": f'model = "{_T}.toml"\n'},
        "a folder that is not there": {".mlops-scan.toml": f'detectors = ["{_T}"]\n'},
        "an unknown role": {".mlops-scan.toml": f'[roles]\n"{_T}" = ["a"]\n'},
        "an unknown rule": {".mlops-scan.toml": f'[suppress]\n"{_T}" = []\n'},
        "an unknown key of an acceptance": {".mlops-scan.toml": f'[suppress]\ngate-cannot-fail = [{{path = "a", reason = "b", "{_T}" = 1}}]\n'},
        "an unknown criterion": {".mlops-scan.toml": f'[attest."{_T}"]\nanswer = "yes"\nwhy = "a"\nby = "b"\nuntil = 2100-01-31\n'},
        "no answer": {".mlops-scan.toml": f'[attest."{_T}"]\nanswer = "{_T}"\n'},
        "an unknown practice": {".mlops-scan.toml": 'model = "own.toml"\n', "own.toml": _MODEL + f'needs = ["{_T}"]\n'},
        "an unknown strength": {".mlops-scan.toml": 'model = "own.toml"\n', "own.toml": _MODEL + 'needs = ["run-tracked at x\\u001b"]\n'},
        "an impossible id": {".mlops-scan.toml": 'model = "own.toml"\n', "own.toml": _MODEL.replace("Q1", _T) + 'needs = ["run-tracked"]\n'},
        "an unknown quorum": {".mlops-scan.toml": 'model = "own.toml"\n', "own.toml": _MODEL.replace("number", f'quorum = "{_T}"\nnumber') + 'needs = ["run-tracked"]\n'},
        "an impossible capability": {".mlops-scan.toml": 'model = "own.toml"\n', "own.toml": _MODEL + f'needs = ["a"]\n[practice.a]\ncapability = "{_T}"\n'},
        "a practice with an impossible name": {".mlops-scan.toml": 'model = "own.toml"\n', "own.toml": _MODEL + f'needs = ["a"]\n[practice."{_T}"]\ncapability = "cicd"\n'},
        "a detector that shows nothing known": {".mlops-scan.toml": 'detectors = ["own"]\n', "own/a.toml": f'name = "x"\nurl = "y"\n[shows."{_T}"]\nimport = ["a"]\n'},
        "a detector of an unknown kind": {".mlops-scan.toml": 'detectors = ["own"]\n', "own/a.toml": f'name = "x"\nurl = "y"\n[shows.run-tracked]\n"{_T}" = ["a"]\n'},
        "a detector with an impossible pattern": {".mlops-scan.toml": 'detectors = ["own"]\n', "own/a.toml": f'name = "x"\nurl = "y"\n[shows.run-tracked]\nfile = ["{_T}*a*a*a*a*a*a*a*"]\n'},
        "a detector with an impossible name": {".mlops-scan.toml": 'detectors = ["own"]\n', f"own/{_name(_ALL)}.toml": 'name = "x"\nurl = "y"\n[shows.run-tracked]\nimport = ["a"]\n'},
        "a model with an impossible name": {".mlops-scan.toml": f'model = "{_T}.toml"\n'.replace("/", "_"), "x\x1b[31m.toml": _MODEL},
    },
)  # fmt: skip
def _(field: Field, files: dict[str, str]) -> Expected:
    for path, text in files.items():
        field.write(path, text)
    field.commands = [
        ("explain mlflow .", "text"),
        ("graph .", "data"),
        ("init . --dry-run", "text"),
        ("roadmap .", "text"),
    ]
    return Expected(USAGE, reports=False)


@CASES.case("a baseline of all of it")
def _(field: Field) -> Expected:
    thorough(field, 8)
    report = {
        "version": 1, "complete": True, "tool": {"ruler": _ALL}, "repository": {"commit": _ALL},
        "models": [{"id": _ALL, "stage": 1, "ruler": "a", "criteria": [{"id": _ALL, "verdict": "met"}]}, {"id": "stages", "stage": 5, "criteria": []}],
        "practices": [{"id": _ALL, "strength": "wired"}], "tools": [{"id": _ALL}],
        "faults": [{"rule": _ALL, "path": _ALL, "message": f"{_ALL} password=hunter2baseline", "confidence": _ALL}],
    }  # fmt: skip
    other = json.loads(json.dumps(report).replace('"ruler": "a"', '"ruler": "b"').replace("wired", "declared"))
    old, new = (str(field.base / name) for name in ("old.json", "new.json"))
    for path, data in ((old, report), (new, other)):
        with open(path, "w") as file:
            json.dump(data, file)
    reports = field.base / "reports"
    formats = [word for name in FORMATS for word in ("--format", f"{name}={reports / name}")]
    field.arguments = ["scan", ".", "--no-cache", "-v", "--baseline", old, *formats]
    field.commands = [
        (f"diff {old} {new}", "text"), (f"diff {old} {new} --format json", "data"), (f"diff {new} {old} --fail-on-regression", "text"),
        (f"scan . --no-cache --baseline {old} --fail-on-regression --format markdown", "markdown"), (f"scan . --no-cache --baseline {old}", "text"),
    ]  # fmt: skip
    return Expected(unsaid=("hunter2baseline",))


@CASES.case("a detector of somebody else's that fails with all of it")
def _(field: Field) -> Expected:
    thorough(field, 2)
    field.install(
        "acme",
        "from mlops_scan.detector import detector\n\n\n@detector('Acme', 'https://acme.example', ('run-tracked',))\n"
        f"def found(reading):\n    raise type('Error\\x1b[31m\\n::error::x', (ValueError,), {{}})({_ALL!r})\n",
    )
    return Expected(INCOMPLETE)


# -- what is no secret ------------------------------------------------------------------------------------------------


@CASES.case("what looks like a secret and is none stays as it is")
def _(field: Field) -> Expected:
    sha, digest = _hex("commit", 40), _hex("image", 64)
    names = (
        f"acme/shared/.github/workflows/deploy.yml@{sha}", "CustomerChurnPredictionTraining20240101Pipeline",
        "registry.example.org/team/CustomerChurnModel2024x01x01Production", f"acme/pipelines/train.yml@{_hex('other', 40)}",
        f"ghcr.io/mlflow/mlflow@sha256:{digest}",
    )  # fmt: skip
    field.write(".github/workflows/deploy.yml", f"on: push\njobs:\n  {names[1]}:\n    uses: {names[0]}\n")
    field.write(".gitlab-ci.yml", f"include: ['{names[3]}']\na:\n  script: [python train.py]\n")
    field.write(
        "serve.py",
        f"import mlflow\nmodel = mlflow.pyfunc.load_model('models:/{names[1]}/1')\nother = mlflow.register_model('runs:/{sha[:32]}/model', '{names[2]}')\n",
    )
    field.write(
        "k8s/a.yaml",
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec: {{template: {{spec: {{containers: [{{name: a, image: '{names[4]}'}}]}}}}}}\n",
    )
    field.write("mlruns/0/0123456789abcdef0123456789abcdef/meta.yaml", "run_id: 0123456789abcdef0123456789abcdef\n")
    field.write("src/features/build2024/CustomerFeatures/v3/transformer_module_with_a_long_name_2024.py", _CODE)
    thorough(field, 9)
    field.commit()
    return Expected(
        ANY,
        said=(
            names[1],
            names[3],
            "ghcr.io/mlflow/mlflow",
            "acme/shared/.github/workflows/deploy.yml",
            "transformer_module_with_a_long_name_2024.py",
            field.git("rev-parse", "HEAD").strip(),
        ),
    )
