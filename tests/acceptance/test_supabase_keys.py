"""With which keys, from where, and that no key gets anywhere else."""

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.acceptance.lab import Lab
from tests.conformance.registry_writers import fresh as fresh_name
from tests.conformance.supabase_lab import environment, sql

pytestmark = [pytest.mark.services, pytest.mark.timeout(180)]

MANIFEST = """\
otplan: 1
workspace: {workspace}
registry: supabase
scripts:
  shows: {{script: shows.sh, outputs: [environment]}}
"""

SHOWS = """\
#!/bin/sh
env >"$OTPLAN_OUTPUT/environment"
env
"""

JOIN = "INSERT INTO otplan_members VALUES ('{}')"
LEAVE = "DELETE FROM otplan_members WHERE member = '{}'"
PASSWORD = "pass-word-of-a-member"


@pytest.fixture
def workspace() -> str:
    return fresh_name()


@pytest.fixture
def team(fresh: Lab, workspace: str, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Return a project whose one job prints its environment; its user has a folder of their own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(fresh.root / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(fresh.root / "state"))
    fresh.write("shows.sh", SHOWS)
    fresh.make(MANIFEST.format(workspace=workspace))
    return fresh


@pytest.fixture(scope="module")
def member() -> Iterator[dict[str, str]]:
    """Return an address, an id and a token of somebody who signed up."""
    known = environment()
    who = {"email": f"{uuid4().hex[:8]}@example.org", "password": PASSWORD}
    key = {"apikey": known["SUPABASE_ANON_KEY"]}
    answer = httpx.post(f"{known['SUPABASE_URL']}/auth/v1/signup", headers=key, json=who).json()
    yield {
        "email": who["email"],
        "id": answer["user"]["id"],
        "token": answer["access_token"],
    }
    sql(LEAVE.format(answer["user"]["id"]))


def test_keys_in_the_users_file_will_do_and_reach_no_job_log_or_record(team: Lab) -> None:
    _write(team, *environment())

    team.apply()
    failed = team("forget", "shows", "-m", "manifest.yaml", code=1, **_reader())

    assert "OTPLAN_OUTPUT=" in (team.output("script.shows/run") / "environment").read_text()
    assert _holding(team, *_secrets()) == [_file(team)]
    assert not any(secret in f"{failed.out}{failed.err}" for secret in _secrets())


def test_the_anon_key_alone_plans(team: Lab) -> None:
    _write(team, "SUPABASE_URL", "SUPABASE_ANON_KEY")

    planned = team("plan", "manifest.yaml")
    refused = team.submit(code=1)

    assert "Plan: 1 to submit" in planned.out
    assert 'policy "otplan_members_insert"' in refused.err
    assert "SUPABASE_ANON_KEY" in refused.err


@pytest.mark.parametrize("way", ["password", "token"])
def test_a_member_applies_with_a_session_of_their_own(
    team: Lab, member: dict[str, str], way: str
) -> None:
    _write(team, "SUPABASE_URL", "SUPABASE_ANON_KEY", **_as_member(member, way))
    sql(LEAVE.format(member["id"]))
    stranger = team.submit(code=1)
    sql(JOIN.format(member["id"]))

    team.apply()

    assert 'policy "otplan_members_insert" for table "otplan_holders"' in stranger.err
    assert "otplan_members" in stranger.err.partition("\n")[2]
    assert "No changes. 1 done." in team("plan", "manifest.yaml", "--detailed-exitcode").out
    assert _holding(team, PASSWORD, member["token"]) == [_file(team)]


def test_a_password_that_is_not_taken_is_told_and_not_shown(
    team: Lab, member: dict[str, str]
) -> None:
    asked = {"SUPABASE_EMAIL": member["email"], "SUPABASE_PASSWORD": "not-the-password"}
    _write(team, "SUPABASE_URL", "SUPABASE_ANON_KEY", **asked)

    said = team("plan", "manifest.yaml", code=1)

    assert f"does not let {member['email']} in" in said.err
    assert "SUPABASE_PASSWORD" in said.err
    assert "not-the-password" not in said.err


def test_a_token_that_is_none_is_told_and_not_shown(team: Lab) -> None:
    _write(team, "SUPABASE_URL", "SUPABASE_ANON_KEY", SUPABASE_ACCESS_TOKEN="eyJh.eyJz.wrong-one")

    said = team("plan", "manifest.yaml", code=1)

    assert "SUPABASE_ACCESS_TOKEN" in said.err
    assert "wrong-one" not in said.err


def test_the_line_of_continue_works_where_only_the_file_has_keys(team: Lab) -> None:
    _write(team, *environment())
    team.submit()
    line = team("continue", "--schedule", "cron").out.splitlines()[-1]

    command = line.removeprefix("*/15 * * * * ")
    plain = ["env", "-i", f"HOME={team.root}", f"XDG_CONFIG_HOME={team.root / 'config'}"]
    done = subprocess.run([*plain, "PATH=/usr/bin:/bin", "sh", "-c", command], cwd="/", check=False)

    log = shlex.split(command.partition(">>")[2])[0]
    assert done.returncode == 0, Path(log).read_text()
    assert "error" not in Path(log).read_text()
    assert _holding(team, *_secrets()) == [_file(team)]


def _file(lab: Lab) -> Path:
    return lab.root / "config" / "otplan" / "secrets.env"


def _write(lab: Lab, *names: str, **more: str) -> None:
    """Write the user's file, with what these are of the stack's."""
    known = environment()
    lines = [f"export {name}={known[name]}" for name in names]
    lines += [f"{name}='{value}'" for name, value in more.items()]
    _file(lab).parent.mkdir(parents=True)
    _file(lab).write_text("\n".join(lines))
    _file(lab).chmod(0o600)


def _reader() -> dict[str, Any]:
    """Return the environment of who does not want to write."""
    return {"SUPABASE_SERVICE_ROLE_KEY": ""}


def _as_member(member: dict[str, str], way: str) -> dict[str, str]:
    if way == "token":
        return {"SUPABASE_ACCESS_TOKEN": member["token"]}
    return {"SUPABASE_EMAIL": member["email"], "SUPABASE_PASSWORD": PASSWORD}


def _secrets() -> list[str]:
    known = environment()
    return [known["SUPABASE_SERVICE_ROLE_KEY"], known["SUPABASE_ANON_KEY"]]


def _holding(lab: Lab, *secrets: str) -> list[Path]:
    """Return the files that have one of these in them."""
    files = [path for path in lab.root.rglob("*") if path.is_file()]
    return [path for path in files if any(s.encode() in path.read_bytes() for s in secrets)]
