"""Who is asking (401), and may they (403): access keys of an organization, and the policies of each.

A key's scopes are its policies, each an action and a resource pattern: `view /workspaces/*/channels/*`. A `*` stands
for one part of the path, and alone for every resource or every action.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from emulator.core.errors import Forbidden, Unauthenticated
from emulator.core.rates import RateRule
from emulator.core.records import Account, Credential
from emulator.core.store import Store
from emulator.dialects.bird.vocabulary import API, GETS_PER_SECOND, POSTS_PER_SECOND
from emulator.server.dialect import Call, Headers

SCHEME = "accessKey"  # the contract's name for it
ALL = "* *"
VIEW_ALL = "view *"
SEND_ONLY = "create /workspaces/*/channels/*/messages"

BEARER = "bearer_keys"
"""The setting that takes `Bearer <access key>` as well, as published clients send it. On, unless it is switched off."""

_SECOND = timedelta(seconds=1)
_SCHEMES = (b"accesskey", b"bearer")

_CHANNEL = "/workspaces/{workspaceId}/channels/{channelId}"
_SUBSCRIPTIONS = "/organizations/{organizationId}/workspaces/{workspaceId}/webhook-subscriptions"
_CONTACTS = "/workspaces/{workspaceId}/contacts"
_CONNECTORS = "/workspaces/{workspaceId}/connectors"

# Source: Bird documentation, "Roles and policies", read 2026-11; connectors, contacts, lists, workspaces are assumed.
NEEDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "createChannelMessage": ("create", f"{_CHANNEL}/messages"),
        "listChannelMessages": ("view", f"{_CHANNEL}/messages"),
        "listWorkspaceMessages": ("view", f"{_CHANNEL}/messages"),
        "getChannelMessage": ("view", f"{_CHANNEL}/messages/{{messageId}}"),
        "listChannelMessageInteractions": ("view", f"{_CHANNEL}/messages/{{messageId}}/interactions"),
        "createChannelMessageBatch": ("create", f"{_CHANNEL}/messages"),
        "createChannelMediaPresignedUpload": ("create", "/workspaces/{workspaceId}/channel-media/presigned-upload"),
        "createChannelPresignedUpload": ("create", f"{_CHANNEL}/presigned-upload"),
        "getWorkspaceMedia": ("view", "/workspaces/{workspaceId}/media/{mediaId}"),
        "getChannelMedia": ("view", f"{_CHANNEL}/media/{{mediaId}}"),
        "getMessageMedia": ("view", "/workspaces/{workspaceId}/messages/{messageId}/media/{fileId}"),
        "listChannels": ("view", "/workspaces/{workspaceId}/channels"),
        "getChannel": ("view", _CHANNEL),
        "updateChannel": ("update", _CHANNEL),
        "getChannelContactInformation": ("view", _CHANNEL),
        "createConnector": ("create", _CONNECTORS),
        "listConnectors": ("view", _CONNECTORS),
        "getConnector": ("view", f"{_CONNECTORS}/{{connectorId}}"),
        "deleteConnector": ("delete", f"{_CONNECTORS}/{{connectorId}}"),
        "createWebhookSubscription": ("create", _SUBSCRIPTIONS),
        "listWebhookSubscriptions": ("view", _SUBSCRIPTIONS),
        "getWebhookSubscription": ("view", f"{_SUBSCRIPTIONS}/{{webhookSubscriptionId}}"),
        "updateWebhookSubscription": ("update", f"{_SUBSCRIPTIONS}/{{webhookSubscriptionId}}"),
        "deleteWebhookSubscription": ("delete", f"{_SUBSCRIPTIONS}/{{webhookSubscriptionId}}"),
        "listWebhookSubscriptionLogs": ("view", f"{_SUBSCRIPTIONS}/{{webhookSubscriptionId}}/logs"),
        "getWebhookSubscriptionLogDetails": ("view", f"{_SUBSCRIPTIONS}/{{webhookSubscriptionId}}/logs/details"),
        "listAvailableWebhooks": ("view", "/workspaces/{workspaceId}/available-webhooks"),
        "listWorkspaceWebhookSubscriptions": ("view", _SUBSCRIPTIONS),
        "getWorkspaceWebhookSubscription": ("view", f"{_SUBSCRIPTIONS}/{{webhookSubscriptionId}}"),
        "createContact": ("create", _CONTACTS),
        "listContacts": ("view", _CONTACTS),
        "getContact": ("view", f"{_CONTACTS}/{{contactId}}"),
        "updateContact": ("update", f"{_CONTACTS}/{{contactId}}"),
        "deleteContact": ("delete", f"{_CONTACTS}/{{contactId}}"),
        "upsertContactByIdentifier": ("update", f"{_CONTACTS}/{{contactId}}"),
        "listListContacts": ("view", "/workspaces/{workspaceId}/lists/{listId}/contacts"),
        "listWorkspaces": ("view", "/organizations/{organizationId}/workspaces"),
        "getWorkspace": ("view", "/organizations/{organizationId}/workspaces/{workspaceId}"),
    }
)
"""What each operation needs: an action, and the resource it acts on. An operation that is missing needs no key."""


def find_token(headers: Headers) -> str | None:
    """The access key of a request as it was sent, or None. It is not judged here."""
    return _read(headers)[1]


def _read(headers: Headers) -> tuple[bytes, str | None]:
    """The scheme in lower case and the key, or None."""
    scheme, _, token = headers.get(b"authorization", b"").strip().partition(b" ")
    scheme = scheme.lower()
    if scheme not in _SCHEMES:
        return scheme, None
    return scheme, token.strip().decode("latin-1") or None


def authenticate(call: Call) -> None:
    """Find the key's account, and what its policies allow. Raises `Unauthenticated`, `Forbidden`.

    The account is the workspace of the path if it belongs to the key's organization, else the key's own.
    """
    need = NEEDS.get(call.operation_id)
    if need is None:
        return
    credential, home = _find_key(call)
    call.credential, call.account = credential, home
    workspace_id = call.parameters.get("workspaceId")
    if workspace_id is not None and workspace_id != home.id:
        call.account = find_workspace(call.world.store, home, workspace_id) or home
    if ALL not in credential.scopes and not _allows(credential, call, home, need):
        raise Forbidden(need[0])


def find_workspace(store: Store, home: Account, id: str) -> Account | None:
    """The workspace with an id, if it belongs to the same organization."""
    account = store.accounts.get(id)
    if account is None or account.api != API or account.parent_id != home.parent_id:
        return None
    return account


def _find_key(call: Call) -> tuple[Credential, Account]:
    """The key that was sent, with the account that it was made in."""
    scheme, token = _read(call.headers)
    if token is None:
        raise Unauthenticated("malformed" if scheme else "missing", SCHEME)
    store = call.world.store
    credential = store.credentials_by_token.get((API, token))
    if credential is None:
        raise Unauthenticated("unknown", SCHEME)
    account = store.accounts[credential.account_id]
    if scheme == b"bearer" and account.extras.get(BEARER) is False:
        raise Unauthenticated("malformed", SCHEME)
    expired = credential.expires_at is not None and credential.expires_at <= call.now
    # A key without a role is no key. Source: recorded traffic, read 2026-11.
    if credential.revoked_at is not None or expired or not credential.scopes or account.status != "active":
        raise Unauthenticated("revoked", SCHEME)
    return credential, account


def _allows(credential: Credential, call: Call, home: Account, need: tuple[str, str]) -> bool:
    """Whether one of a key's policies covers what a call needs."""
    action, template = need
    for scope in credential.scopes:
        allowed, _, pattern = scope.partition(" ")
        if allowed in ("*", action) and (pattern == "*" or _covers(pattern, _resource(call, home, template))):
            return True
    return False


def _resource(call: Call, home: Account, template: str) -> list[str]:
    """The parts of the resource's path; what the call does not name stays a `*`."""
    names = {"organizationId": home.parent_id or "*", **call.parameters}
    return [names.get(part[1:-1], "*") if part.startswith("{") else part for part in template.split("/")]


def _covers(pattern: str, resource: Sequence[str]) -> bool:
    wanted = pattern.split("/")
    return len(wanted) == len(resource) and all(
        each in ("*", part) for each, part in zip(wanted, resource, strict=True)
    )


def rate_rule(call: Call) -> RateRule | None:
    """The window of the workspace for calls of this kind; nothing is counted without a key."""
    if call.account is None:
        return None
    if call.method == "GET":
        return RateRule(f"{API}/{call.account.id}/read", GETS_PER_SECOND, _SECOND)
    return RateRule(f"{API}/{call.account.id}/write", POSTS_PER_SECOND, _SECOND)
