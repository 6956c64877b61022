#!/usr/bin/env bash
# How the offload is, in one look and two seconds: iceberg-health-check.sh [CONFIGURATION]
#
# The first line is the verdict, the exit code is Nagios's: 0 ok, 1 warning, 2 critical, 3 unknown. The limits
# are those of `iceberg-offload health`. Without systemd the scheduler is judged by its endpoint alone. Run it as
# root, or as a user who may read the passwords and the journal.
set -euo pipefail

config=${1:-/etc/iceberg-offload/offload.yaml}
unit=iceberg-offload-scheduler
levels=(OK WARNING UNKNOWN CRITICAL) # from good to bad, which is not the order of the exit codes
exit_codes=(0 1 3 2)
worst=0
verdict="all is well"
report=""

answers=$(mktemp -d)
trap 'rm -rf "$answers"' EXIT

# Asks in the background: ask NAME COMMAND. The output goes to $answers/NAME, the exit code to NAME.code there.
ask() {
    local name=$1
    shift
    {
        local code=0
        "$@" >"$answers/$name" 2>"$answers/$name.err" || code=$?
        echo "$code" >"$answers/$name.code"
    } &
}

# The status line and the last line of what an endpoint answers, by bash alone: fetch HOST PORT PATH.
# shellcheck disable=SC2317  # `ask` calls it
fetch() {
    local reply
    exec 3<>"/dev/tcp/$1/$2" || return
    printf 'GET /%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$3" "$1" >&3
    reply=$(timeout 1 cat <&3) || return
    sed -n '1s/^HTTP[^ ]* //p; $p' <<<"${reply//$'\r'/}"
}

code_of() {
    cat "$answers/$1.code"
}

section() {
    report+="$1"$'\n'
}

# A line of the report; and the verdict, if it is worse than all before: tell LEVEL SIGN TEXT.
tell() {
    report+="   $2 $3"$'\n'
    if (($1 > worst)); then worst=$1 verdict=$3; fi
}

# Lines of the report, from standard input.
quote() {
    local line
    while IFS= read -r line; do report+="   $line"$'\n'; done
}

runs_systemd() {
    [[ -d /run/systemd/system ]]
}

tell_scheduler() {
    local state="" phase="" reason="no systemd runs here"
    if runs_systemd; then state=$(<"$answers/state") reason="systemd does not answer"; fi
    if [[ $(code_of ready) == 0 ]]; then phase=$(tail -n 1 "$answers/ready"); fi
    section "1. Scheduler"
    case $state,$phase in
        active,*) tell 0 ✓ "active${phase:+: $phase}" ;;
        activating,* | reloading,*) tell 1 ! "the scheduler is $state; see: systemctl status $unit" ;;
        ,?*) tell 0 ✓ "$phase ($reason)" ;;
        ,) tell 3 ✗ "no scheduler answers ($reason)" ;;
        *) tell 3 ✗ "the scheduler is $state; see: systemctl status $unit" ;;
    esac
}

tell_endpoint() {
    local line
    line=$(head -n 1 "$answers/metrics")
    section "2. Metrics endpoint"
    case $(code_of metrics),$line in
        "0,200 "* | "0,401 "*) tell 0 ✓ "$address: $line" ;;
        0,) tell 0 ✓ "$address answers, but not without TLS" ;;
        0,*) tell 1 ! "the metrics endpoint $address says $line" ;;
        124,*) tell 3 ✗ "the metrics endpoint $address does not answer; see: systemctl status $unit" ;;
        *) tell 3 ✗ "nobody listens at the metrics endpoint $address; see: systemctl status $unit" ;;
    esac
}

tell_lag() {
    local sign text
    section "3. Lag"
    quote < <(sed '/^$/,$d; /^  /d' "$answers/status") # without its notes, which are health's
    while read -r sign text; do
        case $sign in
            ✗) tell 3 ✗ "$text" ;;
            !) tell 1 ! "$text" ;;
            '?') tell 0 '?' "unknown without PostgreSQL" ;;
        esac
    done < <(sed '1s/^unknown/? /; 1s/^[^?].*//' "$answers/health")
}

tell_cycles() {
    section "4. Last 3 cycles"
    quote < <(sed '1,/^$/d; /^  /d' "$answers/status")
}

tell_errors() {
    local count
    section "5. Errors of the last hour"
    if ! runs_systemd; then
        tell 0 '?' "no journal here: they are in the scheduler's standard error"
    elif [[ $(code_of journal) != 0 ]]; then
        tell 0 '?' "the journal can be read by root, and by members of the group systemd-journal"
    elif count=$(grep -c '✗ Offload' "$answers/journal"); then
        tell 0 ! "$count; see: journalctl --unit $unit --since -1h --priority err"
    else
        tell 0 ✓ "none"
    fi
}

tell_components() {
    local space reason
    section "6. Components"
    if (($(code_of health) >= 3)); then
        reason=$(head -n 1 "$answers/health.err")
        tell 2 '?' "${reason:-nothing was learned in time}; see: iceberg-offload doctor"
    else
        tell 0 ✓ "PostgreSQL answers"
    fi
    if [[ ! -s $answers/status ]]; then
        tell 0 '?' "ClickHouse is not asked without PostgreSQL"
    elif grep -q 'ClickHouse does not say' "$answers/status"; then
        tell 1 ! "ClickHouse does not answer; see: iceberg-offload doctor"
    else
        tell 0 ✓ "ClickHouse answers"
    fi
    if space=$(df --human-readable --output=avail "$warehouse" 2>/dev/null | tail -n 1); then
        tell 0 ✓ "the warehouse has ${space// /} left"
    else
        tell 3 ✗ "there is no warehouse at $warehouse"
    fi
}

settings=$(iceberg-offload config show --config "$config") || exit 3
ask health timeout 1.6 iceberg-offload health --config "$config"
ask status timeout 1.6 iceberg-offload status --config "$config"
ask state timeout 1.6 systemctl is-active "$unit"
ask journal timeout 1.6 journalctl --unit "$unit" --since -1h --output cat --no-pager
address=$(sed -n "s/^  listen: //p" <<<"$settings" | tr -d "\"'[]")
warehouse=$(sed -n 's|^warehouse: file://||p' <<<"$settings")
ask ready fetch "${address%:*}" "${address##*:}" ready
ask metrics fetch "${address%:*}" "${address##*:}" metrics
wait

tell_scheduler
tell_endpoint
tell_lag
tell_cycles
tell_errors
tell_components
printf '%s: %s\n%s' "${levels[worst]}" "$verdict" "$report"
exit "${exit_codes[worst]}"
