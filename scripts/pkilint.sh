#!/usr/bin/env bash
# Lints one of each kind of certificate, CRL and OCSP answer of the embedded CA with pkilint. Exit status 1 on any error or warning that
# docs/adr/0010-embedded-ca.md does not explain.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR=target

# The copy of the list is the stamp of a finished install.
tools=target/pkilint
if ! cmp -s scripts/pkilint.txt "$tools/pkilint.txt"; then
  python3 -m venv --clear "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: -r scripts/pkilint.txt
  cp scripts/pkilint.txt "$tools/pkilint.txt"
fi

cargo test --features failpoints --quiet --locked --test connectors samples_for_the_linter >/dev/null
samples=target/tmp/pkilint

# The subject is the source's, and sources have a common name.
explained='cabf\.(serverauth\.ov|ev_guidelines)\.common_name_attribute_present'

failed=0
lint() { # file, command
  local file=$1 findings
  shift
  # The exit status counts findings; a linter that broke prints no heading.
  findings=$("$@" --severity WARNING --format CSV "$samples/$file") || true
  if [[ $findings == node_path,* ]]; then
    findings=$(tail -n +2 <<<"$findings" | grep -vE "$explained" || true)
  else
    findings="the linter did not run: $findings"
  fi
  if [ -n "$findings" ]; then
    printf '%s:\n%s\n' "$file" "$findings" >&2
    failed=1
  fi
}

certificate() { lint "$1.pem" "$tools/bin/lint_cabf_serverauth_cert" lint --type "$2"; }
ocsp() { lint "$1.der" "$tools/bin/lint_ocsp_response" lint; }
crl() { lint "$1.pem" "$tools/bin/lint_crl" lint --profile BR --type "$2"; }

certificate root ROOT-CA
certificate issuing INTERNAL-UNCONSTRAINED-TLS-CA
for key in rsa ec; do
  certificate "ov-$key" OV-FINAL-CERTIFICATE
  certificate "ev-$key" EV-FINAL-CERTIFICATE
done
certificate ocsp-responder OCSP-RESPONDER
ocsp ocsp-good
ocsp ocsp-revoked
crl root-crl ARL
crl empty-crl CRL
crl crl CRL

[ "$failed" = 0 ] && echo "pkilint: 7 certificates, 3 CRLs and 2 OCSP answers without a finding"
exit "$failed"
