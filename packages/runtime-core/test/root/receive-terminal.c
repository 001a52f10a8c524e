/* Receives a terminal's master on a unix socket, as callers with --console-socket do: tells its window
 * size, types what it reads on standard input, and prints what comes out until all have closed it. */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

static int receive(int connection) {
  char name[256];
  struct iovec data = {name, sizeof(name)};
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
  if (header != NULL && header->cmsg_len == CMSG_LEN(sizeof(fd)))
    memcpy(&fd, CMSG_DATA(header), sizeof(fd));
  /* One message with one descriptor is all there is. */
  if (recv(connection, name, sizeof(name), 0) != 0) return -1;
  printf("name of %zd bytes\n", size);
  return fd;
}

int main(int argc, char **argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (argc != 2) return 2;
  strncpy(address.sun_path, argv[1], sizeof(address.sun_path) - 1);
  if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, 1) != 0)
    return 3;
  setvbuf(stdout, NULL, _IONBF, 0);
  puts("listening");
  int master = receive(accept(listener, NULL, NULL));
  struct winsize size;
  if (master < 0 || ioctl(master, TIOCGWINSZ, &size) != 0) return 4;
  printf("window of %dx%d\n", size.ws_col, size.ws_row);
  bool typing = true;
  for (;;) {
    char bytes[4096];
    struct pollfd fds[2] = {{.fd = master, .events = POLLIN},
                            {.fd = typing ? 0 : -1, .events = POLLIN}};
    if (poll(fds, 2, -1) < 0) return 5;
    if (fds[1].revents != 0) {
      ssize_t got = read(0, bytes, sizeof(bytes));
      typing = got > 0;
      if (typing && write(master, bytes, (size_t)got) != got) return 6;
    }
    if (fds[0].revents == 0) continue;
    ssize_t got = read(master, bytes, sizeof(bytes));
    if (got <= 0) return 0; /* EIO: nobody has it open any more */
    if (write(1, bytes, (size_t)got) != got) return 7;
  }
}
