"""A manifest on several clusters, and on one that is another machine."""

from pathlib import Path

import pytest

from otplan.load.manifest import read
from otplan.operations.project import by_cluster
from tests.acceptance.lab import Lab
from tests.shell.standin import StandIn

FAR = "scheduler: slurm\nlogin: far\nexperiments_dir: /scratch\n"
OTHER = "scheduler: local\nexperiments_dir: {folder}\n"
SCRIPT = "scripts:\n  one: {script: step.sh, args: {step: one}}\n"
THERE = "  there: {cluster: other, script: step.sh, args: {step: there}}\n"


def _cluster(lab: Lab, name: str, text: str) -> None:
    (lab.folder / "clusters").mkdir(exist_ok=True)
    lab.write(f"clusters/{name}.yaml", text)


@pytest.mark.parametrize(
    ("text", "code", "mend"),
    [
        (f"cluster: far\n{SCRIPT}", "OT605", "`state: registry.db`"),
        (f"cluster: far\nstate: r.db\ncode: live\n{SCRIPT}", "OT606", "Leave `code` out"),
        (
            "datasets:\n  given: {cluster: far, source: {path: data}}\n",
            "OT607",
            "Write it from `/` on",
        ),
    ],
)
def test_what_lies_here_is_not_looked_for_on_another_machine(
    fresh: Lab, text: str, code: str, mend: str
) -> None:
    _cluster(fresh, "far", FAR)
    fresh.make(f"otplan: 1\nworkspace: w\n{text}")

    said = fresh("lint", "manifest.yaml", code=3)

    assert code in said.out + said.err
    assert mend in said.out + said.err


def test_a_manifest_of_another_machine_is_planned_from_the_record_alone(fresh: Lab) -> None:
    _cluster(fresh, "far", FAR)
    fresh.make(f"otplan: 1\nworkspace: w\ncluster: far\nstate: r.db\n{SCRIPT}")

    said = fresh("plan", "manifest.yaml", "--offline")

    assert "1 to submit" in said.out
    assert f"{fresh.folder}/r.db" in said.out


def test_the_code_goes_to_each_cluster_where_something_is_left_to_make(fresh: Lab) -> None:
    other, idle = fresh.root / "other", fresh.root / "idle"
    _cluster(fresh, "other", OTHER.format(folder=other))
    _cluster(fresh, "idle", OTHER.format(folder=idle))
    fresh.make(f"otplan: 1\nworkspace: w\ncluster: idle\nstate: r.db\n{SCRIPT}{THERE}")
    fresh.edit("one: {", "one: {cluster: local, ")

    fresh.apply()

    codes = [sorted(Path(home).glob("code/*/step.sh")) for home in (other, idle)]
    assert fresh.ran() == ["one", "there"]
    assert [len(found) for found in codes] == [1, 0]
    fresh.edit("step: there", "step: again")
    fresh.write("README", "one more file\n")
    fresh.commit()
    fresh.apply()
    assert fresh.ran() == ["again"]
    assert len(list(other.glob("code/*"))) == 2
    assert len(list((fresh.folder / ".otplan").glob("code/*"))) == 1


def test_a_floating_name_is_looked_up_where_it_is_read(fresh: Lab) -> None:
    _cluster(fresh, "far", FAR)
    given = "datasets:\n  a: {cluster: far, source: {path: /a}}\n  b: {source: {path: /b}}\n"
    fresh.make(f"otplan: 1\nworkspace: w\n{given}")
    loaded = read(str(fresh.folder / "manifest.yaml"), variables={}, var_files=(), lock=None)

    found = by_cluster(loaded, {"path:/a": "path:/a", "path:/b": "path:/b"})

    assert found == {"far": {"path:/a": "path:/a"}, "local": {"path:/b": "path:/b"}}


def test_clusters_of_one_login_share_one_connection(
    fresh: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fresh.root / "bin").mkdir()
    ssh = StandIn(fresh.root / "bin")
    ssh.be(monkeypatch, "exit 255")
    for name in ("far", "other"):
        _cluster(fresh, name, FAR)
    fresh.make(f"otplan: 1\nworkspace: w\ncluster: far\nstate: r.db\n{SCRIPT}{THERE}")

    said = fresh("plan", "manifest.yaml", code=8)

    assert "2 unknown" in said.out
    assert len(ssh.calls) == 1


def test_what_is_adopted_on_another_machine_is_named_from_its_root(
    fresh: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fresh.root / "bin").mkdir()
    StandIn(fresh.root / "bin").be(monkeypatch, "exit 255")
    _cluster(fresh, "far", FAR)
    fresh.make(f"otplan: 1\nworkspace: w\ncluster: far\nstate: r.db\n{SCRIPT}")

    said = fresh("adopt", "one", "-m", "manifest.yaml", "--output", "made", code=64)

    assert "write it from `/` on" in said.err


@pytest.mark.parametrize("lines", [1, 3, 40_000])
def test_of_a_large_log_the_last_lines_are_shown(lab: Lab, lines: int) -> None:
    told = lab("why", "small", "-m", "manifest.yaml", "--json").document["stages"][0]
    log = Path(told["explanation"]["attempts"][0]["log"])
    log.write_text("".join(f"{n} {'x' * 50}\n" for n in range(30_000)))

    shown = lab("logs", "small", "-m", "manifest.yaml", "-n", str(lines)).out.splitlines()

    assert len(shown) == min(lines, 30_000)
    assert shown[-1].startswith("29999 ")
    assert shown[0].startswith(f"{30_000 - len(shown)} ")
