# Judges the texts named as arguments, relative to the root of the tree. The patterns are written so that they do not
# match themselves.
function report(words) {
    fault(FILENAME ":" FNR ": " words)
}

function fault(words) {
    print words
    faults++
}

function judge_the_whole() {
    if (is_header && !guarded) fault(name ": no include guard")
    if (is_code && lines > 400 && name !~ /^\.\/include\//) fault(name ": over 400 lines")
}

FNR == 1 {
    judge_the_whole()
    name = FILENAME
    is_header = name ~ /\.(h|hpp)$/
    is_c = name ~ /\.(c|h|cpp|hpp)$/
    is_code = is_c || name ~ /\.(sh|awk|py|rs|go|cs|build)$/ || /^#!/
    tabs_belong = is_go = name ~ /\.go$/
    guarded = start = 0
    guard = ""
}

{ lines = FNR }
/^```/ { tabs_belong = is_go || $1 == "```go" }

/\t/ && !tabs_belong { report("a tab") }
/[ \t\r]$/ { report("blank at the end") }
/(^|[^A-Za-z0-9_])(TOD[O]|FIXM[E]|XX[X]|HAC[K])([^A-Za-z0-9_]|$)/ { report("left over: finish it or drop it") }
/\/(wor[k]|far[m]|roo[t])\// { report("a path of one machine") }

!is_c { next }

# Columns, not bytes: what continues a UTF-8 character does not count.
{
    shown = $0
    gsub(/[\200-\277]/, "", shown)
    if (length(shown) > 120) report("over 120 columns")
}

$1 == "#pragma" && $2 == "once" || $1 == "#define" && guard != "" && $2 == guard { guarded = 1 }
{ guard = $1 == "#ifndef" ? $2 : "" }

# A function begins in the first column and ends with a brace there; so does no class, namespace or declaration.
/^[A-Za-z_]/ {
    start = FNR
    opened = 0
}
/\{$/ { opened = 1 }
/^\}$/ {
    if (start && opened && FNR - start + 1 > 70) report("a function of over 70 lines")
    start = 0
}

END {
    judge_the_whole()
    exit faults > 0
}
