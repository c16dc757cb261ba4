"""Dangling references: each kind broken, and its near misses, which are made, moved, guarded or elsewhere."""

import pytest
from faulty import broken, life_of, places

from mlops_scan.faults.dangling import argument_rejected, dangling_reference, trigger_watches_nothing
from mlops_scan.wiring.link import link

CI = ".github/workflows/ci.yml"


def steps(*lines: str, extra: str = "") -> dict[str, str]:
    """A workflow with these commands, in one job."""
    runs = "".join(f"      - run: {line}\n" for line in lines)
    return {CI: f"on: push\njobs:\n  job:\n    runs-on: x\n    steps:\n{extra}{runs}"}


LAMBDA = "Resources: {A: {Type: 'AWS::Lambda::Function', Properties: {Handler: index.main, Runtime: python3.12, Code: %s}}}\n"


BROKEN = {
    "the code of a function": ({"template.yaml": LAMBDA % "src"}, "`./src/index.py`"),
    "a script": (steps("python train.py"), "runs `train.py`"),
    "a module of the own package": (
        {**steps("python -m shop.train"), "shop/__init__.py": ""},
        "runs the module `shop.train`",
    ),
    "a package that cannot be started": (
        {**steps("python -m shop"), "shop/__init__.py": ""},
        "runs the module `shop.__main__`",
    ),
    "a shell script that a Jenkinsfile runs": (
        {"Jenkinsfile": "pipeline { stages { stage('Test') { steps { sh 'src/test.sh' } } } }\n"},
        "runs `src/test.sh`",
    ),
    "a target": ({**steps("make evaluate"), "Makefile": "train:\n\techo\n"}, "asks for `evaluate`"),
    "a script of a package": ({**steps("npm run lint"), "package.json": '{"scripts": {"build": "x"}}'}, "asks for `lint`"),
    "a Makefile in a folder": ({**steps("make -C docs html"), "docs/index.md": ""}, "there is no `docs/Makefile`"),
    "a stage": ({**steps("dvc repro train"), "dvc.yaml": "stages: {fit: {cmd: echo}}\n"}, "the stage `train`"),
    "the code of a stage": ({"dvc.yaml": "stages:\n  fit:\n    cmd: echo\n    deps: [src/fit.py]\n"}, "`src/fit.py`"),
    "a Dockerfile": (steps("docker build -f docker/Dockerfile.gpu ."), "from `docker/Dockerfile.gpu`"),
    "a Dockerfile of a service": ({"compose.yaml": "services: {api: {build: ./api}}\n"}, "builds an image from `./api"),
    "a file to copy": (
        {"Dockerfile": "FROM python:3.11\nCOPY src/kfp/requirements.txt /app/\n"},
        "copies `src/kfp/requirements.txt`",
    ),
    "what a container starts": (
        {"Dockerfile": "FROM python:3.11\nWORKDIR /app\nCOPY . .\nCMD [\"python\", \"main.py\"]\n"},
        "runs `main.py`",
    ),
    "a manifest": (steps("kubectl apply -f k8s/api.yaml"), "applies or submits `k8s/api.yaml`"),
    "a job manifest": (steps("az ml job create -f jobs/train.yml"), "applies or submits `jobs/train.yml`"),
    "a chart": (steps("helm upgrade --install shop ./charts/shop"), "`./charts/shop/Chart.yaml`"),
    "the values of a chart": (
        {**steps("helm upgrade shop ./chart -f prod.yaml"), "chart/Chart.yaml": "apiVersion: v2\n"},
        "the values of `prod.yaml`",
    ),
    "a kustomization": ({**steps("kubectl apply -k k8s"), "k8s/a.yaml": ""}, "there is no `k8s/kustomization.yaml`"),
    "a resource of a kustomization": ({"k8s/kustomization.yaml": "resources: [job.yaml]\n"}, "takes in `./job.yaml`"),
    "a module of Terraform": ({"main.tf": 'module "a" {\n  source = "./modules/a"\n}\n'}, "module `./modules/a`"),
    "a reusable workflow": (
        {CI: "on: push\njobs: {a: {uses: ./.github/workflows/train.yml}}\n"},
        "calls the workflow `.github/workflows/train.yml`",
    ),
    "a local action": (steps("echo", extra="      - uses: ./.github/actions/setup\n"), "takes in `.github/actions/setup"),
    "a workflow to run after": (
        {CI: "on: {workflow_run: {workflows: [Train]}}\njobs: {a: {runs-on: x, steps: [{run: echo}]}}\n"},
        "the workflow `Train`",
    ),
    "a job to wait for": (
        {CI: "on: push\njobs: {a: {needs: evaluate, runs-on: x, steps: [{run: echo}]}}\n"},
        "the job `evaluate`",
    ),
    "a service to wait for": (
        {"compose.yaml": "services: {api: {image: a, depends_on: [db]}}\n"},
        "the service `db`",
    ),
    "a DAG": (
        {**steps("airflow dags trigger retrain"), "dags/a.py": "from airflow import DAG\nwith DAG('train'):\n    pass\n"},
        "the DAG `retrain`",
    ),
    "a template": (
        {"azure-pipelines.yml": "trigger: [main]\nsteps:\n- template: steps/train.yml\n"},
        "takes in `steps/train.yml`",
    ),
    "a folder to work in": (
        steps("echo", extra="      - {run: make, working-directory: functions/code}\n"),
        "works in the folder `functions/code`",
    ),
    "tests outside of the repository": ({**steps("pytest ../tests/"), "tests/test_a.py": ""}, "leads out of the repository"),
    "a path that goes up and comes down again": (
        {"ops/compose.yml": "services: {api: {build: {context: ../api}}}\n", "api/a.py": ""},
        "builds an image from `../api",
    ),
    "tests that are not there": (steps("pytest tests/unit/"), "tests `tests/unit/`"),
    "requirements": (steps("pip install -r requirements-dev.txt"), "`requirements-dev.txt`"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_named_and_not_here_dangles(name: str) -> None:
    files, said = BROKEN[name]
    found = [each.message for each in broken(dangling_reference, files)]
    assert len(found) == 1
    assert said in found[0]


NEAR_MISSES = {
    "code of a function in a bucket": {"template.yaml": LAMBDA % "{S3Bucket: b, S3Key: k}"},
    "code of a function in the template": {"template.yaml": LAMBDA % '{ZipFile: "import boto3"}'},
    "the script is there": {**steps("python train.py"), "train.py": ""},
    "it lies in another folder, and the run may be there": {**steps("python train.py"), "src/train.py": ""},
    "its folders stand further apart": {**steps("python ml/train.py"), "ml/src/train.py": ""},
    "a variable decides": steps("python $SCRIPT.py", "bash ${{ matrix.script }}.sh", "cd $DIR && make all"),
    "an absolute path is the machine's": steps("python /opt/train.py", "bash ~/run.sh"),
    "an earlier command makes it": steps("envsubst < a > job.yaml", "kubectl apply -f job.yaml"),
    "an earlier command downloads it": steps("wget https://x.org/get-pip.py", "python get-pip.py"),
    "another repository is cloned": steps("git clone https://x.org/a/b", "python b/train.py"),
    "another repository is checked out": steps(
        "python tools/train.py", extra="      - {uses: actions/checkout@v4, with: {repository: a/b, path: tools}}\n"
    ),
    "artifacts are downloaded": steps("python out.py", extra="      - uses: actions/download-artifact@v4\n"),
    "the line says what happens without it": steps('pytest tests/unit/ || echo "no tests yet"'),
    "the script asks first": {"setup.sh": "if [ -f extra.txt ]; then pip install -r extra.txt; fi\n"},
    "the folder is made by the build": steps("bash build/run.sh", "node dist/server.js"),
    "a command makes the folder": steps("pip install -t libraries x", "cd libraries && zip -r ../a.zip ."),
    "an unknown folder": steps("cd $WORK && python train.py"),
    "a Makefile with patterns": {**steps("make report.pdf x"), "Makefile": "%:\n\techo $@\n"},
    "a Makefile that includes others": {**steps("make evaluate"), "Makefile": "include $(SHARED)/all.mk\n"},
    "a prerequisite that is a file": {"Makefile": "image: Dockerfile\n\techo\n", "Dockerfile": "FROM x\n"},
    "a script that the runner need not have": {**steps("npm run lint --if-present"), "package.json": '{"scripts": {}}'},
    "the command of a container": {"compose.yaml": "services: {api: {image: a, command: python serve.py}}\n"},
    "a command inside a container": steps("docker run image python gone.py"),
    "a file that only the image has": {"Dockerfile": "FROM base\nCMD [\"python\", \"main.py\"]\n"},
    "data that is copied": {"Dockerfile": "FROM python\nCOPY model.pkl dist/ /app/\n"},
    "requirements that the image makes": {
        "Dockerfile": "FROM x\nCOPY a.txt b.txt\nRUN pip install -r b.txt\n",
        "a.txt": "",
    },
    "services of a second Compose file": {
        "compose.yaml": "services: {api: {image: a, depends_on: [db]}}\n",
        "deploy/compose.db.yaml": "services: {db: {image: b}}\n",
    },
    "jobs of an included file": {
        ".gitlab-ci.yml": "include: [{project: a/b, file: c.yml}]\ntest: {script: [echo], needs: [other], stage: test}\n"
    },
    "a template of another repository": {
        "azure-pipelines.yml": "trigger: [main]\nsteps:\n- template: steps/train.yml@shared\n"
    },
    "a workflow of somebody else": {CI: "on: push\njobs: {a: {uses: o/r/.github/workflows/t.yml@main}}\n"},
    "a remote resource": {"kustomization.yaml": "resources: ['https://x.org/a.yaml', 'github.com/o/r//base?ref=v1']\n"},
    "an example": {"examples/run.sh": "python train.py\n"},
    "a template for others": {"templates/dvc.yaml": "stages: {a: {cmd: python train.py}}\n"},
    "a document": {"README.md": "```bash\npython train.py\n```\n"},
    "a test": {"tests/run.sh": "python train.py\n"},
    "a DAG where none is known": steps("airflow dags trigger retrain"),
    "an option with a file as its value": {**steps("make -j 4 train"), "Makefile": "train:\n\techo\n"},
}  # fmt: skip


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_what_may_be_there_does_not_dangle(name: str) -> None:
    assert [each.message for each in broken(dangling_reference, NEAR_MISSES[name])] == []


def test_references_to_other_places_are_kept_as_elsewhere() -> None:
    files = {CI: "on: push\njobs: {a: {uses: o/r/.github/workflows/t.yml@main}}\n"}
    assert [(each.what, each.name) for each in life_of(files).loose if each.elsewhere] == [
        ("workflow", "o/r/.github/workflows/t.yml")
    ]


def test_a_symbolic_link_is_there_although_nobody_reads_it() -> None:
    readings = list(life_of(steps("python pipelines/train.py")).graph.readings.values())
    assert [each.name for each in link(readings).loose] == ["pipelines/train.py"]
    assert link(readings, stands=lambda path: path.startswith("pipelines/")).loose == []


def test_a_file_says_each_name_once_and_five_at_most() -> None:
    lines = [f"python step{number}.py" for number in range(9)]
    assert len(places(dangling_reference, steps(*lines, *lines))) == 5


def test_compose_takes_the_file_of_a_folder_further_up() -> None:
    files = {"ml/scripts/up.sh": "cd ml/scripts\ndocker compose up -d\n", "ml/scripts/a.py": ""}
    assert places(dangling_reference, files) == ["ml/scripts/up.sh:2"]
    for folder in ("ml/scripts/", "ml/", ""):
        assert places(dangling_reference, {**files, f"{folder}compose.yaml": "services: {a: {image: a}}\n"}) == []
    beside = {**files, "ml/data/compose.yaml": "services: {a: {image: a}}\n"}
    assert places(dangling_reference, beside) == ["ml/scripts/up.sh:2"]


def test_a_trigger_that_waits_for_a_path_that_is_gone() -> None:
    files = {
        CI: "on: {push: {paths: ['src/**', 'ml/train.py', 'gone/train.py']}}\njobs: {a: {runs-on: x, steps: [{run: echo}]}}\n",
        "ml/train.py": "",
    }
    found = [each.message for each in broken(trigger_watches_nothing, files)]
    assert found == ["waits for changes of `gone/train.py`, which is not in the repository"]
    assert broken(trigger_watches_nothing, {**files, "gone/train.py": ""}) == []


PARSER = """
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--learning-rate", type=float)
    arguments = parser.parse_args()
    """


def test_an_option_that_the_parser_does_not_know() -> None:
    files = {**steps("python train.py --epochs 3 --lr 0.1"), "train.py": PARSER}
    found = broken(argument_rejected, files)
    assert [str(each.place) for each in found] == [f"{CI}:6"]
    assert "`--lr`" in found[0].message


@pytest.mark.parametrize(
    ("command", "parser"),
    [
        ("python train.py --epochs 3 --learning-rate=0.1", PARSER),
        ("python train.py --learn 0.1 --help", PARSER),
        ("python train.py --lr 0.1", PARSER.replace("parse_args()", "parse_known_args()")),
        ("python train.py --lr 0.1", PARSER.replace('"--epochs"', '"-e", "--lr"')),
        ("python train.py --lr 0.1", PARSER.replace('"--epochs"', "NAME")),
        ("python train.py --lr 0.1", "import click\n"),
        ("python train.py -- --lr 0.1", PARSER),
        ("python other.py --lr 0.1", PARSER),
    ],
)
def test_options_that_the_parser_may_know(command: str, parser: str) -> None:
    assert places(argument_rejected, {**steps(command), "train.py": parser}) == []
