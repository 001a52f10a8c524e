/* The container's terminal: a pseudo-terminal of its own devpts, whose master goes to whoever wants
 * it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "generated/plan_ops.h"
#include "kernel.h"
#include "root.h"
#include "send-descriptor.h"
#include "sync.h"
#include "terminal.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

static int open_master(struct context *c) {
  int root = slot_fd(c, ROOT_SLOT);
  if (root < 0) return -1;
  int master = find_in(root, "/dev/ptmx", O_RDWR | O_NOCTTY, 0);
  struct stat status;
  struct statfs files;
  if (master < 0) return fail(c, "openat2", errno, "/dev/ptmx");
  /* An image may bring anything under that name. */
  if (fstat(master, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(5, 2) &&
      fstatfs(master, &files) == 0 && files.f_type == DEVPTS_MAGIC)
    return master;
  close(master);
  return fail(c, "", 0, "/dev/ptmx of the container does not lead to its devpts");
}

/* On a file of that name that is nobody's link: what lies there is replaced in sight only. */
static int bind_console(struct context *c, int slave) {
  const char *name;
  AUTO_SPARE int opened = -1;
  int parent = make_parent(c, slot_fd(c, ROOT_SLOT), "/dev/console", &name, &opened);
  if (parent < 0) return -1;
  int made = openat(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0666);
  if (made < 0 && errno != EEXIST) return fail(c, "openat", errno, "/dev/console");
  close_fd(&made);
  struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
                         .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
  AUTO_CLOSE int target = (int)syscall(SYS_openat2, parent, name, &how, sizeof(how));
  if (target < 0) return fail(c, "openat2", errno, "/dev/console");
  AUTO_CLOSE int tree = open_tree(slave, "", OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH);
  if (tree < 0) return fail(c, "open_tree", errno, "terminal");
  if (move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
    return fail(c, "move_mount", errno, "/dev/console");
  return 0;
}

/* The protocol of runc's --console-socket: one message, its bytes a name, the master attached. */
int send_master(struct context *c, int socket, int master) {
  static const char name[] = "/dev/ptmx";
  if (send_descriptor(socket, name, sizeof(name) - 1, master) != 0)
    return fail(c, "sendmsg", errno, "console socket");
  return 0;
}

int op_open_terminal(struct context *c, const struct op_open_terminal *a) {
  AUTO_CLOSE int master = open_master(c);
  if (master < 0) return -1;
  int locked = 0;
  if (ioctl(master, TIOCSPTLCK, &locked) != 0) return fail(c, "ioctl", errno, "TIOCSPTLCK");
  AUTO_CLOSE int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) return fail(c, "ioctl", errno, "TIOCGPTPEER");
  /* Before the master leaves: who gets it may ask at once. */
  if (a->columns != 0 || a->rows != 0) {
    struct winsize size = {.ws_col = (unsigned short)a->columns, .ws_row = (unsigned short)a->rows};
    if (ioctl(master, TIOCSWINSZ, &size) != 0) return fail(c, "ioctl", errno, "TIOCSWINSZ");
  }
  if (a->console && bind_console(c, slave) != 0) return -1;
  if (a->socket == NO_SLOT) {
    if (hand_to_parent(c, MESSAGE_TERMINAL, master) != 0) return -1;
  } else {
    int socket = slot_fd(c, a->socket);
    if (socket < 0 || send_master(c, socket, master) != 0) return -1;
  }
  if (ioctl(slave, TIOCSCTTY, 0) != 0) return fail(c, "ioctl", errno, "TIOCSCTTY");
  for (int fd = 0; fd < 3; fd++) {
    if (dup2(slave, fd) < 0) return fail(c, "dup2", errno, "terminal");
  }
  return 0;
}
