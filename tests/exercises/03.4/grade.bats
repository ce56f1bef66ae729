#!/usr/bin/env bats
load ../../chapters/helpers

# answer N: sets $answer to what the form says, and builds the chapter's program.
answer() {
	answer=$(sed -nE "s/^[[:space:]]*answer $1[[:space:]]*:[[:space:]]*//Ip" "$PROGRAM" | tail -n 1)
	answer=$(tr -cd '[:alnum:]?' <<<"${answer,,}")
	case $answer in
	d[iey]* | dead* | killed | terminated) answer=dies ;;
	li[vf]* | alive* | surviv*) answer=lives ;;
	esac
	[[ $answer =~ ^(lives|dies|[0-9]+)$ ]] ||
		hint "answer $1: lives, dies or a number" "answer $1: $answer" "the form, exercise-4.txt: write in the place of the question mark"
	${CC:-cc} -w -o pid "$SOURCE"
	PROGRAM=$DIR/pid
}

# predicted SEEN WHERE-TO-LOOK: compares what has happened with the answer.
predicted() {
	[ "$answer" = "$1" ] || hint "$1, as it has happened" "$answer, in your form" "$2"
}

# fate PID: dies, if the process ends within a second, else lives.
fate() {
	local try
	for ((try = 0; try < 100; try++)); do
		[ -e "/proc/$1" ] || { echo dies; return; }
		sleep 0.01
	done
	echo lives
}

# sleeper ARG...: sets $pid to the PID of the sleep with these arguments.
sleeper() {
	until_true pgrep -x -f "sleep $*"
	pid=$(pgrep -x -f "sleep $*")
}

@test "1: a child in the background, when PID 1 exits" {
	answer 1
	mkfifo go
	start sh -c 'sleep 60 >/dev/null 2>&1 & read -r _ <go; exit'
	sleeper 60
	echo >go
	wait "$PARENT" || true
	predicted "$(fate "$pid")" "pid_namespaces(7): what the kernel does if the init process of a PID namespace terminates"
}

@test "2: a child with a session of its own that ignores SIGHUP, when PID 1 exits" {
	answer 2
	mkfifo go
	start sh -c 'setsid nohup sleep 60 >/dev/null 2>&1 & read -r _ <go; exit'
	sleeper 60
	echo >go
	wait "$PARENT" || true
	predicted "$(fate "$pid")" "pid_namespaces(7): which signal does the kernel send, and can nohup ignore it?"
}

@test "3: a child in the background, when PID 1 calls exec" {
	answer 3
	"$PROGRAM" sh -c 'sleep 60 & exec sleep 30' >/dev/null 2>&1 3>&- &
	disown # else bash reports its end
	sleeper 30
	sleeper 60
	predicted "$(fate "$pid")" "execve(2): does the process end, or is it another program in the same process?"
}

@test "4: the status, when PID 1 sends itself SIGKILL" {
	answer 4
	inside sh -c 'kill -KILL $$; exit 5'
	predicted "$status" "pid_namespaces(7): which signals can members of the namespace send to its init process? So what does the shell do next?"
}

@test "5: PID 1 without a handler, when SIGTERM comes from outside" {
	answer 5
	start sleep 60
	# The first one that works is the one that the status tells.
	kill -TERM "$CHILD"
	kill -KILL "$CHILD"
	wait "$PARENT" && status=0 || status=$?
	case $status in
	143) predicted dies "kill(2)" ;;
	*) predicted lives "pid_namespaces(7), from 'Likewise, a process in an ancestor namespace': which signals need a handler?" ;;
	esac
}

@test "6: the PID 1 of a container in the container, when the outer PID 1 is killed" {
	answer 6
	start "$PROGRAM" sleep 60
	sleeper 60
	kill -KILL "$CHILD"
	wait "$PARENT" || true
	predicted "$(fate "$pid")" "pid_namespaces(7), 'Nesting PID namespaces': a process is in its own namespace and is seen in all above"
}

@test "7: a process that has entered the PID namespace from outside, when PID 1 is killed" {
	answer 7
	start sleep 60
	nsenter --target "$CHILD" --pid sleep 50 3>&- &
	disown
	sleeper 50
	kill -KILL "$CHILD"
	wait "$PARENT" || true
	predicted "$(fate "$pid")" "pid_namespaces(7): whom does the kernel terminate, PID 1's children or all processes in the namespace?"
}

@test "8: a process in the other namespaces only, when PID 1 is killed" {
	answer 8
	start sleep 60
	nsenter --target "$CHILD" --uts --ipc sleep 50 3>&- &
	disown
	sleeper 50
	kill -KILL "$CHILD"
	wait "$PARENT" || true
	predicted "$(fate "$pid")" "namespaces(7), 'Namespace lifetime': which kinds of namespace have an init process?"
}

@test "9: PID 1, when the program that started it is killed" {
	answer 9
	start sleep 60
	kill -KILL "$PARENT"
	wait "$PARENT" || true
	predicted "$(fate "$CHILD")" "what child() in pid.c asks for before exec: prctl(2), PR_SET_PDEATHSIG"
}
