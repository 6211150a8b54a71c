"""`otplan cluster`, as its user types it."""

from pathlib import Path

import pytest

from tests.acceptance.lab import Lab


def test_a_dotenv_file_becomes_a_cluster_of_mine(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    file = tmp_path / "tacc.env"
    file.write_text("export CHECKPOINTS_DIR=/s/me\nexport HF_TOKEN=hf_" + "a1B2" * 8 + "\n")

    said = lab("cluster", "import-env", str(file), "--base", "vista")
    shown = lab("cluster", "show", "vista")
    again = lab("cluster", "import-env", str(file), "--base", "vista", code=1)

    assert "HF_TOKEN  it looks like a secret" in said.out
    assert "/s/me" in shown.out
    assert "a1B2" not in said.out + (tmp_path / "config/otplan/clusters/vista.yaml").read_text()
    assert "is there already" in again.err


def test_a_check_of_this_machine_says_what_it_found(lab: Lab) -> None:
    said = lab("cluster", "check", "local", "--json")

    states = {one["what"]: one["state"] for one in said.document["checks"]}
    assert (states["host"], states["python"], states["experiments"]) == ("ok", "ok", "ok")


def test_a_check_that_lacks_something_ends_with_1(lab: Lab) -> None:
    said = lab("cluster", "check", "vista", code=1)

    assert "missing  host" in said.out
    assert said.out.splitlines()[-1].endswith(".")


def test_a_machine_of_no_cluster_is_told_what_to_do(lab: Lab) -> None:
    said = lab("cluster", "detect", code=1)

    assert "`hosts` of a cluster file of yours" in said.out


def test_the_machine_of_a_cluster_is_detected(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NERSC_HOST", "perlmutter")

    assert lab("cluster", "detect").out == "perlmutter\n"
