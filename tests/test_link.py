"""The linker: what starts what, and what is shared, in small repositories."""

from faulty import life_of, readings_of

from mlops_scan.evidence import SHARED_LINKS, Fact, Node, Reading
from mlops_scan.wiring.link import link


def links(files: dict[str, str], *kinds: str) -> set[str]:
    """`source -> target` of the links, without those between a file and its own units."""
    found = [each for each in link(readings_of(files)).links if each.kind != "holds"]
    return {f"{_name(each.source)} -> {_name(each.target)}" for each in found if not kinds or each.kind in kinds}


def _name(node: Node) -> str:
    return f"{node.path}#{node.unit}" if node.unit else node.path


def reaches(files: dict[str, str], start: Node, target: Node) -> bool:
    """Whether one node starts another, directly or not."""
    return target in life_of(files).graph.reached_from(start)


WORKFLOW = ".github/workflows/ci.yml"


def test_the_chain_goes_from_a_push_over_job_make_and_stage_to_a_function() -> None:
    files = {
        WORKFLOW: "on: push\njobs: {train: {runs-on: x, steps: [{run: make train}]}}\n",
        "Makefile": "train:\n\tdvc repro\n",
        "dvc.yaml": "stages:\n  fit:\n    cmd: python src/fit.py\n",
        "src/fit.py": "from src.model import train\n\ntrain()\n",
        "src/__init__.py": "",
        "src/model.py": "def train():\n    pass\n\ndef unused():\n    pass\n",
    }
    assert reaches(files, Node(WORKFLOW, "trigger:push"), Node("src/model.py", "function:train"))


def test_a_script_runs_in_the_folder_that_calls_it() -> None:
    files = {
        "Makefile": "a:\n\tcd ml && bash ../run.sh\n",
        "run.sh": "python train.py\n",
        "ml/train.py": "",
        "web/train.py": "",
    }
    assert "run.sh -> ml/train.py" in links(files)


def test_a_script_that_changes_to_its_own_folder_finds_what_is_beside_it() -> None:
    files = {"ops/run.sh": 'cd "$(dirname "$0")"\npython train.py\n', "ops/train.py": "", "train.py": ""}
    assert links(files) == {"ops/run.sh -> ops/train.py"}


def test_variables_of_the_file_are_filled_in() -> None:
    files = {"run.sh": "SCRIPT=src/train.py\npython ${SCRIPT}\n", "src/train.py": "", "src/a/train.py": ""}
    assert links(files) == {"run.sh -> src/train.py"}
    either = {**files, "run.sh": "SCRIPT=src/train.py\nSCRIPT=src/a/train.py\npython ${SCRIPT}\n"}
    assert links(either, "command") == set()


def test_reusable_workflows_and_local_actions_are_started_by_who_uses_them() -> None:
    files = {
        WORKFLOW: """
            on: push
            jobs:
              a: {uses: ./.github/workflows/train.yml}
              b: {runs-on: x, steps: [{uses: ./.github/actions/setup}]}
            """,
        ".github/workflows/train.yml": "on: workflow_call\njobs: {t: {runs-on: x, steps: [{run: python t.py}]}}\n",
        ".github/actions/setup/action.yaml": "runs: {using: composite, steps: [{run: python s.py, shell: bash}]}\n",
        "t.py": "",
        "s.py": "",
    }
    for path in ("t.py", "s.py"):
        assert reaches(files, Node(WORKFLOW, "trigger:push"), Node(path))


def test_a_workflow_goes_on_in_the_one_that_runs_after_it() -> None:
    files = {
        WORKFLOW: "name: Train\non: push\njobs: {a: {runs-on: x, steps: [{run: python t.py}]}}\n",
        ".github/workflows/deploy.yml": """
            on: {workflow_run: {workflows: [Train]}}
            jobs: {d: {runs-on: x, steps: [{run: python d.py}]}}
            """,
        "t.py": "",
        "d.py": "",
    }
    assert reaches(files, Node(WORKFLOW, "trigger:push"), Node("d.py"))


def test_azure_templates_are_found_beside_the_file_and_in_the_folders_around_it() -> None:
    files = {
        "ci/azure-pipelines.yml": "trigger: [main]\nsteps:\n- template: steps/train.yml\n- template: other.yml@elsewhere\n",
        "ci/steps/train.yml": "steps:\n- script: python train.py\n",
        "ci/other.yml": "steps:\n- script: python other.py\n",
        "train.py": "",
        "other.py": "",
    }
    start = Node("ci/azure-pipelines.yml", "trigger:push")
    assert reaches(files, start, Node("train.py"))
    assert not reaches(files, start, Node("other.py"))


