/* Memory of this process's own, without what it shares, looked at by a thread all the time. */
#ifndef LATZERO_TESTS_TRUST_MEMORY_METER_H
#define LATZERO_TESTS_TRUST_MEMORY_METER_H

#include <pthread.h>
#include <stdint.h>

typedef struct memory_meter {
    pthread_t thread;
    int over, statm;
    int64_t before_kib, most_kib;
} memory_meter;

void start_meter(memory_meter *meter);
void stop_meter(memory_meter *meter);

void begin_metering(memory_meter *meter);
/* By how much there was more at a time than when the metering began. */
int64_t metered_kib(const memory_meter *meter);

#endif
