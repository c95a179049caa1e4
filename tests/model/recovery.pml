/* Locks between processes that may be killed at any step, and what the living do behind the dead.
 *
 * Mirrors, name by name: store/lock.{hpp,cpp}, store/recovery.cpp, the exchange of store/commit.{hpp,cpp}, both halves
 * of a block's transfer of store/transfer.cpp, runs of store/pages.cpp and the slots of pool/life/client_slots.cpp;
 * mirrored.txt lists the functions, and a test fails when one of them has changed since this model was last compared
 * with it.
 *
 * A process is a client with one operation to do. It may die between any two steps; some time later the system drops its
 * byte locks, and a new process may take its place. In between others see that it is dying.
 *
 * Abstractions: as many client slots as processes, two stripes. A stripe's free list is the set of its blocks, an
 * index is one slot for a small block and one for an extent. Sleeping is waiting until there is something new to see.
 * No deadline: who would have got a timeout waits on. Stores are seen at once and in order: that is for the
 * weak-memory models next door.
 *
 * What must hold is asserted where it matters, and by observe() at the end; a process that waits for ever is an
 * invalid end state.
 *
 * Taken from the environment, so that one program runs all: PROCESSES (2 or 3), DEATHS, BIRTHS, OPERATION (put,
 * transfer, hand_over or large), DAMAGED (1: a lock names nobody) and FAULT, the safeguard that is removed.
 */
#define MOST_PROCESSES 3
#define SLOTS MOST_PROCESSES
#define STRIPES 2
#define EXTENTS STRIPES /* number of the extent lock: after the stripes */
#define LOCKS 3
#define BLOCKS 4 /* small blocks 1..4 */
#define PAGES 4

byte fault, operation; /* as numbered below; constant */
#define FAULT(name) (fault == FAULT_##name)
#define FAULT_liveness 1
#define FAULT_generation 2
#define FAULT_adopted_intent 3
#define FAULT_adopted_map 4
#define FAULT_in_use_first 5
#define FAULT_release_first 6
#define FAULT_recovery_byte 7
#define FAULT_intent 8
#define FAULT_pages 9
#define FAULT_rebuild 10
#define FAULT_extent_scope 11
#define FAULT_transfer 12
#define FAULT_transfer_lock 13
#define PUT 1
#define TRANSFER 2
#define LARGE 3
#define HAND_OVER 4

c_decl {
    static const char *const faults[] = {"none",         "liveness",      "generation", "adopted_intent", "adopted_map",
                                         "in_use_first", "release_first", "recovery_byte", "intent",         "pages",
                                         "rebuild",      "extent_scope",  "transfer",   "transfer_lock"};
    static const char *const operations[] = {"none", "put", "transfer", "large", "hand_over"};

    static int number_of(const char *name) { return getenv(name) != NULL ? atoi(getenv(name)) : 0; }

    static int place_of(const char *name, const char *const *all, int count) {
        int i;
        for (i = 0; i < count; i++)
            if (getenv(name) != NULL && strcmp(getenv(name), all[i]) == 0) return i;
        fprintf(stderr, "%s: there is no such choice\n", name);
        exit(2);
    }
}

/* Owner words: slot + 1 in the low bits, the generation above. */
#define make_owner(slot, generation) ((slot) + 1 + 4 * (generation))
#define slot_of(owner) (((owner) & 3) - 1)
#define generation_of(owner) ((owner) / 4)
#define bit(n) (1 << (n))

byte owner[LOCKS];

typedef ClientSlot {
    byte generation;
    bit in_use;
    byte transfer /* a block on its way; 0: none */
};
ClientSlot client[SLOTS];

/* Which word the exchange in flight replaces. */
#define SLOT_WORD 0
#define EXTENT_WORD 1
#define TRANSFER_WORD 2

