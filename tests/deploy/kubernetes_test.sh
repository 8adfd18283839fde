#!/usr/bin/env bash
# The Kubernetes manifests: built by kustomize, as the API's schemas say, whole and hardened.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"
. "$HVAC_SOURCE_DIR/tests/deploy/lib.sh"
if command -v kustomize >/dev/null; then
  build() { kustomize build "$1"; }
elif command -v kubectl >/dev/null; then
  build() { kubectl kustomize "$1"; }
else
  echo "skipped: neither kubectl nor kustomize is installed (the distribution's is too old for these)"
  exit 77
fi
cp -r "$deploy" "$home/deploy"
mkdir "$home/deploy/kubernetes/site/secrets"
for name in mqtt_password mosquitto_passwords; do echo secret >"$home/deploy/kubernetes/site/secrets/$name"; done
build "$home/deploy/kubernetes/site" >"$home/manifests.yaml" || failed "kustomize"
node_check kubernetes_check.mjs "$home/manifests.yaml" >"$home/commands"
while read -r line; do
  mapfile -t words < <(node -p "JSON.parse(process.argv[1]).join('\n')" "$line")
  expect 0 twin "${words[@]/#\/run\/secrets*/$home/manifests.yaml}" --help
done <"$home/commands"
