"""Ansible: playbooks and lists of tasks, with the modules that they use and the commands that they run.

The format: https://docs.ansible.com/ansible/latest/reference_appendices/playbooks_keywords.html
"""

from collections.abc import Iterator, Sequence
from typing import TypeGuard

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, shell, trees
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.containers.processes import words_started
from mlops_scan.facts.infrastructure.events import Event, triggers
from mlops_scan.facts.source import Source, reads

_OF_PLAY = ("roles", "tasks", "pre_tasks", "post_tasks", "handlers")
_BLOCKS = ("block", "rescue", "always")
#: What a task may say besides its module.
_KEYWORDS = {
    "name", "when", "register", "become", "become_user", "become_method", "loop", "loop_control", "notify", "tags",
    "vars", "args", "ignore_errors", "changed_when", "failed_when", "delegate_to", "run_once", "until", "retries",
    "delay", "environment", "no_log", "listen", "async", "poll", "check_mode", "any_errors_fatal", "local_action",
    "collections", "diff", "throttle", "timeout", "connection", "remote_user", "module_defaults", "debugger", "action",
    "ignore_unreachable", *_BLOCKS,
}  # fmt: skip
#: Modules whose names alone tell a list of tasks from other lists of mappings.
_COMMON = {
    "command", "shell", "raw", "script", "copy", "template", "file", "apt", "yum", "dnf", "package", "pip", "service",
    "systemd", "git", "cron", "docker_container", "docker_image", "docker_compose", "include_tasks", "import_tasks",
    "include_role", "import_role", "include", "debug", "set_fact", "get_url", "unarchive", "user", "uri", "lineinfile",
    "k8s", "helm", "stat",
}  # fmt: skip
_MOST_TASKS = 2000


@reads("*.yml", "*.yaml")
def playbook(source: Source) -> Iterator[Item]:
    """Each play as a task unit; in a list of tasks, which a play includes, the facts belong to the file."""
    if not ("hosts:" in source.text or "playbook" in source.text or "/tasks/" in f"/{source.path}"):
        return
    document = source.documents[0] if source.documents else None
    entries = [entry for entry in document if isinstance(entry, trees.Mapping)] if _is_list(document) else []
    plays = [entry for entry in entries if "hosts" in entry and not set(_OF_PLAY).isdisjoint(entry)]
    imports = [key for entry in entries for key in entry if key.rpartition(".")[2] == "import_playbook"]
    if plays or imports:
        for entry in entries:
            yield from _play(entry)
    elif "/tasks/" in f"/{source.path}" and any(_module(entry) in _COMMON for entry in entries):
        yield from _tasks(entries, "")


def _is_list(node: trees.Node | None) -> TypeGuard[trees.Sequence]:
    return isinstance(node, trees.Sequence)


def _play(entry: trees.Mapping) -> Iterator[Item]:
    for key, value in entry.items():
        if key.rpartition(".")[2] == "import_playbook" and trees.as_text(value):
            yield Fact("includes", f"./{trees.as_text(value)}", key.line)
    hosts = trees.as_text(trees.at(entry, "hosts"))
    if not hosts:
        return
    play = Unit("task", trees.as_text(trees.at(entry, "name")) or hosts, entry.line)
    yield play
    for role in trees.as_list(trees.at(entry, "roles")):
        name = trees.as_text(role) or trees.as_text(trees.at(role, "role")) or trees.as_text(trees.at(role, "name"))
        if name and "{{" not in name:
            yield _role(name, role.line, play.id)
    for section in _OF_PLAY[1:]:
        yield from _tasks(trees.as_list(trees.at(entry, section)), play.id)


def _role(name: str, line: int, unit: str) -> Fact:
    """A role stands beside the playbook, unless a collection brings it (`owner.name`)."""
    return Fact("action" if "." in name else "includes", name if "." in name else f"./roles/{name}", line, unit=unit)


def _tasks(entries: Sequence[trees.Node], unit: str) -> Iterator[Item]:
    """The tasks of a list, and those of the blocks in it."""
    waiting = list(reversed(entries))
    for _ in range(_MOST_TASKS):
        if not waiting:
            return
        task = trees.as_mapping(waiting.pop())
        for key in reversed(_BLOCKS):
            waiting += reversed(trees.as_list(trees.at(task, key)))
        if module := _module_key(task):
            yield from _task(task, module, unit)


def _module_key(task: trees.Mapping) -> trees.Scalar | None:
    return next((key for key in task if key not in _KEYWORDS and not key.startswith("with_")), None)


def _module(task: trees.Mapping) -> str:
    """The short name of a task's module: `command` for `ansible.builtin.command`."""
    return str(_module_key(task) or "").rpartition(".")[2]


def _task(task: trees.Mapping, module: trees.Scalar, unit: str) -> Iterator[Item]:
    body = task[module]
    yield Fact("action", module, module.line, unit=unit)
    if trees.as_text(trees.at(task, "ignore_errors")).lower() in ("true", "yes"):
        yield Fact("allowed-to-fail", "ignore_errors", task.line_of("ignore_errors"), unit=unit)
    for name, value in trees.as_mapping(trees.at(task, "environment")).items():
        yield fields.variable(name, trees.as_text(value), name.line, unit)
    yield from image(trees.as_text(trees.at(body, "image")), trees.as_mapping(body).line_of("image"), unit)
    match module.rpartition(".")[2]:
        case "command" | "shell" | "raw":
            yield from _command(body, unit)
        case "script":
            for path in fields.texts(trees.at(body, "cmd") or body):
                yield Fact("runs-file", f"./{path.split(' ')[0]}", path.line, unit=unit)
        case "include_tasks" | "import_tasks" | "include":
            for path in fields.texts(trees.at(body, "file") or body):
                if "{{" not in path:
                    yield Fact("includes", f"./{path}", path.line, unit=unit)
        case "include_role" | "import_role":
            for role in fields.texts(trees.at(body, "name")):
                yield _role(role, role.line, unit)
        case "cron":
            yield from _cron(trees.as_mapping(body))


def _command(body: trees.Node, unit: str) -> Iterator[Fact]:
    """`command: text`, `cmd: text` or `argv: [words]`; on the host that is set up, so that no folder is one of ours."""
    for text in fields.texts(trees.at(body, "cmd") or body):
        yield from shell.run(text, text.line, unit)
    if words := list(fields.texts(trees.at(body, "argv"))):
        yield from words_started(words, words[0].line, unit)


def _cron(body: trees.Mapping) -> Iterator[Item]:
    """An entry of a crontab: its command, and the trigger that starts it."""
    command = trees.as_text(trees.at(body, "job"))
    if not command:
        return
    task = Unit("task", trees.as_text(trees.at(body, "name")) or "cron", body.line)
    yield task
    yield from shell.run(command, body.line_of("job"), task.id, one_line=True)
    times = [trees.as_text(trees.at(body, key)) or "*" for key in ("minute", "hour", "day", "month", "weekday")]
    plan = trees.as_text(trees.at(body, "special_time")) or " ".join(times)
    settings = {key: trees.as_text(trees.at(body, key)).lower() for key in ("disabled", "state")}
    off = "disabled: true" if settings["disabled"] in ("true", "yes") else ""
    off = "state: absent" if settings["state"] == "absent" else off
    yield from triggers(task, [Event("schedule", plan, body.line, off)], [task.id])
