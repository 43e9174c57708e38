#!/bin/sh
# Brings third-party front-end parts into assets/: the icon sprite and the licences of what is used; and the checker of
# accessibility into tests/browser/vendor/.
# Needs npm and a network; building and running the program need neither.
#   scripts/vendor.sh          writes assets/icons.svg, assets/vendor/ and tests/browser/vendor/
#   scripts/vendor.sh --check  fails when what is committed differs from what the packages hold
set -eu
cd "$(dirname "$0")/.."

lucide=lucide-static@1.62.0
lucide_integrity=sha512-WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbMlOibLaiwdQ88G5pHkSWgwA==
axe=axe-core@4.14.1
axe_integrity=sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==
tokens=@digital-go-jp/design-tokens@1.1.9
tokens_integrity=sha512-93zW/Gb4/pwb63W7r8RHWQdbLGap4heHt5unQQjaqP1OlPqRif146tvqtyJ2xPcot3pnndFY3ph1DC0Crwp6bg==

icons="ban bookmark calendar-days chart-column chevron-down chevron-left chevron-right circle-alert circle-check
circle-user-round clock download external-link file-text layers list list-checks lock log-out mail mail-warning minus
pause phone phone-call phone-missed refresh-cw rotate-cw scroll-text search settings shield-alert triangle-alert
user-pen"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # package integrity folder
    file=$(npm pack "$1" --silent --pack-destination "$work")
    actual="sha512-$(openssl dgst -sha512 -binary "$work/$file" | openssl base64 -A)"
    [ "$actual" = "$2" ] || { echo "$1: integrity is $actual, expected $2" >&2; exit 1; }
    mkdir -p "$work/$3"
    tar -xzf "$work/$file" -C "$work/$3" --strip-components=1
}

fetch "$lucide" "$lucide_integrity" lucide
fetch "$tokens" "$tokens_integrity" tokens
fetch "$axe" "$axe_integrity" axe

out="$work/assets"
mkdir -p "$out/vendor/lucide-static-1.62.0" "$out/vendor/design-tokens-1.1.9"
checker="$work/checker/axe-core-4.14.1"
mkdir -p "$checker"
cp "$work/axe/axe.min.js" "$work/axe/LICENSE" "$work/axe/LICENSE-3RD-PARTY.txt" "$checker/"
cp "$work/lucide/LICENSE" "$out/vendor/lucide-static-1.62.0/LICENSE"
cp "$work/tokens/LICENSE" "$out/vendor/design-tokens-1.1.9/LICENSE"
{
    echo '<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide 1.62.0, ISC; licence in vendor/lucide-static-1.62.0 -->'
    for icon in $icons; do
        printf '<symbol id="%s" viewBox="0 0 24 24">' "$icon"
        sed -n '/^ *<\(path\|circle\|rect\|line\|polyline\|polygon\|ellipse\)/p' "$work/lucide/icons/$icon.svg" |
            sed 's/^ *//; s/ *\/>/\/>/' | tr -d '\n'
        echo '</symbol>'
    done
    echo '</svg>'
} >"$out/icons.svg"

if [ "${1:-}" = --check ]; then
    cmp "$out/icons.svg" assets/icons.svg
    diff -r "$out/vendor" assets/vendor
    diff -r "$work/checker" tests/browser/vendor
    echo "vendored files match their packages"
else
    rm -rf assets/vendor tests/browser/vendor
    cp -R "$out/." assets/
    cp -R "$work/checker" tests/browser/vendor
fi
