"""Every end: in the middle, by whomever, without room; no half of anything stays behind, and the exit code says it."""

from hostile.case import FINE, INCOMPLETE, USAGE, Cases, Expected, Field, Moment
from hostile.lost.git import READ
from hostile.lost.surroundings import crowd

CASES = Cases("lost")
INTERRUPTED, UNHEARD, TERMINATED = 130, 141, 143
#: Moments in the life of a scan.
MOMENTS = {
    "before anything": Moment("call mlops_scan.cli.output.refuse_links", 1, ""),
    "while the cache is opened": Moment("sqlite3.connect", 1, ""),
    "while Git's data is copied": Moment("open info/exclude", 1, ""),
    "while Git starts": Moment("subprocess.Popen git", 1, ""),
    "while Git prints": Moment("call mlops_scan.repository.git.printed", 1, ""),
    "while Git is ended": Moment("call mlops_scan.repository.git.end", 1, ""),
    "while the shadow is removed": Moment("shutil.rmtree mlops-scan-", 1, ""),
    "in the middle of removing it": Moment("os.remove config", 1, ""),
    "while files are read": Moment("open src/part3.py", 1, ""),
    "while readers start": Moment("call mlops_scan.reading._Readers._by_processes", 1, ""),
    "while readers answer": Moment("call mlops_scan.reading.decoded", 1, ""),
    "while it is linked": Moment("call mlops_scan.scan.link", 1, ""),
    "while it is detected": Moment("call mlops_scan.scan.detect", 1, ""),
    "while it is judged": Moment("call mlops_scan.scan.compose", 1, ""),
    "while readings are remembered": Moment("call mlops_scan.cache.Cache.put", 1, ""),
    "while the assessment is remembered": Moment("call mlops_scan.recall.keep", 1, ""),
    "while the first report is made": Moment("call mlops_scan.report.render", 1, ""),
    "while the last report is made": Moment("call mlops_scan.report.render", 5, ""),
    "while a report is written": Moment("open .mlops-scan-", 2, ""),
    "while a report takes its place": Moment("os.rename .mlops-scan-", 1, ""),
    "while the gate is asked": Moment("call mlops_scan.report.parts.gate.lines", 1, ""),
}


@CASES.each("Ctrl-C", MOMENTS, few=14)
def _(field: Field, moment: Moment) -> Expected:
    crowd(field)
    field.commit()
    field.moments = [moment._replace(action="SIGINT")]
    return Expected(INTERRUPTED, reports=False)


@CASES.each("a request to end", MOMENTS)
def _(field: Field, moment: Moment) -> Expected:
    crowd(field)
    field.commit()
    field.moments = [moment._replace(action="SIGTERM")]
    return Expected(TERMINATED, reports=False)


@CASES.case("Ctrl-C again and again")
def _(field: Field) -> Expected:
    crowd(field)
    field.commit()
    again = ("call mlops_scan.reading.decoded", "call mlops_scan.repository.git.end", "shutil.rmtree mlops-scan-")
    field.moments = [Moment(when, nth, "SIGINT") for when in again for nth in (1, 2)]
    return Expected(INTERRUPTED, reports=False)


@CASES.each("a report that stands there already", {
    "is kept when the new one is not whole": Moment("os.rename .mlops-scan-", 1, "SIGTERM"),
    "is kept when there is no room for the new one": Moment("open .mlops-scan-", 1, "fail"),
})  # fmt: skip
def _(field: Field, moment: Moment) -> Expected:
    old = '{"old": true\n}\n'
    (field.base / "reports").mkdir()
    (field.base / "reports/json").write_text(old)
    field.arguments = ["scan", ".", "--no-cache", "--format", f"json={field.base}/reports/json"]
    field.moments = [moment]
    return Expected(TERMINATED if moment.action == "SIGTERM" else USAGE, reports=False, kept={"json": old})


@CASES.case("a report that stands there already is replaced by a whole one")
def _(field: Field) -> Expected:
    (field.base / "reports").mkdir()
    (field.base / "reports/json").write_text("x" * 1_000_000)
    return Expected(said=READ)


@CASES.case("a report for which there is no room")
def _(field: Field) -> Expected:
    field.arguments = ["scan", ".", "--no-cache", "--format", f"json={field.base}/reports/json"]
    field.limits = {"RLIMIT_FSIZE": 4096}
    return Expected(USAGE, said=("reports/json: file too large",), reports=False)


@CASES.each(
    "a device without room",
    {"as the report": ["-o", "/dev/full"], "as the report of a format": ["-f", "html=/dev/full"]},
)
def _(field: Field, words: list[str]) -> Expected:
    field.arguments = ["scan", ".", "--no-cache", *words]
    return Expected(USAGE, said=("/dev/full: no space left on device",), reports=False)


@CASES.each("standard output without room", {"text": "text", "json": "json", "html": "html"}, few=2)
def _(field: Field, name: str) -> Expected:
    field.arguments = ["scan", ".", "--no-cache", "--format", name]
    field.stdout = "/dev/full"
    return Expected(USAGE, said=("the report could not be printed: no space left on device",), reports=False)


@CASES.each("nobody reads on", {"text": "text", "json": "json", "html": "html", "sarif": "sarif"}, few=2)
def _(field: Field, name: str) -> Expected:
    field.arguments = ["scan", ".", "--no-cache", "--format", name]
    field.stdout = "|"
    return Expected(UNHEARD, unsaid=("Error",), reports=False)


@CASES.case("a reader that dies")
def _(field: Field) -> Expected:
    crowd(field)
    field.write("src/deadly.py", "import mlflow\n")
    field.commit()
    field.moments = [Moment("call mlops_scan.reading._outcome deadly.py", 1, "die")]
    return Expected(INCOMPLETE, said=(*READ, "src/deadly.py: could not be read: its reader died"))


@CASES.case("a folder for the report that is not there, and one that may not be written to")
def _(field: Field) -> Expected:
    field.arguments = ["scan", ".", "--no-cache", "-o", str(field.base / "nowhere/report.txt")]
    return Expected(USAGE, said=("nowhere/report.txt: no such file or directory",), reports=False)


@CASES.case("a report whose name is that of a folder")
def _(field: Field) -> Expected:
    (field.base / "report").mkdir()
    field.arguments = ["scan", ".", "--no-cache", "-o", str(field.base / "report")]
    return Expected(USAGE, said=("report: is a link or no file",), reports=False)


@CASES.case("a quiet scan that nobody hears")
def _(field: Field) -> Expected:
    field.arguments = ["scan", ".", "--no-cache", "-q"]
    field.stdout = "/dev/full"
    return Expected(FINE, reports=False)
