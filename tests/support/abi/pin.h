/* What a compiled caller of latzero.h carries in itself, pinned: sizes, offsets and numbers. */
#ifndef LATZERO_TESTS_ABI_PIN_H
#define LATZERO_TESTS_ABI_PIN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <latzero/latzero.h>

/* Of 64-bit systems: only there do pointers have this size. */
#define SIZE(type, bytes) assert_int_equal(sizeof(type), bytes)
#define FIELD(type, field, offset, bytes)                    \
    do {                                                     \
        assert_int_equal(offsetof(type, field), offset);     \
        assert_int_equal(sizeof(((type *)0)->field), bytes); \
    } while (0)
#define NUMBER(constant, value) assert_true((constant) == (value))

/* Zero is every field's default, where it can be. */
#define INITIALISED(type, init)                                  \
    do {                                                         \
        const type value = init;                                 \
        type expected;                                           \
        memset(&expected, 0, sizeof expected);                   \
        expected.struct_size = sizeof expected;                  \
        assert_memory_equal(&value, &expected, sizeof expected); \
    } while (0)

#endif
