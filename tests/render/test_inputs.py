"""Which places a script reads, from the needs of its stage."""

from dataclasses import replace

from otplan.core.stage import Need
from otplan.render.inputs import inputs_of
from otplan.render.values import Input
from tests.render.scripts import stage

PLAIN = replace(stage(), fingerprint="v1:plain")
ARRAY = replace(stage(), fingerprint="v1:array", elements=2)
GIVEN = replace(stage(), fingerprint="v1:given", given="/data/words")
STAGES = {one.fingerprint: one for one in (PLAIN, ARRAY, GIVEN)}
FOLDERS = {"v1:plain": "/runs/plain", "v1:array": "/runs/array"}


def test_needs_become_inputs_in_the_order_they_were_declared() -> None:
    needs = (Need("v1:given", "DATA"), Need("v1:array", "CHUNKS"), Need("v1:plain", "DATA"))

    found = inputs_of(replace(stage(), needs=needs), STAGES, FOLDERS)

    label = "script.count/run"
    assert found == (
        Input("DATA", label, given="/data/words"),
        Input("CHUNKS", label, "v1:array", ("/runs/array/e0", "/runs/array/e1")),
        Input("DATA", label, "v1:plain", ("/runs/plain",)),
    )


def test_an_edge_is_an_input_without_a_name_unless_it_exists_already() -> None:
    needs = (Need("v1:plain"), Need("v1:given"))

    found = inputs_of(replace(stage(), needs=needs), STAGES, FOLDERS)

    assert [one.folders for one in found] == [("/runs/plain",)]
