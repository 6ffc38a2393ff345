// The step supervisor: a POSIX shell program (why: docs/decisions/0003-step-supervisor.md). It is written into the data directory
// and started by `sh`, as the leader of its own session, once for every run of a step. It outlives the agent; all that it knows is in files of
// the run's directory:
//   started   its pid. Linked into place (which only one can do) before anything runs: whoever makes it owns the run, so a script runs at most once.
//   watchdog  pid of the part that kills: SIGTERM to it ends the script's whole process tree.
//   result    one line, linked into place: `exit N`, `timed-out`, `cancelled` (made by the agent) or `terminated`. First claim wins.
//   cgroup    optional, made by the agent: where the script steps in before it begins (run-cgroups.ts).
//   stdout, stderr   what the script wrote, its head (so many bytes, and at most one read more). stdout.N: its tail, in parts of a quarter; N is
//                    where in the stream each begins. Four full ones and the one that is being filled stay: a gap has known ends.
// Arguments: run directory, time-out in seconds, bytes of head and tail each, then the command.

export const superviseScript = String.raw`#!/bin/sh
m_dir=$1 m_timeout=$2 m_kept=$3
shift 3
m_main=$$

# Whole from the first moment: a file that is there before its line is would be read as "nobody knows how it ended".
m_claim() {
  m_new="$m_dir/$1.${'$'}{2%% *}.claim"
  printf '%s\n' "$2" > "$m_new" && ln "$m_new" "$m_dir/$1"
  m_lost=$?
  rm -f "$m_new"
  return "$m_lost"
} 2>/dev/null
m_claim started "$$" || exit 0
m_cgroup=
[ -r "$m_dir/cgroup" ] && read -r m_cgroup < "$m_dir/cgroup"
mkfifo "$m_dir/stdout.pipe" "$m_dir/stderr.pipe" || { m_claim result 'exit 126'; exit 0; }

# Appends $2 reads of the stream to file $1; fails at the end of the stream. dd takes as many bytes as there are, at most 64 KiB, and writes them
# at once: nothing is read that is not written, whoever reads next.
m_append() {
  # A disk that is full, or a dd that is not there: the script must not notice.
  m_told=$(exec dd bs=65536 count="$2" 2>&1 >> "$1") || exec cat > /dev/null
  # GNU's warns of partial reads before it says "3+13 records in".
  m_told=${'$'}{m_told%% records in*}
  m_told=${'$'}{m_told##*[!0-9+]}
  [ "$((${'$'}{m_told%+*} + ${'$'}{m_told#*+}))" -ge "$2" ]
}
# Fills file $1 up to $2 bytes; fails at the end of the stream.
m_fill() {
  m_reads=$((($2 + 65535) / 65536))
  while m_append "$1" "$m_reads"; do
    m_left=$(($2 - $(wc -c < "$1")))
    [ "$m_left" -gt 0 ] || return 0
    m_reads=$(((m_left + 65535) / 65536))
  done
  return 1
}
m_collect() {
  LC_ALL=C
  export LC_ALL
  m_file="$m_dir/$1"
  m_fill "$m_file" "$m_kept" || return 0
  m_at=$(($(wc -c < "$m_file")))
  set --
  while m_part="$m_file.$m_at" && m_fill "$m_part" "$((m_kept / 4))"; do
    m_at=$((m_at + $(wc -c < "$m_part")))
    set -- "$@" "$m_part"
    [ $# -le 4 ] || { rm -f "$1"; shift; }
  done
}
m_collect stdout < "$m_dir/stdout.pipe" &
m_out=$!
m_collect stderr < "$m_dir/stderr.pipe" &
m_err=$!

# "pid ppid group session" of every process. On macOS the session is not a number that helps: the group stands in.
m_processes() {
  if [ -r /proc/self/stat ]; then
    for m_stat in /proc/[0-9]*/stat; do
      m_line=
      read -r m_line < "$m_stat" || continue
      m_rest=${'$'}{m_line##*) }
      set -- $m_rest
      m_pid=${'$'}{m_stat#/proc/}
      echo "${'$'}{m_pid%/stat} $2 $3 $4"
    done
  else
    ps -axo pid=,ppid=,pgid= | while read -r m_pid m_ppid m_group; do echo "$m_pid $m_ppid $m_group $m_group"; done
  fi
} 2>/dev/null

# Everything of the cgroup, of this session, and every descendant wherever it went, except the supervisor's own parts. Repeated, since a
# dying tree may still fork.
m_kill_tree() {
  [ -z "$m_cgroup" ] || echo 1 2>/dev/null > "$m_cgroup/cgroup.kill"
  m_self=$(exec sh -c 'echo "$PPID"')
  m_spare=" $m_main $m_self $m_out $m_err "
  m_pass=0
  while [ "$m_pass" -lt 10 ]; do
    m_pass=$((m_pass + 1))
    m_table=$(m_processes)
    m_victims=' '
    m_found=1
    while [ "$m_found" = 1 ]; do
      m_found=0
      while read -r m_pid m_ppid m_group m_session; do
        case "$m_spare$m_victims" in *" $m_pid "*) continue ;; esac
        case " $m_self $m_out $m_err " in *" $m_ppid "*) continue ;; esac
        if [ "$m_session" = "$m_main" ] || [ "$m_ppid" = "$m_main" ]; then
          m_victims="$m_victims$m_pid "
          m_found=1
          continue
        fi
        case "$m_victims" in *" $m_ppid "*) m_victims="$m_victims$m_pid "; m_found=1 ;; esac
      done <<TABLE
$m_table
TABLE
    done
    [ "$m_victims" = ' ' ] && return
    kill -9 $m_victims 2>/dev/null
  done
}

# Kills on time-out and on SIGTERM; SIGHUP says that it is not needed any more.
m_watch() {
  trap '[ "$!" = "$m_err" ] || kill "$!"; exit' HUP
  trap '[ "$!" = "$m_err" ] || kill "$!"; m_claim result terminated; m_kill_tree; exit' TERM
  sleep "$m_timeout" < /dev/null &
  wait "$!"
  m_claim result timed-out && m_kill_tree
}
trap '' TERM
m_watch > /dev/null 2>&1 &
m_watchdog=$!
m_claim watchdog "$m_watchdog"

( trap - TERM; [ -z "$m_cgroup" ] || echo 0 > "$m_cgroup/cgroup.procs" || exit 126; exec "$@" ) < /dev/null > "$m_dir/stdout.pipe" 2> "$m_dir/stderr.pipe"
m_code=$?
kill -HUP "$m_watchdog" 2>/dev/null

# A daemon that the script left behind may keep the pipes open for ever: what came within two seconds counts.
trap : USR1
( sleep 2; kill -USR1 "$m_main" ) < /dev/null > /dev/null 2>&1 &
m_drain=$!
wait "$m_out" "$m_err"
kill -9 "$m_drain" 2>/dev/null
m_claim result "exit $m_code"
# The agent removes the cgroup, if it is still there.
[ -z "$m_cgroup" ] || kill -0 "$PPID" 2>/dev/null || rmdir "$m_cgroup" 2>/dev/null
exit 0
`;
