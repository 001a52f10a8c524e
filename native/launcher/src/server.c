#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launch.h"
#include "plan.h"
#include "relay.h"

/* A frame: size of the body, type, body. */
enum request {
  REQUEST_LAUNCH = 1, /* plan */
  REQUEST_PERFORM,    /* plan */
  REQUEST_OPEN,       /* path of the fifo */
  REQUEST_RELEASE,
  REQUEST_START,
  REQUEST_RELAY, /* clean-up plan; empty: none */
  REQUEST_ABANDON,
  REQUEST_SIGNAL,  /* u32: pass this on, while relaying */
  REQUEST_STREAMS, /* u32: bits of the standard streams that become pipes of ours */
  REQUEST_STAY,    /* clean-up plan, as for a relay: release, and relay until it has ended */
};

enum answer {
  ANSWER_DONE = 100,
  ANSWER_FAILED,   /* i32 step, i32 errno, then syscall, from, detail, each with its NUL */
  ANSWER_LAUNCHED, /* u32 pid, u32 low and u32 high of the start time */
  ANSWER_ENDED,    /* i32 code, i32 signal; after them a failure of the clean-up, as above */
  ANSWER_STREAMS,  /* i32 for each standard stream: our descriptor of the other end, or -1 */
};

struct frame {
  uint32_t size;
  uint32_t type;
};

static bool read_whole(int fd, void *into, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t got = read(fd, (char *)into + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += (size_t)got;
  }
  return true;
}

static void write_whole(int fd, const void *data, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t sent = send(fd, (const char *)data + done, size - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    /* The brain is gone; the next read says so. */
    if (sent <= 0) return;
    done += (size_t)sent;
  }
}

static void answer(int fd, enum answer type, const void *body, size_t size) {
  unsigned char packet[sizeof(struct frame) + 2048];
  struct frame head = {(uint32_t)size, type};
  if (size > sizeof(packet) - sizeof(head)) return;
  memcpy(packet, &head, sizeof(head));
  if (size > 0) memcpy(packet + sizeof(head), body, size);
  write_whole(fd, packet, sizeof(head) + size);
}

static size_t append(unsigned char *body, size_t used, const char *text) {
  size_t size = strlen(text) + 1;
  memcpy(body + used, text, size);
  return used + size;
}

static size_t append_failure(unsigned char *body, size_t used,
                             const struct launch_failure *failure) {
  int32_t numbers[2] = {failure->step, failure->error};
  memcpy(body + used, numbers, sizeof(numbers));
  used = append(body, used + sizeof(numbers), failure->syscall);
  used = append(body, used, failure->from);
  return append(body, used, failure->detail);
}

static void answer_failed(int fd, const struct launch_failure *failure) {
  unsigned char body[sizeof(struct launch_failure)];
  answer(fd, ANSWER_FAILED, body, append_failure(body, 0, failure));
}

static int next_signal(int fd) {
  struct frame head;
  uint32_t number;
  if (!read_whole(fd, &head, sizeof(head)) || head.type != REQUEST_SIGNAL ||
      head.size != sizeof(number) || !read_whole(fd, &number, sizeof(number)))
    return -1;
  return number < 65 ? (int)number : 0;
}

static void relay_request(int fd, struct launched *launched, const void *cleanup, size_t size) {
  struct launch_failure failure;
  struct launch_status status;
  struct relay_control control = {fd, next_signal};
  unsigned char body[2 * sizeof(int32_t) + sizeof(failure)];
  int result = relay(launched, &control, &status, &failure);
  if (result == 0 && size > 0) result = launch_perform(cleanup, size, &failure);
  int32_t ended[2] = {status.code, status.signal};
  memcpy(body, ended, sizeof(ended));
  size_t used = result == 0 ? sizeof(ended) : append_failure(body, sizeof(ended), &failure);
  answer(fd, ANSWER_ENDED, body, used);
}

enum { STANDARD_STREAMS = 3 };

/* The standard streams that are pipes of ours, and their other ends until the brain has opened
 * them. */
struct streams {
  bool piped[STANDARD_STREAMS];
  int peers[STANDARD_STREAMS];
};

static bool make_pipe(struct streams *streams, int stream) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  int own = ends[stream == 0 ? 0 : 1];
  bool done = dup2(own, stream) == stream;
  close(own);
  streams->peers[stream] = ends[stream == 0 ? 1 : 0];
  streams->piped[stream] = done;
  return done;
}

/* A brain can open what we have open by its name in /proc. Sockets, which is what it could make and
 * hand us itself, can't be opened as /dev/stdout by a program in the container; pipes can. */
