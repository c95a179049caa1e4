/* The life of pools under one name: creation, attach, detach, destruction and death, all racing.
 *
 * Mirrors src/pool/life (lifetime, open, create, attach, destroy, creations), name by name; mirrored.txt lists the
 * functions, and a test fails when one of them has changed since this model was last compared with it.
 *
 * Each process connects to the pool (and makes it if there is none), or only makes it, or destroys it; then it leaves.
 * It may die between any two steps; the system then drops its byte locks and the life lock.
 *
 * Abstractions: an object has one liveness byte a process; no persistent pools, no idle TTL, no squatters; nobody waits
 * for the life lock until a deadline, but as long as it takes; no host closes a descriptor, nor runs out of them;
 * nobody becomes another user.
 *
 * Taken from the environment: PROCESSES (2 or 3), OBJECTS (at most 4), DEATHS and FAULT, the safeguard that is removed.
 */
#define MOST_PROCESSES 3
#define MOST_OBJECTS 4

byte fault, objects, deaths_left; /* the first two are constant */
bit somebody_died;
#define FAULT(name) (fault == FAULT_##name)
#define FAULT_checked_early 1
#define FAULT_bury_named 2
#define FAULT_byte_late 3
#define FAULT_creator 4
#define FAULT_half_built 5
#define FAULT_bury_first 6
#define FAULT_life_lock 7
#define FAULT_hand_over 8

c_decl {
    static const char *const faults[] = {"none",    "checked_early", "bury_named", "byte_late",
                                         "creator", "half_built", "bury_first", "life_lock", "hand_over"};

    static int number_of(const char *name) { return getenv(name) != NULL ? atoi(getenv(name)) : 0; }

    static int fault_number() {
        int i;
        for (i = 0; i < sizeof faults / sizeof *faults; i++)
            if (getenv("FAULT") != NULL && strcmp(getenv("FAULT"), faults[i]) == 0) return i;
        fprintf(stderr, "FAULT: there is no such choice\n");
        exit(2);
    }
}

/* Numbers of objects and processes are one more than their places; 0 is none. */
byte name, made;

typedef Object {
    bit complete, destroyed;
    byte life, creator; /* held by which process */
    byte clients        /* liveness bytes: one bit a process */
};
Object object[MOST_OBJECTS + 1];

/* Of the model: to which object a process has been connected, until it leaves or dies; and which one it has made and
 * not connected to, until it ends, destroys it or dies.
 */
byte connected_to[MOST_PROCESSES], keeps[MOST_PROCESSES];
bit dead[MOST_PROCESSES], finished[MOST_PROCESSES];

#define bit_of(who) (1 << (who))
#define lives(who) (!finished[who] && !dead[who])
#define somebody_lives (lives(0) || lives(1) || lives(2))
#define nobody_on(o) (connected_to[0] != (o) && connected_to[1] != (o) && connected_to[2] != (o))
#define nobody_keeps(o) (keeps[0] != (o) && keeps[1] != (o) && keeps[2] != (o))

inline lock_life(o) {
    atomic { object[o].life == 0 || FAULT(life_lock) -> object[o].life = me + 1 }
}

inline unlock_life(o) {
    object[o].life = 0
}

/* yes: orphan or destroyed */
inline judge_life(o) {
    yes = object[o].destroyed; /* read_signs() */
    if
    :: !yes -> yes = (object[o].clients == 0 && (object[o].creator == 0 || FAULT(creator))) /* find_keeper() */
    :: else
    fi
}

/* remove_name(): whatever has the name loses it. */
inline unlink(o) {
    atomic {
        /* Nobody's but this object's; and nobody lives in it, nor does its creator keep it. */
        assert(name == o);
        assert(object[o].destroyed || nobody_on(o));
        assert(object[o].destroyed || nobody_keeps(o));
        name = 0
    }
}

inline mark_destroyed() {
    atomic {
        if
        :: name != 0 -> object[name].destroyed = 1
        :: else
        fi
    }
}

inline bury(o) {
    if
    :: name == o -> mark_destroyed(); unlink(o)
    :: else
    fi
}

inline bury_if_orphaned(o) {
    judge_life(o);
    if
    :: yes && (name == o || FAULT(bury_named)) -> unlink(o)
    :: else
    fi;
    yes = 0
}

/* found becomes the object, its life lock held; 0: absent. */
inline open_pool() {
    do
    :: name == 0 -> found = 0; break
    :: atomic { name != 0 -> found = name };
        assert(object[found].complete);
        if
        :: FAULT(checked_early) -> judge_life(found)
        :: else
        fi;
        lock_life(found);
        if
        :: name != found && !FAULT(checked_early) -> unlock_life(found)
        :: else ->
            if
            :: FAULT(checked_early)
            :: else -> judge_life(found)
            fi;
            if
            :: yes -> unlink(found); yes = 0; unlock_life(found)
            :: else -> break
            fi
        fi
    od
}

