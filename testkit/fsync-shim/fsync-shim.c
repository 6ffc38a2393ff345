// Loaded with LD_PRELOAD before a program: a disk whose fsync takes as long as is asked for, and a record of what was made durable when.
//   MUSTER_FSYNC_DELAY_MS  every fsync and fdatasync takes this much longer (a fraction is fine)
//   MUSTER_FSYNC_LOG       a file that gets one line for each, once it has succeeded: milliseconds since the epoch, the size that the file had
//                          when it was called, its path. What was written until then is durable; what came later is not promised.
// Calls go straight to the kernel, so the order of preloaded libraries does not matter; the record itself is not synced.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double delay_ms = 0;
static int log_fd = -1;

__attribute__((constructor)) static void start(void) {
  const char *delay = getenv("MUSTER_FSYNC_DELAY_MS");
  if (delay != NULL) delay_ms = atof(delay);
  const char *path = getenv("MUSTER_FSYNC_LOG");
  if (path != NULL && *path != '\0') log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void wait_for_the_disk(void) {
  if (delay_ms <= 0) return;
  struct timespec left = {(time_t)(delay_ms / 1000), 0};
  left.tv_nsec = (long)((delay_ms - (double)left.tv_sec * 1000) * 1e6);
  while (nanosleep(&left, &left) == -1 && errno == EINTR) {
  }
}

static void record(int fd, long long size) {
  char link[64], path[PATH_MAX], line[PATH_MAX + 64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  path[length > 0 ? length : 0] = '\0';
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  long long ms = (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
  int bytes = snprintf(line, sizeof line, "%lld\t%lld\t%s\n", ms, size, path);
  // One write with O_APPEND: lines of several threads and processes do not mix.
  if (bytes > 0 && write(log_fd, line, (size_t)bytes) < 0) return;
}

static int sync_with(long call, int fd) {
  struct stat before;
  long long size = log_fd >= 0 && fstat(fd, &before) == 0 ? (long long)before.st_size : -1;
  wait_for_the_disk();
  int result = (int)syscall(call, fd);
  if (result == 0 && log_fd >= 0) {
    int kept = errno;
    record(fd, size);
    errno = kept;
  }
  return result;
}

int fsync(int fd) { return sync_with(SYS_fsync, fd); }

int fdatasync(int fd) { return sync_with(SYS_fdatasync, fd); }
