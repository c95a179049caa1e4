/* store/recovery.cpp and store/lock.{hpp,cpp}; for recovery.pml. */

/* --- recovery.cpp
 * ----------------------------------------------------------------------------------------------------
 */

inline resolve_stripes(who, i, yes) {
    i = 0;
    do
    :: i < STRIPES ->
        if
        :: owner[i] == who -> resolve_intent(i, who, yes)
        :: else
        fi;
        i++
    :: else -> break
    od
}

inline release_stripes(who, i) {
    i = 0;
    do
    :: i < STRIPES ->
        if
        :: owner[i] == who -> owner[i] = 0
        :: else
        fi;
        i++
    :: else -> break
    od
}

inline rebuild_page_map_locked(i) {
    d_step {
        i = 0;
        do
        :: i < PAGES -> page_map[i] = (page_entry[i].kind != FREE); i++
        :: else -> break
        od
    }
}

/* The extent lock is held in that name. */
inline give_back_pages_locked(who, i) {
    i = 0;
    do
    :: i < PAGES ->
        if
        :: page_entry[i].kind == PENDING && page_entry[i].client == slot_of(who) -> free_run_locked(i, who)
        :: else
        fi;
        i++
    :: else -> break
    od;
    if
    :: FAULT(rebuild)
    :: else -> rebuild_page_map_locked(i)
    fi
}

inline receive_block(s, who, yes) {
    d_step {
        clear_intent(s);
        stripe[s].target = TRANSFER_WORD;
        stripe[s].target_slot = slot_of(who);
        stripe[s].after = 0;
        stripe[s].released = client[slot_of(who)].transfer
    };
    arm(s, who);
    commit(s, who);
    finish(s, who)
}

/* yes: not busy any more */
inline settle_transfer(who, i, yes) {
    yes = 1;
    if
    :: client[slot_of(who)].transfer != 0 && !FAULT(transfer) ->
        i = 0;
        yes = 0;
        do
        :: i < STRIPES && !yes ->
            atomic {
                if
                :: owner[i] == who || FAULT(transfer_lock) -> yes = 1
                :: owner[i] == 0 && !FAULT(transfer_lock) -> owner[i] = who; yes = 1
                :: else
                fi
            };
            if
            :: yes -> receive_block(i, who, yes); yes = 1
            :: else
            fi;
            i++
        :: else -> break
        od
    :: else
    fi
}

/* A newcomer tells by it that it lives. */
#define hold_byte(slot, ok) \
    atomic { \
        if \
        :: FAULT(liveness) -> ok = 1 \
        :: !FAULT(liveness) && liveness_byte[slot] == 0 -> liveness_byte[slot] = me + 1; ok = 1 \
        :: else -> ok = 0 \
        fi \
    }
/* Nothing runs in its holder any more, which the system has not torn down yet. */
#define is_dying(slot) (liveness_byte[slot] != 0 && dead[liveness_byte[slot] - 1])

/* Whoever has it is the only recoverer. */
#define hold_recovery(slot, ok) \
    atomic { \
        if \
        :: FAULT(recovery_byte) -> ok = 1 \
        :: !FAULT(recovery_byte) && (recovery_byte[slot] == 0 || recovery_byte[slot] == me + 1) -> \
            recovery_byte[slot] = me + 1; \
            ok = 1 \
        :: else -> ok = 0 \
        fi \
    }
#define release_recovery(slot) recovery_byte[slot] = 0

#define release_byte(slot) liveness_byte[slot] = (FAULT(liveness) -> liveness_byte[slot] : 0)

/* --- lock.cpp
 * --------------------------------------------------------------------------------------------------------
 */

#define names_a_client(holder) \
    (slot_of(holder) < SLOTS && \
     (FAULT(generation) || \
      (client[slot_of(holder)].generation == generation_of(holder) && \
       (client[slot_of(holder)].in_use || liveness_byte[slot_of(holder)] != 0))))

/* At the first level it is not waited for: what somebody else holds now is left for later. */
inline take_extents_nested() {
    atomic {
        if
        :: owner[EXTENTS] == name_nested -> result_nested = 1
        :: owner[EXTENTS] == 0 -> owner[EXTENTS] = name_nested; result_nested = 1
        :: else -> result_nested = 0
        fi
    }
}

#define AT(name) name##_nested
#include "recovery_level.pml"
#undef AT

/* recovery.cpp again: the extent lock in the dead one's name, waited for. */
inline take_extents() {
    if
    :: owner[EXTENTS] != name -> acquire_nested(EXTENTS, name)
    :: else
    fi;
    result = 1
}

#define AT(name) name
#include "recovery_level.pml"
#undef AT

inline lock_extents() {
    acquire_nested(EXTENTS, self);
    if
    :: adopted_nested && !FAULT(adopted_map) -> rebuild_page_map_locked(n)
    :: else
    fi
}

inline lock_stripe(s) {
    acquire(s, self);
    if
    :: adopted && !FAULT(adopted_intent) ->
        lock_extents();
        resolve_intent(s, self, result);
        d_step { holds(EXTENTS, self); owner[EXTENTS] = 0 }
    :: else
    fi
}

inline release(number) {
    d_step { holds(number, self); owner[number] = 0 }
}
