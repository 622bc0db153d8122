"""What DNS answers for one host, whether it can be taken, and what several nameservers make of it.

https://www.rfc-editor.org/rfc/rfc1034#section-3.6
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from mesh.addresses import Address, unsafe


class LookupFailed(ValueError):
    """DNS gave no addresses that a ServiceEntry may hold; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What one nameserver, or several together, say of one host.

    Attributes:
        addresses: Of both families.
        aliases: The names that CNAME records lead through, the host's own not among them.
        ttl: Seconds that it may be kept; None where there is no address.
        problem: Why there may be more addresses than these, in one line; empty where there are not.
    """

    addresses: frozenset[Address] = frozenset()
    aliases: tuple[str, ...] = ()
    ttl: int | None = None
    problem: str = ""


def accepted(host: str, answer: Answer, *, public: bool) -> Answer:
    """Refuse addresses that no sidecar should be opened to; see that there are any at all.

    Args:
        host: Whose answer it is.
        answer: The answer.
        public: Whether to refuse addresses that are all private.

    Raises:
        LookupFailed: An address is unsafe, or all are private.
    """
    for address in sorted(answer.addresses, key=str):
        problem = unsafe(ip_network(address))
        if problem:
            raise LookupFailed(
                f"{host} has the address {address}, which {problem}; mend its DNS first"
            )
    if public and answer.addresses and not any(each.is_global for each in answer.addresses):
        found = ", ".join(sorted(map(str, answer.addresses)))
        raise LookupFailed(
            f"{host} has only private addresses ({found}) where publicOnly expects a public one; "
            "ask another nameserver, or unset publicOnly"
        )
    if answer.addresses or answer.problem:
        return answer
    problem = f"{host} exists but has no A or AAAA record; check the name, or give cidrs"
    return Answer(aliases=answer.aliases, problem=problem)


def together(host: str, answers: Sequence[tuple[str, Answer]], *, merge: bool) -> Answer:
    """Make one answer of those of several nameservers, given with their names.

    Where they have to agree and do not, nobody knows which of them is right: then there is no
    address at all, and a problem. Where they are merged, what each has counts, and so does what
    each cannot say.
    """
    (_, first), *rest = answers
    if not rest:
        return first
    problem = next((answer.problem for _, answer in answers if answer.problem), "")
    if not merge and not problem and any(each.addresses != first.addresses for _, each in rest):
        said = "; ".join(f"{who} says {_listed(answer.addresses)}" for who, answer in answers)
        return Answer(
            problem=f"the nameservers do not agree on {host}: {said}; "
            "ask whoever runs them, or set nameserverAnswers to merge"
        )
    if not merge and problem:
        return Answer(problem=problem)
    return Answer(
        addresses=frozenset().union(*(answer.addresses for _, answer in answers)),
        aliases=max((answer.aliases for _, answer in answers), key=len),
        ttl=min((answer.ttl for _, answer in answers if answer.ttl is not None), default=None),
        problem=problem,
    )


def _listed(addresses: Iterable[Address]) -> str:
    return ", ".join(sorted(map(str, addresses))) or "none"