static void make_streams(int fd, struct streams *streams, uint32_t wanted) {
  struct launch_failure failure = {.step = -1, .syscall = "pipe2"};
  for (int i = 0; i < STANDARD_STREAMS; i++) {
    if ((wanted & 1u << i) == 0 || streams->piped[i] || make_pipe(streams, i)) continue;
    failure.error = errno;
    answer_failed(fd, &failure);
    return;
  }
  int32_t peers[STANDARD_STREAMS];
  for (int i = 0; i < STANDARD_STREAMS; i++) peers[i] = streams->peers[i];
  answer(fd, ANSWER_STREAMS, peers, sizeof(peers));
}

static void close_peers(struct streams *streams) {
  for (int i = 0; i < STANDARD_STREAMS; i++) {
    if (streams->peers[i] >= 0) close(streams->peers[i]);
    streams->peers[i] = -1;
  }
}

/* Lets go of our ends, which are the container's by now: held here they would never end. A relay of
 * a terminal reads the first and writes the second. */
static void leave_streams(const struct streams *streams, bool terminal) {
  for (int i = terminal ? 2 : 0; i < STANDARD_STREAMS; i++) {
    if (!streams->piped[i]) continue;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, i) != i) close(i);
    if (null >= 0) close(null);
  }
}

static void answer_result(int fd, int result, const struct launch_failure *failure) {
  if (result == 0)
    answer(fd, ANSWER_DONE, NULL, 0);
  else
    answer_failed(fd, failure);
}

/* Answers one request; false for one that can't be. */
static bool serve(int fd, const struct frame *head, void *body, struct launched *launched,
                  struct streams *streams) {
  struct launch_failure failure;
  bool waiting = launched->sync >= 0;
  switch ((enum request)head->type) {
    case REQUEST_LAUNCH: {
      if (launched->pid != 0) return false;
      close_peers(streams);
      if (launch(NULL, body, head->size, launched, &failure) != 0) {
        *launched = (struct launched){.pidfd = -1, .sync = -1, .terminal = -1, .image = -1};
        answer_failed(fd, &failure);
        return true;
      }
      /* We become no relay by executing it: its memory need not wait for that. */
      close(launched->image);
      launched->image = -1;
      leave_streams(streams, launched->terminal >= 0);
      uint32_t made[3] = {(uint32_t)launched->pid, (uint32_t)launched->start_time,
                          (uint32_t)(launched->start_time >> 32)};
      answer(fd, ANSWER_LAUNCHED, made, sizeof(made));
      return true;
    }
    case REQUEST_PERFORM:
      answer_result(fd, launch_perform(body, head->size, &failure), &failure);
      return true;
    case REQUEST_OPEN:
      answer_result(fd, launch_open(body, &failure), &failure);
      return true;
    case REQUEST_RELEASE:
      if (!waiting) return false;
      answer_result(fd, launch_release(launched, &failure), &failure);
      launch_detach(launched);
      return true;
    case REQUEST_STAY:
      if (!waiting) return false;
      if (launch_release(launched, &failure) != 0) {
        answer_failed(fd, &failure);
        return true;
      }
      answer(fd, ANSWER_DONE, NULL, 0);
      relay_request(fd, launched, body, head->size);
      return true;
    case REQUEST_STREAMS: {
      uint32_t wanted;
      if (launched->pid != 0 || head->size != sizeof(wanted)) return false;
      memcpy(&wanted, body, sizeof(wanted));
      make_streams(fd, streams, wanted);
      return true;
    }
    case REQUEST_START:
      if (launched->pidfd < 0) return false;
      answer_result(fd, launch_start(launched, &failure), &failure);
      return true;
    case REQUEST_RELAY:
      if (launched->pidfd < 0 || waiting) return false;
      relay_request(fd, launched, body, head->size);
      return true;
    case REQUEST_ABANDON:
      launch_abandon(launched);
      answer(fd, ANSWER_DONE, NULL, 0);
      return true;
    case REQUEST_SIGNAL:
      /* Sent while we still relayed. */
      return true;
  }
  return false;
}

_Noreturn void server_main(int socket) {
  /* A hook must not keep the brain's socket open. */
  fcntl(socket, F_SETFD, FD_CLOEXEC);
  struct launched launched = {.pidfd = -1, .sync = -1, .terminal = -1, .image = -1};
  struct streams streams = {.peers = {-1, -1, -1}};
  struct frame head;
  bool served = true;
  while (served && read_whole(socket, &head, sizeof(head)) && head.size <= PLAN_SIZE_MAX) {
    /* One byte more, so that a path has its NUL. */
    unsigned char *body = malloc((size_t)head.size + 1);
    if (body == NULL) break;
    body[head.size] = 0;
    served = read_whole(socket, body, head.size) && serve(socket, &head, body, &launched, &streams);
    free(body);
  }
  /* A brain that went away before it let the process live on. */
  if (launched.sync >= 0) launch_abandon(&launched);
  _exit(served ? 0 : 1);
}
