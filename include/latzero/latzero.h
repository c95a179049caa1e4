/*
 * latzero: named pools of shared memory that processes on one machine use as a dictionary.
 *
 * Read this first:
 *
 * - Growth. A pool starts at 1 MiB and grows up to its own cap (100 MiB unless you choose), by doubling, or as far as
 *   the system has room. Every connected client sees the growth without reconnecting. A full pool answers
 *   LATZERO_MEMORY_FULL, a full system LATZERO_NO_SPACE: its /dev/shm, this process's file size limit, or its memory
 *   cgroup, which would otherwise kill. Neither harms what is stored.
 * - Life. A pool vanishes with its last client, also when every client is killed: what a killed process leaves behind
 *   is removed by the next open, list or cleanup. A pool that was created and never connected to lives as long as the
 *   process that created it. LATZERO_POOL_PERSISTENT pools stay until they are destroyed or the machine restarts.
 * - Crashes. A process may be killed at any instruction: no acknowledged write is lost, an interrupted one happened
 *   wholly or not at all, readers never wait, and another writer waits for a dead one at most 100 ms, usually 2. That
 *   counts from when the system has stopped its threads, some milliseconds after a kill. A waiter that cannot see so in
 *   /proc (another pid namespace, hidepid) waits until all memory of the dead one is torn down, too: 0.1 ms for a small
 *   process, but 20 ms, now and then 100, for one with 200 MiB of its own.
 * - Fork. A child must connect anew: its calls on a handle of its parent answer LATZERO_FORKED, and the handle keeps
 *   nothing alive in the child. latzero_disconnect() is allowed there and frees the memory of the handle. A signal
 *   handler may fork on a thread that is amid a call: the parent's call goes on, and the child must not return into it,
 *   but exit, become another program, or connect anew (unless the handler interrupted malloc(), which it then cannot
 *   use). A child of _Fork() or of a raw clone gets LATZERO_FORKED too. Until it first opens a pool it has its parent's
 *   descriptors, and so can keep a dead parent's pool alive. It may connect if its parent had one thread.
 * - Threads. A handle may be used by many threads at once; only latzero_disconnect() must not run beside other calls on
 *   the same handle. The library starts no thread unless asked to (latzero_auto_cleanup, latzero_on, latzero_event_fd,
 *   latzero_async_open), and those take no signal but their own faults. A thread is not cancelled amid a call, while
 *   its cancellation is deferred.
 * - Exit. Exit handlers, destructors and other threads may call until the process is gone.
 * - Unloading. Close every handle before dlclose(): what is still open stays mapped, with its descriptors, until the
 *   process ends, and keeps its pool alive as long.
 * - Names. A pool's name is a file, /dev/shm/lz.<uid>.<name>. If that is removed, the pool has lost its name: its
 *   clients go on, latzero_stats() tells them LATZERO_POOL_NAME_LOST, a connect by that name meets another pool or
 *   none, and the first one ends with its last client, also if it is persistent. systemd removes the files of a user,
 *   root and system users excepted, when the user's last session ends (RemoveIPC=yes in logind.conf), and those of a
 *   service that stops with RemoveIPC=yes or DynamicUser=yes; so does anybody who empties /dev/shm. What helps: a
 *   system user for services (usually a uid under 1000), RemoveIPC=no, or `loginctl enable-linger USER`.
 *   A connection's name stays that of the user who connected: a process that becomes another user goes on, but it may
 *   be unable to remove the file, and the same name means another pool to it.
 * - Clocks. TTLs count by the boot clock of the whole machine, also in a container with a time namespace of its own. A
 *   process that enters one by setns() connects anew.
 * - Trust. A pool belongs to one user (mode 0600). Any process of that user can read, change and delete a plain one,
 *   with or without this library: there an auth key only stops those who connect in good faith. In an encrypted pool
 *   key names and values are ciphertext to whoever lacks the key, and what such a process changes is found out when it
 *   is read; it can still delete the pool, hold its locks, put an older record of a key back, make keys vanish, and see
 *   how many keys there are, how large, of which type and until when. A client's memory holds the key. Where the system
 *   lets processes of one user trace each other (kernel.yama.ptrace_scope is 0, or there is none), any of them reads it
 *   from /proc/PID/mem: a host whose pools have secrets calls prctl(PR_SET_DUMPABLE, 0) before it has the auth key, and
 *   does without core dumps and debuggers. The library leaves that to its host. execve() takes it back.
 *
 * Conventions: every call that can fail returns a latzero_status, 0 or a negative number; latzero_last_error() then
 * gives a sentence that names the pool, the key and the cure. Results come through pointers, written on success only
 * (a buffer's bytes are unspecified after a failure; LATZERO_TOO_SMALL does write the info, with the needed size).
 * Keys are bytes; LATZERO_CSTR as the length means NUL-terminated. Durations are milliseconds, sizes are bytes, times
 * are nanoseconds since the Unix epoch. Structs begin with struct_size: fill them from their _INIT. NULL options mean
 * the defaults. A program and a library of different versions get along: what a smaller struct of an older program
 * lacks is 0; what a larger one of a newer program has beyond what the library knows must be 0 in what the program
 * gives (else LATZERO_UNSUPPORTED, and nothing is done), like every field that is called reserved, and becomes 0 in
 * what the library tells. Lengths are checked before the bytes are looked at.
 *
 * A handle's number says of what kind it is: one of another kind, like a closed one, is LATZERO_INVALID_ARGUMENT, and
 * the sentence says what it is.
 *
 * Caveats, each with its cure:
 *
 * - What is borrowed or reserved may not be mapped in a forked child, and reading it there is SIGSEGV then. Copy what
 *   the child needs before fork(), or let it connect and borrow itself.
 * - No call is for a signal handler, and none may be left by longjmp() or asynchronous cancellation: locks would stay
 *   held until the process ends. Note the signal and call later (signalfd, a flag); leave cancellation deferred.
 * - A daemon's parent that created the pool takes it along when it leaves first. Connect in the child before the parent
 *   ends, create the pool in the child, or make it persistent.
 * - Names are per user: the same name is another pool for another user (by effective user id), also after setuid(). Run
 *   all processes of a pool as one user.
 * - A value is written beside the one that it replaces: one of over half the cap cannot be replaced (MEMORY_FULL).
 *   Delete the key first, or choose a larger max_bytes.
 * - A call needs up to 32 KiB of stack. Give threads and coroutines at least that much.
 * - Locks are Linux's locks of open file descriptions. Kernels before 3.15 and sandboxes that refuse F_OFD_SETLK,
 *   F_OFD_GETLK or flock() answer UNSUPPORTED, with the reason: allow these calls. The library is tested with glibc;
 *   before you rely on musl, run its tests there.
 * - Two copies of the library in one process, also of two versions, do not know each other: each has its own clients,
 *   and a handle belongs to the copy that gave it. Load one. Pools of another layout answer VERSION.
 * - A host that closes all descriptors closes the library's too. What is connected reads and writes on; what needs the
 *   descriptor (growth, say) answers IO: connect anew. Connect after closing, or spare what you did not open.
 * - A program that removes files from /dev/shm takes a pool's name, as systemd does with RemoveIPC=yes. "Names" above
 *   has the cures.
 *
 * Cost classes: "lock-free" takes no lock and makes no system call; "takes a stripe" locks one 64th of the keys
 * against other writers; "takes the pool" serialises with other connects and disconnects of that pool; "blocks" may
 * sleep up to the stated time.
 */
#ifndef LATZERO_LATZERO_H
#define LATZERO_LATZERO_H

#include <stddef.h>
#include <stdint.h>

#ifndef LATZERO_API
#if defined(_WIN32)
#if defined(LATZERO_BUILDING)
#define LATZERO_API __declspec(dllexport)
#else
#define LATZERO_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define LATZERO_API __attribute__((visibility("default")))
#else
#define LATZERO_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- library ----------------------------------------------------------------------------------------------------- */

#define LATZERO_VERSION_MAJOR 0
#define LATZERO_VERSION_MINOR 1
#define LATZERO_VERSION_PATCH 0

/* As a key's or text's length: it ends with NUL. */
#define LATZERO_CSTR ((size_t)-1)

/* A result: LATZERO_OK or one of the negative codes below. */
typedef int32_t latzero_status;

enum {
    LATZERO_OK = 0,
    LATZERO_INVALID_ARGUMENT = -1, /* a NULL, a bad name, key, length, option or handle */
    LATZERO_POOL_NOT_FOUND = -2,   /* no live pool of that name */
    LATZERO_POOL_EXISTS = -3,      /* a live pool has that name */
    LATZERO_AUTHENTICATION = -4,   /* wrong, missing or superfluous key */
    LATZERO_READ_ONLY = -5,        /* a write through a read-only client */
    LATZERO_MEMORY_FULL = -6,      /* the pool is at its own cap */
    LATZERO_NO_SPACE = -7,         /* the system's shared memory is full, or this process's share of it */
    LATZERO_NOT_FOUND = -8,        /* no such key */
    LATZERO_EXISTS = -9,           /* the key is there already */
    LATZERO_TYPE_MISMATCH = -10,   /* the value has another type */
    LATZERO_OVERFLOW = -11,        /* the sum does not fit in 64 bits */
    LATZERO_TOO_SMALL = -12,       /* the buffer is too small; the needed size was written */
    LATZERO_TOO_LARGE = -13,       /* the key or value can never fit */
    LATZERO_CONFLICT = -14,        /* compare-and-set met another version */
    LATZERO_TIMEOUT = -15,         /* a living process held a lock past the deadline */
    LATZERO_PERMISSION = -16,      /* the system refused, or another user's file squats the name */
    LATZERO_CORRUPT = -17,         /* the file or shared bytes are not a sound pool */
    LATZERO_INTEGRITY = -18,       /* a sealed record does not verify */
    LATZERO_UNSUPPORTED = -19,     /* not available here, or asked for by a newer program */
    LATZERO_VERSION = -20,         /* the pool has another layout version */
    LATZERO_FORKED = -21,          /* the handle belongs to the parent process */
    LATZERO_DESTROYED = -22,       /* the pool was destroyed under this client */
    LATZERO_BUSY = -23,            /* no client slot is free, or a queue is full */
    LATZERO_IO = -24,              /* a system call failed unexpectedly */
    LATZERO_CANCELLED = -25,       /* the operation was called off */
    LATZERO_NO_MEMORY = -26        /* this process is out of memory or address space */
};

/**
 * The library's version as major << 16 | minor << 8 | patch.
 * Threads: any. Cost: none.
 */
LATZERO_API uint32_t latzero_version(void);

/**
 * The library's version as text, e.g. "0.1.0"; static, never NULL.
 * Threads: any. Cost: none.
 */
LATZERO_API const char *latzero_version_string(void);

/**
 * The name of a status, e.g. "NOT_FOUND"; static, never NULL ("UNKNOWN" for a number that is no status).
 * Threads: any. Cost: none.
 */
LATZERO_API const char *latzero_status_name(latzero_status status);

/**
 * A sentence about the last call of this thread that failed: pool, key, cause, cure. Never NULL; empty before the first
 * failure; unchanged by calls that succeed. It never holds a value or a secret. Always UTF-8 without control
 * characters, under 1,024 bytes: other bytes of names and keys are shown as \xNN, and of a key 64 bytes at most. Valid
 * until this thread's next failure.
 * Threads: each thread of the system has its own. Where a language moves its tasks between threads, pin the task from
 * the failed call to this one (Go: runtime.LockOSThread).
 * Cost: formats on demand.
 */
LATZERO_API const char *latzero_last_error(void);

/**
 * Frees memory that a latzero function returned for the caller to own. NULL is allowed.
 * Threads: any.
 */
LATZERO_API void latzero_free(void *memory);

/* ---- pools ------------------------------------------------------------------------------------------------------- */

/* A pool's name: 1 to LATZERO_NAME_MAX bytes without control characters or '/', not "." or "..". */
enum { LATZERO_NAME_MAX = 200 };

/* An auth key: 1 to LATZERO_AUTH_KEY_MAX bytes. */
enum { LATZERO_AUTH_KEY_MAX = 65536 };

/* Bounds and default of a pool's cap, in bytes. */
#define LATZERO_MAX_BYTES_DEFAULT ((uint64_t)104857600)
#define LATZERO_MAX_BYTES_LEAST ((uint64_t)1048576)
#define LATZERO_MAX_BYTES_MOST ((uint64_t)68719476736)

enum {
    LATZERO_POOL_PERSISTENT = 1, /* the pool outlives its clients until it is destroyed */
    LATZERO_POOL_ENCRYPTED = 2,  /* key names and values are sealed; needs an auth key */
    LATZERO_POOL_RAW_KEY = 4,    /* in options: the auth key is 32 random bytes, which need no stretching */
    LATZERO_POOL_AUTH_KEY = 8,   /* in infos: who connects has to give the auth key */
    LATZERO_POOL_EVENTS = 32,    /* its changes are noted also while nobody watches, so that a watch can resume where
                                    its predecessor died (latzero_watch_options.from): the last 64 of each stripe, or
                                    as many as latzero_pool_options.history says. Takes 256 KiB, or as many times 4 KiB
                                    as it is to keep, and a sixteenth of the cap at most; each write some 20 ns more */
    LATZERO_POOL_NAME_LOST = 64  /* in stats: another program has removed or renamed the pool's file, or this process
                                    has become another user. Its clients go on; a connect by that name does not meet
                                    them, but makes or finds another pool. See "Names" above */
};

/* The ciphers of encrypted pools, both with 256-bit keys. */
enum {
    LATZERO_CIPHER_NONE = 0,             /* in infos: the pool is not encrypted; in options: the fastest one here */
    LATZERO_CIPHER_AES256GCM = 1,        /* where the processor has instructions for it */
    LATZERO_CIPHER_XCHACHA20POLY1305 = 2 /* everywhere */
};

/* How to create a pool. */
typedef struct latzero_pool_options {
    uint32_t struct_size;      /* sizeof(latzero_pool_options) */
    uint32_t flags;            /* LATZERO_POOL_* */
    uint64_t max_bytes;        /* cap of the segment in bytes, rounded down to 4,096; 0: LATZERO_MAX_BYTES_DEFAULT */
    int64_t idle_ttl_ms;       /* destroy the pool after that long without a connect, disconnect, read or write of a
                                  read-write client, if no read-only client is connected (0: never). What
                                  only looks, as latzero_pool_list() does, is no use; reads are noted four times
                                  in that time, but at most once a second */
    const void *auth_key;      /* who connects has to give it; NULL: there is none. Not kept */
    size_t auth_key_len;       /* bytes of it, at most LATZERO_AUTH_KEY_MAX, or LATZERO_CSTR */
    uint64_t kdf_memory_bytes; /* what each try of a text key costs: memory, 8 KiB to 4 GiB; 0: 64 MiB */
    uint32_t kdf_passes;       /* and passes over it, 1 to 100; 0: 2. Both together 64 GiB at most */
    uint32_t cipher;           /* LATZERO_CIPHER_*, with LATZERO_POOL_ENCRYPTED */
    uint32_t history;          /* with LATZERO_POOL_EVENTS: changes that are kept of each of the LATZERO_STRIPES, 16 to
                                  4,096 as a power of two; 0: 64. Each takes 4 KiB in all stripes together, and that at
                                  most a sixteenth of max_bytes. A change of a key of over 32 bytes counts as several */
    uint32_t reserved;         /* 0 */
} latzero_pool_options;

#define LATZERO_POOL_OPTIONS_INIT \
    { sizeof(latzero_pool_options), 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0 }

/* What came of asking a pool. */
enum {
    LATZERO_STATE_ASKED = 0,
    LATZERO_STATE_NOT_ASKED = 1, /* a stopped or busy process held it all the time */
    LATZERO_STATE_NOT_SOUND = 2  /* no sound pool: another file, cut short or with holes, copied or renamed from another
                                    name, one that other users may open, or a pool of another layout version */
};

