# What the benchmarks share; source it from bench/<subject>/run.
#
# A benchmark compares in one go, on one machine, on one PostgreSQL with fsync and synchronous_commit on. Everything it makes
# lives under target/bench/: peers' installations stay there for the next time, the rest goes when the script ends.
# shellcheck shell=bash
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BENCH=$ROOT/target/bench
export CARGO_TARGET_DIR=$ROOT/target
mkdir -p "$BENCH"

# One folder for what is needed during this run only; a process started with `keep` ends with the script.
TEMPORARY=$(mktemp -d "$BENCH/run.XXXXXX")
KEPT=()
POSTGRES=
finish() {
  local process
  for process in "${KEPT[@]}"; do kill "$process" 2>/dev/null || true; done
  for process in "${KEPT[@]}"; do wait "$process" 2>/dev/null || true; done
  [ -z "$POSTGRES" ] || "$ROOT/scripts/postgres" stop "$POSTGRES" || true
  rm -rf "$TEMPORARY"
}
trap finish EXIT
trap 'exit 130' INT TERM

note() { printf '%s\n' "$*" >&2; }

# keep COMMAND…: runs it in the background until the script ends; its process is in $STARTED.
keep() {
  "$@" >"$TEMPORARY/$(basename "$1").log" 2>&1 &
  STARTED=$!
  KEPT+=("$STARTED")
}

# let_go PROCESS: ends what `keep` started.
let_go() {
  kill "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# A PostgreSQL of our own with the honest settings. POSTGRES_URL: its address without a database.
# The memory is a small server's; wal_level=minimal only makes filling faster.
start_postgres() { # [setting=value …]
  POSTGRES=$TEMPORARY/postgres
  mkdir -p "$POSTGRES"
  # PostgreSQL runs as another user, who must reach the folder.
  chmod 755 "$TEMPORARY"
  POSTGRES_URL=$("$ROOT/scripts/postgres" start "$POSTGRES" fsync=on synchronous_commit=on full_page_writes=on \
    shared_buffers=1GB max_wal_size=2GB checkpoint_timeout=30min wal_level=minimal max_wal_senders=0 "$@")
}

sql() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; } # URL, then psql's arguments

# The program as it is shipped, with the named places to be killed at (not armed). Builds it when it is not built.
# BINARY: where it is.
build_release() {
  (cd "$ROOT" && cargo build --release --locked --features failpoints >&2)
  BINARY=$ROOT/target/release/revocation-desk
}

# Python peers, exactly these versions. Prints the folder of their programs.
python_peers() { # name requirement==version …
  local name=$1 folder=$BENCH/python-$1
  shift
  if [ "$(cat "$folder/peers.txt" 2>/dev/null)" != "$*" ]; then
    rm -rf "$folder"
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$@" >&2
    echo "$*" >"$folder/peers.txt"
  fi
  echo "$folder/bin"
}

# npm peers, exactly these versions. Prints the folder that holds node_modules.
node_peers() { # name package@version …
  local name=$1 folder=$BENCH/node-$1
  shift
  if [ "$(cat "$folder/peers.txt" 2>/dev/null)" != "$*" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    (cd "$folder" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund "$@" >&2)
    echo "$*" >"$folder/peers.txt"
  fi
  echo "$folder"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Waits until the address answers, half a minute at most.
wait_for() { # url
  local try
  for try in $(seq 600); do
    if curl -s -o /dev/null "$1"; then return; fi
    sleep 0.05
  done
  note "no answer from $1 (try $try)"
  return 1
}

# Proportional set size of a process and its children, in MiB.
pss_mib() { # process
  local kib=0 one
  for one in "$1" $(pgrep -P "$1"); do
    kib=$((kib + $(awk '/^Pss:/ { print $2 }' "/proc/$one/smaps_rollup" 2>/dev/null || echo 0)))
  done
  echo $((kib / 1024))
}

# Appends one measurement as a JSON line to target/bench/<subject>.jsonl: a new file at the first of a run.
begin_results() { # subject
  RESULTS=$BENCH/$1.jsonl
  : >"$RESULTS"
  printf '{"machine":"%s cores, %s MiB, PostgreSQL %s","date":"%s"}\n' "$(nproc)" \
    "$(awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" "$(psql -V | awk '{ print $3 }')" "$(date -u +%F)" >>"$RESULTS"
}
result() { printf '%s\n' "$1" | tee -a "$RESULTS" >&2; }

# The table of what was measured: bench/table SUBJECT.jsonl, see there.
table() { "$ROOT/bench/table" "$RESULTS" "$@"; }
