"""Installing and removing connectors."""

from collections.abc import Mapping

from emulator.dialects.bird import connectors
from emulator.dialects.bird.channels import CONNECTOR
from emulator.dialects.bird.pages import render_page
from emulator.server.dialect import Call, Handler, Reply, json_reply

_SHOWN = ("channelConversationalStatusEnabled",)


def create_connector(call: Call) -> Reply:
    """Install a connector. Its secrets, `securityArguments` and `invitationToken`, are taken and not kept."""
    members = call.members
    shown = {name: members[name] for name in _SHOWN if name in members}
    facts = (members["name"], members["connectorTemplateRef"], members.get("arguments", {}))
    connector = connectors.create(call.world, call.owner.id, *facts, shown)
    return json_reply(201, connectors.render_connector(connector))


def list_connectors(call: Call) -> Reply:
    """The connectors of the workspace."""
    store = call.world.store
    ids = store.resources_by_kind.ids((call.owner.id, CONNECTOR))
    return render_page(call, store.resources, ids, connectors.render_connector)


def get_connector(call: Call) -> Reply:
    """One connector."""
    connector = connectors.find(call.world.store, call.owner.id, call.parameters["connectorId"])
    return json_reply(200, connectors.render_connector(connector))


def delete_connector(call: Call) -> Reply:
    """Remove a connector and its channel."""
    connectors.remove(call.world, connectors.find(call.world.store, call.owner.id, call.parameters["connectorId"]))
    return Reply(204, content_type=None)


HANDLERS: Mapping[str, Handler] = {
    "createConnector": create_connector,
    "listConnectors": list_connectors,
    "getConnector": get_connector,
    "deleteConnector": delete_connector,
}