typedef Stripe {
    bit armed; /* intent.classes */
    byte target, target_slot, after;
    byte taken, released;             /* small blocks */
    byte taken_page, released_page;   /* extents: number + 1 */
    byte list_taken, list_finished;   /* free list without the block taken; with the block released */
    byte version_after;
    byte slot;    /* block that the index points at */
    byte extent;  /* page + 1 that it points at */
    byte list;    /* free blocks */
    byte version
};
Stripe stripe[STRIPES];
bit spoilt[BLOCKS + 1]; /* a block's free mark is gone */
byte commits[STRIPES];  /* of the model: exchanges that came true */

#define FREE 0
#define PENDING 1 /* extent_pending */
#define EXTENT 2
typedef PageEntry {
    byte kind, client
};
PageEntry page_entry[PAGES];
bit page_map[PAGES];

/* Held by which process, number + 1. The system frees them with their holder. */
byte liveness_byte[SLOTS], recovery_byte[SLOTS];
byte life;

/* Who is dead runs no more, and is torn down when its bytes are free. */
bit dead[MOST_PROCESSES], torn_down[MOST_PROCESSES], finished[MOST_PROCESSES];
byte deaths_left, births_left;

/* Every store to a stripe is made in the name of its lock's owner. */
#define holds(number, actor) assert(owner[number] == (actor))

#include "recovery_exchange.pml"
#include "recovery_locks.pml"
#include "recovery_verbs.pml"

proctype process(byte me) {
    byte self, holder, name, n, block, page, slot, s, t;
    byte holder_nested, name_nested, n_nested;
    bit adopted, result, adopted_nested, result_nested;

    self = make_owner(me, 1);
born:
    {
        if
        :: s = 0
        :: s = 1
        fi;
        if
        :: operation == PUT || (operation == TRANSFER && s == 0) -> put(s)
        :: operation == TRANSFER -> borrow_block()
        :: operation == HAND_OVER -> borrow_block_locked()
        :: operation == LARGE -> put_large(s)
        fi;
        detach()
    } unless {
        dead[me]
    };
    if
    :: atomic {
        dead[me] && torn_down[me] && births_left > 0 -> births_left--; dead[me] = 0; torn_down[me] = 0;
        self = 0; holder = 0; name = 0; n = 0; block = 0; page = 0; slot = 0; s = 0; t = 0; adopted = 0; result = 0;
        holder_nested = 0; name_nested = 0; n_nested = 0; adopted_nested = 0; result_nested = 0
    };
        { claim_slot() } unless { dead[me] };
        if
        :: dead[me] -> skip
        :: else -> goto born
        fi
    :: dead[me] -> skip
    :: !dead[me]
    fi;
    finished[me] = 1
}

#define lives(who) (!finished[who] && !dead[who])
#define somebody_lives (lives(0) || lives(1) || lives(2))

#define is_left(who) (dead[who] && !torn_down[who])

inline tear_down(who, n) {
    n = 0;
    do
    :: n < SLOTS ->
        if
        :: liveness_byte[n] == who + 1 -> liveness_byte[n] = 0
        :: else
        fi;
        if
        :: recovery_byte[n] == who + 1 -> recovery_byte[n] = 0
        :: else
        fi;
        n++
    :: else -> break
    od;
    if
    :: life == who + 1 -> life = 0
    :: else
    fi;
    torn_down[who] = 1
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
        dead[who] = 1;
        who = 0
    }
    :: atomic {
        is_left(0) || is_left(1) || is_left(2) ->
        if
        :: is_left(0) -> who = 0
        :: is_left(1) -> who = 1
        :: is_left(2) -> who = 2
        fi;
        tear_down(who, n);
        who = 0;
        n = 0
    }
    od
}

