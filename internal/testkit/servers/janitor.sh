# Cleans up after the owner of a server. $1 is the server's folder.
# Reads "guard SIGNAL PID" for each server that starts, and "done" when the
# owner has cleaned up itself. The end of the input means that the owner died.
trap '' HUP INT TERM
signal='' pid=''
while read -r word a b; do
	case $word in
	guard) signal=$a pid=$b ;;
	done) exit 0 ;;
	esac
done
if [ -n "$pid" ] && kill -s CONT "$pid" 2>/dev/null; then
	kill -"$signal" "$pid" 2>/dev/null
	tries=0
	while [ "$tries" -lt 50 ] && kill -s 0 "$pid" 2>/dev/null; do
		sleep 0.1
		tries=$((tries + 1))
	done
	kill -s KILL "$pid" 2>/dev/null
fi
rm -rf -- "$1"
