"""Driving the real annotation programs on loopback: started by a test, or at hand under the addresses given."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

USER, PASSWORD = "reader@example.com", "not-a-secret-1"
# What doccano 1.8.4 needs beside what it asks for.
PACKAGES = {
    "label-studio": ["label-studio"],
    "doccano": ["doccano", "marshmallow<4", "pandas<2", "numpy<2", "setuptools<80"],
}


class Client:
    """A browser's worth of HTTP: cookies, the token against forged requests, JSON."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )

    def send(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
        token = next((c.value or "" for c in self.cookies if c.name == "csrftoken"), "")
        headers = {"Content-Type": kind, "X-CSRFToken": token, "Referer": self.base}
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        try:
            with self.opener.open(request, timeout=120) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read()[:500]!r}") from error

    def json(self, method: str, path: str, body: Any = None) -> Any:
        return json.loads(self.send(method, path, None if body is None else json.dumps(body).encode()))

    def wait(self, path: str, seconds: int = 1500) -> None:
        # Label Studio migrates its new database first: a minute on a quiet machine, ten and more on a busy one.
        for _ in range(seconds):
            try:
                self.send("GET", path)
                return
            except (AssertionError, OSError):
                time.sleep(1)
        raise AssertionError(f"{self.base}{path} does not answer")


def installed(program: str, folder: Path) -> Path:
    """The folder of the program's commands: of the environment variable, or newly installed from the registry."""
    given = os.environ.get(f"POLICYNLP_{program.upper().replace('-', '_')}_BIN")
    if given:
        return Path(given)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(folder / "bin" / "pip"), "install", "-q", *PACKAGES[program]], check=True)
    return folder / "bin"


@contextmanager
def running(commands: list[list[str]], environment: dict[str, str], folder: Path) -> Iterator[None]:
    """Processes that end with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "log.txt", "wb") as log:
        started = [
            subprocess.Popen(command, cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=log)
            for command in commands
        ]
        try:
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(timeout=30)


@contextmanager
def label_studio(folder: Path, port: int = 18090) -> Iterator[Client]:
    """A Label Studio with one user, who is logged in."""
    program = installed("label-studio", folder / "venv") / "label-studio"
    quiet = {"COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false", "SENTRY_RATE": "0"}
    environment = {**quiet, "FRONTEND_SENTRY_RATE": "0", "LABEL_STUDIO_BASE_DATA_DIR": str(folder / "data")}
    command = [str(program), "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    with running([[*command, "--username", USER, "--password", PASSWORD]], environment, folder):
        client = Client(f"http://127.0.0.1:{port}")
        client.wait("/user/login")
        page = client.send("GET", "/user/login").decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert found
        form = {"csrfmiddlewaretoken": found[1], "email": USER, "password": PASSWORD}
        client.send("POST", "/user/login", urlencode(form).encode(), "application/x-www-form-urlencoded")
        yield client


@contextmanager
def doccano(folder: Path, port: int = 18091) -> Iterator[Client]:
    """A doccano with one user, who is logged in, and its worker."""
    program = str(installed("doccano", folder / "venv") / "doccano")
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    environment = {"DOCCANO_HOME": str(home)}
    for command in (["init"], ["createuser", "--username", "reader", "--password", PASSWORD]):
        subprocess.run([program, *command], env={**os.environ, **environment}, check=True, capture_output=True)
    with running([[program, "webserver", "--port", str(port)], [program, "task"]], environment, folder):
        client = Client(f"http://127.0.0.1:{port}")
        client.wait("/v1/health/")
        client.json("POST", "/v1/auth/login/", {"username": "reader", "password": PASSWORD})
        yield client


def doccano_import(client: Client, file: Path) -> int:
    """A project with what the file holds; its id."""
    project = client.json(
        "POST",
        "/v1/projects",
        {
            "name": "test", "description": "test", "project_type": "SequenceLabeling", "guideline": "",
            "resourcetype": "SequenceLabelingProject", "allow_overlapping": True, "use_relation": True,
            "random_order": False, "collaborative_annotation": False, "single_class_classification": False,
            "grapheme_mode": False, "tags": [],
        },
    )["id"]  # fmt: skip
    mark = uuid.uuid4().hex
    head = f'--{mark}\r\nContent-Disposition: form-data; name="filepond"; filename="{file.name}"\r\n'
    body = (
        f"{head}Content-Type: application/octet-stream\r\n\r\n".encode()
        + file.read_bytes()
        + f"\r\n--{mark}--\r\n".encode()
    )
    upload = client.send("POST", "/v1/fp/process/", body, f"multipart/form-data; boundary={mark}").decode()
    order = {"format": "JSONL", "task": "RelationExtraction", "uploadIds": [upload], "encoding": "utf_8"}
    _finish(client, client.json("POST", f"/v1/projects/{project}/upload", order)["task_id"])
    return int(project)


def doccano_export(client: Client, project: int) -> dict[str, bytes]:
    """The files of the project's export in the format JSONL, by name."""
    order = {"format": "JSONL", "exportApproved": False}
    task = client.json("POST", f"/v1/projects/{project}/download", order)["task_id"]
    _finish(client, task)
    packed = client.send("GET", f"/v1/projects/{project}/download?taskId={task}")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _finish(client: Client, task: str) -> None:
    for _ in range(120):
        status = client.json("GET", f"/v1/tasks/status/{task}")
        if status["ready"]:
            assert not status.get("error"), status
            problems = (status.get("result") or {}) if isinstance(status.get("result"), dict) else {}
            assert not problems.get("error"), problems
            return
        time.sleep(1)
    raise AssertionError("doccano's worker does not finish")
