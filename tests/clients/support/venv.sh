# venv NAME REQUIREMENTS: a python environment of exactly these packages, kept in target/; prints where it is. Sourced, not run.
# shellcheck shell=bash
venv() {
  local folder=${CARGO_TARGET_DIR:-target}/$1-venv lock
  # One at a time: tests/run has two scripts under way.
  mkdir -p -- "$(dirname -- "$folder")"
  exec {lock}>"$folder.lock"
  flock "$lock"
  if ! cmp -s "$2" "$folder/requirements.txt"; then
    rm -rf -- "$folder"
    python3 -m venv "$folder" || { echo 'python3 has no venv; install python3-venv' >&2; return 1; }
    timeout --foreground --kill-after=10 300 "$folder/bin/pip" install --quiet --require-hashes --no-deps --only-binary :all: \
      --disable-pip-version-check -r "$2" </dev/null >&2 || return 1
    cp -- "$2" "$folder/requirements.txt"
  fi
  exec {lock}>&-
  realpath -- "$folder"
}
