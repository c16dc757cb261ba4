"""Documents: their headings, the commands that they tell people to run, model cards, runbooks and their kind."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import shell, trees
from mlops_scan.facts.fields import fields
from mlops_scan.facts.markup import Block, front_matter, markdown, plain, restructured
from mlops_scan.facts.source import Source, reads

_MOST_HEADINGS = 200
_MOST_COMMANDS = 200
_MOST_FIELDS = 60
_FEWEST_WORDS = 15

#: Languages of code blocks that hold what is typed into a shell; a block may also have none.
_SHELLS = {
    "", "bash", "sh", "shell", "zsh", "console", "powershell", "pwsh", "ps1", "shell-session", "shellsession",
    "terminal", "bat", "cmd", "commandline",
}  # fmt: skip
#: Languages of what a terminal shows; only the lines behind a prompt were typed.
_PLAIN = {"text", "txt", "plaintext", "none", "output"}
#: Programs by which a line of such a block is known as a command.
_RUNNERS = {
    "make", "python", "python3", "py", "dvc", "docker", "docker-compose", "podman", "mlflow", "kubectl", "helm", "pip",
    "pip3", "bash", "sh", "tox", "nox", "just", "task", "npm", "yarn", "pnpm", "terraform", "az", "aws", "gcloud",
    "prefect", "airflow", "zenml", "kedro", "dagster", "snakemake", "Rscript", "uvicorn", "gunicorn", "streamlit",
    "papermill", "pytest", "bentoml", "feast", "ray", "serve", "anyscale", "databricks", "dbt", "invoke", "inv", "doit",
    "accelerate", "torchrun", "sbatch", "ansible-playbook", "skaffold", "kustomize", "argo", "sam", "cdk", "pulumi",
}  # fmt: skip
#: Programs that run others: whatever stands behind them is a command.
_WRAPPERS = {"poetry", "pipenv", "pdm", "uv", "uvx", "hatch", "pixi", "conda", "mamba", "npx"}
#: Words before a command on its line.
_LEADING = {"cd", "sudo", "time", "env", "export", "nohup"}
#: Runners that say enough alone; another single word may be a line of a folder listing.
_ALONE = {"make", "pytest", "tox", "nox"}
#: A script that is called by its path: no line of a folder listing.
_SCRIPT = re.compile(r"\.{1,2}[/\\][\w./\\-]{1,200}\.(?:sh|bash|py|ps1|bat|cmd)")
#: Prose also tells how others would install a package; only a code block says that readers here do.
_INSTALLERS = {"pip", "pip3", "npm", "yarn", "pnpm"}
_SPAN = re.compile(r"(?<!`)`([^`\n]{3,200})`(?!`)")
#: What stands, at most a few words away, in front of a command that the reader is to type.
_TELLS = re.compile(
    r"\b(?:run|runs|running|execute|executing|type|enter|start|launch|issue|invoke|use|using|call|via|by|with|command|do)\b"
    r"[^.;]{0,30}$",
    re.IGNORECASE,
)
_MARKERS = " \t-*+.)0123456789"
_PROMPT = re.compile(r"[ \t]*(?:\([\w.-]{1,60}\)[ \t]*)?(?:[$%❯]|PS [^>]{0,100}>)[ \t]+(?=\S)")
_SECRET = re.compile(r"((?:password|passwd|token|secret|key)[\w-]{0,30}=)\S+", re.IGNORECASE)

#: The names of documents that say how a model is described, deployed and operated, by the words that name them.
_KINDS = (
    ("model card", ("model card", "model cards", "modelcard")),
    ("data card", ("data card", "dataset card", "datacard")),
    ("datasheet", ("datasheet", "data sheet")),
    ("runbook", ("runbook", "run book", "runbooks")),
    ("playbook", ("playbook",)),
    ("rollback", ("rollback", "roll back", "rolling back")),
    ("incident", ("incident", "incidents", "postmortem", "post mortem")),
    ("on-call", ("on call", "oncall")),
    ("adr", ("adr", "architecture decision", "decision record")),
    ("security policy", ("security policy",)),
    ("architecture", ("architecture",)),
    ("deployment", ("deployment", "deploy", "deploying")),
)  # fmt: skip
_LONGEST_TITLE = 8
#: https://docs.github.com/code-security/getting-started/adding-a-security-policy-to-your-repository
_SECURITY_POLICY = re.compile(r"(?:\.github/|docs/)?security\.(?:md|rst)")
_EMPTY_WORDS = re.compile(
    r"\b(?:todo|tbd|fixme|coming soon|placeholder|lorem ipsum|to be (?:added|defined|done|written|determined))\b"
    r"|\[more information needed\]|[\[<](?:insert|your|add|describe|fill)\b[^\[\]<>]{0,200}[\]>]"
)  # fmt: skip
#: Keys of a Hugging Face card that a blog's front matter does not have: https://huggingface.co/docs/hub/model-cards.
_OF_CARD = {
    "model-index", "pipeline_tag", "library_name", "base_model", "datasets", "task_categories", "task_ids",
    "dataset_info", "size_categories", "annotations_creators",
}  # fmt: skip


@reads("*.md", "*.markdown", "*.rst", "*.qmd", "README", "README.txt", "readme.txt", "Readme.txt")
def document(source: Source) -> Iterator[Item]:
    """Headings, documented commands, the metadata of a card, and the document itself if its name says what it is for.

    Prose is nothing: what a text talks about is no evidence.
    """
    lines = source.lines
    blocks = list(restructured(lines) if source.name.endswith(".rst") else markdown(lines))
    headings = [(plain(block.text), block.line) for block in blocks if block.kind == "heading"]
    for text, line in islice(((text, line) for text, line in headings if text), _MOST_HEADINGS):
        yield Fact("heading", text, line)
    yield from islice(_documented(blocks, (text for text, _ in headings)), _MOST_COMMANDS)
    yield from _card(lines[: front_matter(lines)])
    if kind := _kind(source.path, headings[0][0] if headings else ""):
        unit = Unit("document", kind, headings[0][1] if headings else 1)
        yield unit
        if _is_placeholder(blocks):
            yield Fact("switched-off", "placeholder", unit.line, unit=unit.id)


def _documented(blocks: Sequence[Block], headings: Iterator[str]) -> Iterator[Fact]:
    above = ""
    for block in blocks:
        if block.kind == "heading":
            above = next(headings)
        elif block.kind == "text" and "`" in block.text:
            yield from _told(block, above)
        elif block.kind == "code" and (block.tag in _SHELLS or (block.tag in _PLAIN and _is_prompted(block))):
            yield from _commands(block, above)


def _is_prompted(block: Block) -> bool:
    return any(map(_PROMPT.match, block.text.split("\n")))


def _commands(block: Block, above: str) -> Iterator[Fact]:
    """The commands of a code block; where it shows prompts, only what stands behind one."""
    lines = _typed(block.text.split("\n"))
    for fact in shell.run("\n".join(lines), block.line):
        if fact.kind == "command" and fact.line is not None:
            words, typed = fact.name.split(), lines[fact.line - block.line].split(maxsplit=1)
            alone = len(words) == 1 and not block.tag and words[0] not in _ALONE and not _SCRIPT.fullmatch(words[0])
            if (_is_runner(words[0]) and not alone) or (typed and typed[0] in _WRAPPERS):
                yield Fact("documented", _without_secrets(fact.name), fact.line, above)


def _told(block: Block, above: str) -> Iterator[Fact]:
    """The commands in a line of prose that tells the reader to type them: "Run `make train`"."""
    for span in _SPAN.finditer(block.text):
        before = block.text[: span.start()]
        if (before.strip(_MARKERS) and not _TELLS.search(before[-60:])) or not _is_typed(span[1]):
            continue
        for fact in shell.run(span[1], block.line, one_line=True):
            if fact.kind == "command" and _is_runner(fact.name.split()[0]):
                yield Fact("documented", _without_secrets(fact.name), fact.line, above)


def _is_typed(text: str) -> bool:
    """Whether a text is a command with its words, or the path of a script: `docker` alone is a name."""
    first, *others = text.split() or [""]
    if first in _INSTALLERS or not (others or _SCRIPT.fullmatch(text)):
        return False
    return _is_runner(first) or first in _LEADING


def _without_secrets(command: str) -> str:
    return re.sub(r"(?<=://)[^/@\s]{1,200}@", "", _SECRET.sub(r"\1***", command))


def _typed(lines: list[str]) -> list[str]:
    """The lines that begin like a command, and those that continue one; empty lines in the place of all others."""
    prompted = any(map(_PROMPT.match, lines))
    kept: list[str] = []
    for line in lines:
        prompt = _PROMPT.match(line)
        text = line[prompt.end() :] if prompt else line.strip()
        first = text.split(maxsplit=1)[0] if text.strip() else ""
        continued = bool(kept) and kept[-1].endswith(("\\", "`"))
        begins = (prompt or not prompted) and (first in _LEADING | _WRAPPERS or _is_runner(first) or "=" in first)
        kept.append(text if begins or continued else "")
    return kept


def _is_runner(word: str) -> bool:
    return word in _RUNNERS or word.startswith(("./", ".\\")) or re.fullmatch(r"python\d\.\d+", word) is not None


def _card(front: Sequence[str]) -> Iterator[Fact]:
    """The front matter of a model or data set card; its first line keeps its number by standing as a comment."""
    if not front:
        return
    try:
        parsed = trees.parse_yaml("\n".join(["#", *front[1:-1]]))
    except Unreadable:
        return  # a broken front matter leaves a document that can be read
    metadata = trees.as_mapping(parsed[0] if parsed else None)
    if _OF_CARD & set(metadata):
        yield from islice(fields(metadata, "card"), _MOST_FIELDS)


def _kind(path: str, title: str) -> str:
    """What the document is, by its file name, its folder for decision records, or a short first heading."""
    if _SECURITY_POLICY.fullmatch(path.lower()):
        return "security policy"
    folder, _, name = path.lower().rpartition("/")
    stem = name.rpartition(".")[0] or name
    if "template" in stem or any(part.startswith(".") and part != ".github" for part in folder.split("/")):
        return ""
    if folder.rpartition("/")[2] in ("adr", "adrs", "decisions") and re.match(r"(?:adr-?)?\d", stem):
        return "adr"
    for text in (stem, title if len(title.split()) <= _LONGEST_TITLE and stem != "readme" else ""):
        words = f" {' '.join(re.findall('[a-z0-9]+', text))} "
        if kind := next((kind for kind, names in _KINDS if any(f" {each} " in words for each in names)), ""):
            return kind
    return ""


def _is_placeholder(blocks: Sequence[Block]) -> bool:
    """Whether a document holds little besides headings, labels and promises."""
    told = promised = words = 0
    for block in blocks:
        for line in block.text.split("\n") if block.kind != "heading" else ():
            text = plain(line).strip(" -*|.…")
            if _EMPTY_WORDS.search(line.lower()[:1000]):
                promised += 1
            elif "@" in text or "://" in line:
                words += _FEWEST_WORDS  # a place to turn to is content, however short
            elif text and not text.endswith(":"):
                told += 1
                words += len(text.split())
    return words < _FEWEST_WORDS or promised > told
