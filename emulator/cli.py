"""Arguments -> Settings -> a running server, or a question to one.

Exit status: 0 all held, 1 an expectation failed, 2 the input is wrong, 3 the target cannot be reached.
"""

import json
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click

from emulator import __version__
from emulator.core.hints import nearest
from emulator.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from emulator.stories.mistakes import StoryError
    from emulator.stories.story import Story


class _InputIsWrong(click.ClickException):
    """A sentence for people about what they gave us."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence."""
        click.echo(f"parrotfish: {self.format_message()}", file=file, err=True)


class _Unreachable(_InputIsWrong):
    """A sentence for people about a target that does not answer."""

    exit_code = 3


_LIMITS_HELP = "The vendors' rate limits; auto: on, unless the pace is held."


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="parrotfish")
def main() -> None:
    """Emulate messaging-provider APIs on localhost."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8026, show_default=True, help="0 takes a free one.")
@click.option("--api", "only", metavar="NAME", help="Serve only this API, at the root.")
@click.option("--pace", default="real", show_default=True, metavar="real|held|RATE", help="How time passes.")
@click.option("--seed", type=int, default=1, show_default=True, help="Where ids and chance come from.")
@click.option("--control-token", metavar="TOKEN", help="Ask for this token on the control API.")
@click.option(
    "--rate-limits", type=click.Choice(["auto", "on", "off"]), default="auto", show_default=True, help=_LIMITS_HELP
)
@click.option("--webhook-host", "webhook_hosts", multiple=True, metavar="HOST", help="Webhooks may go there too.")
@click.option("--allowed-host", "allowed_hosts", multiple=True, metavar="HOST", help="The control API answers to it.")
@click.option("--tls-cert", type=click.Path(path_type=Path), metavar="FILE", help="Serve https with this certificate.")
@click.option("--tls-key", type=click.Path(path_type=Path), metavar="FILE", help="The certificate's key.")
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Bring about what a story gives, and again after each edit.",
)
def serve(**options: Any) -> None:  # noqa: ANN401 - click's values, checked by their options
    """Start the emulator."""
    settings = Settings(**options)
    problem = settings.problem()
    if problem is not None:
        raise _InputIsWrong(problem)
    sys.exit(_serve(settings))


def _serve(settings: Settings) -> int:
    # Imported here, so that `--help` and mistakes in options answer at once.
    from emulator.app import create_app  # noqa: PLC0415 - late, so that `--help` answers at once
    from emulator.dialects import DIALECTS  # noqa: PLC0415 - late, so that `--help` answers at once
    from emulator.server.connection import BadCertificate, CannotListen, run  # noqa: PLC0415 - late, so that `--help` answers at once
    from emulator.stories.mistakes import StoryError  # noqa: PLC0415 - late, so that `--help` answers at once

    names = [dialect.name for dialect in DIALECTS]
    if settings.only is not None and settings.only not in names:
        _unknown_api(settings.only, names)
    try:
        app = create_app(settings)
    except ValueError as error:
        raise _InputIsWrong(f"--pace: {error}") from None

    def ready(url: str) -> None:
        if settings.scenario is not None:
            app.follow(settings.scenario, url, partial(click.echo, err=True))
        for card in _first_cards(app.directory(url)):
            click.echo(card)
        click.echo(f"ready {url}")
        app.make_ready_for_people()

    try:
        return run(
            app,
            host=settings.host,
            port=settings.port,
            on_ready=ready,
            on_stop=app.stopping,
            invalid_request=app.refuse_invalid,
            tls_cert=settings.tls_cert,
            tls_key=settings.tls_key,
        )
    except BadCertificate as error:
        raise _InputIsWrong(f"--tls-cert, --tls-key: {error}") from None
    except CannotListen as error:
        raise _InputIsWrong(f"{error}; choose another with --port or --host") from None
    except StoryError as error:
        _refuse(error)


def _unknown_api(name: str, names: Sequence[str]) -> NoReturn:
    near = nearest(name, names)
    hint = f"; did you mean {near}?" if near else ""
    raise _InputIsWrong(f"--api {name}: there is no such API{hint} (there are: {', '.join(names)})")


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--url", metavar="URL", help="Play against this target. Without it, an emulator is started for the run.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write a JUnit report.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Write a JSON report.")
@click.option("-n", "workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Stories at a time.")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="Set a variable of the stories.")
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="Send this header with each call.")
@click.option("--control-token", metavar="TOKEN", help="The token that the target was started with.")
def run(  # noqa: PLR0913, PLR0917 - one for each option
    paths: Sequence[Path],
    url: str | None,
    junit: Path | None,
    json_file: Path | None,
    workers: int,
    variables: Sequence[str],
    headers: Sequence[str],
    control_token: str | None,
) -> None:
    """Play stories: files, or folders with *.story.yaml in them."""
    from emulator.stories import command, remote  # noqa: PLC0415 - late: `serve` needs none of it
    from emulator.stories.client import Unreachable  # noqa: PLC0415 - late, so that `--help` answers at once
    from emulator.stories.runner import Options  # noqa: PLC0415 - late, so that `--help` answers at once

    if url is not None:
        _check_url(url, control_token, headers)
    stories = _stories(paths)
    options = Options(
        url=url or "",
        workers=workers,
        token=control_token,
        headers=_pairs("--header", headers, ":"),
        variables=_pairs("--var", variables, "="),
    )
    reports = [command.junit_report(junit)] if junit is not None else []
    reports += [command.json_report(json_file)] if json_file is not None else []
    try:
        held = command.play(
            stories,
            options,
            emulator=_own_emulator,
            write=lambda text: click.echo(text, nl=False),
            is_live=sys.stdout.isatty(),
            reports=reports,
        )
    except (Unreachable, remote.Refused) as error:
        raise _Unreachable(str(error)) from None
    except OSError as error:
        raise _InputIsWrong(f"the report cannot be written: {error}") from None
    sys.exit(0 if held else 1)


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
def validate(paths: Sequence[Path]) -> None:
    """Check stories without playing them."""
    stories = _stories(paths)
    click.echo(f"{len(stories)} {'story is' if len(stories) == 1 else 'stories are'} well written")


def _stories(paths: Sequence[Path]) -> "list[Story]":
    from emulator.stories.command import load_stories  # noqa: PLC0415 - late: `serve` needs none of it
    from emulator.stories.mistakes import StoryError  # noqa: PLC0415 - late, so that `--help` answers at once

    try:
        return load_stories(paths)
    except StoryError as error:
        _refuse(error)


def _refuse(error: "StoryError") -> NoReturn:
    for mistake in error.mistakes:
        click.echo(mistake, err=True)
    raise click.exceptions.Exit(2) from None


def _own_emulator() -> "AbstractAsyncContextManager[str]":
    from emulator.app import create_app  # noqa: PLC0415 - late, so that `--help` answers at once
    from emulator.server.connection import serving  # noqa: PLC0415 - late, so that `--help` answers at once

    app = create_app(Settings(pace="held"))
    return serving(app, on_stop=app.stopping, invalid_request=app.refuse_invalid)


def _pairs(option: str, written: Sequence[str], between: str) -> dict[str, str]:
    pairs = [each.partition(between) for each in written]
    for text, (name, sign, _) in zip(written, pairs, strict=True):
        if not sign or not name.strip():
            raise _InputIsWrong(f"{option} {text}: expected NAME{between}VALUE")
    return {name.strip(): value.strip() if between == ":" else value for name, _, value in pairs}


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option(
    "--left", required=True, metavar="TARGET", help="live, test, a URL (with #test: its test side) or a .har."
)
@click.option("--right", required=True, metavar="TARGET", help="What it is compared with.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write a JUnit report.")
@click.option(
    "--left-header", "left_headers", multiple=True, metavar="NAME:VALUE", help="Send it with each call there."
)
@click.option(
    "--right-header", "right_headers", multiple=True, metavar="NAME:VALUE", help="Send it with each call there."
)
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="Set a variable of the stories.")
@click.option("--control-token", metavar="TOKEN", help="The token that an emulator at a URL was started with.")
@click.option(
    "--timeout", type=click.FloatRange(0.1, 600), default=30, show_default=True, help="Seconds for an answer."
)
def parity(  # noqa: PLR0913, PLR0917 - one for each option
    paths: Sequence[Path],
    left: str,
    right: str,
    junit: Path | None,
    left_headers: Sequence[str],
    right_headers: Sequence[str],
    variables: Sequence[str],
    control_token: str | None,
    timeout: float,
) -> None:
    """Play stories on two targets, and name every difference."""
    from emulator.harness import parity_command, parity_targets  # noqa: PLC0415 - late: `serve` needs none of it
    from emulator.harness.har_file import BadHar  # noqa: PLC0415 - late, so that `--help` answers at once

    stories = _stories(paths)
    try:
        sides = (
            parity_targets.read_target(left, _pairs("--left-header", left_headers, ":"), control_token),
            parity_targets.read_target(right, _pairs("--right-header", right_headers, ":"), control_token),
        )
        for option, side in zip(("--left", "--right"), sides, strict=True):
            if side.url is not None:
                _check_url(side.url, control_token, side.headers, option)
        status = parity_command.play(
            stories,
            *sides,
            emulator=_own_emulator,
            variables=_pairs("--var", variables, "="),
            seconds=timeout,
            write=click.echo,
            junit=junit,
        )
    except (BadHar, parity_targets.BadTarget) as error:
        raise _InputIsWrong(str(error)) from None
    except OSError as error:
        raise _InputIsWrong(f"the report cannot be written: {error}") from None
    sys.exit(status)


@main.command()
@click.option("--upstream", required=True, metavar="URL", help="The real provider.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FILE.har", help="Where calls are written."
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on; a free one without it.")
def record(upstream: str, out: Path, port: int) -> None:
    """Record calls of a real provider as HAR, without secrets.

    Stands in front of the provider: point an application here, and what both say is written down.
    """
    from emulator.harness import recording_command  # noqa: PLC0415 - late: `serve` needs none of it
    from emulator.harness.har_file import BadHar  # noqa: PLC0415 - late, so that `--help` answers at once
    from emulator.server.connection import CannotListen  # noqa: PLC0415 - late, so that `--help` answers at once
    from emulator.stories.client import Unreachable  # noqa: PLC0415 - late, so that `--help` answers at once

    if not upstream.startswith(("http://", "https://")):
        raise _InputIsWrong(f"--upstream {upstream}: not an http address")
    try:
        sys.exit(recording_command.record(upstream, out, port, say=click.echo))
    except Unreachable as error:
        raise _Unreachable(str(error)) from None
    except (BadHar, CannotListen) as error:
        raise _InputIsWrong(str(error)) from None


@main.command()
@click.option("--api", metavar="NAME", help="Only this API; control is the control API's name.")
@click.option("--url", metavar="URL", help="A running emulator. Without it, each contract gets one of its own.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write a JUnit report.")
@click.option("--seed", type=int, default=1, show_default=True, help="Where generated calls come from.")
@click.option("--deep", is_flag=True, help="Ten times the cases, with three seeds.")
@click.option("--shard", default="1/1", show_default=True, metavar="I/N", help="Only the I-th of N parts.")
@click.option("--control-token", metavar="TOKEN", help="The token that the emulator was started with.")
@click.option(
    "--har", type=click.Path(path_type=Path), metavar="FILE", help="Hold recorded traffic against it instead."
)
@click.option(
    "--coverage",
    type=click.Path(path_type=Path),
    metavar="FILE.html|.json",
    help="Tell which operations, statuses and events were exercised; the ready stories are played as well.",
)
@click.option("--fail-under", type=click.FloatRange(0, 100), metavar="PERCENT", help="The least coverage to accept.")
def contracts(  # noqa: PLR0913, PLR0917 - one for each option
    api: str | None,
    url: str | None,
    junit: Path | None,
    seed: int,
    deep: bool,
    shard: str,
    control_token: str | None,
    har: Path | None,
    coverage: Path | None,
    fail_under: float | None,
) -> None:
    """Hold each API against its contract."""
    is_covered = coverage is not None or fail_under is not None
    if is_covered and (har is not None or _shard(shard) != (1, 1)):
        raise _InputIsWrong("coverage is of whole contracts and of calls: it goes with neither --har nor --shard")
    if har is not None:
        _check_har(har, api, junit, url)
    if url is not None:
        _check_url(url, control_token)
    try:
        from emulator.harness.contracts import command  # noqa: PLC0415 - late, and it may be missing
        from emulator.harness.coverage import command as covered  # noqa: PLC0415 - late, so that `--help` answers at once
    except ModuleNotFoundError as error:
        if str(error.name).startswith("emulator"):
            raise
        raise _InputIsWrong(
            f"{error.name} is not installed; this needs `pip install 'parrotfish[contracts]'`"
        ) from None
    options = command.Options(
        api=api,
        url=url,
        token=control_token,
        junit=junit,
        seed=seed,
        deep=deep,
        shard=_shard(shard),
        annotate=os.environ.get("GITHUB_ACTIONS") == "true",
    )
    try:
        if is_covered:
            covered.check_path(coverage)
            sys.exit(covered.run(options, click.echo, path=coverage, fail_under=fail_under))
        sys.exit(command.run(options, click.echo))
    except command.Unreachable as error:
        raise _Unreachable(str(error)) from None
    except (command.UnknownApi, command.Refused, command.NotAContract, covered.BadReport) as error:
        raise _InputIsWrong(str(error)) from None
    except OSError as error:
        raise _InputIsWrong(f"the report cannot be written: {error}") from None


def _check_har(path: Path, api: str | None, junit: Path | None, url: str | None) -> NoReturn:
    from emulator.harness import har_command  # noqa: PLC0415 - late: `serve` needs none of it
    from emulator.harness.har_file import BadHar  # noqa: PLC0415 - late, so that `--help` answers at once

    if url is not None:
        raise _InputIsWrong("--har takes the place of a target: leave --url out")
    annotate = os.environ.get("GITHUB_ACTIONS") == "true"
    try:
        sys.exit(har_command.check(path, api, junit=junit, annotate=annotate, write=click.echo))
    except BadHar as error:
        raise _InputIsWrong(str(error)) from None
    except OSError as error:
        raise _InputIsWrong(f"the report cannot be written: {error}") from None


def _shard(written: str) -> tuple[int, int]:
    number, _, of = written.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise _InputIsWrong(f"--shard {written}: expected I/N, as in 2/5")
    return int(number), int(of)


@main.command()
@click.option(
    "--url", default="http://127.0.0.1:8026", show_default=True, help="A running emulator, or its /w/<world>."
)
@click.option("--json", "as_json", is_flag=True, help="Print what GET /_emulator/apis answers.")
@click.option("--control-token", metavar="TOKEN", help="The token that the server was started with.")
def apis(url: str, as_json: bool, control_token: str | None) -> None:
    """List a running emulator's APIs, with credentials.

    Below each account stand headers that can be sent as they are, one working id of each thing that paths and bodies
    need, and where its webhooks go, with what they are signed with.
    """
    # Late: the client's modules would cost the server's start 30 ms.
    from emulator.asking import NotAnswered, ask, listed  # noqa: PLC0415 - late, so that `--help` answers at once

    _check_url(url, control_token)
    try:
        answer = ask(url.rstrip("/") + "/_emulator/apis", control_token)
    except NotAnswered as error:
        raise _Unreachable(str(error)) from None
    if as_json:
        click.echo(json.dumps(answer, indent=2))
        return
    for line in listed(answer):
        click.echo(line)


def _check_url(url: str, control_token: str | None, headers: Collection[str] = (), option: str = "--url") -> None:
    from emulator.asking import emulator_above  # noqa: PLC0415 - late, so that `--help` answers at once

    if not url.startswith(("http://", "https://")):
        hint = "" if "://" in url else f"; did you mean http://{url}?"
        raise _InputIsWrong(f"{option} {url}: not an http address{hint}")
    # Who sends a credential of their own may well mean one API, played as any provider would be.
    root = emulator_above(url, control_token) if not headers else None
    if root is not None:
        deep = url.rstrip("/").removeprefix(root)
        raise _InputIsWrong(f"{option} {url}: the emulator's own address is expected, without {deep}: {root}")


def _first_cards(directory: Mapping[str, Any]) -> list[str]:
    """One line per API: its base URL and a key that works."""
    lines: list[str] = []
    for api in directory["apis"]:
        account = api["accounts"][0]
        key = ", ".join(f"{name}: {value}" for name, value in account["headers"].items())
        lines.append(f"{api['name']:<12}{api['base_url']}  {key}")
    return lines
