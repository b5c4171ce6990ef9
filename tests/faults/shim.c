/* Makes the n-th file operation below a folder fail, or kills the run there. Loaded with LD_PRELOAD, armed through ctypes.

   The counter stands in memory that forked processes share, so that calls of the run and of its workers are counted together. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

enum { OPEN = 1, WRITE = 2, SYNC = 4, RENAME = 8, UNLINK = 16 };

struct plan {
    int armed;
    int kinds;   /* which operations count */
    long nth;    /* the operation that fails, from 1; 0: none, only count */
    int error;   /* errno of the failure, -1: the run is killed */
    int sticky;  /* whether every later one fails too */
    pid_t run;   /* the process to kill */
    volatile long count;
    char folder[PATH_MAX];
};

static struct plan *plan;

__attribute__((constructor)) static void begin(void) {
    plan = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

void shim_arm(const char *folder, int kinds, long nth, int error, int sticky) {
    snprintf(plan->folder, sizeof plan->folder, "%s", folder);
    plan->kinds = kinds;
    plan->nth = nth;
    plan->error = error;
    plan->sticky = sticky;
    plan->run = getpid();
    plan->count = 0;
    plan->armed = 1;
}

long shim_disarm(void) {
    plan->armed = 0;
    return plan->count;
}

static int fails(int kind, const char *path) {
    if (!plan || !plan->armed || !(plan->kinds & kind) || !path || strncmp(path, plan->folder, strlen(plan->folder)) != 0)
        return 0;
    long now = __sync_add_and_fetch(&plan->count, 1);
    if (plan->nth == 0 || now < plan->nth || (now > plan->nth && !plan->sticky))
        return 0;
    if (plan->error == -1) {
        kill(plan->run, SIGKILL);
        kill(getpid(), SIGKILL);
    }
    errno = plan->error;
    return 1;
}

static int fails_at(int kind, int handle) {
    if (!plan || !plan->armed || !(plan->kinds & kind))
        return 0;
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0)
        return 0;
    path[size] = 0;
    return fails(kind, path);
}

#define NEXT(name) static __typeof__(&name) next; if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define OPENER(name)                                                      \
    int name(const char *path, int flags, ...) {                          \
        NEXT(name);                                                       \
        mode_t mode = 0;                                                  \
        if (flags & (O_CREAT | O_TMPFILE)) {                              \
            va_list rest;                                                 \
            va_start(rest, flags);                                        \
            mode = va_arg(rest, mode_t);                                  \
            va_end(rest);                                                 \
        }                                                                 \
        return fails(OPEN, path) ? -1 : next(path, flags, mode);          \
    }
OPENER(open)
OPENER(open64)

ssize_t write(int handle, const void *data, size_t size) {
    NEXT(write);
    return fails_at(WRITE, handle) ? -1 : next(handle, data, size);
}

ssize_t pwrite64(int handle, const void *data, size_t size, off64_t at) {
    NEXT(pwrite64);
    return fails_at(WRITE, handle) ? -1 : next(handle, data, size, at);
}

int ftruncate64(int handle, off64_t size) {
    NEXT(ftruncate64);
    return fails_at(WRITE, handle) ? -1 : next(handle, size);
}

int fsync(int handle) {
    NEXT(fsync);
    return fails_at(SYNC, handle) ? -1 : next(handle);
}

int fdatasync(int handle) {
    NEXT(fdatasync);
    return fails_at(SYNC, handle) ? -1 : next(handle);
}

int rename(const char *from, const char *to) {
    NEXT(rename);
    return fails(RENAME, to) ? -1 : next(from, to);
}

int unlink(const char *path) {
    NEXT(unlink);
    return fails(UNLINK, path) ? -1 : next(path);
}
