"""Which files speak of what runs, however large they are: where one of them cannot be read, something is lost."""

_TELLING = (
    ".py", ".R", ".r", ".sh", ".tf", ".ipynb", ".toml", "Dockerfile", "Makefile", "Jenkinsfile", "dvc.yaml", ".gitlab-ci.yml",
    "requirements.txt",
)  # fmt: skip
_FOLDERS = (".github/", ".gitlab/", ".circleci/", ".buildkite/", ".azure", ".pipelines/")


def is_telling(path: str) -> bool:
    """Whether the file speaks of what runs. What is too large in others is data and no claim."""
    return path.endswith(_TELLING) or path.startswith(_FOLDERS)
