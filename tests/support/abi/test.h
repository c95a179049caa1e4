/* What the C tests of the ABI share. */
#ifndef LATZERO_TESTS_ABI_TEST_H
#define LATZERO_TESTS_ABI_TEST_H

#include <unistd.h>

#include "abi/checks.h"
#include "abi/children.h"
#include "abi/pools.h"
#include "abi/this_process.h"
#include "abi/values.h"

#endif
