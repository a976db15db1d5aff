# What tests/run and tests/long share: bounded steps, programs from the system's packages, an orderly end however it comes.
# Sourced, not run. A step that needs more than its seconds has hung.
# shellcheck shell=bash
readonly INSTALL_S=600 CLUSTER_S=60 BUILD_S=1800 STOP_S=20

scratch='' step_pid='' cluster_pid='' failures=()
# What `bring` laid down for as long as it works, and how to become root.
laid_down=() asroot=()

say() { printf '== %4d s  %s\n' "$SECONDS" "$*"; }
die() { printf '%s: %s\n' "$0" "$*" >&2; exit 1; }
# What a script has started besides its steps: the cluster of start_cluster.
stop_ours() {
  [[ -n $cluster_pid ]] || return 0
  # SIGINT is PostgreSQL's fast shutdown: it ends the sessions too.
  kill -INT "$cluster_pid" 2>/dev/null
  gone "$cluster_pid" "$STOP_S" || kill -QUIT "$cluster_pid" 2>/dev/null
  gone "$cluster_pid" "$STOP_S" || kill -KILL "$cluster_pid" 2>/dev/null
}

# gone PID SECONDS: waits for the end of a process.
gone() {
  local until=$((SECONDS + $2))
  while kill -0 "$1" 2>/dev/null; do
    ((SECONDS < until)) || return 1
    sleep 0.1
  done
}

cleanup() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  set +e
  if [[ -n $step_pid ]]; then
    kill -TERM "$step_pid" 2>/dev/null
    gone "$step_pid" "$STOP_S" || kill -KILL -- "-$step_pid" "$step_pid" 2>/dev/null
  fi
  stop_ours
  pick_up
  [[ -n $scratch ]] && rm -rf -- "$scratch"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# step SECONDS COMMAND…: bounded, and interruptible at once (bash runs traps during `wait`, not during a command).
step() {
  local limit=$1 status=0
  shift
  timeout --kill-after=10 "$limit" "$@" &
  step_pid=$!
  wait "$step_pid" || status=$?
  step_pid=''
  ((status != 124)) || printf 'gave up after %d s: %s\n' "$limit" "$*" >&2
  return "$status"
}

# bring WHAT PACKAGE…: from the system's packages. Some would start a service of their own on its usual port; none is wanted.
bring() {
  local what=$1 status=0
  shift
  command -v apt-get >/dev/null || die "$what is missing, and there is no apt-get to bring it: install it and try again"
  if ((EUID != 0)); then
    sudo -n true 2>/dev/null || die "$what is missing: install it (apt-get install $*) or run as root"
    asroot=(sudo -n)
  fi
  say "installing $what"
  lay_down /usr/sbin/policy-rc.d 0755 '#!/bin/sh\nexit 101\n'
  lay_down /etc/postgresql-common/createcluster.d/zz-sharehold-tests.conf 0644 'create_main_cluster = false\n'
  step "$INSTALL_S" "${asroot[@]}" sh -c 'apt-get -qq update &&
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@"' sh "$@" || status=$?
  pick_up
  ((status == 0)) || die "could not install $what"
}

# lay_down FILE MODE TEXT: unless there is one; pick_up takes away what was laid down, at the latest when this script ends.
lay_down() {
  [[ ! -e $1 ]] || return 0
  laid_down+=("$1")
  # shellcheck disable=SC2059
  printf "$3" | "${asroot[@]}" install -D -m "$2" /dev/stdin "$1"
}

