# The first process of an execution environment. It connects the runtime's output to the server, starts the runtime through
# one of the gates, and reports how that ended. Arguments: the image's entrypoint. Environment: FC_GATE (host:port of the
# server), FC_TOKEN, FC_KIND (node, python, shell), FC_TASK, FC_OPT, FC_TMP (/var/task, /opt, /tmp as seen from here),
# FC_SOURCE (text of the gate, for python and shell; node has it in NODE_OPTIONS), FC_ENTRY (image or bootstrap: what to start).
fc_host=${FC_GATE%:*} fc_port=${FC_GATE##*:}
fc_host=${fc_host#[} fc_host=${fc_host%]}

fc_dial() { # descriptor, request line, further headers
  eval "exec $1<>/dev/tcp/\$fc_host/\$fc_port" || return 1
  printf '%s HTTP/1.1\r\nHost: gate\r\n%b\r\n' "$2" "$3" >&"$1"
  IFS= read -r fc_status <&"$1"
  case $fc_status in *" 101 "* | *" 20"*) ;; *) return 1 ;; esac
  while IFS= read -r fc_line <&"$1" && [ "$fc_line" != $'\r' ]; do :; done
}

fc_oom() { # whether it was the memory limit that killed the runtime: oom, or - when that cannot be known here
  local file name count
  [ "$fc_code" = 137 ] || { echo no; return; }
  for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
    while read -r name count; do
      [ "$name" = oom_kill ] && { [ "$count" -gt 0 ] && echo oom || echo -; return; }
    done 2>/dev/null <"$file"
  done 2>/dev/null
  echo -
}

fc_peak() { # fc_bytes: the most memory that was ever used here, or - when that cannot be known
  local limit peak value name
  fc_bytes=-
  # Version 2 and 1 of cgroups. One without the function's limit is not this container's own, and tells of others too.
  for limit in memory.max memory/memory.limit_in_bytes; do
    [ "$limit" = memory.max ] && peak=memory.peak || peak=memory/memory.max_usage_in_bytes
    read -r value <"/sys/fs/cgroup/$limit" && [ "$value" -le $((AWS_LAMBDA_FUNCTION_MEMORY_SIZE << 20)) ] && read -r fc_bytes <"/sys/fs/cgroup/$peak" && return
  done 2>/dev/null
  while read -r name value _; do
    [ "$name" = VmHWM: ] && { fc_bytes=$((value << 10)); return; }
  done 2>/dev/null <"/proc/$fc_child/status"
}

fc_deliver() { # number of a subscriber: what the server sends goes to its listener here, and the listener's answer back
  local kind port size seconds answer sandbox=127.0.0.1 open=
  [[ $(</etc/hosts) == *sandbox.localdomain* ]] && sandbox=sandbox.localdomain
  fc_dial 9 "GET /gate/$FC_TOKEN/telemetry/$1" 'Connection: Upgrade\r\nUpgrade: fc-telemetry\r\n' || return
  while read -r kind port size seconds <&9; do
    [ -n "$open" ] || { exec 6<>"/dev/tcp/$sandbox/$port"; } 2>/dev/null && open=1
    if [ -z "$open" ]; then
      head -c "$size" <&9 >/dev/null
      answer=refused
    else
      # What it does not take cannot be told from what comes next: the server dials anew.
      head -c "$size" <&9 >&6 2>/dev/null || return
      [ "$kind" = tcp ] && answer=ok || IFS= read -r -t "$seconds" answer <&6 || answer=silent
    fi
    printf '%s\n' "${answer%$'\r'}" >&9
    [ -n "$open" ] && [ "$kind" = http ] || continue
    while IFS= read -r -t 1 answer <&6; do :; done
    exec 6>&-
    open=
  done
}

fc_answer() { # the server's questions, a line each
  while IFS= read -r fc_line <&9; do
    case $fc_line in
    memory) fc_peak && printf 'memory %s\n' "$fc_bytes" >&9 ;;
    telemetry\ *) fc_deliver "${fc_line#* }" & ;;
    TERM | KILL) kill -"$fc_line" "$fc_child" 2>/dev/null ;;
    *) printf 'unknown\n' >&9 ;;
    esac
  done
}

[ "$FC_KIND" = shell ] && fc_mode=relay || fc_mode=direct
# HTTP/1.0 keeps the console free of chunk headers.
eval "exec 8<>/dev/tcp/\$fc_host/\$fc_port" || exit 70
printf 'GET /gate/%s/console HTTP/1.0\r\n\r\n' "$FC_TOKEN" >&8
while IFS= read -r fc_line <&8 && [ "$fc_line" != $'\r' ]; do :; done
fc_dial 7 "GET /gate/$FC_TOKEN/logs/$fc_mode" 'Connection: Upgrade\r\nUpgrade: fc-logs\r\n' || exit 70

# The first process of a container gets no default action for TERM.
trap 'kill -KILL "$fc_child" 2>/dev/null; exit 143' TERM
# What the server got comes back here, for `kubectl logs`. When the server is gone, so is the environment.
{ cat <&8 7>&-; kill -TERM $$; } 2>/dev/null &
fc_console=$!

case $FC_KIND in
node)
  "$@" gate >&7 2>&1 7>&- 8>&- &
  ;;
python)
  mkdir -p "$FC_TMP/.fc" && printf '%s' "$FC_SOURCE" >"$FC_TMP/.fc/sitecustomize.py"
  unset FC_SOURCE
  PYTHONPATH=$FC_TMP/.fc${PYTHONPATH:+:$PYTHONPATH} "$@" gate >&7 2>&1 7>&- 8>&- &
  ;;
*)
  # A socket cannot be opened again as /dev/stdout, which shell scripts do: they get a pipe.
  exec 6> >(exec cat >&7 8>&-)
  fc_relay=$!
  # What the server got comes back on the same connection: the answers keep Nagle's algorithm from holding lines back.
  cat <&7 6>&- 8>&- &
  fc_console=$!
  "$BASH" -c "$FC_SOURCE" fc-gate "$@" >&6 2>&1 6>&- 8>&- &
  ;;
esac
fc_child=$!
exec 6>&-
fc_dial 9 "GET /gate/$FC_TOKEN/supervisor" 'Connection: Upgrade\r\nUpgrade: fc-supervisor\r\n' && { fc_answer 7>&- 8>&- & }
exec 9>&-
wait "$fc_child"
fc_code=$?
trap '' TERM
# Extensions outlive the runtime, and keep the relay open.
[ -n "${fc_relay:-}" ] && [ ! -d "$FC_OPT/extensions" ] && wait "$fc_relay" 2>/dev/null
fc_peak
fc_dial 9 "POST /gate/$FC_TOKEN/exit/$fc_code/$(fc_oom)/$fc_bytes" 'Content-Length: 0\r\nConnection: close\r\n' 2>/dev/null && wait "$fc_console" 2>/dev/null
exit "$fc_code"
