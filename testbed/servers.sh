# shellcheck shell=bash
# The two servers of a testbed: functions for `up` and `down`, which set these variables first.

: "${dir=}" "${here=}" "${python=}" "${real_clickhouse=}" "${postgres_port=}" "${clickhouse_port=}"

fail() {
    echo "testbed: $*" >&2
    exit 1
}

make_secret() {
    [[ -s $1 ]] || (umask 077 && "$python" -c 'import secrets; print(secrets.token_hex(16))' >"$1")
}

# The process of a pid file (whose first line is the pid, as in postmaster.pid), if it runs and is ours, which
# its arguments tell: pids come again. running_pid PID_FILE FOLDER
running_pid() {
    local pid
    [[ -s $1 ]] && pid=$(head -n 1 "$1") && grep -qsF "$2" "/proc/$pid/cmdline" && echo "$pid"
}

# Ends a server, if it runs: first by SIGNAL, after 20 seconds by KILL. stop SIGNAL PID_FILE FOLDER
stop() {
    local signal=$1 pid deadline=$((SECONDS + 20))
    shift
    pid=$(running_pid "$@") || return 0
    while running_pid "$@" >/dev/null; do
        ((SECONDS < deadline)) || signal=KILL
        kill "-$signal" "$pid" 2>/dev/null || true
        sleep 0.1
    done
}

