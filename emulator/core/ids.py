"""Seeded ids, secrets and chance.

Every value is a hash of (seed, stream, number), so the whole random state of a world is one counter for each stream:
a snapshot copies a small dict, and a new stream never shifts the values of another.
"""

from collections.abc import MutableMapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE32_OF_BYTES = (_BASE32 * 8).encode()  # by each byte's last five bits
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Ids:
    """Makes ids in the forms that the dialects ask for.

    `counters` maps a stream's name to how many values it has given; it belongs to the world's store. `secret_salt`
    goes into secrets only: ids are the same in every world, secrets made later are not.
    """

    def __init__(self, seed: int, counters: MutableMapping[str, int], secret_salt: str = "") -> None:
        self._counters = counters
        self._seeded = blake2b(str(seed).encode(), digest_size=32)
        self._secret_salt = secret_salt
        self._streams: dict[str, blake2b] = {}
        self._short_streams: dict[str, blake2b] = {}
        self._heads: dict[str, str] = {}
        self._ulid_heads: dict[str, str] = {}

    def number(self, stream: str) -> int:
        """Count a stream on: 1, 2, 3, …."""
        number = self._counters.get(stream, 0) + 1
        self._counters[stream] = number
        return number

    def uuid(self, stream: str) -> str:
        """The next UUID of a stream, version 4, lower-case with hyphens."""
        return self.uuid_at(stream, self.number(stream))

    def uuid_at(self, stream: str, number: int) -> str:
        """The UUID that a stream gave, or will give, for a number; moves nothing."""
        short = self._short_streams.get(stream)
        if short is None:
            short = self._short_streams[stream] = blake2b(self._stream(stream).digest(), digest_size=16)
        digest = short.copy()
        digest.update(b"%d" % number)
        return _uuid(digest.hexdigest())

    def serial_uuid(self, stream: str) -> str:
        """A UUID whose last twelve digits count: for ids that are made with every call and looked up by nobody."""
        number = self.number(stream)
        head = self._heads.get(stream)
        if head is None:
            head = self._heads[stream] = self.uuid_at(stream, 0)[:24]
        return f"{head}{number:012x}"

    def hex(self, stream: str, length: int) -> str:
        """Lower-case hexadecimal digits; at most 64."""
        return self._digest(stream, self.number(stream)).hex()[:length]

    def ulid(self, stream: str, at: datetime) -> str:
        """26 Crockford base-32 characters, sortable: ten for the millisecond, sixteen of the stream.

        Source: github.com/ulid/spec, read 2026-11.
        """
        return self.ulid_at(stream, self.number(stream), at)

    def ulid_at(self, stream: str, number: int, at: datetime) -> str:
        """The ULID that a stream gave, or will give, for a number and a moment; moves nothing."""
        return _time_head(at) + self._digest(stream, number)[:16].translate(_BASE32_OF_BYTES).decode()

    def serial_ulid(self, stream: str, at: datetime) -> str:
        """A ULID whose last ten digits count: for ids that are made with every call and looked up by nobody."""
        number = self.number(stream)
        head = self._ulid_heads.get(stream)
        if head is None:
            head = self._ulid_heads[stream] = self.ulid_at(stream, 0, at)[10:16]
        return f"{_time_head(at)}{head}{number:010d}"

    def digits(self, stream: str, length: int) -> str:
        """Decimal digits without a leading zero; at most 38."""
        value = int.from_bytes(self._digest(stream, self.number(stream)), "big")
        return str(10 ** (length - 1) + value % (9 * 10 ** (length - 1)))

    def secret(self, stream: str, length: int) -> str:
        """Base-62 characters for a key or a webhook secret; they differ from world to world. At most 42."""
        return self._base62(f"{stream}\0{self._secret_salt}", self.number(stream), length)

    def base62(self, stream: str, length: int) -> str:
        """Base-62 characters, the same in every world with this seed; at most 42."""
        return self._base62(stream, self.number(stream), length)

    def chance(self, stream: str) -> float:
        """A number from 0 up to 1."""
        return int.from_bytes(self._digest(stream, self.number(stream))[:7], "big") / 2**56

    def _base62(self, stream: str, number: int, length: int) -> str:
        value = int.from_bytes(self._digest(stream, number), "big")
        characters: list[str] = []
        for _ in range(length):
            value, place = divmod(value, 62)
            characters.append(_BASE62[place])
        return "".join(characters)

    def _digest(self, stream: str, number: int) -> bytes:
        digest = self._stream(stream).copy()
        digest.update(b"%d" % number)
        return digest.digest()

    def _stream(self, stream: str) -> blake2b:
        seeded = self._streams.get(stream)
        if seeded is None:
            seeded = self._streams[stream] = self._seeded.copy()
            seeded.update(f"\0{stream}\0".encode())
        return seeded


def derived_secret(*parts: str, length: int = 32) -> str:
    """Base-62 characters that depend on the parts alone: the credential of a named account in a named world."""
    value = int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=32).digest(), "big")
    characters: list[str] = []
    for _ in range(length):
        value, place = divmod(value, 62)
        characters.append(_BASE62[place])
    return "".join(characters)


def derived_uuid(*parts: str) -> str:
    """A UUID that depends on the parts alone: the id of a fixture, the same in every world."""
    return _uuid(blake2b("\0".join(parts).encode(), digest_size=16).hexdigest())


def derived_base32(*parts: str) -> str:
    """26 characters in the form of a ULID that depend on the parts alone: the id of a fixture, the same everywhere."""
    value = int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=16).digest(), "big") >> 3
    return _base32(value & (1 << 125) - 1, 26)


@lru_cache(maxsize=4)
def _time_head(at: datetime) -> str:
    """The ten characters of a ULID that say its millisecond; calls that come together share them."""
    return _base32(int(at.timestamp() * 1000), 10)


def _base32(value: int, length: int) -> str:
    """Crockford base-32 characters, the highest five bits first."""
    return "".join([_BASE32[value >> 5 * place & 31] for place in reversed(range(length))])


def _uuid(digits: str) -> str:
    """The form of a version 4 UUID, from 32 hexadecimal digits."""
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}"
