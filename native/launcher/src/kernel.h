/* Names, numbers and structures of the kernel that musl 1.2.3 and old kernel headers lack, so that
 * the launcher builds without kernel headers. */
#ifndef KERNEL_H
#define KERNEL_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

struct open_how {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};

enum {
  RESOLVE_NO_XDEV = 0x01,
  RESOLVE_NO_MAGICLINKS = 0x02,
  RESOLVE_NO_SYMLINKS = 0x04,
  RESOLVE_BENEATH = 0x08,
  RESOLVE_IN_ROOT = 0x10
};

/* glibc has the calls of the mount API since 2.36; musl 1.2.3 has none of them. */
#ifndef FSOPEN_CLOEXEC
enum {
  OPEN_TREE_CLONE = 1,
  MOVE_MOUNT_F_EMPTY_PATH = 0x04,
  MOVE_MOUNT_T_EMPTY_PATH = 0x40,
  FSOPEN_CLOEXEC = 1,
  FSMOUNT_CLOEXEC = 1,
  FSCONFIG_SET_FLAG = 0,
  FSCONFIG_SET_STRING = 1,
  FSCONFIG_CMD_CREATE = 6,
  MOUNT_ATTR_RDONLY = 1
};

struct mount_attr {
  uint64_t attr_set;
  uint64_t attr_clr;
  uint64_t propagation;
  uint64_t userns_fd;
};

static inline int open_tree(int directory, const char *path, unsigned flags) {
  return (int)syscall(SYS_open_tree, directory, path, flags);
}

static inline int move_mount(int from, const char *source, int to, const char *target,
                             unsigned flags) {
  return (int)syscall(SYS_move_mount, from, source, to, target, flags);
}

static inline int fsopen(const char *type, unsigned flags) {
  return (int)syscall(SYS_fsopen, type, flags);
}

static inline int fsconfig(int fd, unsigned command, const char *key, const void *value, int aux) {
  return (int)syscall(SYS_fsconfig, fd, command, key, value, aux);
}

static inline int fsmount(int fd, unsigned flags, unsigned attributes) {
  return (int)syscall(SYS_fsmount, fd, flags, attributes);
}

static inline int mount_setattr(int directory, const char *path, unsigned flags,
                                struct mount_attr *attr, size_t size) {
  return (int)syscall(SYS_mount_setattr, directory, path, flags, attr, size);
}
#endif

enum { STATX_ATTR_MOUNT_ROOT_ = 0x2000 };

struct clone_args {
  uint64_t flags;
  uint64_t pidfd;
  uint64_t child_tid;
  uint64_t parent_tid;
  uint64_t exit_signal;
  uint64_t stack;
  uint64_t stack_size;
  uint64_t tls;
  uint64_t set_tid;
  uint64_t set_tid_size;
  uint64_t cgroup;
};

#define CLONE_VM_ 0x100ULL
#define CLONE_PIDFD_ 0x1000ULL
#define CLONE_VFORK_ 0x4000ULL
#define CLONE_PARENT_ 0x8000ULL
#define CLONE_INTO_CGROUP_ 0x200000000ULL

enum { MFD_CLOEXEC_ = 1, MFD_ALLOW_SEALING_ = 2, MFD_EXEC_ = 0x10 };
enum { F_ADD_SEALS_ = 1033, F_SEAL_ALL = 0xf /* seal, shrink, grow, write */ };

enum { CLOSE_RANGE_CLOEXEC_ = 4 };

enum {
  PROC_MAGIC = 0x9fa0,
  CGROUP2_MAGIC = 0x63677270,
  CGROUP_MAGIC = 0x27e0eb,
  DEVPTS_MAGIC = 0x1cd1
};

struct cap_header {
  uint32_t version;
  int pid;
};

struct cap_data {
  uint32_t effective;
  uint32_t permitted;
  uint32_t inheritable;
};

enum { CAP_VERSION_3 = 0x20080522, CAP_LAST_POSSIBLE = 63 };

struct sock_filter {
  uint16_t code;
  uint8_t jt;
  uint8_t jf;
  uint32_t k;
};

struct sock_fprog {
  unsigned short len;
  const struct sock_filter *filter;
};

enum { SECCOMP_FILTER = 1, SECCOMP_FLAG_NEW_LISTENER = 8 };

/* The attributes that statx tells of an fd: the second of its 64-bit words. */
static inline int statx_attributes(int fd, uint64_t *attributes) {
  uint64_t status[32];
  int result = (int)syscall(SYS_statx, fd, "", AT_EMPTY_PATH, 0, status);
  *attributes = status[1];
  return result;
}

static inline int pivot_root(const char *root, const char *old) {
  return (int)syscall(SYS_pivot_root, root, old);
}

/* musl's own sets O_CLOEXEC a second time, for kernels older than any we run on. */
static inline int open_file(const char *path, int flags) {
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0);
}

static inline int pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

static inline int pidfd_send_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

static inline int close_range_now(unsigned first, unsigned last) {
  return (int)syscall(SYS_close_range, first, last, 0);
}

static inline int close_range_cloexec(unsigned first) {
  return (int)syscall(SYS_close_range, first, ~0u, CLOSE_RANGE_CLOEXEC_);
}

#endif
