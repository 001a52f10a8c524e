/* A network device of the host, moved into the launched process's network namespace over rtnetlink
 * with the addresses it had. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"

/* <linux/netlink.h>, <linux/rtnetlink.h>, <linux/if_link.h>, <linux/if_addr.h> */
enum { NETLINK_ROUTE_ = 0 };
enum {
  RTM_NEWLINK_ = 16,
  RTM_GETLINK_ = 18,
  RTM_NEWADDR_ = 20,
  RTM_GETADDR_ = 22,
  NLMSG_ERROR_ = 2,
  NLMSG_DONE_ = 3
};
enum { NLM_REQUEST = 1, NLM_ACK = 4, NLM_DUMP = 0x300, NLM_EXCL = 0x200, NLM_CREATE = 0x400 };
enum { IFLA_IFNAME_ = 3, IFLA_NET_NS_PID_ = 19 };
enum { IFA_FLAGS_ = 8, IFA_CACHEINFO_ = 6, IFA_F_PERMANENT_ = 0x80 };

struct netlink_address {
  uint16_t family;
  uint16_t pad;
  uint32_t pid;
  uint32_t groups;
};

struct head {
  uint32_t size;
  uint16_t type;
  uint16_t flags;
  uint32_t sequence;
  uint32_t port;
};

struct link_head {
  uint8_t family;
  uint8_t pad;
  uint16_t type;
  int32_t index;
  uint32_t flags;
  uint32_t change;
};

struct address_head {
  uint8_t family;
  uint8_t prefix;
  uint8_t flags;
  uint8_t scope;
  uint32_t index;
};

struct attribute {
  uint16_t size;
  uint16_t type;
};

enum { ALIGN = 4, REQUEST_MAX = 512, ADDRESSES_MAX = 16384, LINKS_MAX = 1024, ERROR_MAX = 4095 };

static size_t aligned(size_t size) { return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1); }

/* A request that is put together. */
struct request {
  size_t size;
  _Alignas(8) unsigned char bytes[REQUEST_MAX];
};

static void begin(struct request *r, uint16_t type, uint16_t flags, const void *body, size_t size) {
  memset(r, 0, sizeof(*r));
  struct head head = {.type = type, .flags = (uint16_t)(NLM_REQUEST | flags), .sequence = 1};
  memcpy(r->bytes, &head, sizeof(head));
  memcpy(r->bytes + sizeof(head), body, size);
  r->size = sizeof(head) + aligned(size);
}

static bool add(struct request *r, uint16_t type, const void *value, size_t size) {
  struct attribute attribute = {(uint16_t)(sizeof(attribute) + size), type};
  if (r->size + sizeof(attribute) + aligned(size) > sizeof(r->bytes)) return false;
  memcpy(r->bytes + r->size, &attribute, sizeof(attribute));
  memcpy(r->bytes + r->size + sizeof(attribute), value, size);
  r->size += sizeof(attribute) + aligned(size);
  return true;
}

/* Takes one message of an answer; false ends with what it has set. */
typedef bool take(void *into, const struct head *head, const unsigned char *body, size_t size);

