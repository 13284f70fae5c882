"""The code samples of a page, tried as a stranger would: in order, in an empty folder, against a server of their own.

- `sh`: commands, run by bash. `parrotfish serve` is started and stopped; `parrotfish record` runs to the page's end, and
  what follows finds it; of `parrotfish contracts`, which takes long, the options are checked, but with `--har` it is run;
  lines that install are held against the README.
- `json` or `text` behind `sh` or `python`: what they print. `…` stands for anything. What is only checked prints nothing
  here; `test_what_is_told.py` holds it.
- `yaml`, `python`, `toml` whose first line is a comment with a path: a file of that name; a story is also checked.
- `python` without a path is run; with tests in it, by pytest.
"""

import asyncio
import json
import os
import re
import shlex
import sys
import tomllib
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import click
from markdown_it import MarkdownIt

from emulator.app import create_app
from emulator.cli import contracts
from emulator.guide.pages import ADDRESS
from emulator.server.connection import serving
from emulator.server.contract.references import is_array, is_object
from emulator.server.documents import read_yaml
from emulator.settings import Settings
from emulator.stories.story import ENDINGS, parse_story

ROOT = Path(__file__).resolve().parents[3]
LANGUAGES = frozenset({"sh", "json", "text", "yaml", "python", "toml"})

_FILE = re.compile(r"# ([\w./-]+\.\w+)\n")
# What other libraries bring along for pytest takes longer to load than the samples take.
_PYTEST = ("-p", "no:cacheprovider", "-p", "xdist.plugin", "-p", "emulator.pytest_plugin")
_PRELUDE = f"""
curl() {{ command curl --silent --show-error --fail-with-body "$@"; }}
parrotfish() {{ {shlex.quote(sys.executable)} -m emulator "$@"; }}
pytest() {{ {shlex.quote(sys.executable)} -m pytest {shlex.join(_PYTEST)} "$@"; }}
python() {{ {shlex.quote(sys.executable)} "$@"; }}
"""
_HTTP_REFUSED = 22  # how curl ends then
_INSTALLS = ("python3 -m venv", "pip install")
_SERVE, _RECORD, _CONTRACTS = "parrotfish serve", "parrotfish record", "parrotfish contracts"
_MATRIX = re.compile(r"\$\{\{ matrix\.(\w+) }}")


class Sample(NamedTuple):
    """A fenced block, and the line on which it stands."""

    line: int
    language: str
    text: str


def samples_of(markdown: str) -> list[Sample]:
    return [
        Sample((token.map or [0])[0] + 1, token.info.strip(), token.content)
        for token in MarkdownIt().parse(markdown)
        if token.type == "fence"
    ]


def try_samples(markdown: str, folder: Path) -> list[str]:
    """Everything that is wrong with the samples of a page; they are tried in an empty folder."""
    return asyncio.run(_try_all(samples_of(markdown), folder))


async def _try_all(samples: list[Sample], folder: Path) -> list[str]:
    app = create_app(Settings(pace="held"))
    async with AsyncExitStack() as stack:
        places = {ADDRESS: await stack.enter_async_context(serving(app, on_stop=app.stopping))}
        wrong: list[str] = []
        printed = None
        for sample, following in zip(samples, [*samples[1:], None], strict=True):
            # Only where the refusal itself is shown is it no mistake.
            may_be_refused = following is not None and following.language == "json"
            there = sample._replace(text=_replaced(sample.text, places))
            if sample.language in ("json", "text"):
                found = [f"is not what is printed: {printed!r}"] if not is_printed(sample, printed) else []
            else:
                try:
                    if sample.text.startswith(_RECORD):
                        recorder = await stack.enter_async_context(_recorder(there.text, folder))
                        places[f"http://127.0.0.1:{sample.text.split()[-1]}"] = recorder
                        printed = f"ready {recorder}"
                    else:
                        printed = await _try(there, folder, may_be_refused=may_be_refused)
                    printed = _replaced(printed, {real: written for written, real in places.items()})
                    found = []
                    if _is_long(sample.text):
                        printed = None
                except Exception as error:  # noqa: BLE001 - told with its line
                    printed, found = None, [f"{type(error).__name__}: {error}"]
            wrong += [f"line {sample.line}: {each}" for each in found]
    return wrong


def _replaced(text: str, words: Mapping[str, str]) -> str:
    for word, other in words.items():
        text = text.replace(word, other)
    return text


async def _try(sample: Sample, folder: Path, *, may_be_refused: bool) -> str:
    file = _FILE.match(sample.text)
    if file is not None:
        path = folder / file[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sample.text, "utf-8")
    match sample.language:
        case "sh":
            return "".join(
                [await _run_part(part, folder, may_be_refused=may_be_refused) for part in _parts(sample.text)]
            )
        case "python":
            return await _python(sample.text, file[1] if file else "sample.py", folder)
        case "yaml":
            if file is None or file[1].endswith(ENDINGS):
                parse_story(sample.text, file="the sample")
                return ""
            for line in _commands(read_yaml(sample.text, name=file[1])):
                await _run_part(line, folder)
            return ""
        case "toml":
            tomllib.loads(sample.text)
            return ""
        case other:
            raise AssertionError(f"nobody tries {other!r}")


def _parts(text: str) -> Iterator[str]:
    """Commands that do not end, or are not to be run, one by one; the rest together."""
    rest: list[str] = []
    for line in text.splitlines():
        if line.startswith((_SERVE, *_INSTALLS)) or _is_long(line):
            yield line
        else:
            rest.append(line)
    if rest:
        yield "\n".join(rest)


