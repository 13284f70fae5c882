"""What the platform itself writes to a person for a workspace: a code, a question for consent."""

from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.core.records import EMPTY, Channel, Content, Message
from emulator.dialects.arowana.vocabulary import API, EMAIL, NOTICE_SENDER
from emulator.gateway.sending import SendRequest, send
from emulator.gateway.world import World


def send_notice(
    world: World,
    account_id: str,
    channel: Channel,
    address: str,
    content: Content,
    extras: Mapping[str, Json] = EMPTY,
) -> Message:
    """Let the platform itself write to a person for a workspace: it costs nothing, and stands in no log of the API.

    Raises `RecipientSuppressed`.
    """
    return send(
        world,
        SendRequest(
            api=API,
            account_id=account_id,
            environment="live",
            channel=channel,
            sender=NOTICE_SENDER if channel is EMAIL else API.capitalize(),
            addresses=(address,),
            content=content,
            unit_micros=0,
            extras=extras,
        ),
    )
