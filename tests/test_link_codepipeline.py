"""AWS CodePipeline: from what starts it over its builds to what their specifications run."""

from itertools import pairwise
from textwrap import dedent

import pytest
from faulty import life_of, readings_of
from wired import linked, started

from mlops_scan.evidence import Node, Strength
from mlops_scan.practices import data_triggers_deployment
from mlops_scan.wiring.link import link

FILES = {
    "buildspec.yml": "version: 0.2\nphases:\n  build:\n    commands:\n    - python other.py\n",
    "ci/train.yml": "version: 0.2\nphases:\n  build:\n    commands:\n    - python fit.py\n",
    "fit.py": "",
    "other.py": "",
}
TYPESCRIPT = """
    import * as codebuild from 'aws-cdk-lib/aws-codebuild';
    import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
    import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';

    export class Delivery extends Stack {
      readonly pipeline: codepipeline.Pipeline;
      constructor(scope: Construct, id: string, props: Props) {
        super(scope, id); // new codebuild.PipelineProject(this, 'x', {buildSpec: 'other.yml'})
        this.pipeline = new codepipeline.Pipeline(this, 'P', { restartExecutionOnUpdate: true });
        const code = new codepipeline.Artifact('Code');
        let source: actions.Action;
        if (props.git) {
          source = new actions.GitHubSourceAction({ actionName: 'gh', output: code, repo: `${props.repo}` });
        } else {
          source = new actions.S3SourceAction({ actionName: 's3', output: code, bucketKey: "data.zip" });
        }
        const project: codebuild.Project = new codebuild.PipelineProject(this, 'Train', {
          buildSpec: codebuild.BuildSpec.%s,
        });
        const fit = new actions.CodeBuildAction({ actionName: 'Fit', project, input: code });
        this.pipeline.addStage({ stageName: 'Source', actions: [source] });
        this.pipeline.addStage({ stageName: 'Train', actions: [fit] });
        this.pipeline.addStage({
          stageName: 'Deploy',
          actions: [
            new actions.ManualApprovalAction({ actionName: 'Approval', runOrder: 1 }),
            new actions.CloudFormationCreateUpdateStackAction({ actionName: 'Ship', runOrder: 2 }),
          ],
        });
      }
    }
    """
PYTHON = """
    from aws_cdk import aws_codebuild as codebuild, aws_codepipeline as codepipeline
    from aws_cdk import aws_codepipeline_actions as actions

    class Delivery:
        def __init__(self, scope, id):
            spec = codebuild.BuildSpec.from_source_filename("ci/train.yml")
            self.train = codebuild.PipelineProject(self, "Train", build_spec=spec)
            p = codepipeline.Pipeline(self, "P")
            p.add_stage(stage_name="Source", actions=[actions.S3SourceAction(action_name="s3")])
            p.add_stage(stage_name="Train", actions=[actions.CodeBuildAction(action_name="Fit", project=self.train)])
    """
CLOUDFORMATION = """
    Resources:
      TrainProject:
        Type: AWS::CodeBuild::Project
        Properties:
          Source: {Type: CODEPIPELINE, BuildSpec: %s}
      Delivery:
        Type: AWS::CodePipeline::Pipeline
        Properties:
          Stages:
          - Name: Source
            Actions: [{Name: S, ActionTypeId: {Category: Source, Provider: S3}}]
          - Name: Train
            Actions:
            - {Name: Fit, ActionTypeId: {Category: Build, Provider: CodeBuild}, Configuration: {ProjectName: !Ref TrainProject}}
    """
TERRAFORM = """
    resource "aws_codebuild_project" "train" {
      source {
        type      = "CODEPIPELINE"
        buildspec = %s
      }
    }
    resource "aws_codepipeline" "delivery" {
      stage {
        name = "Source"
        action {
          name     = "S"
          category = "Source"
          provider = "S3"
        }
      }
      stage {
        name = "Train"
        action {
          name     = "Fit"
          category = "Build"
          provider = "CodeBuild"
          configuration = {
            ProjectName = aws_codebuild_project.train.name
          }
        }
      }
    }
    """
SHORT = """
    import { CodePipeline, CodePipelineSource, ShellStep } from 'aws-cdk-lib/pipelines';
    new CodePipeline(this, 'P', {
      synth: new ShellStep('Synth', { input: CodePipelineSource.s3(bucket, 'x.zip'), commands: ['npm ci', 'python fit.py'] }),
    });
    """
