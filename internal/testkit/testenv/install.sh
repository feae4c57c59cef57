# Installs Debian packages for the tests without letting them start services.
# Arguments: the path of policy-rc.d, then the packages. Needs root.
#
# Packages ask policy-rc.d before they start, stop or restart anything, and
# 101 means no (Debian's invoke-rc.d manual). A policy that says no already,
# as in most containers, stays as it is; any other is set aside for the
# minute that the installation takes.
set -eu
policy=$1
shift
aside=$policy.set-aside-by-semsync
mark='# made by the tests of semsync, removed when they have installed their servers'

restore() {
	if [ -e "$aside" ] || [ -L "$aside" ]; then
		mv -f -- "$aside" "$policy"
	elif grep -qsF "$mark" "$policy"; then
		rm -f -- "$policy"
	fi
}

forbids_all() {
	[ -x "$policy" ] || return 1
	for service in postgresql mariadb redis-server; do
		answer=0
		"$policy" "$service" start >/dev/null 2>&1 || answer=$?
		[ "$answer" -eq 101 ] || return 1
	done
}

restore # what an earlier run left that was killed
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
if ! forbids_all; then
	if [ -e "$policy" ] || [ -L "$policy" ]; then
		mv -- "$policy" "$aside"
	fi
	printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
	chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
export NEEDRESTART_SUSPEND=1 # nor does needrestart restart anything
apt-get update
apt-get install --yes --no-install-recommends "$@"
