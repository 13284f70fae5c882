"""A curl line repeats a call exactly: it is read by a shell here, and what curl would be given is looked at."""

import shutil
import subprocess

import pytest

from emulator.harness.contracts.curl import as_curl

BASH = shutil.which("bash") or ""


def arguments(line: str) -> list[bytes]:
    """What the shell makes of the line."""
    said = subprocess.run([BASH, "-c", line.replace("curl ", r"printf '%s\0' ", 1)], capture_output=True, check=True)
    return said.stdout.split(b"\0")[:-1]


@pytest.mark.parametrize(
    "body",
    [b"{}", b'it\'s "so"', b"\n\t\x01\x7f", b"\xff\xfe", "naïve 🙂".encode(), b"$(touch /tmp/x) `id` !", b"\\x41\\'"],
)
def test_a_body_comes_through_byte_for_byte(body: bytes):
    line = as_curl("POST", "http://127.0.0.1/a", {"Content-Type": "text/plain"}, body)

    assert arguments(line) == [b"-i", b"-H", b"Content-Type: text/plain", b"--data-raw", body, b"http://127.0.0.1/a"]


def test_a_zero_byte_goes_through_a_pipe():
    line = as_curl("POST", "http://127.0.0.1/a", {}, b"a\0b'%")
    sent = subprocess.run([BASH, "-c", line.partition("| ")[0] + "| cat"], capture_output=True, check=True)

    assert sent.stdout == b"a\0b'%"
    assert "--data-binary @-" in line


@pytest.mark.parametrize(
    ("method", "url", "headers", "given"),
    [
        ("GET", "http://a/b", {}, [b"-i", b"http://a/b"]),
        ("HEAD", "http://a/b", {}, [b"-i", b"--head", b"http://a/b"]),
        ("GET", "http://a/b?c={d}", {}, [b"-i", b"--globoff", b"http://a/b?c={d}"]),
        ("GET", "http://a/../b", {}, [b"-i", b"--path-as-is", b"http://a/../b"]),
        ("DELETE", "http://a/b", {"X": ""}, [b"-i", b"-X", b"DELETE", b"-H", b"X;", b"http://a/b"]),
        ("GET", "http://a/b", {"Accept": "*/*", "Host": "x"}, [b"-i", b"-H", b"Host: x", b"http://a/b"]),
        ("GET", "http://a/b", {"X": "caf\u00e9"}, [b"-i", b"-H", b"X: caf\xe9", b"http://a/b"]),
    ],
)
def test_method_and_headers_are_those_of_the_call(method: str, url: str, headers: dict[str, str], given: list[bytes]):
    assert arguments(as_curl(method, url, headers, None)) == given


def test_what_clients_add_by_themselves_is_left_out():
    added = {
        "User-Agent": "schemathesis/4.32.5",
        "Accept-Encoding": "gzip, deflate, br",
        "Accept": "*/*",
        "Connection": "keep-alive",
        "Content-Length": "2",
        "X-Schemathesis-TestCaseId": "a1",
        "Content-Type": "a/b",
    }

    given = arguments(as_curl("POST", "http://a/b", added, b"{}"))

    assert given == [b"-i", b"-H", b"Content-Type: a/b", b"--data-raw", b"{}", b"http://a/b"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Accept", "text/html"),
        ("accept", ""),
        ("Accept-Encoding", "identity"),
        ("Connection", "close"),
        ("Content-Length", "7"),
        ("Content-Length", "02"),
        ("Transfer-Encoding", "chunked"),
        ("User-Agent", "0"),
    ],
)
def test_a_header_of_another_value_than_clients_give_it_is_part_of_the_call(name: str, value: str):
    given = arguments(as_curl("PUT", "http://a/b", {name: value, "Content-Type": "a/b"}, b"{}"))

    assert (f"{name}: {value}" if value else f"{name};").encode() in given
