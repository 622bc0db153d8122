"""What the comment says of a run, and what it never says."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

import pytest

from pull_request import secrecy
from pull_request.comment import LIMIT, marker, of_drift, of_preview
from pull_request.engine import Run
from pull_request.headline import headline
from pull_request.report import Outcome, report
from tests.unit.pull_request.stream import (
    SECRET,
    UNKNOWN,
    configured,
    events,
    policy,
    rows,
    run,
    said,
    step,
    urn,
)

ENTRY: dict[str, Any] = {
    "metadata": {"name": "mysql-external", "namespace": "bookinfo"},
    "spec": {
        "hosts": ["mysql.example.com"],
        "addresses": ["198.51.100.7/32", "198.51.100.8/32"],
        "ports": [{"name": "tcp", "number": 3306, "protocol": "TCP"}],
        "resolution": "NONE",
        "exportTo": ["."],
    },
}
MOVED = {**ENTRY, "spec": {**ENTRY["spec"], "addresses": ["198.51.100.8/32", "198.51.100.9/32"]}}
POD = {"spec": {"containers": [{"name": "ratings", "image": "ratings:1", "env": []}]}}
DEPLOYMENT = {
    "metadata": {"name": "ratings-v2-mysql", "namespace": "bookinfo"},
    "spec": {"replicas": 2, "template": POD},
}


def deployment(image: str = "ratings:1", replicas: int = 2, **env: str) -> dict[str, object]:
    variables = [{"name": name, "value": value} for name, value in env.items()]
    container = {"name": "ratings", "image": image, "env": variables}
    spec = {"replicas": replicas, "template": {"spec": {"containers": [container]}}}
    return {**DEPLOYMENT, "spec": spec}


def as_it_is(text: str) -> str:
    return text


def preview(of: Run) -> str:
    return of_preview(report(of), as_it_is)


def line(of: Run, *, found: bool = False) -> str:
    return headline(report(of, found=found))


def test_one_line_says_it_all() -> None:
    change = run(
        step("update", "RatingsTable", "ratings", rows(_1=5, _2=4), rows(_1=1, _2=4)),
        step("update", "ServiceEntry", "mysql-external", ENTRY, MOVED),
        step("update", "Deployment", "ratings-v2-mysql", deployment(), deployment("ratings:2")),
    )
    assert line(change) == (
        "1 rating changes, 1 address comes, 1 address goes, 1 image changes, pods roll, "
        "nothing is deleted."
    )


def test_nothing_is_said_to_change_where_nothing_does() -> None:
    same = run(step("same", "RatingsTable", "ratings", rows(_1=5), rows(_1=5)))
    assert line(same) == "Nothing changes."
    assert "1 unchanged" in preview(same)


def test_each_row_has_a_line() -> None:
    text = preview(
        run(
            step(
                "update",
                "RatingsTable",
                "ratings",
                rows(_1=5, _2=4, _10=3),
                rows(_1=1, _3=2, _10=3),
            )
        )
    )
    table = text.partition("Rows of `ratings`\n\n")[2].partition("\n\n")[0].splitlines()
    assert table[2:] == ["| 1 | 5 | 1 |", "| 2 | 4 | no row |", "| 3 | no row | 2 |"]


def test_what_is_deleted_comes_first_with_what_it_means() -> None:
    gone = run(
        step("update", "ServiceEntry", "mysql-external", ENTRY, MOVED),
        step("delete", "RatingsTable", "ratings", rows(_1=5, _2=4)),
    )
    text = preview(gone)
    assert "dropped with its 2 rows" in text
    assert text.index("What goes, or is replaced") < text.index("#### Addresses")
    assert line(gone).startswith("The table is deleted; 2 rows go, ")


def test_where_everything_goes_that_is_all_that_the_line_on_top_says() -> None:
    account = {"user": "bookinfo", "host": "%"}
    gone = run(
        step("delete", "RatingsTable", "database-ratings", rows(_1=5, _2=4)),
        step("delete", "Schema", "database-made", {"made": True, "name": "test"}),
        step("delete", "Account", "reader-account", account),
        step("delete", "VirtualService", "routing-reviews", {}),
        step("delete", "VirtualService", "routing-ratings", {}),
    )
    assert line(gone) == "Everything is deleted: the database, the table, the account and routes."
    first, second = preview(gone).partition("What it means |\n")[2].splitlines()[1:3]
    assert "the database `test` is dropped" in first
    assert "the table `test.ratings` is dropped with its 2 rows" in second


def test_a_database_that_was_adopted_is_not_said_to_be_dropped() -> None:
    adopted = {"made": True, "name": "test", "adopted": True}
    gone = run(
        step("delete", "RatingsTable", "database-ratings", rows(_1=5, _2=4)),
        step("delete", "Schema", "database-made", adopted),
    )
    assert line(gone) == "Everything is deleted: the table."
    assert "the database `test` is dropped" not in preview(gone)


def test_an_account_that_may_have_been_adopted_is_not_said_to_be_dropped_alone() -> None:
    account = {"user": "bookinfo", "host": "%", "adopt": True}
    gone = run(step("delete", "Account", "reader-account", account))
    assert "`'bookinfo'@'%'` is given back, or dropped if this stack made it" in preview(gone)


def test_a_table_that_was_adopted_is_said_to_be_given_back() -> None:
    state = {**rows(_1=5, _2=4), "adopted": True}
    gone = run(step("delete", "RatingsTable", "database-ratings", state))
    assert "the table `test.ratings` is given back: 2 rows of this stack's" in preview(gone)
    assert "is dropped" not in preview(gone)
    assert "the table" not in line(gone)


def test_where_everything_is_new_that_is_all_that_the_line_on_top_says() -> None:
    new = (
        step("create", "Schema", "database-free", None, {"made": False, "name": "test"}),
        step("create", "Schema", "database-made", None, {"made": True, "name": "test"}),
        step("create", "RatingsTable", "database-ratings", None, rows(_1=5, _2=4)),
        step("create", "Account", "reader-account", None, {"user": "bookinfo", "host": "%"}),
        step("create", "VirtualService", "routing-reviews", None, {}),
    )
    assert line(run(*new)) == (
        "Everything is made: the database, the table, the account and a route."
    )
    stands = step("same", "Secret", "password", {}, {})
    adopts = step("create", "Object", "routing-reviews-held", None, {"adopt": True})
    for besides in (stands, adopts):
        assert line(run(*new, besides)).startswith("2 rows come, ")


@pytest.mark.parametrize(
    ("previous", "ending"),
    [
        ("drop", "the old account goes after the old pods, nothing else is deleted."),
        ("cut", "the old account goes before the old pods, nothing else is deleted."),
        ("keep", "1 password changes, nothing is deleted."),
    ],
)
def test_what_becomes_of_the_account_before_is_said_on_top(previous: str, ending: str) -> None:
    password = step("replace", "RandomPassword", "password", {}, {})
    old, new = ({"user": user, "host": "%", "previous": previous} for user in ("one", "two"))
    rotation = run(password, step("replace", "Account", "reader-account", old, new))
    assert line(rotation).startswith("1 password changes, ")
    assert line(rotation).endswith(ending)
    assert "| account | `'one'@'%'` | `'two'@'%'` |" in preview(rotation)


def test_what_is_wrong_with_several_resources_is_one_line() -> None:
    refused = [
        policy("mandatory", "unprotected-database", "it is not protected", urn(kind, kind))
        for kind in ("Schema", "RatingsTable")
    ]
    text = preview(run(*refused, code=1))
    assert text.count("it is not protected") == 1
    assert "`RatingsTable RatingsTable`, `Schema Schema`" in text


def test_what_the_engine_only_lets_go_is_not_said_to_be_deleted() -> None:
    let_go = run(
        step("delete", "AccountName", "reader-name", {"user": "u", "host": "%"}),
        step("delete", "Database", "database-schema", {}, retain=True),
    )
    assert line(let_go).endswith("nothing is deleted.")


def test_what_holds_an_object_deletes_it_though_the_engine_lets_it_go() -> None:
    spec = {"metadata": {"name": "reviews"}, "spec": {"hosts": ["reviews"]}}
    gone = run(
        step("delete", "VirtualService", "routing-reviews", spec, retain=True),
        step("delete", "Object", "routing-reviews-held", {}),
    )
    assert line(gone).startswith("Everything is deleted: a route")
    assert "requests to `reviews` go to any version" in preview(gone)


def test_what_goes_before_its_successor_comes_leaves_a_gap_and_that_is_said() -> None:
    spec = {"metadata": {"name": "reviews"}, "spec": {"hosts": ["reviews"]}}
    replaced = run(
        step("delete-replaced", "VirtualService", "reviews", spec),
        step("replace", "VirtualService", "reviews", spec, spec),
        step("create-replacement", "VirtualService", "reviews", spec, spec),
    )
    assert "a moment without a route" in preview(replaced)
    after = run(
        step("create-replacement", "Secret", "password", {}, {}),
        step("replace", "Secret", "password", {}, {}),
        step("delete-replaced", "Secret", "password", {}),
    )
    assert "another one under another name" in preview(after)


def test_a_right_that_is_taken_back_is_named() -> None:
    account = {"user": "bookinfo", "host": "%", "changed": {}}
    select, insert = "SELECT ON `test`.`ratings`", "INSERT ON `test`.*"
    held = {**account, "rights": {select: "granted", insert: "granted"}}
    meant = {**account, "rights": {select: "granted"}}
    change = run(step("update", "Rights", "reader-rights", held, meant))
    assert "``INSERT ON `test`.*`` | held | — |" in preview(change)
    assert line(change) == "1 right is taken back, nothing is deleted."


def test_a_new_password_is_told_by_generation_and_never_by_value() -> None:
    password = {"result": {**SECRET, "ciphertext": "[secret]"}}
    change = run(
        step("create-replacement", "RandomPassword", "reader-password", password, password)
    )
    assert line(change) == "1 password changes, nothing is deleted."
    assert "a new one, made at random" in preview(change)


def test_the_name_of_a_secret_that_a_preview_has_made_up_is_not_told() -> None:
    def pod(secret: str) -> dict[str, Any]:
        reference = {"secretKeyRef": {"name": secret, "key": "password"}}
        variable = {"name": "MYSQL_DB_PASSWORD", "valueFrom": reference}
        container = {"name": "ratings", "image": "ratings:1", "env": [variable]}
        return {**DEPLOYMENT, "spec": {"template": {"spec": {"containers": [container]}}}}

    old, new = ({"metadata": {"name": f"reader-password-{end}"}} for end in ("aaa", "bbb"))
    change = run(
        step("create-replacement", "Secret", "reader-password", old, new),
        step(
            "update",
            "Deployment",
            "ratings-v2-mysql",
            pod("reader-password-aaa"),
            pod("reader-password-bbb"),
        ),
    )
    assert "| `Secret reader-password-aaa` | `a new Secret` |" in preview(change)


def test_what_pods_are_told_is_named_by_the_variable() -> None:
    change = run(
        step(
            "update",
            "Deployment",
            "ratings-v2-mysql",
            deployment(MYSQL_DB_HOST="a.example.com"),
            deployment(MYSQL_DB_HOST="b.example.com", replicas=5),
        )
    )
    assert "| `MYSQL_DB_HOST` | `a.example.com` | `b.example.com` |" in preview(change)
    assert line(change) == "3 pods come, pods roll, nothing is deleted."


def test_a_setting_is_told_by_what_it_was_at_the_last_update() -> None:
    of = run(configured(ratings='{"1":1}', host="a"), step("same", "ConfigMap", "c", {}, {}))
    last = {"external-mysql:ratings": "", "external-mysql:host": "a"}
    text = of_preview(report(of, last_settings=last), as_it_is)
    assert "| `ratings` | — | `1: 1` |" in text
    assert "`host`" not in text


def test_a_failed_preview_says_the_one_wrong_line_and_nothing_else_above_the_fold() -> None:
    failed = run(
        said("error", "external-mysql:port: '65536' is wrong: input should be less"),
        said("error", "preview failed"),
        code=255,
        text="Previewing update (dev):\n...",
    )
    text = preview(failed)
    above = text.partition("<details>")[0].splitlines()
    assert above == [
        marker("preview", "dev"),
        "",
        "### Stack `dev`: the preview failed",
        "",
        "```",
        "external-mysql:port: '65536' is wrong: input should be less",
        "```",
        "",
    ]


def test_a_policy_that_refuses_is_said_above_what_would_change() -> None:
    refused = run(
        step("update", "ServiceEntry", "mysql-external", ENTRY, MOVED),
        policy(
            "mandatory",
            "no-export-to-all",
            "Seen by all namespaces.\nSet exportTo to [.]",
            urn("ServiceEntry", "mysql-external"),
        ),
        said("error", "preview failed"),
        code=255,
    )
    assert report(refused).outcome is Outcome.REFUSED
    text = preview(refused)
    assert text.splitlines()[4].startswith("**Refused by a policy. Otherwise: 1 address comes")
    finding = "| **error** | `ServiceEntry mysql-external` | `external-mysql: no-export-to-all` "
    assert f"{finding}Seen by all namespaces. Set exportTo to \\[.\\] |" in text


def test_a_policy_that_advises_refuses_nothing() -> None:
    advised = run(policy("advisory", "digest", "give a digest", urn("Deployment", "r")))
    assert report(advised).outcome is Outcome.DONE
    assert "| warning | `Deployment r` |" in preview(advised)


def test_the_line_on_top_says_how_many_warnings_there_are() -> None:
    warned = run(said("warning", "one"), said("warning", "two"))
    assert line(warned) == "Nothing changes. 2 warnings."


def test_a_lost_key_and_a_changed_column_are_told_apart() -> None:
    table = rows(_1=5)
    other = {**table, "key": [], "columns": {**table["columns"], "Rating": "bigint"}}
    found = run(step("refresh", "RatingsTable", "ratings", table, other, ends_as="update"))
    assert line(found, found=True) == "1 column was changed, 1 primary key was changed."


def test_a_table_that_somebody_dropped_is_said_to_be_gone() -> None:
    found = run(step("refresh", "RatingsTable", "ratings", rows(_1=5), None, ends_as="delete"))
    assert line(found, found=True) == "The table is gone, 1 row is gone."


def test_a_warning_is_said_once_with_its_resource() -> None:
    warned = said("warning", "the mesh lets out what it does not know; set REGISTRY_ONLY")
    text = preview(run(warned, warned))
    assert text.count("the mesh lets out what it does not know; set REGISTRY\\_ONLY") == 1


def test_what_a_warning_lists_is_a_sentence() -> None:
    listed = "Refreshed resource is in an unhealthy state:\n* 0 of 1 ready\n* ImagePullBackOff"
    assert (
        "| Refreshed resource is in an unhealthy state: 0 of 1 ready; ImagePullBackOff |"
        in preview(run(said("warning", listed)))
    )


def test_what_a_person_wrote_mentions_nobody_and_renders_nothing() -> None:
    text = preview(run(said("warning", "ask @octocat, <img src=x> | [a](https://evil.test)")))
    row = next(line for line in text.splitlines() if "octocat" in line)
    assert "@octocat" not in row
    assert "\\<img src=x\\> \\| \\[a\\](https://evil.test)" in row


def test_what_is_not_known_yet_is_left_out() -> None:
    table = rows(_1=5)
    new = {**table, "holder": UNKNOWN}
    assert "| 1 | no row | 5 |" in preview(
        run(step("create", "RatingsTable", "ratings", None, new))
    )


def test_drift_is_told_in_the_past_and_what_the_program_wants_in_the_future() -> None:
    found = run(
        step(
            "refresh",
            "RatingsTable",
            "ratings",
            rows(_1=5, _2=4),
            rows(_1=1),
            ends_as="update",
        ),
        step("refresh", "ConfigMap", "authority", {}, None, ends_as="delete"),
    )
    wanted = run(step("same", "RatingsTable", "ratings", rows(_1=5, _2=4), rows(_1=5, _2=4)))
    text = of_drift(
        "dev", [("Reality?", report(found, found=True)), ("Program?", report(wanted))], as_it_is
    )
    assert "- Reality?: **1 rating was changed, 1 row is gone, 1 ConfigMap is gone.**" in text
    assert "- Program?: **Nothing changes.**" in text
    assert "| 1 | 5 | 1 |" in text


HELD = {"kind": "ServiceEntry", "namespace": "bookinfo", "named": "mysql-external"}
BY_OTHERS = {**HELD, "strays": {"spec.addresses": "kubectl-patch"}}


def test_what_others_have_set_is_found_though_the_kubernetes_provider_does_not_see_it() -> None:
    by_others = run(
        step("refresh", "ServiceEntry", "mysql-external", ENTRY, MOVED, ends_as="same"),
        step("refresh", "Object", "mysql-external-held", HELD, BY_OTHERS, ends_as="update"),
        step("refresh", "ConfigMap", "authority", {}, {}, ends_as="same"),
    )
    assert line(by_others, found=True) == "1 address was added, 1 address is gone."
    told = of_drift("dev", [("Reality?", report(by_others, found=True))], as_it_is)
    assert (
        "| changed | ServiceEntry | `bookinfo/mysql-external` | `spec.addresses` by "
        "`kubectl-patch` |"
    ) in told
    assert "Object" not in told


def test_what_others_have_set_is_told_again_though_the_state_has_it_by_now() -> None:
    there = step("refresh", "ServiceEntry", "mysql-external", MOVED, MOVED, ends_as="same")
    for event in there:
        for metadata in (part["metadata"] for part in event.values()):
            metadata["old"] = {"inputs": ENTRY, "outputs": MOVED}
    held = step("refresh", "Object", "held", BY_OTHERS, BY_OTHERS, ends_as="same")
    assert line(run(there, held), found=True) == "1 address was added, 1 address is gone."


def test_an_object_is_counted_of_which_no_table_counts_anything() -> None:
    paused = {**BY_OTHERS, "strays": {"spec.location": "kubectl-edit"}}
    entry = step("refresh", "ServiceEntry", "mysql-external", ENTRY, ENTRY, ends_as="same")
    held = step("refresh", "Object", "held", HELD, paused, ends_as="update")
    assert line(run(entry, held), found=True) == "1 ServiceEntry was changed."
    made = step("create", "ConfigMap", "authority", None, {})
    assert line(run(made)) == "1 ConfigMap comes, nothing is deleted."


def test_what_the_cluster_fills_in_is_no_drift() -> None:
    filled_in = {**ENTRY, "spec": {**ENTRY["spec"], "location": "MESH_EXTERNAL"}}
    seen = step("refresh", "ServiceEntry", "mysql-external", filled_in, filled_in, ends_as="same")
    for event in seen:
        for metadata in (part["metadata"] for part in event.values()):
            metadata["old"] = {"inputs": ENTRY, "outputs": filled_in}
    assert line(run(seen), found=True) == "Nothing was changed by hand."


def test_a_preview_that_refreshes_compares_with_what_is_there() -> None:
    refreshed = run(
        step("refresh", "RatingsTable", "ratings", rows(_1=5), rows(_1=2), ends_as="update"),
        step("update", "RatingsTable", "ratings", rows(_1=2), rows(_1=5)),
    )
    assert "| 1 | 2 | 5 |" in preview(refreshed)


@pytest.mark.parametrize("lines", [300, 5_000])
def test_no_comment_is_longer_than_github_takes_and_a_cut_is_said(lines: int) -> None:
    printed = "\n".join(f"  + äöü {number}: ```{'x' * 40}" for number in range(lines))
    many = {str(number): 5 for number in range(lines)}
    other = {str(number): 4 for number in range(lines)}
    text = preview(
        run(
            step(
                "update",
                "RatingsTable",
                "ratings",
                {**rows(), "rows": many},
                {**rows(), "rows": other},
            ),
            *(said("warning", f"finding {number} {'long ' * 60}") for number in range(lines)),
            text=printed,
        )
    )
    assert len(text.encode()) < LIMIT
    assert f"**{lines} ratings change" in text
    assert ("more lines are cut" in text) is (lines > 300)
    assert text.count("<details>") == text.count("</details>")


def test_a_log_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    whole = events(said("warning", "one"))
    assert len(whole) == 1


PLANTED = 'Tr0ub4dor&3-"quoted"-ünï'


@pytest.mark.parametrize("before", range(6))
def test_a_secret_of_the_environment_is_never_shown_in_clear_or_in_base64(before: int) -> None:
    secrets = secrecy.of_environment({"MYSQL_PASSWORD": PLANTED, "MYSQL_USERNAME": "deployer"})
    inside = base64.b64encode(b"x" * before + PLANTED.encode() + b":more").decode()
    alone = base64.b64encode(PLANTED.encode()).decode()
    hide = partial(secrecy.hide, secrets=secrets)
    planted = run(
        step(
            "update",
            "Deployment",
            "ratings-v2-mysql",
            deployment(A="b", SEEN=f"mysql://deployer:{PLANTED}@host"),
            deployment(A="c", SEEN=f"data {inside} {alone}"),
        ),
        said("warning", f"refused with {PLANTED}"),
        text=f"password: {PLANTED}\ndata: {inside}\n{alone}",
    )
    text = of_preview(report(planted), hide)
    assert not secrecy.leaks(text, secrets)
    assert "deployer" in text
    assert secrecy.leaks(of_preview(report(planted), as_it_is), secrets)


def test_what_is_no_secret_by_its_name_is_left_alone() -> None:
    environment = {
        "PULUMI_CONFIG_PASSPHRASE": "correct horse",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "/etc/passphrase",
        "AWS_SECRET_ACCESS_KEY": "aws-key",
        "GITHUB_TOKEN": "ghs_1234",
        "KEYBOARD": "qwertz",
        "SHORT_TOKEN": "abc",
    }
    assert secrecy.of_environment(environment) == ["correct horse", "aws-key", "ghs_1234"]
