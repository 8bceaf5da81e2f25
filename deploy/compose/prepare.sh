#!/bin/sh
# Makes what docker-compose.yml needs and git does not keep: .env and secrets/.
# What is there already stays as it is, so it may be run again at any time.
set -eu
cd "$(dirname "$0")/../.."
umask 077

random_word() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
random_key() { printf '%s:%s' "$(date -u +%Y-%m-%d)" "$(head -c 32 /dev/urandom | base64)"; }

# keep FILE SECRET: the folder is closed to everybody else on this machine; the file itself is
# open, since the container that it is mounted into reads it as a user of its own.
keep() {
  if [ ! -e "secrets/$1" ]; then
    printf '%s\n' "$2" > "secrets/$1.new"
    chmod 0444 "secrets/$1.new"
    mv "secrets/$1.new" "secrets/$1"
    echo "made secrets/$1"
  fi
}

for vendor in leat letstrade wll loyale koupon; do
  mkdir -p "secrets/vendors/$vendor"
  chmod 0755 secrets/vendors "secrets/vendors/$vendor"
done
chmod 0700 secrets

# Of Tillsaga. Keep a copy of the first two elsewhere: nobody can make them anew.
keep tillsaga_encryption_keys "$(random_key)"
keep tillsaga_audit_keys "$(random_key)"
keep tillsaga_database_password "$(random_word)"
password="$(cat secrets/tillsaga_database_password)"
keep tillsaga_database_url "postgresql://tillsaga:$password@postgres/tillsaga"

# Of what runs beside it.
keep postgres_password "$(random_word)"
keep temporal_database_password "$(random_word)"
keep grafana_password "$(random_word)"

# Of the vendors, a folder each, as stores.yaml names them. These open the sandbox only, which
# publishes them; put in their place what your vendors gave you.
keep vendors/leat/token leat-test-token
keep vendors/leat/loyalty_token_secret leat-account-secret
keep vendors/letstrade/token letstrade-test-token
keep vendors/letstrade/callback_secret letstrade-callback-secret
keep vendors/wll/api_key 9f2d7c1e-3b54-4c8e-9a6b-0d1e2f3a4b01
keep vendors/wll/client_id wll-client
keep vendors/wll/client_secret wll-client-secret
keep vendors/loyale/scheme_id 5c4e3e00-0000-4000-8000-00000000a001
keep vendors/loyale/api_key loyale-test-key
keep vendors/koupon/identifier sandbox-api-key
keep vendors/koupon/secret sandbox-secret

if [ ! -e .env ]; then
  sed "s/^TILLSAGA_CODEC_TOKEN=\$/TILLSAGA_CODEC_TOKEN=$(random_word)/" .env.example > .env.new
  mv .env.new .env
  echo "made .env"
fi
echo "Ready. Look at .env, then: docker compose up --build --detach"
