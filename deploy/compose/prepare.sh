#!/usr/bin/env bash
# Makes the secrets of the composed system in deploy/secrets, once: passwords of broker and database,
# and the broker's password file. Those that are there stay.
# Usage: deploy/compose/prepare.sh
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077
mkdir -p secrets
for name in mqtt_password mqtt_sensors_password mqtt_viewer_password postgres_password grafana_password; do
  [ -s "secrets/$name" ] || head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"secrets/$name"
done
# Filled in once the instance has keys: hvac-twin keys create prometheus --role viewer.
[ -e secrets/prometheus_key ] || : >secrets/prometheus_key
if [ ! -s secrets/mosquitto_passwords ]; then
  {
    printf 'hvac-twin:%s\n' "$(cat secrets/mqtt_password)"
    printf 'sensors:%s\n' "$(cat secrets/mqtt_sensors_password)"
    printf 'viewer:%s\n' "$(cat secrets/mqtt_viewer_password)"
  } >secrets/mosquitto_passwords.new
  # Hashes in the place of passwords, by mosquitto's own program, here or in its image.
  if command -v mosquitto_passwd >/dev/null; then
    mosquitto_passwd -U secrets/mosquitto_passwords.new
  else
    docker run --rm -v "$PWD/secrets:/secrets" eclipse-mosquitto:2.0.20 mosquitto_passwd -U /secrets/mosquitto_passwords.new
  fi
  mv secrets/mosquitto_passwords.new secrets/mosquitto_passwords
fi
# Containers read the files as users of their own; nobody else of this machine gets to them.
chmod 0644 secrets/*
chmod 0700 secrets
echo "secrets are in $PWD/secrets"
