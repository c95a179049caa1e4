#!/bin/sh
# Holds the floors of the house: who may include whom. The rules are in floors.awk.
#
#   floors.sh ROOT         reports every include under ROOT that climbs a floor
#   floors.sh --self-test  shows that each rule is caught when it is broken
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
. "$here/caught.sh"

check() (
    cd "$1"
    find src abi include -name '*.[ch]' -o -name '*.[ch]pp' >"$scratch/list" 2>/dev/null || true
    if [ ! -s "$scratch/list" ]; then complain "no sources under $1" && exit 1; fi
    xargs awk -f "$here/floors.awk" <"$scratch/list"
)

sound_tree() {
    mkdir -p src/base src/store/fsck src/platform/posix src/cli/system/posix abi include/latzero
    echo '#include <cstdint>' >src/base/bytes.hpp
    printf '#include "base/bytes.hpp"\n#include "store/layout.hpp"\n' >src/store/segment.hpp
    echo '#include "store/fsck/soundness.hpp"' >src/store/fsck/check.cpp
    printf '#include "platform/posix/fd.hpp"\n#ifdef _WIN32\n' >src/platform/posix/sync.cpp
    printf '#include "guard.hpp"\n#include "store/segment.hpp"\n#include <latzero/latzero.h>\n' >abi/pool_abi.cpp
    printf '#include "options.hpp"\n#include <latzero/latzero.h>\n' >src/cli/main.cpp
    echo '#include <unistd.h>' >src/cli/system/posix/terminal.cpp
    printf '#ifndef LATZERO_API\n#if defined(_WIN32)\n' >include/latzero/latzero.h
    touch abi/guard.hpp src/cli/options.hpp
}

scratch_directory
if [ "${1:?a root, or --self-test}" != --self-test ]; then
    check "$1"
    exit
fi
expect_caught check sound_tree <<'EOF'
src/base/a.hpp|#include "store/layout.hpp"|base (floor 0) includes store (floor 2)
src/base/a.hpp|#  include <platform/sync.hpp>|base (floor 0) includes platform (floor 1)
src/platform/a.hpp|#include "pool/pool.hpp"|platform (floor 1) includes pool (floor 3)
src/store/a.hpp|#include "value/crypto.hpp"|store and value never meet
src/value/a.cpp|#include "store/segment.hpp"|value and store never meet
src/store/a.cpp|#include "log/log.hpp"|store and log never meet
src/log/a.cpp|#include "value/secret.hpp"|log and value never meet
src/pool/a.hpp|#include "client/client.hpp"|pool (floor 3) includes client (floor 4)
src/client/a.hpp|#include "abi/guard.hpp"|client (floor 4) includes abi (floor 7)
src/client/a.hpp|#include "background/worker.hpp"|client (floor 4) includes background (floor 6)
src/client/a.hpp|#include "snapshot/save.hpp"|client (floor 4) includes snapshot (floor 5)
src/snapshot/a.hpp|#include "background/worker.hpp"|snapshot (floor 5) includes background (floor 6)
src/background/a.hpp|#include "abi/guard.hpp"|background (floor 6) includes abi (floor 7)
src/store/a.cpp|#include "store/fsck/check.hpp"|the engine needs no check and no repair
src/store/a.hpp|#include "layout.hpp"|say in which room that is
src/attic/a.cpp|int attic;|room attic has no floor
src/cli/a.cpp|#include "client/client.hpp"|the CLI knows <latzero/...> and its own files alone
src/cli/a.cpp|#include <pool/pool.hpp>|the CLI knows <latzero/...> and its own files alone
src/cli/a.cpp|#include <unistd.h>|in the CLI only system/posix may know the system
include/latzero/a.h|#include "latzero.h"|the public header stands alone
src/store/a.cpp|#include "platform/posix/fd.hpp"|only platform may know the system
abi/a.cpp|#include "windows/sync.hpp"|only platform may know the system
src/base/a.cpp|#include <sys/mman.h>|only platform may know the system
src/pool/a.cpp|#include <platform/posix/fd.hpp>|only platform may know the system
src/pool/a.cpp|#ifdef _WIN32|mentions _WIN32
include/latzero/a.h|#ifdef _WIN32|mentions _WIN32
EOF
