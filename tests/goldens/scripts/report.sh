#!/bin/bash
# count.otp-abcdefghijkl.3
#
# A job of otplan. It sends the run that stayed on the site to W&B.
#   address    training.words[lr=1.0e-5], training.again
#   workspace  words, declared in example.org/ada/words:manifests/words.yaml
#   attempt    3 of v1:0123456789abcdef0123456789abcdef01234567
#   user       ada
#   to stop it otplan cancel training.words[lr=1.0e-5]
# It needs bash 4.2 and coreutils. Every value below is quoted where it is set.

# Not every scheduler's job calls every function.
# shellcheck disable=SC2317,SC2329
set -Eeuo pipefail
trap 'otplan_say "line $LINENO of $0 ended with $?"' ERR

otplan_fingerprint=v1:0123456789abcdef0123456789abcdef01234567
otplan_attempt=3
# How many starts may end in failure, and how many because the node was lost or taken away.
otplan_starts=1
otplan_interruptions=10
# Which endings another start may cure; a plan goes by the same.
otplan_retried=' failed incomplete lost no_evidence server_died server_late timeout tunnel '
otplan_disbelieved=' 1 '
otplan_run=/experiments/words/0123456789abcdef
otplan_code=/experiments/code/abc/manifests
otplan_config=''
otplan_secrets=''
otplan_elements=0

otplan_say() { printf 'otplan: %s\n' "$*" >&2; }

# --- what depends on the scheduler ---

otplan_job_id() { printf '%s\n' "${OTPLAN_JOB_ID:?is set by the runner of the scheduler local}"; }
otplan_element() { printf '%s\n' "${OTPLAN_ELEMENT:?is set by the runner of the scheduler local}"; }
otplan_restarts() { printf '%s\n' "${OTPLAN_RESTARTS:-0}"; }
otplan_first_host() { printf '127.0.0.1\n'; }
otplan_submitted_from() { printf '127.0.0.1\n'; }
# There is one node: options are none of its.
otplan_on_every_node() {
    while [[ $1 != -- ]]; do shift; done
    shift
    exec -- "${@/#--machine_rank=@OTPLAN_NODE@/--machine_rank=0}"
}
otplan_cancel_self() { return 1; }
otplan_requeue_self() { return 1; }

# --- completion markers: flat JSON, one key a line ---

# Print a text as a JSON string; control characters never get here.
otplan_json() {
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

# Set the variable $2 to what a JSON string holds between its quotes.
otplan_plain() {
    local text=${1//\\\"/\\u0022}
    printf -v "$2" '%b' "$text"
}

# Print the bytes of a file, or of all regular files below a folder. Links count nothing.
otplan_size() {
    if [[ -L $1 ]]; then
        echo 0
    elif [[ -d $1 ]]; then
        # shellcheck disable=SC2012  # `find` is no part of coreutils; names are escaped and unread.
        LC_ALL=C ls -AlnR --block-size=1 --quoting-style=escape --time-style=+ -- "$1/" | otplan_sum
    elif [[ -e $1 ]]; then
        stat -c %s -- "$1"
    else
        return 1
    fi
}

otplan_sum() {
    local mode size total=0
    while read -r mode _ _ _ size _; do
        [[ $mode != -* ]] || total=$((total + size))
    done
    echo "$total"
}

# Read the marker in folder $1 into otplan_marker_*.
otplan_read_marker() {
    local LC_ALL=C line key value
    local pattern='^"(([^"\\]|\\.)*)": ("(([^"\\]|\\.)*)"|[0-9]+),?$'
    otplan_marker_fingerprint='' otplan_marker_attempt='' otplan_marker_output=''
    otplan_marker_files=() otplan_marker_sizes=()
    [[ -r $1/done.json ]] || return 1
    while IFS= read -r line; do
        [[ $line =~ $pattern ]] || continue
        otplan_plain "${BASH_REMATCH[1]}" key
        case ${BASH_REMATCH[3]} in
            \"*) otplan_plain "${BASH_REMATCH[4]}" value ;;
            *) value=${BASH_REMATCH[3]} ;;
        esac
        case $key in
            fingerprint) otplan_marker_fingerprint=$value ;;
            attempt) otplan_marker_attempt=$value ;;
            output) otplan_marker_output=$value ;;
            file.*) otplan_marker_files+=("${key#file.}") otplan_marker_sizes+=("$value") ;;
        esac
    done <"$1/done.json"
}

