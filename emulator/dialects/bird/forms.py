"""A form with a file, as browsers post it (multipart/form-data)."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from python_multipart.multipart import Field, File

MULTIPART = "multipart/form-data"
FILE = "file"

_MOST_FIELDS = 100
"""More than any form of ours has."""


class MalformedForm(Exception):
    """The body is no form, or stops before its end."""


class Form(NamedTuple):
    """`fields` are those in front of the first file; `files` are all that are called `file`, in order."""

    fields: dict[str, str]
    files: list[bytes]


def read_form(content_type: str | None, body: bytes) -> Form:
    """Read a posted form. Raises `MalformedForm`.

    Fields behind the file are left out, as object stores do.
    Source: Amazon S3 API reference, "POST Object", read 2026-11.
    """
    # Nothing but an upload needs the parser.
    from python_multipart.multipart import FormParser, parse_options_header  # noqa: PLC0415 - late: only an upload needs it

    media_type, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if media_type.lower() != MULTIPART.encode() or not boundary:
        raise MalformedForm("no form")
    reader = _Reader()
    # A file that outgrew the parser's memory would go to the disk.
    config = {"MAX_MEMORY_FILE_SIZE": len(body) + 1}
    try:
        parser = FormParser(MULTIPART, reader.take_field, reader.take_file, reader.end, boundary, config=config)
        parser.write(body)
        parser.finalize()
    except ValueError as error:
        raise MalformedForm(str(error)) from None
    if not reader.ended:
        raise MalformedForm("it has no end")
    return reader.form


class _Reader:
    """Takes the parts of a form as they are found."""

    def __init__(self) -> None:
        self.form = Form({}, [])
        self.ended = False

    def take_field(self, field: "Field") -> None:
        """Take a part without a file name."""
        name, value = (field.field_name or b"").decode("utf-8", "replace"), field.value or b""
        if name == FILE:
            self.form.files.append(value)
        elif not self.form.files:
            self.form.fields.setdefault(name, value.decode("utf-8", "replace"))
        if len(self.form.fields) > _MOST_FIELDS:
            raise MalformedForm("too many fields")

    def take_file(self, file: "File") -> None:
        """Take a part with a file name."""
        if file.field_name == FILE.encode():
            file.file_object.seek(0)
            self.form.files.append(file.file_object.read())

    def end(self) -> None:
        """Note that the form's last line was there."""
        self.ended = True
