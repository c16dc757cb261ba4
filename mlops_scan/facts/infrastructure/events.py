"""What starts the functions of a serverless platform, in one shape for all formats that say it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit


class Event(NamedTuple):
    """One event: the trigger's name as in `evidence`, its details, its line, and the setting that switches it off."""

    name: str
    value: str
    line: int
    off: str = ""


def triggers(unit: Unit, events: Sequence[Event], started: Sequence[str]) -> Iterator[Item]:
    """A trigger for each name of the events of a unit, which starts the units of these ids."""
    for name in dict.fromkeys(event.name for event in events):
        same = [event for event in events if event.name == name]
        trigger = Unit("trigger", f"{name} {unit.name}", same[0].line)
        yield trigger
        for event in same:
            yield Fact("trigger", name, event.line, event.value[:200], trigger.id)
        for target in started:
            yield Fact("starts", f"#{target}", same[0].line, unit=trigger.id)
        if all(event.off for event in same):
            yield Fact("switched-off", same[0].off, same[0].line, unit=trigger.id)


def handler(entry: str, runtime: str, unit: str, folder: str = "./", line: int | None = None) -> Iterator[Fact]:
    """The file behind the handler `package/module.function` of a function, where the runtime tells the ending."""
    ending = {"python": ".py", "nodejs": ".js", "ruby": ".rb"}.get(runtime.rstrip("0123456789.x"))
    module, dot, function = entry.rpartition(".")
    if ending and dot and "${" not in entry:
        path = f"{folder.removesuffix('/')}/{module.removeprefix('./')}{ending}".replace("././", "./")
        yield Fact("runs-file", path, getattr(entry, "line", line), function, unit)
