"""Where contracts lie, and how they are read quickly.

YAML is written by people and slow to read (0.1 s a contract). So each contract is also kept as JSON with a routing
index: in a wheel beside the YAML, made by the build; in a checkout in the user's cache. Both are used only if the
digests fit; without them everything works, slower.
"""

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from emulator.server.contract.index import Index, build_index, digest
from emulator.server.contract.references import Document
from emulator.server.documents import DocumentError, read_yaml

LIMIT_BYTES = 8 * 1024 * 1024
KEPT_FILES = 64
"""A cache keeps the newest of its files: an edited contract leaves two behind each time."""

_PACKAGE = Path(__file__).resolve().parents[2]


def openapi_folder() -> Path:
    """Find the contracts: inside the package when installed, in the root of a checkout."""
    # Inside first: beside an installed package, a folder of this name would be somebody else's.
    inside = _PACKAGE / "openapi"
    return inside if inside.is_dir() else _PACKAGE.parent / "openapi"


def cache_folder() -> Path:
    """Name the user's cache, which need not exist."""
    root = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(root, "parrotfish")


class ContractFile:
    """One contract on disk. Only the index is read at once; the document when it is first asked for."""

    def __init__(self, path: Path, cache: Path | None) -> None:
        """Read the index. Raises `FileNotFoundError`, `DocumentError`."""
        self._path = path
        self._cache = cache
        self.yaml = path.read_bytes()
        self._yaml_digest = digest(self.yaml)
        self._folder, index = self._packed_index()
        self.index = index or msgspec.json.decode(self._packed_anew[1], type=Index)

    @cached_property
    def document(self) -> Document:
        """The whole contract."""
        return msgspec.json.decode(self.json)

    @cached_property
    def json(self) -> bytes:
        """The whole contract as JSON."""
        if self._folder is not None:
            content = _read(_document_path(self._folder, self._stem(self._folder)))
            if digest(content) == self.index.json_digest:
                return content
        return self._packed_anew[0]

    def _packed_index(self) -> tuple[Path | None, Index | None]:
        for folder in (self._path.parent, self._cache):
            if folder is not None:
                index = _decode_index(_read(_index_path(folder, self._stem(folder))))
                if index is not None and index.yaml_digest == self._yaml_digest:
                    return folder, index
        return None, None

    @cached_property
    def _packed_anew(self) -> tuple[bytes, bytes]:
        """JSON and encoded index from the YAML, written into the cache in passing."""
        document, index = pack(self.yaml, self._path.name)
        if self._cache is not None:
            stem = self._stem(self._cache)
            _write(_document_path(self._cache, stem), document)
            _write(_index_path(self._cache, stem), index)
            _forget_oldest(self._cache)
        return document, index

    def _stem(self, folder: Path) -> str:
        return self._yaml_digest if folder == self._cache else self._path.stem


def pack(yaml: bytes, name: str) -> tuple[bytes, bytes]:
    """Turn a contract's YAML into its JSON and its encoded index. Raises `DocumentError`; `name` stands in it."""
    document: Any = read_yaml(yaml, name=name, limit_bytes=LIMIT_BYTES)
    encoded = msgspec.json.encode(document)
    try:
        index = build_index(document, yaml_digest=digest(yaml), json_digest=digest(encoded))
    except (LookupError, TypeError, AttributeError) as error:
        raise DocumentError(name, 1, 1, f"not an OpenAPI document: {type(error).__name__} {error}") from error
    return encoded, msgspec.json.encode(index)


def pack_into(yaml_path: Path, folder: Path) -> tuple[Path, Path]:
    """Write both files of a contract, named after it, as a wheel carries them. Raises `DocumentError`."""
    document_path, index_path = _document_path(folder, yaml_path.stem), _index_path(folder, yaml_path.stem)
    encoded, index = pack(yaml_path.read_bytes(), yaml_path.name)
    document_path.write_bytes(encoded)
    index_path.write_bytes(index)
    return document_path, index_path


def _document_path(folder: Path, stem: str) -> Path:
    return folder / f"{stem}.json"


def _index_path(folder: Path, stem: str) -> Path:
    return folder / f"{stem}.index.json"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _decode_index(content: bytes) -> Index | None:
    try:
        return msgspec.json.decode(content, type=Index)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _write(path: Path, content: bytes) -> None:
    """Write all or nothing: another process may read at this moment. A cache that cannot be written is done without."""
    temporary = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        return


def _forget_oldest(folder: Path) -> None:
    try:
        files = sorted(folder.glob("*.*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[KEPT_FILES:]:
            path.unlink(missing_ok=True)
    except OSError:
        return
