"""What is asked of a run, and the part of it that travels to every worker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from policynlp._version import __version__
from policynlp.classify.bert import choose_device, choose_precision
from policynlp.classify.bert_store import is_checkpoint
from policynlp.classify.load import default_model, shipped_folder
from policynlp.facts import choose_catalogue
from policynlp.plugins import CLASSIFIERS, plugins

# What makes a model: its settings, weights and vocabularies, in folders below it too. Notes beside it change no row.
_MODEL_FILES = (".json", ".safetensors", ".txt", ".model", ".jinja")


class RunError(ValueError):
    """A run that cannot start or go on as asked; the message is one line that says what to change.

    Example:
        >>> str(RunError("--format xml is not known; choose one of parquet, jsonl, csv"))
        '--format xml is not known; choose one of parquet, jsonl, csv'
    """


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

    Example:
        >>> RunOptions(model="linear", workers=4).format
        'parquet'
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
        code_sha256: Hash of policynlp's own files: in a checkout they change while the version stays.
        model_sha256: Hash of the model that the run began with.
        precision: What a BERT computes in, settled where the run begins: machines differ in what they can, and rows
            computed in one do not belong with those computed in another. ``auto`` for other models.
        indicators: See `RunOptions`.
        indicators_sha256: Hash of the indicators that the run began with; empty for the library's own.

    Example:
        >>> Job.of(RunOptions(model="linear"), Path("out")).precision
        'auto'
    """

    base: str
    shards: str
    model: str | None
    explain: bool
    version: str
    code_sha256: str
    model_sha256: str
    precision: str = "auto"
    indicators: tuple[str, ...] = ()
    indicators_sha256: str = ""

    @classmethod
    def of(cls, options: RunOptions, shards: Path) -> Job:
        """The job of a run that begins here and now.

        Args:
            options: What the run is asked to do.
            shards: Folder for finished shards.

        Returns:
            The job, with paths that hold in any folder.

        Example:
            >>> Job.of(RunOptions(model="linear"), Path("out")).version.count(".")
            2
        """
        # By name, since a worker's environment may name another default.
        model = default_model() if options.model is None else options.model
        if Path(model).is_dir():
            model = str(Path(model).absolute())
        # Workers may start in another folder.
        named = tuple(str(Path(name).absolute()) if Path(name).is_file() else name for name in options.indicators)
        return cls(
            base=str(Path.cwd()),
            shards=str(shards.absolute()),
            model=model,
            explain=options.explain,
            version=__version__,
            code_sha256=code_sha256(),
            model_sha256=model_sha256(model),
            precision=precision_of(model),
            indicators=named,
            indicators_sha256=indicators_sha256(named),
        )

    @property
    def identity(self) -> dict[str, str | bool]:
        """What must be the same for two shards to belong together, by the names that the manifest gives it."""
        return {
            "version": self.version,
            "code_sha256": self.code_sha256,
            "model_sha256": self.model_sha256,
            "precision": self.precision,
            "explain": self.explain,
            "indicators_sha256": self.indicators_sha256,
        }

    @property
    def stamp(self) -> str:
        """The identity in short; every shard carries it, since a worker may outlive the run that it began with."""
        return hashlib.sha256(json.dumps(self.identity, sort_keys=True).encode()).hexdigest()[:32]

    def check_worker(self) -> None:
        """Refuse to work with other code or another model than the run began with.

        Raises:
            RunError: Where this process would write rows that do not belong with the others.

        Example:
            >>> Job.of(RunOptions(model="linear"), Path("out")).check_worker()
        """
        if self.version != __version__:
            raise RunError(f"a worker has policynlp {__version__}, the run {self.version}; install one version on all")
        if self.code_sha256 != code_sha256():
            raise RunError(f"a worker has other files of policynlp {__version__} than the run; install the same on all")
        if self.model_sha256 != (found := model_sha256(self.model)):
            raise RunError(
                f"a worker has another model ({found[:12]}) than the run ({self.model_sha256[:12]}); "
                "give all workers the same files"
            )
        if self.indicators_sha256 != indicators_sha256(self.indicators):
            raise RunError("a worker has other --indicators than the run; give all workers the same file")


def model_sha256(model: str | None) -> str:
    """Hash over the names and contents of a model's files; empty where there is no such model on this machine.

    Args:
        model: See `policynlp.load`.

    Returns:
        64 hexadecimal digits, or what a plug-in names.

    Example:
        >>> len(model_sha256("linear")), model_sha256("no such model")
        (64, '')
    """
    folder = _folder(model)
    if folder is None:
        added = plugins(CLASSIFIERS).get(model or default_model())
        return added.fingerprint if added else ""
    return _sha256(folder, (path for path in folder.rglob("*") if path.suffix in _MODEL_FILES))


def _folder(model: str | None) -> Path | None:
    name = default_model() if model is None else model
    return Path(name) if Path(name).is_dir() else shipped_folder(name) or _fetched(name)


def _fetched(name: str) -> Path | None:
    """Where a model of the hub lies on this machine, once it was fetched."""
    if "/" not in name:
        return None
    try:
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(name, "config.json")
    except (ImportError, ValueError):  # ValueError: no such name can be on the hub
        return None
    return Path(found).parent if isinstance(found, str) else None


def precision_of(model: str | None) -> str:
    """What this machine computes a model in: ``bf16`` or ``fp32`` for a BERT, ``auto`` for others.

    Args:
        model: See `policynlp.load`.

    Returns:
        ``fp32``, ``bf16`` or ``auto``.

    Example:
        >>> precision_of("linear")
        'auto'
    """
    folder = _folder(model)
    if folder is None or not is_checkpoint(folder):
        return "auto"
    try:
        return choose_precision("auto", choose_device("auto"))
    except ImportError:
        return "auto"  # loading the model will say what is missing


@cache
def code_sha256() -> str:
    """Hash over the modules and tables of policynlp as this process found them.

    Returns:
        64 hexadecimal digits.

    Example:
        >>> len(code_sha256())
        64
    """
    package = Path(__file__).parents[1]
    return _sha256(package, (path for path in package.rglob("*") if path.suffix in (".py", ".tsv")))


def _sha256(folder: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in files):
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def indicators_sha256(names: tuple[str, ...]) -> str:
    """Hash over the rows of the catalogues that a user named; empty where none is named.

    Args:
        names: Files or names of catalogues.

    Returns:
        64 hexadecimal digits.

    Raises:
        policynlp.data.DataFileError: See `policynlp.facts.choose_catalogue`.

    Example:
        >>> len(indicators_sha256(("shipped",))), indicators_sha256(())
        (64, '')
    """
    return choose_catalogue(names).sha256 if names else ""
