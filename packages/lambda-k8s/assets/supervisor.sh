# The first process of an execution environment. It connects the runtime's output to the server, starts the runtime through
# one of the gates and the extensions beside it, reports how they end, and starts the runtime anew when the server wants that.
# Arguments: the image's entrypoint. Environment: FC_GATE (host:port of the server), FC_TOKEN, FC_KIND (node, python, shell),
# FC_TASK, FC_OPT, FC_TMP (/var/task, /opt, /tmp as seen from here), FC_SOURCE (text of the gate, for python and shell; node has
# it in NODE_OPTIONS), FC_ENTRY (image or bootstrap: what to start).
# Kubernetes puts one dollar sign for two in a command: the process's own id is ${$} here.
# Descriptors: 5 one request, 6 the relay of the log, 7 the log, 8 the console, 9 the server's questions.
fc_host=${FC_GATE%:*} fc_port=${FC_GATE##*:} fc_token=$FC_TOKEN
fc_host=${fc_host#[} fc_host=${fc_host%]}

fc_count_oom() { # fc_count: how often the memory limit killed something here, or nothing where that cannot be known
  local file name count
  fc_count=
  for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
    while read -r name count; do
      [ "$name" = oom_kill ] && { fc_count=$count; return; }
    done 2>/dev/null <"$file"
  done 2>/dev/null
}

fc_ask_oom() { # fc_oom: whether it was the memory limit that killed the runtime: oom, no, or - when that cannot be known here
  local before=$fc_count
  fc_count_oom
  fc_oom=no
  [ "$fc_code" = 137 ] || return
  [ "${fc_count:-0}" -gt "${before:-0}" ] && fc_oom=oom || fc_oom=-
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

fc_marked() { # processes of this container where it has no process ids of its own: all carry its mark
  [ -n "${FC_CONTAINER:-}" ] && grep -lsF "FC_CONTAINER=$FC_CONTAINER" /proc/[0-9]*/environ
}

fc_sweep() { # ends everything that is not the supervisor's; $1: what else is to stay
  local files file pid line found passes=1000
  while [ $((passes -= 1)) -gt 0 ]; do
    [ ${$} = 1 ] && files=(/proc/[0-9]*) || files=($(fc_marked))
    found=
    for file in ${files[@]+"${files[@]}"}; do
      pid=${file#/proc/} pid=${pid%%/*}
      case " ${$} $fc_console ${fc_heard:-} ${fc_relay:-} $fc_kept $1 " in *" $pid "*) continue ;; esac
      { IFS= read -r line <"/proc/$pid/stat"; } 2>/dev/null || continue
      # State and parent stand behind the name.
      case ${line##*) } in Z* | ?" $fc_console "*) continue ;; esac
      kill -KILL "$pid" 2>/dev/null && found=1
    done
    [ -n "$found" ] || return
  done
}

fc_relay_log() { exec cat >&6; }

fc_extend() { # starts the extensions that $1 names, with the environment that it exports
  local fc_index fc_opt=$FC_OPT fc_extensions=()
  cd "$FC_TASK" || return
  unset FC_GATE FC_TOKEN FC_KIND FC_TASK FC_OPT FC_TMP FC_ENTRY NODE_OPTIONS
  eval "$1"
  for fc_index in "${!fc_extensions[@]}"; do fc_run "$fc_index" "${fc_extensions[fc_index]}" & done
}

fc_answer() { # the server's questions, a line each. Returns 0 when the runtime is to begin anew, 1 when the server is gone
  while IFS= read -r fc_line <&9; do
    case $fc_line in
    memory) fc_peak; printf 'memory %s\n' "$fc_bytes" >&9 ;;
    telemetry\ *) fc_deliver "${fc_line#* }" 6>&- 7>&- & ;;
    # Behind everything that was written into the relay before the server asked.
    MARK\ *) printf '%s' "${fc_line#* }" >&6 ;;
    TERM | KILL) kill -"$fc_line" "$fc_child" 2>/dev/null ;;
    EXTENSIONS\ *) fc_text=$(head -c "${fc_line#* }" <&9) && { fc_extend "$fc_text" 6>&- 9>&- & } ;;
    RESET) kill -KILL "$fc_child" 2>/dev/null; return 0 ;;
    *) printf 'unknown\n' >&9 ;;
    esac
  done
  return 1
}

