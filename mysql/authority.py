"""Who else has to trust the server's certificate, and what is said where one does not."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mysql.admin import Admin, is_pem

#: What is said of a `{problem}` with the authority in a `{folder}`, and what to do.
BY_PULUMI_MYSQL: Final = (
    (
        "mysql:ca: pulumi-mysql takes authorities from the environment alone, and does not trust "
        "this server ({problem})"
    ),
    "`export SSL_CERT_DIR={folder}`, where the authority's file is",
)
BY_PODS: Final = (
    (
        "readerTls: pods know only the well-known authorities, and would not trust this server "
        "({problem})"
    ),
    "name its authority in mysql:ca or MYSQL_TLS_CA",
)


def folder_of(admin: Admin) -> str:
    """Give the folder of the admin's authority, as people are to name it."""
    return "FOLDER" if is_pem(admin.ca) else str(Path(admin.ca).parent.resolve())
