#!/usr/bin/env bash
# Gets the servers that the specs run against, and the libraries of others that take part in their
# elections, as Debian packages, and unpacks them into .servers/<name> (or
# $RX_LEADERSHIP_SERVERS/<name>). Nothing is installed, and no rights are needed. Quick when all are
# there already.
set -euo pipefail
cd "$(dirname "$0")/.."

# name, Debian suite, the file that proves it is there, packages
servers=(
  'etcd trixie usr/bin/etcdctl etcd-server etcd-client'
  'consul bullseye usr/bin/consul consul'
  'zookeeper trixie usr/share/java/zookeeper.jar libzookeeper-java libslf4j-java libdropwizard-metrics-java libsnappy-java'
  'curator trixie usr/share/java/curator-recipes.jar libcurator-recipes-java libcurator-framework-java libcurator-client-java libguava-java libnetty-java'
  'kazoo trixie usr/lib/python3/dist-packages/kazoo/client.py python3-kazoo python3-six'
  # A browser without a window, and the libraries of it that a machine without a desktop lacks.
  "chromium bookworm usr/lib/chromium/chromium-headless-shell $(echo chromium-headless-shell chromium-common \
    libasyncns0 libdouble-conversion3 libflac12 libharfbuzz-subset0 libminizip1 libmp3lame0 \
    libmpg123-0 libogg0 libopenh264-7 libopus0 libpulse0 libsndfile1 libvorbis0a libvorbisenc2 \
    libxnvctrl0)"
)

target=${RX_LEADERSHIP_SERVERS:-$PWD/.servers}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

missing() {
  local server name suite proof packages
  for server in "${servers[@]}"; do
    read -r name suite proof packages <<<"$server"
    [ -e "$target/$name/$proof" ] || echo "$server"
  done
}

# The address of the machine's own package mirror: nothing is printed before its lists were read.
mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' \
    "Codename: $(. /etc/os-release && echo "$VERSION_CODENAME")" | grep -v security | sort -u | head -1
}

# A private configuration of apt that asks that mirror for the suites we need. $1: source options.
configure() {
  local suite
  mkdir -p "$work"/{lists/partial,cache/archives/partial}
  for suite in $suites; do echo "deb [$1] $uri $suite main"; done >"$work/sources.list"
  cp /var/lib/dpkg/status "$work/status"
  cat >"$work/apt.conf" <<CONF
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
Acquire::Languages "none";
APT::Get::List-Cleanup "0";
APT::Update::Error-Mode "any";
APT::Sandbox::User "root";
CONF
}

update() {
  configure "signed-by=$keyring"
  apt-get update -qq && return
  if [ "${RX_LEADERSHIP_UNVERIFIED:-}" != 1 ]; then
    echo "fetch-servers: apt could not read or check these suites. If its keyring is too old for them:" \
      "RX_LEADERSHIP_UNVERIFIED=1 takes them without a check of their signatures" >&2
    return 1
  fi
  configure 'trusted=yes'
  apt-get update -qq
}

fetch() {
  local server name suite proof packages package
  work=$(mktemp -d "$target/fetching.XXXXXX")
  uri=$(mirror) || true
  if [ -z "$uri" ]; then
    apt-get update -qq || true # needs rights; without them `mirror` goes on printing nothing
    uri=$(mirror)
  fi
  suites=$(missing | cut -d' ' -f2 | sort -u)
  export APT_CONFIG=$work/apt.conf
  update

  while read -r name suite proof packages; do
    mkdir -p "$work/$name/debs"
    (cd "$work/$name/debs" && apt-get download -qq $(printf "%s/$suite " $packages))
    for package in "$work/$name/debs"/*.deb; do dpkg -x "$package" "$work/$name/root"; done
    [ -e "$work/$name/root/$proof" ]
    rm -rf "${target:?}/$name"
    mv "$work/$name/root" "$target/$name"
  done < <(missing)
}

[ -n "$(missing)" ] || exit 0
mkdir -p "$target"
exec 9>"$target/lock"
flock 9 # another run may be fetching right now
trap 'rm -rf "$target"/fetching.*' EXIT
# In a shell of its own: `set -e` does not work inside a condition.
for attempt in first second; do
  (unset APT_CONFIG && set -e && fetch) &
  wait $! && exit 0
  echo "fetch-servers: the $attempt attempt failed" >&2
done

cat >&2 <<MESSAGE
fetch-servers: cannot get $(missing | cut -d' ' -f1 | paste -sd' ') from the Debian packages.
Put the programs there yourself, in the layout of the packages:
$(missing | while read -r name suite proof packages; do echo "  $target/$name/$proof  ($packages, suite $suite)"; done)
MESSAGE
exit 1
