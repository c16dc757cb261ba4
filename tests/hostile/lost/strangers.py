"""Detectors of other packages, which are anybody's code: one that breaks is named, and takes nothing down with it."""

from hostile.case import INCOMPLETE, Cases, Expected, Field
from hostile.lost.git import READ

CASES = Cases("lost")
BEGIN = "import os, sys, time, signal, threading, warnings\nfrom mlops_scan.detector import Shown, detector\n"
DETECT = BEGIN + (
    '@detector("Strange", "https://x.example", ("data-versioned",))\ndef strange(reading):\n'
    "    facts = [each for each in reading.facts if each.kind == 'import']\n"
    "    {what}\n    yield from (Shown('data-versioned', each) for each in facts)\n"
)
FOUND = '"id": "odd-one"'


def _limited(field: Field) -> None:
    field.patches = {
        "mlops_scan.catalogue.SECONDS_TO_LOAD": 1,
        "mlops_scan.detection.SECONDS_OF_A_DETECTOR": 0.3,
        "mlops_scan.detection.SECONDS_OF_A_STRANGER": 1.5,
    }


@CASES.case("a detector of another package, to be sure that one is asked")
def _(field: Field) -> Expected:
    field.install("strange", DETECT.format(what=""))
    return Expected(said=(*READ, FOUND))


@CASES.each("a detector that does not load and", {
    "raises": "raise ValueError('secret of ours')", "raises what is no exception of a program": "raise KeyboardInterrupt",
    "raises an exit": "raise SystemExit(0)", "exits": "os._exit(0)", "dies": "os.kill(os.getpid(), signal.SIGKILL)",
    "hangs": "time.sleep(600)", "hangs and hears nothing": "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64)); time.sleep(600)",
    "does not parse": "def f(:", "recurses": "f = lambda: f()\nf()", "is of a wrong type": "strange = 7",
    "needs what is not installed": "import nothing_of_this_name", "takes all memory": "x = [bytes(10**9) for _ in range(10**6)]",
    "closes everything": "os.closerange(0, 256)",
}, few=6)  # fmt: skip
def _(field: Field, code: str) -> Expected:
    field.install("strange", BEGIN + code + "\n")
    _limited(field)
    return Expected(INCOMPLETE, said=(*READ, "the detector of the entry point strange: "), unsaid=("secret of ours",))


@CASES.each("a detector that, when it is asked,", {
    "raises": "raise ValueError('secret of ours')", "raises what is no exception of a program": "raise KeyboardInterrupt",
    "exits": "os._exit(0)", "exits and says that all is well": "sys.exit(0)", "dies": "os.kill(os.getpid(), signal.SIGSEGV)",
    "hangs": "time.sleep(600)", "hangs and hears nothing": "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64)); time.sleep(600)",
    "swallows its own end": "\n    while True:\n        try: time.sleep(600)\n        except BaseException: pass",
    "recurses": "f = lambda: f(); f()", "yields nonsense": "yield 7", "closes everything": "os.closerange(0, 256)",
    "ends all of its group": "os.killpg(0, signal.SIGKILL)", "takes all memory": "x = [bytes(10**9) for _ in range(10**6)]",
}, few=7)  # fmt: skip
def _(field: Field, what: str) -> Expected:
    field.install("strange", DETECT.format(what=what))
    _limited(field)
    return Expected(INCOMPLETE, said=(*READ, "the detector odd-one "), unsaid=("secret of ours",))


@CASES.each("a detector that works and", {
    "prints": "print('{{{', flush=True); os.write(1, b'no JSON'); os.write(2, b'Traceback'); os.system('echo no JSON') if 0 else 0",
    "closes its output": "sys.stdout.close(); sys.stderr.close()", "changes the working directory": "os.chdir('/')",
    "floods warnings": "[warnings.warn(f'x{n}') for n in range(1000)]", "changes the environment": "os.environ.clear()",
    "takes all signals": "[signal.signal(n, signal.SIG_IGN) for n in (2, 14, 15)]", "starts threads": "threading.Thread(target=time.sleep, args=(99,)).start()",
    "patches us": "import mlops_scan.assess as a, builtins; a.Assessment = None; builtins.open = None",
    "starts a process": "os.fork() or time.sleep(99)", "allows hardly any depth": "sys.setrecursionlimit(100)",
}, few=6)  # fmt: skip
def _(field: Field, what: str) -> Expected:
    field.install("strange", DETECT.format(what=what))
    field.arguments = [
        "scan",
        ".",
        "-v",
        "--no-cache",
        "--format",
        f"json={field.base}/reports/json",
        "--format",
        "sarif",
    ]
    return Expected(said=(*READ, FOUND, '"version": "2.1.0"'), unsaid=("no JSON", "Traceback"), reports=False)


@CASES.case("a detector that shows without end")
def _(field: Field) -> Expected:
    field.install("strange", DETECT.format(what="\n    while facts: yield Shown('data-versioned', facts[0])"))
    return Expected(said=(*READ, FOUND))


@CASES.each("data of a package that", {
    "is no TOML": "name = [[[\n", "is of wrong types": "name = 7\nurl = []\nshows = 'all'\n", "is empty": "",
    "shows what nobody knows": "name = 'A'\nurl = 'https://x.example'\n[shows.nothing-known]\nimport = ['a']\n",
    "has too many stars": "name = 'A'\nurl = 'https://x.example'\n[shows.data-versioned]\nfile = ['*a*a*a*a*a*a*a*b']\n",
}, few=2)  # fmt: skip
def _(field: Field, text: str) -> Expected:
    field.install("strange", DETECT.format(what=""))
    (field.base / "site/strange/acme.toml").write_text(text)
    return Expected(INCOMPLETE, said=(*READ, "the detector of the entry point strange: ", "acme.toml"))


@CASES.case("an entry point that leads to nothing, and another package that works")
def _(field: Field) -> Expected:
    field.install("strange", DETECT.format(what=""))
    info = field.base / "site/gone-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gone\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mlops_scan.detectors]\ngone = gone.detectors:here\n")
    return Expected(
        INCOMPLETE, said=(*READ, FOUND, "the detector of the entry point gone: cannot be loaded: ModuleNotFoundError")
    )


@CASES.case("two packages with a detector of the same name")
def _(field: Field) -> Expected:
    field.install("strange", DETECT.format(what=""))
    first = field.base / "site"
    field.install("stranger", DETECT.format(what=""))
    assert field.installed == [str(first)]
    return Expected(said=(*READ, FOUND))
