/* A clock that is set while a process runs: preloaded, it stands before the system's. Files' times are the kernel's own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long asked;

static long offset_s(void) {
    const char *after = getenv("CLOCK_JUMPS_AFTER"), *by = getenv("CLOCK_JUMPS_BY_S"), *every = getenv("CLOCK_JUMPS_EVERY");
    long number = __atomic_add_fetch(&asked, 1, __ATOMIC_RELAXED), start = after ? atol(after) : 0;
    if (!by || number < start) return 0;
    if (every && ((number - start) / atol(every)) % 2) return 0; /* back again, and on */
    return atol(by);
}

int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(which, now);
    if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) now->tv_sec += offset_s();
    return status;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec exact;
    int status = clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return status;
}

time_t time(time_t *result) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (result) *result = exact.tv_sec;
    return exact.tv_sec;
}