def test_a_schedule_in_code_leads_over_the_dag_to_its_callables() -> None:
    files = {
        "dags/churn.py": """
            from airflow import DAG
            from airflow.operators.python import PythonOperator
            from model.fit import train

            def prepare():
                pass

            with DAG("churn", schedule="@daily"):
                PythonOperator(task_id="prepare", python_callable=prepare)
                PythonOperator(task_id="train", python_callable=train)
            """,
        "model/__init__.py": "",
        "model/fit.py": "def train():\n    pass\n",
    }
    assert {
        "dags/churn.py -> dags/churn.py#function:prepare",
        "dags/churn.py -> model/fit.py#function:train",
    } <= links(files, "argument")
    assert reaches(files, Node("dags/churn.py", "trigger:schedule"), Node("model/fit.py", "function:train"))


def test_functions_call_functions_also_through_a_package_that_passes_them_on() -> None:
    files = {
        "app.py": "from shop import fit\n\ndef run():\n    fit()\n    helper()\n\ndef helper():\n    pass\n",
        "shop/__init__.py": "from .model import fit\n",
        "shop/model.py": "def fit():\n    pass\n",
    }
    assert {
        "app.py#function:run -> shop/model.py#function:fit",
        "app.py#function:run -> app.py#function:helper",
    } <= links(files, "call")


def test_a_dag_is_triggered_by_its_id() -> None:
    files = {
        "watch.py": """
            from airflow.operators.trigger_dagrun import TriggerDagRunOperator
            TriggerDagRunOperator(task_id="t", trigger_dag_id="retrain")
            """,
        "dags/retrain.py": "from airflow.decorators import dag\n\n@dag(schedule=None)\ndef retrain():\n    pass\n",
    }
    assert "watch.py -> dags/retrain.py#function:retrain" in links(files)


def test_a_request_to_an_interface_starts_the_workflow_that_waits_for_it() -> None:
    files = {
        "drift.py": 'import requests\n\nrequests.post("https://api.github.com/repos/o/r/dispatches", json={})\n',
        ".github/workflows/retrain.yml": """
            on: {repository_dispatch: {types: [drift]}}
            jobs: {t: {runs-on: x, steps: [{run: python train.py}]}}
            """,
        "train.py": "",
    }
    assert reaches(files, Node("drift.py"), Node("train.py"))


def test_a_manifest_leads_over_its_image_to_what_the_image_starts() -> None:
    files = {
        WORKFLOW: """
            on: push
            env: {IMAGE: ghcr.io/shop/api}
            jobs: {b: {runs-on: x, steps: [{run: 'docker build -t ${{ env.IMAGE }}:1 -f docker/Dockerfile .'}]}}
            """,
        "docker/Dockerfile": "FROM python:3.11\nCOPY src /app/src\nWORKDIR /app\nCMD python src/serve.py\n",
        "src/serve.py": "",
        "k8s/api.yaml": """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: api}
            spec: {template: {spec: {containers: [{image: 'ghcr.io/shop/api:1'}]}}}
            """,
        "other.yaml": """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: other}
            spec: {template: {spec: {containers: [{image: 'ghcr.io/shop/other:1'}]}}}
            """,
    }
    assert reaches(files, Node("k8s/api.yaml"), Node("src/serve.py"))
    assert not reaches(files, Node("other.yaml"), Node("src/serve.py"))


def test_a_service_starts_its_mounted_configuration_and_what_that_includes() -> None:
    files = {
        "compose.yaml": """
            services:
              prometheus:
                image: prom/prometheus
                volumes: ['./monitoring:/etc/prometheus']
            """,
        "monitoring/prometheus.yml": "global: {}\nrule_files: ['/etc/prometheus/rules/*.yml']\nscrape_configs: []\n",
        "monitoring/rules/drift.yml": "groups: [{name: a, rules: [{alert: Drift, expr: drift > 1}]}]\n",
    }
    assert "monitoring/prometheus.yml -> monitoring/rules/drift.yml" in links(files)
    assert reaches(files, Node("compose.yaml", "service:prometheus"), Node("monitoring/rules/drift.yml"))


