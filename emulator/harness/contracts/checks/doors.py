"""Who is let in: nobody without a key, nobody with a wrong one, and nobody to what is another's."""

from collections.abc import Callable

from emulator.harness.contracts.exchange import Exchange
from emulator.harness.contracts.target import Card

_REFUSED = (401, 403)


def authentication_required(exchange: Exchange) -> None:
    """Without credentials, and with wrong ones, what needs them answers 401 or 403, whatever else the call is."""
    scene, operation = exchange.scene, exchange.operation
    if not exchange.is_of_the_contract or exchange.has_wrong_path or not scene.keyring.needs_key(operation):
        return
    headers = scene.keyring.headers(operation)
    # Bad calls apart from good ones: the door stands before the look at the fields.
    kind = "authentication_required" if exchange.is_good else "authentication_required for bad calls"
    if not headers or not scene.may(kind, operation):
        return
    scene.count(kind, operation)
    nobody = exchange.ask(exchange.derive(headers={}))
    if nobody.status not in _REFUSED:
        nobody.fail("Credentials are not required", f"without them: {nobody.said()}")
    secrets = scene.keyring.secret_headers(operation)
    wrong = {name: _spoiled(value) if name.lower() in secrets else value for name, value in headers.items()}
    liar = exchange.ask(exchange.derive(headers=wrong))
    if liar.status not in _REFUSED:
        liar.fail("Wrong credentials are accepted", f"with them: {liar.said()}")


def _spoiled(secret: str) -> str:
    """The same kind of secret with other letters at the end."""
    other = secret[-6:].swapcase()[::-1]
    return secret[:-6] + (other if other != secret[-6:] else "".join("0" if c != "0" else "1" for c in other))


def account_isolation(exchange: Exchange) -> None:
    """What belongs to an account is not shown to another one."""
    _not_shown(exchange, "account_isolation", "Another account sees it", lambda own, other: own.name != other.name)


def environment_isolation(exchange: Exchange) -> None:
    """What belongs to one environment is not shown to another one of the same account."""
    _not_shown(exchange, "environment_isolation", "Another environment sees it", _same_account)


def _same_account(own: Card, other: Card) -> bool:
    return own.name == other.name and own.environment != other.environment


def _not_shown(exchange: Exchange, check: str, title: str, concerns: Callable[[Card, Card], bool]) -> None:
    scene, operation = exchange.scene, exchange.operation
    if operation.method != "get" or "{" not in operation.path or not exchange.is_ok:
        return
    holder = scene.keyring.holder(operation)
    if holder is None or not scene.may(check, operation):
        return
    scene.count(check, operation)
    for stranger, headers in scene.keyring.strangers(operation):
        if concerns(holder, stranger):
            seen = exchange.ask(exchange.derive(headers=headers))
            if 200 <= seen.status < 300:
                who = f"{stranger.name}/{stranger.environment}"
                seen.fail(title, f"{who} reads what is {holder.name}/{holder.environment}'s: {seen.said()}")
