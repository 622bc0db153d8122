"""The ten rules, one a file."""

from __future__ import annotations

from typing import Final

from guard.rule import Rule
from guard.rules import (
    admin_without_tls,
    beyond_select,
    entry_without_addresses,
    exported_everywhere,
    literal_password,
    moving_image,
    same_address,
    unprotected_database,
    unrestricted_container,
    wide_block,
)

RULES: Final[tuple[Rule, ...]] = (
    literal_password.RULE,
    beyond_select.RULE,
    entry_without_addresses.RULE,
    wide_block.RULE,
    exported_everywhere.RULE,
    admin_without_tls.RULE,
    unrestricted_container.RULE,
    moving_image.RULE,
    unprotected_database.RULE,
    same_address.RULE,
)