def test_makefiles_offer_the_targets_of_those_that_they_include() -> None:
    files = {"Makefile": "include mk/*.mk\nall: train\n", "mk/train.mk": "train:\n\tpython t.py\n", "t.py": ""}
    assert "Makefile#target:all -> mk/train.mk#target:train" in links(files)


def test_patterns_mean_all_files_that_they_match() -> None:
    files = {"_targets.R": 'tar_source("R")\n', "R/fit.R": "a <- 1\n", "R/plot.R": "b <- 2\n"}
    assert links(files) == {"_targets.R -> R/fit.R", "_targets.R -> R/plot.R"}


def test_a_script_that_is_passed_in_a_variable_is_started_by_who_reads_it() -> None:
    files = {
        "ci/variables.yml": "variables:\n- name: TRAIN_SCRIPT\n  value: train/fit.py\n",
        "submit.py": 'import os\n\nscript = os.environ["TRAIN_SCRIPT"]\n',
        "train/fit.py": "",
    }
    assert links(files, "runs-file") == {"submit.py -> train/fit.py"}


def test_what_is_shared_is_linked_and_starts_nothing() -> None:
    files = {
        "train.py": """
            import mlflow
            import pandas as pd

            frame.to_csv("data/scores.csv")
            mlflow.sklearn.log_model(model, "m", registered_model_name="churn")
            """,
        "serve.py": """
            import os
            import mlflow
            import pandas as pd
            from prometheus_client import Counter

            pd.read_csv("data/scores.csv")
            mlflow.pyfunc.load_model("models:/churn@champion")
            REQUESTS = Counter("requests", "How many")
            os.environ["MODEL_STAGE"]
            """,
        "compose.yaml": "services: {api: {image: x, environment: {MODEL_STAGE: prod}}}\n",
        "rules.yml": "groups: [{name: a, rules: [{alert: Down, expr: 'rate(requests_total[5m])'}]}]\n",
    }
    assert links(files, *SHARED_LINKS) == {
        "train.py -> serve.py",
        "compose.yaml#service:api -> serve.py",
        "serve.py -> rules.yml#alert:Down",
    }
    graph = life_of(files).graph
    assert not reaches(files, Node("train.py"), Node("serve.py"))
    assert graph.users(Node("train.py"), "model") == [Node("serve.py")]
    assert graph.makers(Node("serve.py"), "data") == [Node("train.py")]
    assert graph.makers(Node("serve.py"), "metric") == []


def test_another_name_is_not_shared() -> None:
    files = {
        "train.py": 'import mlflow\n\nmlflow.sklearn.log_model(model, "m", registered_model_name="churn")\n',
        "serve.py": 'import mlflow\n\nmlflow.pyfunc.load_model("models:/fraud@champion")\n',
    }
    assert links(files, *SHARED_LINKS) == set()


def test_a_file_of_another_part_of_the_repository_is_not_taken_for_the_one_that_is_meant() -> None:
    files = {"a/run.sh": "python train.py\n", "b/train.py": "", "c/train.py": ""}
    assert links(files) == set()


def test_a_module_is_found_under_the_folders_around_and_the_projects_whether_one_file_has_its_name_or_two() -> None:
    files = {
        "a/util.py": "def go():\n    pass\n",
        "b/util.py": "def go():\n    pass\n",
        "b/run.py": "import util\nimport far\n\nutil.go()\n",
        "c/deep/far.py": "",
    }
    near = {"b/run.py -> b/util.py", "b/run.py -> b/util.py#function:go"}
    assert links(files) == near
    assert links({**files, "c/deep/pyproject.toml": ""}) == {*near, "b/run.py -> c/deep/far.py"}


def test_the_number_of_links_grows_with_the_files_and_not_with_their_pairs() -> None:
    def linked(count: int) -> int:
        readings = []
        for number in range(count):
            facts = [Fact("import", f"pkg.m{number + 1}", 1), Fact("call", f"pkg.m{number + 1}.run", 2)]
            facts += [Fact("command", f"python pkg/m{number}.py", 3), Fact("reads", "data/x.csv", 4)]
            facts += [Fact("writes", "data/x.csv", 5), Fact("env", "NAME_OF_ALL", 6), Fact("needs", "#target:a", 7)]
            readings.append(Reading(f"pkg/m{number}.py", "product", tuple(facts)))
        return len(link(readings).links)

    small, large = linked(300), linked(3000)
    assert small > 0 and large <= 11 * small