/* Sends a request and takes its answers. Answers 0 or an errno. */
static int ask(int socket, struct request *r, take *each, void *into) {
  uint32_t whole = (uint32_t)r->size;
  memcpy(r->bytes, &whole, sizeof(whole));
  if (send(socket, r->bytes, r->size, 0) < 0) return errno;
  for (;;) {
    _Alignas(8) unsigned char answer[32768];
    struct netlink_address from = {0};
    socklen_t length = sizeof(from);
    ssize_t got = recvfrom(socket, answer, sizeof(answer), 0, (struct sockaddr *)&from, &length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    /* Whoever may administer a network may send to our socket in it. The kernel alone is 0. */
    if (from.pid != 0) continue;
    for (size_t at = 0; at + sizeof(struct head) <= (size_t)got;) {
      struct head head;
      memcpy(&head, answer + at, sizeof(head));
      if (head.size < sizeof(head) || head.size > (size_t)got - at) return EPROTO;
      const unsigned char *body = answer + at + sizeof(head);
      size_t size = head.size - sizeof(head);
      at += aligned(head.size);
      if (head.type == NLMSG_DONE_) return 0;
      if (head.type == NLMSG_ERROR_) {
        int32_t error;
        if (size < sizeof(error)) return EPROTO;
        memcpy(&error, body, sizeof(error));
        return error > 0 || error < -ERROR_MAX ? EPROTO : -error;
      }
      if (each != NULL && !each(into, &head, body, size)) return 0;
    }
  }
}

static bool take_index(void *into, const struct head *head, const unsigned char *body,
                       size_t size) {
  struct link_head found;
  if (head->type != RTM_NEWLINK_ || size < sizeof(found)) return true;
  memcpy(&found, body, sizeof(found));
  memcpy(into, &found.index, sizeof(found.index));
  return false;
}

/* The number of a device; 0 with errno when there is none of that name. */
static int32_t index_of(int socket, const char *name) {
  struct request r;
  struct link_head link = {0};
  int32_t index = 0;
  begin(&r, RTM_GETLINK_, 0, &link, sizeof(link));
  int error = add(&r, IFLA_IFNAME_, name, strlen(name) + 1) ? ask(socket, &r, take_index, &index)
                                                            : ENAMETOOLONG;
  errno = error;
  return error == 0 ? index : 0;
}

struct indices {
  uint32_t count;
  int32_t items[LINKS_MAX];
};

static bool take_indices(void *into, const struct head *head, const unsigned char *body,
                         size_t size) {
  struct indices *all = into;
  int32_t index = 0;
  if (take_index(&index, head, body, size) || all->count == LINKS_MAX) return true;
  all->items[all->count++] = index;
  return true;
}

static int list_links(int socket, struct indices *all) {
  struct request r;
  struct link_head link = {0};
  all->count = 0;
  begin(&r, RTM_GETLINK_, NLM_DUMP, &link, sizeof(link));
  return ask(socket, &r, take_indices, all);
}

/* The device that was not there before. */
static int32_t newcomer(const struct indices *before, const struct indices *after) {
  for (uint32_t i = 0; i < after->count; i++) {
    uint32_t j = 0;
    while (j < before->count && before->items[j] != after->items[i]) j++;
    if (j == before->count) return after->items[i];
  }
  return 0;
}

/* Addresses of a device: each the size and the body of a message. */
struct addresses {
  uint32_t index;
  size_t size;
  bool full;
  unsigned char bytes[ADDRESSES_MAX];
};

static uint32_t address_flags(const struct address_head *head, const unsigned char *body,
                              size_t size) {
  uint32_t flags = head->flags;
  for (size_t at = sizeof(*head); at + sizeof(struct attribute) <= size;) {
    struct attribute attribute;
    memcpy(&attribute, body + at, sizeof(attribute));
    if (attribute.size < sizeof(attribute) || attribute.size > size - at) break;
    if (attribute.type == IFA_FLAGS_ && attribute.size >= sizeof(attribute) + sizeof(flags))
      memcpy(&flags, body + at + sizeof(attribute), sizeof(flags));
    at += aligned(attribute.size);
  }
  return flags;
}

static bool take_address(void *into, const struct head *head, const unsigned char *body,
                         size_t size) {
  struct addresses *all = into;
  struct address_head found;
  if (head->type != RTM_NEWADDR_ || size < sizeof(found)) return true;
  memcpy(&found, body, sizeof(found));
  /* What is meant to last and to be reached from elsewhere: permanent and of global scope. */
  if (found.index != all->index || found.scope != 0 ||
      (address_flags(&found, body, size) & IFA_F_PERMANENT_) == 0)
    return true;
  if (all->size + sizeof(uint32_t) + size > sizeof(all->bytes)) {
    all->full = true;
    return true;
  }
  uint32_t length = (uint32_t)size;
  memcpy(all->bytes + all->size, &length, sizeof(length));
  memcpy(all->bytes + all->size + sizeof(length), body, size);
  all->size += sizeof(length) + size;
  return true;
}

static int list_addresses(int socket, struct addresses *all) {
  struct request r;
  struct address_head address = {0};
  begin(&r, RTM_GETADDR_, NLM_DUMP, &address, sizeof(address));
  int error = ask(socket, &r, take_address, all);
  return error == 0 && all->full ? E2BIG : error;
}

/* Gives the addresses to the device with a new number. */
static int give_addresses(int socket, const struct addresses *all, int32_t index) {
  for (size_t at = 0; at < all->size;) {
    uint32_t size;
    memcpy(&size, all->bytes + at, sizeof(size));
    const unsigned char *body = all->bytes + at + sizeof(size);
    at += sizeof(size) + size;
    struct address_head head;
    memcpy(&head, body, sizeof(head));
    head.index = (uint32_t)index;
    struct request r;
    begin(&r, RTM_NEWADDR_, NLM_ACK | NLM_CREATE | NLM_EXCL, &head, sizeof(head));
    for (size_t part = sizeof(head); part + sizeof(struct attribute) <= size;) {
      struct attribute attribute;
      memcpy(&attribute, body + part, sizeof(attribute));
      if (attribute.size < sizeof(attribute) || attribute.size > size - part) return EPROTO;
      /* How long it lasts tells when it was made, too, which is not for us to say. */
      if (attribute.type != IFA_CACHEINFO_ &&
          !add(&r, attribute.type, body + part + sizeof(attribute),
               attribute.size - sizeof(attribute)))
        return E2BIG;
      part += aligned(attribute.size);
    }
    int error = ask(socket, &r, NULL, NULL);
    if (error != 0 && error != EEXIST) return error;
  }
  return 0;
}

static int open_netlink(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE_);
  struct netlink_address own = {.family = AF_NETLINK};
  if (fd >= 0 && bind(fd, (const struct sockaddr *)&own, sizeof(own)) != 0) {
    int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

/* A socket that speaks of the launched process's network: opened by a visitor, who has our
 * descriptors. */
static int open_netlink_inside(struct context *c) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return -1;
  struct clone_args args = {.flags = CLONE_FILES, .exit_signal = SIGCHLD};
  pid_t visitor = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
  int answer[2] = {-1, visitor < 0 ? errno : ECHILD};
  if (visitor == 0) {
    if (setns(c->pidfd, CLONE_NEWNET) == 0) answer[0] = open_netlink();
    answer[1] = errno;
    _exit(write(report[1], answer, sizeof(answer)) == (ssize_t)sizeof(answer) ? 0 : 1);
  }
  siginfo_t info = {0};
  while (visitor > 0 && waitid(P_PID, (id_t)visitor, &info, WEXITED) != 0 && errno == EINTR)
    continue;
  if (visitor > 0 && info.si_code == CLD_EXITED && info.si_status == 0 &&
      read(report[0], answer, sizeof(answer)) != (ssize_t)sizeof(answer))
    answer[0] = -1;
  close(report[0]);
  close(report[1]);
  errno = answer[1];
  return answer[0];
}

int op_move_net_device(struct context *c, const struct op_move_net_device *a) {
  AUTO_CLOSE int here = open_netlink();
  if (here < 0) return fail(c, "socket", errno, "AF_NETLINK");
  AUTO_CLOSE int there = open_netlink_inside(c);
  if (there < 0) return fail(c, "setns", errno, "network namespace of the container");
  int32_t index = index_of(here, a->device);
  if (index == 0) return fail(c, "RTM_GETLINK", errno, "%s", a->device);
  /* The kernel would move it first, and find the name taken then. */
  if (index_of(there, a->name) != 0) return fail(c, "RTM_NEWLINK", EEXIST, "%s", a->name);
  struct addresses addresses = {.index = (uint32_t)index};
  int error = list_addresses(here, &addresses);
  if (error != 0) return fail(c, "RTM_GETADDR", error, "%s", a->device);
  struct indices before, after;
  error = list_links(there, &before);
  if (error != 0) return fail(c, "RTM_GETLINK", error, "%s", "");

  struct request r;
  struct link_head link = {.index = index};
  uint32_t pid = (uint32_t)c->child;
  begin(&r, RTM_NEWLINK_, NLM_ACK, &link, sizeof(link));
  if (!add(&r, IFLA_NET_NS_PID_, &pid, sizeof(pid)) ||
      !add(&r, IFLA_IFNAME_, a->name, strlen(a->name) + 1))
    return fail(c, "RTM_NEWLINK", ENAMETOOLONG, "%s", a->name);
  error = ask(here, &r, NULL, NULL);
  if (error != 0) return fail(c, "RTM_NEWLINK", error, "%s to %s", a->device, a->name);

  error = list_links(there, &after);
  index = error == 0 ? newcomer(&before, &after) : 0;
  if (index == 0) return fail(c, "RTM_GETLINK", error == 0 ? ENODEV : error, "%s", a->name);
  error = give_addresses(there, &addresses, index);
  if (error != 0) return fail(c, "RTM_NEWADDR", error, "%s", a->name);
  struct link_head up = {.index = index, .flags = IFF_UP, .change = IFF_UP};
  begin(&r, RTM_NEWLINK_, NLM_ACK, &up, sizeof(up));
  error = ask(there, &r, NULL, NULL);
  return error == 0 ? 0 : fail(c, "RTM_NEWLINK", error, "%s up", a->name);
}
