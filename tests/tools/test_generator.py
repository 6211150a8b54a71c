"""A generator in a job: its own options, what every generator is told, and its model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.tools.bench import Bench
from tests.tools.test_trials import config

ECHO = """\
import json, os, pathlib, sys
keep = {k: v for k, v in os.environ.items() if k.startswith(("SANDBOX_", "HOSTED_"))}
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
out = pathlib.Path(os.environ["OTPLAN_OUTPUT"]) / "told.json"
engine = json.loads(pathlib.Path(sys.argv[sys.argv.index("--engine-config") + 1]).read_text())
out.write_text(json.dumps({"argv": sys.argv[1:], "env": keep, "engine": engine}))
"""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path).prepare()


def told(bench: Bench, more: dict[str, Any], **env: str) -> dict[str, Any]:
    script = bench.root / "g.py"
    script.write_text(ECHO)
    given = {
        "generator": {"limit": 3, "task_type": "unix"},
        "verification": False,
        "sandbox": {"cpu": 2, "memory_gb": 1, "disk_gb": 3},
        "asked": ["cpu"],
        **more,
    }
    code, said = bench.end("generator", given, sys.executable, str(script), "--own", "1", **env)
    assert code == 0, said
    answer: dict[str, Any] = bench.document("told.json")
    return answer


def test_a_generator_has_its_own_options_and_those_of_every_generator(bench: Bench) -> None:
    said = told(bench, {"engine": {"engine": {"type": "openai"}}}, OTPLAN_INPUT_INPUT="/seeds")

    assert said["argv"] == [
        *("--own", "1", "--stage", "tasks", "--output-dir", str(bench.output / "tasks")),
        *("--no-upload", "--engine-config", str(bench.attempt / "engine.json")),
        *("--input-dir", "/seeds", "--limit", "3", "--task-type", "unix"),
        *("--sandbox-cpu", "2", "--disable-verification"),
    ]
    assert said["env"] == {"SANDBOX_CPU": "2", "SANDBOX_MEMORY_GB": "1", "SANDBOX_DISK_GB": "3"}
    assert said["engine"] == {"engine": {"type": "openai"}}


def test_a_generator_is_told_its_part_by_its_own_options(bench: Bench) -> None:
    part = {"index": "shard-index", "count": "num-shards"}

    said = told(bench, {"engine": {}, "part": part}, OTPLAN_ELEMENT="1", OTPLAN_ELEMENTS="3")

    assert " ".join(said["argv"]).count("--shard-index 1 --num-shards 3") == 1


@pytest.mark.parametrize(("own", "rows"), [("", 2), ('{"rows": 9}', 9)])
def test_what_a_generator_made_is_counted_unless_it_counts_itself(
    bench: Bench, own: str, rows: int
) -> None:
    for name in ("t0", "t1"):
        (bench.output / "tasks" / name).mkdir(parents=True)
        (bench.output / "tasks" / name / "task.toml").touch()
    if own:
        (bench.output / "metrics.json").write_text(own)

    told(bench, {"engine": {}})

    assert bench.document("metrics.json") == {"rows": rows}


def test_a_generator_finds_the_served_model(bench: Bench) -> None:
    engine = {"engine": {"type": "vllm_local", "model": "org/m"}}

    said = told(bench, {"engine": engine, "server": config()["server"]})

    endpoint = json.loads((bench.attempt / "endpoint.json").read_text())
    assert said["argv"][9:11] == ["--endpoint-json", str(bench.attempt / "endpoint.json")]
    assert endpoint["model_name"] == "org/m"
    assert said["engine"]["engine"]["vllm_local"]["base_url"] == endpoint["endpoint_url"]
    assert said["env"]["HOSTED_VLLM_API_BASE"] == endpoint["endpoint_url"]


def test_a_tunnel_without_its_secrets_is_the_cause_and_they_are_named(bench: Bench) -> None:
    server = config(server={"tunnel": True})["server"]

    code, said = bench.end("generator", {"engine": {}, "server": server}, "true")

    assert (code, bench.cause) == (1, "tunnel")
    assert "PINGGY_SSH_COMMAND and PINGGY_PERSISTENT_URL" in said


def test_a_tunnel_leads_to_the_server_s_own_port_and_its_command_is_never_told(
    bench: Bench,
) -> None:
    forward = bench.root / "forward.py"
    forward.write_text(FORWARD)
    given = {"engine": {}, "server": config(server={"tunnel": True})["server"]}
    given |= {"generator": {}, "verification": True, "sandbox": {}, "asked": []}
    script = bench.root / "g.py"
    script.write_text(ECHO)

    code, said = bench.end(
        *("generator", given, sys.executable, str(script)),
        PINGGY_SSH_COMMAND=f"{sys.executable} {forward} {bench.root}/port localhost:8000 t0ken",
        PINGGY_PERSISTENT_URL="http://127.0.0.1:18099",
    )

    assert code == 0, said
    assert "t0ken" not in said
    reached = bench.document("told.json")["env"]["HOSTED_VLLM_API_BASE"]
    assert reached == "http://127.0.0.1:18099/v1"


FORWARD = """\
import http.server, sys, urllib.request

class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = urllib.request.urlopen(f"http://{sys.argv[2]}{self.path}", timeout=5).read()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

http.server.HTTPServer(("127.0.0.1", 18099), Api).serve_forever()
"""
