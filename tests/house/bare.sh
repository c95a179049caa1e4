# shellcheck shell=sh
# A bare Debian 12, made once by debootstrap and copied for each use. Sourced, after lib.sh. It has ccache besides, which
# spares it what was compiled before, also by whoever runs the test, and depends on nothing that a build needs.

# The mirror that this machine's own apt uses, if it is one of Debian's archive; without one, debootstrap knows its own.
debian_mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
        sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' |
        grep -Em 1 '/debian(/|$)' || true
}

# what_is_missing: says why this machine can have no bare system. Says nothing if it can.
what_is_missing() {
    if [ "$(id -u)" -ne 0 ]; then
        echo 'only root can make a bare system'
    elif ! command -v debootstrap >/dev/null; then
        echo 'debootstrap is not installed'
    elif ! said=$(unshare --mount --pid --fork mount -t tmpfs none /mnt 2>&1); then
        echo "no namespaces of its own: $said"
    fi
}

# make_base CACHE: CACHE/base, unless an earlier run has made it. Packages stay beside it.
make_base() {
    mkdir -p "$1/archives/partial" "$CCACHE_DIR"
    if [ -d "$1/base" ]; then return; fi
    rm -rf "$1/base.new"
    # shellcheck disable=SC2046  # one word or none
    debootstrap --variant=minbase --include=ccache bookworm "$1/base.new" $(debian_mirror) >"$1/debootstrap.log" 2>&1 ||
        return 1
    # Nobody needs a copy to survive a power cut.
    echo force-unsafe-io >"$1/base.new/etc/dpkg/dpkg.cfg.d/unsafe-io"
    # How this machine reaches its mirror.
    apt-config dump Acquire | grep -E '^Acquire::(http|https|Check)' >"$1/base.new/etc/apt/apt.conf.d/99machine" || true
    mkdir "$1/base.new/var/cache/ccache"
    mv "$1/base.new" "$1/base"
}

# copy_base CACHE ROOT: a system of its own in ROOT.
copy_base() {
    mkdir -p "$2"
    cp -a "$1/base/." "$2/"
    cp /etc/resolv.conf /etc/hosts "$2/etc/"
}

# in_bare CACHE ROOT COMMAND...: with namespaces, /dev and /dev/shm of its own, no terminal, and a new login's environment.
in_bare() {
    # shellcheck disable=SC2016  # expanded in there
    unshare --mount --pid --fork --kill-child sh -euc '
        cache=$1 root=$2
        shift 2
        mount -t proc proc "$root/proc"
        mount --rbind /sys "$root/sys"
        mount -t tmpfs -o mode=755 dev "$root/dev"
        for node in null zero full random urandom; do
            : >"$root/dev/$node"
            mount --bind "/dev/$node" "$root/dev/$node"
        done
        ln -s /proc/self/fd "$root/dev/fd"
        mkdir "$root/dev/shm"
        mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
        mount --bind "$cache/archives" "$root/var/cache/apt/archives"
        mount --bind "$CCACHE_DIR" "$root/var/cache/ccache"
        exec chroot "$root" /usr/bin/env -i HOME=/root TERM=dumb CCACHE_DIR=/var/cache/ccache CCACHE_NOHASHDIR=1 \
            CCACHE_SLOPPINESS="$CCACHE_SLOPPINESS" \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} "$@"
    ' bare "$@" </dev/null
}
