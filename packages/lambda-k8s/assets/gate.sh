# Gate for everything else: a shell script with no program but dd (or head), mkdir, chmod, ln, cksum. Arguments: the image's entrypoint.
# Output goes to a relay; descriptor 7 is the log connection itself.
fc_fail() { # tells the server, too: nothing runs of what is not whole
  local LC_ALL=C
  echo "fakecloud gate: $1" >&2
  { exec 5<>"/dev/tcp/$fc_host/$fc_port"; } 2>/dev/null &&
    printf 'POST /gate/%s/refused/%s HTTP/1.0\r\nContent-Length: 0\r\n\r\n' "$fc_token" "${1//[^[:alnum:].:\/-]/%20}" >&5 && IFS= read -r fc_status <&5
  exit 70
}
fc_take() { head -c "$1"; } # so many bytes
# head copies by the kilobyte; not every dd can do better.
dd count=0 iflag=fullblock,count_bytes status=none </dev/null >/dev/null 2>&1 &&
  fc_take() { dd bs=256K count="$1" iflag=fullblock,count_bytes status=none; }
fc_each() { # program, its first argument or nothing, files: runs it with as many files at a time as surely fit
  local program=$1 first=$2 at
  shift 2
  for ((at = 1; at <= $#; at += 256)); do "$program" ${first:+"$first"} "${@:at:256}" || return; done
}
fc_host=${FC_GATE%:*} fc_port=${FC_GATE##*:} fc_token=$FC_TOKEN
fc_host=${fc_host#[} fc_host=${fc_host%]}
exec 5<>"/dev/tcp/$fc_host/$fc_port" || fc_fail "cannot reach $FC_GATE"
printf 'GET /gate/%s/stream HTTP/1.1\r\nHost: gate\r\n\r\n' "$FC_TOKEN" >&5
IFS= read -r fc_status <&5
case $fc_status in *" 200 "*) ;; *) fc_fail "the server answered $fc_status" ;; esac
while IFS= read -r fc_line <&5 && [ "$fc_line" != $'\r' ]; do :; done

IFS= read -r fc_size <&5
# Byte by byte, which costs less than a program; the text holds no NUL.
LC_ALL=C IFS= read -r -d '' -n "$fc_size" fc_exports <&5 || fc_fail "the environment did not arrive"
fc_folder= fc_text=("$fc_exports") fc_files=() fc_sums= fc_modes=()
while read -r fc_mode fc_size <&5 && [ "$fc_mode" != . ]; do
  IFS= read -r fc_path <&5
  IFS= read -r fc_link <&5 || fc_fail "the code did not arrive whole"
  fc_text+=("$fc_mode $fc_size"$'\n'"$fc_path"$'\n'"$fc_link"$'\n')
  case $fc_path in
  "/var/task/"*) fc_path=$FC_TASK/${fc_path#/var/task/} ;;
  "/opt/"*) fc_path=$FC_OPT/${fc_path#/opt/} ;;
  esac
  if [ "${fc_path%/*}" != "$fc_folder" ]; then
    fc_folder=${fc_path%/*}
    [ -d "$fc_folder" ] || mkdir -p "$fc_folder"
  fi
  if [ -n "$fc_link" ]; then
    ln -s "$fc_link" "$fc_path"
  else
    fc_take "$fc_size" <&5 >"$fc_path" || fc_fail "cannot write $fc_path"
    [ "$fc_mode" = 644 ] || fc_modes+=("$fc_mode" "$fc_path")
    if [ "$fc_size" != 0 ]; then
      read -r fc_sum <&5
      fc_files+=("$fc_path") fc_sums+="$fc_sum $fc_path"$'\n'
    fi
  fi
done
[ "${fc_mode:-}" = . ] || fc_fail "the code did not arrive whole"
fc_sums+="$fc_size /dev/fd/4"
[ "$(fc_each cksum "" ${fc_files[@]+"${fc_files[@]}"} /dev/fd/4 4< <(printf '%s' "${fc_text[@]}") 2>/dev/null)" = "$fc_sums" ] ||
  fc_fail "the code arrived damaged: its checksum is another one"
# Only now: a mode may forbid reading. Neighbours of one mode at once.
fc_files=()
for ((fc_size = 0; fc_size < ${#fc_modes[@]}; fc_size += 2)); do
  fc_files+=("${fc_modes[fc_size + 1]}")
  [ "${fc_modes[fc_size]}" = "${fc_modes[fc_size + 2]:-}" ] || { fc_each chmod "${fc_modes[fc_size]}" "${fc_files[@]}"; fc_files=(); }
done
unset fc_text fc_files fc_sums fc_modes
exec 5<&-
[ "$FC_ENTRY" = none ] && exit 0 # only the code was wanted, for another container
# Later changes of the search path must not hide the programs above, hence last.
eval "$fc_exports"
fc_task=$FC_TASK fc_opt=$FC_OPT fc_entry=$FC_ENTRY
unset FC_GATE FC_TOKEN FC_KIND FC_SOURCE FC_TASK FC_OPT FC_TMP FC_ENTRY
cd "$fc_task" || fc_fail "there is no $fc_task"
if [ -n "${fc_extensions:-}" ]; then
  # Answered when all have registered.
  exec 5<>"/dev/tcp/$fc_host/$fc_port" || fc_fail "cannot reach the server"
  printf 'GET /gate/%s/extensions HTTP/1.1\r\nHost: gate\r\n\r\n' "$fc_token" >&5
  IFS= read -r fc_status <&5
  exec 5<&-
fi
if [ "$fc_entry" != bootstrap ]; then
  # The image's bootstrap starts the runtime through it. What AWS's own say of one that cannot be.
  if [ -n "${AWS_LAMBDA_EXEC_WRAPPER:-}" ]; then
    fc_wrapper=$AWS_LAMBDA_EXEC_WRAPPER
    case $fc_wrapper in
    "/opt/"*) export AWS_LAMBDA_EXEC_WRAPPER=$fc_opt/${fc_wrapper#/opt/} ;;
    "/var/task/"*) export AWS_LAMBDA_EXEC_WRAPPER=$fc_task/${fc_wrapper#/var/task/} ;;
    esac
    [ -f "$AWS_LAMBDA_EXEC_WRAPPER" ] || { echo "$fc_wrapper: does not exist"; exit 127; }
    [ -x "$AWS_LAMBDA_EXEC_WRAPPER" ] || { echo "$fc_wrapper: is not an executable"; exit 126; }
  fi
  exec 7>&- && exec "$@" "$_HANDLER"
fi
# OS-only runtimes: the function brings its runtime.
for fc_bootstrap in "$fc_task/bootstrap" "$fc_opt/bootstrap"; do
  [ -f "$fc_bootstrap" ] || continue
  IFS= read -r -n 4 fc_magic <"$fc_bootstrap"
  # A compiled program does not open /dev/stdout, so it needs no relay, and its log is exact.
  if [ "$fc_magic" = $'\x7fELF' ] && exec 5<>"/dev/tcp/$fc_host/$fc_port"; then
    printf 'POST /gate/%s/direct HTTP/1.0\r\nContent-Length: 0\r\n\r\n' "$fc_token" >&5 && IFS= read -r fc_status <&5
    exec 5<&- >&7 2>&1
  fi
  exec 7>&-
  exec "$fc_bootstrap"
done
fc_body='{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"Error: Couldn'"'"'t find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}'
exec 5<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API##*:}" &&
  printf 'POST /2018-06-01/runtime/init/error HTTP/1.0\r\nHost: %s\r\nContent-Length: %s\r\n\r\n%s' "$AWS_LAMBDA_RUNTIME_API" "${#fc_body}" "$fc_body" >&5 &&
  cat <&5 >/dev/null
exit 1
