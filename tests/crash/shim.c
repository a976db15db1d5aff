/* Faults at the n-th call: an LD_PRELOAD library between a program and the C library.
 *
 * Built by the harness (cc -shared -fPIC -O1 -o shim.so shim.c -ldl -pthread) and loaded into the server under test. Calls that
 * change files below the folder FAULTS_ROOT are counted; the n-th of a class fails as the harness wants. Both sides share the
 * file FAULTS_BOARD, mapped here and written there with pwrite: a struct board at offset 0, all fields little-endian u64, and the
 * trace of counted calls as lines of text behind it.
 *
 * Kept out: reads (nothing is lost by them), locks, close, and SQLite's -shm file, which is memory and not a disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { OFF, FAIL_EIO, FAIL_ENOSPC, SHORT_WRITE, FAIL_SYNC };
enum { TRACE = 1 << 20, DATABASE = 1, WAL = 2, BLOBS = 4, OTHER = 8 };

struct board {
    uint64_t armed;  /* the call to fail, counted from 1; 0: none. Set last by the harness. */
    uint64_t kind;   /* enum kind */
    uint64_t which;  /* files that count: a sum of DATABASE, WAL, BLOBS, OTHER */
    uint64_t count;  /* calls counted since the harness set this to 0 */
    uint64_t hit;    /* 1: the armed call came, and failed */
    uint64_t synced; /* 1: that call was a sync */
    uint64_t length; /* of the trace */
    uint64_t file;   /* which file was hit */
    char trace[TRACE];
};

static struct board *board;
static char root[PATH_MAX];
static size_t root_length;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* After a short write the disk is full for this file: the rest fails, as the kernel has it. */
static int full_fd = -1;

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_BOARD"), *under = getenv("FAULTS_ROOT");
    if (!path || !under || !realpath(under, root)) return;
    root_length = strlen(root);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) return;
    void *map = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) board = map;
    close(fd);
}

/* Which of the classes a path below the root is; 0: none of our business. */
static uint64_t class_of(const char *path) {
    if (strncmp(path, root, root_length) != 0 || path[root_length] != '/') {
        return strcmp(path, root) == 0 ? DATABASE : 0;
    }
    const char *rest = path + root_length;
    size_t length = strlen(rest);
    if (length >= 4 && strcmp(rest + length - 4, "-shm") == 0) return 0;
    if (length >= 4 && strcmp(rest + length - 4, "-wal") == 0) return WAL;
    if (strncmp(rest, "/blobs", 6) == 0) return BLOBS;
    if (strstr(rest, ".db")) return DATABASE;
    return OTHER;
}

static uint64_t class_of_fd(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return class_of(path);
}

/* Counts a call, and says what is to become of it: 0 go on, an errno, or -1 for a short write. */
static int judge(const char *call, uint64_t class, const char *path, int fd, int writes, int syncs) {
    if (!(class & board->which)) return 0;
    int verdict = 0;
    pthread_mutex_lock(&lock);
    uint64_t number = ++board->count, kind = board->kind;
    int line = 0;
    if (board->length + 400 < TRACE) {
        line = snprintf(board->trace + board->length, 400, "%lu %s %.300s\n", number, call, path + root_length);
        board->length += (uint64_t)(line < 400 ? line : 399);
    }
    if (writes && fd == full_fd) {
        full_fd = -1;
        verdict = ENOSPC;
    } else if (board->armed == number) {
        if (kind == FAIL_EIO || (kind == FAIL_SYNC && syncs)) verdict = EIO;
        if (kind == FAIL_ENOSPC) verdict = ENOSPC;
        if (kind == SHORT_WRITE && writes) {
            verdict = -1;
            full_fd = fd;
        }
        if (verdict) {
            board->hit = 1;
            board->synced = (uint64_t)syncs;
            board->file = class;
        }
    }
    pthread_mutex_unlock(&lock);
    return verdict;
}

static int on_path(const char *call, int folder, const char *name) {
    int before = errno;
    char path[2 * PATH_MAX];
    if (!board || !name) return 0;
    if (name[0] == '/') {
        snprintf(path, sizeof path, "%s", name);
    } else {
        char at[PATH_MAX];
        if (folder == AT_FDCWD) {
            if (!getcwd(at, sizeof at)) return 0;
        } else {
            class_of_fd(folder, at);
        }
        snprintf(path, sizeof path, "%s/%s", at, name);
    }
    uint64_t class = class_of(path);
    errno = before;
    return class ? judge(call, class, path, -1, 0, 0) : 0;
}

