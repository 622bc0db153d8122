"""What is made of the answers of one nameserver, or of several."""

from __future__ import annotations

from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from mesh.answers import Answer, accepted, together

HOST = "mysql.example.com"
ADDRESSES = [f"198.51.100.{number}" for number in range(1, 5)]


def answer(*addresses: str, problem: str = "", ttl: int | None = 60) -> Answer:
    found = frozenset(ip_address(each) for each in addresses)
    return Answer(found, ttl=ttl if addresses else None, problem=problem)


ANSWERS = st.builds(
    lambda addresses, problem: answer(*addresses, problem=problem),
    st.sets(st.sampled_from(ADDRESSES)),
    st.sampled_from(["", "it did not answer"]),
)
SEVERAL = st.lists(ANSWERS, min_size=1, max_size=4)


def of_all(answers: list[Answer], *, merge: bool) -> Answer:
    named = [(f"192.0.2.{number}", each) for number, each in enumerate(answers)]
    return together(HOST, named, merge=merge)


def test_nameservers_that_agree_are_one() -> None:
    assert of_all([answer("198.51.100.1", ttl=60), answer("198.51.100.1", ttl=5)], merge=False) == (
        answer("198.51.100.1", ttl=5)
    )


def test_nameservers_that_do_not_agree_are_named_with_what_each_says() -> None:
    found = of_all([answer("198.51.100.2", "198.51.100.1"), answer()], merge=False)
    assert found.addresses == frozenset()
    assert found.problem == (
        "the nameservers do not agree on mysql.example.com: 192.0.2.0 says 198.51.100.1, "
        "198.51.100.2; 192.0.2.1 says none; ask whoever runs them, or set nameserverAnswers to "
        "merge"
    )


@given(SEVERAL)
def test_merged_all_addresses_of_all_count_and_so_does_each_problem(answers: list[Answer]) -> None:
    found = of_all(answers, merge=True)
    assert found.addresses == frozenset().union(*(each.addresses for each in answers))
    assert bool(found.problem) == any(each.problem for each in answers)


@given(SEVERAL)
def test_an_answer_of_several_that_have_to_agree_is_that_of_each_or_no_address(
    answers: list[Answer],
) -> None:
    found = of_all(answers, merge=False)
    if found.addresses:
        assert {each.addresses for each in answers} == {found.addresses}
    elif not found.problem:
        assert all(not each.addresses and not each.problem for each in answers)


@given(ANSWERS)
def test_one_nameserver_says_what_it_says(alone: Answer) -> None:
    assert of_all([alone], merge=True) == of_all([alone], merge=False) == alone


def test_no_address_and_no_reason_is_a_reason() -> None:
    assert accepted(HOST, answer(), public=False).problem == (
        f"{HOST} exists but has no A or AAAA record; check the name, or give cidrs"
    )
    assert accepted(HOST, answer(problem="why"), public=False).problem == "why"
    assert accepted(HOST, answer("198.51.100.1"), public=False).problem == ""
