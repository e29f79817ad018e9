"""The command line: arguments in, calls, exit status out; nothing else.

Exit status: 0 all done; 1 some inputs failed and are listed in ``errors``; 2 unusable arguments. Data goes to files or
stdout, messages to stderr.
"""

from __future__ import annotations

import json
import sys
import warnings
from enum import Enum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

app = typer.Typer(
    name="policynlp",
    help="Segment, classify and measure Chinese government work reports (政府工作报告).",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


_STOPPED = 130
_GO_ON = "stopped; the same command continues where it was"


class TableFormat(str, Enum):
    """Formats of the tables.

    Example:
        >>> [format.value for format in TableFormat]
        ['parquet', 'jsonl', 'csv']
    """

    parquet = "parquet"
    jsonl = "jsonl"
    csv = "csv"


class Engine(str, Enum):
    """Who labels.

    Example:
        >>> [engine.value for engine in Engine]
        ['local', 'dask']
    """

    local = "local"
    dask = "dask"


class PrintFormat(str, Enum):
    """Formats of what is printed.

    Example:
        >>> PrintFormat("json").value
        'json'
    """

    text = "text"
    json = "json"


@app.command()
def label(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files or folders: .txt .md .html .docx .pdf")],
    out: Annotated[Path, typer.Option(help="Folder for the tables.")],
    format: Annotated[TableFormat, typer.Option(help="Format of the tables.")] = TableFormat.parquet,
    model: Annotated[str | None, typer.Option(help="A model's name or folder; default: the embedded one.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Worker processes; 0 takes one a core.")] = 0,
    explain: Annotated[bool, typer.Option(help="Also write the words and rules behind every decision.")] = False,
    restart: Annotated[bool, typer.Option(help="Discard what an earlier run left in the folder.")] = False,
    quiet: Annotated[bool, typer.Option(help="No progress bar and no summary.")] = False,
    engine: Annotated[Engine, typer.Option(help="Processes of this machine, or a Dask cluster.")] = Engine.local,
    scheduler: Annotated[str | None, typer.Option(metavar="ADDRESS", help="A running Dask scheduler.")] = None,
    indicators: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Indicators of one's own; again for more, 'shipped' for the library's."),
    ] = None,
) -> int:
    """Label reports: writes reports, sentences, facts, commitments and errors into --out.

    A run that was interrupted continues when the same command is given again.
    """
    from policynlp.batch import RunOptions, label_files

    named = tuple(indicators or ())
    options = RunOptions(format.value, model, workers, explain, restart, not quiet, engine.value, scheduler, named)
    result = label_files(paths, out, options)
    if not quiet:
        resumed = f", {result.resumed} of them done before" if result.resumed else ""
        say(f"{result.files} files{resumed}; {result.errors} rows in errors; tables in {out}")
    return 1 if result.errors else 0


@app.command()
def compare(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that `policynlp label` wrote.")],
    out: Annotated[Path, typer.Option(help="The panel: .csv .xlsx .dta .parquet .jsonl .html, by the file's ending.")],
    about: Annotated[float, typer.Option(min=0, help="What 左右 tolerates, as a share of the target.")] = 0.05,
    catalogue: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="As --indicators of `policynlp label`.")
    ] = None,
) -> int:
    """Targets against outcomes, across years and places."""
    from policynlp.compare import CompareWarning
    from policynlp.show.panel_files import compare_files

    # Each note once and in plain words, also where no panel comes of it.
    with warnings.catch_warnings():
        warnings.simplefilter("always", CompareWarning)
        warnings.showwarning = lambda message, category, *_: say(str(message))
        panel = compare_files(directory, out, about, catalogue)
    say(f"{len(panel.to_frame())} rows; panel in {out}")
    return 0


