/**
 * Runs as process 1 of the container's own pid and mount namespaces: makes the mounts, changes the root, and becomes the
 * container's program. It talks to the agent on descriptor 3 and waits for "go": by then the parent-death signal is set,
 * so a server that dies at any moment before takes this script with it through the closed descriptor, after it through
 * the signal. Its errors go to descriptor 2; the container's own are descriptor 4 until the program starts.
 *
 * $1 mount, $2 pivot_root, $3 umount, $4 fstab, $5 new root, $6 hostname, $7 working directory, $8 "ro" for a read-only
 * root, $9 program to look up; then the command.
 */
export const namespaceScript = `fail() { echo "fail $1" >&3; exit 125; }
"$1" -a -T "$4" >&2 || fail mount
{ echo "$6" >/proc/sys/kernel/hostname; } 2>/dev/null || hostname "$6" 2>/dev/null
[ "$8" = ro ] && { "$1" -o remount,bind,ro "$5" >&2 || fail mount; }
cd "$5" && "$2" . . && "$3" -l . || fail root
cd "$7" || fail workdir
command -v "$9" >/dev/null || fail program
shift 9
echo ready >&3
read -r go <&3 || exit 125
exec 3>&- 2>&4 4>&-
exec "$@"
`;

/**
 * Runs inside a container for exec: $1 working directory, $2 program to look up; then the command. It says on descriptor 3 why
 * the program cannot be run.
 */
export const execScript = `cd "$1" || exit 126
program=$2
shift 2
no() { echo "$1" >&3; exit 126; }
case $program in
*/*)
  [ -e "$program" ] || no "stat $program: no such file or directory"
  { [ -f "$program" ] && [ -x "$program" ]; } || no "permission denied" ;;
*) command -v "$program" >/dev/null || no 'executable file not found in $PATH' ;;
esac
exec 3>&-
exec "$@"
`;