/* A pool as seen from outside. */
typedef struct latzero_pool_info {
    uint32_t struct_size;
    uint32_t flags;          /* LATZERO_POOL_* */
    char name[208];          /* NUL-terminated */
    uint64_t clients;        /* connected now, read-only ones included */
    uint64_t key_count;      /* those past their TTL that nobody has swept are counted, too */
    uint64_t used_bytes;     /* in records and indexes */
    uint64_t capacity_bytes; /* of the segment now */
    uint64_t max_bytes;      /* its cap */
    int64_t idle_ttl_ms;     /* 0: none */
    int64_t created_ns;      /* since the Unix epoch */
    uint32_t cipher;         /* LATZERO_CIPHER_* */
    uint32_t state;          /* LATZERO_STATE_*; but for the name, all else is 0 if it is not LATZERO_STATE_ASKED */
} latzero_pool_info;

/* All live pools of this user, added up. */
typedef struct latzero_global_info {
    uint32_t struct_size;
    uint32_t not_asked;  /* of pool_count, those that could not be asked in time: the totals lack theirs */
    uint64_t pool_count; /* what is LATZERO_STATE_NOT_SOUND is not counted */
    uint64_t total_clients;
    uint64_t total_keys; /* as in latzero_pool_info */
    uint64_t total_used_bytes;
    uint64_t total_capacity_bytes;
} latzero_global_info;

#define LATZERO_GLOBAL_INFO_INIT \
    { sizeof(latzero_global_info), 0, 0, 0, 0, 0, 0 }

/**
 * Creates an empty pool. It appears at once and complete. It lives as long as this process, until this process connects
 * to it itself, and as long as it has clients: others may come and go before. With LATZERO_POOL_PERSISTENT, it lives
 * until destroyed. A forked child is another process.
 * name: NUL-terminated, see LATZERO_NAME_MAX. options: NULL for the defaults; not kept.
 * With an auth key, clients have to give the same one. Argon2id makes each try of a text key expensive, by default
 * 64 MiB and about a tenth of a second; over 1 GiB, or 8 GiB with all passes, clients have to raise their ceiling
 * (latzero_connect_options). The pool keeps no key, only what tells the right one: a lost key is lost, and
 * the values of an encrypted pool with it.
 * Returns OK, INVALID_ARGUMENT (name or options; encryption without a key), POOL_EXISTS, PERMISSION (also: another
 * user's file or a link squats the name), CORRUPT (some other file squats it; its bytes are left alone), NO_SPACE,
 * NO_MEMORY, UNSUPPORTED (no shared memory file system; no such cipher), TIMEOUT (5 s; a stopped process holds a dying
 * pool of that name), IO.
 * Threads: any. Cost: takes the pool; about 100 us, and a try of a text key.
 */
LATZERO_API latzero_status latzero_pool_create(const char *name, const latzero_pool_options *options);

/**
 * Destroys a pool, whoever is connected: its name is free at once, and every later call of its clients answers
 * DESTROYED. Its memory goes back to the system when the last of them disconnects or dies.
 * Returns OK, INVALID_ARGUMENT, POOL_NOT_FOUND, PERMISSION, CORRUPT (not a pool; left alone), TIMEOUT, NO_MEMORY (no
 * descriptor is left, and this process did not create it), NO_SPACE (a file size limit under 1,028 bytes), UNSUPPORTED,
 * IO.
 * Threads: any. Cost: takes the pool.
 */
LATZERO_API latzero_status latzero_pool_destroy(const char *name);

/**
 * Tells whether a live pool has this name: *exists becomes 1 or 0. An orphan (every client dead) is removed and
 * counts as absent.
 * Returns OK, INVALID_ARGUMENT, PERMISSION, TIMEOUT (5 s), NO_MEMORY, UNSUPPORTED, IO.
 * Threads: any. Cost: takes the pool.
 */
LATZERO_API latzero_status latzero_pool_exists(const char *name, int32_t *exists);

enum {
    LATZERO_REKEY_OLD_IS_RAW = 1, /* the old key is 32 random bytes, see LATZERO_POOL_RAW_KEY */
    LATZERO_REKEY_NEW_IS_RAW = 2  /* the new one is */
};

/* How to change an auth key. */
typedef struct latzero_rekey_options {
    uint32_t struct_size;      /* sizeof(latzero_rekey_options) */
    uint32_t flags;            /* LATZERO_REKEY_* */
    uint64_t kdf_memory_bytes; /* cost of the new key, as in latzero_pool_options; 0: as the old key, 64 MiB at least */
    uint32_t kdf_passes;       /* and passes over it; 0: as the old key, 2 at least */
    uint32_t reserved;         /* 0 */
    uint64_t kdf_memory_most;  /* what a try of the old key may cost, as in latzero_connect_options */
    uint64_t kdf_work_most;
} latzero_rekey_options;

#define LATZERO_REKEY_OPTIONS_INIT \
    { sizeof(latzero_rekey_options), 0, 0, 0, 0, 0, 0 }

/**
 * Changes the auth key of a pool that has one, at once: a connect meets the old key or the new one, also if this
 * process is killed meanwhile. The pool's data are not touched, and its clients go on. It shuts out those who come
 * later: who was connected, or copied the pool before and knows the old key, can have the key that its records are
 * sealed with. Create a new pool to be rid of them.
 * A process of this user that has a copy of the old wrapped key can put it back: then the old key opens the pool again.
 * old_key, new_key: bytes, or text of LATZERO_CSTR; not kept. options: NULL for the defaults. A new text key costs no
 * less to try than the old one did, unless options say so.
 * Returns OK, INVALID_ARGUMENT (name, keys or options), POOL_NOT_FOUND, AUTHENTICATION (the old key is not the pool's,
 * the pool has none, or a try of it is over the ceiling in options), PERMISSION, CORRUPT, NO_MEMORY (for the cost of a
 * key), TIMEOUT (5 s), IO.
 * Threads: any. Cost: takes the pool; a try of each text key.
 */
LATZERO_API latzero_status latzero_pool_rekey(const char *name, const void *old_key, size_t old_key_len,
                                              const void *new_key, size_t new_key_len,
                                              const latzero_rekey_options *options);

enum {
    LATZERO_CHECK_REPAIR = 1, /* mend what is broken */
    LATZERO_CHECK_RAW_KEY = 2 /* auth_key is 32 random bytes, see LATZERO_POOL_RAW_KEY */
};

/* What a finding is about. */
enum {
    LATZERO_PART_HEADER = 1,
    LATZERO_PART_LOCK = 2,      /* a lock word, or an operation in flight that nobody is at */
    LATZERO_PART_CLIENT = 3,    /* a client slot */
    LATZERO_PART_TABLE = 4,     /* the index of a stripe */
    LATZERO_PART_RECORD = 5,    /* the record of a key */
    LATZERO_PART_SEAL = 6,      /* the same, of one that is not what was sealed */
    LATZERO_PART_COUNTER = 7,   /* a number that follows from the rest */
    LATZERO_PART_FREE_LIST = 8, /* the free blocks of a stripe */
    LATZERO_PART_BLOCK = 9,     /* memory that is lost, or claimed twice */
    LATZERO_PART_PAGE = 10      /* the page table or the page map */
};

enum {
    LATZERO_FINDING_BROKEN = 0,    /* found by the check */
    LATZERO_FINDING_DROPPED = 1,   /* by the repair: the key is gone */
    LATZERO_FINDING_RECOVERED = 2, /* by the repair: the key, which could not be found any more, is back */
    LATZERO_FINDING_LEFT = 3       /* found by a second check, behind the repair */
};

/* One thing that latzero_pool_check() has found, or a key that it dropped or recovered. */
typedef struct latzero_finding {
    uint32_t struct_size;
    uint32_t kind;    /* LATZERO_FINDING_* */
    uint32_t part;    /* LATZERO_PART_* */
    int32_t stripe;   /* of 64; -1: none */
    uint64_t offset;  /* where in the pool's object; 0: nowhere */
    const char *key;  /* the key's bytes, not NUL-terminated; NULL: none, or nobody can tell */
    size_t key_len;   /* of it */
    const char *text; /* a sentence, NUL-terminated */
} latzero_finding;

/* Is told of each finding; the struct and what it points to are valid during the call. */
typedef void (*latzero_finding_callback)(const latzero_finding *finding, void *user_data);

/* How to check. */
typedef struct latzero_check_options {
    uint32_t struct_size;              /* sizeof(latzero_check_options) */
    uint32_t flags;                    /* LATZERO_CHECK_* */
    int64_t timeout_ms;                /* longest wait for all locks together; 0: 5,000 */
    const void *auth_key;              /* the pool's; NULL: what is sealed is not opened. Not kept */
    size_t auth_key_len;               /* bytes of it, or LATZERO_CSTR */
    latzero_finding_callback callback; /* NULL: nobody is told, the report counts */
    void *user_data;                   /* for the callback */
    uint64_t kdf_memory_most;          /* what a try of the auth key may cost, as in latzero_connect_options */
    uint64_t kdf_work_most;
} latzero_check_options;

#define LATZERO_CHECK_OPTIONS_INIT \
    { sizeof(latzero_check_options), 0, 0, NULL, 0, NULL, NULL, 0, 0 }

/* What a check has found. All but `findings` and what was repaired is as it is at the end. */
typedef struct latzero_check_report {
    uint32_t struct_size;
    uint32_t sound;          /* 1: every invariant holds, behind the repair if there was one */
    uint64_t findings;       /* things that were broken */
    uint64_t findings_left;  /* of them, behind a repair; without one, all */
    uint64_t stripes;        /* that were checked */
    uint64_t keys;           /* with their records */
    uint64_t seals;          /* records that were opened to verify them; 0: no auth key, or the pool is not encrypted */
    uint64_t blocks_claimed; /* of pages that are carved into blocks: the sum of the next three */
    uint64_t blocks_live;    /* records and index tables */
    uint64_t blocks_free;    /* on free lists */
    uint64_t blocks_in_transfer; /* between two stripes */
    uint64_t pages_used;         /* of 4,096 bytes, without those before the data */
    uint64_t pages_of_extents;   /* of these: records and tables with pages of their own */
    uint64_t pages_in_limbo;     /* replaced values that somebody borrows */
    uint64_t pages_pending;      /* being filled by a client */
    uint64_t keys_dropped;       /* by the repair */
    uint64_t keys_recovered;
    uint64_t blocks_reclaimed; /* put back onto free lists */
    uint64_t pages_reclaimed;  /* that belonged to nobody */
    uint32_t structure_only;   /* 1: the pool is encrypted, and there was no auth key to open its records with */
    uint32_t reserved;
} latzero_check_report;

