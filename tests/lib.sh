# shellcheck shell=sh disable=SC2034  # sourced; the lists are for the scripts that source it
# Functions that the scripts under tests/ share. Sourced, POSIX sh.

# What a build needs, and what the tests and the fuzzers need besides, as Debian 12 names them.
build_packages='g++ meson ninja-build pkgconf libxxhash-dev libcli11-dev libsodium-dev libzstd-dev nlohmann-json3-dev'
test_packages='abigail-tools binutils ccache debootstrap git libcmocka-dev relacy-dev spin util-linux valgrind'
# The other languages: what each is called by, and the package. A machine may have them from elsewhere.
language_packages='rustc:rustc go:golang-go mcs:mono-mcs mono:mono-runtime
    python3:python3 node:nodejs npm:npm'
# What some tests are skipped without.
optional_packages='chromium:chromium clang-format-14:clang-format-14 clang-tidy-14:clang-tidy-14
    shellcheck:shellcheck'
fuzz_packages='clang-14 libclang-rt-14-dev'

# Meson compiles through ccache where there is one: builds that differ in one safeguard share all other objects.
# Wherever they lie: what debuggers are told of the directory is the first one's.
export CCACHE_DIR="${CCACHE_DIR:-$PWD/build/ccache}" CCACHE_NOHASHDIR=1
# In whatever language compilers speak.
export CCACHE_SLOPPINESS=locale

heading() {
    printf '\n== %s\n' "$*"
}

complain() {
    printf '%s\n' "$*" >&2
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# A directory that vanishes with the script, whichever way that ends.
scratch_directory() {
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/latzero-test.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 130' INT TERM HUP
}

# quietly LOG COMMAND...: keeps the output for the case that the command fails; then its end is shown, without ninja's
# lines of progress.
quietly() {
    quiet_log=$1
    shift
    mkdir -p "$(dirname "$quiet_log")"
    "$@" >"$quiet_log" 2>&1 && return
    grep -v '^\[[0-9]*/[0-9]*\]' "$quiet_log" | tail -n 40 >&2
    complain "failed: $*"
    return 1
}

# install_packages PACKAGE...: installs those that are missing. A machine that has them all is left alone, so this needs
# neither root nor a network there; a system without dpkg is trusted to have its own.
install_packages() {
    command -v dpkg-query >/dev/null || return 0
    missing=
    for package in "$@"; do
        case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) in
            installed) ;;
            *) missing="$missing $package" ;;
        esac
    done
    [ -n "$missing" ] || return 0
    heading "installing$missing"
    # shellcheck disable=SC2086  # a list of names
    quietly build/apt.log as_root apt-get -qq -o Acquire::Retries=3 update &&
        quietly build/apt.log as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq -y -o Acquire::Retries=3 --no-install-recommends install $missing
}

# missing_packages COMMAND:PACKAGE...: the packages whose command is not there.
missing_packages() {
    for pair in "$@"; do
        if ! command -v "${pair%%:*}" >/dev/null; then echo "${pair#*:}"; fi
    done
}

# tool_of_version MAJOR TOOL: what that version of a tool of LLVM's is called here; fails where there is none.
tool_of_version() {
    if command -v "$2-$1"; then return; fi
    "$2" --version 2>/dev/null | grep -q "version $1\." && echo "$2"
}

# configure DIRECTORY MESON-OPTION...: the first time or anew.
configure() {
    configure_dir=$1
    shift
    if [ -f "$configure_dir/build.ninja" ]; then set -- --reconfigure "$@"; fi
    quietly "$configure_dir/setup.log" meson setup "$configure_dir" "$@"
}

# compile DIRECTORY [FILE...]: by default all.
compile() {
    compile_dir=$1
    shift
    quietly "$compile_dir/compile.log" ninja -C "$compile_dir" "$@"
}
