#!/bin/sh
# Runs deploy/systemd/barong.service under a systemd of its own, in a container over this machine's files that leaves nothing behind:
# starts it, signs somebody up, reloads it and ends a worker and then the first process under requests, looks at it with the doctor, stops it.
#   sudo sh scripts/systemd.sh [folder]
# Needs root, `npm ci && npm run build`, `apt-get install systemd-container dbus curl`, and 1 GB of the folder, which must not be an overlay.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d "${1:-/var/tmp}/barong-systemd-XXXXXX")
root=$folder/root
container=
finish() {
  # Shuts the container's systemd down (systemd(1), SIGRTMIN+4); it and what holds its files end by themselves.
  [ -z "$container" ] || { kill -RTMIN+4 "$container" && wait || true; }
  umount "$root" || true
  rm -rf "$folder"
}
trap finish EXIT

mkdir "$folder/written" "$folder/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/written,workdir=$folder/work" "$root"
: >"$root/etc/machine-id"
# Of the machine's own services none is started.
rm -f "$root"/etc/systemd/system/*.wants/*

mkdir "$root/opt/barong" "$root/etc/barong"
tar -c --exclude=./.git . | tar -x -C "$root/opt/barong" --no-same-owner
cp deploy/systemd/barong.service "$root/etc/systemd/system/"
umask 077
head -c 32 /dev/urandom | base64 >"$root/etc/barong/master.key"
cat >"$root/etc/barong/barong.env" <<'SETTINGS'
BARONG_URL=https://id.example.com
BARONG_TRUSTED_PROXIES=127.0.0.1
BARONG_WORKERS=2
HOST=0.0.0.0
SENDER_EMAIL=noreply@example.com
SMTP_ADDRESS=smtp.invalid
SMS_HOOK_URL=https://sms.invalid/send
SMS_HOOK_SECRET=is-never-used-by-anybody-at-all
SETTINGS

cat >"$root/root/trial" <<'TRIAL'
set -eu
api=http://127.0.0.1:3000
say() { echo "-- $*"; }
ready() {
  for attempt in $(seq 600); do
    curl -fsS -o /dev/null "$api/health/ready" 2>/dev/null && return
    sleep 0.1
  done
  systemctl status barong --no-pager; journalctl -u barong --no-pager; exit 1
}
# Their process ids.
workers() { pgrep -f -- 'start --worker' | sort -n | tr '\n' ' '; }
# Waits until both workers are others than $former.
renewed() {
  for attempt in $(seq 600); do
    set -- $(workers)
    [ $# -eq 2 ] && case " $former " in *" $1 "* | *" $2 "*) ;; *) return ;; esac
    sleep 0.1
  done
  echo "The workers are still $(workers)"; exit 1
}
# Asks until there is /tmp/over, and tells which answers came how often.
asking() {
  rm -f /tmp/over
  while [ ! -e /tmp/over ]; do curl -s -o /dev/null -w '%{http_code}\n' "$api/api/v1/accounts/me" || true; done | sort | uniq -c
}

say start; systemctl start barong; ready
curl -fsS -o /dev/null "$api/api/v1/accounts" -d email=ann@example.com -d 'password=seven lanterns uphill'
stat -c 'barong.sqlite belongs to the user %u alone (%a)' /var/lib/private/barong/barong.sqlite

say reload; asking >/tmp/answers & asker=$!
former=$(workers); systemctl reload barong; renewed
touch /tmp/over; wait $asker; cat /tmp/answers
[ "$(awk '{ print $2 }' /tmp/answers)" = 401 ] || { echo 'Requests failed while it was reloaded.'; exit 1; }

say 'a worker is killed'; set -- $(workers); former="$1"; kill -9 "$1"
for attempt in $(seq 300); do set -- $(workers); [ $# -eq 2 ] && [ "$1" != "$former" ] && break; sleep 0.1; done
ready

say 'the first process is killed'; kill -9 "$(systemctl show barong -p MainPID --value)"; sleep 2; ready
[ "$(systemctl show barong -p NRestarts --value)" = 1 ] || { echo 'It was not restarted.'; exit 1; }
curl -s -o /dev/null -w 'ann signs up once more: %{http_code}\n' "$api/api/v1/accounts" -d email=ann@example.com -d 'password=seven lanterns uphill'

say doctor; sh /opt/barong/deploy/systemd/command.sh doctor || echo '(there are neither mails nor SMS here)'

say stop; systemctl stop barong
systemctl show barong -p Result -p ActiveState
[ "$(systemctl show barong -p Result --value)" = success ] || exit 1
systemd-analyze security barong --no-pager | tail -n 1
TRIAL

systemd-nspawn -q -D "$root" --boot --private-network --register=no --keep-unit --link-journal=no --machine=barong-trial \
  >"$folder/console" 2>&1 </dev/null &
nspawn=$!
for attempt in $(seq 300); do
  container=$(pgrep -P "$nspawn" | head -n 1)
  [ -n "$container" ] && nsenter -t "$container" -a systemctl is-active -q dbus.service 2>/dev/null && break
  sleep 0.1
done
cd /
nsenter -t "$container" -a sh /root/trial || { cat "$folder/console"; exit 1; }
