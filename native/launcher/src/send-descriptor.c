#include "send-descriptor.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int send_descriptor(int socket, const char *text, size_t size, int fd) {
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control = {{0}};
  struct iovec data = {(void *)text, size};
  struct msghdr packet = {.msg_iov = &data,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof(control.bytes)};
  struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof(int));
  while (size > 0) {
    ssize_t sent = sendmsg(socket, &packet, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return -1;
    size -= (size_t)sent;
    data = (struct iovec){(char *)data.iov_base + sent, size};
    /* With the first part only. */
    packet.msg_control = NULL;
    packet.msg_controllen = 0;
  }
  return 0;
}

int received_descriptor(struct msghdr *packet) {
  int first = -1;
  for (struct cmsghdr *h = CMSG_FIRSTHDR(packet); h != NULL; h = CMSG_NXTHDR(packet, h)) {
    if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) continue;
    /* Alignment leaves room for more than the one that was made room for. */
    size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(h) + i * sizeof(fd), sizeof(fd));
      if (first < 0)
        first = fd;
      else
        close(fd);
    }
  }
  return first;
}
