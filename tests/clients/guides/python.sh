# Sourced by the guides' tests: sets `python` to a Python that has what requirements.txt names. Kept in target/, made when it is out of date.
# shellcheck shell=bash
guides=$(dirname -- "${BASH_SOURCE[0]}")
venv=${CARGO_TARGET_DIR:-$guides/../../../target}/guides-venv
# One at a time: tests/run has two of them under way.
mkdir -p -- "$(dirname -- "$venv")"
exec {lock}>"$venv.lock"
flock "$lock"
if ! cmp -s "$guides/requirements.txt" "$venv/requirements.txt"; then
  rm -rf -- "$venv"
  python3 -m venv "$venv" || { echo 'python3 has no venv; install python3-venv' >&2; exit 1; }
  timeout --foreground 180 "$venv/bin/pip" install --quiet --no-deps --only-binary :all: --disable-pip-version-check \
    -r "$guides/requirements.txt" </dev/null
  cp "$guides/requirements.txt" "$venv/requirements.txt"
fi
exec {lock}>&-
python=$(realpath -- "$venv")/bin/python
