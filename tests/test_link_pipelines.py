"""Pipelines in code: the steps that are really in them, and the scripts and manifests that they hand to services."""

import pytest
from faulty import readings_of
from wired import WORKFLOW, linked, running, started

RUN = {WORKFLOW: running("python p.py")}
STEPS = {"steps/__init__.py": "", "steps/train.py": "def train(x):\n    pass\n\ndef left(x):\n    pass\n"}
SAGEMAKER = """
    from sagemaker.workflow.pipeline import Pipeline
    from sagemaker.workflow.steps import TrainingStep
    a = TrainingStep(name="first", code="a.py")
    b = TrainingStep(name="second", code="b.py")
    c = TrainingStep(name="third", code="c.py")
    """


def begun(code: str, **files: str) -> set[str]:
    """The files of `a.py`, `b.py`, ... that the push reaches through `p.py`."""
    known = {f"{letter}.py": "" for letter in "abcd"}
    return {path for path in started({**RUN, **known, **files, "p.py": code}) if path in known}


COLLECTED = {
    "a list": ("Pipeline(steps=[a, b])", "ab"),
    "a list in a variable": ("steps = [a, b]\n    Pipeline(steps=steps)", "ab"),
    "appended under a condition": (
        "steps = [a]\n    if flag:\n        steps.append(c)\n    Pipeline(steps=steps)",
        "ac",
    ),
    "a sum": ("steps = [a]\n    steps += [b]\n    Pipeline(steps=steps)", "ab"),
    "one waits for another": ("c.run_after(a)\n    Pipeline(steps=[c])", "ac"),
    "left out, though it waits": ("c.run_after(a)\n    Pipeline(steps=[a, b])", "ab"),
    "a step in a call": ("client.submit(a)\n    Pipeline(steps=[b])", "ab"),
    "all exported": ("__all__ = ['a', 'b', 'c']\n    Pipeline(steps=[a])", "abc"),
}


@pytest.mark.parametrize("case", sorted(COLLECTED))
def test_a_pipeline_starts_the_steps_that_are_in_it(case: str) -> None:
    rest, expected = COLLECTED[case]
    assert begun(f"{SAGEMAKER}{rest}\n") == {f"{letter}.py" for letter in expected}


def test_a_step_that_another_file_imports_is_not_left_out() -> None:
    code = f"{SAGEMAKER}Pipeline(steps=[a, b])\n"
    assert begun(code, **{"other.py": "from p import c\n\nc.start()\n"}) == {"a.py", "b.py", "c.py"}


def test_a_file_in_which_no_step_is_used_is_a_collection() -> None:
    assert begun(SAGEMAKER) == {"a.py", "b.py", "c.py"}


def test_what_a_function_makes_and_drops_is_left_out() -> None:
    code = """
        from sagemaker.workflow.pipeline import Pipeline
        from sagemaker.workflow.steps import TrainingStep
        def build():
            kept = TrainingStep(name="a", code="a.py")
            dropped = TrainingStep(
                name="b",
                code="b.py",
            )
            return Pipeline(steps=[kept])
        build()
        """
    assert begun(code) == {"a.py"}


def test_a_decorated_step_that_no_pipeline_names_starts_nothing() -> None:
    code = """
        from zenml import pipeline, step
        from steps.train import train, left
        @step
        def fit():
            train(1)
        @step
        def check():
            left(1)
        @pipeline
        def training():
            fit()
        training()
        """
    reached = started({**RUN, **STEPS, "p.py": code})
    assert "steps/train.py#function:train" in reached
    assert not {"p.py#function:check", "steps/train.py#function:left"} & reached
    files = {**STEPS, WORKFLOW: running("python more.py"), "more.py": "from p import check\n\ncheck()\n"}
    assert "p.py#function:check" in started({**files, "p.py": code})


HELD = {
    "a list": "steps = [train]\nPipeline(steps).run()\n",
    "pairs": "STEPS = [('train', train)]\n",
    "a dictionary": "STEPS = {'train': train}\n",
    "a loop": "for name, step in [('train', train)]:\n    step()\n",
    "a result": "def all_steps():\n    return [train]\nall_steps()\n",
    "a node of Kedro": "from kedro.pipeline import node, pipeline\np = pipeline([node(train, 'a', 'b')])\n",
    "a node in a variable": (
        "from kedro.pipeline import Node, Pipeline\nn = Node(train, 'a')\no = Node(left, 'b')\nPipeline([n])\n"
    ),
    "a keyword": "from zenml_old import pipeline\npipeline(trainer=train)\n",
}


@pytest.mark.parametrize("case", sorted(HELD))
def test_functions_that_are_held_in_lists_are_handed_on(case: str) -> None:
    reached = started({**RUN, **STEPS, "p.py": f"from steps.train import left, train\n\n{HELD[case]}"})
    assert "steps/train.py#function:train" in reached
    assert "steps/train.py#function:left" not in reached


