// Loaded with LD_PRELOAD before a program: every change that it makes below one directory, and every sync, goes into a file, in order and with
// the bytes, so that the directory can be made anew as a power cut at any moment might have left it (disk-record.ts).
//   MUSTER_DISK_RECORD          the file
//   MUSTER_DISK_RECORD_BELOW    the directory, absolute
//   MUSTER_DISK_RECORD_SWALLOW  files whose path ends so are not synced though the program is told that they are: a disk that lies
// Changes are made and recorded under one lock, so the order of the record is the order on disk. A sync is recorded after it has succeeded, with
// how much of the record it covers: what was recorded before it began. A killed program leaves a record that ends with what it had done.
// Not seen: mmap (SQLite's -shm, which means nothing after a power cut), copy_file_range, sendfile, io_uring.
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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, RENAME, LINK, UNLINK, MKDIR, RMDIR, SYNC, SYNC_DIRECTORY };

/** Little-endian, followed by the path, the other path and the data. */
struct head {
  uint32_t kind, path, other, data;
  uint64_t inode;
  int64_t at; /* WRITE: offset; TRUNCATE: size; SYNC: how much of the record it covers */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *below = NULL, *swallow = NULL;
static size_t below_length = 0;
static int record_fd = -1;

/** Inodes that were opened below the directory; never emptied, so it is sized for the files of a test. */
#define INODES_MAX 65536
static ino_t inodes[INODES_MAX];

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("MUSTER_DISK_RECORD");
  below = getenv("MUSTER_DISK_RECORD_BELOW");
  swallow = getenv("MUSTER_DISK_RECORD_SWALLOW");
  if (swallow != NULL && *swallow == '\0') swallow = NULL;
  if (path == NULL || below == NULL) return;
  below_length = strlen(below);
  record_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (record_fd < 0) abort();
}

static int is_below(const char *path) {
  return record_fd >= 0 && strncmp(path, below, below_length) == 0 && (path[below_length] == '/' || path[below_length] == '\0');
}

static void know(ino_t inode) {
  for (size_t at = inode % INODES_MAX, tries = 0; tries < INODES_MAX; at = (at + 1) % INODES_MAX, tries++) {
    if (inodes[at] == inode) return;
    if (inodes[at] == 0) {
      inodes[at] = inode;
      return;
    }
  }
  abort();
}

static int is_known(ino_t inode) {
  for (size_t at = inode % INODES_MAX; inodes[at] != 0; at = (at + 1) % INODES_MAX)
    if (inodes[at] == inode) return 1;
  return 0;
}

/** Of a regular file below the directory; 0: another one. */
static ino_t inode_of(int fd) {
  struct stat facts;
  if (record_fd < 0 || syscall(SYS_newfstatat, fd, "", &facts, 0x1000 /* AT_EMPTY_PATH */) != 0 || !S_ISREG(facts.st_mode)) return 0;
  return is_known(facts.st_ino) ? facts.st_ino : 0;
}

/** With the lock held. A record that cannot be kept makes every conclusion from it wrong: the program ends. */
static void put(struct head head, const char *path, const char *other, const void *data, size_t length) {
  int kept = errno;
  head.path = path == NULL ? 0 : (uint32_t)strlen(path);
  head.other = other == NULL ? 0 : (uint32_t)strlen(other);
  head.data = (uint32_t)length;
  struct iovec parts[4] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)other, head.other}, {(void *)data, length}};
  size_t bytes = sizeof head + head.path + head.other + length;
  if (syscall(SYS_writev, record_fd, parts, 4) != (ssize_t)bytes) abort();
  errno = kept;
}

static int open_recorded(const char *path, int flags, mode_t mode) {
  if (!is_below(path)) return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  pthread_mutex_lock(&lock);
  int existed = access(path, F_OK) == 0;
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  struct stat facts;
  if (fd >= 0 && syscall(SYS_newfstatat, fd, "", &facts, 0x1000) == 0 && S_ISREG(facts.st_mode)) {
    know(facts.st_ino);
    if (!existed) put((struct head){.kind = CREATE, .inode = facts.st_ino}, path, NULL, NULL, 0);
    else if (flags & O_TRUNC) put((struct head){.kind = TRUNCATE, .inode = facts.st_ino, .at = 0}, path, NULL, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  return fd;
}

#define OPEN(name)                                                                    \
  int name(const char *path, int flags, ...) {                                        \
    mode_t mode = 0;                                                                  \
    if (flags & (O_CREAT | O_TMPFILE)) {                                              \
      va_list more;                                                                   \
      va_start(more, flags);                                                          \
      mode = va_arg(more, mode_t);                                                    \
      va_end(more);                                                                   \
    }                                                                                 \
    return open_recorded(path, flags, mode);                                          \
  }
OPEN(open)
OPEN(open64)

/** `offset` < 0: where the file's own position is. */
static ssize_t write_recorded(int fd, const struct iovec *parts, int count, off_t offset) {
  ino_t inode = inode_of(fd);
  if (inode == 0)
    return offset < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, offset, 0);
  pthread_mutex_lock(&lock);
  ssize_t written = offset < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, offset, 0);
  off_t at = offset < 0 ? lseek(fd, 0, SEEK_CUR) - written : offset;
  ssize_t left = written;
  for (int part = 0; part < count && left > 0; part++) {
    size_t length = (ssize_t)parts[part].iov_len < left ? parts[part].iov_len : (size_t)left;
    put((struct head){.kind = WRITE, .inode = inode, .at = at}, NULL, NULL, parts[part].iov_base, length);
    at += (off_t)length;
    left -= (ssize_t)length;
  }
  pthread_mutex_unlock(&lock);
  return written;
}

