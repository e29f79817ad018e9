"""Many files: shards that survive a crash, worker processes, tables at the end."""

from policynlp.batch.job import RunError, RunOptions
from policynlp.batch.run import RunResult, label_files

__all__ = ["RunError", "RunOptions", "RunResult", "label_files"]
