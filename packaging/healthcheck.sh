#!/usr/bin/env bash
# Whether the server in this container would take a request: 0 or 1. Needs no program but bash; over plain HTTP alone.
#
# PEEL_PORT: where it listens (7000).

set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${PEEL_PORT:-7000}"
printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r _ status _ <&3
[[ $status == 200 ]]
