"""Files that go in circles, multiply or are very many: what a repository can do to whoever follows and judges it."""

from collections.abc import Callable

from hostile.texts import FLOW, JOBS, STEPS, times


def ring(template: str, number: int) -> dict[int, str]:
    """Texts of which each names the next (`#`) and one far away (`@`)."""
    return {
        at: template.replace("#", str((at + 1) % number)).replace("@", str((at * 7 + 1) % number))
        for at in range(number)
    }


RINGS = {
    "workflows that use each other": (".github/workflows/w{}.yml", "on: [push, workflow_call]\njobs:\n  a:\n    uses: ./.github/workflows/w#.yml\n  b:\n    uses: ./.github/workflows/w@.yml\n"),
    "scripts that source each other": ("s{}.sh", ". ./s#.sh\nbash s@.sh\ncd d#\nsource ../s#.sh\npython train.py\n"),
    "modules that import each other": ("m{}.py", "import m#\nfrom m@ import run as other\nimport mlflow\n\ndef run():\n    other()\n    mlflow.log_metric('a', 1)\n\nrun()\n"),
    "Makefiles that include each other": ("m{}.mk", "include m#.mk\n-include m@.mk\nall: all\n\t$(MAKE) -f m#.mk all\n"),
    "requirements that name each other": ("requirements-{}.txt", "-r requirements-#.txt\n-c requirements-@.txt\nmlflow\n"),
    "kustomizations": ("k{}/kustomization.yaml", "resources: [../k#, ../k@]\n"),
    "modules of Terraform": ("t{}/main.tf", 'module "a" {\n  source = "../t#"\n}\nmodule "b" {\n  source = "../t@"\n}\n'),
    "charts": ("c{}/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1\ndependencies:\n- name: c\n  repository: file://../c#\n- name: d\n  repository: file://../c@\n"),
    "pipelines of DVC": ("d{}/dvc.yaml", "stages:\n  a:\n    cmd: dvc repro ../d#/dvc.yaml\n    deps: [../d@/x]\n    outs: [x]\n  b:\n    cmd: dvc repro ../d@/dvc.yaml\n    deps: [x]\n    outs: [y, ../d#/x]\n"),
    "services": ("e{}/docker-compose.yml", "include: [../e#/docker-compose.yml]\nservices:\n  a:\n    extends: {file: ../e@/docker-compose.yml, service: a}\n    depends_on: [a]\n"),
    "workflows that wait for each other": (".github/workflows/v{}.yml", "name: v@\non:\n  workflow_run:\n    workflows: [v#]\njobs:\n  a:\n    needs: [a, b]\n    steps:\n    - run: python train.py\n  b:\n    needs: a\n    steps:\n    - run: gh workflow run v#.yml\n"),
    "pipelines of GitLab": ("g{}/.gitlab-ci.yml", "include:\n- local: g#/.gitlab-ci.yml\n- local: g@/.gitlab-ci.yml\na:\n  extends: [a, b]\n  needs: [b]\n  script: [a]\nb:\n  extends: a\n  trigger: {include: g#/.gitlab-ci.yml}\n"),
    "DAGs": ("dags/d{}.py", "from airflow import DAG\nfrom airflow.operators.trigger_dagrun import TriggerDagRunOperator\nwith DAG('d#', schedule='@daily') as d:\n    a = TriggerDagRunOperator(task_id='a', trigger_dag_id='d@')\n    a >> a >> [a, a]\n"),
    "packages": ("p{}/package.json", '{"name": "p#", "scripts": {"a": "npm run a", "b": "npm --prefix ../p# run b && npm --prefix ../p@ run a"}}'),
}  # fmt: skip

