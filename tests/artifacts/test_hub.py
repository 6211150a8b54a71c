"""Repos of the Hub: missing told from invisible, empty from full, and how much is asked for it."""

import os
from collections.abc import Iterator

import pytest

from otplan.artifacts.hub_calls import Calls
from otplan.artifacts.huggingface import Hub
from otplan.artifacts.published import only_shards
from otplan.core.evidence import Evidence, Finding, Target
from otplan.core.hub import Repo
from otplan.errors import OtplanError, Unreachable
from tests.artifacts.hub_place import HubPlace
from tests.conformance.artifacts import FILES, OURS
from tests.services.hub.server import running
from tests.services.hub.store import ANSWERS, MEMBER, OWNER, STRANGER, Store
from tests.shell.place import place


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    store = Store()
    with running(store) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        yield store


def look(place: str, token: str = OWNER, *, given: bool = False) -> Evidence:
    target = Target("local", place, OURS, given=given, owner="0badc0de")
    return Hub(lambda: token).look([target])[target]


@pytest.mark.parametrize(
    ("token", "finding"),
    [
        (OWNER, Finding.ABSENT),
        (MEMBER, Finding.ABSENT),
        (STRANGER, Finding.UNKNOWN),
        ("revoked", Finding.UNKNOWN),
        ("", Finding.UNKNOWN),
    ],
)
def test_what_is_missing_is_so_only_for_who_would_see_it(
    there: Store, token: str, finding: Finding
) -> None:
    found = look("hf:model:my-org/none", token)

    assert found.finding is finding
    assert found.why


@pytest.mark.parametrize("endpoint", ["not a url", "http://[::1", "http://x:port", "ftp://x"])
def test_what_is_no_address_is_told(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)

    with pytest.raises(OtplanError, match="HF_ENDPOINT is no address"):
        look("hf:model:my-org/none")


@pytest.mark.parametrize("token", ["é", "hf_a\nb"])
def test_a_token_that_cannot_be_sent_is_told_and_not_shown(token: str) -> None:
    with pytest.raises(OtplanError, match="character that no token has") as caught:
        look("hf:model:my-org/none", token)

    assert token not in f"{caught.value.message} {caught.value.help}"


