"""Files: prepared with a signed form, uploaded with it and without a key, and fetched again through a redirect."""

import base64
import json
from typing import Any

import pytest

from emulator.core.records import Channel
from emulator.dialects.bird import bucket
from emulator.dialects.bird.fixtures import OTHER_WORKSPACE_ID
from emulator.dialects.bird.forms import MalformedForm, read_form
from emulator.gateway.inbound import Inbound, receive
from tests.emulator.dialects.bird.conftest import EMAIL, ORIGIN, SMS, WHATSAPP, WORKSPACE, Answer, Api, a_world

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
ANY_CHANNEL = f"{WORKSPACE}/channel-media/presigned-upload"
ONE_CHANNEL = f"{WORKSPACE}/channels/{EMAIL}/presigned-upload"
NOWHERE = "00000000-0000-4000-8000-000000000000"

ELEVEN = [
    "Content-Type",
    "acl",
    "bucket",
    "key",
    "policy",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-meta-allowed-paths",
    "x-amz-security-token",
    "x-amz-signature",
]


def prepared(api: Api, path: str = ANY_CHANNEL, content_type: str = "image/png") -> dict[str, Any]:
    answer = api.post(path, {"contentType": content_type})
    assert answer.status == 200, answer
    return answer.json


def part(name: str, value: str | bytes, filename: str | None = None) -> bytes:
    content = value if isinstance(value, bytes) else value.encode()
    named = f'; filename="{filename}"' if filename else ""
    return b'--frontier\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (
        name.encode(),
        named.encode(),
        content,
    )


def form(fields: dict[str, str], *files: bytes) -> bytes:
    parts = [part(name, value) for name, value in fields.items()]
    return b"".join([*parts, *(part("file", each, "a.png") for each in files), b"--frontier--\r\n"])


def upload(api: Api, upload: dict[str, Any], content: bytes = PNG, **more: Any) -> Answer:
    """Post what was prepared, as a client does: without a key."""
    return post(api, form(upload["uploadFormData"], content), url=upload["uploadUrl"], **more)


def post(api: Api, body: bytes, *, url: str = f"{ORIGIN}/bird/_media-bucket", **more: Any) -> Answer:
    headers = {"Content-Type": "multipart/form-data; boundary=frontier"}
    return api.request("POST", url, content=body, headers=headers, **more)


def location(api: Api, url: str, **more: Any) -> str:
    """Where a media address leads. The store's address has another host name, as the vendor's has."""
    answer = api.get(url, **more)
    assert (answer.status, answer.body) == (302, b""), answer
    assert answer.headers["location"].startswith("http://localhost:8026/bird/_media-bucket/")
    return answer.headers["location"].removeprefix("http://localhost:8026/bird")


def fetched(api: Api, url: str) -> Answer:
    """Follow a media address: with the key, and then without."""
    return api.get(location(api, url), headers={})


def xml(code: str, message: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    ).encode()


