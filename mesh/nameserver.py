"""Nameservers, as a person names them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

_DNS_PORT = 53
_HIGHEST_PORT = 65535
_WITH_PORT = re.compile(
    r"\[(?P<v6>[^\]]+)\]:(?P<v6_port>\d+)|(?P<v4>[\d.]+):(?P<v4_port>\d+)", re.ASCII
)


@dataclass(frozen=True)
class Nameserver:
    """Who is asked: engineers with split-horizon DNS need another one than their own machine's."""

    address: str
    port: int = _DNS_PORT

    @classmethod
    def parse(cls, text: str) -> Nameserver:
        """Read `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`.

        Raises:
            ValueError: The text is none of these.
        """
        match = _WITH_PORT.fullmatch(text.strip())
        address = (match["v6"] or match["v4"]) if match else text.strip()
        port = int(match["v6_port"] or match["v4_port"]) if match else _DNS_PORT
        try:
            ip_address(address)
        except ValueError:
            raise ValueError(
                f"{text!r} is no nameserver; give its address, with a port if need be: "
                "192.0.2.53:5353"
            ) from None
        if not 0 < port <= _HIGHEST_PORT:
            raise ValueError(f"{text!r} has port {port}; a port is 1 to {_HIGHEST_PORT}")
        return cls(address, port)
