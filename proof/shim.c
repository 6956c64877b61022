// Makes one system call of a process fail: the n-th of its kind, over all threads. Loaded by LD_PRELOAD.
//
// FAULT=<call>:<n>:<fault>, where the fault is `kill` (before the call), `short` (one byte is truly moved) or
// the number of an error. FAULT_LOG=<file> gets a line when it happens; without FAULT, a line for each call.
//
// strace injects too, but counts per thread, can only pretend that a write was short, and stops at each call.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum call { OPEN, WRITE, PWRITE, PREAD, FSYNC, FTRUNCATE, MKDIR, LINK, UNLINK, SEND, RECV, CALL_COUNT };
static const char *const names[] = {"open",  "write", "pwrite", "pread", "fsync", "ftruncate",
                                    "mkdir", "link",  "unlink", "send",  "recv"};
enum fault { NONE, FAIL, SHORT };

static atomic_int counts[CALL_COUNT];
static int chosen_call = -1, chosen_number, chosen_error, is_short, is_kill, log_descriptor = -1;

// Runs before main; what the loader opened has gone by, uncounted.
__attribute__((constructor)) static void choose(void) {
    const char *log = getenv("FAULT_LOG"), *spec = getenv("FAULT");
    char name[16], fault[16];
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    if (log) log_descriptor = (int)syscall(SYS_openat, AT_FDCWD, log, flags, 0600);
    if (!spec) return;
    if (sscanf(spec, "%15[a-z]:%d:%15s", name, &chosen_number, fault) != 3) abort();
    for (int call = 0; call < CALL_COUNT; call++)
        if (!strcmp(names[call], name)) chosen_call = call;
    if (chosen_call < 0) abort();
    is_kill = !strcmp(fault, "kill");
    is_short = !strcmp(fault, "short");
    chosen_error = atoi(fault);
}

// What the call is about: its path, or that of its descriptor.
static void report(enum call call, int number, int descriptor, const char *path) {
    char link[32], target[PATH_MAX], line[PATH_MAX + 64];
    if (log_descriptor < 0) return;
    if (!path) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        long length = syscall(SYS_readlinkat, AT_FDCWD, link, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = 0;
        path = target;
    }
    int size = snprintf(line, sizeof line, "%s %d %s\n", names[call], number, path);
    syscall(SYS_write, log_descriptor, line, size);
}

// Counts a call and says what becomes of it.
static enum fault next(enum call call, int descriptor, const char *path) {
    int before = errno, number = atomic_fetch_add(&counts[call], 1) + 1;
    int is_chosen = call == (enum call)chosen_call && number == chosen_number;
    if (is_chosen || chosen_call < 0) report(call, number, descriptor, path);
    errno = before;
    if (!is_chosen) return NONE;
    if (is_kill) syscall(SYS_kill, getpid(), SIGKILL);
    if (is_short) return SHORT;
    // What is wrong with a connection is wrong both ways: whoever cannot send may not wait for an answer either.
    if ((call == SEND || call == RECV) && chosen_error == EIO) shutdown(descriptor, SHUT_RDWR);
    errno = chosen_error;
    return FAIL;
}

#define REAL(name) ((typeof(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

#define MOVES(call, name, parameters, buffer, size, ...)                                                    \
    ssize_t name parameters {                                                                               \
        enum fault fault = next(call, descriptor, NULL);                                                    \
        if (fault == FAIL) return -1;                                                                       \
        if (fault == SHORT && size > 1) size = 1;                                                           \
        return REAL(name)(descriptor, buffer, size, ##__VA_ARGS__);                                         \
    }
#define ACTS(call, name, parameters, descriptor, path, ...)                                                 \
    int name parameters { return next(call, descriptor, path) == FAIL ? -1 : REAL(name)(__VA_ARGS__); }
#define OPENS(name)                                                                                         \
    int name(const char *path, int flags, ...) {                                                            \
        va_list rest;                                                                                       \
        va_start(rest, flags);                                                                              \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                             \
        va_end(rest);                                                                                       \
        int is_fake = !strncmp(path, "/proc/", 6) || !strncmp(path, "/sys/", 5); /* no disk is there */     \
        return !is_fake && next(OPEN, -1, path) == FAIL ? -1 : REAL(name)(path, flags, mode);               \
    }

OPENS(open)
OPENS(open64)
DIR *opendir(const char *path) { return next(OPEN, -1, path) == FAIL ? NULL : REAL(opendir)(path); }
MOVES(WRITE, write, (int descriptor, const void *bytes, size_t size), bytes, size)
MOVES(PWRITE, pwrite, (int descriptor, const void *bytes, size_t size, off_t at), bytes, size, at)
MOVES(PWRITE, pwrite64, (int descriptor, const void *bytes, size_t size, off_t at), bytes, size, at)
MOVES(PREAD, pread, (int descriptor, void *bytes, size_t size, off_t at), bytes, size, at)
MOVES(PREAD, pread64, (int descriptor, void *bytes, size_t size, off_t at), bytes, size, at)
MOVES(SEND, send, (int descriptor, const void *bytes, size_t size, int flags), bytes, size, flags)
MOVES(RECV, recv, (int descriptor, void *bytes, size_t size, int flags), bytes, size, flags)
ACTS(FSYNC, fsync, (int descriptor), descriptor, NULL, descriptor)
ACTS(FTRUNCATE, ftruncate, (int descriptor, off_t size), descriptor, NULL, descriptor, size)
ACTS(FTRUNCATE, ftruncate64, (int descriptor, off_t size), descriptor, NULL, descriptor, size)
ACTS(MKDIR, mkdir, (const char *path, mode_t mode), -1, path, path, mode)
ACTS(LINK, link, (const char *from, const char *to), -1, to, from, to)
ACTS(UNLINK, unlink, (const char *path), -1, path, path)