WRITTEN = {
    "TypeScript": ("lib/p.ts", TYPESCRIPT % "fromSourceFilename('./ci/train.yml')"),
    "TypeScript, an object": (
        "lib/p.ts", TYPESCRIPT % "fromObject({ phases: { build: { commands: ['pip install x', 'python fit.py'] } } })",
    ),
    "TypeScript, the short form": ("lib/p.ts", SHORT),
    "Python": ("infra/p.py", PYTHON),
    "CloudFormation": ("infra/p.yaml", CLOUDFORMATION % "ci/train.yml"),
    "CloudFormation, its own text": (
        "infra/p.yaml", CLOUDFORMATION % '"version: 0.2\\nphases:\\n  build:\\n    commands:\\n      - python fit.py\\n"',
    ),
    "Terraform": ("infra/p.tf", TERRAFORM % '"ci/train.yml"'),
    "Terraform, a file": ("infra/p.tf", TERRAFORM % 'file("${path.module}/../ci/train.yml")'),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(WRITTEN))
def test_new_data_start_the_pipeline_its_build_and_what_the_build_runs(case: str) -> None:
    path, text = WRITTEN[case]
    reached = started({**FILES, path: text}, Node(path, "trigger:data"))
    assert "fit.py" in reached
    assert "other.py" not in reached


def test_each_job_waits_for_those_before_it_and_for_a_person() -> None:
    files = {**FILES, "lib/p.ts": TYPESCRIPT % "fromSourceFilename('ci/train.yml')"}
    jobs = ("Fit", "Approval", "Ship")
    assert linked(files, "needs") == {(f"lib/p.ts#job:{b}", f"lib/p.ts#job:{a}") for a, b in pairwise(jobs)}
    assert "fit.py" in started(files, Node("lib/p.ts", "trigger:push"))


def test_a_build_without_a_specification_takes_the_one_at_the_root() -> None:
    text = (TYPESCRIPT % "x").replace("buildSpec: codebuild.BuildSpec.x,", "")
    assert "other.py" in started({**FILES, "lib/p.ts": text}, Node("lib/p.ts", "trigger:push"))


def test_a_source_that_is_told_to_start_nothing_starts_nothing() -> None:
    text = (TYPESCRIPT % "fromSourceFilename('ci/train.yml')").replace(
        "repo:", "trigger: actions.GitHubTrigger.NONE, repo:"
    )
    assert started({**FILES, "lib/p.ts": text}, Node("lib/p.ts", "trigger:push")) == {"lib/p.ts#trigger:push"}


def test_a_specification_of_another_repository_is_not_missing() -> None:
    files = {"infra/p.yaml": CLOUDFORMATION % "elsewhere/train.yml"}
    assert link(readings_of(files)).loose == []


HOSTILE = {
    "deep": "import 'aws-cdk-lib/aws-codepipeline-actions';\nf(" + "[{a: g(" * 5_000,
    "wide": "import 'aws-cdk-lib/aws-codepipeline-actions';\n" + "x = new A({ b: new C({ d: [e, f] }) });\n" * 3_000,
    "unclosed": "import 'aws-cdk-lib/aws-codepipeline-actions';\np.addStage({ stageName: 'a', actions: [new X({ y: `",
}


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_programs_that_mean_harm_are_no_pipelines(case: str) -> None:
    assert linked({"p.ts": dedent(HOSTILE[case])}, "starts", "needs") == set()


def test_an_approval_on_the_way_from_the_data_to_the_deployment_is_a_human_on_it() -> None:
    code = "from sklearn.linear_model import Ridge\nfrom sklearn.metrics import r2_score\n\nRidge().fit(1, 2)\nr2_score(1, 2)\n"
    path, text = "lib/p.ts", TYPESCRIPT % "fromSourceFilename('ci/train.yml')"
    ship = text.replace("'Ship'", "'Deploy'")
    alone = ship.replace("new actions.ManualApprovalAction({ actionName: 'Approval', runOrder: 1 }),", "")
    for written, strength in ((ship, Strength.CONFIGURED), (alone, Strength.WIRED)):
        proofs = data_triggers_deployment(life_of({**FILES, "fit.py": code, path: written}))
        assert [proof.strength for proof in proofs] == [strength]
