/* What a client does; for recovery.pml. */

 */

/* The first block of a free list. */
inline first_free(s, block) {
    block = 1;
    do
    :: block <= BLOCKS && !(stripe[s].list & bit(block)) -> block++
    :: else -> break
    od
}

inline put(s) {
    lock_stripe(s);
    if
    :: (stripe[s].list & ~1) != 0 ->
        d_step {
            clear_intent(s);
            first_free(s, block);
            assert(!spoilt[block]);
            stripe[s].target = SLOT_WORD;
            stripe[s].after = block;
            stripe[s].taken = block;
            stripe[s].released = stripe[s].slot
        };
        arm(s, self);
        d_step { holds(s, self); spoilt[block] = 1 };
        commit(s, self);
        finish(s, self)
    :: else /* memory_full */
    fi;
    release(s)
}

/* allocate_run(), then put_locked() of what was written before. */
inline put_large(s) {
    lock_extents();
    d_step {
        n = 0;
        do
        :: n < PAGES && page_map[n] -> n++
        :: else -> break
        od;
        assert(n < PAGES);
        /* Whoever finds a page free owns it alone. */
        assert(page_entry[n].kind == FREE);
        page = n
    };
    d_step { holds(EXTENTS, self); page_entry[page].kind = PENDING; page_entry[page].client = slot_of(self) };
    d_step { holds(EXTENTS, self); page_map[page] = 1 };
    release(EXTENTS);
    lock_stripe(s);
    lock_extents();
    d_step {
        clear_intent(s);
        stripe[s].target = EXTENT_WORD;
        stripe[s].after = page + 1;
        stripe[s].taken_page = page + 1;
        stripe[s].released_page = stripe[s].extent
    };
    arm(s, self);
    commit(s, self);
    if
    :: !FAULT(extent_scope) ->
        finish(s, self);
        release(EXTENTS)
    :: else ->
        /* As finish(), but lets go of the extents before the intent is gone. */
        stripe[s].version = stripe[s].version_after;
        d_step { page_entry[page].kind = EXTENT; page_entry[page].client = 0 };
        if
        :: stripe[s].released_page != 0 -> free_run_locked(stripe[s].released_page - 1, self)
        :: else
        fi;
        release(EXTENTS);
        stripe[s].armed = 0
    fi;
    release(s)
}

inline lend_block(t) {
    d_step {
        clear_intent(t);
        first_free(t, block);
        stripe[t].target = TRANSFER_WORD;
        stripe[t].target_slot = slot_of(self);
        stripe[t].after = block;
        stripe[t].taken = block
    };
    arm(t, self);
    commit(t, self);
    finish(t, self)
}

/* borrow_block_locked(): to stripe s from the other, whose lock is not waited for. */
inline borrow_block_locked() {
    lock_stripe(s);
    t = 1 - s;
    atomic {
        if
        :: owner[t] == 0 -> owner[t] = self
        :: else
        fi
    };
    if
    :: owner[t] == self && (stripe[t].list & ~1) != 0 -> /* hand_over_locked */
        lend_block(t);
        receive_block(s, self, result)
    :: else
    fi;
    if
    :: owner[t] == self -> release(t)
    :: else
    fi;
    release(s)
}

/* borrow_block(): from stripe s to the other. */
inline borrow_block() {
    t = s;
    do
    :: lock_stripe(t);
        if
        :: t == s && (stripe[t].list & ~1) != 0 -> lend_block(t)
        :: t != s -> receive_block(t, self, result)
        :: else
        fi;
        release(t);
        if
        :: t == s && client[slot_of(self)].transfer != 0 -> t = 1 - s
        :: else -> break
        fi
    od
}

/* --- attach.cpp
 * ------------------------------------------------------------------------------------------------------
 */

/* claim_slot(), with the life lock held. */
inline claim_slot() {
    atomic { life == 0 -> life = me + 1 };
    slot = 0;
    self = 0;
    do
    :: self == 0 ->
        assert(slot < SLOTS);
        hold_byte(slot, result_nested);
        if
        :: result_nested ->
            recover_slot_nested(slot);
            if
            :: client[slot].in_use -> release_byte(slot); slot++
            :: else ->
                client[slot].generation++;
                client[slot].in_use = 1;
                self = make_owner(slot, client[slot].generation)
            fi
        :: else -> slot++
        fi;
        /* All others live, or could not be recovered now: the library says busy, the caller tries again. */
        if
        :: self == 0 && slot == SLOTS -> slot = 0
        :: else
        fi
    :: else -> break
    od;
    life = 0
}

inline detach() {
    atomic { life == 0 -> life = me + 1 };
    if
    :: client[slot_of(self)].transfer == 0 -> client[slot_of(self)].in_use = 0
    :: else
    fi;
    liveness_byte[slot_of(self)] = 0;
    life = 0
}
