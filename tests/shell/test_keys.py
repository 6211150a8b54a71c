"""The user's own keys: which count, from where, and what is said of a file that will not do."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from otplan.errors import OtplanError
from otplan.shell.keys import Session, session, settings

HERE, THERE = "https://a.supabase.co", "https://b.supabase.co"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose user has a folder for their own files."""
    (tmp_path / "otplan").mkdir()
    return {"XDG_CONFIG_HOME": str(tmp_path)}


def _write(home: Mapping[str, str], text: str, mode: int = 0o600) -> Path:
    file = Path(home["XDG_CONFIG_HOME"], "otplan", "secrets.env")
    file.write_text(text)
    file.chmod(mode)
    return file


@pytest.mark.parametrize(
    "line",
    [
        "SUPABASE_ANON_KEY=k-1",
        "export SUPABASE_ANON_KEY=k-1",
        "  SUPABASE_ANON_KEY='k-1'  # of the lab",
        'SUPABASE_ANON_KEY="k-1"',
        "HF_TOKEN=$(cat token)\nSUPABASE_ANON_KEY=k-1\n",
        "#SUPABASE_ANON_KEY=old\nSUPABASE_ANON_KEY=older\nSUPABASE_ANON_KEY=k-1",
    ],
)
def test_lines_of_the_file_are_read_as_a_shell_would(home: dict[str, str], line: str) -> None:
    _write(home, line)

    assert settings(home)["SUPABASE_ANON_KEY"] == "k-1"


@pytest.mark.parametrize("value", ["$(cat key)", '"$KEY"', "`cat key`", "\\$k"])
def test_what_only_a_shell_could_work_out_is_told_and_not_run(
    home: dict[str, str], value: str
) -> None:
    _write(home, f"A=1\nSUPABASE_ANON_KEY={value}\n")

    with pytest.raises(OtplanError, match=r"secrets\.env:2: SUPABASE_ANON_KEY"):
        settings(home)


def test_single_quotes_keep_what_a_shell_would_replace(home: dict[str, str]) -> None:
    _write(home, "SUPABASE_PASSWORD='a$b`c'")

    assert settings(home)["SUPABASE_PASSWORD"] == "a$b`c"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_may_read_is_refused(home: dict[str, str], mode: int) -> None:
    file = _write(home, "SUPABASE_ANON_KEY=k-1", mode)

    with pytest.raises(OtplanError, match="others may read it") as refused:
        settings(home)

    assert refused.value.help.strip() == f"chmod 600 {file}"


@pytest.mark.parametrize(
    ("environment", "place", "key"),
    [
        pytest.param({}, "", "file", id="the file alone"),
        pytest.param({"SUPABASE_SERVICE_ROLE_KEY": "env"}, "", "env", id="the environment first"),
        pytest.param({"SUPABASE_URL": f"{HERE}/"}, "", "file", id="the same Supabase"),
        pytest.param({}, HERE, "file", id="the same, by its place"),
        pytest.param({"SUPABASE_URL": THERE}, "", "", id="another Supabase"),
        pytest.param({}, THERE, "", id="another, by its place"),
    ],
)
def test_a_key_is_sent_only_to_the_supabase_it_is_for(
    home: dict[str, str], environment: dict[str, str], place: str, key: str
) -> None:
    _write(home, f"SUPABASE_URL={HERE}\nSUPABASE_SERVICE_ROLE_KEY=file\n")

    assert session(home | environment, place).key == key


@pytest.mark.parametrize(
    ("set_", "named"),
    [
        ({}, "SUPABASE_ANON_KEY"),
        ({"SERVICE_ROLE_KEY": "s"}, "SUPABASE_SERVICE_ROLE_KEY"),
        ({"SERVICE_ROLE_KEY": ""}, "SUPABASE_ANON_KEY"),
        ({"SERVICE_ROLE_KEY": "s", "EMAIL": "a@b.c", "PASSWORD": "p"}, "SUPABASE_EMAIL"),
        ({"EMAIL": "a@b.c", "PASSWORD": "p", "ACCESS_TOKEN": "eyJ.e.s"}, "SUPABASE_ACCESS_TOKEN"),
        # The command line of Supabase has its own token under that name.
        ({"ACCESS_TOKEN": "sbp_0"}, "SUPABASE_ANON_KEY"),
    ],
)
def test_a_member_comes_before_the_service_role_and_that_before_anon(
    home: dict[str, str], set_: dict[str, str], named: str
) -> None:
    environment = {f"SUPABASE_{name}": value for name, value in set_.items()}

    found = session(home | {"SUPABASE_URL": HERE, "SUPABASE_ANON_KEY": "a"} | environment)

    assert found.named == named


def test_no_secret_of_a_session_is_shown() -> None:
    made = Session(HERE, "k-secret", token="t-secret", email="a@b.c", password="p-secret")

    shown = f"{made!r} {made.scrubbed('k-secret t-secret p-secret')}"

    assert "-secret" not in shown