static int on_fd(const char *call, int fd, int writes, int syncs) {
    char path[PATH_MAX];
    if (!board) return 0;
    uint64_t class = class_of_fd(fd, path);
    return class ? judge(call, class, path, fd, writes, syncs) : 0;
}

/* Files: only what makes or empties one. */
static int opens(const char *name, int folder, int flags) {
    if (!board || !(flags & (O_CREAT | O_TRUNC))) return 0;
    if (!(flags & O_TRUNC) && faccessat(folder, name, F_OK, 0) == 0) return 0;
    return on_path("open", folder, name);
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list more; \
        va_start(more, flags); \
        mode = va_arg(more, mode_t); \
        va_end(more); \
    }
#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); \
        MODE(flags) \
        int fault = opens(path, AT_FDCWD, flags); \
        return fault > 0 ? (errno = fault, -1) : real(path, flags, mode); \
    }
#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        REAL(name); \
        MODE(flags) \
        int fault = opens(path, folder, flags); \
        return fault > 0 ? (errno = fault, -1) : real(folder, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* Writes: half of the bytes for a short one, at least one. */
static size_t half(size_t size) { return size > 1 ? size / 2 : size; }

ssize_t write(int fd, const void *bytes, size_t size) {
    REAL(write);
    int fault = on_fd("write", fd, 1, 0);
    return fault > 0 ? (errno = fault, -1) : real(fd, bytes, fault ? half(size) : size);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
    REAL(pwrite);
    int fault = on_fd("pwrite", fd, 1, 0);
    return fault > 0 ? (errno = fault, -1) : real(fd, bytes, fault ? half(size) : size, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at) {
    REAL(pwrite64);
    int fault = on_fd("pwrite", fd, 1, 0);
    return fault > 0 ? (errno = fault, -1) : real(fd, bytes, fault ? half(size) : size, at);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    int fault = on_fd("writev", fd, 1, 0);
    return fault > 0 ? (errno = fault, -1) : real(fd, parts, fault && count > 1 ? count / 2 : count);
}

/* What takes a descriptor. */
#define ON_FD(name, syncs, signature, ...) \
    int name signature { \
        REAL(name); \
        int fault = on_fd(#name, fd, 0, syncs); \
        return fault > 0 ? (errno = fault, -1) : real(__VA_ARGS__); \
    }
ON_FD(fsync, 1, (int fd), fd)
ON_FD(fdatasync, 1, (int fd), fd)
ON_FD(ftruncate, 0, (int fd, off_t size), fd, size)
ON_FD(ftruncate64, 0, (int fd, off_t size), fd, size)
ON_FD(fchmod, 0, (int fd, mode_t mode), fd, mode)

/* What takes a name. */
#define ON_PATH(name, at, path, signature, ...) \
    int name signature { \
        REAL(name); \
        int fault = on_path(#name, at, path); \
        return fault > 0 ? (errno = fault, -1) : real(__VA_ARGS__); \
    }
ON_PATH(rename, AT_FDCWD, to, (const char *from, const char *to), from, to)
ON_PATH(renameat, there, to, (int here, const char *from, int there, const char *to), here, from, there, to)
ON_PATH(renameat2, there, to, (int here, const char *from, int there, const char *to, unsigned flags), here, from, there, to, flags)
ON_PATH(link, AT_FDCWD, to, (const char *from, const char *to), from, to)
ON_PATH(linkat, there, to, (int here, const char *from, int there, const char *to, int flags), here, from, there, to, flags)
ON_PATH(unlink, AT_FDCWD, path, (const char *path), path)
ON_PATH(unlinkat, folder, path, (int folder, const char *path, int flags), folder, path, flags)
ON_PATH(mkdir, AT_FDCWD, path, (const char *path, mode_t mode), path, mode)
ON_PATH(mkdirat, folder, path, (int folder, const char *path, mode_t mode), folder, path, mode)
ON_PATH(rmdir, AT_FDCWD, path, (const char *path), path)
