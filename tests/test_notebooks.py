"""The notebooks run, answer with the figures that they compute, and are stored without outputs."""

from __future__ import annotations

import os
import re
import sys
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbclient is not installed: pip install 'policynlp[test]'")
pytest.importorskip("ipykernel", reason="ipykernel is not installed: pip install 'policynlp[test]'")
from nbclient import NotebookClient  # noqa: E402
from traitlets.config import Config  # noqa: E402

FOLDER = Path(__file__).parents[1] / "notebooks"
# Each notebook with the pictures that it draws.
NOTEBOOKS = {
    "01_first_look": 1,
    "02_compare_years_and_places": 2,
    "03_evaluate_and_finetune": 1,
    "04_attention_and_export": 1,
    "05_three_findings": 3,
}
# A cell takes seconds; a machine with other work takes its time.
TIMEOUT = 600
# An estimate as the third finding prints it: 1.50 [1.28, 1.74], n = 387, or in percent.
ESTIMATE = re.compile(r"-?[\d.]+(?: %)? \[-?[\d.]+, -?[\d.]+\], n = \d+")


@cache
def read(name: str) -> Any:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def run(notebook: Any) -> Any:
    # TCP is closed to tests: the kernel is spoken to through Unix sockets. `!policynlp` is that of this Python.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with tempfile.TemporaryDirectory() as sockets:
        client = NotebookClient(
            notebook,
            config=Config({"ConnectionFileMixin": {"transport": "ipc", "ip": f"{sockets}/kernel"}}),
            kernel_name="python3",
            timeout=TIMEOUT,
            startup_timeout=TIMEOUT,
            resources={"metadata": {"path": str(FOLDER)}},
        )
        client.execute(env={**os.environ, "PATH": path})
    return notebook


@cache
def executed(name: str) -> Any:
    return run(nbformat.from_dict(read(name)))


def printed(notebook: Any) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output.text for output in outputs if output.output_type == "stream")


def pictures(notebook: Any) -> int:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def test_every_notebook_is_tested() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(NOTEBOOKS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_stored_without_outputs_with_a_question_and_an_answer_in_two_languages(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    words = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert all(word in words for word in ("问：", "Question", "答", "Answer"))
    assert not re.search(r"(?m)(?<![\w.])/(work|home|tmp|root)/", "\n".join(cell.source for cell in notebook.cells))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_runs_and_shows_its_pictures(name: str) -> None:
    assert pictures(executed(name)) == NOTEBOOKS[name]


def test_the_report_shows_itself() -> None:
    outputs = [output for cell in executed("01_first_look").cells for output in cell.get("outputs", [])]
    assert any("云岭市" in output.get("data", {}).get("text/html", "") for output in outputs)


def test_the_findings_stated_are_the_findings_computed() -> None:
    notebook = executed("05_three_findings")
    stated = {
        figure for cell in notebook.cells if cell.cell_type == "markdown" for figure in ESTIMATE.findall(cell.source)
    }
    computed = set(ESTIMATE.findall(printed(notebook)))
    assert len(stated) > 25
    assert not stated - computed, (
        f"the panels give other figures now; update the answers. Computed:\n{printed(notebook)}"
    )


def extract(archive: Path, wanted: re.Pattern[str], folder: Path) -> None:
    with tarfile.open(archive) as members:
        for member in members:
            if member.isfile() and wanted.search(Path(member.name).stem):
                data = members.extractfile(member)
                assert data is not None
                (folder / Path(member.name).name).write_bytes(data.read())


SAMPLES = {
    "three provinces": (("province",), re.compile(r"(河北省|湖南省|海南省)_20(19|2[0-3])$")),
    "everything": (("national", "province", "city", "county"), re.compile("")),
}


@pytest.mark.shared
@pytest.mark.parametrize("sample", ["three provinces", pytest.param("everything", marks=pytest.mark.slow)])
def test_years_and_places_of_real_reports(sample: str, shared: Path, tmp_path: Path, monkeypatch: Any) -> None:
    levels, wanted = SAMPLES[sample]
    for level in levels:
        extract(shared / "reports" / "archive" / f"{level}.tar.xz", wanted, tmp_path)
    notebook = nbformat.from_dict(read("02_compare_years_and_places"))
    (parameters,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    parameters.source = f"FOLDER = {str(tmp_path)!r}\nINDICATOR = 'gdp'"
    if sample == "everything":
        monkeypatch.setattr(sys.modules[__name__], "TIMEOUT", 7200)
    assert pictures(run(notebook)) == NOTEBOOKS["02_compare_years_and_places"]
    assert "missed" in printed(notebook)
