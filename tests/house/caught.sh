# shellcheck shell=sh disable=SC2154  # sourced, after lib.sh and its scratch_directory
# The negative control of a check on a tree of sources: it must accept a sound tree, refuse an empty one, and catch
# each fault on its own.

# expect_caught CHECK SOUND: CHECK is called with a tree, and says what is wrong in it. SOUND is called in an empty
# directory and writes a sound tree there. Standard input has one fault a line: a file | its line | what CHECK must say.
# The line goes through printf %b.
expect_caught() {
    check=$1 sound=$2
    missed=0
    tree=$scratch/tree
    mkdir "$tree"
    if $check "$tree" >/dev/null 2>&1; then missed=1 && complain 'not caught: a tree without sources'; fi
    while IFS='|' read -r file line words; do
        rm -rf "$tree"
        mkdir "$tree"
        (cd "$tree" && $sound)
        if ! said=$($check "$tree" 2>&1); then complain "a sound tree was refused: $said" && return 1; fi
        mkdir -p "$(dirname "$tree/$file")"
        printf '%b\n' "$line" >>"$tree/$file"
        if said=$($check "$tree" 2>&1); then
            missed=1 && complain "not caught: $file: $line"
        elif [ "${said#*"$words"}" = "$said" ]; then
            missed=1 && complain "caught for another reason: $file: $line: $said"
        else
            echo "caught: $file: $words"
        fi
    done
    return "$missed"
}
