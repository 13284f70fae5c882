"""What is held against its contract: an API with its credentials, and the control API of the world it lives in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

TIMEOUT_SECONDS = 30
CONTROL = "control"
"""The control API is held against its contract as well; this is its name."""


class Unreachable(Exception):
    """The target cannot be reached, or is not what it should be. The text says why."""


class Refused(Exception):
    """The control API said no. The text is its sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Card:
    """An account. `credentials` are headers by the contract's security schemes."""

    name: str
    id: str
    environment: str
    credentials: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    webhook_secret: str | None = None

    def headers(self, security: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
        """The headers that open the first door to which there are keys; None if there is none."""
        for schemes in security:
            if all(scheme in self.credentials for scheme in schemes):
                return {name: value for scheme in schemes for name, value in self.credentials[scheme].items()}
        return None


@dataclass(frozen=True)
class Api:
    """An API of a target. The calls of its contract stand below `base_url`; the first of its cards is used most."""

    name: str
    base_url: str
    cards: Sequence[Card] = ()
    openapi_url: str = ""


class Client:
    """Calls to one target, over the network or straight into an ASGI `app`."""

    def __init__(self, *, app: Any = None, token: str | None = None) -> None:  # noqa: ANN401 - any ASGI app
        self.app = app
        self.session: requests.Session
        if app is None:
            self.session = requests.Session()
        else:
            from schemathesis.python.asgi import get_client  # noqa: PLC0415 - only for apps in this process

            self.session = get_client(app)
        self.session.trust_env = False
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, url: str, body: Any = None) -> Any:  # noqa: ANN401 - JSON of the control API
        """Call the control API; its answer's JSON, or None. Raises `Refused`, `Unreachable`."""
        try:
            answer = self.session.request(method, url, json=body, headers=self._headers, timeout=TIMEOUT_SECONDS)
        except requests.Timeout:
            raise Unreachable(f"{url} gave no answer in {TIMEOUT_SECONDS} s") from None
        except requests.exceptions.SSLError as error:
            raise Unreachable(f"{url}: its certificate is not trusted ({_reason(error)})") from None
        except requests.RequestException as error:
            raise Unreachable(f"{url} cannot be reached: {_reason(error)}") from None
        if answer.status_code >= 300:
            raise Refused(answer.status_code, _sentence(answer))
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError:
            kind = answer.headers.get("content-type", "no content type")
            raise Unreachable(f"{url} answers {kind} and not JSON; is it Parrotfish?") from None


class World:
    """One world of a Parrotfish, as new. `url` is what its addresses begin with."""

    def __init__(self, client: Client, url: str) -> None:
        self.client = client
        self.url = url

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON of the control API
        """Call the control API of this world. Raises `Refused`, `Unreachable`."""
        return self.client.ask(method, f"{self.url}/_emulator/{path}", body)

    def apis(self) -> list[Api]:
        """All APIs with credentials that work now, the control API last. Raises `Refused`, `Unreachable`."""
        answer = self.ask("GET", "apis")
        try:
            found = [_api(each) for each in answer["apis"]]
        except (KeyError, TypeError, AttributeError):
            raise Unreachable(f"{self.url}/_emulator/apis answers something that is not Parrotfish") from None
        return [*found, Api(CONTROL, self.url, openapi_url=f"{self.url}/_emulator/openapi/{CONTROL}.yaml")]

    def api(self, name: str) -> Api:
        """One of them. Raises `Refused`, `Unreachable`."""
        found = {each.name: each for each in self.apis()}
        if name not in found:
            raise Refused(404, f"the target has no API {name}; it has {', '.join(found)}")
        return found[name]

    def contract(self, api: Api) -> Any:  # noqa: ANN401 - whatever stands there
        """Its contract as JSON. Raises `Refused`, `Unreachable`."""
        return self.client.ask("GET", api.openapi_url.removesuffix(".yaml") + ".json")

    def prepare(self) -> None:
        """Lift the limits and fill the wallets, so that neither hides what is looked for."""
        for account in self.pages("accounts", "accounts"):
            self.ask("PATCH", f"accounts/{account['id']}", {"rate_limits": False})
            if account.get("wallet") is not None:
                self.ask("PATCH", f"accounts/{account['id']}", {"balance": FULL_WALLET})

    def advance(self, by: str) -> None:
        """Let time pass, if it can be moved now."""
        try:
            self.ask("POST", "clock/advance", {"by": by})
        except Refused as error:
            if error.status != 409:
                raise

    def pages(self, path: str, member: str) -> list[Any]:
        """All elements of a list of the control API."""
        found: list[Any] = []
        cursor = ""
        while True:
            page = self.ask("GET", f"{path}?limit=100{cursor}")
            found += page[member]
            if page.get("next") is None:
                return found
            cursor = f"&cursor={page['next']}"


FULL_WALLET = 4_000
"""In whole units of the account's currency: below the highest balance that an API allows."""


def make_world(client: Client, url: str, name: str, seed: int) -> World:
    """A world of its own, held, called like this or the next name that is free. Raises `Refused`, `Unreachable`."""
    root = url.rstrip("/").partition("/w/")[0]
    for wanted in (name, *(f"{name}-{number}" for number in range(2, 100))):
        try:
            client.ask("POST", f"{root}/_emulator/worlds", {"name": wanted, "seed": seed, "pace": "held"})
        except Refused as error:
            if error.status != 409:
                raise
        else:
            return World(client, f"{root}/w/{wanted}")
    raise Refused(409, f"there are too many worlds called {name}")


def remove_world(world: World) -> None:
    """Remove a world that was made here."""
    root, _, name = world.url.partition("/w/")
    world.client.ask("DELETE", f"{root}/_emulator/worlds/{name}")


def _api(entry: Mapping[str, Any]) -> Api:
    cards = [
        Card(
            name=card["name"],
            id=card["id"],
            environment=card["environment"],
            credentials={scheme: each["headers"] for scheme, each in card["credentials"].items()},
            parameters=card.get("parameters", {}),
            webhook_secret=card.get("webhook_secret"),
        )
        for card in entry["accounts"]
    ]
    return Api(entry["name"], entry["base_url"], cards, entry["openapi_url"])


def _reason(error: Exception) -> str:
    cause: Any = error
    while getattr(cause, "args", None) and isinstance(cause.args[0], Exception):
        cause = cause.args[0]
    return str(getattr(cause, "reason", None) or cause)[:200]


def _sentence(answer: requests.Response) -> str:
    try:
        problem = answer.json()
        return str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.url} answered {answer.status_code}: {answer.text[:200]}"