@app.command()
def evaluate(
    gold: Annotated[
        list[Path],
        typer.Argument(metavar="GOLD…", help="Labelled sets: files or folders of JSON lines, or a shipped corpus."),
    ],
    model: Annotated[str | None, typer.Option(help="A model's name or folder; default: the embedded one.")] = None,
    texts: Annotated[Path | None, typer.Option(help="Folder with the reports' texts, where the gold has none.")] = None,
    format: Annotated[PrintFormat, typer.Option(help="A readable table or one JSON object.")] = PrintFormat.text,
    html: Annotated[Path | None, typer.Option(help="Also write a page of all errors in context.")] = None,
    other: Annotated[str | None, typer.Option(help="Another model to compare with, by paired bootstrap.")] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Also scores by level, decade, …, facts.measure, …; again for more."),
    ] = None,
    unseen: Annotated[bool, typer.Option(help="Only reports whose labels the model has not learnt from.")] = False,
) -> int:
    """Score a model on a labelled set: per class, macro-F1, intervals by bootstrap over reports."""
    from policynlp.evaluate.command import evaluate_files
    from policynlp.pipeline import load

    second = None if other is None else load(other)
    text, plain = evaluate_files(gold, load(model), texts, html, second, by or (), unseen)
    print(json.dumps(plain, ensure_ascii=False) if format is PrintFormat.json else text)
    return 0


@app.command()
def train(
    gold: Annotated[list[Path], typer.Option("--train", metavar="GOLD…", help="Labelled sets: files or folders.")],
    out: Annotated[Path, typer.Option(help="Folder of the model; `--model` of the other commands takes it.")],
    base: Annotated[str, typer.Option(help="An encoder in the transformers format: a folder or a hub id.")],
    more: Annotated[list[Path] | None, typer.Argument(metavar="", hidden=True)] = None,
    texts: Annotated[list[Path] | None, typer.Option(help="Folder with the reports' texts; may be repeated.")] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the reports, at most.")] = 8,
    rate: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Windows in one step.")] = None,
    window: Annotated[int | None, typer.Option(min=32, max=512, help="Tokens in a window.")] = None,
    patience: Annotated[int, typer.Option(min=1, help="Stop after so many epochs without a better score.")] = 2,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda …; auto takes a GPU where there is one.")] = "auto",
) -> int:
    """Fine-tune any BERT-like checkpoint on a labelled set; a run that was stopped goes on."""
    from policynlp.train.command import options_with
    from policynlp.train.command import train as fine_tune

    gold = [*gold, *(more or ())]  # --train takes several: those behind the first arrive as arguments
    options = options_with(epochs=epochs, rate=rate, batch=batch, window=window, seed=seed)
    result = fine_tune(gold, base, out, texts=texts or (), options=options, patience=patience, device=device, tell=say)
    print(result)
    return 0


annotate = typer.Typer(help="To and from Label Studio, doccano, CSV and Excel.", no_args_is_help=True)
app.add_typer(annotate, name="annotate")


# Not an enumeration: installed packages may add formats.
AnnotationFormat = Annotated[
    str, typer.Option(metavar="NAME", help="label-studio, doccano, csv, excel, or one that a package adds.")
]


class NextBy(str, Enum):
    """Ways to choose what to label next.

    Example:
        >>> NextBy("diversity").value
        'diversity'
    """

    uncertainty = "uncertainty"
    diversity = "diversity"
    disagreement = "disagreement"


