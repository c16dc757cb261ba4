"""What the readers of Kubernetes, Kustomize and Helm find, and what they leave alone."""

import pytest
from endless import ends
from reading import facts, pairs, read, units
from soundness import checked

from mlops_scan.evidence import Fact
from mlops_scan.facts.kubernetes.helm import chart, helmfile, requirements, values
from mlops_scan.facts.kubernetes.kustomize import kustomization
from mlops_scan.facts.kubernetes.manifests import manifests
from mlops_scan.facts.source import Reader

# Manifests

CRON = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: retrain}
spec:
  schedule: "0 3 * * *"
  suspend: true
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: train
              image: ghcr.io/org/train:1.2
              command: ["sh", "-c"]
              args: ["dvc pull && dvc repro"]
              env:
                - {name: EPOCHS, value: "3"}
                - {name: AWS_SECRET_ACCESS_KEY, value: abc}
                - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
"""


def test_a_container_has_its_image_commands_and_variables_in_the_unit_of_its_object():
    items = read(manifests, CRON)
    unit = "service:CronJob/retrain"
    assert Fact("resource", "batch/CronJob", 2, "retrain", unit) in items
    assert Fact("image", "ghcr.io/org/train", 13, "1.2", unit) in items
    assert [(fact.name, fact.line) for fact in facts(items, "command")] == [("dvc pull", 15), ("dvc repro", 15)]
    assert pairs(items, "env") == [("EPOCHS", "3"), ("AWS_SECRET_ACCESS_KEY", ""), ("POD", "")]


def test_a_schedule_starts_its_object_and_suspend_switches_both_off():
    items = read(manifests, CRON)
    assert Fact("trigger", "schedule", 5, "0 3 * * *", "trigger:schedule CronJob/retrain") in items
    assert Fact("starts", "#service:CronJob/retrain", 5, unit="trigger:schedule CronJob/retrain") in items
    assert {fact.unit for fact in facts(items, "switched-off")} == set(units(items))


def test_no_value_of_a_variable_becomes_a_field():
    assert not any("abc" in fact.value for fact in facts(read(manifests, CRON), "field"))


def test_the_settings_of_a_custom_resource_are_fields_with_lists_seen_through():
    text = "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata:\n  name: churn\n  annotations:\n"
    text += (
        "    serving.kserve.io/autoscalerClass: hpa\nspec:\n  predictor:\n    canaryTrafficPercent: 10\n    model:\n"
    )
    text += "      storageUri: s3://me:pw@bucket/churn\n      runtimes: [{name: a}, {name: b}]\n"
    items = read(manifests, text)
    unit = "service:InferenceService/churn"
    assert pairs(items, "resource") == [("serving.kserve.io/InferenceService", "churn")]
    assert Fact("field", "InferenceService.spec.predictor.canaryTrafficPercent", 9, "10", unit) in items
    assert ("InferenceService.spec.predictor.model.runtimes.name", "b") in pairs(items, "field")
    assert ("InferenceService.metadata.annotations.serving.kserve.io/autoscalerClass", "hpa") in pairs(items, "field")
    assert facts(items, "uri") == [Fact("uri", "s3://bucket/churn", 11, "", unit)]


def test_all_documents_and_all_items_of_a_list_are_objects():
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\n---\napiVersion: v1\nkind: List\nitems:\n"
    text += "  - {apiVersion: apps/v1, kind: Deployment, metadata: {name: b}}\n  - nothing\n"
    assert units(read(manifests, text)) == ["service:Service/a", "service:Deployment/b"]


def test_json_is_read_as_well():
    text = '{"kind": "Pod", "apiVersion": "v1", "spec": {"containers": [{"image": "a:1"}]}}'
    assert pairs(read(manifests, text, "pod.json"), "image") == [("a", "1")]


def test_a_definition_of_a_kind_is_no_resource_of_that_kind():
    text = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: models.org.io\nspec:\n"
    )
    text += "  names:\n    kind: Model\n"
    assert pairs(read(manifests, text), "resource") == [
        ("apiextensions.k8s.io/CustomResourceDefinition", "models.org.io")
    ]


def test_a_definition_beside_other_objects_has_no_fields():
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n---\napiVersion: apiextensions.k8s.io/v1\n"
    text += "kind: CustomResourceDefinition\nmetadata: {name: d}\nspec: {image: x, schema: {type: object}}\n"
    items = read(manifests, text)
    assert units(items) == ["service:Namespace/n", "service:CustomResourceDefinition/d"]
    assert not facts(items, "field") and not facts(items, "image")


def test_nothing_of_a_secret_is_told():
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, annotations: {a: hush}}\nstringData: {url: 'http://hush/x'}\n"
    assert "hush" not in repr(read(manifests, text))


def test_a_config_map_gives_variables_and_addresses_and_no_texts():
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  MODEL_URI: models:/churn/1\n  a.txt: hello\n"
    items = read(manifests, text)
    assert pairs(items, "env") == [("MODEL_URI", "models:/churn/1")]
    assert pairs(items, "uri") == [("models:/churn/1", "")]
    assert not facts(items, "field")


def test_a_template_of_a_chart_is_read_without_what_it_fills_in():
    text = "apiVersion: {{ .Values.version }}\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n"
    text += '  {{- include "labels" . | nindent 4 }}\nspec:\n  template:\n    spec:\n      containers:\n'
    text += '        - image: "{{ .Values.image }}:{{ .Values.tag }}"\n          command: ["mlflow", "server"]\n'
    items = read(manifests, text)
    assert pairs(items, "resource") == [("apps/Deployment", "TEMPLATE")]
    assert not facts(items, "image")
    assert [fact.name for fact in facts(items, "command")] == ["mlflow server"]


def test_arguments_of_an_unknown_program_are_no_command():
    text = (
        "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a, args: [--port, '1']}, {image: b, args: [run, x]}]}\n"
    )
    assert [fact.name for fact in facts(read(manifests, text), "command")] == ["run x"]


def test_steps_of_a_task_run_their_scripts_if_a_shell_reads_them():
    text = (
        "apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  steps:\n    - image: a\n      script: |\n        dvc repro\n"
    )
    text += "    - image: b\n      script: |\n        #!/usr/bin/env python\n        import os\n"
    assert [(fact.name, fact.line) for fact in facts(read(manifests, text), "command")] == [("dvc repro", 7)]


def test_what_git_ops_deploys_is_included_with_the_repository_that_it_comes_from():
    text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\n"
    text += "spec: {source: {repoURL: 'https://u:p@h/r', path: deploy/prod}}\n"
    assert pairs(read(manifests, text), "includes") == [("deploy/prod", "https://h/r")]


def test_the_schedule_and_steps_of_a_workflow_are_read_as_a_pipeline_elsewhere():
    text = "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: w}\nspec: {schedule: '* * * * *'}\n"
    items = read(manifests, text)
    assert pairs(items, "resource") == [("argoproj.io/CronWorkflow", "w")]
    assert not facts(items, "trigger")


def test_fields_are_bounded():
    text = "apiVersion: a/v1\nkind: Big\nspec:\n" + "".join(f"  f{n}: {'x' * 500}\n" for n in range(1000))
    fields = facts(read(manifests, text), "field")
    assert len(fields) == 200
    assert max(len(fact.value) for fact in fields) == 120


NOT_OURS = [
    "name: train\non: {push: {branches: [main]}}\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n",
    "stages:\n  train: {cmd: python train.py, deps: [a]}\n",
    "name: env\ndependencies: [python=3.11, {pip: [mlflow]}]\n",
    "artifact_path: model\nflavors: {python_function: {env: conda.yaml}}\nrun_id: a\n",
    "apiVersion: 1\ndatasources: [{name: p, type: prometheus}]\n",
    "kind: x\n",
    "# apiVersion: v1\n# kind: Pod\n",
    "",
]


@pytest.mark.parametrize("text", NOT_OURS)
@pytest.mark.parametrize("reader", [manifests, kustomization, chart, requirements, values, helmfile])
def test_files_of_other_formats_yield_nothing(reader: Reader, text: str):
    assert read(reader, text) == []


# Kustomize


def test_a_kustomization_includes_files_beside_it_and_sets_images():
    text = "resources: [../base, deploy.yaml, https://h/x?ref=1]\ncomponents: [./c]\npatches:\n  - path: p.yaml\n"
    text += "  - patch: |-\n      - op: add\nimages:\n  - {name: a, newName: org/a, newTag: '2'}\n"
    text += "  - {name: b, digest: sha256:0}\n"
    text += "configMapGenerator: [{files: [k=c.env]}]\n"
    items = read(kustomization, text, "k/kustomization.yaml")
    assert [fact.name for fact in facts(items, "includes")] == [
        "../base", "./deploy.yaml", "https://h/x?ref=1", "./c", "./p.yaml",
    ]  # fmt: skip
    assert pairs(items, "image") == [("org/a", "2"), ("b", "sha256:0")]
    assert pairs(items, "reads") == [("./c.env", "")]


def test_a_kustomization_is_no_object():
    text = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n"
    assert read(manifests, text) == []
    assert pairs(read(kustomization, text), "includes") == [("./a.yaml", "")]


# Helm


def test_a_chart_has_its_name_and_its_dependencies():
    text = "apiVersion: v2\nname: api\nversion: 0.1.0\ndependencies:\n  - {name: redis, version: 1.x, repository: https://h}\n"
    text += "  - {name: common, repository: 'file://../common'}\n"
    items = read(chart, text, "charts/api/Chart.yaml")
    assert pairs(items, "dependency") == [("helm:redis", "1.x")]
    assert [fact.name for fact in facts(items, "includes")] == ["./templates", "./values.yaml", "../common"]
    assert ("Chart.name", "api") in pairs(items, "field")


def test_values_choose_images_and_switches():
    text = "image: {registry: ghcr.io, repository: org/api, tag: '1'}\nsidecar: {image: org/s:2}\n"
    text += "monitor: {enabled: false}\nenv: [{name: A, value: '1'}]\npassword: hush\n"
    items = read(values, text, "values.yaml")
    assert pairs(items, "image") == [("ghcr.io/org/api", "1"), ("org/s", "2")]
    assert pairs(items, "field") == [("values.monitor.enabled", "false")]
    assert pairs(items, "env") == [("A", "1")]


def test_a_helmfile_installs_charts_of_the_repository_and_of_others():
    text = "releases:\n  - {name: a, chart: ./charts/a, values: [v.yaml, {x: 1}]}\n"
    text += "  - {name: b, chart: bitnami/redis, version: '1', installed: false}\n"
    items = read(helmfile, text, "helmfile.yaml")
    assert [fact.name for fact in facts(items, "includes")] == ["./charts/a", "./v.yaml"]
    assert pairs(items, "dependency") == [("helm:redis", "1")]
    assert facts(items, "switched-off") == [Fact("switched-off", "installed: false", 3, "", "service:b")]


# All of them


@pytest.mark.parametrize(
    "body",
    [
        "spec: " + "{a: " * 99 + "x" + "}" * 99,
        "spec: [" + "{image: a:1}," * 15_000 + "]",
        "x: " + "{{" * 50_000,
        "\n" * 99_999,
    ],
)
def test_a_hostile_text_costs_little_time(body: str):
    with ends():
        checked(manifests, "app.yaml", "apiVersion: v1\nkind: Pod\n" + body)