HANDED = {
    "a folder beside a script": "PyTorch(entry_point='train.py', source_dir='ml')",
    "constants": "PyTorch(entry_point=SCRIPT, source_dir=FOLDER)",
    "the folder of the file": "TrainingStep(code=os.path.join(os.path.dirname(os.path.realpath(__file__)), 'ml', 'train.py'))",
    "a path object": "TrainingStep(code=str(Path(__file__).parent / 'ml' / 'train.py'))",
    "Azure ML 1": "PythonScriptStep(name='t', script_name='train.py', source_directory='ml')",
    "Azure ML 1, a run": "ScriptRunConfig(source_directory='./ml', script='train.py')",
    "Azure ML 2": "azure.ai.ml.command(code='./ml', command='python train.py --x ${{inputs.x}}')",
    "Ray": "ray.job_submission.JobSubmissionClient('x').submit_job(entrypoint='python train.py', working_dir='ml')",
    "Vertex AI": "aiplatform.CustomTrainingJob(display_name='x', script_path='ml/train.py')",
    "Prefect": "flow.from_source(source='https://x/y.git', entrypoint='ml/train.py:fit')",
    "TFX": "Trainer(module_file='ml/train.py')",
    "the default of a setting": "TrainingStep(code=os.getenv('SCRIPT', 'ml/train.py'))",
}


@pytest.mark.parametrize("case", sorted(HANDED))
def test_a_script_that_code_hands_to_a_service_is_the_one_in_the_folder_that_is_sent_along(case: str) -> None:
    head = "import os\nimport azure.ai.ml\nimport ray.job_submission\nFOLDER = 'ml'\nSCRIPT = 'train.py'\n"
    files = {**RUN, "p.py": f"{head}x = {HANDED[case]}\n", "ml/train.py": "", "web/train.py": "", "train.py": ""}
    reached = started(files)
    assert "ml/train.py" in reached
    assert not {"web/train.py", "train.py"} & reached


COMPONENT = """
    $schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
    name: %s
    code: ./src
    command: python %s.py
    """


def test_components_are_started_where_a_pipeline_calls_them() -> None:
    code = """
        from azure.ai.ml import dsl, load_component
        train = load_component(source="parts/train.yml")
        left = load_component(source="parts/left.yml")
        @dsl.pipeline()
        def pipeline(x):
            train(data=x)
        pipeline(1)
        """
    files = {
        "parts/train.yml": COMPONENT % ("train", "train"), "parts/left.yml": COMPONENT % ("left", "left"),
        "parts/src/train.py": "", "parts/src/left.py": "",
    }  # fmt: skip
    reached = started({**RUN, **files, "p.py": code})
    assert "parts/src/train.py" in reached
    assert "parts/src/left.py" not in reached


def test_a_component_on_its_own_leads_to_its_image_and_command() -> None:
    files = {
        "p.py": "from kfp import components\n\ntrain = components.load_component_from_file('c/component.yaml')\ntrain()\n",
        "c/component.yaml": """
            name: train
            implementation: {container: {image: 'gcr.io/p/train:1', command: [python, /app/t.py]}}
            """,
        "c/Dockerfile": "FROM python\nCOPY t.py /app/\nCMD python /app/t.py\n",
        "c/t.py": "",
        "build.sh": "docker build -t gcr.io/p/train c\n",
    }
    assert {"c/Dockerfile", "c/t.py"} <= started({**RUN, **files})


def test_a_registered_component_is_found_by_its_name() -> None:
    files = {
        WORKFLOW: running("az ml job create -f job.yml"),
        "job.yml": """
            $schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
            jobs: {fit: {type: command, component: 'azureml:train_model@latest'}}
            """,
        "parts/train.yml": COMPONENT % ("train_model", "train"),
        "parts/src/train.py": "",
    }
    assert "parts/src/train.py" in started(files)


SUBMITTED = {
    "SageMaker": (
        "aws sagemaker create-training-job --cli-input-json file://job.json",
        '{"TrainingJobName": "x", "AlgorithmSpecification": {"TrainingImage": "1.dkr.ecr.eu.amazonaws.com/train:1"}}',
    ),
    "SageMaker, processing": (
        "aws sagemaker create-processing-job --cli-input-json file://job.json",
        '{"AppSpecification": {"ImageUri": "python:3", "ContainerEntrypoint": ["python", "train.py"]}}',
    ),
    "Vertex AI": (
        "gcloud ai custom-jobs create --config=job.json",
        '{"workerPoolSpecs": [{"containerSpec": {"imageUri": "gcr.io/p/train:1"}}]}',
    ),
    "Vertex AI, a package": (
        "gcloud ai custom-jobs create --config=job.json",
        '{"workerPoolSpecs": [{"pythonPackageSpec": {"pythonModule": "train"}}]}',
    ),
    "Vertex AI, words": (
        "gcloud ai custom-jobs create --worker-pool-spec=machine-type=n1,local-package-path=.,script=train.py",
        "{}",
    ),
    "AWS Batch": (
        "aws batch register-job-definition --cli-input-json file://job.json",
        '{"jobDefinitionName": "x", "containerProperties": {"image": "me/train:1"}}',
    ),
}


