#!/usr/bin/env bash
# The bill of materials: valid CycloneDX, every library the program loads, the same each time.
. "$HVAC_SOURCE_DIR/tests/deploy/lib.sh"
needs readelf binutils
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
make_bom() {
  local locks=()
  for lock in "$HVAC_SOURCE_DIR"/web/*/package-lock.json; do locks+=("--lock=$lock"); done
  node "$HVAC_SOURCE_DIR/cmake/sbom.mjs" --program="$HVAC_TWIN" --target=hvac-twin --version=1.2.3 \
    --build="$(dirname "$HVAC_TWIN")" --output="$1" "${locks[@]}"
}
make_bom "$folder/a.json"
make_bom "$folder/b.json"
cmp "$folder/a.json" "$folder/b.json" || failed "the same program has two bills of materials"

# By another way than the generator's: what the dynamic linker loads, and who owns it.
ldd "$HVAC_TWIN" | sed -nE 's/.*=> (\/[^ ]+) .*/\1/p' >"$folder/loaded"
: >"$folder/owners"
while read -r file; do
  real=$(realpath "$file")
  owner=$(dpkg-query -S "$file" "$real" "${real#/usr}" 2>/dev/null | head -1 | cut -d: -f1 || true)
  echo "$owner" >>"$folder/owners"
done <"$folder/loaded"
node_check sbom_check.mjs "$folder/a.json" "$folder/owners"