class TestPreparing:
    def test_the_answer_has_the_four_documented_members_and_eleven_fields(self, api: Api):
        answer = prepared(api)

        assert list(answer) == ["mediaUrl", "uploadUrl", "uploadMethod", "uploadFormData"]
        media_id = answer["mediaUrl"].rpartition("/")[2]
        workspace_id = WORKSPACE.rpartition("/")[2]
        assert answer["mediaUrl"] == f"{ORIGIN}/bird{WORKSPACE}/media/{media_id}"
        assert answer["uploadUrl"] == f"{ORIGIN}/bird/_media-bucket"
        assert answer["uploadMethod"] == "POST"
        fields = answer["uploadFormData"]
        assert list(fields) == ELEVEN
        assert all(isinstance(value, str) for value in fields.values())
        assert {name: fields[name] for name in ELEVEN if name not in ("policy", "x-amz-signature")} == {
            "Content-Type": "image/png",
            "acl": "private",
            "bucket": "emulator",
            "key": f"{workspace_id}/{media_id}",
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "x-amz-credential": "emulator/20260101/eu-west-1/s3/aws4_request",
            "x-amz-date": "20260101T000000Z",
            "x-amz-meta-allowed-paths": f"{WORKSPACE}/media/{media_id}",
            "x-amz-security-token": "emulator-session",
        }

    def test_for_one_channel_the_form_has_one_field_more_and_the_address_names_the_channel(self, api: Api):
        answer = prepared(api, ONE_CHANNEL, "application/pdf")

        fields = answer["uploadFormData"]
        assert sorted(fields) == sorted([*ELEVEN, "x-amz-meta-channel-id"])
        assert fields["x-amz-meta-channel-id"] == EMAIL
        assert fields["x-amz-meta-allowed-paths"].startswith(f"{WORKSPACE}/channels/{EMAIL}/media/")
        assert answer["mediaUrl"] == f"{ORIGIN}/bird{fields['x-amz-meta-allowed-paths']}"

    def test_the_policy_says_what_was_signed_and_until_when(self, api: Api):
        fields = prepared(api)["uploadFormData"]

        policy: dict[str, Any] = json.loads(base64.b64decode(fields["policy"]))
        assert policy["expiration"] == "2026-01-01T00:15:00Z"
        signed = [{name: fields[name]} for name in ELEVEN if name not in ("policy", "x-amz-signature")]
        assert all(each in policy["conditions"] for each in signed)
        assert policy["conditions"][-1] == ["content-length-range", 0, 104857600]
        assert len(policy["conditions"]) == len(signed) + 1

    def test_two_worlds_sign_differently(self, api: Api):
        ours, theirs = prepared(api), prepared(Api(a_world("blue")))

        assert ours["uploadFormData"]["policy"] == theirs["uploadFormData"]["policy"]
        assert ours["uploadFormData"]["x-amz-signature"] != theirs["uploadFormData"]["x-amz-signature"]

    @pytest.mark.parametrize("base_path", ["/bird", "/w/blue/bird", ""])
    def test_both_addresses_lead_back_by_mount_and_world(self, api: Api, base_path: str):
        answer = api.post(ANY_CHANNEL, {"contentType": "image/png"}, base_path=base_path).json

        assert answer["uploadUrl"] == f"{ORIGIN}{base_path}/_media-bucket"
        assert answer["mediaUrl"].startswith(f"{ORIGIN}{base_path}{WORKSPACE}/media/")

    @pytest.mark.parametrize(
        ("body", "details"),
        [
            ({}, {".contentType": ["Property 'contentType' is missing"]}),
            ({"contentType": ""}, {".contentType": ["minimum string length is 1"]}),
            ({"contentType": 7}, {".contentType": ["value must be a string"]}),
            ({"contentType": "image/png", "filename": "a"}, {".": ['property "filename" is unsupported']}),
        ],
    )
    @pytest.mark.parametrize("path", [ANY_CHANNEL, ONE_CHANNEL])
    def test_a_bad_body_is_refused(self, api: Api, path: str, body: Any, details: dict[str, list[str]]):
        assert api.post(path, body).details == details

    @pytest.mark.parametrize(
        ("path", "thing"),
        [
            (f"/workspaces/{NOWHERE}/channel-media/presigned-upload", "workspace"),
            (f"/workspaces/{NOWHERE}/channels/{SMS}/presigned-upload", "workspace"),
            (f"{WORKSPACE}/channels/{NOWHERE}/presigned-upload", "channel"),
            (f"/workspaces/{OTHER_WORKSPACE_ID}/channels/{SMS}/presigned-upload", "channel"),
        ],
    )
    def test_an_unknown_workspace_or_channel_is_a_404(self, api: Api, path: str, thing: str):
        refused = api.post(path, {"contentType": "image/png"})

        assert (refused.status, refused.json) == (
            404,
            {"code": "ResourceNotFound", "message": f"The requested resource does not exist: {thing} not found"},
        )

    def test_a_key_that_may_only_view_prepares_nothing(self, api: Api):
        assert api.post(ANY_CHANNEL, {"contentType": "image/png"}, key=api.viewer_key).status == 403


