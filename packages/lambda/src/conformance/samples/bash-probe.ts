/** A custom runtime in bash, without curl. It answers every event with the event, and exits with status 3 at one that says `"exit"`. */
export const bashProbe = `#!/bin/bash
echo "probe loaded"
host=\${AWS_LAMBDA_RUNTIME_API%:*} port=\${AWS_LAMBDA_RUNTIME_API##*:}
while :; do
  exec 5<>/dev/tcp/$host/$port
  printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.0\\r\\nConnection: close\\r\\nHost: %s\\r\\n\\r\\n' "$AWS_LAMBDA_RUNTIME_API" >&5
  while IFS= read -r line <&5 && [ "$line" != $'\\r' ]; do
    line=\${line%$'\\r'}
    case $line in [Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d:*) id=\${line#*: } ;; esac
  done
  body=$(cat <&5); exec 5<&-
  echo "event $body" >/dev/stderr
  case $body in *'"exit"'*) exit 3 ;; esac
  answer="{\\"handler\\":\\"$_HANDLER\\",\\"greeting\\":\\"$GREETING\\",\\"event\\":$body}"
  exec 5<>/dev/tcp/$host/$port
  printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.0\\r\\nConnection: close\\r\\nHost: %s\\r\\nContent-Length: %s\\r\\n\\r\\n%s' "$id" "$AWS_LAMBDA_RUNTIME_API" "\${#answer}" "$answer" >&5
  cat <&5 >/dev/null; exec 5<&-
done
`;
