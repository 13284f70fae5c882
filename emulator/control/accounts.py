"""The accounts of all APIs: listed, provisioned, changed, signed in to."""

from emulator.control.account_changes import Changes
from emulator.control.call import ControlCall, account_of, is_taken
from emulator.control.pages import DEFAULT_LIMIT, page
from emulator.control.problems import Impossible
from emulator.core.errors import AlreadyExists, Json
from emulator.core.moments import iso_milliseconds
from emulator.core.pricing import decimal_text
from emulator.core.records import Account, Credential, Sender, Template, WebhookEndpoint
from emulator.gateway.world import World
from emulator.server.dialect import Dialect, Reply, json_reply


async def list_accounts(call: ControlCall) -> Reply:
    """A page of accounts, newest first."""
    store, api, name = call.world.store, call.query.get("api"), call.query.get("name")
    if api is not None:
        call.dialect(api, place="query")
    found = await page(
        call.world,
        store.accounts,
        list(store.accounts.rows) if api is None else store.accounts_by_api.ids(api),
        limit=call.query.get("limit", DEFAULT_LIMIT),
        cursor=call.query.get("cursor"),
        keep=None if name is None else lambda account: account.name == name,
    )
    accounts: list[Json] = [_account(call, account) for account in found.records]
    return json_reply(200, {"accounts": accounts, "next": found.next_cursor})


def create_account(call: ControlCall) -> Reply:
    """Provision an account, as its API does it, and change it at once."""
    world, name = call.world, call.members["name"]
    dialect = call.dialect(call.members["api"], place="body")
    if dialect.provision is None:
        raise Impossible(f"Accounts of {dialect.title} cannot be provisioned here.")
    if is_taken(world, dialect.name, name):
        raise AlreadyExists("account", name)
    changes = Changes(world, dialect, None, call.members)
    account = changes.apply(dialect.provision(world, name))
    return json_reply(201, _account(call, account))


def update_account(call: ControlCall) -> Reply:
    """Change an account."""
    account = account_of(call)
    changes = Changes(call.world, _dialect(call, account), account, call.members)
    return json_reply(200, _account(call, changes.apply(account)))


def sign_in(call: ControlCall) -> Reply:
    """A fresh session of a person."""
    account = account_of(call)
    dialect = _dialect(call, account)
    if dialect.sign_in is None:
        raise Impossible(f"{dialect.title} knows no sign-in.")
    headers, expires_at = dialect.sign_in(call.world, account, call.members.get("user"))
    return json_reply(200, {"headers": dict(headers), "expires_at": iso_milliseconds(expires_at)})


def _dialect(call: ControlCall, account: Account) -> Dialect:
    return call.server.apis[account.api.encode()].dialect


def _account(call: ControlCall, account: Account) -> dict[str, Json]:
    store = call.world.store
    settings = _dialect(call, account).settings
    return {
        "id": account.id,
        "api": account.api,
        "name": account.name,
        "status": account.status,
        "parent_id": account.parent_id,
        "created_at": iso_milliseconds(account.created_at),
        "rate_limits": account.rate_limits,
        "wallet": _wallet(call.world, account),
        "settings": {name: value for name, value in account.extras.items() if name in settings},
        "credentials": [_credential(each) for each in store.credentials_by_account.get(account.id) if each.owned],
        "senders": [_sender(each) for each in store.senders_by_account.get(account.id)],
        "templates": [_template(each) for each in store.templates if each.account_id == account.id],
        "webhooks": [_endpoint(each) for each in store.endpoints_by_account.get(account.id)],
    }


def _wallet(world: World, account: Account) -> Json:
    wallet = world.store.wallets.get(account.id)
    if wallet is None:
        return None
    return {
        "currency": wallet.currency,
        "balance": decimal_text(wallet.balance_micros),
        "held": decimal_text(wallet.held_micros),
    }


def _credential(credential: Credential) -> Json:
    expires_at, revoked_at = credential.expires_at, credential.revoked_at
    return {
        "id": credential.id,
        "kind": credential.kind,
        "name": credential.name,
        "environment": credential.environment,
        "token": credential.token,
        "created_at": iso_milliseconds(credential.created_at),
        "expires_at": iso_milliseconds(expires_at) if expires_at is not None else None,
        "revoked_at": iso_milliseconds(revoked_at) if revoked_at is not None else None,
    }


def _sender(sender: Sender) -> Json:
    return {"id": sender.id, "channel": sender.channel.value, "address": sender.address, "two_way": sender.two_way}


def _template(template: Template) -> Json:
    return {
        "id": template.id,
        "key": template.key,
        "text": template.text,
        "subject": template.subject,
        "html": template.html,
        "variables": list(template.variables),
    }


def _endpoint(endpoint: WebhookEndpoint) -> Json:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.event_types),
        "secret": endpoint.secret,
        "status": endpoint.status,
        "environment": endpoint.environment,
    }
