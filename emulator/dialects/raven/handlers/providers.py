"""The accounts at providers that a tenant has connected; they carry its messages."""

from collections.abc import Mapping

from emulator.core.errors import FieldProblem, InvalidFields, Json
from emulator.core.moments import iso_milliseconds
from emulator.core.records import Account, Channel, Connection
from emulator.core.table import owned
from emulator.dialects.raven import audit
from emulator.server.dialect import Call, Handler, Reply, json_reply

# Source: Raven documentation, "Providers", read 2026-11. In the order of the contract.
LIVE: Mapping[str, Channel] = {
    "africas_talking": Channel.SMS,
    "postmark": Channel.EMAIL,
    "sendgrid": Channel.EMAIL,
    "mailjet": Channel.EMAIL,
    "smtp": Channel.EMAIL,
    "ses": Channel.EMAIL,
    "mailgun": Channel.EMAIL,
    "brevo": Channel.EMAIL,
}

# Only planned by the vendor; a scenario can enable them for an account.
ROADMAP: Mapping[str, Channel] = {
    "twilio": Channel.SMS,
    "daraja": Channel.SMS,
    "resend": Channel.EMAIL,
    "fcm": Channel.PUSH,
    "apns": Channel.PUSH,
    "meta_waba": Channel.WHATSAPP,
}


def create_provider(call: Call) -> Reply:
    """Connect a provider. Its credentials are kept as they are: there is nobody to check them with."""
    connection = call.world.store.connections.put(_connection(call))
    audit.record(call, "provider.create", "provider", connection.id, metadata={"provider": connection.provider})
    return json_reply(201, render_provider(connection))


def list_providers(call: Call) -> Reply:
    """List the tenant's connected providers, without their secrets."""
    every = call.world.store.connections_by_account.get(call.owner.id)
    return json_reply(200, [render_provider(connection) for connection in every])


def delete_provider(call: Call) -> Reply:
    """Disconnect a provider. Messages keep its name, and sending domains what was verified with it."""
    call.world.store.connections.delete(find_connection(call, call.parameters["id"]).id)
    return Reply(204, content_type=None)


def find_connection(call: Call, id: str) -> Connection:
    """A connected provider of the tenant. Raises `NotFound`."""
    return owned(call.world.store.connections, call.owner.id, id)


def render_provider(connection: Connection) -> dict[str, Json]:
    """A connected provider as the API shows it: never with its secrets."""
    return {
        "id": connection.id,
        "provider": connection.provider,
        "channel": connection.channel.value,
        "label": connection.label,
        "status": connection.status,
        "configPublic": dict(connection.public),
        "createdAt": iso_milliseconds(connection.created_at),
    }


def _connection(call: Call) -> Connection:
    members = call.members
    return Connection(
        id=call.world.ids.uuid("connection"),
        account_id=call.owner.id,
        provider=members["provider"],
        channel=_channel_of(call.owner, members["provider"]),
        label=members["label"],
        public=members.get("publicConfig", {}),
        secret=members["secretConfig"],
        created_at=call.now,
    )


def _channel_of(tenant: Account, provider: str) -> Channel:
    """The channel of a provider. Raises `InvalidFields` for one of the roadmap that is not enabled for the tenant."""
    enabled = tenant.extras.get("extra_providers")
    extra = {name: ROADMAP[name] for name in ROADMAP if isinstance(enabled, list) and name in enabled}
    known = {**LIVE, **extra}
    if provider not in known:
        raise InvalidFields((FieldProblem(("provider",), "enum", provider, tuple(known)),))
    return known[provider]


HANDLERS: Mapping[str, Handler] = {
    "createProvider": create_provider,
    "listProviders": list_providers,
    "deleteProvider": delete_provider,
}