@pytest.mark.parametrize("case", sorted(SUBMITTED))
def test_a_request_that_a_command_submits_leads_to_what_runs(case: str) -> None:
    command, request = SUBMITTED[case]
    files = {
        WORKFLOW: running(command), "job.json": request, "train.py": "",
        "Dockerfile": "FROM python\nCMD python train.py\n", "build.sh": "docker build -t train:1 .\n",
    }  # fmt: skip
    assert "train.py" in started(files)


def test_a_pipeline_that_a_service_knows_is_found_by_its_name() -> None:
    files = {
        "define.py": "from sagemaker.workflow.pipeline import Pipeline\n\nPipeline(name='churn', steps=[])\n",
        "p.py": "import boto3\n\nboto3.client('sagemaker').start_pipeline_execution(PipelineName='churn')\n",
        "q.py": "import boto3\n\nboto3.client('sagemaker').start_pipeline_execution(PipelineName='fraud')\n",
    }
    assert linked(files, "argument") == {("p.py", "define.py")}
    by_hand = {**files, WORKFLOW: running("aws sagemaker start-pipeline-execution --pipeline-name churn")}
    assert "define.py" in started(by_hand)


def test_a_script_is_told_which_module_to_run() -> None:
    files = {WORKFLOW: running("cd ml && python run.py --module-name churn"), "ml/run.py": "", "ml/churn.py": ""}
    assert {"ml/run.py", "ml/churn.py"} <= started(files)


def test_models_are_shared_under_names_in_constants_and_second_arguments() -> None:
    files = {
        "train.py": "import mlflow\n\nNAME = 'churn'\nmlflow.register_model('runs:/1/m', NAME)\n",
        "fit.py": "import mlflow\n\nN = 'fraud'\nmlflow.sklearn.log_model(m, 'm', registered_model_name=N)\n",
        "serve.py": "import mlflow\n\nNAME = 'churn'\nmlflow.pyfunc.load_model(f'models:/{NAME}@champion')\n",
        "promote.py": "c.set_registered_model_alias('fraud', 'champion', 1)\n",
    }
    assert {("train.py", "serve.py"), ("fit.py", "promote.py")} == linked(files, "model") - {("fit.py", "serve.py")}


def test_what_is_written_to_a_store_is_used_by_who_reads_it_or_serves_its_folder() -> None:
    files = {
        "a.py": "frame.to_parquet('s3://bucket/models/churn/x.parquet')\n",
        "b.py": "import pandas as pd\n\npd.read_parquet('s3://bucket/models/churn/x.parquet')\n",
        "c.py": "import pandas as pd\n\npd.read_parquet('s3://other/models/churn/x.parquet')\n",
        "k.yaml": """
            apiVersion: serving.kserve.io/v1beta1
            kind: InferenceService
            metadata: {name: m}
            spec: {predictor: {model: {storageUri: 's3://bucket/models/churn'}}}
            """,
    }
    assert linked(files, "data") == {("a.py", "b.py"), ("a.py", "k.yaml#service:InferenceService/m")}


def test_the_index_of_taskcluster_joins_who_makes_and_who_fetches() -> None:
    address = "https://tc.example.com/api/index/v1/task/project.%s.latest/artifacts/public/x.zst"
    files = {
        "infra/tasks.yml": """
            version: 1
            tasks:
            - ID: get
              provisionerId: p
              payload: {image: i, command: [python, g.py]}
              routes: [index.project.data.latest, 'index.project.data.${version}']
              metadata: {name: get}
            - ID: fit
              provisionerId: p
              payload: {image: {type: indexed-image, namespace: project.data.latest}, command: [python, t.py]}
              routes: [index.project.train_churn.latest]
              metadata: {name: fit}
            """,
        "read.py": f"URL = '{address % 'data'}'\n",
        "other.py": f"URL = '{address % 'elsewhere'}'\n",
        "model.py": f"def url(name):\n    return f'{address % 'train_{name}'}'\n",
    }
    assert linked(files, "data") == {
        ("infra/tasks.yml#task:get", "read.py"),
        ("infra/tasks.yml#task:get", "infra/tasks.yml#task:fit"),
        ("infra/tasks.yml#task:fit", "model.py#function:url"),
    }


HOSTILE = {
    "names made of themselves": "x = 'a'\n" + "x = f'{x}{x}{x}{x}{x}{x}'\n" * 50 + "f(code=x, script=x)\n",
    "many early returns": "def train():\n" + "    if check_drift():\n        return\n    train_model()\n" * 3_000,
    "many steps": "".join(f"s{n} = TrainingStep(code='a.py')\n" for n in range(3_000)) + "Pipeline(steps=[s1])\n",
    "a long chain": "with DAG():\n    " + " >> ".join(f"t{n}" for n in range(800)) + "\ncheck_drift(); train_model()\n",
    "nothing that parses": "x = TrainingStep(code='a.py'\nif drift: train(\n",
}


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_code_that_means_harm_is_read_in_bounded_space(case: str) -> None:
    (reading,) = readings_of({"p.py": HOSTILE[case]})
    assert len(reading.facts) < 30_000
    assert all(len(fact.name) < 5_000 for fact in reading.facts)