/* When all is quiet: recovers whoever is left, as the next client would, and counts. */
proctype observe() {
    byte me, self, holder_nested, name_nested, n_nested, slot, n, places, block;
    bit result_nested;

    me = MOST_PROCESSES;
    (finished[0] && finished[1] && finished[2]);
    atomic {
        deaths_left = 0;
        places = 0;
        do
        :: places < MOST_PROCESSES ->
            if
            :: is_left(places) -> tear_down(places, n)
            :: else
            fi;
            places++
        :: else -> break
        od;
        /* What names nobody is adopted by who needs it next. */
        n = 0;
        do
        :: n < STRIPES ->
            if
            :: owner[n] == make_owner(0, 0) -> resolve_intent(n, owner[n], result_nested); owner[n] = 0
            :: else
            fi;
            n++
        :: else -> break
        od;
        if
        :: owner[EXTENTS] == make_owner(0, 0) -> rebuild_page_map_locked(n); owner[EXTENTS] = 0
        :: else
        fi;
        /* Who holds the extent lock comes after others, and is in their way: so all are tried again. */
        places = 0;
        do
        :: places < SLOTS ->
            slot = 0;
            do
            :: slot < SLOTS ->
                assert(liveness_byte[slot] == 0);
                recover_slot_nested(slot);
                slot++
            :: else -> break
            od;
            places++
        :: else -> break
        od;
        slot = 0;
        do
        :: slot < SLOTS -> assert(!client[slot].in_use && client[slot].transfer == 0); slot++
        :: else -> break
        od;
        n = 0;
        do
        :: n < STRIPES ->
            assert(!stripe[n].armed && owner[n] == 0);
            assert(stripe[n].version == commits[n]);
            n++
        :: else -> break
        od;
        assert(owner[EXTENTS] == 0);
        /* Each block and page has one owner. */
        block = 1;
        do
        :: block <= BLOCKS ->
            places = 0;
            n = 0;
            do
            :: n < STRIPES ->
                if
                :: stripe[n].slot == block -> places++
                :: else
                fi;
                if
                :: stripe[n].list & bit(block) -> places++; assert(!spoilt[block])
                :: else
                fi;
                n++
            :: else -> break
            od;
            assert(places == 1);
            block++
        :: else -> break
        od;
        slot = 0;
        do
        :: slot < PAGES ->
            places = 0;
            n = 0;
            do
            :: n < STRIPES ->
                if
                :: stripe[n].extent == slot + 1 -> places++
                :: else
                fi;
                n++
            :: else -> break
            od;
            assert(places == (page_entry[slot].kind == EXTENT));
            assert(page_entry[slot].kind != PENDING);
            assert(page_map[slot] == (page_entry[slot].kind != FREE));
            slot++
        :: else -> break
        od
    }
}

init {
    byte n, processes;
    bit damaged;
    atomic {
        c_code {
            now.fault = place_of("FAULT", faults, sizeof faults / sizeof *faults);
            now.operation = place_of("OPERATION", operations, sizeof operations / sizeof *operations);
            now.deaths_left = number_of("DEATHS");
            now.births_left = number_of("BIRTHS");
            Pinit->processes = number_of("PROCESSES");
            Pinit->damaged = number_of("DAMAGED");
        };
        /* One block in each index, one on each list. */
        stripe[0].slot = 1;
        spoilt[1] = 1;
        stripe[0].list = bit(2);
        stripe[1].slot = 3;
        spoilt[3] = 1;
        stripe[1].list = bit(4);
        stripe[0].extent = 1;
        page_entry[0].kind = EXTENT;
        page_map[0] = 1;
        if
        :: damaged ->
            /* Another program has put the name of a client of long ago where locks were held, amid a put and an
             * allocation.
             */
            owner[0] = make_owner(0, 0);
            stripe[0].armed = 1;
            stripe[0].after = 2;
            stripe[0].taken = 2;
            stripe[0].released = 1;
            spoilt[2] = 1;
            owner[EXTENTS] = make_owner(0, 0);
            page_map[0] = 0
        :: else
        fi;
        n = 0;
        do
        :: n < MOST_PROCESSES ->
            if
            :: n < processes ->
                client[n].generation = 1;
                client[n].in_use = 1;
                liveness_byte[n] = n + 1;
                run process(n)
            :: else -> finished[n] = 1
            fi;
            n++
        :: else -> break
        od;
        run killer();
        run observe()
    }
}
