# shellcheck shell=sh
# What JavaScript needs besides its package. Sourced, behind lib.sh.

skipped=77 # as meson knows it

# fetch_koffi PACKAGE DIRECTORY: what node needs to call C, of the version and content that the package's lock file says,
# with the package beside it. Without a registry to be reached, 77. Tests may ask at the same time: the first fetches.
fetch_koffi() {
    mkdir -p "$2"
    { flock 8 && fetch_first "$1" "$2"; } 8>"$2/lock"
}

fetch_first() {
    koffi=$2
    if cmp -s "$1/package-lock.json" "$koffi/fetched"; then return 0; fi
    cp "$1/package.json" "$1/package-lock.json" "$koffi"
    if quietly "$koffi/npm.log" npm --prefix "$koffi" ci --ignore-scripts --no-audit --no-fund \
        --fetch-retry-maxtimeout=10000; then
        ln -sfn "$1" "$koffi/node_modules/latzero"
        cp "$1/package-lock.json" "$koffi/fetched"
    elif npm --fetch-retries=0 view koffi version >"$koffi/view.log" 2>&1; then
        return 1
    else
        return "$skipped"
    fi
}
