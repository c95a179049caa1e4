# Judges the includes of the sources named as arguments, relative to the root of the tree.
BEGIN {
    floor["base"] = 0
    floor["platform"] = 1
    floor["store"] = floor["value"] = floor["log"] = 2
    floor["pool"] = 3
    floor["client"] = 4
    floor["snapshot"] = 5
    floor["background"] = 6
    floor["abi"] = 7
    layer = "(^|/)(posix|windows)/"
    of_the_system = "^(sys|linux|asm|netinet)/|^(windows|unistd|fcntl|pthread|poll|sched|spawn|termios|dlfcn|dirent)\\.h$"
}

function report(words) {
    print FILENAME ":" FNR ": " words
    faults++
}

# src/ROOM/... or a room at the top.
function room_of(path, parts) {
    split(path, parts, "/")
    return parts[1] == "src" ? parts[2] : parts[1]
}

function exists(path, line, found) {
    found = (getline line < path) >= 0
    close(path)
    return found
}

# An angle bracket opens no back door: <pool/pool.hpp> is judged as "pool/pool.hpp" is.
function judge(target, quoted, other) {
    other = target
    if (!sub("/.*", "", other)) other = ""
    if (room != "platform" && (target ~ layer || room in floor && !quoted && target ~ of_the_system)) {
        report("includes " target ": only platform may know the system")
    } else if (room == "include") {
        if (quoted || other in floor) report("includes " target ": the public header stands alone")
    } else if (room == "cli") {
        if (other in floor || quoted && !exists("src/cli/" target) && !exists("src/" target))
            report("includes " target ": the CLI knows <latzero/...> and its own files alone")
        else if (target ~ of_the_system && FILENAME !~ /^src\/cli\/system\/posix\//)
            report("includes " target ": in the CLI only system/posix may know the system")
    } else if (other in floor) {
        if (floor[other] > floor[room])
            report(room " (floor " floor[room] ") includes " other " (floor " floor[other] ")")
        else if (floor[other] == floor[room] && other != room)
            report(room " and " other " never meet")
        else if (target ~ /^store\/fsck\// && FILENAME ~ /^src\/store\/[^\/]*$/)
            report("includes " target ": the engine needs no check and no repair")
    } else if (quoted && !(room == "abi" && exists("abi/" target))) {
        report("includes " target ": say in which room that is")
    }
}

FNR == 1 {
    room = room_of(FILENAME)
    previous = ""
    if (!(room in floor) && room != "cli" && room != "include") report("room " room " has no floor")
}

/^[ \t]*#[ \t]*include[ \t]*["<]/ {
    target = $0
    sub(/^[^"<]*["<]/, "", target)
    sub(/[">].*/, "", target)
    judge(target, $0 ~ /include[ \t]*"/)
}

# The one exception is the export macro of the public header.
/_WIN32/ && room != "platform" && !(room == "include" && previous == "#ifndef LATZERO_API") {
    report("mentions _WIN32: only platform may know the system")
}

{ previous = $0 }

END { exit faults > 0 }
