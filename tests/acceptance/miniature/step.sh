#!/bin/sh
# A step of the miniature: `--step NAME` and then whatever else tells it from others.
# $MINIATURE is a folder that no fingerprint knows of. A file hold/NAME in it makes the step
# wait, fail/NAME makes it fail; each start adds NAME to `ran`.
set -eu
step=$2${OTPLAN_ELEMENT:+-$OTPLAN_ELEMENT}
echo "step $step begins"
echo "$step" >>"$MINIATURE/ran"
while [ -e "$MINIATURE/hold/$step" ] || [ -e "$MINIATURE/hold/all" ]; do sleep 0.02; done
if [ -e "$MINIATURE/fail/$step" ]; then
    echo "step $step: model.bin: No such file or directory" >&2
    exit 3
fi
mkdir "$OTPLAN_OUTPUT/model"
if [ -n "${OTPLAN_CONFIG-}" ]; then cp "$OTPLAN_CONFIG" "$OTPLAN_OUTPUT/model/config.json"; fi
echo "$step" >"$OTPLAN_OUTPUT/model/shard"
echo "{\"step\": \"$step\"}" >"$OTPLAN_OUTPUT/data.jsonl"
echo "{\"step\": \"$step\"}" >"$OTPLAN_OUTPUT/model.json"
echo '{"accuracy": 0.75, "loss": 1.5}' >"$OTPLAN_OUTPUT/metrics.json"
echo "step $step ends"