inline let_go() {
    atomic { object[own].creator = 0; keeps[me] = 0; own = 0 }
}

inline review_creations() {
    if
    :: own != 0 && name != own -> let_go()
    :: else
    fi
}

/* own becomes the object; 0: there is a pool. When there are no more objects in this model, the process gives up. */
inline create_if_absent() {
    review_creations();
    atomic {
        if
        :: made < objects -> made++; own = made
        :: else -> goto leaving
        fi
    };
    if
    :: FAULT(half_built)
    :: else -> object[own].complete = 1 /* format() */
    fi;
    object[own].creator = me + 1;
    do
    :: atomic { name == 0 -> name = own; keeps[me] = own };
        object[own].complete = 1;
        break
    :: else ->
        open_pool(); /* what has the name */
        if
        :: found == 0
        :: else ->
            unlock_life(found);
            let_go();
            break
        fi
    od
}

inline attach() {
    do
    :: true ->
        open_pool();
        if
        :: found != 0 -> break
        :: found == 0 && made < objects -> create_if_absent()
        :: else -> goto leaving
        fi
    od;
    if
    :: FAULT(byte_late) -> unlock_life(found)
    :: else
    fi;
    /* claim_slot(). From here on the pool must not go. */
    atomic {
        object[found].clients = object[found].clients | bit_of(me);
        connected_to[me] = found;
        assert(name == found || object[found].destroyed);
        assert(connected_to[0] == 0 || connected_to[0] == found || object[connected_to[0]].destroyed);
        assert(connected_to[1] == 0 || connected_to[1] == found || object[connected_to[1]].destroyed);
        assert(connected_to[2] == 0 || connected_to[2] == found || object[connected_to[2]].destroyed)
    };
    if
    :: FAULT(byte_late)
    :: else -> unlock_life(found)
    fi;
    /* hand_over_creation() */
    if
    :: own == found -> let_go()
    :: own != found && FAULT(hand_over) -> object[found].creator = 0
    :: else
    fi
}

inline detach() {
    lock_life(found);
    if
    :: FAULT(bury_first) -> bury_if_orphaned(found)
    :: else
    fi;
    atomic { object[found].clients = object[found].clients & ~bit_of(me); connected_to[me] = 0 };
    if
    :: FAULT(bury_first)
    :: else -> bury_if_orphaned(found)
    fi;
    unlock_life(found)
}

/* When the process ends. */
inline end_creations() {
    if
    :: own != 0 ->
        atomic { object[own].creator = 0; keeps[me] = 0 };
        lock_life(own);
        bury_if_orphaned(own);
        unlock_life(own)
    :: else
    fi
}

proctype process(byte me) {
    byte found, own;
    bit yes;

    {
        if
        :: attach(); detach()
        :: made < objects -> create_if_absent()
        :: open_pool(); /* destroy() */
            if
            :: found != 0 -> bury(found); unlock_life(found)
            :: else
            fi
        fi;
leaving:
        end_creations()
    } unless {
        dead[me]
    };
    finished[me] = 1
}

/* Kills whom it likes, when it likes; and may leave off, so that who waits for ever is not saved by a death. */
proctype killer() {
    byte who, n;
end:
    do
    :: atomic { deaths_left > 0 -> deaths_left = 0 }
    :: atomic {
        deaths_left > 0 && somebody_lives ->
        if
        :: lives(0) -> who = 0
        :: lives(1) -> who = 1
        :: lives(2) -> who = 2
        fi;
        deaths_left--;
        somebody_died = 1;
        dead[who] = 1;
        connected_to[who] = 0;
        keeps[who] = 0;
        n = 1;
        do
        :: n <= MOST_OBJECTS ->
            object[n].clients = object[n].clients & ~bit_of(who);
            object[n].creator = (object[n].creator == who + 1 -> 0 : object[n].creator);
            object[n].life = (object[n].life == who + 1 -> 0 : object[n].life);
            n++
        :: else -> break
        od;
        who = 0;
        n = 0
    }
    od
}

/* When all have left, nothing is kept; and without a death, nothing is left. */
proctype observe() {
    (finished[0] && finished[1] && finished[2]);
    assert(name == 0 || somebody_died);
    assert(name == 0 || (object[name].clients == 0 && object[name].life == 0 && object[name].creator == 0))
}

init {
    byte n, processes;
    atomic {
        c_code {
            now.fault = fault_number();
            now.objects = number_of("OBJECTS");
            now.deaths_left = number_of("DEATHS");
            Pinit->processes = number_of("PROCESSES");
        };
        do
        :: n < MOST_PROCESSES ->
            if
            :: n < processes -> run process(n)
            :: else -> finished[n] = 1
            fi;
            n++
        :: else -> break
        od;
        run killer();
        run observe()
    }
}