def test_a_page_of_something_on_the_way_says_nothing_of_a_repo(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with place() as login:
        login.body = b"<html>Please log in</html>"
        monkeypatch.setenv("HF_ENDPOINT", login.url)

        found = look("hf:model:my-org/none")

    assert found.finding is Finding.UNKNOWN
    assert "something else answers" in found.why


@pytest.mark.parametrize("token", [STRANGER, ""])
def test_a_private_repo_of_others_is_unknown_and_never_missing(there: Store, token: str) -> None:
    there.put("model", "my-org/secret", {"model.safetensors": b"1"}, private=True)

    found = look("hf:model:my-org/secret", token, given=True)

    assert found.finding is Finding.UNKNOWN
    assert "not shown" in found.why


def test_a_gated_repo_is_seen_and_its_marker_is_not_read(there: Store) -> None:
    HubPlace(there, Hub).make(Target("local", "hf:model:my-org/gated", OURS), FILES)
    there.repos["model", "my-org/gated"].gated = True

    found = look("hf:model:my-org/gated", STRANGER)

    assert found.finding is Finding.UNKNOWN
    assert "not in the authorized list" in found.why


def test_a_repo_with_nothing_but_what_the_hub_put_there_is_empty(there: Store) -> None:
    there.put("dataset", "my-org/fresh")

    assert look("hf:dataset:my-org/fresh", given=True).finding is Finding.EMPTY
    assert look("hf:dataset:my-org/fresh").finding is Finding.ABSENT


def test_files_without_a_marker_are_somebody_elses(there: Store) -> None:
    there.put("model", "my-org/by-hand", {"model.safetensors": b"1"})

    found = look("hf:model:my-org/by-hand")

    assert found.finding is Finding.FOREIGN
    assert found.why == "hf:model:my-org/by-hand holds 1 files and no .otplan.json of otplan"


@pytest.mark.parametrize(
    ("files", "finding", "shards"),
    [
        (["config.json", "model-00001-of-00002.safetensors"], Finding.VERIFIED, False),
        (["pytorch_model.bin"], Finding.VERIFIED, False),
        (["model.safetensors", "global_step8/zero_pp_rank_0_mp_rank_00_optim_states.pt"],
         Finding.VERIFIED, False),
        (["checkpoint-30/global_step30/zero_pp_rank_0_mp_rank_00_model_states.pt"],
         Finding.VERIFIED, True),
        (["config.json", "README.md"], Finding.EMPTY, False),
        (["sub/model.safetensors"], Finding.EMPTY, False),
    ],
)  # fmt: skip
def test_a_model_has_weights_at_its_root_or_only_shards(
    there: Store, files: list[str], finding: Finding, shards: bool
) -> None:
    there.put("model", "my-org/some", dict.fromkeys(files, b"1"))

    found = look("hf:model:my-org/some@main", given=True)

    assert (found.finding, only_shards(found)) == (finding, shards)


@pytest.mark.parametrize("answer", ["rate_limit", "unavailable", "bad_token"])
def test_an_answer_that_says_nothing_of_the_repo_leaves_it_unknown(
    there: Store, answer: str
) -> None:
    there.faults += [("/", answer)] * 3

    found = look("hf:model:my-org/none")

    assert found.finding is Finding.UNKNOWN


def test_a_rate_limit_says_when_it_ends_and_is_not_slept_through(there: Store) -> None:
    there.faults.append(("/api/models", "rate_limit"))

    found = look("hf:model:my-org/none")

    assert found.why == (
        "the Hub takes no more requests from here now; it answers again in 42 seconds"
    )
    assert len(there.asked) == 1


def test_a_pin_of_a_hub_that_cannot_be_asked_is_no_pin_of_nothing(there: Store) -> None:
    there.faults.append(("/api/models", "rate_limit"))

    with pytest.raises(Unreachable):
        Hub(lambda: OWNER).revisions(["hf:model:my-org/none@main"])


@pytest.mark.parametrize(("count", "asked"), [(1, 2), (3, 4), (40, 2)])
def test_many_missing_repos_of_one_owner_are_one_listing(
    there: Store, count: int, asked: int
) -> None:
    targets = [Target("local", f"hf:model:my-org/m{i}", OURS) for i in range(count)]

    Hub(lambda: OWNER).look(targets)

    assert len(there.asked) == asked, there.asked


def test_published_repos_of_one_owner_cost_a_listing_and_a_marker_each(there: Store) -> None:
    place = HubPlace(there, Hub)
    targets = [place.target(f"m{i}") for i in range(10)]
    for target in targets:
        place.make(target, FILES)

    found = place.store.look(targets)

    assert {each.finding for each in found.values()} == {Finding.VERIFIED}
    assert len(there.asked) == 11


def test_a_listing_of_more_than_a_page_is_read_to_its_end(there: Store) -> None:
    for i in range(1005):
        there.put("model", f"my-org/m{i:04}")
    there.put("model", "my-org/zz-last", {"model.safetensors": b"1"})
    targets = [Target("local", f"hf:model:my-org/{n}", OURS) for n in ("zz-last", *"abcde")]

    found = Hub(lambda: OWNER).look(targets)

    assert found[targets[0]].finding is Finding.FOREIGN


def test_what_carries_no_marker_of_ours_is_not_adopted(there: Store) -> None:
    there.put("model", "my-org/by-hand", {"model.safetensors": b"1"})
    target = Target("local", "hf:model:my-org/by-hand", OURS)

    with pytest.raises(OtplanError, match="cannot be adopted"):
        Hub(lambda: OWNER).adopt(target, "hf:model:my-org/by-hand")


def test_a_hub_that_is_nowhere_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    found = look("hf:model:my-org/none")

    assert found.finding is Finding.UNKNOWN
    assert "does not answer" in found.why


def test_a_repo_that_several_things_are_read_from_is_asked_for_once(there: Store) -> None:
    there.put("model", "my-org/base", {"model.safetensors": b"1"})
    place = f"hf:model:my-org/base@{there.repos['model', 'my-org/base'].commits[-1].oid}"
    targets = [Target("local", place, f"v1:{n}", given=True) for n in range(3)]

    found = Hub(lambda: OWNER).look(targets)

    assert [found[target].finding for target in targets] == [Finding.VERIFIED] * 3
    assert len(there.asked) == 1


def test_where_nobody_was_nobody_is_asked_again_for_a_while(there: Store) -> None:
    repo = Repo("model", "my-org/base")
    calls = Calls(lambda: OWNER, endpoint="http://127.0.0.1:9")
    with calls, pytest.raises(Unreachable):
        calls.repo(repo)
    calls.endpoint = os.environ["HF_ENDPOINT"]

    with calls, pytest.raises(Unreachable, match="does not answer"):
        calls.repo(repo)

    assert there.asked == []


def test_every_recorded_answer_says_where_it_is_from() -> None:
    assert all(answer["recorded"] for answer in ANSWERS.values())