MULTIPLIED = {
    "jobs that extend three each": (".gitlab-ci.yml", times(".j#:\n  extends: [.j~, .j~, .j~]\n", 60) + "z:\n  extends: .j59\n  script: [python train.py]\n", 0),
    "scripts that quote two each": (".gitlab-ci.yml", ".j0:\n  script: [a]\n" + times(".k#:\n  script:\n  - !reference [.k~, script]\n  - !reference [.k~, script]\n", 60) + "z:\n  script:\n  - !reference [.k59, script]\n", 0),
    "variables of a workflow": (FLOW, "on: push\nenv:\n" + times("  A#: $A~$A~$A~xxxxxxxxxxxxxxxxxxxx\n", 60) + "jobs:\n  a:\n    steps:\n" + times("    - run: python $A#.py $A#\n", 60), 0),
    "variables of a Makefile": ("Makefile", times("A# := $(A~) $(A~)\n", 60) + "all:\n\tpython $(A59)\n", 0),
    "a matrix of thirty dimensions": (FLOW, f"{JOBS}  a:\n    strategy:\n      matrix:\n" + times("        d#: [a, b, c]\n", 30) + "    steps:\n    - run: python ${{ matrix.d1 }}.py\n", 0),
    "a matrix of GitLab": (".gitlab-ci.yml", "a:\n  script: [a]\n  parallel:\n    matrix:\n    - " + times("d#: [a, b, c]\n      ", 30) + "\n", 0),
    "environments of tox": ("tox.ini", f"[tox]\nenvlist = {'-'.join(['{a,b,c}'] * 40)}\n[testenv]\ncommands = python train.py\n", 0),
    "braces of a shell": ("run.sh", f"python {'{a,b,c}' * 40}.py\n", 0),
    "stages of DVC": ("dvc.yaml", "vars: [{a: [1, 2, 3]}]\nstages:\n  s:\n    matrix:\n" + times("      d#: [a, b, c]\n", 30) + "    cmd: python train.py ${item.d1}\n", 0),
    "rules of a Snakefile": ("Snakefile", "rule a:\n  input: expand('" + times("{a#}", 30) + "', " + times("a#=[1, 2, 3], ", 30) + ")\n  shell: 'python train.py'\n", 0),
    "workflows": ("", "", 0),
    "tasks in a row of lists": ("dags/a.py", "from airflow import DAG\nwith DAG('d') as d:\n" + times("    a# = BashOperator(task_id='a#', bash_command='python train.py')\n", 60) + "    " + " >> ".join([f"[{times('a#, ', 60)}]"] * 60) + "\n", 0),
    "functions": ("train2.py", times("def f#():\n    f~()\n    g~()\n    h~()\ndef g#():\n    f~()\n    h~()\ndef h#():\n    f~()\n    g~()\n", 400) + "f399()\n", 0),
    "targets": ("Makefile", "all: t99\n" + times("t#: t~ u~\n\tpython train.py\nu#: t~ u~\n\tpython train.py\n", 100), 0),
    "anchors of Compose": ("docker-compose.yml", "x-a0: &a0 {image: a}\n" + "".join(f"x-a{at}: &a{at}\n  <<: [*a{at - 1}, *a{at - 1}]\n" for at in range(1, 60)) + "services:\n" + times("  s#:\n    <<: *a59\n", 60), 0),
    "templates of Argo": ("w.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec:\n  entrypoint: t99\n  templates:\n" + times("  - name: t#\n    dag:\n      tasks:\n      - {name: a, template: t~}\n      - {name: b, template: t~, dependencies: [a]}\n", 100), 0),
}  # fmt: skip


def _calls(number: int) -> str:
    return "".join(f"      f{at}()\n" for at in range(number))