fc_start() { # the runtime, at its gate
  case $FC_KIND in
  node)
    "$@" gate >&7 2>&1 7>&- 8>&- 9>&- &
    ;;
  python)
    mkdir -p "$FC_TMP/.fc" && printf '%s' "$fc_source" >"$FC_TMP/.fc/sitecustomize.py" || return 1
    PYTHONPATH=$FC_TMP/.fc${PYTHONPATH:+:$PYTHONPATH} "$@" gate >&7 2>&1 7>&- 8>&- 9>&- &
    ;;
  *)
    # A socket cannot be opened again as /dev/stdout, which shell scripts do: they get a pipe.
    exec 6> >(exec cat >&7 8>&- 9>&-)
    fc_relay=$!
    "$BASH" -c "$fc_source" fc-gate "$@" >&6 2>&1 6>&- 8>&- 9>&- &
    ;;
  esac
  fc_child=$!
}

fc_source=${FC_SOURCE:-} fc_kept=
unset FC_SOURCE
# Who watches over this container from the beginning.
[ -n "${FC_CONTAINER:-}" ] && for fc_file in $(fc_marked); do fc_file=${fc_file#/proc/} fc_kept="$fc_kept ${fc_file%/*}"; done
fc_count_oom
[ "$FC_KIND" = shell ] && fc_mode=relay || fc_mode=direct
# HTTP/1.0 keeps the console free of chunk headers.
eval "exec 8<>/dev/tcp/\$fc_host/\$fc_port" || exit 70
printf 'GET /gate/%s/console HTTP/1.0\r\n\r\n' "$FC_TOKEN" >&8
while IFS= read -r fc_line <&8 && [ "$fc_line" != $'\r' ]; do :; done
fc_dial 7 "GET /gate/$FC_TOKEN/logs/$fc_mode" 'Connection: Upgrade\r\nUpgrade: fc-logs\r\n' || exit 70

# The first process of a container gets no default action for TERM.
trap 'kill -KILL "$fc_child" 2>/dev/null; exit 143' TERM
# What the server got comes back here, for `kubectl logs`. When the server is gone, so is the environment.
{ cat <&8 7>&-; kill -TERM ${$}; } 2>/dev/null &
fc_console=$!
# The answers to a relayed log keep Nagle's algorithm from holding lines back.
[ "$fc_mode" = direct ] || { cat <&7 8>&- >/dev/null & fc_heard=$!; }

fc_dial 9 "GET /gate/$FC_TOKEN/supervisor" 'Connection: Upgrade\r\nUpgrade: fc-supervisor\r\n' || exec 9</dev/null
fc_start "$@" || exit 70
while :; do
  fc_answer 8>&- &
  fc_answering=$!
  exec 6>&-
  wait "$fc_child"
  fc_code=$?
  trap '' TERM
  fc_ask_oom
  fc_peak
  # Extensions outlive the runtime. Without them, nothing may.
  [ -d "$FC_OPT/extensions" ] || fc_sweep "$fc_answering"
  fc_post "exit/$fc_code/$fc_oom/$fc_bytes" || exit "$fc_code"
  trap 'wait "$fc_console" 2>/dev/null; exit "$fc_code"' TERM
  if ! wait "$fc_answering"; then
    wait "$fc_console" 2>/dev/null
    exit "$fc_code"
  fi
  fc_sweep
  trap 'kill -KILL "$fc_child" 2>/dev/null; exit 143' TERM
  fc_start "$@" || exit 70
done
