#!/usr/bin/env bash
# Sends what schemathesis makes from the OpenAPI document to the running program, with a token of each role and with none:
# no 5xx, no answer that the document does not know. About two minutes; MAX_EXAMPLES makes it longer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR=target

# The copy of the list is the stamp of a finished install.
tools=target/schemathesis
if ! cmp -s scripts/schemathesis.txt "$tools/schemathesis.txt"; then
  python3 -m venv --clear "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: -r scripts/schemathesis.txt
  cp scripts/schemathesis.txt "$tools/schemathesis.txt"
fi

# The one of the tests: with other features all would be compiled again.
program=${PROGRAM:-target/debug/revocation-desk}
[ -x "$program" ] || cargo build --quiet --locked
folder=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export LOCO_ENV=development DATA_DIR=$folder BINDING=127.0.0.1 PORT=$port PUBLIC_URL=http://127.0.0.1:$port
export DATABASE_URL=${SCHEMATHESIS_DATABASE_URL:-sqlite://$folder/desk.sqlite?mode=rwc}
# Without its limits on how often one may ask.
cp -r config "$folder/config"
sed -i 's/^\( *\(api\|unknown_tokens\)_per_minute:\).*/\1 1000000/' "$folder/config/development.yaml"
export LOCO_CONFIG_FOLDER=$folder/config
"$program" db migrate >/dev/null
"$program" task demo >/dev/null
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
"$program" start --no-scheduler >"$folder/out" 2>"$folder/log" &
server=$!
for _ in $(seq 300); do
  curl -sf "$PUBLIC_URL/_readiness" >/dev/null && break
  sleep 0.2
done

failed=0
for role in agent supervisor admin auditor nobody; do
  token=none
  if [ "$role" != nobody ]; then
    token=$("$program" task create_token "name:schemathesis $role" "role:$role" days:1 | tail -1)
  fi
  echo "== $role"
  # A question to the OCSP responder is DER, which it cannot make: tests/hostile and fuzz/ send broken ones.
  "$tools/bin/schemathesis" run "$PUBLIC_URL/api/openapi.json" -H "Authorization: Bearer $token" \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --exclude-path '/ocsp/{issuer_id}' --phases examples,coverage,fuzzing --max-examples "${MAX_EXAMPLES:-5}" --workers 1 --seed 1 --no-shrink \
    --suppress-health-check all --warnings off --continue-on-failure --max-failures 20 || failed=1
done
if grep -E 'a request failed|panicked' "$folder/log"; then
  echo "schemathesis: requests failed" >&2
  failed=1
fi
exit "$failed"
