"""What is ready to use in a world: listed for strangers."""

from emulator.core.errors import Json
from emulator.core.records import Account, Credential, Resource, Template
from emulator.core.store import Store
from emulator.dialects.arowana import agent_life, campaigns, senders
from emulator.dialects.arowana.auth import SCHEME
from emulator.dialects.arowana.vocabulary import API, EMAIL
from emulator.gateway.world import World
from emulator.server.dialect import AccountCard

TO = "+4915112345678"


def describe(world: World) -> tuple[AccountCard, ...]:
    """One card for each workspace that has a key."""
    cards = (_card(world.store, account) for account in world.store.accounts_by_api.get(API))
    return tuple(card for card in cards if card is not None)


def _card(store: Store, account: Account) -> AccountCard | None:
    keys = [key for key in store.credentials_by_account.get(account.id) if _shows(key)]
    if not keys:
        return None
    key = keys[0]
    return AccountCard(
        id=account.id,
        name=str(account.extras["slug"]),
        environment=key.environment,
        credentials={SCHEME: {"Authorization": f"Bearer {key.token}"}},
        parameters=_parameters(store, account),
        fixtures={
            "agents": [_agent(each) for each in _of_kind(store, account, agent_life.KIND)],
            "channels": [_channel(each) for each in _of_kind(store, account, senders.KIND)],
            "templates": [_template(each) for each in store.templates if _is_latest(each, account)],
            "campaigns": [_campaign(each) for each in _of_kind(store, account, campaigns.KIND)],
            "contacts": [_contact(store, id) for id in store.contacts_by_account.ids(account.id)],
            "keys": [{"name": each.name, "key": each.token, "policies": list(each.scopes)} for each in keys],
        },
    )


def _shows(key: Credential) -> bool:
    return key.owned and key.revoked_at is None


def _of_kind(store: Store, account: Account, kind: str) -> list[Resource]:
    return list(store.resources_by_kind.get((account.id, kind)))


def _parameters(store: Store, account: Account) -> dict[str, Json]:
    """A working one of each thing that paths and bodies need."""
    agents = (each for each in _of_kind(store, account, agent_life.KIND) if senders.of_agent(each).obstacle is None)
    channels = (each for each in _of_kind(store, account, senders.KIND) if each.content["type"] == "EMAIL")
    templates = (each.key for each in store.templates if each.account_id == account.id)
    found: dict[str, str | None] = {
        "agent_id": next((each.id for each in agents), None),
        "channel_id": next((each.id for each in channels), None),
        "template_id": next(templates, None),
        "campaign_id": next((each.id for each in _of_kind(store, account, campaigns.KIND)), None),
        "contact_id": next(iter(store.contacts_by_account.ids(account.id)), None),
    }
    return {"to": TO, **{name: value for name, value in found.items() if value is not None}}


def _agent(agent: Resource) -> Json:
    return {"id": agent.id, "state": agent_life.status_of(agent), "use_case": agent.content["use_case"]}


def _channel(channel: Resource) -> Json:
    obstacle = senders.obstacle_of(channel)
    return {"id": channel.id, "channel": channel.content["type"], "state": obstacle or "ready"}


def _is_latest(template: Template, account: Account) -> bool:
    return template.account_id == account.id and "@" not in template.key


def _template(template: Template) -> Json:
    return {"id": template.key, "variables": list(template.variables)}


def _campaign(campaign: Resource) -> Json:
    return {"id": campaign.id, "trigger": campaign.content["trigger"], "state": campaigns.status_of(campaign)}


def _contact(store: Store, id: str) -> Json:
    contact = store.contacts[id]
    consents: list[Json] = [
        {"channel": each.channel.value, "message_type": each.purpose, "status": each.status}
        for each in store.consents_by_contact.get(id)
    ]
    addresses = dict(contact.addresses)
    return {"id": id, "email": addresses.get(EMAIL.value), "phone": addresses.get("phone"), "consents": consents}
