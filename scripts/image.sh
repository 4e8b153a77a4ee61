#!/bin/sh
# Builds deploy/Dockerfile and runs the image where no container engine is at hand: with Debian's buildah, in a chroot.
#   sudo sh scripts/image.sh [folder]
# Needs root, and `apt-get install buildah debootstrap curl`; takes some minutes and 3 GB of the folder. BUILD_OPTIONS are handed to
# `buildah build`, for example --volume=/etc/npmrc:/etc/npmrc:ro. There is no registry: the base images are made of Debian's packages.
set -eu
cd "$(dirname "$0")/.."
folder=$(mkdir -p "${1:-/var/tmp/barong-image}" && cd "${1:-/var/tmp/barong-image}" && pwd)
buildah() { command buildah --storage-driver vfs --root "$folder/store" --runroot "$folder/run" "$@"; }

# import <folder> <name>: an image of one layer
import() {
  container=$(buildah from scratch)
  buildah add -q "$container" "$1" /
  buildah commit -q "$container" "$2"
  buildah rm "$container"
}

if [ ! -e "$folder/base/etc" ]; then
  debootstrap --variant=minbase bookworm "$folder/base"
  rm -rf "$folder"/base/var/cache/apt/archives/*.deb "$folder"/base/var/lib/apt/lists/*
fi
if ! buildah inspect --type image builder >/dev/null 2>&1; then
  import "$folder/base" base
  # Any Node and npm do to install with: those of this machine.
  cp -a "$folder/base" "$folder/builder"
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  cp -L "$(command -v node)" "$folder/builder/usr/bin/node"
  mkdir -p "$folder/builder/usr/lib/node_modules"
  cp -a "$npm" "$folder/builder/usr/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$folder/builder/usr/bin/npm"
  import "$folder/builder" builder
fi

# shellcheck disable=SC2086
buildah build --isolation chroot --network host --build-arg BASE=localhost/base --build-arg BUILDER=localhost/builder \
  ${BUILD_OPTIONS:-} -f deploy/Dockerfile -t barong .
buildah images localhost/barong

container=$(buildah from localhost/barong)
root=$(buildah mount "$container")
server=
finish() {
  [ -z "$server" ] || { kill "$server" && wait "$server" || true; }
  buildah umount "$container" >/dev/null
  buildah rm "$container" >/dev/null
}
trap finish EXIT

# As compose.yml has it: nobody's user, files that cannot be written to, /tmp and /data.
port=${PORT:-4733}
key=$(head -c 32 /dev/urandom | base64)
cat >"$folder/inside" <<'INSIDE'
root=$1; shift
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o uid=10001,gid=10001,mode=0700 tmpfs "$root/data"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec chroot --userspec=10001:10001 --groups= "$root" /usr/bin/env -i PATH=/usr/bin:/bin "$@"
INSIDE
unshare --mount sh -e "$folder/inside" "$root" BARONG_ENV=production BARONG_DATA_DIR=/data HOST=127.0.0.1 PORT="$port" \
  BARONG_URL=https://id.example.com BARONG_MASTER_KEY="$key" SENDER_EMAIL=noreply@example.com \
  SMTP_ADDRESS=smtp.invalid SMS_HOOK_URL=https://sms.invalid/send SMS_HOOK_SECRET="$key" \
  sh -c 'cd /barong && ! touch /barong/written 2>/dev/null && exec bin/barong start' &
server=$!

for attempt in $(seq 300); do
  curl -fsS -o /dev/null "http://127.0.0.1:$port/health/ready" 2>/dev/null && break
  sleep 0.1
done
curl -fsS "http://127.0.0.1:$port/health/ready" && echo
curl -fsS -w '%{http_code}\n' "http://127.0.0.1:$port/api/v1/accounts" -d email=ann@example.com -d 'password=seven lanterns uphill'
echo "It runs as $(awk '/^Uid/ { print $2 }' "/proc/$server/status"), in $(awk '/^VmRSS/ { printf "%.0f MiB", $2 / 1024 }' "/proc/$server/status")."
