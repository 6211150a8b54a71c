"""The real huggingface_hub speaks to the Hub on loopback as to the real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.services.hub.server import running
from tests.services.hub.store import MEMBER, OWNER, STRANGER, Store

# Its own way of sending a file's bytes is one that its HTTP client wants to be rid of.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, HfApi]]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    store = Store()
    with running(store) as url:
        yield store, HfApi(endpoint=url, token=OWNER)


def test_a_folder_goes_up_in_one_commit_and_comes_down_as_it_was(
    there: tuple[Store, HfApi], tmp_path: Path
) -> None:
    _, api = there
    made = tmp_path / "made"
    (made / "sub").mkdir(parents=True)
    (made / "model.safetensors").write_bytes(b"weights" * 100)
    (made / "sub" / "config.json").write_text("{}")
    api.create_repo("my-org/tiny", private=True)
    before = api.repo_info("my-org/tiny").sha

    commit = api.upload_folder(repo_id="my-org/tiny", folder_path=made, parent_commit=before)
    api.snapshot_download("my-org/tiny", local_dir=tmp_path / "down", revision=commit.oid)

    assert api.repo_info("my-org/tiny").private
    down = tmp_path / "down"
    assert (down / "model.safetensors").read_bytes() == b"weights" * 100
    assert (down / "sub" / "config.json").read_text() == "{}"


def test_a_commit_on_a_parent_that_is_no_longer_the_head_is_refused(
    there: tuple[Store, HfApi], tmp_path: Path
) -> None:
    store, api = there
    before = store.put("dataset", "my-org/data")
    store.put("dataset", "my-org/data", {"a": b"1"})
    (tmp_path / "b").write_text("2")

    with pytest.raises(HfHubHTTPError, match="A commit has happened since") as refused:
        api.upload_file(
            repo_id="my-org/data",
            repo_type="dataset",
            path_or_fileobj=tmp_path / "b",
            path_in_repo="b",
            parent_commit=before,
        )

    assert refused.value.response.status_code == 412


@pytest.mark.parametrize(
    ("repo", "revision", "error"),
    [
        ("my-org/none", None, RepositoryNotFoundError),
        ("my-org/private", None, RepositoryNotFoundError),
        ("my-org/open", "gone", RevisionNotFoundError),
    ],
)
def test_what_is_not_there_or_not_shown_is_the_clients_own_error(
    there: tuple[Store, HfApi], repo: str, revision: str | None, error: type[Exception]
) -> None:
    store, api = there
    store.put("model", "my-org/open", {"a": b"1"})
    store.put("model", "my-org/private", {"a": b"1"}, private=True)

    with pytest.raises(error):
        api.repo_info(repo, revision=revision, token=STRANGER)


def test_files_that_are_gated_or_missing_are_the_clients_own_errors(
    there: tuple[Store, HfApi], tmp_path: Path
) -> None:
    store, api = there
    store.put("model", "my-org/gated", {"a": b"1"}, gated=True)

    with pytest.raises(GatedRepoError):
        api.hf_hub_download("my-org/gated", "a", token=STRANGER, local_dir=tmp_path)
    with pytest.raises(EntryNotFoundError):
        api.hf_hub_download("my-org/gated", "b", token=MEMBER, local_dir=tmp_path)


def test_repos_of_an_owner_are_listed_as_far_as_they_are_shown(
    there: tuple[Store, HfApi],
) -> None:
    store, api = there
    store.put("model", "my-org/open")
    store.put("model", "my-org/private", private=True)

    shown = {
        token: [each.id for each in api.list_models(author="my-org", token=token)]
        for token in (MEMBER, STRANGER)
    }

    assert shown == {MEMBER: ["my-org/open", "my-org/private"], STRANGER: ["my-org/open"]}


def test_nobody_makes_a_repo_where_they_are_not_at_home(there: tuple[Store, HfApi]) -> None:
    _, api = there

    with pytest.raises(HfHubHTTPError, match="don't have the rights"):
        api.create_repo("my-org/new", token=STRANGER)


def test_a_snapshot_of_what_nobody_may_see_is_no_empty_folder(
    there: tuple[Store, HfApi], tmp_path: Path
) -> None:
    _, api = there

    with pytest.raises(RepositoryNotFoundError):
        snapshot_download(
            "my-org/none", local_dir=tmp_path / "x", endpoint=api.endpoint, token=OWNER
        )