static ssize_t write_one(int fd, const void *data, size_t length, off_t offset) {
  struct iovec part = {(void *)data, length};
  return write_recorded(fd, &part, 1, offset);
}

ssize_t write(int fd, const void *data, size_t length) { return write_one(fd, data, length, -1); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return write_one(fd, data, length, offset); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return write_one(fd, data, length, offset); }
ssize_t writev(int fd, const struct iovec *parts, int count) { return write_recorded(fd, parts, count, -1); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return write_recorded(fd, parts, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) { return write_recorded(fd, parts, count, offset); }

static int truncate_recorded(int fd, off_t size) {
  ino_t inode = inode_of(fd);
  if (inode == 0) return (int)syscall(SYS_ftruncate, fd, size);
  pthread_mutex_lock(&lock);
  int result = (int)syscall(SYS_ftruncate, fd, size);
  if (result == 0) put((struct head){.kind = TRUNCATE, .inode = inode, .at = size}, NULL, NULL, NULL, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
int ftruncate(int fd, off_t size) { return truncate_recorded(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncate_recorded(fd, size); }

static int names_recorded(uint32_t kind, long call, int flags, mode_t mode, const char *path, const char *other) {
  int recorded = is_below(path) || (other != NULL && is_below(other));
  if (recorded) pthread_mutex_lock(&lock);
  int result;
  if (call == SYS_mkdirat) result = (int)syscall(call, AT_FDCWD, path, mode);
  else if (call == SYS_unlinkat) result = (int)syscall(call, AT_FDCWD, path, flags);
  else result = (int)syscall(call, AT_FDCWD, path, AT_FDCWD, other, flags);
  if (recorded) {
    if (result == 0) put((struct head){.kind = kind}, path, other, NULL, 0);
    pthread_mutex_unlock(&lock);
  }
  return result;
}

int rename(const char *from, const char *to) { return names_recorded(RENAME, SYS_renameat2, 0, 0, from, to); }
int link(const char *from, const char *to) { return names_recorded(LINK, SYS_linkat, 0, 0, from, to); }
int unlink(const char *path) { return names_recorded(UNLINK, SYS_unlinkat, 0, 0, path, NULL); }
int rmdir(const char *path) { return names_recorded(RMDIR, SYS_unlinkat, AT_REMOVEDIR, 0, path, NULL); }
int mkdir(const char *path, mode_t mode) { return names_recorded(MKDIR, SYS_mkdirat, 0, mode, path, NULL); }

int remove(const char *path) {
  int result = unlink(path);
  return result != 0 && errno == EISDIR ? rmdir(path) : result;
}

static int path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return is_below(path);
}

/** What removes whole folders in node:fs goes from descriptor to descriptor. */
int unlinkat(int directory, const char *path, int flags) {
  char whole[PATH_MAX + NAME_MAX + 2];
  if (directory != AT_FDCWD && path[0] != '/') {
    if (!path_of(directory, whole)) return (int)syscall(SYS_unlinkat, directory, path, flags);
    strncat(whole, "/", sizeof whole - strlen(whole) - 1);
    strncat(whole, path, sizeof whole - strlen(whole) - 1);
    path = whole;
  }
  return names_recorded(flags & AT_REMOVEDIR ? RMDIR : UNLINK, SYS_unlinkat, flags, 0, path, NULL);
}

static int ends_with(const char *path, const char *ending) {
  size_t length = strlen(path), ends = strlen(ending);
  return length >= ends && strcmp(path + length - ends, ending) == 0;
}

/** The next library's sync: one that is slow on purpose may stand behind this one. */
static int sync_recorded(int fd, const char *name) {
  int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  char path[PATH_MAX];
  struct stat facts;
  if (record_fd < 0 || !path_of(fd, path) || syscall(SYS_newfstatat, fd, "", &facts, 0x1000) != 0) return sync(fd);
  if (swallow != NULL && ends_with(path, swallow)) return 0;
  pthread_mutex_lock(&lock);
  struct stat record;
  if (syscall(SYS_newfstatat, record_fd, "", &record, 0x1000) != 0) abort();
  int64_t covered = (int64_t)record.st_size;
  pthread_mutex_unlock(&lock);
  int result = sync(fd);
  if (result != 0) return result;
  pthread_mutex_lock(&lock);
  put((struct head){.kind = S_ISDIR(facts.st_mode) ? SYNC_DIRECTORY : SYNC, .inode = facts.st_ino, .at = covered}, path, NULL, NULL, 0);
  pthread_mutex_unlock(&lock);
  return 0;
}

int fsync(int fd) { return sync_recorded(fd, "fsync"); }
int fdatasync(int fd) { return sync_recorded(fd, "fdatasync"); }