UNITS: dict[str, tuple[int, int, Callable[[int], dict[str, str]]]] = {
    "jobs that each start all scripts": (30, 250, lambda n: {
        **{f".github/workflows/w{at}.yml": STEPS + times("    - run: python s#.py\n", n) for at in range(n)},
        **{f"s{at}.py": "import mlflow\nmlflow.log_metric('a', 1)\nmodel.fit(x)\n" for at in range(n)},
    }),
    "jobs that each need the one before": (200, 9_000, lambda n: {
        FLOW: JOBS + times("  deploy#:\n    needs: [deploy~]\n    steps:\n    - run: kubectl apply -f k8s/\n", n),
    }),
    "jobs that evaluate and jobs that deploy": (75, 4_000, lambda n: {
        FLOW: JOBS + times("  deploy#:\n    needs: [evaluate~]\n    steps:\n    - run: kubectl apply -f k8s/\n  evaluate#:\n    continue-on-error: true\n    steps:\n    - run: python evaluate.py || true\n", n),
        "evaluate.py": times("def check#():\n  if accuracy# < 0.#: raise ValueError\n", min(n, 500)),
        "k8s/a.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: a, image: b}]}}}\n",
    }),
    "steps": (200, 9_000, lambda n: {FLOW: STEPS + times("    - id: s#\n      if: steps.s~.outputs.x\n      run: dvc repro && kubectl apply -f k8s\n", n)}),
    "functions that each call all": (30, 200, lambda n: {
        "train.py": "import mlflow\n" + times(f"def f#():\n{_calls(n)}      mlflow.log_metric('a', #)\n", n) + "f0()\n",
    }),
    "functions that each call the one before": (200, 12_000, lambda n: {
        "train.py": "import mlflow\n" + times("def f#():\n  f~()\n  mlflow.log_metric('a', #)\n", n) + f"f{n - 1}()\n",
    }),
    "modules that each import the one before": (100, 20_000, lambda n: {
        **{f"m{at}.py": f"import m{max(at - 1, 0)}\nimport mlflow\nmlflow.log_metric('a', 1)\n" for at in range(n)},
        "train.py": f"import m{n - 1}\n",
    }),
    "targets that each need the one before": (125, 30_000, lambda n: {"Makefile": times("t#: t~\n\tpython train.py\n", n)}),
    "targets that each need all": (30, 300, lambda n: {"Makefile": times(f"t#: {times('t# ', n)[:-1].replace('#', '#')}\n\tpython train.py\n", n)}),
    "targets that are named by a variable": (75, 5_000, lambda n: {
        "Makefile": times("t#:\n\tpython train.py\n", n), FLOW: STEPS + times("    - run: make t${{ matrix.a# }}\n", n),
    }),
    "stages that share a folder": (75, 6_000, lambda n: {
        "dvc.yaml": "stages:\n" + times("  s#:\n    cmd: python train.py\n    deps: [data]\n    outs: [data/o#]\n", n),
        "dvc.lock": "schema: '2.0'\nstages:\n" + times("  s#:\n    cmd: python train.py\n    deps:\n    - path: data\n      md5: d41d8cd98f00b204e9800998ecf8427e.dir\n      nfiles: 100\n", n),
        **{f"data/f{at}.txt": "x" for at in range(100)},
    }),
    "stages that write one file": (75, 9_000, lambda n: {"dvc.yaml": "stages:\n" + times("  s#:\n    cmd: python train.py\n    deps: [a]\n    outs: [a]\n", n)}),
    "lines that show one tool": (500, 25_000, lambda n: {"train.py": "import mlflow\n" + times("mlflow.log_metric('a#', #)\n", n)}),
    "models that are registered and loaded": (125, 9_000, lambda n: {
        "train.py": "import mlflow\n" + times("def f#():\n  mlflow.register_model('a', 'm#')\n  mlflow.pyfunc.load_model(f'models:/{x#}/1')\n", n),
    }),
    "branches that decide": (100, 9_000, lambda n: {
        "train.py": "import mlflow\nc = mlflow.MlflowClient()\ndef run(acc):\n" + times("  if check(acc) and acc > limit#:\n    c.transition_model_version_stage('m', 1, 'Production')\n    ship()\n", n) + "def check(a): pass\ndef ship(): pass\n",
    }),
    "calls that branches in branches decide": (250, 30_000, lambda n: {
        "train.py": "import mlflow\nmodel.fit(x)\n" + "".join(f"{' ' * at}if check{at % 9}():\n" for at in range(90)) + f"{' ' * 90}ship()\n" * n + "def ship(): pass\n" + times("def check#(): pass\n", 9),
    }),
    "services and manifests": (75, 4_000, lambda n: {
        "docker-compose.yml": "services:\n" + times("  s#:\n    build: .\n    depends_on: [s~]\n    volumes: ['./d:/x']\n", n),
        "k8s/a.yaml": times("---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a#}\nspec: {template: {spec: {containers: [{name: a, image: r/s#}]}}}\n", n),
    }),
    "endpoints of Terraform": (100, 9_000, lambda n: {"main.tf": times('resource "aws_sagemaker_endpoint" "e#" {\n  name = "n#"\n}\n', n)}),
    "alerts and metrics": (100, 9_000, lambda n: {
        "rules.yml": "groups:\n- name: g\n  rules:\n" + times("  - alert: a#\n    expr: drift_score# > 1\n", n),
        "prometheus.yml": "rule_files: [rules.yml]\nscrape_configs:\n" + times("- job_name: j#\n  static_configs: [{targets: ['s#:1']}]\n", min(n, 4_000)),
        "app.py": "from prometheus_client import Gauge\n" + times("g# = Gauge('drift_score#', '')\n", n),
    }),
    "images that are built and used": (50, 4_000, lambda n: {
        FLOW: STEPS + times("    - run: docker build -t r#/x . && docker push r#/x\n", n), "Dockerfile": "FROM a\nCMD python train.py\n",
    }),
    "files that a command applies": (37, 2_000, lambda n: {
        FLOW: STEPS + times("    - run: kubectl apply -f k8s/ && helm upgrade a ./c\n", n), "c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1\n",
        **{f"k8s/a{at}.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n" for at in range(n)},
    }),
    "scripts that are missing": (125, 9_000, lambda n: {FLOW: STEPS + times("    - run: python x#/train.py && bash y#.sh\n", n)}),
    "tasks of DAGs": (75, 6_000, lambda n: {
        "dags/a.py": "from airflow import DAG\nfrom airflow.operators.bash import BashOperator\nwith DAG('d', schedule='@daily') as d:\n" + times("  a# = BashOperator(task_id='a#', bash_command='python train.py')\n", n) + times("  a# >> a~\n", n),
    }),
    "steps of pipelines": (75, 9_000, lambda n: {
        "pipe.py": "from kfp import dsl\n" + times("@dsl.component\ndef c#(x: str) -> str:\n  import mlflow\n  return x\n", n) + "@dsl.pipeline\ndef p():\n" + times("  t# = c#(x=t~.output)\n", n),
    }),
    "cells": (125, 9_000, lambda n: {
        "a.ipynb": '{"nbformat": 4, "metadata": {}, "cells": [\n' + ",\n".join(f'{{"cell_type": "code", "source": ["import mlflow\\n",\n"mlflow.log_metric(\'a{at}\', 1)"]}}' for at in range(n)) + "]}",
    }),
    "accepted faults": (75, 6_000, lambda n: {FLOW: STEPS + times("    - run: pytest || true # mlops-scan: ignore gate-cannot-fail: because of #\n", n)}),
    "rules for faults that do not exist": (75, 9_000, lambda n: {"src/x.py": times("x = # # mlops-scan: ignore gate-canot-fail: because\n", n)}),
}  # fmt: skip
