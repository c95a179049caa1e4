#include "memory_meter.h"

#include <fcntl.h>
#include <malloc.h>
#include <time.h>

#include "abi/test.h"

static int64_t own_kib(int statm) {
    const long page_kib = sysconf(_SC_PAGESIZE) / 1024;
    char text[128] = {0};
    long long size, resident, shared;
    if (pread(statm, text, sizeof text - 1, 0) <= 0) return 0;
    return sscanf(text, "%lld %lld %lld", &size, &resident, &shared) == 3 ? (resident - shared) * page_kib : 0;
}

static void note(memory_meter *meter) {
    const int64_t kib = own_kib(meter->statm);
    if (kib > __atomic_load_n(&meter->most_kib, __ATOMIC_RELAXED))
        __atomic_store_n(&meter->most_kib, kib, __ATOMIC_RELAXED);
}

static void *look(void *argument) {
    memory_meter *meter = argument;
    const struct timespec pause = {0, 500000};
    while (!__atomic_load_n(&meter->over, __ATOMIC_RELAXED)) {
        note(meter);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

/* What is freed goes back to the system at once, or it would hide what is taken next. */
void start_meter(memory_meter *meter) {
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    meter->over = 0;
    meter->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    CHECK(meter->statm >= 0);
    begin_metering(meter);
    CHECK(pthread_create(&meter->thread, NULL, look, meter) == 0);
}

void stop_meter(memory_meter *meter) {
    __atomic_store_n(&meter->over, 1, __ATOMIC_RELAXED);
    CHECK(pthread_join(meter->thread, NULL) == 0);
    close(meter->statm);
}

void begin_metering(memory_meter *meter) {
    malloc_trim(0);
    meter->before_kib = own_kib(meter->statm);
    __atomic_store_n(&meter->most_kib, meter->before_kib, __ATOMIC_RELAXED);
}

int64_t metered_kib(const memory_meter *meter) {
    return __atomic_load_n(&meter->most_kib, __ATOMIC_RELAXED) - meter->before_kib;
}
