#!/bin/sh
# The entrypoint of the public images, as far as the Runtime API needs it.
if [ $# -ne 1 ]; then
  echo "entrypoint requires the handler name to be the first argument" >&2
  exit 142
fi
if [ -z "$AWS_LAMBDA_RUNTIME_API" ]; then
  echo "AWS_LAMBDA_RUNTIME_API is not set: the emulator on port 8080 is not part of the embedded cluster" >&2
  exit 142
fi
export _HANDLER="$1"
exec /bin/sh "$LAMBDA_RUNTIME_DIR/bootstrap"