#define LATZERO_CHECK_REPORT_INIT \
    { sizeof(latzero_check_report), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Verifies every invariant of a pool's memory, whoever is connected; also of a persistent pool that nobody has open,
 * and of an orphan, which stays what it is. Dead clients are recovered first, as by any client, and a lock word that
 * names nobody is taken over; else a check without LATZERO_CHECK_REPAIR changes nothing.
 * With LATZERO_CHECK_REPAIR what is sound stays, byte for byte. Keys whose records are whole but cannot be found any
 * more are recovered, of two records of one key the newer one; keys whose records are broken are dropped; what belongs
 * to nobody becomes free, unless somebody borrows it. A repair may be killed at any instruction: clients work on, and
 * the next one finishes it.
 * With the auth key of an encrypted pool every record is opened, and one that is not what was sealed is broken. Without
 * it the structure alone is checked. In an encrypted pool no finding names a key.
 * name: the pool's. options: NULL for the defaults; not kept. report: report->struct_size says how much of it is
 * filled; may be NULL.
 * callback: called by this thread, after all locks were let go, for at most 10,000 findings, as many that are left
 * behind a repair, and as many keys. It may call the library.
 * Returns OK (the check was made: the report tells what it found), INVALID_ARGUMENT, POOL_NOT_FOUND, AUTHENTICATION (a
 * wrong auth key, one where none is, or one that costs more to try than the ceiling in options), CORRUPT and VERSION
 * (the header cannot be believed, so nothing else was looked at; that cannot be repaired. CORRUPT also for an object
 * with holes, unless LATZERO_CHECK_REPAIR fills them), UNSUPPORTED (no AES-256-GCM here), BUSY (1,024 clients), TIMEOUT
 * (somebody alive held a lock), PERMISSION, NO_SPACE (an object that was cut short cannot be made whole), NO_MEMORY,
 * IO.
 * Threads: any. Cost: takes a client's slot and the pool, then every stripe for the time of the pass, about 0.3 s for
 * 100 MiB of small values; readers go on. Memory: a sixteenth of the pool.
 */
LATZERO_API latzero_status latzero_pool_check(const char *name, const latzero_check_options *options,
                                              latzero_check_report *report);

/**
 * Lists this user's live pools, made by any language, sorted by name; removes the orphans that it meets. A pool that
 * cannot be asked, within 5 s for all pools together, since a stopped or busy process holds it, and a file of this user
 * that has a pool's name and is no sound pool are listed as well: see `state`. Files are read and never mapped, so that
 * what other programs do to them meanwhile takes no memory and raises no signal.
 * struct_size: sizeof(latzero_pool_info) as the caller knows it, the stride of the result.
 * *pools: an array of *count elements, one block to release with latzero_free(); NULL if there is none.
 * Returns OK, INVALID_ARGUMENT, PERMISSION, NO_MEMORY, UNSUPPORTED, IO.
 * Threads: any. Cost: takes each pool in turn, about 20 us; blocks for 5 s at most where somebody holds one.
 */
LATZERO_API latzero_status latzero_pool_list(uint32_t struct_size, latzero_pool_info **pools, size_t *count);

/**
 * Removes every orphan of this user and every pool past its idle TTL; *removed (may be NULL) becomes their number. A
 * pool that somebody holds all the time is left to the next call.
 * Returns OK, PERMISSION, NO_MEMORY, UNSUPPORTED, IO.
 * Threads: any. Cost: as latzero_pool_list().
 */
LATZERO_API latzero_status latzero_pool_cleanup(size_t *removed);

/**
 * Adds up all live pools of this user. info->struct_size says how much of it is filled.
 * Returns OK, INVALID_ARGUMENT, PERMISSION, NO_MEMORY, UNSUPPORTED, IO.
 * Threads: any. Cost: as latzero_pool_list().
 */
LATZERO_API latzero_status latzero_global_stats(latzero_global_info *info);

/**
 * Starts (interval_ms > 0) or stops (0) one background thread of this process that every interval_ms does what
 * latzero_pool_cleanup() does, and removes the expired keys of the pools that this process is connected to; a second
 * start only changes the interval. What a stopped or busy process holds is left for the next time, so that no pool
 * waits for another one. Stopping waits for the thread's end, which takes a moment.
 * Returns OK, INVALID_ARGUMENT (negative), NO_MEMORY (no thread to be had).
 * Threads: any. Cost: start or join of a thread.
 */
LATZERO_API latzero_status latzero_auto_cleanup(int64_t interval_ms);

/* ---- connections ------------------------------------------------------------------------------------------------- */

/* A connection to one pool. Opaque; not a pointer that can be read. A closed handle is recognised and refused. */
typedef struct latzero_client latzero_client;

enum {
    LATZERO_CONNECT_READ_ONLY = 1,   /* map the pool read-only: this process cannot change a byte of it */
    LATZERO_CONNECT_CREATE = 2,      /* create the pool if there is none, by create_options */
    LATZERO_CONNECT_RAW_KEY = 4,     /* auth_key is 32 random bytes, see LATZERO_POOL_RAW_KEY */
    LATZERO_CONNECT_ENCRYPTED = 8,   /* refuse a pool that is not encrypted; implied by CREATE with create_options that
                                        ask for encryption */
    LATZERO_CONNECT_SMALL_PAGES = 16 /* grow the pool by ordinary pages, and only once it is full */
};

/* How to connect. */
typedef struct latzero_connect_options {
    uint32_t struct_size;                       /* sizeof(latzero_connect_options) */
    uint32_t flags;                             /* LATZERO_CONNECT_* */
    int64_t timeout_ms;                         /* longest wait of any call for a living writer; 0: 5,000 */
    const latzero_pool_options *create_options; /* with LATZERO_CONNECT_CREATE; NULL: the defaults; not kept */
    const void *auth_key;                       /* the pool's; NULL: that of create_options, if any. Not kept */
    size_t auth_key_len;                        /* bytes of it, or LATZERO_CSTR */
    uint64_t kdf_memory_most;                   /* a pool that asks for more to try a text key is refused; 0: 1 GiB */
    uint64_t kdf_work_most;                     /* the same of memory times passes, in bytes; 0: 8 GiB */
} latzero_connect_options;

#define LATZERO_CONNECT_OPTIONS_INIT \
    { sizeof(latzero_connect_options), 0, 0, NULL, NULL, 0, 0, 0 }

/**
 * Connects to a live pool. *client is the new handle, to be closed with latzero_disconnect(). Several connections to
 * one pool in one process are independent clients. A pool that CREATE makes gets the auth key given here, unless its
 * create_options have one; both together must be the same. A pool that is there already is joined as it is: but for
 * encryption, it need not have what create_options ask for; latzero_stats() tells its cap, cipher and flags, and
 * latzero_pool_list() its idle TTL.
 * The client by whose write the pool has less free than a quarter of its next step takes that step ahead, 2 MiB at each
 * write, in huge pages where the system gives them (Linux 6.1, unless shmem_enabled is "deny"): many keys are got and
 * set faster by up to a quarter there. What is refused, or takes the system over 4 ms, is left to a growth by ordinary
 * pages; with SMALL_PAGES all is. Read-only clients have the huge pages that others have made.
 * The auth key vouches for all that is constant in the pool's header, its name included.
 * What a try of a text key costs is read from the header, and must be paid before anything vouches for it: another
 * process of this user can write up to 4 GiB and a minute there. So a pool that asks for more than kdf_memory_most or
 * kdf_work_most is refused at no cost; the sentence says what it asks for. A pool that this very call creates may cost
 * more; later connects to it have to raise the ceiling. timeout_ms: a try that has begun is not interrupted, and counts
 * as no wait; but none begins once timeout_ms have passed since the call.
 * Returns OK, INVALID_ARGUMENT (also: READ_ONLY together with CREATE; two auth keys), POOL_NOT_FOUND, AUTHENTICATION (a
 * wrong auth key, none where one is asked for, or one where none is; a try of it is over the ceiling; a pool without
 * encryption where that is asked for), UNSUPPORTED (the pool is sealed with AES-256-GCM, which this processor lacks),
 * PERMISSION (also: another user's file or a link squats the name; other users may open the file), CORRUPT (not a sound
 * pool; its header was changed; its file was cut short or has holes; another pool's file, copied or renamed), VERSION,
 * BUSY (1,024 clients), TIMEOUT, NO_MEMORY (memory, address space or descriptors), and those of latzero_pool_create().
 * Threads: any. Cost: takes the pool; about 30 us, and a try of a text key, with the pool's cost (see
 * latzero_pool_options), during which nobody else waits.
 */
LATZERO_API latzero_status latzero_connect(const char *name, const latzero_connect_options *options,
                                           latzero_client **client);

/**
 * Closes a connection. If it was the pool's last one and the pool is not persistent, the pool vanishes. In a forked
 * child it only frees the handle's memory. The handle is invalid afterwards, also if a status other than
 * INVALID_ARGUMENT is returned.
 * Returns OK, INVALID_ARGUMENT (NULL or already closed), TIMEOUT (disconnected, but another process held the pool's
 * life lock too long to see who is last; the next open, list or cleanup tidies up), NO_MEMORY, IO (the same, since the
 * system refused to tell or to remove), PERMISSION (the same, since this process has given up the rights of the user
 * who connected).
 * Threads: no other call on this handle may run. Cost: takes the pool.
 */
LATZERO_API latzero_status latzero_disconnect(latzero_client *client);

/* ---- values ------------------------------------------------------------------------------------------------------ */

enum { LATZERO_KEY_MAX = 65535 };

/* What a stored value is; it is read back with the type it was written with, in every language. */
enum {
    LATZERO_TYPE_NULL = 0,   /* no bytes */
    LATZERO_TYPE_BOOL = 1,   /* one byte, 0 or 1 */
    LATZERO_TYPE_INT64 = 2,  /* 8 bytes, two's complement, little-endian */
    LATZERO_TYPE_DOUBLE = 3, /* 8 bytes, IEEE 754, little-endian */
    LATZERO_TYPE_STRING = 4, /* UTF-8, not NUL-terminated */
    LATZERO_TYPE_BYTES = 5,
    LATZERO_TYPE_LIST = 6,  /* one MessagePack array, nested to depth 64 */
    LATZERO_TYPE_TUPLE = 7, /* one MessagePack array, too: a sequence that is not to grow */
    LATZERO_TYPE_DICT = 8,  /* one MessagePack map, nested to depth 64 */
    LATZERO_TYPE_OPAQUE = 9 /* bytes with a 32-bit tag of the caller's, which tells what they are */
};

/* MessagePack's own arrays are lists. Inside a list, tuple or dict, a tuple is this extension type; its payload is one
 * array. Other extension types pass unread. */
enum { LATZERO_MSGPACK_TUPLE = 0x54 };

/* Inside a list an opaque value is this extension type; its payload is the tag, 4 bytes, big-endian as all of
 * MessagePack's numbers are, and the bytes. */
enum { LATZERO_MSGPACK_OPAQUE = 0x4f };

/* The tag of opaque bytes that are the MessagePack of what no type holds: 'MPCK'. */
enum { LATZERO_TAG_MSGPACK = 0x4d50434b };

enum {
    LATZERO_VALUE_COMPRESSED = 1, /* stored compressed */
    LATZERO_VALUE_PENDING = 2     /* set by latzero_set_fast() through this client and not flushed yet; version is 0 */
};

/* What is known of a value beside its bytes. */
typedef struct latzero_value_info {
    uint32_t struct_size;
    uint32_t type;    /* LATZERO_TYPE_* */
    uint64_t size;    /* of the whole value in bytes, also when the buffer was too small */
    uint64_t version; /* of this key; rises with every change of the value (in an encrypted pool, with changes that do
                         not overlap), never repeats, never 0. A number or list that is read amid a change in place may
                         have the version before it: a compare-and-set with that answers CONFLICT */
    int64_t ttl_ms;   /* what is left of its life; -1: it does not expire */
    uint32_t tag;     /* of an opaque value, else 0 */
    uint32_t flags;   /* LATZERO_VALUE_* */
} latzero_value_info;

#define LATZERO_VALUE_INFO_INIT \
    { sizeof(latzero_value_info), 0, 0, 0, 0, 0, 0 }

/* How to set. */
typedef struct latzero_set_options {
    uint32_t struct_size; /* sizeof(latzero_set_options) */
    uint32_t flags;       /* 0 */
    int64_t ttl_ms;       /* the key is gone after that long; 0: it stays */
    uint32_t tag;         /* of an opaque value, else 0 */
    uint32_t reserved;    /* 0 */
} latzero_set_options;

#define LATZERO_SET_OPTIONS_INIT \
    { sizeof(latzero_set_options), 0, 0, 0, 0 }

/*
 * Every call below that takes a client may also return INVALID_ARGUMENT (NULL, closed or no handle; NULL or empty key;
 * key over LATZERO_KEY_MAX bytes, prefix included), FORKED, DESTROYED, CORRUPT; every write also READ_ONLY and TIMEOUT
 * (a living process held the stripe past the connection's timeout_ms); every call that meets pending fast sets
 * (see latzero_set_fast) also what flushing them returns. These are not repeated. "Stores" below means: under the
 * rules, options and statuses of latzero_set().
 *
 * In an encrypted pool every call that reads a key may also return INTEGRITY: its record is not what was sealed there.
 * Other keys are as good as ever; setting or deleting the key makes it sound again. Walks leave such records out. To
 * each call's cost comes that of sealing or opening a record, some 0.3 us and 0.5 to 1 us a KiB: numbers, appends and
 * expiries do not change in place but take a new record, and what is borrowed or reserved is a private copy.
 */

/**
 * Stores a value under a key, replacing what was there with its type and TTL. When it returns OK the value survives
 * the death of this process at once. Values above 1,024 bytes are compressed if that makes them smaller, see
 * latzero_configure_serializer().
 * type: LATZERO_TYPE_*; the bytes must have the form stated there. value: size bytes, copied; may be NULL if size is 0.
 * options: NULL for the defaults.
 * Returns OK, INVALID_ARGUMENT (type, form, UTF-8, MessagePack: the sentence names the byte; negative TTL; a tag on
 * another type), TOO_LARGE (can never fit under the pool's cap), MEMORY_FULL, NO_SPACE, NO_MEMORY.
 * Threads: any. Cost: takes a stripe; values over 13 KiB are copied before it is taken.
 */
LATZERO_API latzero_status latzero_set(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                       const void *value, size_t size, const latzero_set_options *options);

/**
 * Copies a value into a buffer. buffer may be NULL if capacity is 0. info (may be NULL) is filled up to its
 * struct_size, with TOO_SMALL too. latzero_get_copy() needs no buffer, latzero_info() tells the info alone.
 * Returns OK, NOT_FOUND, TOO_SMALL (info->size is the needed size), TIMEOUT (read-only clients: the value changed
 * during every attempt), NO_MEMORY.
 * Threads: any. Cost: lock-free; compressed values and lists that are being appended to are copied twice.
 */
LATZERO_API latzero_status latzero_get(latzero_client *client, const char *key, size_t key_len, void *buffer,
                                       size_t capacity, latzero_value_info *info);

/**
 * Gives a copy of a value of any type and size: *value is new memory of info->size bytes with a NUL behind them, to
 * release with latzero_free(). info: as in latzero_get(); may be NULL.
 * Returns OK, NOT_FOUND, TIMEOUT (read-only clients: the value changed during every attempt), NO_MEMORY.
 * Threads: any. Cost: lock-free, allocates; values over 248 bytes are looked up twice.
 */
LATZERO_API latzero_status latzero_get_copy(latzero_client *client, const char *key, size_t key_len, void **value,
                                            latzero_value_info *info);

/**
 * Tells what is known of a value without copying it: type, size, version, TTL, tag and flags.
 * Returns OK, NOT_FOUND, TIMEOUT (read-only clients: the value changed during every attempt), NO_MEMORY.
 * Threads: any. Cost: lock-free; the record is opened in an encrypted pool, and the text parsed of lists and dicts that
 * are kept as JSON.
 */
LATZERO_API latzero_status latzero_info(latzero_client *client, const char *key, size_t key_len,
                                        latzero_value_info *info);

/**
 * Removes a key.
 * Returns OK, NOT_FOUND.
 * Threads: any. Cost: takes a stripe.
 */
LATZERO_API latzero_status latzero_delete(latzero_client *client, const char *key, size_t key_len);

/**
 * Tells whether a key is there: *exists becomes 1 or 0.
 * Returns OK. Threads: any. Cost: lock-free.
 */
LATZERO_API latzero_status latzero_exists(latzero_client *client, const char *key, size_t key_len, int32_t *exists);

/**
 * Removes all keys, one stripe of them after the other; keys that others set meanwhile may stay. Of a namespace, only
 * its own keys.
 * Returns OK. Threads: any. Cost: takes each stripe in turn.
 */
LATZERO_API latzero_status latzero_clear(latzero_client *client);

/**
 * Counts the keys: *size becomes their number, without those past their TTL. Of a namespace, only its own keys.
 * Returns OK. Threads: any. Cost: lock-free; where keys have expired and in namespaces, a look at every key.
 */
LATZERO_API latzero_status latzero_size(latzero_client *client, uint64_t *size);

/**
 * Stores a value without making it visible to others yet: it is kept in this process with up to 99 more and written by
 * latzero_flush(), by every 100th fast set (or 1 MiB of them), by latzero_disconnect(), and before any other call on
 * this connection that must see them. latzero_get(), latzero_exists() and latzero_mget() of this connection answer from
 * what is pending; what latzero_delete() and latzero_clear() are about is not written first, but dropped. What is
 * pending dies with the process. A TTL counts from this call.
 * Returns as latzero_set(); MEMORY_FULL, NO_SPACE and TIMEOUT speak of the flush that this call caused: what could not
 * be written stays pending, and this value is not taken.
 * Threads: any. Cost: a copy; every 100th call a flush.
 */
LATZERO_API latzero_status latzero_set_fast(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                            const void *value, size_t size, const latzero_set_options *options);

/**
 * Writes what latzero_set_fast() holds back, in the order of the calls; each value becomes visible on its own.
 * Returns OK, MEMORY_FULL, NO_SPACE, TIMEOUT (the rest stays pending).
 * Threads: any. Cost: takes a stripe for each value.
 */
LATZERO_API latzero_status latzero_flush(latzero_client *client);

/** Stores a null. Threads, cost: as latzero_set(). */
LATZERO_API latzero_status latzero_set_null(latzero_client *client, const char *key, size_t key_len,
                                            const latzero_set_options *options);
/** Stores a bool: any number but 0 is true. Threads, cost: as latzero_set(). */
LATZERO_API latzero_status latzero_set_bool(latzero_client *client, const char *key, size_t key_len, int32_t value,
                                            const latzero_set_options *options);
/** Stores an int64. Threads, cost: as latzero_set(). */
LATZERO_API latzero_status latzero_set_i64(latzero_client *client, const char *key, size_t key_len, int64_t value,
                                           const latzero_set_options *options);
/** Stores a double. Threads, cost: as latzero_set(). */
LATZERO_API latzero_status latzero_set_f64(latzero_client *client, const char *key, size_t key_len, double value,
                                           const latzero_set_options *options);
/** Stores UTF-8 text; text_len may be LATZERO_CSTR. Threads, cost: as latzero_set(). */
LATZERO_API latzero_status latzero_set_string(latzero_client *client, const char *key, size_t key_len, const char *text,
                                              size_t text_len, const latzero_set_options *options);
/** Stores bytes. Threads, cost: as latzero_set(). */
LATZERO_API latzero_status latzero_set_bytes(latzero_client *client, const char *key, size_t key_len, const void *bytes,
                                             size_t size, const latzero_set_options *options);
/**
 * Stores what a JSON text says: an array as a list, an object as a dict, text as a string, integers as int64, other
 * numbers as double, true, false and null; and what JSON has no words for in the forms of latzero_to_json(). json_len
 * may be LATZERO_CSTR.
 * Besides, INVALID_ARGUMENT: malformed or deeper than 64; the sentence names the byte.
 * Threads, cost: as latzero_set(), and a parse.
 */
LATZERO_API latzero_status latzero_set_json(latzero_client *client, const char *key, size_t key_len, const char *json,
                                            size_t json_len, const latzero_set_options *options);
/**
 * Stores one MessagePack value: nil, booleans, integers, floats, str, bin, arrays (lists), maps (dicts), and
 * LATZERO_MSGPACK_TUPLE.
 * Besides, INVALID_ARGUMENT: malformed or deeper than 64; the sentence names the byte.
 * Threads, cost: as latzero_set(), and a check.
 */
LATZERO_API latzero_status latzero_set_msgpack(latzero_client *client, const char *key, size_t key_len,
                                               const void *msgpack, size_t size, const latzero_set_options *options);

/** Reads a bool: *value becomes 1 or 0. Returns OK, NOT_FOUND, TYPE_MISMATCH. Threads: any. Cost: lock-free. */
LATZERO_API latzero_status latzero_get_bool(latzero_client *client, const char *key, size_t key_len, int32_t *value);
/** Reads an int64. Returns OK, NOT_FOUND, TYPE_MISMATCH. Threads: any. Cost: lock-free. */
LATZERO_API latzero_status latzero_get_i64(latzero_client *client, const char *key, size_t key_len, int64_t *value);
/** Reads a double. Returns OK, NOT_FOUND, TYPE_MISMATCH. Threads: any. Cost: lock-free. */
LATZERO_API latzero_status latzero_get_f64(latzero_client *client, const char *key, size_t key_len, double *value);
/**
 * Reads a string into new memory: *text is NUL-terminated, *text_len (may be NULL) its length without the NUL; release
 * it with latzero_free(). Returns OK, NOT_FOUND, TYPE_MISMATCH, NO_MEMORY. Threads: any. Cost: lock-free, allocates.
 */
LATZERO_API latzero_status latzero_get_string(latzero_client *client, const char *key, size_t key_len, char **text,
                                              size_t *text_len);
/**
 * Reads bytes into new memory: *bytes has *size bytes (and is never NULL on success); release it with latzero_free().
 * Returns OK, NOT_FOUND, TYPE_MISMATCH, NO_MEMORY. Threads: any. Cost: lock-free, allocates.
 */
LATZERO_API latzero_status latzero_get_bytes(latzero_client *client, const char *key, size_t key_len, void **bytes,
                                             size_t *size);
/**
 * Reads a value of any type but opaque as JSON, as latzero_to_json() writes it, into new memory: *json is
 * NUL-terminated, *json_len (may be NULL) its length; release it with latzero_free().
 * Returns OK, NOT_FOUND, UNSUPPORTED (opaque), NO_MEMORY. Threads: any. Cost: lock-free, allocates.
 */
LATZERO_API latzero_status latzero_get_json(latzero_client *client, const char *key, size_t key_len, char **json,
                                            size_t *json_len);
/**
 * Reads a value of any type but opaque as one MessagePack value into new memory; release it with latzero_free(). A
 * tuple comes as an array.
 * Returns OK, NOT_FOUND, UNSUPPORTED (opaque), NO_MEMORY. Threads: any. Cost: lock-free, allocates.
 */
LATZERO_API latzero_status latzero_get_msgpack(latzero_client *client, const char *key, size_t key_len, void **msgpack,
                                               size_t *size);

/**
 * The JSON text of a value that a program holds, whatever it has it from: an item, a borrow, a walk, an event. type,
 * value and size as in latzero_set(). *json: NUL-terminated, to release with latzero_free(); *json_len (may be NULL)
 * becomes its length.
 *
 * What JSON has no words for is an object with one member. All that reads JSON here takes it for the same value again,
 * to the bit:
 *   {"$bytes": "base64"}           bytes (RFC 4648, padded)
 *   {"$double": "NaN"}             NaN, Infinity and -Infinity; a NaN of other bits as "NaN(0xfff8000000000000)"
 *   {"$tuple": [...]}              a tuple
 *   {"$ext": [type, "base64"]}     a MessagePack extension within a list or dict, its type from -128 to 127
 *   {"$dict": [[key, value], ...]} a dict that no object can be: with a key that is no string, or whose only key begins
 *                                  with "$"
 * Whatever else an object has beside such a name makes it an ordinary dict, and so does a name that is none of these.
 * With nothing but such a name it must be of the form; INVALID_ARGUMENT otherwise.
 *
 * Returns OK, INVALID_ARGUMENT (no such type; the bytes are not of the type), UNSUPPORTED (an opaque value: its tag is
 * not at hand), NO_MEMORY.
 * Threads: any. Cost: a copy.
 */
LATZERO_API latzero_status latzero_to_json(uint32_t type, const void *value, size_t size, char **json,
                                           size_t *json_len);
/**
 * The value that a JSON text says, as latzero_set_json() stores it: *type becomes LATZERO_TYPE_*, *value its *size
 * bytes with a NUL behind them, to release with latzero_free(). json_len may be LATZERO_CSTR.
 * Returns OK, INVALID_ARGUMENT (malformed or deeper than 64; the sentence names the byte), NO_MEMORY.
 * Threads: any. Cost: a parse.
 */
LATZERO_API latzero_status latzero_from_json(const char *json, size_t json_len, uint32_t *type, void **value,
                                             size_t *size);

/* ---- lifetime ---------------------------------------------------------------------------------------------------- */

/* A key past its TTL is never returned. Its memory comes back as writes to its stripe go on, when room is short, and by
 * latzero_auto_cleanup(). */

/**
 * Tells what is left of a key's life: *ttl_ms becomes at least 1, or -1 if it does not expire.
 * Returns OK, NOT_FOUND. Threads: any. Cost: lock-free.
 */
LATZERO_API latzero_status latzero_ttl(latzero_client *client, const char *key, size_t key_len, int64_t *ttl_ms);

/**
 * Gives a key a new TTL of ttl_ms from now, at least 1. The value and its version stay.
 * Returns OK, NOT_FOUND, INVALID_ARGUMENT (0 or negative), MEMORY_FULL, NO_SPACE (only for a key that had none).
 * Threads: any. Cost: takes a stripe; in place if the key had a TTL before, else as latzero_set().
 */
LATZERO_API latzero_status latzero_expire(latzero_client *client, const char *key, size_t key_len, int64_t ttl_ms);

/**
 * Takes a key's TTL away. Returns OK (also if it had none), NOT_FOUND. Threads: any. Cost: takes a stripe; in place.
 */
LATZERO_API latzero_status latzero_persist(latzero_client *client, const char *key, size_t key_len);

/* ---- atomic ------------------------------------------------------------------------------------------------------ */

/* Each call below is atomic between processes: no other process sees or makes a change in between. */

/**
 * Adds delta to an int64; an absent key counts as `initial`. *result (may be NULL) becomes the sum. A TTL is kept.
 * Returns OK, TYPE_MISMATCH (not an int64), OVERFLOW (nothing changed), MEMORY_FULL, NO_SPACE (absent key only).
 * Threads: any. Cost: takes a stripe; in place.
 */
LATZERO_API latzero_status latzero_increment(latzero_client *client, const char *key, size_t key_len, int64_t delta,
                                             int64_t initial, int64_t *result);
/** Subtracts delta; else as latzero_increment(). */
LATZERO_API latzero_status latzero_decrement(latzero_client *client, const char *key, size_t key_len, int64_t delta,
                                             int64_t initial, int64_t *result);
/** Adds delta to a double; else as latzero_increment(). OVERFLOW: the sum would not be finite. */
LATZERO_API latzero_status latzero_increment_f64(latzero_client *client, const char *key, size_t key_len, double delta,
                                                 double initial, double *result);

/* How to count. */
typedef struct latzero_count_options {
    uint32_t struct_size; /* sizeof(latzero_count_options) */
    uint32_t flags;       /* 0 */
    int64_t ttl_ms;       /* of the key, if the call makes it; 0: it stays */
    int64_t initial;      /* what an absent key counts as */
} latzero_count_options;

#define LATZERO_COUNT_OPTIONS_INIT \
    { sizeof(latzero_count_options), 0, 0, 0 }

/**
 * Adds delta to an int64, as latzero_increment(); a key that is absent, or over, is made with options->ttl_ms, in the
 * same step. So a counter ends that long after its first count, even if the caller is killed, and the next count begins
 * anew. A key that is there keeps its end. options may be NULL.
 * Returns as latzero_increment(); INVALID_ARGUMENT (options: also a ttl_ms below 0).
 * Threads: any. Cost: takes a stripe; in place.
 */
LATZERO_API latzero_status latzero_count(latzero_client *client, const char *key, size_t key_len, int64_t delta,
                                         const latzero_count_options *options, int64_t *result);

/**
 * Appends one element to a list; an absent key counts as an empty list. *length (may be NULL) becomes the new number of
 * elements. A TTL is kept. The element is a value of any type but opaque, for which there is latzero_append_opaque().
 * Returns OK, TYPE_MISMATCH (not a list), INVALID_ARGUMENT (the element is malformed, opaque or too deep), TOO_LARGE,
 * MEMORY_FULL, NO_SPACE.
 * Threads: any. Cost: takes a stripe; in place, whatever the list's length, but for doublings of its room.
 */
LATZERO_API latzero_status latzero_append(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                          const void *value, size_t size, uint64_t *length);

/**
 * Appends what a JSON text says, as latzero_set_json() would store it; json_len may be LATZERO_CSTR. Else as
 * latzero_append(); INVALID_ARGUMENT: malformed, or nested over 63 deep.
 */
LATZERO_API latzero_status latzero_append_json(latzero_client *client, const char *key, size_t key_len,
                                               const char *json, size_t json_len, uint64_t *length);
/** Appends one MessagePack value, as latzero_set_msgpack() would store it. Else as latzero_append(). */
LATZERO_API latzero_status latzero_append_msgpack(latzero_client *client, const char *key, size_t key_len,
                                                  const void *msgpack, size_t size, uint64_t *length);
/**
 * Appends opaque bytes with their tag: the element is a MessagePack extension of type LATZERO_MSGPACK_OPAQUE. Else as
 * latzero_append().
 */
LATZERO_API latzero_status latzero_append_opaque(latzero_client *client, const char *key, size_t key_len, uint32_t tag,
                                                 const void *value, size_t size, uint64_t *length);

/**
 * Takes the first element from a list, and copies it into a buffer, as the value that was appended. With
 * latzero_append() at the other end the list is a queue: each element goes to one caller, in the order of the appends.
 * buffer may be NULL if capacity is 0. info (may be NULL): as in latzero_get(), of the element; version and ttl_ms are
 * those of the list. *length (may be NULL) becomes the number of elements that are left. An emptied list stays, as an
 * empty one. An element that no type holds (of latzero_append_msgpack(): an integer above INT64_MAX, a foreign
 * extension) is opaque, with its MessagePack and LATZERO_TAG_MSGPACK.
 * Returns OK, NOT_FOUND (absent or empty; info->version is then what latzero_wait() takes to wait for an element),
 * TYPE_MISMATCH (not a list), TOO_SMALL (info->size is the needed size; nothing was taken), MEMORY_FULL, NO_SPACE
 * (where it is copied), NO_MEMORY.
 * Threads: any. Cost: lock-free for the element, then takes a stripe; again if another caller was quicker. The list is
 * copied by the first pop from one that was stored whole, by each pop in an encrypted pool, and now and then to give
 * room back: shared among the pops, one of a list of any length costs the same.
 */
LATZERO_API latzero_status latzero_pop_front(latzero_client *client, const char *key, size_t key_len, void *buffer,
                                             size_t capacity, latzero_value_info *info, uint64_t *length);
/**
 * Takes the last element; else as latzero_pop_front().
 * Threads: any. Cost: reads the list once, and stores it anew; again if it changes meanwhile.
 */
LATZERO_API latzero_status latzero_pop_back(latzero_client *client, const char *key, size_t key_len, void *buffer,
                                            size_t capacity, latzero_value_info *info, uint64_t *length);

/**
 * Merges a dict into a dict: each of its keys replaces or joins those there; an absent key counts as an empty dict. A
 * TTL is kept. msgpack: one MessagePack map of `size` bytes.
 * Returns OK, TYPE_MISMATCH (not a dict), INVALID_ARGUMENT (no map, malformed, too deep), TOO_LARGE, MEMORY_FULL,
 * NO_SPACE, NO_MEMORY.
 * Threads: any. Cost: reads, merges and stores the whole dict, again if it changes meanwhile.
 */
LATZERO_API latzero_status latzero_update(latzero_client *client, const char *key, size_t key_len, const void *msgpack,
                                          size_t size);

/**
 * latzero_update() by JSON text: an object. json_len may be LATZERO_CSTR. Besides, INVALID_ARGUMENT: malformed, no
 * object. Threads, cost: as there, and a parse.
 */
LATZERO_API latzero_status latzero_update_json(latzero_client *client, const char *key, size_t key_len,
                                               const char *json, size_t json_len);

/** Stores a value only if the key is absent; EXISTS if not. Threads, cost: as latzero_set(). */
LATZERO_API latzero_status latzero_add(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                       const void *value, size_t size, const latzero_set_options *options);
/**
 * latzero_add() that tells the version of what it stored in *version (may be NULL): with that a lock is let go by who
 * holds it alone, see latzero_compare_and_delete(). Threads, cost: as latzero_set().
 */
LATZERO_API latzero_status latzero_add_versioned(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                                 const void *value, size_t size, const latzero_set_options *options,
                                                 uint64_t *version);
/** Stores a value only if the key is there; NOT_FOUND if not. Threads, cost: as latzero_set(). */
LATZERO_API latzero_status latzero_replace(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                           const void *value, size_t size, const latzero_set_options *options);

/**
 * Stores a value only if the key still has this version (latzero_value_info.version); version 0: only if it is absent.
 * *new_version (may be NULL) becomes the version of what was stored.
 * Besides, CONFLICT (another version, or absent). Threads, cost: as latzero_set().
 */
LATZERO_API latzero_status latzero_compare_and_set(latzero_client *client, const char *key, size_t key_len,
                                                   uint64_t version, uint32_t type, const void *value, size_t size,
                                                   const latzero_set_options *options, uint64_t *new_version);

/**
 * Removes a key only if it still has this version.
 * Returns OK, CONFLICT (another version, or absent), INVALID_ARGUMENT (version is 0).
 * Threads: any. Cost: takes a stripe.
 */
LATZERO_API latzero_status latzero_compare_and_delete(latzero_client *client, const char *key, size_t key_len,
                                                      uint64_t version);

/**
 * Stores a value and copies the one that it replaces into a buffer, with old (may be NULL) filled as by latzero_get().
 * If the key was absent, old->version is 0. `buffer` and `value` must not overlap.
 * Besides, TOO_SMALL (for the old value; old->size is the needed size; nothing was stored).
 * Threads: any. Cost: as latzero_get() and latzero_set(), again if the key changes meanwhile.
 */
LATZERO_API latzero_status latzero_swap(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                        const void *value, size_t size, const latzero_set_options *options,
                                        void *buffer, size_t capacity, latzero_value_info *old);

/**
 * Removes a key and copies its value into a buffer: latzero_get() and latzero_delete() in one.
 * Returns as latzero_get(); with TOO_SMALL the key stays.
 * Threads: any. Cost: as latzero_get() and latzero_delete(), again if the key changes meanwhile.
 */
LATZERO_API latzero_status latzero_take(latzero_client *client, const char *key, size_t key_len, void *buffer,
                                        size_t capacity, latzero_value_info *info);

/* ---- batch ------------------------------------------------------------------------------------------------------- */

/* One key of a batch. */
typedef struct latzero_entry {
    const char *key;
    size_t key_len;        /* may be LATZERO_CSTR */
    void *value;           /* mset: the bytes to store, only read; mget: a buffer, or NULL if capacity is 0 */
    size_t capacity;       /* mget: of the buffer */
    uint64_t size;         /* mset: bytes to store; mget: becomes the value's size, also if the buffer is too small */
    uint64_t version;      /* becomes the version stored or read */
    int64_t ttl_ms;        /* mset: 0 or -1 for none; mget: becomes what is left, -1 for a key that does not expire */
    uint32_t type;         /* mset: LATZERO_TYPE_*; mget: becomes the type */
    uint32_t tag;          /* of opaque values */
    latzero_status status; /* becomes what happened to this key: as latzero_set(), latzero_get(), latzero_delete() */
    uint32_t reserved;     /* 0 */
} latzero_entry;

/*
 * The calls below do `count` keys in the array's order, each as its single call would (each is atomic, all together are
 * not), with the memory of many looked up at once: several times as fast when keys lie far apart. entry_size:
 * sizeof(latzero_entry) as the caller knows it, the stride of the array. Every entry gets its status; the call returns
 * OK if all are OK (NOT_FOUND is no failure here), else the first that is not. An entry in which something is not 0
 * that this library does not know is UNSUPPORTED.
 */

/**
 * Stores values. Entries that latzero_mget() has read may be given as they are.
 * Threads: any. Cost: takes a stripe for each key.
 */
LATZERO_API latzero_status latzero_mset(latzero_client *client, uint32_t entry_size, latzero_entry *entries,
                                        size_t count);
/** Reads values. *found (may be NULL) becomes the number of keys that are there. Threads: any. Cost: lock-free. */
LATZERO_API latzero_status latzero_mget(latzero_client *client, uint32_t entry_size, latzero_entry *entries,
                                        size_t count, size_t *found);
/** Removes keys. *deleted (may be NULL) becomes their number. Threads: any. Cost: takes a stripe for each key. */
LATZERO_API latzero_status latzero_delete_many(latzero_client *client, uint32_t entry_size, latzero_entry *entries,
                                               size_t count, size_t *deleted);

/*
 * Items: keys with values in one block of memory, for callers to whom each call and each pointer is dear. An item is a
 * latzero_item, which begins at a multiple of 8 bytes of the block; numbers are little-endian. Behind it:
 *
 *   at struct_size             the key, key_len bytes; a NUL; zeros up to a multiple of 8
 *   at struct_size + K         the value, `size` bytes; a NUL; zeros up to a multiple of 8. K is key_len + 1, rounded
 *                              up to a multiple of 8
 *   at item_size               the next item, or the end of the block
 *
 * A program reads the head as far as it knows it, and takes the key's place from struct_size: a newer library may have
 * longer heads.
 */
typedef struct latzero_item {
    uint32_t struct_size;  /* bytes of this head */
    uint32_t key_len;      /* of the key */
    uint64_t item_size;    /* from one item to the next, a multiple of 8 */
    uint64_t size;         /* of the value */
    uint64_t version;      /* of the key, told; 0: it is absent, or a fast set that is held back */
    int64_t ttl_ms;        /* what is left, -1: it does not expire; to be stored: 0 or -1 for none */
    uint32_t type;         /* LATZERO_TYPE_* */
    uint32_t tag;          /* of an opaque value, else 0 */
    uint32_t flags;        /* LATZERO_VALUE_*, told */
    latzero_status status; /* LATZERO_OK, or why there is no value: LATZERO_NOT_FOUND, LATZERO_INTEGRITY */
} latzero_item;

#define LATZERO_ITEM_INIT \
    { sizeof(latzero_item), 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Reads keys, of any number and size of values, in one call. keys: for each its length, 4 bytes, little-endian, then
 * its bytes; the next one follows at once. keys_len: of all that.
 * *items: an item for each key, in that order, in one block of *items_len bytes, to release with latzero_free(); NULL
 * if there are none. *found (may be NULL) becomes the number of keys that are there. A key that is absent, or of which
 * the record does not verify, is an item with that status and no value; another failure is that of the call.
 * Returns OK, INVALID_ARGUMENT (no key, or one that is too long; keys_len does not end with a key), TIMEOUT, NO_MEMORY.
 * Threads: any. Cost: lock-free, allocates; each key is read on its own.
 */
LATZERO_API latzero_status latzero_mget_copy(latzero_client *client, const void *keys, size_t keys_len, void **items,
                                             size_t *items_len, size_t *found);

/**
 * Stores items, each under the rules of latzero_set(), in their order, up to the first that is refused. What
 * latzero_mget_copy() or latzero_items() gave, of any pool, can be given as it is: version and flags are not looked at,
 * and an item is passed over if its status is not LATZERO_OK.
 * items: items_len bytes; they need not be aligned. *done (may be NULL) becomes the number of items that were stored or
 * passed over, also if the status is not OK: the one behind them was refused.
 * Returns as latzero_set(); INVALID_ARGUMENT (also: an item does not lie within the block), UNSUPPORTED (a head that is
 * longer than this library's is not 0 there).
 * Threads: any. Cost: takes a stripe for each key.
 */
LATZERO_API latzero_status latzero_mset_packed(latzero_client *client, const void *items, size_t items_len,
                                               size_t *done);

/* ---- zero-copy --------------------------------------------------------------------------------------------------- */

/* A value held for reading in place. Opaque. */
typedef struct latzero_borrowed latzero_borrowed;
/* Room for a value that is being written in place. Opaque. */
typedef struct latzero_reserved latzero_reserved;

/**
 * Gives a value to read where it lies: *value points at info->size bytes (8-byte aligned, never NULL on success) that
 * do not change until *borrowed is given back with latzero_return(), whatever others write. Also for read-only clients.
 * Values under 16 KiB, compressed ones and lists that are being appended to are copied into memory of the borrow
 * instead; the call is the same. The pool keeps the memory of a value that is replaced while borrowed until it is
 * returned or its borrower has died. latzero_disconnect() gives back what is still borrowed: the pointers end there.
 * info: may be NULL.
 * Returns OK, NOT_FOUND, NO_MEMORY, TIMEOUT (read-only clients: the value changed during every attempt).
 * Threads: any; a borrow may be read and returned by any thread. Cost: lock-free, two system calls.
 */
LATZERO_API latzero_status latzero_borrow(latzero_client *client, const char *key, size_t key_len, const void **value,
                                          latzero_value_info *info, latzero_borrowed **borrowed);

/**
 * Gives a borrow back; its pointer must not be used any more.
 * Returns OK, INVALID_ARGUMENT (NULL, or returned already). Threads: any. Cost: a system call.
 */
LATZERO_API latzero_status latzero_return(latzero_borrowed *borrowed);

/**
 * Reserves room for a value of `size` bytes in the pool: *memory points at them (8-byte aligned, never NULL, content
 * unspecified). Fill them, then make them the key's value with latzero_commit(), or drop them with latzero_abandon().
 * Nobody sees them before; they are not compressed; latzero_disconnect() and death drop them. A TTL counts from the
 * commit.
 * Returns as latzero_set(). Threads: any; one thread at a time per reservation. Cost: takes the pool's page map.
 */
LATZERO_API latzero_status latzero_reserve(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                           size_t size, const latzero_set_options *options, void **memory,
                                           latzero_reserved **reserved);

/**
 * Stores what a reservation holds, at once and whole. On any status but OK it is as it was: commit again or abandon.
 * Returns as latzero_set(); INVALID_ARGUMENT (the bytes are not of the type; NULL, committed or abandoned already).
 * Threads: any. Cost: takes a stripe, copies nothing over 13 KiB.
 */
LATZERO_API latzero_status latzero_commit(latzero_reserved *reserved);

/**
 * Drops a reservation. Returns OK, INVALID_ARGUMENT (NULL, committed or abandoned already). Threads: any.
 */
LATZERO_API latzero_status latzero_abandon(latzero_reserved *reserved);

/* ---- iteration --------------------------------------------------------------------------------------------------- */

/*
 * Patterns: `*` any bytes, `?` one byte, `[a-z]` one of a set, `[^a-z]` or `[!a-z]` none of it, `\` takes the next
 * byte as it is. A pattern of NULL matches every key. pattern_len: at most LATZERO_PATTERN_MAX bytes, or
 * LATZERO_CSTR. A key costs at most as many steps as it has bytes for each 64 bytes of the pattern.
 */
enum { LATZERO_PATTERN_MAX = 4096 };

/* As flags of a call: the pattern is what a key begins with, and no byte of it has a special meaning. */
enum { LATZERO_MATCH_PREFIX = 1 };

/* A walk over the keys of one client. Opaque. */
typedef struct latzero_iter latzero_iter;

/**
 * Starts a walk over all keys that match a pattern. Every key that is there throughout is met exactly once; keys set or
 * deleted meanwhile may or may not be met. Writers are never blocked. In a namespace, keys and pattern are without its
 * prefix. *iter must be closed with latzero_iter_close().
 * Returns OK, INVALID_ARGUMENT (the pattern is too long), NO_MEMORY. Threads: one iterator, one thread at a time. Cost:
 * lock-free, allocates; 2 KiB for each 64 bytes of the pattern.
 */
LATZERO_API latzero_status latzero_iter_open(latzero_client *client, const char *pattern, size_t pattern_len,
                                             latzero_iter **iter);

/**
 * latzero_iter_open() with flags: LATZERO_MATCH_*, or 0. Besides, INVALID_ARGUMENT: unknown flags. Threads, cost: as
 * there.
 */
LATZERO_API latzero_status latzero_iter_match(latzero_client *client, const char *pattern, size_t pattern_len,
                                              uint32_t flags, latzero_iter **iter);

/**
 * Steps to the next key. *key (NUL-terminated for convenience) stays valid until the next step or close; *key_len (may
 * be NULL, where no key has a NUL inside) becomes its length. With value not NULL, *value points at a copy of the value
 * (info->size bytes, NUL behind them), as long. info (may be NULL) describes it as latzero_get() does.
 * Returns OK, NOT_FOUND (the walk is over), TIMEOUT, CORRUPT, NO_MEMORY. Cost: lock-free, allocates.
 */
LATZERO_API latzero_status latzero_iter_next(latzero_iter *iter, const char **key, size_t *key_len, const void **value,
                                             latzero_value_info *info);

/**
 * Ends a walk and frees it. NULL is allowed.
 */
LATZERO_API void latzero_iter_close(latzero_iter *iter);

/* A key as latzero_scan() returns it. */
typedef struct latzero_key {
    const char *key; /* NUL-terminated for convenience */
    size_t key_len;
} latzero_key;

/**
 * One step of a walk that keeps no state: looks at `count` keys from *cursor on, or a few more, and returns those that
 * match. It looks at 64 places in the index for each of them at most, so at fewer keys where these lie far apart.
 * Begin with *cursor 0; the walk is over when it is 0 again. Any process may go on with a cursor, at any time. Every
 * key that is there from the first step to the last is returned at least once, however the pool grows meanwhile; a key
 * may be returned twice if an index table is replaced between two steps, and a step may return none. Writers are never
 * blocked.
 * *keys: an array of *found elements in one block with their bytes, to release with latzero_free(); NULL if none.
 * Returns OK, INVALID_ARGUMENT (count is 0; the pattern is too long), NO_MEMORY, TIMEOUT, CORRUPT. Threads: any. Cost:
 * lock-free, allocates.
 */
LATZERO_API latzero_status latzero_scan(latzero_client *client, uint64_t *cursor, size_t count, const char *pattern,
                                        size_t pattern_len, latzero_key **keys, size_t *found);

/**
 * latzero_scan() with flags: LATZERO_MATCH_*, or 0. Besides, INVALID_ARGUMENT: unknown flags. Threads, cost: as there.
 */
LATZERO_API latzero_status latzero_scan_match(latzero_client *client, uint64_t *cursor, size_t count,
                                              const char *pattern, size_t pattern_len, uint32_t flags,
                                              latzero_key **keys, size_t *found);

/**
 * One step of a walk that keeps no state, as latzero_scan_match(), which gives the keys with their values, as items:
 * see latzero_item. A step also ends once its items take most_bytes (0: 16 MiB), or some keys later, 64 at most where
 * values were small: so it takes that memory and those values', whatever the pool has. A key that is gone when its
 * value is read is left out, and so is a record that does not verify.
 * *items: *found of them in one block of *items_len bytes, to release with latzero_free(); NULL if none.
 * Returns OK, INVALID_ARGUMENT (count is 0; the pattern is too long; unknown flags), NO_MEMORY, TIMEOUT, CORRUPT.
 * Threads: any. Cost: lock-free, allocates.
 */
LATZERO_API latzero_status latzero_items(latzero_client *client, uint64_t *cursor, size_t count, uint64_t most_bytes,
                                         const char *pattern, size_t pattern_len, uint32_t flags, void **items,
                                         size_t *items_len, size_t *found);

/**
 * Removes the keys that match, each as latzero_delete() would; keys that others set meanwhile may stay. What
 * latzero_set_fast() holds back is written first. *removed (may be NULL) becomes their number. flags: LATZERO_MATCH_*,
 * or 0.
 * Returns OK, INVALID_ARGUMENT (the pattern is too long; unknown flags), NO_MEMORY. After another failure some of the
 * keys are gone. Threads: any. Cost: a look at every key; takes a stripe for each that matches.
 */
LATZERO_API latzero_status latzero_clear_match(latzero_client *client, const char *pattern, size_t pattern_len,
                                               uint32_t flags, uint64_t *removed);

/**
 * Counts the keys that match: *size becomes their number, without those past their TTL. flags: LATZERO_MATCH_*, or 0.
 * Returns OK, INVALID_ARGUMENT (the pattern is too long; unknown flags), NO_MEMORY, TIMEOUT. Threads: any. Cost:
 * lock-free; a look at every key.
 */
LATZERO_API latzero_status latzero_size_match(latzero_client *client, const char *pattern, size_t pattern_len,
                                              uint32_t flags, uint64_t *size);

/* ---- namespaces -------------------------------------------------------------------------------------------------- */

/**
 * Opens a view of the same connection in which every key is prefixed by `name` and ':'. Keys, patterns, size, scan and
 * clear of *view know only its own keys. Views of views nest. The view is a client like any other and closed with
 * latzero_disconnect(); the connection ends with the last of its handles.
 * name: 1 to 65,000 bytes; name_len may be LATZERO_CSTR.
 * Returns OK, INVALID_ARGUMENT, NO_MEMORY. Threads: any.
 */
LATZERO_API latzero_status latzero_namespace(latzero_client *client, const char *name, size_t name_len,
                                             latzero_client **view);

/* ---- changes ----------------------------------------------------------------------------------------------------- */

/*
 * Every change of a pool's keys has a number, by whichever process it is made, and a watch delivers them by these
 * numbers. While anybody watches, each writer leaves a note of what it did in a ring in the pool; watchers read the
 * notes without a lock. Nobody is waited for: a watcher that is slow, stopped or dead takes no memory and holds up no
 * writer. It is told how much was overwritten before it came by (LATZERO_EVENT_LOST).
 *
 * - Of one key: every committed change once, in the order of the commits, or a LOST that covers it; never one that did
 *   not happen. Between keys there is no such order, but when a change is delivered, whatever its writer did before it
 *   can be read.
 * - Fast sets are told when they are flushed, a batch key by key, a clear as one ERASED for each key.
 * - A change is delivered within a wake-up of its commit; within a second if its writer was killed before it woke
 *   anybody.
 * - A key that a TTL ends is told as EXPIRED, once, when it is removed. While a read-write client watches for that, it
 *   is removed within 100 ms of its end; otherwise when a write or latzero_auto_cleanup() comes by.
 * - In an encrypted pool the notes show no key. The watcher opens the key's record; ERASED and EXPIRED have the name
 *   with them, sealed for this one event. LATZERO_EVENT_NAMELESS is told where nobody can name the key: its record was
 *   gone and the note of its end overwritten; its TTL was over and a writer removed it, as nobody did who watches for
 *   that, or its memory was needed; or another program has changed the note. That one is counted as an integrity
 *   failure. It never names another key. A read-only client that watches for ends, which removes nothing, looks once a
 *   second at what has ended, and names it when a writer removes it: writers leave it for two seconds.
 * - A read-only client cannot turn the ring on; it asks, and the next client that connects does, or one of the next
 *   writes. If nobody else watches, it hears of the changes before as LOST, of the stripe that has changed.
 *
 * A pool with LATZERO_POOL_EVENTS has its ring from its first client on, and for good: a watch resumes in it where
 * another died, as if it had watched on, within what the ring holds (latzero_pool_options.history).
 *
 * Where nobody watches, get and set take no instruction more. While a watch is open, a set of a small value takes some
 * 20 ns more, and some 50 ns while the watcher reads.
 */

/* What an event tells. */
enum {
    LATZERO_EVENT_LOST = 0,        /* `lost` changes of keys of `stripe` were overwritten; 0: nobody knows how many */
    LATZERO_EVENT_SET = 1,         /* a key has another value */
    LATZERO_EVENT_CREATED = 2,     /* an absent key has a value */
    LATZERO_EVENT_CHANGED = 3,     /* a number was counted, or a list appended to, in its place */
    LATZERO_EVENT_TTL = 4,         /* a key ends at another time, or not any more */
    LATZERO_EVENT_ERASED = 5,      /* a key was deleted */
    LATZERO_EVENT_EXPIRED = 6,     /* a key was removed as its TTL was over */
    LATZERO_EVENT_PRESENT = 7,     /* FOLLOW: a key that was there when its stripe was walked */
    LATZERO_EVENT_RESYNC = 8,      /* FOLLOW: `stripe` is walked anew; drop of it what is not PRESENT until SYNCED */
    LATZERO_EVENT_SYNCED = 9,      /* FOLLOW: the walk of `stripe` is over; LATZERO_STRIPES: the first one, of all */
    LATZERO_EVENT_CONNECT = 10,    /* a client came */
    LATZERO_EVENT_DISCONNECT = 11, /* a client went, or was killed */
    LATZERO_EVENT_DESTROYED = 12   /* the pool is destroyed; nothing comes behind this. At once if a process did it that
                                      has a read-write client of it, else within a second */
};

/* Keys fall into so many stripes; each has its own order of changes. */
enum { LATZERO_STRIPES = 64 };

/* Flags of an event. */
enum {
    LATZERO_EVENT_NAMELESS = 1, /* of a key of an encrypted pool that nobody can name */
    LATZERO_EVENT_KEY_CUT = 2   /* `key` is the beginning of a key that was too long for the ring */
};

/* What a watch delivers. LOST and DESTROYED it delivers in any case. */
enum {
    LATZERO_WATCH_UPDATES = 1,  /* SET, CREATED, CHANGED, TTL */
    LATZERO_WATCH_DELETES = 2,  /* ERASED */
    LATZERO_WATCH_EXPIRIES = 4, /* EXPIRED, and in time */
    LATZERO_WATCH_CLIENTS = 8,  /* CONNECT, DISCONNECT; read-only clients, and killed ones, within a second */
    LATZERO_WATCH_VALUES = 16,  /* with each event of a key the value that it has by then */
    LATZERO_WATCH_OTHERS = 32,  /* leaves out what this connection does */
    LATZERO_WATCH_FOLLOW = 64   /* what it takes to keep an equal copy, see below; implies 1, 2, 4 and 16 */
};

/*
 * FOLLOW. The keys that are there come first, as PRESENT, then SYNCED with stripe LATZERO_STRIPES, then each change
 * with the value of now. Where others would be told LOST, the stripe is walked again, between RESYNC and SYNCED. A copy
 * is equal when nobody writes, if its holder does this with each event that has a key: keep the value if value_status
 * is LATZERO_OK, else drop the key; and drops, at SYNCED of a stripe, each key of it that came with none since RESYNC.
 * Every event of a key has its stripe.
 */

/* Where a watch is: what was delivered before. It may be stored, and resumed from by any client. */
typedef struct latzero_revision {
    uint8_t pool_id[16];
    uint64_t commits[64]; /* of each stripe */
} latzero_revision;

/* A watch. Opaque. */
typedef struct latzero_watch latzero_watch;

typedef struct latzero_watch_options {
    uint32_t struct_size;
    uint32_t what;                /* LATZERO_WATCH_*; 0: UPDATES, DELETES and EXPIRIES */
    const char *pattern;          /* as for latzero_iter_open(); NULL: all keys */
    size_t pattern_len;           /* or LATZERO_CSTR */
    const latzero_revision *from; /* where to resume; NULL: from now on */
    uint32_t history;             /* changes that the ring keeps of each stripe, if this is its first watch: 16 to
                                     4,096, as a power of two; 0: 64. It takes 64 bytes for each, and a sixteenth of the
                                     pool's cap at most. A pool with LATZERO_POOL_EVENTS has its own */
    uint32_t reserved;            /* 0 */
} latzero_watch_options;

#define LATZERO_WATCH_OPTIONS_INIT \
    { sizeof(latzero_watch_options), 0, NULL, 0, NULL, 0, 0 }

typedef struct latzero_event {
    uint32_t struct_size;
    uint32_t kind;   /* LATZERO_EVENT_* */
    uint32_t flags;  /* LATZERO_EVENT_NAMELESS, LATZERO_EVENT_KEY_CUT */
    uint32_t stripe; /* LATZERO_STRIPES: of none, or of all */
    const char *key; /* NUL-terminated for convenience; NULL: it has none */
    size_t key_len;
    uint64_t revision;              /* number of the commit, 64 times, + stripe; 0: of none */
    uint64_t version;               /* of the value; 0: it has none, or it is not known */
    uint64_t lost;                  /* of LOST and RESYNC: at most so many changes; of CONNECT and DISCONNECT: so many
                                    other clients came and went in that place meanwhile */
    uint32_t client;                /* number of the client that did it, or came or went */
    uint32_t client_process;        /* its process, for display; 0: unknown */
    const void *value;              /* with VALUES, if value_status is LATZERO_OK: its bytes, NUL behind them */
    const latzero_value_info *info; /* of that value; else NULL */
    latzero_status value_status;    /* LATZERO_OK, NOT_FOUND (it has none by now), or why it could not be read */
    uint32_t commit_size;           /* reserved */
    uint64_t commit;                /* reserved */
} latzero_event;

#define LATZERO_EVENT_INIT \
    { sizeof(latzero_event), 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0 }

/**
 * Opens a watch: from here on every change is numbered and kept, as far as the ring goes. It has no thread. In a
 * namespace, keys and pattern are without its prefix. *watch must be closed with latzero_watch_close(); a disconnect of
 * the client's last handle ends it, too.
 * With options->from it goes on behind what that revision's watch had delivered. LOST comes first for each stripe that
 * has moved on further than the ring reaches, or while nobody watched; for all, if that was another pool.
 * Returns OK, INVALID_ARGUMENT, MEMORY_FULL or NO_SPACE (no room for the ring), TIMEOUT, NO_MEMORY, IO.
 * Threads: any. Cost: takes each stripe once.
 */
LATZERO_API latzero_status latzero_watch_open(latzero_client *client, const latzero_watch_options *options,
                                              latzero_watch **watch);

/**
 * Waits up to timeout_ms (0: not at all, -1: for ever) for the next event. What *event points to stays valid until the
 * next call on this watch. event->struct_size says how much of it is filled.
 * Returns OK, TIMEOUT (none came), CANCELLED (latzero_watch_wake()), DESTROYED (after that was delivered),
 * INVALID_ARGUMENT (NULL, closed, or its client has gone); a FOLLOW also what latzero_iter_next() does.
 * Threads: one at a time per watch. Cost: lock-free, but while it waits; 64 loads if there is nothing. While it is
 * called it sees once a second to what nobody told: clients that were killed, and what they left.
 */
LATZERO_API latzero_status latzero_watch_next(latzero_watch *watch, int64_t timeout_ms, latzero_event *event);

/**
 * Writes where the watch is: all that came before has been delivered, nothing after it. Not beside latzero_watch_next()
 * of another thread. Returns OK, INVALID_ARGUMENT.
 */
LATZERO_API latzero_status latzero_watch_revision(latzero_watch *watch, latzero_revision *revision);

/**
 * Has latzero_watch_next() return CANCELLED: the call that waits in another thread, or the next one.
 * Returns OK, INVALID_ARGUMENT. Threads: any.
 */
LATZERO_API latzero_status latzero_watch_wake(latzero_watch *watch);

/**
 * Ends a watch and frees it; NULL is allowed. The pool's last watch gives the ring back. Not beside other calls on the
 * same watch.
 */
LATZERO_API void latzero_watch_close(latzero_watch *watch);

/**
 * Gives a descriptor for an event loop (epoll, libuv, asyncio): it polls as readable while latzero_watch_next() with a
 * timeout of 0 may have something, also for a moment once a second. When it is readable, call that until it answers
 * TIMEOUT. The descriptor is the watch's: do not read, write or close it. Starts the connection's one thread for all
 * its descriptors and callbacks.
 * Returns OK, INVALID_ARGUMENT, NO_MEMORY, IO. Threads: one at a time per watch. Cost: a thread per connection.
 */
LATZERO_API latzero_status latzero_event_fd(latzero_watch *watch, intptr_t *fd);

/* What latzero_on() calls. The event, with all it points to, is valid until it returns. It must not throw. */
typedef void (*latzero_event_callback)(const latzero_event *event, void *user_data);

/**
 * Calls callback(event, user_data) for each event of a watch with these options, on a thread of the library, one after
 * another and in order. A callback may call the library, also latzero_on() and latzero_off(), but not disconnect its
 * own client. While one runs, the others of this connection wait, and what the ring cannot keep becomes LOST.
 * *registration: for latzero_off(). All end with the connection, whose end waits for the callback that runs.
 * Returns OK, INVALID_ARGUMENT; and as latzero_watch_open(). Threads: any. Cost: a thread per connection.
 */
LATZERO_API latzero_status latzero_on(latzero_client *client, const latzero_watch_options *options,
                                      latzero_event_callback callback, void *user_data, uint64_t *registration);

/**
 * Ends a registration. Behind this call its callback does not run any more; within the callback itself: behind its
 * return. Returns OK, INVALID_ARGUMENT (there is no such registration). Threads: any. Cost: waits for the callback if
 * it runs.
 */
LATZERO_API latzero_status latzero_off(latzero_client *client, uint64_t registration);

/**
 * Waits up to timeout_ms (0: not at all, -1: for ever) until a key has another version than known_version, 0 standing
 * for its absence; returns at once if it has. *version becomes the one that it has then: 0 if it was deleted or its TTL
 * is over. Versions are those of latzero_value_info; of several changes the last one is seen. It needs no watch and
 * no ring, and works for read-only clients.
 * Returns OK, TIMEOUT, DESTROYED (within a second), INVALID_ARGUMENT, CORRUPT, INTEGRITY.
 * Threads: any. Cost: while somebody waits, the next change of the key's stripe wakes it.
 */
LATZERO_API latzero_status latzero_wait(latzero_client *client, const char *key, size_t key_len, uint64_t known_version,
                                        int64_t timeout_ms, uint64_t *version);

/* ---- info -------------------------------------------------------------------------------------------------------- */

/* A pool as seen by a client. */
typedef struct latzero_pool_stats {
    uint32_t struct_size;
    uint32_t read_only;          /* 1: this client is read-only */
    char name[208];              /* NUL-terminated */
    uint64_t clients;            /* connected now, this one included */
    uint64_t key_count;          /* without those past their TTL */
    uint64_t used_bytes;         /* in records and indexes */
    uint64_t capacity_bytes;     /* of the segment now */
    uint64_t max_bytes;          /* its cap */
    double utilization;          /* used_bytes / capacity_bytes */
    uint64_t free_bytes;         /* claimed for small records, free for the next one */
    uint64_t commits;            /* writes since the pool was created */
    uint32_t encryption;         /* 1: the pool is encrypted */
    uint32_t flags;              /* LATZERO_POOL_* */
    uint64_t borrowed_bytes;     /* of replaced values that are kept for their borrowers */
    uint64_t integrity_failures; /* records that did not verify, each time that somebody tried to open one */
    uint32_t cipher;             /* LATZERO_CIPHER_* */
    uint32_t reserved;
    uint64_t huge_bytes; /* of the capacity, in huge pages */
} latzero_pool_stats;

#define LATZERO_POOL_STATS_INIT \
    { sizeof(latzero_pool_stats), 0, {0}, 0, 0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Describes the client's pool; in a namespace, too, the whole pool. stats->struct_size says how much of it is filled.
 * huge_bytes is what this process has in huge pages, or would have at a touch. Before Linux 6.7 it is 0: nobody tells.
 * Returns OK. Threads: any. Cost: lock-free; asks the system once per connected client, and for huge_bytes: some 10 us,
 * and up to 2 us per MiB of the capacity.
 */
LATZERO_API latzero_status latzero_stats(latzero_client *client, latzero_pool_stats *stats);

enum {
    LATZERO_CLIENT_READ_ONLY = 1, /* it cannot change the pool */
    LATZERO_CLIENT_SELF = 2,      /* it is the one that asks */
    LATZERO_CLIENT_WATCHES = 4    /* it has a watch, or waits for a key */
};

/* What a client holds at this moment, for which others wait. */
enum {
    LATZERO_HOLDS_STRIPE = 1, /* the locks in `stripes`: writers of those keys wait */
    LATZERO_HOLDS_PAGES = 2,  /* the page map's lock: who needs or frees whole pages waits */
    LATZERO_HOLDS_LIFE = 4,   /* the life lock: who connects, disconnects or destroys waits */
    LATZERO_HOLDS_LOAN = 8    /* a value that is borrowed in place: nobody waits, its memory does */
};

/* A client of a pool. */
typedef struct latzero_client_info {
    uint32_t struct_size;
    uint32_t flags;       /* LATZERO_CLIENT_* */
    uint32_t process;     /* its number, as seen from here; 0: unknown */
    uint32_t holds;       /* LATZERO_HOLDS_* */
    int64_t connected_ns; /* since the Unix epoch; 0: unknown, as of read-only clients */
    uint64_t stripes;     /* bit n: it holds the lock of stripe n of 64 */
} latzero_client_info;

#define LATZERO_CLIENT_INFO_INIT \
    { sizeof(latzero_client_info), 0, 0, 0, 0, 0 }

/**
 * Lists who is connected to the client's pool, read-write clients first, and what each holds. A call that answers
 * TIMEOUT names the process in its sentence; this tells more, and works also for a read-only client.
 * struct_size: sizeof(latzero_client_info) as the caller knows it, the stride of the result.
 * *clients: an array of *count elements, one block to release with latzero_free().
 * What is held is that of one moment: a client that works has a lock for about a microsecond at a time (one that grows
 * the pool, the page map's for as long as the system takes), so one that has the same in a second call is stuck. The
 * process of a read-only client, watches, loans and the life lock are those that /proc tells of this user's processes:
 * of one that may not be looked at, or has closed its descriptors, they are not known. Whoever can write to the pool's
 * memory can make this tell untruths.
 * Returns OK, INVALID_ARGUMENT (struct_size), NO_MEMORY, IO.
 * Threads: any. Cost: asks the system once per connected client, and looks at the descriptors of all processes of this
 * user, for 250 ms at most.
 */
LATZERO_API latzero_status latzero_clients(latzero_client *client, uint32_t struct_size, latzero_client_info **clients,
                                           size_t *count);

/* ---- snapshots --------------------------------------------------------------------------------------------------- */

enum {
    LATZERO_SNAPSHOT_PLAIN = 2 /* save an encrypted pool in clear: the file shows its keys and values */
};

/* What a load does with a key. */
enum {
    LATZERO_SNAPSHOT_MERGE = 0,    /* the value of the file replaces that of the pool; other keys stay */
    LATZERO_SNAPSHOT_REPLACE = 1,  /* the same, and keys that are not in the file go, before the first one is stored */
    LATZERO_SNAPSHOT_IF_ABSENT = 2 /* a key that is in the pool stays as it is */
};

/* What a callback is told of. */
enum {
    LATZERO_SNAPSHOT_SAVING = 0,   /* how far a save is */
    LATZERO_SNAPSHOT_CHECKING = 1, /* how far the first pass is over a file, which checks it */
    LATZERO_SNAPSHOT_LOADING = 2,  /* how far the second pass is, which stores */
    LATZERO_SNAPSHOT_SKIPPED = 3   /* a key that is in the file and is not stored */
};

/* Why a key was skipped. */
enum {
    LATZERO_SKIPPED_EXPIRED = 1,      /* its life has ended since the save */
    LATZERO_SKIPPED_PRESENT = 2,      /* it is in the pool, and LATZERO_SNAPSHOT_IF_ABSENT asked for */
    LATZERO_SKIPPED_NOT_MATCHING = 3, /* the pattern leaves it out */
    LATZERO_SKIPPED_NUMBER = 4,       /* of a file of the Python package: an integer beyond 64 bits, to which no double
                                         is equal */
    LATZERO_SKIPPED_TEXT = 5,         /* half of a surrogate pair in its text */
    LATZERO_SKIPPED_NAME = 6          /* the same in its name; or the name is empty or over LATZERO_KEY_MAX bytes */
};

typedef struct latzero_snapshot_event {
    uint32_t struct_size;
    uint32_t kind;       /* LATZERO_SNAPSHOT_SAVING and so on */
    uint32_t cause;      /* of SKIPPED: LATZERO_SKIPPED_*; else 0 */
    uint32_t reserved;   /* 0 */
    uint64_t entries;    /* that were written or read so far in this pass */
    uint64_t entries_of; /* of how many, at about; 0: nobody knows */
    uint64_t bytes;      /* of text, that were written; of the file, that were read */
    uint64_t bytes_of;   /* of the file; 0: nobody knows */
    const char *key;     /* of SKIPPED: the key as the file has it, not NUL-terminated; else NULL */
    size_t key_len;      /* of it */
} latzero_snapshot_event;

/* Is told how far a call is, at its beginning, each 1,024 entries or MiB, and at its end, and of each key that is
 * skipped. It returns 0 to go on, anything else to call it off (not at SKIPPED). The event is valid during the call. */
typedef int32_t (*latzero_snapshot_callback)(const latzero_snapshot_event *event, void *user_data);

/* How to save, load and check. */
typedef struct latzero_snapshot_options {
    uint32_t struct_size;               /* sizeof(latzero_snapshot_options) */
    uint32_t flags;                     /* LATZERO_SNAPSHOT_PLAIN, of a save */
    uint32_t mode;                      /* of a load: LATZERO_SNAPSHOT_MERGE, REPLACE or IF_ABSENT */
    uint32_t reserved;                  /* 0 */
    const char *prefix;                 /* of a load: put before each key; NULL: nothing */
    size_t prefix_len;                  /* bytes of it, or LATZERO_CSTR */
    const char *pattern;                /* which keys to save, or to load from the file, where they lack the prefix: as
                                           for latzero_iter_open(); NULL: all */
    size_t pattern_len;                 /* bytes of it, or LATZERO_CSTR */
    latzero_snapshot_callback callback; /* NULL: nobody is told */
    void *user_data;                    /* for the callback */
} latzero_snapshot_options;

#define LATZERO_SNAPSHOT_OPTIONS_INIT \
    { sizeof(latzero_snapshot_options), 0, 0, 0, NULL, 0, NULL, 0, NULL, NULL }

enum {
    LATZERO_SNAPSHOT_ORIGINAL = 1,   /* in reports: a file of the Python package */
    LATZERO_SNAPSHOT_PERSISTENT = 4, /* of the pool that was saved, as LATZERO_POOL_PERSISTENT */
    LATZERO_SNAPSHOT_EVENTS = 8      /* as LATZERO_POOL_EVENTS */
};

/* What was done. */
typedef struct latzero_snapshot_report {
    uint32_t struct_size;
    uint32_t flags;                /* LATZERO_SNAPSHOT_ORIGINAL and so on */
    uint64_t entries;              /* keys that were saved, or are in the file */
    uint64_t loaded;               /* keys that were stored */
    uint64_t removed;              /* by LATZERO_SNAPSHOT_REPLACE */
    uint64_t skipped_expired;      /* keys that were not stored, by cause */
    uint64_t skipped_present;      /* these by LATZERO_SNAPSHOT_IF_ABSENT */
    uint64_t skipped_not_matching; /* these by the pattern */
    uint64_t skipped_unsayable;    /* LATZERO_SKIPPED_NUMBER, TEXT and NAME */
    uint64_t file_bytes;           /* as the file lies there */
    int64_t created_ns;            /* when it was saved; 0: the file does not say */
    uint64_t max_bytes;            /* the cap of the pool that was saved; 0: the file does not say */
    char pool[208];                /* its name, NUL-terminated; "": the file does not say */
    uint8_t revision[528];         /* a latzero_revision, where a watch goes on behind the snapshot; zeros: the file
                                      does not say */
    char path[1024];               /* of the file, NUL-terminated; "": it is longer */
    int64_t idle_ttl_ms;           /* of the pool that was saved; 0: none, or the file does not say */
} latzero_snapshot_report;

#define LATZERO_SNAPSHOT_REPORT_INIT \
    { sizeof(latzero_snapshot_report), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}, 0 }

/**
 * Writes a pool's keys, with types, values and ends, to a file, while others go on writing: each key that is there all
 * the time is in the file once, with a value that was its own during the call. Of a namespace, its keys are saved,
 * without its prefix. The file is readable JSON, a line a key, with a digest at its end; of one whose name ends with
 * ".zst", a zstd frame of that. abi/snapshot.md has each byte of it.
 * The file is made beside the path, without a name, brought to the disk, and then put in the place of the one that has
 * the path, in one step: whatever is killed when, the path leads to the old file or to the new one, whole. It has mode
 * 0600. Killed between two system calls, the new file may be left a second time as ".NAME.new": the next save to that
 * path takes it away. A save that fails or is called off leaves the old file, and nothing else.
 * path: NUL-terminated; the directory must be there. One that ends with '/' is a directory, in which the file gets the
 * name POOL_YYYYMMDDThhmmss.mmmZ.json, by UTC, and none is replaced. NULL: the directory $LATZERO_SNAPSHOT_DIR, else
 * $XDG_STATE_HOME/latzero/snapshots, else ~/.local/state/latzero/snapshots, which is made if it is not there, mode
 * 0700.
 * options: NULL for the defaults; not kept. report: may be NULL,
 * else report->struct_size says how much of it is filled; before anything is written, it must be a sound struct.
 * callback: called by this thread, with no lock held; it may call the library.
 * Returns OK, INVALID_ARGUMENT (options; a path that is a directory, a pipe or a device; no path, and the environment
 * names no directory), NOT_FOUND (no such
 * directory), PERMISSION (also: the path is a symbolic link), NO_SPACE (the disk is full, or this process may make no
 * file that large), UNSUPPORTED (an encrypted pool without LATZERO_SNAPSHOT_PLAIN), CANCELLED (by the callback),
 * TIMEOUT (read-only clients: a value changed during every attempt), INTEGRITY, NO_MEMORY, IO.
 * Threads: any. Cost: lock-free, but waits for the disk; memory for the largest value and its text, a 64th of the keys'
 * names, and 1 MiB.
 */
LATZERO_API latzero_status latzero_snapshot_save(latzero_client *client, const char *path,
                                                 const latzero_snapshot_options *options,
                                                 latzero_snapshot_report *report);

/**
 * Stores the keys of a file that latzero_snapshot_save() wrote, in any pool, of any cap, plain or encrypted; or of one
 * of the Python package's, whose arrays become lists and whose objects dicts. In a namespace, its prefix comes before
 * each key. The file is read twice: the first time all of it is checked, so that one that was cut, changed or is none
 * changes nothing. Then each key is set on its own, as latzero_set() does; keys whose end has passed are left out.
 * What a later key's failure finds loaded stays; the report says how many that are, and the load can be repeated.
 * Another program that changes the file's bytes meanwhile, in place, is found out at the end alone.
 * path, options, report, callback: as for latzero_snapshot_save(). The report is filled also where the call fails, once
 * its arguments were checked.
 * Returns OK, INVALID_ARGUMENT (options; a path that is no regular file), NOT_FOUND (no such file), CORRUPT (the file
 * is not sound: the sentence names the line), VERSION (it is of a later format), PERMISSION, CANCELLED (by the
 * callback), TOO_LARGE (a value can never fit into this pool, or a key is too long with its prefix), MEMORY_FULL (also
 * before anything is changed, if the file can never fit), NO_SPACE, NO_MEMORY, IO, READ_ONLY.
 * Threads: any. Cost: takes a stripe for each key; memory for three times the largest value's text, 1 MiB, and with
 * LATZERO_SNAPSHOT_REPLACE 8 bytes a key.
 */
LATZERO_API latzero_status latzero_snapshot_load(latzero_client *client, const char *path,
                                                 const latzero_snapshot_options *options,
                                                 latzero_snapshot_report *report);

/**
 * Creates a pool by what a file says of the one that was saved (cap, idle TTL, PERSISTENT, EVENTS), and loads the file
 * into it, as latzero_snapshot_load() does. The pool lives as one of latzero_pool_create(); others may find it before
 * it is full. If the call fails there is no pool. A process that is killed meanwhile leaves a part of it, if it is a
 * persistent one.
 * name: of the new pool. path, options, report, callback: as for latzero_snapshot_load().
 * Returns as latzero_snapshot_check(), latzero_pool_create() and latzero_snapshot_load(); POOL_EXISTS.
 * Threads: any. Cost: as latzero_snapshot_check() and latzero_snapshot_load() together.
 */
LATZERO_API latzero_status latzero_snapshot_restore(const char *name, const char *path,
                                                    const latzero_snapshot_options *options,
                                                    latzero_snapshot_report *report);

/**
 * Checks a file as latzero_snapshot_load() does before it stores anything, without a pool, and tells of it.
 * path, options (the callback alone counts), report, callback: as for latzero_snapshot_load().
 * Returns OK (the file is sound), INVALID_ARGUMENT, NOT_FOUND, CORRUPT, VERSION, PERMISSION, CANCELLED, NO_MEMORY, IO.
 * Threads: any. Cost: reads the file; memory for three times the largest value's text, and 1 MiB.
 */
LATZERO_API latzero_status latzero_snapshot_check(const char *path, const latzero_snapshot_options *options,
                                                  latzero_snapshot_report *report);

/* A snapshot in a directory, by what its first lines say. */
typedef struct latzero_snapshot_info {
    uint32_t struct_size;
    uint32_t flags;      /* LATZERO_SNAPSHOT_ORIGINAL and so on */
    int64_t created_ns;  /* when it was saved; 0: the file does not say */
    uint64_t file_bytes; /* as the file lies there */
    uint64_t max_bytes;  /* the cap of the pool that was saved; 0: the file does not say */
    char pool[208];      /* its name, NUL-terminated; "": the file does not say */
    char file[256];      /* the file's name in the directory, NUL-terminated */
} latzero_snapshot_info;

/**
 * Lists the snapshots in a directory, sorted by pool and time: files of any name that begin as snapshots do. Their
 * entries are not looked at; latzero_snapshot_check() does that. What cannot be read is left out.
 * directory: NUL-terminated; NULL: where latzero_snapshot_save() without a path saves. pool: of this pool alone, as
 * the file's head names it; NULL: of all. struct_size: sizeof(latzero_snapshot_info) as the caller
 * knows it, the stride of the result.
 * *infos: an array of *count elements, one block to release with latzero_free(); NULL if there is none.
 * Returns OK, INVALID_ARGUMENT, NOT_FOUND (no such directory), PERMISSION, NO_MEMORY, IO.
 * Threads: any. Cost: opens each file.
 */
LATZERO_API latzero_status latzero_snapshot_list(const char *directory, const char *pool, uint32_t struct_size,
                                                 latzero_snapshot_info **infos, size_t *count);

/**
 * Removes snapshots of a pool but for the newest `keep`, by when they were saved. Only files that a save without a path
 * has named so are removed or counted, and only if they say that they are this pool's.
 * directory: as for latzero_snapshot_list(). pool: NULL: of each pool but for the newest `keep` of it. *removed (may be
 * NULL) becomes their number, also if the call fails amid them.
 * Returns OK, INVALID_ARGUMENT, NOT_FOUND (no such directory), PERMISSION, NO_MEMORY, IO.
 * Threads: any. Cost: opens each file.
 */
LATZERO_API latzero_status latzero_snapshot_prune(const char *directory, const char *pool, uint64_t keep,
                                                  uint64_t *removed);

/* ---- async ------------------------------------------------------------------------------------------------------- */

/*
 * Operations that threads of the library do, for event loops and callers that must not wait. One queue, one struct, no
 * callback: the caller fills a latzero_op, submits it, and reaps it when it is done.
 *
 * What can really block: connect and create with a text key (a tenth of a second), and behind a stopped process (5 s);
 * destroy, list, cleanup and check; every write behind a stopped holder of a lock, up to the connection's timeout_ms;
 * the growth of a pool (25 ms a step); clear, scan and size of many keys; batches of thousands; flush. A get, a set or
 * an increment does not: it takes 15 to 40 ns, and the way to a thread and back 25 to 60 us, a thousand times as much.
 * Do those on your own thread, and let the queue do what may keep you waiting.
 *
 * An operation and all that it points to (key, value, buffer, options and what they point to, the client) belong to the
 * queue from latzero_async_submit() until it is reaped, or latzero_async_close() has returned: leave them alone so
 * long. Then it is the caller's again, to be submitted anew or freed.
 */

/* A queue of operations. Opaque. */
typedef struct latzero_async latzero_async;

/*
 * What an operation does: the call of that name, with its statuses and rules. The fields of latzero_op that it reads
 * and, behind the arrow, those that it writes (on success only, but for what the call itself tells of a failure);
 * others are neither looked at nor touched. `client` and `key` with `key_len` are as in every call. `name` stands for
 * `key` as a pool's name, which ends with NUL.
 *
 *   POOL_CREATE      name, options (latzero_pool_options or NULL)
 *   POOL_DESTROY     name
 *   POOL_EXISTS      name -> count (1 or 0)
 *   POOL_REKEY       name, value and size (the old key), buffer and capacity (the new one), options
 *   POOL_CHECK       name, options (a thread of the queue calls the callback) -> *buffer (a latzero_check_report, or
 *                    NULL)
 *   POOL_LIST        size (of latzero_pool_info) -> result (the array), count
 *   POOL_CLEANUP     -> count
 *   GLOBAL_STATS     -> *buffer (a latzero_global_info)
 *   CONNECT          name, options (latzero_connect_options or NULL) -> client
 *   DISCONNECT       client
 *   SET, SET_FAST, ADD, REPLACE
 *                    client, key, type, value and size, options (latzero_set_options or NULL)
 *   COMPARE_AND_SET  the same, version (0: the key must be absent) -> version (of what was stored)
 *   SWAP             as SET, buffer and capacity -> what GET writes, of the old value; type and size are to be set anew
 *   GET, TAKE        client, key, buffer and capacity -> *buffer, type, size, version, ttl_ms, tag, flags
 *   DELETE, PERSIST  client, key
 *   EXISTS           client, key -> count (1 or 0)
 *   TTL              client, key -> ttl_ms
 *   EXPIRE           client, key, ttl_ms
 *   CLEAR, FLUSH     client
 *   SIZE             client -> count
 *   INCREMENT        client, key, value (an int64_t: the delta), options (an int64_t: what an absent key counts as;
 *                    NULL: 0) -> *buffer (an int64_t: the sum; or NULL)
 *   INCREMENT_F64    the same with double
 *   APPEND           client, key, type, value and size -> count (the new length)
 *   UPDATE           client, key, value and size (of the MessagePack map)
 *   MSET             client, buffer (latzero_entry[capacity]), size (of latzero_entry), capacity -> the entries
 *   MGET, DELETE_MANY  the same -> the entries, count (of keys that were there)
 *   SCAN             client, version (the cursor), capacity (keys to look at), key and key_len (the pattern; NULL: all)
 *                    -> version (the next cursor), result (latzero_key[count], or NULL), count
 *   STATS            client -> *buffer (a latzero_pool_stats)
 *   CLIENTS          client, size (of latzero_client_info) -> result (the array), count
 *   ADD_VERSIONED    as SET -> version
 *   COMPARE_AND_DELETE  client, key, version
 *   APPEND_JSON, APPEND_MSGPACK
 *                    client, key, value and size (of the text or the MessagePack value) -> count (the new length)
 *   APPEND_OPAQUE    the same of the bytes, tag -> count
 *   UPDATE_JSON      client, key, value and size (of the text)
 *   GET_COPY         client, key -> result (the value), type, size, version, ttl_ms, tag, flags
 *   INFO             client, key -> type, size, version, ttl_ms, tag, flags
 *   MGET_COPY        client, value and size (the keys) -> result (the items, or NULL), size (of them), count (of keys
 *                    that were there)
 *   MSET_PACKED      client, value and size (the items) -> count (of those that were done, also of a failure)
 *   ITEMS            as SCAN_MATCH, size (most_bytes) -> version (the next cursor), result (the items, or NULL), size
 *                    (of them), count
 *   SCAN_MATCH       as SCAN, flags -> as SCAN
 *   CLEAR_MATCH, SIZE_MATCH
 *                    client, key and key_len (the pattern; NULL: all), flags -> count
 *   COUNT            client, key, value (an int64_t: the delta), options (latzero_count_options or NULL) -> *buffer (an
 *                    int64_t: the sum; or NULL)
 *   POP_FRONT, POP_BACK
 *                    as TAKE -> as TAKE, count (the length left)
 */
enum {
    LATZERO_OP_POOL_CREATE = 1,
    LATZERO_OP_POOL_DESTROY = 2,
    LATZERO_OP_POOL_EXISTS = 3,
    LATZERO_OP_POOL_REKEY = 4,
    LATZERO_OP_POOL_CHECK = 5,
    LATZERO_OP_POOL_LIST = 6,
    LATZERO_OP_POOL_CLEANUP = 7,
    LATZERO_OP_GLOBAL_STATS = 8,
    LATZERO_OP_CONNECT = 9,
    LATZERO_OP_DISCONNECT = 10,
    LATZERO_OP_SET = 11,
    LATZERO_OP_GET = 12,
    LATZERO_OP_DELETE = 13,
    LATZERO_OP_EXISTS = 14,
    LATZERO_OP_CLEAR = 15,
    LATZERO_OP_SIZE = 16,
    LATZERO_OP_SET_FAST = 17,
    LATZERO_OP_FLUSH = 18,
    LATZERO_OP_TTL = 19,
    LATZERO_OP_EXPIRE = 20,
    LATZERO_OP_PERSIST = 21,
    LATZERO_OP_INCREMENT = 22,
    LATZERO_OP_INCREMENT_F64 = 23,
    LATZERO_OP_APPEND = 24,
    LATZERO_OP_UPDATE = 25,
    LATZERO_OP_ADD = 26,
    LATZERO_OP_REPLACE = 27,
    LATZERO_OP_COMPARE_AND_SET = 28,
    LATZERO_OP_SWAP = 29,
    LATZERO_OP_TAKE = 30,
    LATZERO_OP_MSET = 31,
    LATZERO_OP_MGET = 32,
    LATZERO_OP_DELETE_MANY = 33,
    LATZERO_OP_SCAN = 34,
    LATZERO_OP_STATS = 35,
    LATZERO_OP_CLIENTS = 36,
    LATZERO_OP_ADD_VERSIONED = 37,
    LATZERO_OP_COMPARE_AND_DELETE = 38,
    LATZERO_OP_APPEND_JSON = 39,
    LATZERO_OP_APPEND_MSGPACK = 40,
    LATZERO_OP_APPEND_OPAQUE = 41,
    LATZERO_OP_UPDATE_JSON = 42,
    LATZERO_OP_GET_COPY = 43,
    LATZERO_OP_INFO = 44,
    LATZERO_OP_MGET_COPY = 45,
    LATZERO_OP_MSET_PACKED = 46,
    LATZERO_OP_ITEMS = 47,
    LATZERO_OP_SCAN_MATCH = 48,
    LATZERO_OP_CLEAR_MATCH = 49,
    LATZERO_OP_SIZE_MATCH = 50,
    LATZERO_OP_COUNT = 51,
    LATZERO_OP_POP_FRONT = 52,
    LATZERO_OP_POP_BACK = 53
};

/* An operation. Fill it from its _INIT, then the fields of its verb. */
typedef struct latzero_op {
    uint32_t struct_size;   /* sizeof(latzero_op) */
    uint32_t verb;          /* LATZERO_OP_* */
    latzero_client *client; /* of the call; of CONNECT, becomes the new one */
    const char *key;        /* the key's bytes, a pool's name or a pattern */
    size_t key_len;         /* of a key or pattern, or LATZERO_CSTR */
    const void *value;      /* what is stored; only read */
    uint64_t size;          /* of the value, or of an element; becomes that of a value that was read */
    void *buffer;           /* where a result goes; the entries of a batch */
    size_t capacity;        /* of the buffer in bytes; number of entries; keys to look at */
    const void *options;    /* the call's; NULL: the defaults */
    uint64_t user_data;     /* the caller's; not looked at */
    latzero_status status;  /* becomes the call's; LATZERO_CANCELLED: it was called off before it began */
    uint32_t type;          /* LATZERO_TYPE_*, given or told */
    uint32_t tag;           /* of an opaque value, given or told */
    uint32_t flags;         /* LATZERO_VALUE_*, told; LATZERO_MATCH_*, given */
    int64_t ttl_ms;         /* given or told */
    uint64_t version;       /* or cursor, given or told */
    uint64_t count;         /* told */
    char error[256];        /* what latzero_last_error() would say, NUL-terminated UTF-8, a longer sentence cut; "" */
    void *result;           /* new memory, to release with latzero_free() */
} latzero_op;

#define LATZERO_OP_INIT \
    { sizeof(latzero_op), 0, NULL, NULL, 0, NULL, 0, NULL, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, {0}, NULL }

/* Bounds of a queue, and its usual depth. */
enum { LATZERO_ASYNC_THREADS_MAX = 64 };
enum { LATZERO_ASYNC_DEPTH_MAX = 65536 };
enum { LATZERO_ASYNC_DEPTH_DEFAULT = 256 };

/* How to open a queue. */
typedef struct latzero_async_options {
    uint32_t struct_size; /* sizeof(latzero_async_options) */
    uint32_t threads;     /* that do operations, LATZERO_ASYNC_THREADS_MAX at most; 0: 1 */
    uint32_t depth;       /* operations that the queue takes before some are reaped, LATZERO_ASYNC_DEPTH_MAX at most; 0:
                             LATZERO_ASYNC_DEPTH_DEFAULT */
    uint32_t reserved;    /* 0 */
} latzero_async_options;

#define LATZERO_ASYNC_OPTIONS_INIT \
    { sizeof(latzero_async_options), 0, 0, 0 }

/**
 * Opens a queue, and starts its threads, which live until it is closed. *queue must be closed with
 * latzero_async_close(), before the process exits and before dlclose(): both wait for operations that have begun.
 * With one thread operations are done in the order in which they were submitted. With more they begin in that order,
 * and a slow one holds up nobody else; what depends on another one is submitted when that was reaped, and a DISCONNECT
 * when nothing else of that client is in the queue.
 * options: NULL for the defaults; not kept.
 * Returns OK, INVALID_ARGUMENT, NO_MEMORY (no memory or thread to be had).
 * Threads: any. Cost: starts the threads, about 50 us each.
 */
LATZERO_API latzero_status latzero_async_open(const latzero_async_options *options, latzero_async **queue);

/**
 * Closes a queue. Waits for the operations that have begun, and calls off the others: they get LATZERO_CANCELLED. Then
 * all that were not reaped are the caller's again, with their statuses; what a CONNECT has given is to be disconnected.
 * Who waits in latzero_async_reap() gets CANCELLED. In a forked child it only gives up the handle. The handle is
 * invalid afterwards.
 * Returns OK, INVALID_ARGUMENT (NULL or already closed), BUSY (called by a callback of an operation of this queue; it
 * stays open).
 * Threads: any; other calls on the queue may run. Cost: blocks as long as the operations that have begun; joins the
 * threads.
 */
LATZERO_API latzero_status latzero_async_close(latzero_async *queue);

/**
 * Hands operations over, in the array's order; the array itself is not kept. *taken becomes the number of those that
 * were taken, also if the status is not OK: they are the first ones, and will be done. The others remain the caller's.
 * An operation must not be submitted again before it was reaped. What its call refuses, its own status tells.
 * Returns OK (all were taken), BUSY (the queue is full: depth operations are in it that nobody has reaped),
 * INVALID_ARGUMENT (NULL; struct_size), UNSUPPORTED (there is no such verb; something is not 0 that this library does
 * not know), FORKED, CANCELLED (the queue is being closed; none was taken).
 * Threads: any. Cost: never waits for an operation; some us to wake a thread.
 */
LATZERO_API latzero_status latzero_async_submit(latzero_async *queue, latzero_op **ops, size_t count, size_t *taken);

/**
 * Calls off an operation that has not begun. It is to be reaped like any other, with status LATZERO_CANCELLED.
 * Returns OK, BUSY (it has begun or is done: reap it), INVALID_ARGUMENT (it is not in the queue), FORKED, CANCELLED
 * (the queue is being closed).
 * Threads: any. Cost: never waits; a look at all operations in the queue.
 */
LATZERO_API latzero_status latzero_async_cancel(latzero_async *queue, latzero_op *op);

/**
 * Fetches operations that are done, in the order in which they ended: ops[0] to ops[*count - 1], `most` at most. Waits
 * for the first one up to timeout_ms (0: not at all, -1: for ever). Several threads may reap; each operation goes to
 * one of them.
 * Returns OK (*count is 1 at least), TIMEOUT (none was done in time), INVALID_ARGUMENT (most is 0; timeout_ms is under
 * -1), FORKED, CANCELLED (the queue is being closed).
 * Threads: any. Cost: blocks for timeout_ms at most.
 */
LATZERO_API latzero_status latzero_async_reap(latzero_async *queue, latzero_op **ops, size_t most, int64_t timeout_ms,
                                              size_t *count);

/**
 * Gives a descriptor that polls as readable (poll, epoll, libuv's uv_poll_t, asyncio's add_reader, tokio's AsyncFd)
 * while latzero_async_reap() has something to fetch: level-triggered. It belongs to the queue, which closes it; poll
 * it, but do not read, write or close it. Each call gives the same one. A forked child does not have it.
 * Returns OK, INVALID_ARGUMENT, FORKED, NO_MEMORY (no descriptor is left), IO.
 * Threads: any. Cost: some us; from the first call on, a system call or two when the first operation is done and when
 * the last one was reaped.
 */
LATZERO_API latzero_status latzero_async_fd(latzero_async *queue, intptr_t *fd);

/* ---- configuration ----------------------------------------------------------------------------------------------- */

/* How values are turned into stored bytes. Every reader understands all forms, whatever its own settings. */
typedef struct latzero_serializer_options {
    uint32_t struct_size;        /* sizeof(latzero_serializer_options) */
    uint32_t prefer_msgpack;     /* 1: latzero_set_json() keeps lists and dicts as MessagePack; 0: as their JSON text */
    int64_t compress_threshold;  /* values of more bytes are compressed, if they get smaller; -1: none */
    uint32_t compress_encrypted; /* 1: those of encrypted pools too, see latzero_configure_serializer(); 0: not these */
    uint32_t reserved;           /* 0 */
} latzero_serializer_options;

#define LATZERO_SERIALIZER_OPTIONS_INIT \
    { sizeof(latzero_serializer_options), 1, 1024, 0, 0 }

/**
 * Sets how this process stores values from now on, in all pools. options: NULL for the defaults.
 * In encrypted pools nothing is compressed unless compress_encrypted is 1. Encryption does not hide a record's size,
 * and how well a value compresses depends on what it says: an attacker who gets text of their own into the same value
 * as a secret, and watches the size, finds out the secret piece by piece; and sizes alone tell a few possible values
 * apart. Turn it on only where no value has both secrets and text from others, and where their sizes may be known.
 * Values that are compressed already stay so; every client reads them, whatever its settings.
 * Returns OK, INVALID_ARGUMENT. Threads: any; calls that run meanwhile may still use the former settings.
 */
LATZERO_API latzero_status latzero_configure_serializer(const latzero_serializer_options *options);

/* How much is logged: a level includes those before it. */
enum {
    LATZERO_LOG_OFF = 0,
    LATZERO_LOG_ERROR = 1,   /* damaged bytes, records that do not verify */
    LATZERO_LOG_WARNING = 2, /* what was refused or failed; a dead client that was recovered; a wait for a lock over
                                50 ms; a pool that has lost its name; a watch that has lost events */
    LATZERO_LOG_INFO = 3,    /* create, connect, disconnect, destroy, rekey; growth; pools that were removed, and why;
                                checks */
    LATZERO_LOG_DEBUG = 4    /* calls on pools that failed by what they asked for; key names of plain pools */
};

/* What a line of the log looks like. */
enum {
    LATZERO_LOG_SIMPLE = 0, /* timestamp, level, logger and message, then NAME=VALUE of what else there is */
    LATZERO_LOG_JSON = 1    /* an object with the members timestamp, level, logger, message, and of pool, operation,
                               key, duration_ms, status and process what there is, in this order */
};

/* Is given a line of the log: line_len bytes of UTF-8 without a newline, with NUL behind them, valid during the call.
 * It is called by the thread that did what the line tells, before its call returns; by several threads at once; and in
 * forked children. It must return, and must not call the library. */
typedef void (*latzero_log_sink)(uint32_t level, const char *line, size_t line_len, void *user_data);

/* What is logged, and where. */
typedef struct latzero_logging_options {
    uint32_t struct_size;  /* sizeof(latzero_logging_options) */
    uint32_t level;        /* LATZERO_LOG_* up to which */
    uint32_t format;       /* LATZERO_LOG_SIMPLE or LATZERO_LOG_JSON */
    int32_t descriptor;    /* an open one that stays the caller's; -1: standard error */
    latzero_log_sink sink; /* gets the lines in place of the descriptor; NULL: none */
    void *user_data;       /* for the sink */
} latzero_logging_options;

#define LATZERO_LOGGING_OPTIONS_INIT \
    { sizeof(latzero_logging_options), 0, 0, -1, NULL, NULL }

/**
 * Sets what this process logs from now on, of all pools. options: NULL for what the environment asks for, which holds
 * until the first call: LATZERO_LOG is off, error, warning, info or debug, and LATZERO_LOG_FORMAT simple or json, as
 * they were when the library was loaded; the lines go to standard error. Without these variables, or with any other
 * word in LATZERO_LOG, nothing is logged.
 * A line never has a value, a secret, or a key name of an encrypted pool in it; key names of plain pools, 64 bytes of
 * each, at LATZERO_LOG_DEBUG alone. Names and texts are shown as latzero_last_error() does. Times are UTC, with
 * microseconds. `process` is the process that the line tells of, such as one that died or holds a lock.
 * Logged is what happens to pools and clients, not what is read and written: verbs tell of what they were refused (the
 * pool or the system is full, TIMEOUT, INTEGRITY, CORRUPT, IO, NO_MEMORY), and so do wrong auth keys, each status once
 * a second, with how often it came. What happens within a write (growth, a recovery, a wait) is logged by a later write
 * of that client, or when it disconnects, with the time at which it happened.
 * A line is one write of at most 4,096 bytes, which waits for nobody: where it is not possible at once, because the
 * descriptor is closed, or the pipe is full or broken, the line is lost, and the number of lost lines is logged once
 * there is room. No signal comes of it, and errno stays as it is. The descriptor stays open until another call has set
 * another one, and other threads may finish calls to a former sink a moment longer.
 * A forked child logs as its parent did.
 * Returns OK, INVALID_ARGUMENT (level, format, or a descriptor that is not open for writing).
 * Threads: any. Cost: none for what is off; a line takes some microseconds, and no lock is held meanwhile.
 */
LATZERO_API latzero_status latzero_configure_logging(const latzero_logging_options *options);

#ifdef __cplusplus
}
#endif

#endif
