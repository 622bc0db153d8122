"""DNS names of databases, as a ServiceEntry takes them."""

from __future__ import annotations

import ipaddress
import re

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.ASCII)
_LONGEST_NAME = 253
_LONGEST_LABEL = 63


def normalise_host(text: str) -> str:
    """Give a host the one spelling that state, diffs and Istio share: lower case, no final dot.

    Istio takes only fully qualified names in a ServiceEntry and silently accepts some that cannot
    work, so those are refused here.
    https://istio.io/latest/docs/reference/config/networking/service-entry/#ServiceEntry

    Raises:
        ValueError: The text is not the full DNS name of one host; the message says why.
    """
    host = text.strip().lower().removesuffix(".")
    problem = _problem(host)
    if problem:
        raise ValueError(
            f"{text!r} {problem}; give the database's full DNS name, e.g. mysql.example.com"
        )
    return host


def _problem(host: str) -> str | None:
    labels = host.split(".")
    if not host:
        return "is empty"
    if _is_address(host):
        return "is an IP address"
    if labels[-1] == "localhost":
        return "is each pod's own loopback"
    if "*" in host:
        return "is a wildcard"
    if "_" in host:
        return "has an underscore, which Istio refuses in a host"
    if len(host) > _LONGEST_NAME:
        return f"is {len(host)} characters long, and DNS takes {_LONGEST_NAME}"
    return _problem_of_labels(labels)


def _problem_of_labels(labels: list[str]) -> str | None:
    for label in labels:
        if len(label) > _LONGEST_LABEL:
            return f"has a label of {len(label)} characters, and DNS takes {_LONGEST_LABEL}"
        if not _LABEL.fullmatch(label):
            return f"has {label!r} between its dots, which is no DNS label"
    if len(labels) == 1:
        return "has no domain"
    if labels[-1].isdigit():
        return "ends in a number, which no domain does"
    return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True
