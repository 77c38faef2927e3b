#!/usr/bin/env bash
# Makes docs/images/*.png from the document of examples/floyo: the page and one architecture.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

out=out/screenshots
images=docs/images
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT

browser=
for name in chromium chromium-browser google-chrome; do
    browser=$(command -v "$name") && break
done
if [ -z "$browser" ]; then
    echo "No Chromium: run scripts/install-chromium.sh first." >&2
    exit 3
fi

# picture FILE WIDTHxHEIGHT NAME [FLAG...]
picture() {
    local file=$1 size=$2 name=$3
    shift 3
    "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --hide-scrollbars --force-device-scale-factor=1 --user-data-dir="$profile" \
        --window-size="${size/x/,}" --screenshot="$images/$name.png" "$@" \
        "file://$PWD/$file" 2>/dev/null
    printf '%s (%s KB)\n' "$images/$name.png" "$(($(wc -c <"$images/$name.png") / 1024))"
}

outgrow docs examples/floyo --usage examples/floyo/usage.csv --out "$out" >/dev/null
mkdir -p "$images"
picture "$out/strategy.html" 1280x900 document
picture "$out/strategy.html" 1280x900 document-dark --blink-settings=preferredColorScheme=0
drawing=$out/images/architecture-scale.svg
size=$(sed -n '1s/.* width="\([0-9]*\)" height="\([0-9]*\)".*/\1x\2/p' "$drawing")
picture "$drawing" "$size" architecture
