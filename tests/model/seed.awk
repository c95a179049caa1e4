# Seeds faults.txt into a copy of the sources: awk -v tree=DIRECTORY [-v control=NAME] -f seed.awk faults.txt
#
# Of all faults of the models, or of that control alone.
# A block's `-` lines must stand in its file exactly once, but for their indentation; its `+` lines take their place. So
# a source that has changed under a fault fails the build, and says which fault is to be looked at.
function trim(line) {
    gsub(/^[ \t]+|[ \t]+$/, "", line)
    return line
}

function fail(words) {
    print "faults.txt: " name ": " words >"/dev/stderr"
    failed = 1
    exit 1
}

function matches(at,   i) {
    for (i = 0; i < olds; i++)
        if (trim(lines[at + i]) != old[i]) return 0
    return 1
}

# Whether the block of that head is to be seeded.
function is_wanted(   words) {
    split(name, words)
    return control == "" ? words[1] != "control" : words[1] == "control" && words[2] == control
}

function seed(   path, count, found, at, line, i) {
    if (file == "") return
    if (!is_wanted()) {
        olds = news = 0
        file = ""
        return
    }
    any = 1
    path = tree "/" file
    count = 0
    while ((getline line <path) > 0) lines[count++] = line
    close(path)
    found = -1
    for (at = 0; at + olds <= count; at++) {
        if (!matches(at)) continue
        if (found >= 0) fail("stands in " file " more than once: " old[0])
        found = at
    }
    if (olds == 0 || found < 0) fail("no longer stands in " file ": " old[0])
    printf "" >path
    for (at = 0; at < found; at++) print lines[at] >path
    for (i = 0; i < news; i++) print fresh[i] >path
    for (at = found + olds; at < count; at++) print lines[at] >path
    close(path)
    olds = news = 0
    file = ""
}

/^(fault|always|control) / { seed(); name = $0; next }
/^- / { old[olds++] = trim(substr($0, 3)); next }
/^\+ / { fresh[news++] = substr($0, 3); next }
/^[a-z_]+\/[a-z_.\/]+$/ { seed(); file = $0; next }
/^#/ || /^$/ { next }
{ fail("makes no sense: " $0) }
END {
    if (!failed) seed()
    if (!failed && !any) {
        name = control
        fail("is no control")
    }
}
