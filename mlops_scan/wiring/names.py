"""Names that pipelines go by, beside their paths: a workflow's title, a DAG's id, a deployment, an event, an object."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from mlops_scan.evidence import Fact, Node, Reading

_DAG = re.compile(r"airflow(\.[\w.]+)?\.(DAG|dag)")
_DEPLOYED = re.compile(r"#([\w.]+)\.(?:serve|deploy|to_deployment)\.name")
_PIPELINE_NAMES = (".Pipeline.name", ".pipeline.name", ".upsert.pipeline_name")
_TYPES = re.compile(r"\btypes: ([^;]+)")
_NAMED_UNITS = ("job", "task", "service")
#: Under what other names than its own the services beside it reach one (Compose specification, `container_name`).
HOSTS = ("compose.container_name", "compose.hostname")
_MOST = 20
_WORKFLOWS = ".github/workflows/"

Known = dict[str, list[Node]]


class Names:
    """An index of what has a name that others call it by. A name may belong to several."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.workflows: Known = defaultdict(list)  #: files of GitHub workflows, by title, path and file name
        self.events: Known = defaultdict(list)  #: triggers that wait for a signal, by its type; "" for all of them
        self.dags: Known = defaultdict(list)
        self.deployments: Known = defaultdict(list)
        self.pipelines: Known = defaultdict(
            list
        )  #: the code that defines a pipeline which a service then knows by name
        self.units: Known = defaultdict(list)  #: jobs, tasks and services that stand in no other unit; in lower case
        for each in readings:
            self._units(each)
            if each.path.startswith(_WORKFLOWS):
                self._workflow(each)
            elif each.path.endswith((".py", ".ipynb")):
                self._code(each)

    def _units(self, reading: Reading) -> None:
        for unit in reading.units:
            if unit.kind in _NAMED_UNITS and not unit.parent:
                for name in dict.fromkeys((unit.name.lower(), unit.name.lower().rpartition("/")[2])):
                    _add(self.units[name], Node(reading.path, unit.id))
        for fact in reading.of("field"):
            if fact.name in HOSTS:
                _add(self.units[fact.value.lower()], Node(reading.path, fact.unit))
        for fact in reading.of("trigger"):
            if fact.name == "signal":
                types = _TYPES.search(fact.value)
                for name in ("", *(types[1].split(",") if types else ())):
                    _add(self.events[name.strip()], Node(reading.path, fact.unit))

    def _workflow(self, reading: Reading) -> None:
        node = Node(reading.path)
        for fact in reading.of("field"):
            if fact.name == "workflow.name":
                _add(self.workflows[fact.value], node)
        for name in (reading.path, reading.path.rpartition("/")[2]):
            _add(self.workflows[name], node)

    def _code(self, reading: Reading) -> None:
        for fact in reading.of("argument"):
            if fact.name.endswith(_PIPELINE_NAMES):
                _add(self.pipelines[fact.value], Node(reading.path, fact.unit))
        calls = any(fact.name.startswith("airflow.") or fact.name.endswith(".name") for fact in reading.of("call"))
        for fact in reading.of("argument", *(["call"] if calls else [])):
            if fact.name.startswith(("airflow.", "#")):
                for known, name, node in _named(fact, reading, self):
                    _add(known[name], node)

    def workflow(self, name: str) -> list[Node]:
        """The workflows that a title, a path or a file name means."""
        return self.workflows.get(name) or self.workflows.get(name.rpartition("/")[2], [])

    def deployment(self, name: str) -> list[Node]:
        """The deployments that `flow/name` or `name` means."""
        last = name.rpartition("/")[2]
        jobs = [node for node in self.unit(last) if node.unit.startswith("job:")]
        return self.deployments.get(last) or jobs

    def unit(self, name: str) -> list[Node]:
        """The jobs, tasks and services that a name means, given alone or as `kind/name`, in any case."""
        return self.units.get(name.lower(), [])


def _add(found: list[Node], node: Node) -> None:
    """Add what a name belongs to; a name that is everybody's says nothing more by saying it again."""
    if len(found) < _MOST and node not in found:
        found.append(node)


def _named(fact: Fact, reading: Reading, names: Names) -> Iterator[tuple[Known, str, Node]]:
    """The names that a line of code gives to a DAG or to a deployment of a flow."""
    node = Node(reading.path, fact.unit)
    if _DAG.fullmatch(fact.name):
        decorated = fact.unit.startswith("function:") and fact.name.endswith(".dag")
        if name := fact.value or (fact.unit.removeprefix("function:") if decorated else ""):
            yield names.dags, name, node
    elif fact.name.endswith(".dag_id") and _DAG.fullmatch(fact.name.removesuffix(".dag_id")):
        yield names.dags, fact.value, node
    elif found := _DEPLOYED.fullmatch(fact.name):
        yield names.deployments, fact.value, Node(reading.path, f"function:{found[1].partition('.')[0]}")