# PostgreSQL refuses to run as root.
as_server_user() {
    if [[ $EUID -eq 0 ]]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start_postgres() {
    local bin home
    bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    [[ -x $bin/initdb ]] || fail "no PostgreSQL: run testbed/install first"
    [[ -e $dir/pg/data/PG_VERSION ]] || make_cluster "$bin"
    home=$(readlink -f "$dir/pg")
    running_pid "$home/data/postmaster.pid" "$home/data" >/dev/null ||
        as_server_user "$bin/pg_ctl" --silent --wait --pgdata "$home/data" --log "$home/log" start ||
        fail "PostgreSQL did not start; see $home/log"
    make_role_and_database "$bin"
}

# Where the server's user has no way into DIR (below /root, say), the cluster is in /tmp and DIR links to it.
make_cluster() {
    local bin=$1 home=$dir/pg
    if [[ $EUID -eq 0 ]] && ! as_server_user test -x "$dir"; then
        home=$(mktemp -d /tmp/offload-pg.XXXXXX)
        ln -sfn "$home" "$dir/pg"
    fi
    mkdir -p "$home"
    [[ $EUID -ne 0 ]] || chown postgres: "$home"
    # initdb wants a file that the server's user can read.
    # shellcheck disable=SC2016  # $1 is the inner shell's
    as_server_user bash -c 'umask 077; cat >"$1"' _ "$home/password" <"$dir/pg-password"
    as_server_user "$bin/initdb" --pgdata "$home/data" --username postgres --pwfile "$home/password" \
        --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 >/dev/null
    rm "$home/password"
    # No unix socket: its path has a limit of 107 bytes that a deep DIR would break.
    as_server_user tee -a "$home/data/postgresql.conf" >/dev/null <<EOF
listen_addresses = '127.0.0.1'
port = $postgres_port
unix_socket_directories = ''
shared_buffers = 64MB
max_connections = 200
EOF
}

make_role_and_database() {
    local bin=$1 password
    password=$(<"$dir/pg-password")
    (
        export PGHOST=127.0.0.1 PGPORT=$postgres_port PGUSER=postgres PGPASSWORD=$password PGDATABASE=postgres
        [[ -z $("$bin/psql" -AtXc "SELECT 1 FROM pg_database WHERE datname = 'offload'") ]] || exit 0
        "$bin/psql" -qX --set ON_ERROR_STOP=1 <<EOF
SELECT 'CREATE ROLE offload LOGIN CREATEDB PASSWORD ''$password''' WHERE to_regrole('offload') IS NULL \gexec
-- Tests drop their databases by force, also while a refused login is still on its way out.
GRANT pg_signal_backend TO offload;
CREATE DATABASE offload OWNER offload;
EOF
    )
}

start_clickhouse() {
    if running_pid "$dir/clickhouse.pid" "$dir/clickhouse" >/dev/null; then return 0; fi
    mkdir -p "$dir/clickhouse"
    local command
    if [[ -n ${real_clickhouse:=$(clickhouse_on_path)} ]]; then
        write_clickhouse_config
        command=("$real_clickhouse" server "--config-file=$dir/clickhouse.xml")
    else
        command=(env "PYTHONPATH=$here" PYTHONDONTWRITEBYTECODE=1 "$python" -m clickhouse_front
            --data "$dir/clickhouse" --port "$clickhouse_port"
            --user offload --password-file "$dir/clickhouse-password")
    fi
    # A session of its own, so that Ctrl-C at a demo or a test ends the servers by `down` and not before it.
    setsid "${command[@]}" </dev/null >>"$dir/clickhouse.log" 2>&1 &
    echo $! >"$dir/clickhouse.pid"
    wait_for_clickhouse
}

wait_for_clickhouse() {
    local deadline=$((SECONDS + 60))
    until curl -fsS "http://127.0.0.1:$clickhouse_port/ping" >/dev/null 2>&1; do
        if ((SECONDS >= deadline)) || ! kill -0 "$(<"$dir/clickhouse.pid")" 2>/dev/null; then
            fail "ClickHouse did not start; see $dir/clickhouse.log: $(tail -n 3 "$dir/clickhouse.log")"
        fi
        sleep 0.1
    done
}

# Debian's own clickhouse (18.16) cannot write Parquet and is passed over.
clickhouse_on_path() {
    local path
    path=$(command -v clickhouse) || return 0
    if "$path" local --query 'SELECT 1 FORMAT Parquet' >/dev/null 2>&1; then echo "$path"; fi
}

write_clickhouse_config() {
    local sha256
    sha256=$(tr -d '\n' <"$dir/clickhouse-password" | sha256sum | cut -d ' ' -f 1)
    cat >"$dir/clickhouse.xml" <<EOF
<clickhouse>
    <listen_host>127.0.0.1</listen_host>
    <http_port>$clickhouse_port</http_port>
    <path>$dir/clickhouse/</path>
    <tmp_path>$dir/clickhouse/tmp/</tmp_path>
    <user_files_path>$dir/warehouse/</user_files_path>
    <mark_cache_size>134217728</mark_cache_size>
    <logger><level>warning</level><console>1</console></logger>
    <users_config>$dir/clickhouse.xml</users_config>
    <users><offload>
        <password_sha256_hex>$sha256</password_sha256_hex>
        <networks><ip>127.0.0.1</ip></networks>
        <profile>default</profile><quota>default</quota><access_management>1</access_management>
    </offload></users>
    <profiles><default/></profiles>
    <quotas><default/></quotas>
</clickhouse>
EOF
}

write_environment() {
    (umask 077 && echo "127.0.0.1:$postgres_port:*:offload:$(<"$dir/pg-password")" >"$dir/pgpass")
    [[ -e $dir/offload.yaml ]] || cat >"$dir/offload.yaml" <<EOF
clickhouse: {url: "http://127.0.0.1:$clickhouse_port", user: offload, password_file: $dir/clickhouse-password}
postgres: {url: "postgresql://offload@127.0.0.1:$postgres_port/offload", password_file: $dir/pg-password}
catalog: {type: sql, name: lake}
warehouse: file://$dir/warehouse
metrics: {listen: "127.0.0.1:0"}
tables: []
EOF
    cat >"$dir/env" <<EOF
export PGHOST=127.0.0.1
export PGPORT=$postgres_port
export PGUSER=offload
export PGDATABASE=offload
export PGPASSFILE=$dir/pgpass
export OFFLOAD_PG_PASSWORD_FILE=$dir/pg-password
export CLICKHOUSE_URL=http://127.0.0.1:$clickhouse_port
export CLICKHOUSE_USER=offload
export OFFLOAD_CH_PASSWORD_FILE=$dir/clickhouse-password
export OFFLOAD_WAREHOUSE=$dir/warehouse
export OFFLOAD_CONFIG=$dir/offload.yaml
export TESTBED_PYTHON=$python
EOF
}