@annotate.command("export")
def annotate_export(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Reports, or labelled sets with --texts.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    format: AnnotationFormat = "label-studio",
    texts: Annotated[
        Path | None, typer.Option(help="The texts of the labelled sets; without it, a model labels.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="A model's name or folder; default: the embedded one.")] = None,
    next: Annotated[int | None, typer.Option(min=1, help="Only so many sentences, those that teach most.")] = None,
    by: Annotated[NextBy, typer.Option(help="How --next chooses.")] = NextBy.diversity,
    other: Annotated[str | None, typer.Option(help="The other model of --by disagreement.")] = None,
    facts: Annotated[bool, typer.Option(help="Export numeric facts too.")] = True,
) -> int:
    """Write labelled or pre-labelled reports for an annotation program."""
    from policynlp.annotate.command import export

    count, missing = export(paths, out, format, texts, model, next, by.value, other, facts)
    for line in missing:
        say(line)
    say(f"{count} documents in {out}")
    return 1 if missing else 0


@annotate.command("import")
def annotate_import(
    file: Annotated[Path, typer.Argument(help="What the program exported.")],
    out: Annotated[Path, typer.Option(help="The labelled set to write: JSON lines.")],
    format: AnnotationFormat = "label-studio",
    texts: Annotated[Path | None, typer.Option(help="Folder of the reports, to hold the labels against.")] = None,
    reader: Annotated[str | None, typer.Option(help="Whose labels to take, where several labelled.")] = None,
    facts: Annotated[bool, typer.Option(help="Import numeric facts too.")] = True,
) -> int:
    """Read what an annotation program exported: a labelled set in the contract's format, or nothing and the reason."""
    from policynlp.annotate import import_documents, write_gold

    gold = import_documents(file, format, reader, texts, facts)
    write_gold(gold, out)
    say(f"{sum(len(item.sentences) for item in gold.values())} sentences of {len(gold)} reports in {out}")
    return 0


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Segment, classify and measure Chinese government work reports (政府工作报告)."""
    if version:
        from policynlp import __version__

        print(__version__)
        raise typer.Exit


def say(message: str) -> None:
    """Print one line to stderr.

    Args:
        message: What to say.

    Example:
        >>> say("5 files")  # to stderr: policynlp: 5 files
    """
    print(f"policynlp: {message}", file=sys.stderr)


def _usable_errors() -> tuple[type[Exception], ...]:
    """Errors whose message already tells a user what to change."""
    from policynlp.batch import RunError
    from policynlp.classify import ModelError
    from policynlp.compare import CompareError
    from policynlp.data import DataFileError
    from policynlp.evaluate import GoldError
    from policynlp.plugins import PluginError

    return (RunError, ModelError, CompareError, DataFileError, GoldError, PluginError)


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Args:
        arguments: What stands behind the program's name; None takes it from the process.

    Returns:
        0, 1 or 2 as the module says; 130 where Ctrl-C stopped it.

    Example:
        >>> run(["compare", "no_such_folder", "--out", "panel.csv"])  # to stderr: what is wrong and what to do
        2
    """
    try:
        status = app(args=arguments, prog_name="policynlp", standalone_mode=False)
        if status == _STOPPED:  # the argument parser turns Ctrl-C into this status
            say(_GO_ON)
        return int(status or 0)
    except KeyboardInterrupt:
        say(_GO_ON)
        return _STOPPED
    except OSError as error:
        say(f"{error}; what was finished is kept: make room or give another --out, then run the same command again")
        return 2
    except Exception as error:
        if hasattr(error, "format_message"):  # a usage error of the argument parser
            if message := " ".join(error.format_message().split()).rstrip("."):
                say(f"{message}; see policynlp --help")
            return 2
        if type(error).__name__ == "Abort":
            say(_GO_ON)
            return _STOPPED
        missing_extra = isinstance(error, ImportError) and "policynlp[" in str(error)
        if missing_extra or isinstance(error, _usable_errors()):
            say(str(error))
            return 2
        raise


def main() -> NoReturn:
    """Entry point of the ``policynlp`` command: `run` with the process's arguments, whose status it exits with.

    Raises:
        SystemExit: Always.

    Example:
        >>> import pytest, sys
        >>> with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit, match="2"):
        ...     patch.setattr(sys, "argv", ["policynlp", "compare", "no_such_folder", "--out", "panel.csv"])
        ...     main()
    """
    sys.exit(run())


if __name__ == "__main__":
    main()
