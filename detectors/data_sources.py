"""Where training data come from.

Code, because the kind of address and what is done with it must come together: a page on the web is no data source.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Fact, Reading

_STORES = (
    "s3://",
    "s3a://",
    "gs://",
    "abfss://",
    "abfs://",
    "wasbs://",
    "adl://",
    "dbfs:/",
    "hdfs://",
    "bigquery://",
    "azureml://",
    "snowflake://",
    "postgresql://",
    "mysql://",
)
_LOADERS = re.compile(
    r"pandas\.read_(csv|parquet|sql|sql_query|sql_table|gbq|json|excel|feather|table)|polars\.(read|scan)_\w+|datasets\.load_dataset|sklearn\.datasets\.(fetch|load)_\w+"
    r"|tensorflow_datasets\.load|torchvision\.datasets\.\w+|pyspark\.sql\.SparkSession\.(\w+\.)*(table|read|load|parquet|csv)|ray\.data\.read_\w+|dask\.dataframe\.read_\w+"
    r"|kaggle\.\w+|kagglehub\.\w+|ucimlrepo\.\w+|noctua\.\w+|arrow\.(read|open)\w+|r:(arrow|readr|DBI|noctua)\.\w+"
)
_DATA_FILE = re.compile(
    r"(^|/)(data|datasets?|raw|input)/(.*/)?[^/]+\.(csv|tsv|parquet|jsonl|feather|arrow|xlsx|npz|h5|hdf5)$"
)
_ASKS = {
    "file": ("data", "raw", "input"), "uri": (),
    "call": (
        "pandas", "polars", "datasets", "pyspark", "ray.data", "dask", "kaggle", "ucimlrepo", "noctua", "arrow", "readr",
        "dbi.",
    ),
}  # fmt: skip


@detector("Data sources", "", ("data-located", "data-versioned"), is_tool=False, asks=_ASKS)
def data_sources(reading: Reading) -> Iterator[Shown]:
    """Loaders and addresses of stores locate the data; data files that Git keeps are versioned by Git."""
    if _DATA_FILE.search(reading.path):
        yield Shown("data-located", Fact("file", reading.path))
    for fact in reading.of("uri", "call"):
        if fact.name.startswith(_STORES) if fact.kind == "uri" else _loads(fact.name):
            yield Shown("data-located", fact)
            return


@lru_cache(maxsize=10_000)
def _loads(call: str) -> bool:
    return _LOADERS.fullmatch(call) is not None
