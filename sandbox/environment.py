"""What puts a shell into the sandbox: ``eval "$(make -s env)"``.

After it, plain ``pulumi`` and ``kubectl`` work as they do anywhere else.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Final

from sandbox.database import ADMIN
from sandbox.layout import DATABASE, HOST_V4, LOOPBACK, NODE_V4, Paths

PASSPHRASE: Final = "external-mysql-sandbox"  # noqa: S105 - no secret, see below
"""Of the committed stack ``dev``, whose secrets never leave the sandbox."""


def exports(paths: Paths) -> str:
    """Lines for a shell to evaluate; the password is named by its file, never written.

    Args:
        paths: Where the sandbox keeps its files.
    """
    programs = f"{paths.bin}:{Path(sys.prefix) / 'bin'}"
    fixed = {
        "KUBECONFIG": paths.kubeconfig,
        "PULUMI_HOME": paths.pulumi_home,
        "PULUMI_BACKEND_URL": f"file://{paths.state}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "MYSQL_ENDPOINT": DATABASE.endpoint,
        "MYSQL_USERNAME": ADMIN,
        "MYSQL_TLS_CONFIG": "true",
        "SSL_CERT_FILE": paths.ca_bundle,
    }
    password = shlex.quote(str(paths.admin_password(DATABASE)))
    here = f"{DATABASE.ipv4},{HOST_V4},{NODE_V4},{LOOPBACK}"
    lines = [
        f'export PATH={shlex.quote(programs)}":$PATH"',
        *(f"export {name}={shlex.quote(str(value))}" for name, value in fixed.items()),
        f'export MYSQL_PASSWORD="$(cat {password})"',
        f'export NO_PROXY="{here}${{NO_PROXY:+,$NO_PROXY}}"',
    ]
    return "\n".join(lines)
