"""Whatever a target is: a sentence, the right exit status, and what was found so far."""

import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main
from emulator.harness.contracts import target
from emulator.harness.contracts.documents import Document, NotAContract
from emulator.harness.contracts.findings import UNREACHABLE
from emulator.harness.contracts.plan import Plan
from emulator.harness.contracts.run import Run
from tests.emulator.harness.contracts import tiny
from tests.emulator.server.test_connection import CERT, KEY

Said = tuple[int, str, bytes]


@contextmanager
def serving(answer: Callable[[str], Said | None], context: ssl.SSLContext | None = None) -> Iterator[str]:
    """A target that answers each path so; None closes the connection without a word."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_call(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            said = answer(self.path)
            if said is None:
                self.close_connection = True
                return
            self.send_response(said[0])
            self.send_header("Content-Type", said[1])
            self.send_header("Content-Length", str(len(said[2])))
            self.end_headers()
            self.wfile.write(said[2] if self.command != "HEAD" else b"")

        def log_message(self, format: str, *args: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"):
        setattr(Handler, f"do_{method}", Handler.handle_call)

    class Server(ThreadingHTTPServer):
        daemon_threads: ClassVar[bool] = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def contracts(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["contracts", *arguments])


def as_json(value: object) -> Said:
    return 200, "application/json", json.dumps(value).encode()


def test_a_target_that_answers_html_is_no_parrotfish():
    with serving(lambda _: (200, "text/html", b"<h1>It works!</h1>")) as url:
        result = contracts("--url", url)

    assert result.exit_code == 3, result.output
    assert "answers text/html and not JSON; is it Parrotfish?" in result.output


@pytest.mark.parametrize("answer", [[], {"apis": 1}, {"apis": [{"name": "x"}]}])
def test_a_target_with_other_json_is_no_parrotfish(answer: object):
    with serving(lambda _: as_json(answer)) as url:
        result = contracts("--url", url)

    assert result.exit_code == 3, result.output
    assert "answers something that is not Parrotfish" in result.output


def test_a_target_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(target, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        result = contracts("--url", f"http://127.0.0.1:{listening.getsockname()[1]}")

    assert result.exit_code == 3, result.output
    assert "gave no answer in 0.2 s" in result.output


def test_a_refused_connection_is_told():
    result = contracts("--url", "http://127.0.0.1:1")

    assert result.exit_code == 3, result.output
    assert "cannot be reached: " in result.output
    assert "refused" in result.output


def test_a_certificate_that_is_not_trusted_is_told(tmp_path: Path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_text(CERT)
    key.write_text(KEY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with serving(lambda _: as_json({}), context) as url:
        result = contracts("--url", url)

    assert result.exit_code == 3, result.output
    assert "its certificate is not trusted" in result.output


def test_a_wrong_token_is_told_in_the_targets_words():
    problem = 401, "application/problem+json", b'{"title": "Unauthorized", "detail": "This needs the control token."}'
    with serving(lambda _: problem) as url:
        result = contracts("--url", url, "--control-token", "no")

    assert result.exit_code == 2, result.output
    assert "This needs the control token." in result.output


@pytest.mark.parametrize(
    "document", [[], "openapi", {"swagger": "2.0"}, {"openapi": "3.1.0"}, {"openapi": "3.1.0", "paths": 1}]
)
def test_what_is_not_openapi_is_no_contract(document: Any):
    with pytest.raises(NotAContract, match="it is no OpenAPI 3 document"):
        Document(document)


def test_a_contract_that_is_not_openapi_is_told_and_the_report_kept(tmp_path: Path):
    def answer(path: str) -> Said:
        if path.endswith("/apis"):
            api: dict[str, Any] = {"name": "odd", "base_url": "http://127.0.0.1:1", "accounts": []}
            return as_json({"apis": [{**api, "openapi_url": f"{urls[0]}/odd.yaml"}]})
        return as_json({"accounts": [], "next": None} if path.endswith("/worlds") else "openapi")

    urls: list[str] = []
    report = tmp_path / "out.xml"
    with serving(answer) as url:
        urls.append(url)
        result = contracts("--url", url, "--api", "odd", "--junit", str(report))

    assert result.exit_code == 2, result.output
    assert "odd: it is no OpenAPI 3 document" in result.output
    assert ET.parse(report).getroot().get("errors") == "1"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--url", "ftp://a"], 2, "not an http address"),
        (["--shard", "6/5"], 2, "expected I/N"),
        (["--shard", "0/5"], 2, "expected I/N"),
        (["--shard", "two"], 2, "expected I/N"),
    ],
)
def test_wrong_options_are_told(arguments: list[str], status: int, said: str):
    result = contracts(*arguments)

    assert result.exit_code == status, result.output
    assert said in result.output


@pytest.mark.parametrize("way", ["closes every connection", "hangs"])
def test_a_target_that_falls_silent_ends_the_run_and_what_was_found_is_kept(way: str):
    left, over = list(range(20)), threading.Event()

    def answer(_: str) -> Said | None:
        if left:
            left.pop()
            return 200, "text/html", b"<html>"
        if way == "hangs":
            over.wait(60)
        return None

    with serving(answer) as url:
        plan = Plan(examples=3, phases=("examples", "coverage"), patience_seconds=0.2)
        result = Run(replace(tiny.api(), base_url=url), tiny.document(), plan).play()
        over.set()

    assert result.trouble == UNREACHABLE
    assert result.errors[-1].startswith("the target stopped answering")
    assert "Undocumented status code" in {finding.title for finding, _ in result.findings.values()}


def test_ctrl_c_ends_a_run_soon_and_its_report_is_kept(tmp_path: Path):
    started: list[subprocess.Popen[str]] = []
    over = threading.Event()

    def answer(path: str) -> Said | None:
        if path.endswith("/worlds"):
            # Asked by the process that does the work: by now both are there.
            started[0].send_signal(signal.SIGINT)
            over.wait(60)
            return None
        return as_json({"apis": []} if path.endswith("/apis") else tiny.document().raw)

    report = tmp_path / "out.xml"
    with serving(answer) as url:
        command = [sys.executable, "-m", "emulator", "contracts", "--url", url, "--junit", str(report)]
        # A shell lets what it starts in the background ignore Ctrl-C, and that is handed on.
        heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, **pipes, preexec_fn=heed) as process:  # noqa: PLW1509 - it only sets a signal
            started.append(process)
            said, mistakes = process.communicate(timeout=60)
        over.set()

    assert process.returncode == 1, said + mistakes
    assert "control: it was interrupted" in said
    assert "Traceback" not in said + mistakes
    assert ET.parse(report).getroot().get("errors") == "1"
