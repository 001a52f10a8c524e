/* Listens for the notifications of one seccomp filter, as seccomp agents do: prints the state it is
 * told, then answers mkdir with ENOMEDIUM and lets every other call go on, until nobody has the
 * filter any more. */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int receive(int connection) {
  static char text[65536];
  struct iovec data = {text, sizeof(text) - 1};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct msghdr message = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof(control.bytes)};
  int fd = -1;
  ssize_t size = recvmsg(connection, &message, 0);
  struct cmsghdr *header = size > 0 ? CMSG_FIRSTHDR(&message) : NULL;
  if (header != NULL) memcpy(&fd, CMSG_DATA(header), sizeof(fd));
  size_t held = size > 0 ? (size_t)size : 0;
  /* One state a connection, which ends with it. */
  while ((size = recv(connection, text + held, sizeof(text) - 1 - held, 0)) > 0)
    held += (size_t)size;
  text[held] = 0;
  close(connection);
  puts(text);
  return fd;
}

int main(int argc, char **argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (argc != 2) return 2;
  strncpy(address.sun_path, argv[1], sizeof(address.sun_path) - 1);
  if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, 8) != 0)
    return 3;
  setvbuf(stdout, NULL, _IONBF, 0);
  puts("listening");
  struct pollfd fds[9] = {{.fd = listener, .events = POLLIN}};
  for (nfds_t count = 1;;) {
    if (poll(fds, count, -1) < 0) return 4;
    if (fds[0].revents != 0 && count < 9) {
      int fd = receive(accept(listener, NULL, NULL));
      if (fd < 0) return 5;
      fds[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
      continue;
    }
    for (nfds_t i = 1; i < count; i++) {
      if ((fds[i].revents & POLLHUP) != 0) {
        close(fds[i].fd);
        fds[i].fd = -1;
      }
      if ((fds[i].revents & POLLIN) == 0) continue;
      struct seccomp_notif call;
      memset(&call, 0, sizeof(call));
      if (ioctl(fds[i].fd, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue;
      struct seccomp_notif_resp answer = {.id = call.id};
      if (call.data.nr == SYS_mkdir)
        answer.error = -ENOMEDIUM;
      else
        answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
      ioctl(fds[i].fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
  }
}
