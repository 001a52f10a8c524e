#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"

static int make_memfd(struct context *c, const char *name, bool executable, unsigned flags) {
  int fd = -1;
  /* Kernels from 6.3 on want to be told, and may be set to refuse what is not; older ones know no
   * such flag. */
  if (executable) fd = (int)syscall(SYS_memfd_create, name, flags | MFD_EXEC_);
  if (fd < 0 && (!executable || errno == EINVAL)) fd = (int)syscall(SYS_memfd_create, name, flags);
  if (fd < 0) fail(c, "memfd_create", errno, "%s", name);
  return fd;
}

static int sealed(struct context *c, const char *name, int fd) {
  if (fcntl(fd, F_ADD_SEALS_, F_SEAL_ALL) == 0) return fd;
  fail(c, "fcntl", errno, "seal %s", name);
  close(fd);
  return -1;
}

static int seal(struct context *c, const char *name, const void *data, size_t size, bool executable,
                unsigned flags) {
  int fd = make_memfd(c, name, executable, flags);
  if (fd < 0) return -1;
  for (size_t done = 0; done < size;) {
    ssize_t written = write(fd, (const char *)data + done, size - done);
    if (written < 0) {
      fail(c, "write", errno, "%s", name);
      close(fd);
      return -1;
    }
    done += (size_t)written;
  }
  return sealed(c, name, fd);
}

int seal_bytes(struct context *c, const char *name, const void *data, size_t size,
               bool executable) {
  return seal(c, name, data, size, executable, MFD_CLOEXEC_ | MFD_ALLOW_SEALING_);
}

int seal_inherited(struct context *c, const char *name, const void *data, size_t size) {
  return seal(c, name, data, size, false, MFD_ALLOW_SEALING_);
}

int open_image(struct context *c) {
  static const char name[] = "ocirun-launcher";
  if (c->image != NULL && c->image->data != NULL)
    return seal_bytes(c, name, c->image->data, c->image->size, true);
  AUTO_CLOSE int self = open_file("/proc/self/exe", O_RDONLY);
  struct stat status;
  if (self < 0 || fstat(self, &status) != 0) return fail(c, "open", errno, "/proc/self/exe");
  int fd = make_memfd(c, name, true, MFD_CLOEXEC_ | MFD_ALLOW_SEALING_);
  if (fd < 0) return -1;
  for (off_t left = status.st_size; left > 0;) {
    ssize_t sent = sendfile(fd, self, NULL, (size_t)left);
    if (sent <= 0) {
      fail(c, "sendfile", sent < 0 ? errno : EIO, "/proc/self/exe");
      close(fd);
      return -1;
    }
    left -= sent;
  }
  return sealed(c, name, fd);
}
