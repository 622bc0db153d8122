"""The last look before anything is shown: what the environment keeps secret is nowhere in it.

The engine blinds what it knows to be secret. It does not know all of it: a password of the
environment may come back in somebody else's message.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

HIDDEN = "[secret]"

_SECRET_NAMES = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|_KEY(_ID)?$|^KEY$", re.IGNORECASE
)
_PLACES = re.compile(r"(_FILE|_PATH|_URL|_URI)$", re.IGNORECASE)
"""What ends so says where a secret is, not what it is."""
_SHORTEST = 4
"""What is shorter would be found in every other word."""


def of_environment(environment: Mapping[str, str]) -> list[str]:
    """Give the values that the environment keeps secret, by their names."""
    return [
        value
        for name, value in environment.items()
        if len(value) >= _SHORTEST and _SECRET_NAMES.search(name) and not _PLACES.search(name)
    ]


def hide(text: str, secrets: Iterable[str]) -> str:
    """Take secrets out of a text: as they are, as JSON and addresses write them, as base64."""
    forms = {form for secret in secrets for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text


def leaks(text: str, secrets: Iterable[str]) -> bool:
    """Whether a secret is in a text, in any of these forms."""
    return any(form in text for secret in secrets for form in _forms(secret))


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="")
    raw = secret.encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        # In the middle of something longer it may begin at any bit of a letter: what of it does not
        # depend on its neighbours.
        for before in range(3):
            middle = _middle(encode(b"\0" * before + raw).decode(), before, len(raw))
            if len(middle) > _SHORTEST:
                yield middle


def _middle(encoded: str, before: int, length: int) -> str:
    first = -(-before * 8 // 6)
    last = (before + length) * 8 // 6
    return encoded[first:last]
