"""ECDSA signatures over P-256, checked by the library `cryptography` if it is installed.

The library weighs more than all the rest of what a send needs, and one provider's signatures need it, so it is an
optional dependency and is imported at the first signature.
"""

import binascii
from base64 import b64decode
from importlib import import_module
from importlib.util import find_spec


def verify(public_key: str, signature: bytes, signed: bytes) -> bool | None:
    """Whether a signature (base64 of DER) is that of a public key (base64 of DER) over SHA-256 of some bytes.

    None if the library is not installed, and nothing can be said.
    """
    if find_spec("cryptography") is None:
        return None
    failures = import_module("cryptography.exceptions")
    hashes = import_module("cryptography.hazmat.primitives.hashes")
    keys = import_module("cryptography.hazmat.primitives.serialization")
    curves = import_module("cryptography.hazmat.primitives.asymmetric.ec")
    try:
        key = keys.load_der_public_key(b64decode(public_key, validate=True))
        if not isinstance(key, curves.EllipticCurvePublicKey):
            return False
        key.verify(b64decode(signature, validate=True), signed, curves.ECDSA(hashes.SHA256()))
    except (failures.InvalidSignature, failures.UnsupportedAlgorithm, binascii.Error, ValueError):
        return False
    return True
