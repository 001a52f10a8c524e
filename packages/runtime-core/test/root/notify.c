/* Both ends of sd_notify(3): `listen PATH` is a supervisor that prints what it is told and by whom,
 * `say TEXT` a program that tells it on $NOTIFY_SOCKET. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0), on = 1;
  strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
  if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) return 3;
  setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
  setvbuf(stdout, NULL, _IONBF, 0);
  puts("listening");
  for (;;) {
    char text[4096];
    union {
      char bytes[256];
      struct cmsghdr align;
    } control;
    struct iovec data = {text, sizeof(text) - 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t size = recvmsg(fd, &message, 0);
    if (size < 0) return 4;
    text[size] = 0;
    struct ucred who = {0};
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h != NULL; h = CMSG_NXTHDR(&message, h)) {
      if (h->cmsg_type == SCM_CREDENTIALS) memcpy(&who, CMSG_DATA(h), sizeof(who));
      if (h->cmsg_type == SCM_RIGHTS) {
        int barrier;
        memcpy(&barrier, CMSG_DATA(h), sizeof(barrier));
        close(barrier);
      }
    }
    printf("%d %s\n", (int)who.pid, text);
  }
}

static int say(const char *text) {
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path == NULL) return 5;
  strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  return sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address, sizeof(address)) < 0 ? 6 : 0;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  return strcmp(argv[1], "listen") == 0 ? listen_at(argv[2]) : say(argv[2]);
}
