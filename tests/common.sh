# What tests/run and tests/long share: bounded steps, programs from the system's packages, an orderly end however it comes.
# Sourced, not run. A step that needs more than its seconds has hung.
# shellcheck shell=bash
readonly INSTALL_S=600 BUILD_S=1800 STOP_S=20

scratch='' step_pid='' failures=()
# What `bring` laid down for as long as it works, and how to become root.
laid_down=() asroot=()

say() { printf '== %4d s  %s\n' "$SECONDS" "$*"; }
die() { printf '%s: %s\n' "$0" "$*" >&2; exit 1; }
# What a script has started besides its steps; it may say otherwise.
stop_ours() { :; }

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

# check NAME SECONDS COMMAND…: a failure is remembered, and the rest still runs.
check() {
  local name=$1 status=0
  shift
  say "$name"
  step "$@" || status=$?
  ((status == 0)) || { failures+=("$name (status $status)"); say "$name: FAILED"; }
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
