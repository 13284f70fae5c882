"""What the vendor's dashboard edits, and what the API does for people who have it at hand.

By the vendor's page templates and campaigns exist in its dashboard only, and phone numbers are bought there.
"""

from emulator.dialects.arowana.editing import agents, campaigns, channels, numbers, people, templates
from emulator.dialects.arowana.vocabulary import CHANNEL_WORDS, EVENT_NAMES
from emulator.server import usual_kinds

KINDS = (
    templates.KIND,
    campaigns.KIND,
    people.CONTACTS,
    people.CONSENTS,
    usual_kinds.suppressions(tuple(CHANNEL_WORDS), ("manual", "bounced", "complained")),
    agents.KIND,
    channels.KIND,
    numbers.KIND,
    usual_kinds.endpoints(EVENT_NAMES),
)
