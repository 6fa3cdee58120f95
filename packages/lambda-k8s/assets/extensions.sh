# Runs the extensions of a container image, and takes telemetry to them, in a container of its own beside the function's: same image, network and /tmp.
# Arguments: `run` and their names; or `wait`, which ends when all have registered: the kubelet starts the function's container after it.
# Environment: FC_GATE, FC_TOKEN, and the function's own.
fc_host=${FC_GATE%:*} fc_port=${FC_GATE##*:} fc_token=$FC_TOKEN fc_opt=/opt
fc_host=${fc_host#[} fc_host=${fc_host%]}
unset FC_GATE FC_TOKEN
if [ "$1" = wait ]; then
  fc_dial 5 "GET /gate/$fc_token/extensions" ''
  exit
fi
shift
trap 'exit 143' TERM
# 7: where an extension writes that gets no log channel of its own.
exec 7>&1 8>&1
fc_relay_log() { exec tee >(exec cat >&8) >&6; } # for `kubectl logs` as well
# Before there is anybody who may subscribe.
if fc_dial 9 "GET /gate/$fc_token/courier" 'Connection: Upgrade\r\nUpgrade: fc-courier\r\n'; then
  while IFS= read -r fc_line <&9; do
    case $fc_line in telemetry\ *) fc_deliver "${fc_line#* }" & ;; esac
  done &
  exec 9>&-
fi
fc_post started || exit 70
fc_index=0 fc_running=()
for fc_name; do
  fc_run "$fc_index" "$fc_name" &
  fc_running+=($!)
  fc_index=$((fc_index + 1))
done
wait "${fc_running[@]}"
