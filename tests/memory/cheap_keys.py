"""Keys locked as age locks them with a passphrase, but so that to guess one takes no time.

The library takes a second to lock a key and another to open it, on purpose, and lets nobody ask for
less. What it reads says by itself how dear it is (C2SP, age-encryption.org/v1, "scrypt").
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

import pyrage
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from memory.backup.encryption import BackupKey

_COST = 4  # a power of two; the library's own is 18


def cheap_key(passphrase: str, claimed_cost: int = _COST) -> BackupKey:
    """A new key, and the same locked by a passphrase; it may claim to be dearer than it is."""
    identity = pyrage.x25519.Identity.generate()
    return BackupKey(identity, _locked(f"{identity}\n".encode(), passphrase.encode(), claimed_cost))


def _locked(text: bytes, passphrase: bytes, claimed_cost: int) -> bytes:
    file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    salted = b"age-encryption.org/v1/scrypt" + salt
    wrap = hashlib.scrypt(passphrase, salt=salted, n=2**_COST, r=8, p=1, dklen=32)
    wrapped = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
    stanza = b"-> scrypt %s %d\n%s" % (_base64(salt), claimed_cost, _base64(wrapped))
    header = b"age-encryption.org/v1\n%s\n---" % stanza
    mac = hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    last = bytes(11) + b"\1"  # the counter of chunks, and that there are no more
    return b"%s %s\n%s" % (header, _base64(mac), nonce + cipher.encrypt(last, text, None))


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    """HKDF-SHA-256, one block."""
    return hmac.digest(hmac.digest(salt, key, "sha256"), purpose + b"\1", "sha256")
