"""Nothing injected: names and contents of a tree do nothing in any output but stand there, and no secret of it comes out."""

from hostile import planted
from hostile.case import ANY, Cases, Expected, Field

CASES = Cases("injected")

#: Stands behind every planted text: what says it has shown something of the tree.
MARK = "qx7z"
FORMATS = (
    "text", "json", "html", "sarif", "junit", "gitlab", "github", "markdown", "csv", "badge", "shields", "cyclonedx", "dotenv",
)  # fmt: skip
_TURNS = 7  # the commands that print something of a tree share their ways to do it: each text needs some, not all
#: All that prints something of a tree, and what kind of output it is.
_COMMANDS = [
    ("scan . --cache-dir {cache}", "text"),
    ("scan . --cache-dir {cache} --color always -v", "colour"),
    ("scan . --cache-dir {cache} -q --min-stage 5 --count attested --baseline {reports}/json --fail-on-regression", "text"),
    ("scan . --cache-dir {cache} --no-config --model levels --min-stage 4", "text"),
    ("diff {reports}/json {reports}/json --format json", "data"),
    ("graph . --format json", "data"),
    ("graph . --format dot", "dot"),
    ("graph . --format mermaid", "mermaid"),
    ("graph . --format graphml", "graphml"),
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


def thorough(field: Field, turn: int = -1) -> None:
    """All formats at once, and behind it every other command, or those whose turn it is: by hand it is always all."""
    field.formats = FORMATS
    field.commands = _COMMANDS if turn < 0 or field.full else _COMMANDS[turn % _TURNS :: _TURNS]


PAYLOADS = {
    "control characters": "a\x00\x01\x07\x08\x0b\x0c\x7fb",
    "colours": "\x1b[38;5;9mred\x1b[0m\x1b[5m\x1b[8m",
    "cursor movement": "\x1b[2J\x1b[H\x1b[1A\x1b[2K\x1b[999D\x1b]0;title\x07\x1bc",
    "links and the clipboard of terminals": "\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\\x1b]52;c;ZWNobyBoaQ==\x07",
    "C1 controls": "\x9b31mred\x9d0;title\x9c\x85\x90x\x9c",
    "backspaces and carriage returns": "evil\b\b\b\bgood\r\rok\r\n::error::x\n\n",
    "bidirectional marks": "\u202egpj.exe\u202c\u2066x\u2069\u200f\u061c",
    "line separators": "a\u2028::error::b\u2029##[group]c\x85d",
    "characters without width": "a\u200bb\ufeffc\u2060d\u00ade\u034f\U000e0041\U000e0042",
    "lone surrogates": "a\ud800b\udfffc",
    "noncharacters": "a\uffffb\ufffec\U0010ffff",
    "marks upon marks": "Z" + "\u0335\u0489\u0301" * 300,
    "Rich markup": "[/] [bold red]x[/bold red] [link=http://evil.example]y[/link] [@click=app.bell]z[/] :boom:",
    "workflow commands": "::error file=a,line=1::x",
    "workflow commands in the middle": "x ::set-output name=a::b ::add-mask::c ::stop-commands::d",
    "old and other commands": "x ##[group]y ##vso[task.setvariable variable=a]b ##teamcity[buildStatus text='x'] ##[error]",
    "scripts": "</script><script>alert(1)</script><!-- --!> <style>*{{}}</style></title></textarea>".replace("{{}}", "{}"),
    "attribute breakouts": "\"'` onmouseover=alert(1) x=\"'><img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "addresses that run": "javascript:alert(1) data:text/html,<script>alert(1)</script> vbscript:x",
    "Markdown": "[x](http://evil.example) ![y](http://evil.example/z.png) **b** _i_ ~~s~~ <b>h</b> [r]: http://evil.example",
    "Markdown blocks": "\n# h\n\n- x\n\n---\n\n```\n| a | b |\n|---|---|\n| <img src=x> |\n> q\n",
    "fences and bars": "``` `` ` ~~~ | a \\| b |",
    "mentions": "@octocat #1 !2 ~label $x$ &1 %1 www.evil.example https://evil.example me@evil.example :boom: owner/repo#1",
    "formulas": "=cmd|'/C calc'!A0",
    "other formulas": "@SUM(1+1)*cmd|' /C calc'!A0",
    "minus formulas": "-2+3+cmd|' /C calc'!A0",
    "full-width formulas": "\uff1d1\uff0b1",
    "XML": "]]><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;&#0;<x/>",
    "JSON": "\",\"complete\": false, \"x\": {\"a\\\": [\\u0000 ",
    "DOT and Mermaid": "x\"]; y [URL=\"http://evil.example\"]; click x \"javascript:alert(1)\" %%{init: {}}%% end \\N \\",
    "placeholders": "{0} {1} %s %(x)s ${{ secrets.X }} {{ 7*7 }} {% raw %} $(id) `id` $HOME [a](1)",
    "options": "--format=json -rf --output=/tmp/x",
    "paths": "../../etc/passwd",
    "Windows names": "C:\\aux\\con.txt:stream ",
    "very long": "x" * 5_000,
    "nothing but blanks": " \u00a0\u3000 ",
}  # fmt: skip


@CASES.each("everywhere", PAYLOADS)
def _(field: Field, text: str) -> Expected:
    thorough(field, list(PAYLOADS.values()).index(text))
    planted.everywhere(field, f"{text}{MARK}")
    field.commit()
    return Expected(ANY, said=(MARK,))


# -- secrets ----------------------------------------------------------------------------------------------------------

_BODY = "k7Rt2Qx9Zm4Lp8Vw3Bn6Yc1Fh5Dj0SaGe"
_HEX = "9f3c1a7be5d2048866af31c0d97e5b24"
_PEM = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKB"
#: What stands in a file, with the secret between two bars. Put together here, so that no scanner of secrets finds them.
_SECRETS = {
    "GitHub": f"|ghp_{_BODY}|", "GitHub, of an app": f"|ghs_{_BODY}|", "GitHub, fine-grained": f"|github_pat_{_BODY}|",
    "GitLab": f"|glpat-{_BODY[:20]}|", "AWS": "|AKIA" + "Q3EGRI7NPZ2XKLMA|", "AWS, secret": f"AWS_SECRET_ACCESS_KEY=|{_BODY[:20]}/{_BODY[:19]}|",
    "Hugging Face": f"|hf_{_BODY}|", "Slack": f"|xoxb-{_HEX[:12]}-{_BODY}|", "Slack, hook": f"https://hooks.slack.com/services/|T0/B0/{_BODY[:12]}|",
    "OpenAI": f"|sk-{_BODY}|", "OpenAI, of a project": f"|sk-proj-{_BODY}|", "Anthropic": f"|sk-ant-api03-{_BODY}|", "Google": f"|AIza{_BODY}|",
    "JWT": f"|eyJhbGciOiJIUzI1NiJ9.eyJzdWIi{_BODY[:9]}.{_BODY[:14]}|", "npm": f"|npm_{_BODY}|", "PyPI": f"|pypi-{_BODY}|",
    "Databricks": f"|dapi{_HEX}|", "Weights and Biases": f"wandb login |{_HEX}{_HEX[:8]}|", "Stripe": f"|sk_live_{_BODY[:14]}|",
    "NVIDIA": f"|nvapi-{_BODY}|", "Docker": f"|dckr_pat_{_BODY[:20]}|", "Vault": f"|hvs.{_BODY}|", "hexadecimal": f"|{_HEX}|", "base64": f"|{_BODY}|",
    "base64, padded": "|bXlzZWNyZXQ6cDRzc3cwcmQx" + "MjM=|", "base64, with slashes": f"|{_BODY[:9]}+{_BODY[:12]}/{_BODY[:20]}|", "PEM": f"-----BEGIN PRIVATE KEY-----\n|{_PEM}|",
    "line of PEM": f"|{_PEM}|", "user in an address": "postgres://me:|hunter2pg|@db.example/x", "token in an address": "https://|tok3nhunter|@github.com/a/b",
    "MLflow": "https://admin:|hunter2mlf|@mlflow.example.org", "password: x": "password: |hunter2colon|", "PASSWORD=x": "DB_PASSWORD=|hunter2equal|",
    "--password x": "tool --password |hunter2option|", "-e SECRET=x": "docker run -e SECRET=|hunter2env| image", "-e SECRET_NAME=x": "docker run -e SECRET_VALUE_2=|hunter2env2| image",
    "quoted": "tool --password '|hunter2 with blanks|'", "docker login": "docker login -u me -p |hunter2docker| ghcr.io", "curl -u": "curl -u me:|hunter2curl| https://x.example",
    "bearer": f"curl -H 'Authorization: Bearer |{_HEX[:20]}|' https://x.example", "connection string": "Server=x;User=me;Password=|hunter2conn|;", "Azure": f"AccountKey=|{_BODY}{_BODY}==|;Endpoint=x",
    "SAS": "https://x.blob.example/y?sv=1&sig=|hunter2sas%2F|&se=2", "netrc": "machine x.example login me password |hunter2netrc|", "Kubernetes": "kubectl create secret generic x --from-literal=a=|hunter2literal|",
    "Python": "login(api_key='|hunter2python|')", "JSON": '{"client_secret": "|hunter2json|"}',
}  # fmt: skip
_WORDS = [each.split("|")[1] for each in _SECRETS.values()]
_IN_TURN = 8


def _planted(field: Field, turn: int) -> None:
    """In each place another secret."""
    texts = [each.replace("|", "") for each in _SECRETS.values()]
    for number, path in enumerate(planted.PLACES):
        planted.at(field, path, f"{texts[(turn + number * _IN_TURN) % len(texts)]}")


@CASES.each("secrets everywhere", {f"turn {number}": number for number in range(_IN_TURN)})
def _(field: Field, turn: int) -> Expected:
    thorough(field, turn)
    _planted(field, turn)
    field.commit()
    return Expected(ANY, unsaid=tuple(_WORDS))