pick_up() {
  ((${#laid_down[@]} == 0)) || "${asroot[@]}" rm -f -- "${laid_down[@]}"
  laid_down=()
}

# needs TOOL…: what is not brought.
needs() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || die "$tool is needed"
  done
}

# bring_programs PROGRAM:PACKAGE…: those that are missing.
bring_programs() {
  local pair packages=() missing=()
  for pair in "$@"; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null && continue
    missing+=("${pair%%:*}") packages+=("${pair##*:}")
  done
  ((${#packages[@]} == 0)) || bring "${missing[*]}" "${packages[@]}"
}

# The folder with initdb and postgres: of the newest version that is installed.
postgres_bin() {
  local found
  found=$(find /usr/lib/postgresql /usr/local/pgsql -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
  [[ -n $found ]] || found=$(command -v initdb || true)
  [[ -n $found ]] || return 1
  found=$(dirname -- "$(readlink -f -- "$found")")
  [[ -x $found/postgres ]] && printf '%s\n' "$found"
}

free_port() {
  python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# as_server COMMAND…: replaces this (sub)shell. initdb and postgres refuse to be root; the kernel ends postgres with this script.
as_server() {
  local drop=()
  ((EUID != 0)) || drop=(--reuid "$server_uid" --regid "$server_gid" --clear-groups --no-new-privs)
  cd /
  exec setpriv "${drop[@]}" --pdeathsig INT env -i PATH="$bin:/usr/bin:/bin" LC_ALL=C.UTF-8 TZ=UTC "$@"
}

# start_cluster: a throw-away PostgreSQL on loopback; its address is in TEST_POSTGRES_URL.
start_cluster() {
  local user port password
  bin=$(postgres_bin) || { bring PostgreSQL postgresql; bin=$(postgres_bin) || die 'PostgreSQL was installed but has no initdb'; }
  server_uid=$EUID server_gid=$(id -g)
  if ((EUID == 0)); then
    user=nobody
    ! id postgres >/dev/null 2>&1 || user=postgres
    server_uid=$(id -u "$user") server_gid=$(id -g "$user")
  fi
  password=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
  mkdir -m 0700 "$scratch/pg"
  printf '%s\n' "$password" >"$scratch/pg/password"
  ((EUID != 0)) || { chmod 0711 "$scratch"; chown -R "$server_uid:$server_gid" "$scratch/pg"; }

  ( as_server timeout "$CLUSTER_S" "$bin/initdb" --pgdata "$scratch/pg/data" --username sharehold --pwfile "$scratch/pg/password" \
      --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 --no-instructions ) >"$scratch/initdb.log" 2>&1 \
    || { cat "$scratch/initdb.log" >&2; die 'initdb failed'; }

  # A free port can be taken between the look and the start: then another.
  for _ in 1 2 3; do
    port=$(free_port)
    ( as_server "$bin/postgres" -D "$scratch/pg/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
        -c max_connections=300 ) >"$scratch/postgres.log" 2>&1 &
    cluster_pid=$!
    if cluster_up "$port"; then
      export TEST_POSTGRES_URL="postgres://sharehold:$password@127.0.0.1:$port/postgres"
      say "PostgreSQL: $("$bin/postgres" --version | cut -d' ' -f3) on 127.0.0.1:$port"
      return
    fi
  done
  cat "$scratch/postgres.log" >&2
  die 'PostgreSQL did not start'
}

# Up: accepts connections. Down: ended, or silent for too long.
cluster_up() {
  local until=$((SECONDS + CLUSTER_S))
  until "$bin/pg_isready" -q -h 127.0.0.1 -p "$1" -t 2; do
    if ! kill -0 "$cluster_pid" 2>/dev/null || ((SECONDS >= until)); then
      kill -QUIT "$cluster_pid" 2>/dev/null || true
      wait "$cluster_pid" 2>/dev/null || true
      cluster_pid=''
      return 1
    fi
    sleep 0.2
  done
}

# check NAME SECONDS COMMAND…: a failure is remembered, and the rest still runs.
check() {
  local name=$1 status=0
  shift
  say "$name"
  step "$@" || status=$?
  ((status == 0)) || { failures+=("$name (status $status)"); say "$name: FAILED"; }
}

# check_two_by_two SECONDS PROGRAM…: each a check, two at once, since they wait more than they work; what one says is shown when it ends.
check_two_by_two() {
  local limit=$1 ended=$scratch/ended program status
  shift
  mkdir -p "$ended"
  printf '%s\0' "$@" >"$ended/programs"
  # shellcheck disable=SC2016
  step "$((limit * $#))" xargs -0 -a "$ended/programs" -n 1 -P 2 bash -c '
    name=${2//\//-} status=0
    timeout --kill-after=10 "$0" "$2" >"$1/$name.log" 2>&1 </dev/null || status=$?
    exec 9>"$1/lock"
    flock 9
    printf "== %s\n" "$2"
    cat "$1/$name.log"
    printf "%d %s\n" "$status" "$2" >>"$1/statuses"
  ' "$limit" "$ended" || failures+=("one of two at once (status $?)")
  while read -r status program; do
    ((status == 0)) || { failures+=("$program (status $status)"); say "$program: FAILED"; }
  done <"$ended/statuses"
  (($(wc -l <"$ended/statuses") == $#)) || failures+=('some of two at once did not end')
}

# crash SECONDS ARGUMENTS…: one check of the crash harness (CRASH) on the server SHAREHOLD. What mounts disks needs root.
crash() {
  local limit=$1 become=()
  shift
  case $1 in
    power | full) ((EUID == 0)) || become=(sudo -n --preserve-env=SHAREHOLD) ;;
  esac
  check "crash $*" "$limit" "${become[@]}" "$CRASH" "$@" ${REPORT:+--report "$REPORT"}
}

# Where cargo builds.
target_folder() {
  cargo metadata --locked --format-version 1 --no-deps | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])'
}

# verdict: the last word.
verdict() {
  if ((${#failures[@]} > 0)); then
    say 'FAILED'
    printf '  %s\n' "${failures[@]}"
    exit 1
  fi
  say 'all passed'
}
