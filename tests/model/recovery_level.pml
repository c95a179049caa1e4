/* Recovery and waiting for a lock, which call each other: recovery_locks.pml includes this text twice. First for who
 * recovers the holder of the extent lock while recovering somebody else, or has to wait for nobody; then for all
 * others. AT(name) is the name at that level.
 */

/* take_holdings(), of the dead one with that name. */
inline AT(take_holdings)() {
    if
    :: FAULT(release_first) -> release_stripes(AT(name), AT(n))
    :: else
    fi;
    AT(take_extents)();
    if
    :: AT(result) ->
        resolve_stripes(AT(name), AT(n), AT(result));
        if
        :: FAULT(pages)
        :: else -> give_back_pages_locked(AT(name), AT(n))
        fi;
        d_step { holds(EXTENTS, AT(name)); owner[EXTENTS] = 0 };
        settle_transfer(AT(name), AT(n), AT(result))
    :: else
    fi;
    if
    :: AT(result) -> release_stripes(AT(name), AT(n))
    :: else
    fi
}

#define is_in_use_by(who) (client[slot_of(who)].in_use && client[slot_of(who)].generation == generation_of(who))

/* recover(), of the dead one with that name; whether it is gone was looked at before. */
inline AT(recover)(is_gone) {
    hold_recovery(slot_of(AT(name)), AT(result));
    if
    :: AT(result) ->
        if
        :: is_in_use_by(AT(name)) ->
            client[slot_of(AT(name))].in_use = !FAULT(in_use_first);
            AT(take_holdings)();
            if
            :: AT(result) && is_gone ->
                client[slot_of(AT(name))].generation++;
                client[slot_of(AT(name))].in_use = 0
            :: else
            fi
        :: else
        fi;
        release_recovery(slot_of(AT(name)))
    :: else
    fi
}

/* The slot's liveness byte is held. */
inline AT(recover_slot)(dead_slot) {
    AT(result) = 1;
    if
    :: client[dead_slot].in_use ->
        AT(name) = make_owner(dead_slot, client[dead_slot].generation);
        AT(recover)(1)
    :: else
    fi
}

inline AT(recover_if_dead)() {
    AT(result) = 0;
    if
    :: slot_of(AT(holder)) == slot_of(self) -> skip
    :: else ->
        AT(name) = AT(holder);
        if
        :: liveness_byte[slot_of(AT(holder))] == 0 || FAULT(liveness) -> AT(recover)(1)
        :: is_dying(slot_of(AT(holder))) -> AT(recover)(0)
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
            /* Sleeps until the word changes or the system says that the holder is dead or dying. */
            (owner[number] != AT(holder) || liveness_byte[slot_of(AT(holder))] == 0 ||
             is_dying(slot_of(AT(holder))) || FAULT(liveness));
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