class TestUploading:
    @pytest.mark.parametrize("path", [ANY_CHANNEL, ONE_CHANNEL])
    def test_a_file_comes_back_as_it_was_sent(self, api: Api, path: str):
        made = prepared(api, path)

        answer = upload(api, made)

        assert (answer.status, answer.body, answer.content_type) == (204, b"", None)
        file = fetched(api, made["mediaUrl"])
        assert (file.status, file.content_type, file.body) == (200, "image/png", PNG)

    def test_a_second_upload_replaces_the_first(self, api: Api):
        made = prepared(api)

        upload(api, made, b"first")
        upload(api, made, b"second")

        assert fetched(api, made["mediaUrl"]).body == b"second"

    def test_an_empty_file_is_a_file(self, api: Api):
        made = prepared(api)

        assert upload(api, made, b"").status == 204
        assert fetched(api, made["mediaUrl"]).body == b""

    def test_a_file_without_a_name_is_taken(self, api: Api):
        made = prepared(api)
        body = form(made["uploadFormData"])[: -len(b"--frontier--\r\n")] + part("file", PNG) + b"--frontier--\r\n"

        assert post(api, body).status == 204
        assert fetched(api, made["mediaUrl"]).body == PNG

    @pytest.mark.parametrize("name", ELEVEN)
    def test_a_signed_field_that_was_changed_or_left_out_is_refused(self, api: Api, name: str):
        made = prepared(api)
        fields = made["uploadFormData"]
        denied = (403, xml("AccessDenied", "Access Denied"), "application/xml")

        for changed in ({**fields, name: fields[name] + "0"}, {n: v for n, v in fields.items() if n != name}):
            refused = post(api, form(changed, PNG))

            assert (refused.status, refused.body, refused.content_type) == denied, changed
        assert api.get(made["mediaUrl"]).status == 404

    def test_the_channels_field_is_signed_as_well(self, api: Api):
        made = prepared(api, ONE_CHANNEL)

        fields = {**made["uploadFormData"], "x-amz-meta-channel-id": SMS}

        assert post(api, form(fields, PNG)).status == 403

    def test_the_form_of_another_upload_does_not_fit(self, api: Api):
        one, other = prepared(api)["uploadFormData"], prepared(api)["uploadFormData"]

        assert post(api, form({**one, "key": other["key"]}, PNG)).status == 403

    def test_the_form_of_another_world_opens_nothing(self, api: Api):
        theirs = prepared(Api(a_world("blue")))

        assert upload(api, theirs).status == 403

    @pytest.mark.parametrize("key", ["", "nonsense", f"{WORKSPACE.rpartition('/')[2]}/{SMS}"])
    def test_a_key_that_nobody_prepared_is_refused(self, api: Api, key: str):
        assert post(api, form({**prepared(api)["uploadFormData"], "key": key}, PNG)).status == 403

    def test_a_form_is_good_for_a_quarter_of_an_hour(self, api: Api):
        made = prepared(api)
        api.advance(15 * 60 - 1)
        assert upload(api, made).status == 204

        api.advance(1)

        refused = upload(api, made)
        assert (refused.status, refused.body) == (
            403,
            xml("AccessDenied", "Invalid according to Policy: Policy expired."),
        )

    @pytest.mark.parametrize("count", [0, 2])
    def test_exactly_one_file_is_wanted(self, api: Api, count: int):
        refused = post(api, form(prepared(api)["uploadFormData"], *[PNG] * count))

        assert (refused.status, refused.body, refused.content_type) == (
            400,
            xml("InvalidArgument", "POST requires exactly one file upload per request."),
            "application/xml",
        )

    def test_fields_behind_the_file_do_not_count(self, api: Api):
        fields = prepared(api)["uploadFormData"]
        last = form({"x-amz-signature": fields.pop("x-amz-signature")})

        assert post(api, form(fields, PNG)[: -len(b"--frontier--\r\n")] + last).status == 403

    def test_unknown_fields_are_ignored(self, api: Api):
        made = prepared(api)

        assert post(api, form({**made["uploadFormData"], "success_action_status": "201"}, PNG)).status == 204

    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            ("multipart/form-data; boundary=frontier", b"nonsense"),
            ("multipart/form-data; boundary=frontier", b""),
            ("multipart/form-data; boundary=frontier", form({"key": "a"}, PNG)[:-20]),
            ("multipart/form-data; boundary=frontier", form({f"f{n}": "" for n in range(101)}, PNG)),
            ("multipart/form-data", form({}, PNG)),
            ("application/json", b'{"key": "a"}'),
            ("application/x-www-form-urlencoded", b"key=a"),
            ("", b"key=a"),
        ],
    )
    def test_what_is_no_form_is_refused_in_the_stores_words(self, api: Api, content_type: str, body: bytes):
        refused = api.request("POST", "/_media-bucket", content=body, headers={"Content-Type": content_type})

        assert (refused.status, refused.body, refused.content_type) == (
            400,
            xml(
                "MalformedPOSTRequest",
                "The body of your POST request is not well-formed multipart/form-data.",
            ),
            "application/xml",
        )

    def test_a_body_that_the_edge_cut_off_is_too_large(self, api: Api):
        refused = upload(api, prepared(api), too_large=True)

        assert (refused.status, refused.body, refused.content_type) == (
            400,
            xml("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"),
            "application/xml",
        )

    def test_a_file_of_more_than_a_hundred_mebibytes_is_too_large(self, api: Api, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(bucket, "LARGEST_FILE", 1000)
        made = prepared(api)

        assert upload(api, made, b"a" * 1000).status == 204
        assert upload(api, made, b"a" * 1001).status == 400

    def test_no_key_is_asked_for_and_one_that_is_sent_is_not_read(self, api: Api):
        made = prepared(api)
        headers = {"Content-Type": "multipart/form-data; boundary=frontier", "Authorization": "AccessKey wrong"}

        answer = api.request("POST", made["uploadUrl"], content=form(made["uploadFormData"], PNG), headers=headers)

        assert answer.status == 204


class TestFetching:
    def test_what_was_not_uploaded_yet_is_not_there(self, api: Api):
        refused = api.get(prepared(api)["mediaUrl"])

        assert (refused.status, refused.json["message"]) == (
            404,
            "The requested resource does not exist: media not found",
        )

    def test_a_media_address_needs_a_key(self, api: Api):
        made = prepared(api)
        upload(api, made)

        assert api.get(made["mediaUrl"], headers={}).status == 401
        assert location(api, made["mediaUrl"], key=api.viewer_key)

    def test_a_file_for_one_channel_is_found_under_that_channel_only(self, api: Api):
        made = prepared(api, ONE_CHANNEL)
        upload(api, made)
        id = made["mediaUrl"].rpartition("/")[2]

        assert api.get(f"{WORKSPACE}/channels/{EMAIL}/media/{id}").status == 302
        assert api.get(f"{WORKSPACE}/channels/{SMS}/media/{id}").status == 404
        assert api.get(f"{WORKSPACE}/media/{id}").status == 404
        assert api.get(f"/workspaces/{OTHER_WORKSPACE_ID}/channels/{EMAIL}/media/{id}").status == 404

    @pytest.mark.parametrize("path", ["media/7", "channels/7/media/7", "messages/7/media/7"])
    def test_ids_have_to_be_ids(self, api: Api, path: str):
        assert api.get(f"{WORKSPACE}/{path}").status == 422

    def test_the_signed_address_is_refused_together_with_a_key(self, api: Api):
        made = prepared(api)
        upload(api, made)

        refused = api.get(location(api, made["mediaUrl"]))

        assert (refused.status, refused.body, refused.content_type) == (
            400,
            xml("InvalidArgument", "Only one auth mechanism allowed"),
            "application/xml",
        )

    def test_the_signed_address_is_good_for_a_quarter_of_an_hour(self, api: Api):
        made = prepared(api)
        upload(api, made)
        signed = location(api, made["mediaUrl"])
        api.advance(15 * 60 - 1)
        assert api.get(signed, headers={}).status == 200

        api.advance(1)

        refused = api.get(signed, headers={})
        assert (refused.status, refused.body) == (403, xml("AccessDenied", "Request has expired"))

    @pytest.mark.parametrize("old", ["X-Amz-Signature=", "X-Amz-Date=", "X-Amz-Expires=", "_media-bucket/"])
    def test_a_changed_address_is_refused(self, api: Api, old: str):
        made = prepared(api)
        upload(api, made)
        signed = location(api, made["mediaUrl"])

        start = signed.index(old) + len(old)
        changed = signed[:start] + ("1" if signed[start] != "1" else "2") + signed[start + 1 :]

        refused = api.get(changed, headers={})
        assert (refused.status, refused.body) == (403, xml("AccessDenied", "Access Denied"))

    @pytest.mark.parametrize("query", ["", "?X-Amz-Date=never", "?%ff=%fe", "?X-Amz-Date=20260101T000000Z"])
    def test_an_address_without_a_signature_is_refused(self, api: Api, query: str):
        made = prepared(api)
        upload(api, made)
        path = location(api, made["mediaUrl"]).partition("?")[0]

        assert api.get(path + query, headers={}).status == 403

    def test_a_file_that_is_gone_has_no_key(self, api: Api):
        made = prepared(api)
        upload(api, made)
        signed = location(api, made["mediaUrl"])
        api.world.store.resources.delete(made["mediaUrl"].rpartition("/")[2])

        refused = api.get(signed, headers={})

        assert (refused.status, refused.body) == (404, xml("NoSuchKey", "The specified key does not exist."))

    @pytest.mark.parametrize(
        ("prepared_with", "served_as"),
        [
            ("application/json", "application/json"),
            ('text/plain; charset="utf-8"', 'text/plain; charset="utf-8"'),
            ("image/svg+xml", "image/svg+xml"),
            ("anything at all", "binary/octet-stream"),
            ("image/png\r\nset-cookie: a=b", "binary/octet-stream"),
            ("image/\u20ac", "binary/octet-stream"),
        ],
    )
    def test_a_type_that_can_stand_in_a_header_is_the_files_own(self, api: Api, prepared_with: str, served_as: str):
        made = prepared(api, content_type=prepared_with)
        upload(api, made, b"[1]")

        assert fetched(api, made["mediaUrl"]).content_type == served_as

    def test_no_script_of_an_uploaded_page_can_run(self, api: Api):
        made = prepared(api, content_type="text/html")
        upload(api, made, b"<script>fetch('/_emulator/reset')</script>")

        headers = fetched(api, made["mediaUrl"]).headers

        assert headers["content-security-policy"] == "sandbox"
        assert headers["x-content-type-options"] == "nosniff"


class TestOfPeople:
    def picture(self, api: Api, **media: Any) -> str:
        """A person sends a picture; gives the address under which it is told."""
        said = Inbound(
            api="bird",
            account_id=WORKSPACE.rpartition("/")[2],
            channel=Channel.WHATSAPP,
            person="+31600000001",
            sender="+31970000002",
            text=None,
            rich={"media": {"contentType": "image/png", **media}},
        )
        message = receive(api.world, said)
        body = api.get(f"{WORKSPACE}/channels/{WHATSAPP}/messages/{message.id}").json["body"]
        assert body["type"] == "image"
        return body["image"]["images"][0]["mediaUrl"]

    def test_a_picture_is_kept_and_served_under_its_message(self, api: Api):
        api.subscribe("whatsapp.inbound")

        url = self.picture(api, content=base64.b64encode(PNG).decode())

        assert f"{WORKSPACE}/messages/" in url
        (told,) = api.told("whatsapp.inbound")
        assert url.encode() in told.body
        file = fetched(api, url)
        assert (file.status, file.content_type, file.body) == (200, "image/png", PNG)

    def test_content_that_is_no_base64_is_the_text_itself(self, api: Api):
        api.subscribe("whatsapp.inbound")

        assert fetched(api, self.picture(api, content="<svg/>")).body == b"<svg/>"

    def test_where_nobody_subscribed_the_address_is_the_vendors(self, api: Api):
        url = self.picture(api)

        assert url.startswith(f"https://media.api.bird.com{WORKSPACE}/messages/")
        assert fetched(api, url.removeprefix("https://media.api.bird.com")).status == 200

    def test_a_picture_with_an_address_stays_there(self, api: Api):
        assert self.picture(api, url="http://127.0.0.1:9/a.png") == "http://127.0.0.1:9/a.png"

    def test_it_is_found_under_no_other_message_or_path(self, api: Api):
        url = self.picture(api).removeprefix("https://media.api.bird.com")
        id = url.rpartition("/")[2]

        assert api.get(f"{WORKSPACE}/messages/{NOWHERE}/media/{id}").status == 404
        assert api.get(f"{WORKSPACE}/media/{id}").status == 404


@pytest.mark.parametrize(
    ("origin", "other"),
    [
        ("http://127.0.0.1:8026", "http://localhost:8026"),
        ("http://localhost", "http://127.0.0.1"),
        ("http://[::1]:1", "http://localhost:1"),
        ("https://API.bird.com", "https://media.api.bird.com"),
        ("https://media.api.bird.com:443", "https://api.bird.com:443"),
        ("http://emulator:8026", None),
        ("", None),
    ],
)
def test_the_store_is_another_host_where_there_is_a_second_name(origin: str, other: str | None):
    assert bucket.other_origin(origin) == other


@pytest.mark.parametrize("boundary", ['"frontier"', "frontier"])
def test_a_form_is_read_field_by_field(boundary: str):
    read = read_form(f"Multipart/Form-Data; boundary={boundary}", form({"a": "1", "b": "ö"}, b"x", b"y"))

    assert read.fields == {"a": "1", "b": "ö"}
    assert read.files == [b"x", b"y"]


def test_of_a_repeated_field_the_first_counts():
    assert read_form("multipart/form-data; boundary=frontier", part("a", "1") + form({"a": "2"})).fields == {"a": "1"}


def test_a_form_without_an_end_is_none():
    with pytest.raises(MalformedForm):
        read_form("multipart/form-data; boundary=frontier", part("a", "1"))
