"""Which credentials a call carries, and which others it must not be let in with."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.harness.contracts.documents import Document, Operation
from emulator.harness.contracts.target import Api, Card


class Keyring:
    """The credentials of an API's accounts. `turn` chooses among the environments of the first account."""

    def __init__(self, document: Document, api: Api, turn: int = 0) -> None:
        self._document = document
        self._turn = turn
        self._cards: Sequence[Card] = ()
        self.renew(api)

    def renew(self, api: Api) -> None:
        """Take credentials that were asked for just now."""
        cards = list(api.cards)
        if self._cards:
            first = self._cards[0]
            cards.sort(key=lambda card: (card.id, card.environment) != (first.id, first.environment))
        elif cards:
            own = [card for card in cards if card.name == cards[0].name]
            cards.sort(key=lambda card: card is not own[self._turn % len(own)])
        self._cards = cards

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Values that the first account has for parameters, by name."""
        return self._cards[0].parameters if self._cards else {}

    def needs_key(self, operation: Operation) -> bool:
        """Whether nobody gets in without credentials."""
        security = self._document.security(operation)
        return bool(security) and all(schemes for schemes in security)

    def holder(self, operation: Operation) -> Card | None:
        """The account that makes a call: the first one that can."""
        security = self._document.security(operation)
        return next((card for card in self._cards if card.headers(security)), None)

    def headers(self, operation: Operation) -> dict[str, str] | None:
        """The headers of a call; None if it needs none, or if there are none."""
        holder = self.holder(operation)
        return holder.headers(self._document.security(operation)) if holder is not None else None

    def secret_headers(self, operation: Operation) -> frozenset[str]:
        """The headers that carry a secret, in lower case."""
        schemes = self._document.raw.get("components", {}).get("securitySchemes", {})
        names: set[str] = set()
        for alternative in self._document.security(operation):
            for scheme in map(self._document.follow, (schemes[name] for name in alternative if name in schemes)):
                if scheme["type"] != "apiKey":
                    names.add("authorization")
                elif scheme["in"] == "header":
                    names.add(str(scheme["name"]).lower())
                elif scheme["in"] == "cookie":
                    names.add("cookie")
        return frozenset(names)

    def strangers(self, operation: Operation) -> Iterator[tuple[Card, dict[str, str]]]:
        """The other accounts with their headers: they must not see what the holder has."""
        holder = self.holder(operation)
        security = self._document.security(operation)
        for card in self._cards:
            headers = card.headers(security)
            if card is not holder and holder is not None and headers and headers != holder.headers(security):
                yield card, headers
