/* Faults below the server: preloaded under the real binary, it makes system calls on regular files fail or take long, and
 * moves the wall clock. What it does stands in a file that the test writes and both map; it counts what it did there.
 *
 * Standard streams are left alone: the server's log is a file too, and faults are told there. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The order is that of `control.rs`. */
struct control {
    int64_t write_error;   /* errno of writes, 0: none */
    int64_t write_budget;  /* bytes that may be written before it */
    int64_t sync_error;    /* errno of fsync and fdatasync, 0: none */
    int64_t sync_failures; /* how many of them fail */
    int64_t sync_delay_ms;
    int64_t change_error;  /* errno of opening for writing, truncating, removing, renaming, 0: none */
    int64_t clock_offset_s;
    int64_t read_error;    /* errno of reads below FAULTS_UNDER, 0: none */
    int64_t writes_failed;
    int64_t syncs_failed;
    int64_t syncs_delayed;
    int64_t changes_failed;
    int64_t clocks_moved;
    int64_t reads_failed;
};

static struct control none;
static struct control *volatile shared = &none;

#define ADD(field, by) __atomic_add_fetch(&shared->field, (by), __ATOMIC_SEQ_CST)
#define GET(field) __atomic_load_n(&shared->field, __ATOMIC_SEQ_CST)

__attribute__((constructor)) static void map_control(void) {
    const char *path = getenv("FAULTS");
    int file = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
    if (file < 0) return;
    void *mapped = mmap(0, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) shared = mapped;
    close(file);
}

static int regular(int file) {
    struct stat found;
    return file > 2 && fstat(file, &found) == 0 && S_ISREG(found.st_mode);
}

/* How many of these bytes may be written: fewer than asked for is a short write, -1 an error. */
static ssize_t granted(int file, size_t bytes) {
    int64_t error = GET(write_error);
    if (!error || bytes == 0 || !regular(file)) return (ssize_t)bytes;
    int64_t left = ADD(write_budget, -(int64_t)bytes);
    if (left >= 0) return (ssize_t)bytes;
    if (left + (int64_t)bytes > 0) return (ssize_t)(left + (int64_t)bytes);
    ADD(writes_failed, 1);
    errno = (int)error;
    return -1;
}

ssize_t write(int file, const void *data, size_t bytes) {
    ssize_t some = granted(file, bytes);
    return some < 0 ? -1 : syscall(SYS_write, file, data, (size_t)some);
}

ssize_t pwrite64(int file, const void *data, size_t bytes, off64_t at) {
    ssize_t some = granted(file, bytes);
    return some < 0 ? -1 : syscall(SYS_pwrite64, file, data, (size_t)some, at);
}

ssize_t pwrite(int file, const void *data, size_t bytes, off_t at) { return pwrite64(file, data, bytes, at); }

ssize_t writev(int file, const struct iovec *parts, int count) {
    size_t bytes = 0;
    for (int i = 0; i < count; i++) bytes += parts[i].iov_len;
    ssize_t some = granted(file, bytes);
    if (some < 0) return -1;
    if ((size_t)some < bytes) return write(file, parts[0].iov_base, parts[0].iov_len);
    return syscall(SYS_writev, file, parts, count);
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at) {
    size_t bytes = 0;
    for (int i = 0; i < count; i++) bytes += parts[i].iov_len;
    ssize_t some = granted(file, bytes);
    if (some < 0) return -1;
    if ((size_t)some < bytes) return pwrite64(file, parts[0].iov_base, parts[0].iov_len, at);
    return syscall(SYS_pwritev, file, parts, count, at, 0);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) { return pwritev64(file, parts, count, at); }

/* Files of the server's data only: weights and libraries are read by the same calls. */
static int unreadable(int file) {
    int64_t error = GET(read_error);
    const char *data = getenv("FAULTS_UNDER");
    if (!error || !data || !regular(file)) return 0;
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path);
    size_t under = strlen(data);
    if (length < (ssize_t)under || memcmp(path, data, under)) return 0;
    ADD(reads_failed, 1);
    errno = (int)error;
    return 1;
}

ssize_t read(int file, void *data, size_t bytes) {
    return unreadable(file) ? -1 : syscall(SYS_read, file, data, bytes);
}
ssize_t pread64(int file, void *data, size_t bytes, off64_t at) {
    return unreadable(file) ? -1 : syscall(SYS_pread64, file, data, bytes, at);
}
ssize_t pread(int file, void *data, size_t bytes, off_t at) { return pread64(file, data, bytes, at); }

static int synced(int file, long call) {
    if (regular(file)) {
        int64_t delay = GET(sync_delay_ms);
        if (delay > 0) {
            struct timespec time = {delay / 1000, (delay % 1000) * 1000000};
            nanosleep(&time, 0);
            ADD(syncs_delayed, 1);
        }
        if (GET(sync_error) && ADD(sync_failures, -1) >= 0) {
            ADD(syncs_failed, 1);
            errno = (int)GET(sync_error);
            return -1;
        }
    }
    return (int)syscall(call, file);
}

int fsync(int file) { return synced(file, SYS_fsync); }
int fdatasync(int file) { return synced(file, SYS_fdatasync); }

static int refused(void) {
    int64_t error = GET(change_error);
    if (!error) return 0;
    ADD(changes_failed, 1);
    errno = (int)error;
    return 1;
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
    int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
    const char *data = getenv("FAULTS_UNDER");
    size_t length = 0;
    while (data && data[length] && path[length] == data[length]) length++;
    if (writes && data && !data[length] && refused()) return -1;
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define MODE(flags)                                   \
    mode_t mode = 0;                                  \
    if ((flags) & (O_CREAT | O_TMPFILE)) {            \
        va_list rest;                                 \
        va_start(rest, flags);                        \
        mode = (mode_t)va_arg(rest, int);             \
        va_end(rest);                                 \
    }

int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags, mode); }

int ftruncate(int file, off_t bytes) {
    return regular(file) && refused() ? -1 : (int)syscall(SYS_ftruncate, file, bytes);
}
int ftruncate64(int file, off64_t bytes) { return ftruncate(file, bytes); }
int fallocate64(int file, int mode, off64_t at, off64_t bytes) {
    return regular(file) && refused() ? -1 : (int)syscall(SYS_fallocate, file, mode, at, bytes);
}
int fallocate(int file, int mode, off_t at, off_t bytes) { return fallocate64(file, mode, at, bytes); }
int unlink(const char *path) { return refused() ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0); }
int rename(const char *from, const char *to) {
    return refused() ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static int64_t moved(void) {
    int64_t offset = GET(clock_offset_s);
    if (offset) ADD(clocks_moved, 1);
    return offset;
}

/* The wall clock only: the monotonic one never jumps. */
int clock_gettime(clockid_t clock, struct timespec *time) {
    int done = (int)syscall(SYS_clock_gettime, clock, time);
    if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += moved();
    return done;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
