/* The exchange of store/commit.{hpp,cpp}; for recovery.pml. */

 */

inline target_is_after(s, yes) {
    if
    :: stripe[s].target == SLOT_WORD -> yes = (stripe[s].slot == stripe[s].after)
    :: stripe[s].target == EXTENT_WORD -> yes = (stripe[s].extent == stripe[s].after)
    :: else -> yes = (client[stripe[s].target_slot].transfer == stripe[s].after)
    fi
}

/* The caller has filled in what is exchanged. */
inline arm(s, actor) {
    d_step {
        holds(s, actor);
        assert(!stripe[s].armed);
        stripe[s].list_taken = stripe[s].list & ~bit(stripe[s].taken);
        stripe[s].list_finished = stripe[s].list_taken | bit(stripe[s].released);
        stripe[s].list_taken = stripe[s].list_taken & ~1;
        stripe[s].list_finished = stripe[s].list_finished & ~1;
        stripe[s].version_after = stripe[s].version + (stripe[s].target != TRANSFER_WORD -> 1 : 0)
    };
    stripe[s].armed = !FAULT(intent)
}

inline commit(s, actor) {
    d_step {
        holds(s, actor);
        if
        :: stripe[s].target == SLOT_WORD -> stripe[s].slot = stripe[s].after; commits[s]++
        :: stripe[s].target == EXTENT_WORD -> stripe[s].extent = stripe[s].after; commits[s]++
        :: else -> client[stripe[s].target_slot].transfer = stripe[s].after
        fi
    }
}

inline free_run_locked(page, actor) {
    if
    :: page_entry[page].kind == FREE -> skip
    :: else ->
        d_step { holds(EXTENTS, actor); page_entry[page].kind = FREE; page_entry[page].client = 0 };
        d_step { holds(EXTENTS, actor); page_map[page] = 0 }
    fi
}

inline finish(s, actor) {
    d_step { holds(s, actor); stripe[s].version = stripe[s].version_after };
    if
    :: stripe[s].taken != 0 -> d_step { holds(s, actor); stripe[s].list = stripe[s].list_taken }
    :: else
    fi;
    if
    :: stripe[s].taken_page != 0 -> /* keep_extent */
        d_step {
            if
            :: page_entry[stripe[s].taken_page - 1].kind == PENDING ->
                page_entry[stripe[s].taken_page - 1].kind = EXTENT;
                page_entry[stripe[s].taken_page - 1].client = 0
            :: else
            fi
        }
    :: else
    fi;
    if
    :: stripe[s].released != 0 ->
        d_step { holds(s, actor); spoilt[stripe[s].released] = 0 };
        d_step { holds(s, actor); stripe[s].list = stripe[s].list_finished }
    :: else
    fi;
    if
    :: stripe[s].released_page != 0 -> free_run_locked(stripe[s].released_page - 1, actor) /* release_extent */
    :: else
    fi;
    d_step { holds(s, actor); stripe[s].armed = 0 }
}

inline resolve_intent(s, actor, yes) {
    if
    :: stripe[s].armed ->
        target_is_after(s, yes);
        if
        :: yes -> finish(s, actor)
        :: else -> /* undo */
            d_step { holds(s, actor); spoilt[stripe[s].taken] = 0 };
            d_step { holds(s, actor); stripe[s].armed = 0 }
        fi
    :: else
    fi
}

inline clear_intent(s) {
    stripe[s].taken = 0;
    stripe[s].released = 0;
    stripe[s].taken_page = 0;
    stripe[s].released_page = 0;
    stripe[s].target_slot = 0
}
