"""Files: an upload is prepared, made with the signed form, and fetched again through a signed address.

Whoever holds a form or an address needs no key: those two operations stand for an object store, with its own refusals.
"""

from collections.abc import Callable, Mapping

from emulator.core.records import Resource
from emulator.dialects.bird import bucket, uploads
from emulator.dialects.bird.channels import find_channel
from emulator.dialects.bird.forms import Form, MalformedForm, read_form
from emulator.server.dialect import Call, Handler, Reply, json_reply

_NOTHING_RUNS = ((b"content-security-policy", b"sandbox"), (b"x-content-type-options", b"nosniff"))
"""A page that was uploaded is served beside the control API; no script of it may run there."""


def create_channel_media_presigned_upload(call: Call) -> Reply:
    """Prepare an upload for any channel."""
    file = uploads.prepare(call.world, call.owner.id, call.members["contentType"])
    return _prepared(call, file)


def create_channel_presigned_upload(call: Call) -> Reply:
    """Prepare an upload for one channel."""
    channel = find_channel(call.world.store, call.owner.id, call.parameters["channelId"])
    file = uploads.prepare(call.world, call.owner.id, call.members["contentType"], channel.id)
    return _prepared(call, file)


def _prepared(call: Call, file: Resource) -> Reply:
    form = file.content["form"]
    assert isinstance(form, dict)
    body = {
        "mediaUrl": f"{call.address}{form['x-amz-meta-allowed-paths']}",
        "uploadUrl": f"{call.address}{bucket.PATH}",
        "uploadMethod": "POST",
        "uploadFormData": form,
    }
    return json_reply(200, body)


def upload_media(call: Call) -> Reply:
    """Take a file with the form that was signed for it. A second one replaces the first."""
    form = _form(call)
    uploads.fill(call.world, _signed_for(call, form), form.files[0])
    return Reply(204, content_type=None)


def _form(call: Call) -> Form:
    """The form, with exactly one file. Raises `bucket.Refused`."""
    assert call.operation is not None
    if call.too_large or len(call.raw_body) > call.operation.body_limit:
        raise bucket.Refused(bucket.TOO_LARGE)
    try:
        form = read_form(call.header(b"content-type"), call.raw_body)
    except MalformedForm:
        raise bucket.Refused(bucket.MALFORMED) from None
    if len(form.files) != 1:
        raise bucket.Refused(bucket.NOT_ONE_FILE)
    if len(form.files[0]) > bucket.LARGEST_FILE:
        raise bucket.Refused(bucket.TOO_LARGE)
    return form


def _signed_for(call: Call, form: Form) -> Resource:
    """The prepared upload that the form was signed for. Raises `bucket.Refused`."""
    file = uploads.of_key(call.world.store, form.fields.get("key", ""))
    signed = file.content.get("form") if file is not None else None
    if file is None or not isinstance(signed, dict):
        raise bucket.Refused(bucket.DENIED)
    if any(form.fields.get(name) != value for name, value in signed.items()):
        raise bucket.Refused(bucket.DENIED)
    if call.now >= file.created_at + bucket.GOOD_FOR:
        raise bucket.Refused(bucket.POLICY_EXPIRED)
    return file


def get_workspace_media(call: Call) -> Reply:
    """Lead to a file that was uploaded for any channel."""
    return _redirect(call, uploads.find(call.world.store, call.owner.id, call.parameters["mediaId"]))


def get_channel_media(call: Call) -> Reply:
    """Lead to a file that was uploaded for a channel."""
    names = call.parameters
    file = uploads.find(call.world.store, call.owner.id, names["mediaId"], channel_id=names["channelId"])
    return _redirect(call, file)


def get_message_media(call: Call) -> Reply:
    """Lead to a file that came with a message from a person."""
    names = call.parameters
    file = uploads.find(call.world.store, call.owner.id, names["fileId"], message_id=names["messageId"])
    return _redirect(call, file)


def _redirect(call: Call, file: Resource) -> Reply:
    path = f"{bucket.PATH}/{file.account_id}/{file.id}"
    origin = bucket.other_origin(call.origin) or call.origin
    location = f"{origin}{call.base_path}{path}?{bucket.sign_address(call.world, path)}"
    return Reply(302, headers=((b"location", location.encode("latin-1")),), content_type=None)


def download_media(call: Call) -> Reply:
    """Serve the bytes to whoever holds a signed address, and nothing else that proves who they are."""
    if call.header(b"authorization") is not None and bucket.other_origin(call.origin) is not None:
        raise bucket.Refused(bucket.TWO_CREDENTIALS)
    bucket.check_address(call.world, call.path, call.raw_query)
    file = uploads.of_key(call.world.store, f"{call.parameters['workspaceId']}/{call.parameters['mediaId']}")
    content = uploads.bytes_of(file) if file is not None else None
    if file is None or content is None:
        raise bucket.Refused(bucket.NO_KEY)
    return Reply(200, content, _NOTHING_RUNS, uploads.served_type(file).encode())


def _of_the_store(handler: Callable[[Call], Reply]) -> Handler:
    """The handler, with refusals in the store's format."""

    def handle(call: Call) -> Reply:
        try:
            return handler(call)
        except bucket.Refused as refused:
            return bucket.refuse(refused.refusal)

    return handle


HANDLERS: Mapping[str, Handler] = {
    "createChannelMediaPresignedUpload": create_channel_media_presigned_upload,
    "createChannelPresignedUpload": create_channel_presigned_upload,
    "uploadMedia": _of_the_store(upload_media),
    "getWorkspaceMedia": get_workspace_media,
    "getChannelMedia": get_channel_media,
    "getMessageMedia": get_message_media,
    "downloadMedia": _of_the_store(download_media),
}
