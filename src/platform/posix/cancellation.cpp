#include "platform/cancellation.hpp"

#include <pthread.h>

namespace latzero::platform {

CancellationGuard::CancellationGuard() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &previous_); }
CancellationGuard::~CancellationGuard() { pthread_setcancelstate(previous_, nullptr); }

}  // namespace latzero::platform