def _is_long(line: str) -> bool:
    """Whether a line holds an emulator against its contracts, which takes longer than a test may."""
    return line.startswith(_CONTRACTS) and "--har" not in line


def _commands(value: Any, matrix: Mapping[str, Any] = MappingProxyType({})) -> Iterator[str]:
    """What a CI file runs; of a matrix the first job."""
    if is_object(value):
        matrix = value.get("strategy", {}).get("matrix", matrix)
        for name, inner in value.items():
            if name in ("run", "script"):
                for text in inner if is_array(inner) else [inner]:
                    yield from _parts(_MATRIX.sub(lambda found: str(matrix[found[1]][0]), text))
            else:
                yield from _commands(inner, matrix)
    elif is_array(value):
        for inner in value:
            yield from _commands(inner, matrix)


async def _run_part(text: str, folder: Path, *, may_be_refused: bool = False) -> str:
    if text.startswith(_INSTALLS):
        _check_install(text)
        return ""
    if text.startswith(_SERVE):
        return await _serve(text.partition("#")[0].strip().removesuffix("&"), folder)
    if _is_long(text):
        _check_options(text)
        return ""
    allowed = (0, _HTTP_REFUSED) if may_be_refused else (0,)
    return await _output(["bash", "-euo", "pipefail", "-c", _PRELUDE + text], folder, allowed=allowed)


def _check_install(line: str) -> None:
    known = (ROOT / "README.md").read_text("utf-8")
    if line not in known and not re.fullmatch(r"pip install (parrotfish|\.|'\.\[(contracts|coverage|,)+]')", line):
        raise AssertionError(f"the README does not install so: {line}")


def _check_options(line: str) -> None:
    try:
        contracts.make_context(_CONTRACTS, shlex.split(line, comments=True)[2:])
    except click.ClickException as error:
        raise AssertionError(f"{line}: {error.format_message()}") from None


async def _serve(line: str, folder: Path) -> str:
    arguments = shlex.split(line)[2:]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "emulator", "serve", *arguments, "--port", "0",
        cwd=folder, env=_environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    lines: list[str] = []
    async for each in process.stdout:
        lines.append(each.decode())
        if lines[-1].startswith("ready "):
            process.terminate()
    _, said = await process.communicate()
    if process.returncode or not lines:
        raise AssertionError(f"{line} ends with {process.returncode}: {said.decode()}")
    return re.sub(r"http://127\.0\.0\.1:\d+", ADDRESS, "".join(lines))


@asynccontextmanager
async def _recorder(line: str, folder: Path) -> AsyncGenerator[str]:
    """Where a recorder listens, while the block runs; the port that the line ends with may be taken."""
    arguments = shlex.split(line)[2:]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "emulator", "record", *arguments, "--port", "0",
        cwd=folder, env=_environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    word, url, *_ = [*(await process.stdout.readline()).decode().split(), "", ""]
    try:
        if word != "ready":
            _, said = await process.communicate()
            raise AssertionError(f"{line} ends with {process.returncode}: {said.decode()}")
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()
    assert process.returncode == 0, line


async def _python(text: str, name: str, folder: Path) -> str:
    (folder / name).write_text(text, "utf-8")
    if not re.search(r"^(?:async )?def test_", text, re.MULTILINE):
        return await _output([sys.executable, name], folder)
    return await _output([sys.executable, "-m", "pytest", "-q", *_PYTEST, name], folder)


async def _output(command: list[str], folder: Path, *, allowed: tuple[int, ...] = (0,)) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=_environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    printed, said = await process.communicate()
    if process.returncode not in allowed:
        raise AssertionError(f"ends with {process.returncode}: {printed.decode()}{said.decode()}")
    return printed.decode()


def _environment() -> dict[str, str]:
    # What a CI server sets would add lines to what is shown.
    ours = ("PYTEST", "NO_COLOR", "GITHUB_")
    left = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**left, "PYTHONPATH": str(ROOT), "NO_PROXY": "*", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def is_printed(sample: Sample, printed: str | None) -> bool:
    """Whether a `json` or `text` sample is what was printed; None if that is not known."""
    if printed is None:
        return True  # the command failed, which is told already, or was only checked
    if sample.language == "text":
        pattern = ".*?".join(re.escape(part.strip()) for part in sample.text.split("…"))
        return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None
    expected = json.loads(sample.text)
    return any(_fits(expected, told) for told in _documents(printed))


def _documents(printed: str) -> Iterator[Any]:
    """The last JSON document that was printed."""
    decoder, place = json.JSONDecoder(), 0
    last: list[Any] = []
    while place < len(printed):
        if printed[place] in "{[":
            value, place = decoder.raw_decode(printed, place)
            last = [value]
        else:
            place += 1
    yield from last


def _fits(expected: Any, told: Any) -> bool:
    """Whether a value is the expected one; `…` is any value, or as a member or item all that is not named."""
    if expected == "…":
        return True
    if is_object(expected):
        if not is_object(told):
            return False
        named = {name: value for name, value in expected.items() if name != "…"}
        return all(name in told and _fits(value, told[name]) for name, value in named.items()) and (
            "…" in expected or named.keys() == told.keys()
        )
    if is_array(expected):
        named_items = [each for each in expected if each != "…"]
        is_open = len(named_items) < len(expected)
        return (
            is_array(told)
            and (is_open or len(told) == len(named_items))
            and len(told) >= len(named_items)
            and all(map(_fits, named_items, told))
        )
    return expected == told
