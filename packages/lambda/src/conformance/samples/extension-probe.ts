import type { Files } from "./code-package.ts";

/**
 * An external extension in bash, without curl. The function's variable EXTENSION says where it fails: `exit` before it registers,
 * `init/error` and `exit/error` by saying so in the init phase and at work, `crash` at work without a word. MARK names a file that it
 * makes before it registers: after half a second, in which a runtime that does not wait for extensions would have begun.
 */
const text = `#!/bin/bash
host=\${AWS_LAMBDA_RUNTIME_API%:*} port=\${AWS_LAMBDA_RUNTIME_API##*:}
call() { # method, path, headers, body
  exec 5<>/dev/tcp/$host/$port
  printf '%s /2020-01-01/extension/%s HTTP/1.1\\r\\nHost: %s\\r\\n%bContent-Length: %s\\r\\n\\r\\n%s' "$1" "$2" "$AWS_LAMBDA_RUNTIME_API" "$3" "\${#4}" "$4" >&5
  while IFS= read -r line <&5 && [ "$line" != $'\\r' ]; do
    line=\${line%$'\\r'}
    case $line in [Ll]ambda-[Ee]xtension-[Ii]dentifier:*) id=\${line#*: } ;; esac
  done
  IFS= read -r body <&5
}
echo "extension starts"
[ "$EXTENSION" = exit ] && exit 3
[ -z "$MARK" ] || { sleep 0.5; : >"$MARK"; }
call POST register 'Lambda-Extension-Name: probe\\r\\n' '{"events":["INVOKE","SHUTDOWN"]}'
own="Lambda-Extension-Identifier: $id\\r\\n"
error="\${own}Lambda-Extension-Function-Error-Type: Extension.Unlucky\\r\\n"
[ "$EXTENSION" = init/error ] && { call POST init/error "$error" '{}'; exit 0; }
while :; do
  call GET event/next "$own" ''
  case $EXTENSION:$body in
  *SHUTDOWN*) exit 0 ;;
  exit/error:*) call POST exit/error "$error" '{}'; exit 1 ;;
  crash:*) exit 2 ;;
  esac
done
`;

/** The extension as a layer brings it. */
export function extensionProbe(mode = 0o755): Files {
  return { "/opt/extensions/probe": { text, mode } };
}
