"""The addresses behind host names, asked of nameservers of one's choice."""

# ruff: noqa: E402 - dnspython hears what not to load before it is loaded
from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

from dns import _features

# DNS over HTTPS is not asked for here. Where an HTTP client for it is installed, dnspython would
# load all of that client: a tenth of a second in each preview.
_features.force("doh", enabled=False)

import dns.exception
import dns.name
import dns.resolver

from mesh.answers import Answer, LookupFailed, accepted, together
from mesh.lookup import Lookup
from mesh.nameserver import Nameserver

_RECORDS = ("A", "AAAA")
_LONGEST_CHAIN = 16
"""As many CNAME records as dnspython follows."""

Answers = dict[str, list[tuple[str, Answer]]]
"""Host -> what each nameserver says of it, by the nameserver's name."""


def ask(lookup: Lookup) -> dict[str, Answer]:
    """Ask for hosts, and make one answer for each of what is said.

    Raises:
        LookupFailed: An answer cannot be taken, see :func:`mesh.answers.accepted`.
    """
    said = look_up(
        lookup["hosts"],
        nameservers=[Nameserver.parse(each) for each in lookup["nameservers"]],
        timeout=lookup["timeout"],
    )
    return {
        host: accepted(host, together(host, each, merge=lookup["merge"]), public=lookup["public"])
        for host, each in said.items()
    }


def look_up(hosts: Sequence[str], *, nameservers: Sequence[Nameserver], timeout: float) -> Answers:
    """Look up the A and AAAA records of all hosts at all nameservers, side by side.

    Args:
        hosts: Full DNS names.
        nameservers: Who is asked; none for this machine's own configuration.
        timeout: Seconds that one lookup may take, its retries included.

    Returns:
        What each says of each host; a lookup that failed is an answer with a problem.

    Raises:
        LookupFailed: This machine names no nameserver.
    """
    resolvers = [_resolver(each, timeout) for each in nameservers] or [_of_this_machine(timeout)]
    questions = [(host, each) for host in hosts for each in resolvers]
    with ThreadPoolExecutor(max_workers=len(_RECORDS) * len(questions)) as pool:
        asked = [
            [pool.submit(_ask, resolver, host, record) for record in _RECORDS]
            for host, resolver in questions
        ]
        answers: Answers = {host: [] for host in hosts}
        for (host, resolver), (ipv4, ipv6) in zip(questions, asked, strict=True):
            answers[host].append((_name(resolver), _both(ipv4.result(), ipv6.result())))
    return answers


def _both(ipv4: Answer, ipv6: Answer) -> Answer:
    return Answer(
        addresses=ipv4.addresses | ipv6.addresses,
        aliases=max(ipv4.aliases, ipv6.aliases, key=len),
        ttl=min((each.ttl for each in (ipv4, ipv6) if each.ttl is not None), default=None),
        problem=ipv4.problem or ipv6.problem,
    )


def _of_this_machine(timeout: float) -> dns.resolver.Resolver:
    try:
        resolver = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        raise LookupFailed("this machine names no nameserver; set nameserver") from None
    resolver.lifetime = timeout
    return resolver


def _resolver(nameserver: Nameserver, timeout: float) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [nameserver.address]
    resolver.port = nameserver.port
    resolver.lifetime = timeout
    return resolver


def _name(resolver: dns.resolver.Resolver) -> str:
    return ", ".join(str(server) for server in resolver.nameservers)


def _ask(resolver: dns.resolver.Resolver, host: str, record: str) -> Answer:
    asked = _name(resolver)
    try:
        # Absolute, so that no search domain of this machine is tried.
        answer = resolver.resolve(dns.name.from_text(host), record, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        problem = f"{host} does not exist, says nameserver {asked}; check the name"
    except dns.resolver.LifetimeTimeout:
        problem = (
            f"nameserver {asked} did not answer for {host} within {resolver.lifetime:g} s; "
            "check nameserver, or raise dnsTimeout"
        )
    except dns.resolver.NoNameservers as error:
        codes = sorted({str(attempt[3]) for attempt in error.kwargs["errors"]})
        problem = _circle(resolver, host) or (
            f"nameserver {asked} answered {', '.join(codes)} for {host}; ask whoever runs that zone"
        )
    except dns.exception.DNSException as error:
        problem = _circle(resolver, host) or (
            f"{host} could not be looked up at {asked} ({error}); ask whoever runs that zone"
        )
    else:
        found = frozenset(ip_address(data.address) for data in answer.rrset or ())
        aliases = tuple(_text(each[0].target) for each in answer.chaining_result.cnames)
        if not found and aliases and (problem := _circle(resolver, host)):
            return Answer(problem=problem)
        return Answer(found, aliases, answer.chaining_result.minimum_ttl if found else None)
    return Answer(problem=problem)


def _circle(resolver: dns.resolver.Resolver, host: str) -> str:
    """Say that a host's CNAME records lead back to one of them, if so."""
    chain = [host]
    for target in _aliases(resolver, host):
        chain.append(target)
        if target in chain[:-1]:
            return f"the aliases of {host} lead in a circle ({' -> '.join(chain)}); mend its DNS"
    return ""


def _aliases(resolver: dns.resolver.Resolver, host: str) -> Iterator[str]:
    name = dns.name.from_text(host)
    for _ in range(_LONGEST_CHAIN):
        try:
            answer = resolver.resolve(name, "CNAME", raise_on_no_answer=False)
        except dns.exception.DNSException:
            return
        if not answer.rrset:
            return
        name = answer.rrset[0].target
        yield _text(name)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
