"""What is asked of a run, and the part of it that travels to every worker."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from policynlp._version import __version__
from policynlp.classify.load import DEFAULT, shipped_folder
from policynlp.facts import choose_catalogue
from policynlp.plugins import CLASSIFIERS, plugins


class RunError(ValueError):
    """A run that cannot start or go on as asked; the message is one line that says what to change."""


@dataclass(frozen=True)
class RunOptions:
    """What a run is asked to do.

    Attributes:
        format: ``parquet``, ``jsonl`` or ``csv``.
        model: See `policynlp.load`.
        workers: Worker processes; 1 works in this process, 0 takes one a core.
        explain: Also write ``explanations``: the words and rules behind every decision.
        restart: Discard what an earlier run left in the folder.
        progress: Show a bar with rate and time left on stderr.
        engine: ``local`` for processes of this machine, ``dask`` for the workers of a Dask cluster.
        scheduler: Address of a running Dask scheduler; None starts a cluster of ``workers`` processes here.
        indicators: Files or names of indicator catalogues; see `policynlp.load`. Empty for the library's own.
    """

    format: str = "parquet"
    model: str | None = None
    workers: int = 0
    explain: bool = False
    restart: bool = False
    progress: bool = False
    engine: str = "local"
    scheduler: str | None = None
    indicators: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """What a worker must know besides its files; small, since it travels with every shard.

    Attributes:
        base: Folder that relative input paths start from: a worker elsewhere has another current folder.
        shards: Folder for finished shards.
        model: See `policynlp.load`.
        explain: Also write the table of explanations.
        version: The version of policynlp that the run began with.
        model_sha256: Hash of the model that the run began with.
        indicators: See `RunOptions`.
        indicators_sha256: Hash of the indicators that the run began with; empty for the library's own.
    """

    base: str
    shards: str
    model: str | None
    explain: bool
    version: str
    model_sha256: str
    indicators: tuple[str, ...] = ()
    indicators_sha256: str = ""

    @classmethod
    def of(cls, options: RunOptions, shards: Path) -> Job:
        """The job of a run that begins here and now."""
        model = options.model
        if model is not None and Path(model).is_dir():
            model = str(Path(model).absolute())
        # Workers may start in another folder.
        named = tuple(str(Path(name).absolute()) if Path(name).is_file() else name for name in options.indicators)
        return cls(
            base=str(Path.cwd()),
            shards=str(shards.absolute()),
            model=model,
            explain=options.explain,
            version=__version__,
            model_sha256=model_sha256(model),
            indicators=named,
            indicators_sha256=indicators_sha256(named),
        )

    def check_worker(self) -> None:
        """Refuse to work with other code or another model than the run began with.

        Raises:
            RunError: Where this process would write rows that do not belong with the others.
        """
        if self.version != __version__:
            raise RunError(f"a worker has policynlp {__version__}, the run {self.version}; install one version on all")
        if self.model_sha256 != (found := model_sha256(self.model)):
            raise RunError(
                f"a worker has another model ({found[:12]}) than the run ({self.model_sha256[:12]}); "
                "give all workers the same files"
            )
        if self.indicators_sha256 != indicators_sha256(self.indicators):
            raise RunError("a worker has other --indicators than the run; give all workers the same file")


def model_sha256(model: str | None) -> str:
    """Hash over the names and contents of a model's files; empty where there is no such model.

    Example:
        >>> len(model_sha256("linear")), model_sha256("linear") == model_sha256(None)
        (64, True)
    """
    name = DEFAULT if model is None else model
    folder = Path(name) if Path(name).is_dir() else shipped_folder(name)
    if folder is None:
        added = plugins(CLASSIFIERS).get(name)
        return added.fingerprint if added else ""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".json", ".safetensors", ".txt")):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def indicators_sha256(names: tuple[str, ...]) -> str:
    """Hash over the rows of the catalogues that a user named; empty where none is named.

    Raises:
        policynlp.data.DataFileError: See `policynlp.facts.choose_catalogue`.
    """
    return choose_catalogue(names).sha256 if names else ""
