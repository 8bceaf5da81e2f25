#!/bin/sh
# The namespace of Tillsaga: how long it keeps what has ended, and what checkouts are found by.
# TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and RETENTION come from docker-compose.yml.
set -eu

# again COMMAND...: a server that has just started does not know everything at once.
again() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 30 ] || { echo "gave up: $*" >&2; exit 1; }
    sleep 2
  done
}

exists() { temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; }

make_or_update() {
  if exists; then
    temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
  else
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
  fi
}

# attribute NAME TYPE: made unless it is there.
attribute() {
  temporal operator search-attribute list | grep -qw "$1" ||
    temporal operator search-attribute create --name "$1" --type "$2"
}

again temporal operator cluster health
again make_or_update
again exists
again attribute TillsagaStore Keyword
again attribute TillsagaTerminal Keyword
again attribute TillsagaStatus Keyword
again attribute TillsagaProviders KeywordList
again attribute TillsagaAttention Bool
again attribute TillsagaAmountDue Int
echo "the namespace $TEMPORAL_NAMESPACE is as it should be"
