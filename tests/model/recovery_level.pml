/* Recovery and waiting for a lock, which call each other: recovery_locks.pml includes this text twice. First for who
 * recovers the holder of the extent lock while recovering somebody else, or has to wait for nobody; then for all
 * others. AT(name) is the name at that level.
 */

/* The slot's byte is held. `name` is the dead one's. */
inline AT(recover_slot)(dead_slot) {
    AT(result) = 1;
    if
    :: client[dead_slot].in_use ->
        AT(name) = make_owner(dead_slot, client[dead_slot].generation);
        client[dead_slot].in_use = !FAULT(in_use_first);
        if
        :: FAULT(release_first) -> release_stripes(AT(name), AT(n))
        :: else
        fi;
        resolve_stripes(AT(name), AT(n), AT(result));
        AT(result) = 1;
        if
        :: FAULT(pages)
        :: else -> AT(give_back_pages)()
        fi;
        if
        :: AT(result) -> settle_transfer(AT(name), AT(n), AT(result))
        :: else
        fi;
        if
        :: AT(result) ->
            release_stripes(AT(name), AT(n));
            client[dead_slot].generation++;
            client[dead_slot].in_use = 0
        :: else
        fi
    :: else
    fi
}

inline AT(recover_if_dead)() {
    AT(result) = 0;
    if
    :: slot_of(AT(holder)) == slot_of(self) -> skip
    :: else ->
        hold_byte(slot_of(AT(holder)), AT(result));
        if
        :: AT(result) ->
            if
            :: FAULT(byte_early) -> release_byte(slot_of(AT(holder)))
            :: else
            fi;
            if
            :: client[slot_of(AT(holder))].generation == generation_of(AT(holder)) ->
                AT(recover_slot)(slot_of(AT(holder)))
            :: else
            fi;
            if
            :: FAULT(byte_early)
            :: else -> release_byte(slot_of(AT(holder)))
            fi
        :: else
        fi
    fi
}

/* acquire() with its lock_contended(): in a name, which is the process's own or a dead one's. */
inline AT(acquire)(number, actor) {
    AT(adopted) = 0;
    do
    :: atomic { owner[number] == 0 -> owner[number] = actor; break }
    :: atomic { owner[number] != 0 -> AT(holder) = owner[number] };
        if
        :: !names_a_client(AT(holder)) ->
            atomic {
                if
                :: owner[number] == AT(holder) -> owner[number] = actor; AT(adopted) = 1
                :: else
                fi
            };
            if
            :: AT(adopted) -> break
            :: else
            fi
        :: else ->
            /* Sleeps until the word changes or the system says that the holder is dead. */
            (owner[number] != AT(holder) || liveness_byte[slot_of(AT(holder))] == 0 || FAULT(liveness));
            if
            :: owner[number] == AT(holder) ->
                AT(recover_if_dead)();
                /* Who was recovered holds nothing any more. */
                assert(!AT(result) || owner[number] != AT(holder))
            :: else
            fi
        fi
    od;
    AT(holder) = 0
}
