# What the supervisor and the container of an image's extensions have in common. Both have fc_host, fc_port, fc_token and fc_opt.
# Descriptors: 5 one request, 6 a log channel or a listener, 7 what is written to the log, 9 what the server says.
fc_dial() { # descriptor, request line, further headers
  eval "exec $1<>/dev/tcp/\$fc_host/\$fc_port" || return 1
  printf '%s HTTP/1.1\r\nHost: gate\r\n%b\r\n' "$2" "$3" >&"$1"
  IFS= read -r fc_status <&"$1"
  case $fc_status in *" 101 "* | *" 20"*) ;; *) return 1 ;; esac
  while IFS= read -r fc_line <&"$1" && [ "$fc_line" != $'\r' ]; do :; done
}

fc_post() { # path below the gate
  fc_dial 5 "POST /gate/$fc_token/$1" 'Content-Length: 0\r\nConnection: close\r\n' 2>/dev/null || return 1
  exec 5<&-
}

fc_why_not() { # fc_why: what keeps the program from being started, in the system's words as a URL has them; nothing when it can be
  local magic
  fc_why=
  [ -x "$1" ] || { fc_why=permission%20denied; return; }
  # A shell would run anything.
  LC_ALL=C IFS= read -r -n 4 magic <"$1" 2>/dev/null
  case $magic in '#!'* | $'\x7fELF') ;; *) fc_why=exec%20format%20error ;; esac
}

fc_run() { # index and name of an extension: runs it with a log channel of its own, and reports how it ended
  local program=$fc_opt/extensions/$2 name=${2//[^[:alnum:]._-]/_} relay= code
  fc_why_not "$program"
  if fc_dial 6 "GET /gate/$fc_token/logs/extension/$name" 'Connection: Upgrade\r\nUpgrade: fc-logs\r\n'; then
    # A socket cannot be opened again as /dev/stdout, which shell scripts do: it gets a pipe.
    exec 7> >(fc_relay_log)
    relay=$!
    exec 6>&-
  fi
  if [ -z "$fc_why" ]; then
    "$program" >&7 2>&1 7>&- 8>&-
    code=$?
  fi
  exec 7>&-
  [ -n "$relay" ] && wait "$relay" 2>/dev/null
  fc_post "extension/$1/${fc_why:-$code}"
}

fc_deliver() { # number of a subscriber: what the server sends goes to its listener here, and the listener's answer back
  local kind port size seconds answer sandbox=127.0.0.1 open=
  [[ $(</etc/hosts) == *sandbox.localdomain* ]] && sandbox=sandbox.localdomain
  fc_dial 9 "GET /gate/$fc_token/telemetry/$1" 'Connection: Upgrade\r\nUpgrade: fc-telemetry\r\n' || return
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