# Tell whether folder $1 holds what was planned as fingerprint $2, whole; else otplan_why says it.
otplan_verified() {
    local i path size
    if ! otplan_read_marker "$1"; then
        otplan_why="there is no marker in $1"
        return 1
    fi
    if [[ $otplan_marker_fingerprint != "$2" ]]; then
        otplan_why="$1 holds ${otplan_marker_fingerprint:-nothing readable}, planned was $2"
        return 1
    fi
    for ((i = 0; i < ${#otplan_marker_files[@]}; i++)); do
        path=$otplan_marker_output/${otplan_marker_files[i]}
        size=$(otplan_size "$path") || size='no'
        if [[ $size != "${otplan_marker_sizes[i]}" ]]; then
            otplan_why="$path has $size bytes, its marker says ${otplan_marker_sizes[i]}"
            return 1
        fi
    done
}

# Tell whether this very stage is done, by an attempt that is still believed.
otplan_done() {
    otplan_verified "$otplan_cell" "$otplan_fingerprint" || return 1
    [[ $otplan_disbelieved != *" $otplan_marker_attempt "* ]]
}

# --- what this attempt says of itself ---

# Print how many starts of this attempt ended in failure or at the time limit.
otplan_endings() {
    if [[ -e $otplan_folder/endings ]]; then wc -l <"$otplan_folder/endings"; else echo 0; fi
}

# Write the result ($1 exit code, $2 cause) as the last thing this attempt does.
otplan_result() {
    local temporary=$otplan_folder/.result.$otplan_job.$$
    {
        printf '{\n"otplan": 1,\n"job": %s,\n' "$(otplan_json "$otplan_job")"
        printf '"restarts": %d,\n"exit_code": %d,\n' "$(otplan_restarts)" "$1"
        printf '"cause": "%s",\n"ended": %d\n}\n' "$2" "$(date +%s)"
    } >"$temporary"
    mv -fT -- "$temporary" "$otplan_folder/result.json"
}

# Begin a start of this attempt: an earlier one's last word is no word on this one.
otplan_begin() {
    local temporary=$otplan_folder/.start.$otplan_job.$$
    otplan_start="$otplan_job $(otplan_restarts)"
    printf '%s\n' "$otplan_start" >"$temporary"
    mv -fT -- "$temporary" "$otplan_folder/start"
    rm -f -- "$otplan_folder/result.json"
}

# Tell whether no later start has begun: a node that is cut off from Slurm does not hear of one.
# Only a file that names another start says so; one that cannot be read says nothing.
otplan_newest() {
    local newest=$otplan_start
    [[ -r $otplan_folder/start ]] && IFS= read -r newest <"$otplan_folder/start"
    [[ $newest == "$otplan_start" ]]
}

# End before the program started, so that no child starts: $1 cause, $2 what is wrong.
otplan_stop() {
    otplan_say "$2"
    otplan_result 75 "$1"
    exit 75
}

# Hold attempt $1 of this cell, or set otplan_holder to the job that does.
otplan_claim() {
    local folder=$otplan_cell/attempt-$1
    local temporary=$folder/.claim.$otplan_job.$$
    mkdir -p -- "$folder"
    printf '%s\n' "$otplan_job" >"$temporary"
    # Over NFS a link may be made and its reply lost: what the file holds decides, not ln.
    ln -T -- "$temporary" "$folder/claim" 2>/dev/null || :
    rm -f -- "$temporary"
    otplan_holder=''
    [[ -r $folder/claim ]] && IFS= read -r otplan_holder <"$folder/claim"
    [[ $otplan_holder == "$otplan_job" ]]
}

# Leave what an earlier start of this attempt left unfinished beside the new output folder.
otplan_fresh_output() {
    local n=1
    if [[ -d $OTPLAN_OUTPUT ]]; then
        while [[ -e $OTPLAN_OUTPUT.unfinished-$n ]]; do n=$((n + 1)); done
        rmdir -- "$OTPLAN_OUTPUT" 2>/dev/null || mv -T -- "$OTPLAN_OUTPUT" "$OTPLAN_OUTPUT.unfinished-$n"
    fi
    mkdir -p -- "$OTPLAN_OUTPUT" "$OTPLAN_RUN_DIR/checkpoints"
}

# Write the marker over the declared outputs, unless a valid one is there.
otplan_write_marker() {
    local temporary=$otplan_cell/.done.$otplan_job.$$ i
    ! otplan_done || return 0
    {
        printf '{\n"otplan": 1,\n"fingerprint": %s,\n' "$(otplan_json "$otplan_fingerprint")"
        printf '"attempt": %d,\n"output": %s' "$otplan_attempt" "$(otplan_json "$OTPLAN_OUTPUT")"
        for ((i = 0; i < ${#otplan_outputs[@]}; i++)); do
            printf ',\n%s: %d' "$(otplan_json "file.${otplan_outputs[i]}")" "${otplan_sizes[i]}"
        done
        printf '\n}\n'
    } >"$temporary"
    mv -fT -- "$temporary" "$otplan_cell/done.json"
}

# --- inputs ---

# Add a place to what the program sees as OTPLAN_INPUT_$1, one a line.
otplan_feed() {
    local name=OTPLAN_INPUT_$1
    [[ -n $1 ]] || return 0
    if [[ -n ${!name-} ]]; then
        printf -v "$name" '%s\n%s' "${!name}" "$2"
    else
        printf -v "$name" '%s' "$2"
    fi
    export "${name?}"
}

# Feed input $1 with what stage $2 left in run folder $3 as fingerprint $4.
otplan_input() {
    otplan_verified "$3" "$4" || otplan_stop inputs "input ${1:-(order)} from $2: $otplan_why"
    otplan_feed "$1" "$otplan_marker_output"
}

# Feed input $1 with $3, where $2 exists already.
otplan_given() {
    [[ -e $3 ]] || otplan_stop inputs "input $1 from $2: there is nothing at $3"
    otplan_feed "$1" "$3"
}

# --- the environment of the program ---

# Bring about the site's environment, then the stage's own.
otplan_enter() {
    set +eu
    eval '' || exit
    otplan_source_secrets
    set -eu
}

# --- what starts the program ---

# Replace this process by the program $@, started as this site and stage start it (plain).
otplan_launch() {
    otplan_command=()
    exec -- ${otplan_command[@]+"${otplan_command[@]}"} "$@"
}

# --- the program ---

# Replace this process by the program, in the environment it is to have.
otplan_program() {
    trap - ERR
    cd -- "$otplan_code"
    otplan_enter
    otplan_export_contract
    otplan_work
}

# Read the secrets with tracing off: nothing but their path is in this script or its log.
otplan_source_secrets() {
    local tracing=$-
    { set +x; } 2>/dev/null
    if [[ -n $otplan_secrets ]]; then
        set -a
        # shellcheck disable=SC1090  # Only the job's host has that file.
        . "$otplan_secrets"
        set +a
    fi
    [[ $tracing != *x* ]] || set -x
}

# The job's contract, last: nothing before may change it, or give the job rights to the database.
otplan_export_contract() {
    unset "${!SUPABASE_@}"
    export OTPLAN_RUN_DIR OTPLAN_OUTPUT
    export OTPLAN_ATTEMPT=$otplan_attempt OTPLAN_CODE=$otplan_code
    [[ -z $otplan_config ]] || export OTPLAN_CONFIG=$otplan_config
    ((otplan_elements == 0)) || export OTPLAN_ELEMENT OTPLAN_ELEMENTS=$otplan_elements
}

otplan_work() {
    export OTPLAN_WANDB_RUNS=/experiments/words/fedcba9876543210/wandb
        otplan_launch python3 /experiments/words/0123456789abcdef/attempt-3/report.py --entity=my-team --project=words

}

# Pass a signal on to all processes of the job ($1 its name) and keep why ($2): the first counts.
otplan_forward() {
    local armed
    otplan_interrupted=yes
    otplan_cause=${otplan_cause:-$2}
    armed=$(trap -p "$1")
    # We are of that group too: what is ignored when it is sent does not reach us.
    trap '' "$1"
    kill -s "$1" -- "$otplan_group" 2>/dev/null || :
    eval "$armed"
}

# Run the program and set otplan_status. In the foreground it would hold up the traps.
otplan_run_program() {
    local leader
    otplan_group=0 otplan_cause=''
    read -r _ _ _ _ leader _ </proc/$$/stat
    # Run by hand we may be of our caller's group: then the program gets one of its own.
    [[ $leader == "$$" ]] || set -m
    trap 'otplan_forward USR1 timeout' USR1
    trap 'otplan_forward TERM cancelled' TERM
    # Bash lets its background processes ignore INT.
    trap 'otplan_forward TERM cancelled' INT
    otplan_program </dev/null &
    [[ $leader == "$$" ]] || otplan_group=-$!
    set +m
    otplan_wait $!
    # What is left to do is short, and is not to be done by halves.
    trap '' USR1 TERM INT
}

# Wait for process $1 until it really ended: a signal to us ends `wait`, not the program.
otplan_wait() {
    otplan_interrupted=yes
    while [[ -n $otplan_interrupted ]]; do
        otplan_interrupted=''
        otplan_status=0
        wait "$1" || otplan_status=$?
    done
}

# Set otplan_sizes to the bytes of the declared outputs; fail where one is missing or empty.
otplan_measure() {
    local path size complete=0
    otplan_sizes=()
    for path in ${otplan_outputs[@]+"${otplan_outputs[@]}"}; do
        size=$(otplan_size "$OTPLAN_OUTPUT/$path") || size=0
        otplan_sizes+=("$size")
        ((size > 0)) || complete=1
        ((size > 0)) || otplan_say "the program left no $path in $OTPLAN_OUTPUT"
    done
    return "$complete"
}

# --- what this job does ---

otplan_job=$(otplan_job_id)
otplan_outputs=(reported.json)
otplan_cell=$otplan_run
if ((otplan_elements > 0)); then
    OTPLAN_ELEMENT=$(otplan_element)
    otplan_cell=$otplan_run/e$OTPLAN_ELEMENT
fi
otplan_folder=$otplan_cell/attempt-$otplan_attempt
OTPLAN_RUN_DIR=$otplan_cell
OTPLAN_OUTPUT=$otplan_folder/output

# 1. Done already?
if otplan_done; then
    otplan_say "done already, by attempt $otplan_marker_attempt: $otplan_marker_output"
    exit 0
fi

# 2. Once only: hold this attempt, and every earlier one that nobody started.
if ! otplan_claim "$otplan_attempt"; then
    otplan_say "attempt $otplan_attempt is held by job ${otplan_holder:-unknown}, this is $otplan_job"
    otplan_cancel_self || :
    exit 75
fi
for otplan_claimed in "$otplan_cell"/attempt-*/claim; do
    otplan_n=${otplan_claimed%/claim}
    otplan_n=${otplan_n##*/attempt-}
    if [[ $otplan_n =~ ^[0-9]+$ ]] && ((otplan_n > otplan_attempt)); then
        otplan_stop superseded "attempt $otplan_n has started, so attempt $otplan_attempt does not"
    fi
done
for ((otplan_n = 1; otplan_n < otplan_attempt; otplan_n++)); do
    [[ -e $otplan_cell/attempt-$otplan_n/claim ]] || otplan_claim "$otplan_n" || :
done
otplan_begin
if (($(otplan_restarts) - $(otplan_endings) > otplan_interruptions)); then
    otplan_stop interrupted "it lost its node or was preempted more than $otplan_interruptions times"
fi

# 3. Inputs, as planned.
unset "${!OTPLAN_INPUT_@}"
otplan_input RUN training.words/train /experiments/words/fedcba9876543210 v1:fedcba9876543210fedcba9876543210fedcba98

# 4. What the program needs before it starts.
[[ -d $otplan_code ]] || otplan_stop code "there is no code at $otplan_code"
otplan_secrets=${otplan_secrets/#\~\//${HOME-}/}
[[ -z $otplan_secrets || -r $otplan_secrets ]] ||
    otplan_stop secrets "the secrets file $otplan_secrets cannot be read"
otplan_fresh_output

# 5. The program.
otplan_run_program

# 6. What it made. Whoever was told to stop is not believed to be done, whatever its exit code.
if ! otplan_newest; then
    otplan_say "a later start of job $otplan_job has the work; what this one made is left alone"
    exit 75
fi
if [[ -n $otplan_cause ]]; then
    ((otplan_status > 0)) || otplan_status=75
elif ((otplan_status == 137)); then
    # SIGKILL (128 + 9), and not from us: most likely it took more memory than it may.
    otplan_cause=killed
elif ((otplan_status > 0)); then
    otplan_cause=failed
    # What otplan brought along knows more of its failures than an exit code says.
    [[ ! -r $otplan_folder/cause ]] || IFS= read -r otplan_cause <"$otplan_folder/cause"
elif ! otplan_measure; then
    otplan_status=1 otplan_cause=no_evidence
else
    otplan_write_marker
fi
case $otplan_cause in
    '' | cancelled) ;;
    *) printf '%d %s\n' "$(otplan_restarts)" "$otplan_cause" >>"$otplan_folder/endings" ;;
esac
otplan_result "$otplan_status" "$otplan_cause"

# 7. Once more? The job keeps its id, so that what waits for it goes on waiting.
if [[ $otplan_retried == *" $otplan_cause "* ]] && (($(otplan_endings) < otplan_starts)); then
    otplan_requeue_self || :
fi
exit "$otplan_status"
