"""A certificate and a key that cannot be used: the reason is one sentence that names the file."""

import ssl
from pathlib import Path

import pytest

from emulator.server.certificates import Unusable, make_context
from tests.emulator.server.test_connection import CERT, KEY

# A key of nobody's, made for this test; its passphrase is `x`.
ENCRYPTED = """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgO8UWRr+prdAICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEG8G7uC7+2y0CkMRnWYC4c4EgZCf
zuQFsWHL+NzJFfGVmyv12VmF3CeorwtZ9tbuybvSK5BGcUwVEePsP/BnSMkBwmNH
3wvxKWu4ibVg+SaNuqc3FmOL2XCYy84Z86yi9KLNoAZL4AvvvDEwjbJsJUa/Ro5R
X62LWmKFi/HRQzhIwOKgSZEkZiua1UPe7TnatUOTE/dCMD1CW48R5yd6jEC0Atk=
-----END ENCRYPTED PRIVATE KEY-----
"""
OTHER = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4VrJ5sToSg/pKAMf
rMrtiJ2d4zomG02heRM7tj5L1zuhRANCAAT5LqQszkdtT+EN/JpuRo0BnP33z78I
eyjoWeMH15B9wESAnLaD5ki7tAgrOs+U1UkYRObDQ5n4B8cuoPjUzWNX
-----END PRIVATE KEY-----
"""
BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def files(folder: Path, cert: str | None, key: str | None) -> tuple[Path, Path]:
    paths = folder / "cert.pem", folder / "key.pem"
    for path, text in zip(paths, (cert, key), strict=True):
        if text is not None:
            path.write_text(text)
    return paths


def test_a_certificate_with_its_key_is_taken(tmp_path: Path):
    assert isinstance(make_context(*files(tmp_path, CERT, KEY)), ssl.SSLContext)
    assert isinstance(make_context(files(tmp_path, CERT + KEY, None)[0], None), ssl.SSLContext)


@pytest.mark.parametrize(
    ("cert", "key", "why"),
    [
        (None, KEY, "{cert}: No such file or directory"),
        (CERT, None, "{key}: No such file or directory"),
        (CERT, OTHER, "the key {key} does not belong to the certificate {cert}"),
        (CERT, ENCRYPTED, "the key {key} is encrypted; give one without a passphrase"),
        ("words", KEY, "{cert} has no certificate in PEM form"),
        (CERT, "words", "{key} has no key in PEM form"),
        (KEY, CERT, "{cert} has no certificate in PEM form"),
        (BROKEN, KEY, "{cert} with {key}: "),
    ],
    ids=["no certificate", "no key", "other key", "encrypted", "words", "key of words", "swapped", "broken"],
)
def test_what_cannot_be_used_says_why(tmp_path: Path, cert: str | None, key: str | None, why: str):
    paths = files(tmp_path, cert, key)

    with pytest.raises(Unusable) as refused:
        make_context(*paths)

    assert str(refused.value).startswith(why.format(cert=paths[0], key=paths[1]))


def test_a_folder_is_no_certificate(tmp_path: Path):
    with pytest.raises(Unusable, match="Is a directory"):
        make_context(tmp_path, files(tmp_path, None, KEY)[1])
