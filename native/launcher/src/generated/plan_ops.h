/* Made from plan-ops.json by scripts/generate.ts; never edited. */
#ifndef PLAN_OPS_H
#define PLAN_OPS_H

#include "plan.h"

#define PLAN_VERSION 1u
#define PLAN_OPS 96u

struct context;

/* Creates one directory on the host. */
struct op_make_directory {
  const char *path;
  uint32_t mode; /* Exact, whatever the umask. */
  uint32_t existing; /* Whether one that is there already will do. */
};
int op_make_directory(struct context *c, const struct op_make_directory *a);

/* Creates the container's own cgroup; one that is there already will do when no process is in it. */
struct op_make_cgroup {
  const char *path;
};
int op_make_cgroup(struct context *c, const struct op_make_cgroup *a);

/* Writes an existing file of the kernel (cgroup, proc), each text with one write call. */
struct op_write_file {
  const char *path;
  struct texts texts; /* Each a template. */
  uint32_t optional; /* Whether a file that is not there, not ours to write, or does not take a text, is passed over. */
};
int op_write_file(struct context *c, const struct op_write_file *a);

/* Gives a kernel file that reads as empty the text of another: how a new cpuset inherits. */
struct op_copy_file {
  const char *source;
  const char *target;
};
int op_copy_file(struct context *c, const struct op_copy_file *a);

/* Opens both ends of the fifo at which the created process waits. */
struct op_open_fifo {
  const char *path;
  uint32_t reader;
  uint32_t writer;
};
int op_open_fifo(struct context *c, const struct op_open_fifo *a);

/* Opens a namespace file and makes sure it is one of the wanted kind. */
struct op_open_namespace {
  const char *path;
  uint32_t kind;
  uint32_t slot;
};
int op_open_namespace(struct context *c, const struct op_open_namespace *a);

/* Opens a pidfd of the process with that id and start time. */
struct op_open_process {
  uint32_t pid;
  uint64_t start_time; /* Clock ticks after boot. */
  uint32_t slot;
};
int op_open_process(struct context *c, const struct op_open_process *a);

/* Opens a directory of the host as a place only (O_PATH): the cgroup to be cloned into, or /proc. */
struct op_open_directory {
  const char *path;
  uint32_t magic; /* What it must be. */
  uint32_t slot;
};
int op_open_directory(struct context *c, const struct op_open_directory *a);

/* Connects to a unix stream socket by path. */
struct op_connect_socket {
  const char *path;
  uint32_t slot;
};
int op_connect_socket(struct context *c, const struct op_connect_socket *a);

/* Clones a mount, or a tree of them, off the host's as a detached mount. */
struct op_open_tree {
  const char *path;
  uint32_t recursive;
  uint32_t slot;
};
int op_open_tree(struct context *c, const struct op_open_tree *a);

/* Makes the process, which executes the launcher's sealed copy and goes through the container phase. */
struct op_clone {
  uint32_t namespaces;
  uint32_t cgroup; /* The cgroup v2 directory it is born in. */
  uint32_t ids; /* Whether it waits for its user and group maps (gate 0) before it executes anything. */
  uint32_t preserve; /* How many file descriptors after the standard ones the program keeps. */
  struct numbers inherit; /* Slots it takes along. */
};
int op_clone(struct context *c, const struct op_clone *a);

/* Runs a helper program of the host, such as newuidmap, and fails when it does. */
struct op_run_program {
  struct texts argv; /* Each a template. */
};
int op_run_program(struct context *c, const struct op_run_program *a);

/* Runs a hook with the container's state on its standard input. */
struct op_hook {
  const char *label; /* As people call it, for example `createRuntime hook #0`. */
  const char *path;
  struct texts argv;
  struct texts env;
  const char *directory; /* Where it runs; empty is where the launcher is. */
  uint32_t timeout_ms; /* 0 is without end. */
  const char *state;
  uint32_t lenient; /* Whether what follows goes on when it fails; the failure is told at the end. */
  uint32_t home; /* Whether it gets the HOME that was found for the program. */
};
int op_hook(struct context *c, const struct op_hook *a);

/* Lets the other side go on past a gate. */
struct op_pass {
  uint32_t gate;
};
int op_pass(struct context *c, const struct op_pass *a);

/* Waits until the other side passes a gate. */
struct op_await {
  uint32_t gate;
};
int op_await(struct context *c, const struct op_await *a);

/* Sets a resource limit: in the host phase of the launched process, in the container phase of itself. */
struct op_limit {
  uint32_t resource;
  uint64_t soft;
  uint64_t hard;
};
int op_limit(struct context *c, const struct op_limit *a);

/* Ends what still runs in a cgroup and removes it with all below it; none there is fine. */
struct op_remove_cgroup {
  const char *path;
};
int op_remove_cgroup(struct context *c, const struct op_remove_cgroup *a);

/* Removes a directory when it is empty and unused. */
struct op_remove_directory {
  const char *path;
};
int op_remove_directory(struct context *c, const struct op_remove_directory *a);

/* Removes a directory with all below it, following no symlink and crossing no mount. */
struct op_remove_tree {
  const char *path;
};
int op_remove_tree(struct context *c, const struct op_remove_tree *a);

/* Sends a signal to the process with that id and start time. */
struct op_signal_process {
  uint32_t pid;
  uint64_t start_time; /* Clock ticks after boot. */
  uint32_t signal;
};
int op_signal_process(struct context *c, const struct op_signal_process *a);

/* Waits until the process with that id and start time has ended; fails with ETIMEDOUT when it has not. */
struct op_await_exit {
  uint32_t pid;
  uint64_t start_time; /* Clock ticks after boot. */
  uint32_t timeout_ms;
};
int op_await_exit(struct context *c, const struct op_await_exit *a);

/* Joins a cgroup v1 by writing 0 to its `tasks`: a task that moves itself spares the kernel the wait that `cgroup.procs` costs. */
struct op_join_cgroup {
  const char *path;
};
int op_join_cgroup(struct context *c, const struct op_join_cgroup *a);

/* Joins an opened namespace. */
struct op_join_namespace {
  uint32_t slot;
  uint32_t kind;
};
int op_join_namespace(struct context *c, const struct op_join_namespace *a);

/* Joins namespaces of an opened process. */
struct op_join_process {
  uint32_t slot;
  uint32_t namespaces;
};
int op_join_process(struct context *c, const struct op_join_process *a);

/* Makes new namespaces and enters them. */
struct op_unshare {
  uint32_t namespaces;
  const char *time_offsets; /* Lines of clock, seconds and nanoseconds for a new time namespace. */
};
int op_unshare(struct context *c, const struct op_unshare *a);

/* Goes on in a sibling process: the only way into a pid or time namespace that was joined or unshared. */
struct op_fork {
  uint32_t unused;
};
int op_fork(struct context *c, const struct op_fork *a);

/* Becomes user and group 0 of the user namespace. */
struct op_become_root {
  uint32_t groups; /* Whether supplementary groups may be dropped there. */
};
int op_become_root(struct context *c, const struct op_become_root *a);

/* Makes the process non-dumpable, so that nobody in a joined namespace can look into it. */
struct op_hide_memory {
  uint32_t unused;
};
int op_hide_memory(struct context *c, const struct op_hide_memory *a);

/* Starts a session keyring of its own; a kernel without keyrings is passed over. */
struct op_join_keyring {
  const char *name;
};
int op_join_keyring(struct context *c, const struct op_join_keyring *a);

/* Changes the propagation of a mount point outside or, once pivoted, inside the container. */
struct op_set_propagation {
  const char *path;
  uint32_t propagation;
};
int op_set_propagation(struct context *c, const struct op_set_propagation *a);

/* Makes the mount that holds a path private, as pivot_root demands. */
struct op_isolate_parent {
  const char *path;
};
int op_isolate_parent(struct context *c, const struct op_isolate_parent *a);

/* Binds the root file system onto itself and keeps it as slot 0: from here on every path is resolved beneath it. */
struct op_open_root {
  const char *path;
};
int op_open_root(struct context *c, const struct op_open_root *a);

/* Mounts a new file system in the root. */
struct op_mount {
  const char *fstype;
  const char *source;
  struct texts options; /* Each `key` or `key=value`, as the file system spells them. */
  uint64_t attributes;
  uint32_t propagation;
  uint32_t directory; /* Where `name` is resolved beneath, in place of the target beneath the root. */
  const char *name;
  const char *target;
  uint32_t fresh; /* Whether `name` is a new directory there, in a file system that nobody else has seen yet. */
  uint32_t guard; /* plain: the target must be reached without a symlink. proc: it must not lie on procfs. procfs: what is bound there must be a whole procfs. */
  uint32_t inherit_mode; /* Whether the directory's own mode is passed on as the `mode` option. */
  uint32_t slot; /* Where the mount is kept, for steps that work in it. */
  uint32_t copy_up; /* Whether what lies in the directory is copied into the new file system. */
  uint32_t detached; /* Whether it is made and kept only: the target is what people are told, and a bind of the slot comes later. */
};
int op_mount(struct context *c, const struct op_mount *a);

/* Mounts by the old system call: for flags and long options that the new ones do not carry. */
struct op_mount_data {
  const char *fstype;
  const char *source;
  uint64_t flags;
  const char *data;
  uint32_t propagation;
  const char *target;
  uint32_t guard; /* As for mount. */
  uint32_t inherit_mode; /* As for mount. */
};
int op_mount_data(struct context *c, const struct op_mount_data *a);

/* Binds a file or directory of the host, or an opened tree, into the root; its attributes are set before anyone can see it. */
struct op_bind {
  const char *source; /* A path of the host; with a tree, only what people are told. */
  uint32_t tree; /* An opened tree to use instead of the path. */
  uint32_t directory; /* As for mount. */
  const char *name;
  const char *target;
  uint32_t fresh; /* As for mount. */
  uint32_t recursive;
  uint64_t set;
  uint64_t clear;
  uint64_t clear_soft; /* Cleared too, unless the kernel has locked them. */
  uint64_t set_all; /* As `set`, on the whole tree. */
  uint64_t clear_all;
  uint32_t propagation;
  uint32_t guard; /* As for mount. */
};
int op_bind(struct context *c, const struct op_bind *a);

/* Changes the attributes of a mount in the root. */
struct op_change_mount {
  const char *target;
  uint32_t slot; /* Where the mount is, in place of looking for its target. */
  uint32_t recursive;
  uint64_t set;
  uint64_t clear;
  uint32_t propagation;
};
int op_change_mount(struct context *c, const struct op_change_mount *a);

/* Creates a device node or fifo; the same one there already will do. */
struct op_make_node {
  const char *path;
  uint32_t directory; /* Where `name` is resolved beneath, in place of the path beneath the root. */
  const char *name;
  uint32_t kind;
  uint32_t mode;
  uint32_t major;
  uint32_t minor;
  uint32_t uid;
  uint32_t gid;
};
int op_make_node(struct context *c, const struct op_make_node *a);

/* Creates a symlink. */
struct op_make_link {
  const char *path;
  uint32_t directory; /* Where `name` is resolved beneath, in place of the path beneath the root. */
  const char *name;
  const char *target;
  uint32_t replace; /* Whether what is there is removed first; else what is there stays. */
};
int op_make_link(struct context *c, const struct op_make_link *a);

/* Creates the missing directories of a path in the root. */
struct op_make_path {
  const char *path;
  uint32_t mode;
};
int op_make_path(struct context *c, const struct op_make_path *a);

/* Makes slot 0 the root directory and lets go of the host's. */
struct op_pivot {
  uint32_t shared; /* Whether mounts of the old root are shared with the host's, so that letting go must not reach them. */
};
int op_pivot(struct context *c, const struct op_pivot *a);

/* Makes slot 0 the root directory by moving the mount (`--no-pivot`) or, without a mount namespace of its own, by chroot alone. */
struct op_enter_root {
  uint32_t move;
};
int op_enter_root(struct context *c, const struct op_enter_root *a);

/* Covers a file with the container's /dev/null, a directory with an empty read-only tmpfs; nothing there is fine. */
struct op_mask_path {
  const char *path;
  uint32_t directory; /* Where `name` is resolved beneath, in place of the path beneath the root. */
  const char *name;
};
int op_mask_path(struct context *c, const struct op_mask_path *a);

/* Binds a path read-only onto itself; nothing there is fine. */
struct op_protect_path {
  const char *path;
  uint32_t directory; /* Where `name` is resolved beneath, in place of the path beneath the root. */
  const char *name;
};
int op_protect_path(struct context *c, const struct op_protect_path *a);

/* Sets the host name. */
struct op_set_hostname {
  const char *name;
};
int op_set_hostname(struct context *c, const struct op_set_hostname *a);

/* Sets the NIS domain name. */
struct op_set_domainname {
  const char *name;
};
int op_set_domainname(struct context *c, const struct op_set_domainname *a);

/* Writes a kernel parameter through a procfs that no process of the container can have prepared. */
struct op_write_sysctl {
  uint32_t proc; /* The host's /proc, opened before the container had a say. */
  const char *name; /* With slashes, below /proc/sys. */
  const char *value;
};
int op_write_sysctl(struct context *c, const struct op_write_sysctl *a);

/* Becomes the leader of a session of its own. */
struct op_start_session {
  uint32_t unused;
};
int op_start_session(struct context *c, const struct op_start_session *a);

/* Makes a pseudo-terminal of the container's devpts the controlling terminal and standard streams, and hands its master over. */
struct op_open_terminal {
  uint32_t columns;
  uint32_t rows;
  uint32_t socket; /* Where the master goes; none is the launcher's parent. */
  uint32_t console; /* Whether it is bound on /dev/console. */
};
int op_open_terminal(struct context *c, const struct op_open_terminal *a);

/* Gives the standard streams to the process's user, but for /dev/null. */
struct op_own_streams {
  uint32_t uid;
};
int op_own_streams(struct context *c, const struct op_own_streams *a);

/* Sets the file mode creation mask. */
struct op_set_umask {
  uint32_t mask;
};
int op_set_umask(struct context *c, const struct op_set_umask *a);

/* Becomes the process's user, keeping the permitted capabilities. */
struct op_set_user {
  uint32_t uid;
  uint32_t gid;
  struct numbers groups;
  uint32_t set_groups; /* Whether supplementary groups may be set there. */
};
int op_set_user(struct context *c, const struct op_set_user *a);

/* Drops every capability that is not named from the bounding set. */
struct op_drop_bounding {
  uint64_t keep;
};
int op_drop_bounding(struct context *c, const struct op_drop_bounding *a);

/* Sets the capability sets of the process. */
struct op_set_capabilities {
  uint64_t effective;
  uint64_t permitted;
  uint64_t inheritable;
  uint64_t ambient;
};
int op_set_capabilities(struct context *c, const struct op_set_capabilities *a);

/* Sets no_new_privs. */
struct op_forbid_privileges {
  uint32_t unused;
};
int op_forbid_privileges(struct context *c, const struct op_forbid_privileges *a);

/* Loads a seccomp filter. */
struct op_load_seccomp {
  struct bytes program; /* Array of struct sock_filter. */
  uint32_t flags; /* SECCOMP_FILTER_FLAG_* bits. */
  uint32_t listener; /* Where the descriptor of its notifications is kept. */
};
int op_load_seccomp(struct context *c, const struct op_load_seccomp *a);

/* Changes the working directory and makes sure that it lies in the container. */
struct op_change_directory {
  const char *path;
  uint32_t lenient; /* Whether EACCES is passed over, since another user tries again. */
};
int op_change_directory(struct context *c, const struct op_change_directory *a);

/* Adds HOME from the container's /etc/passwd to the environment. */
struct op_find_home {
  uint32_t uid;
};
int op_find_home(struct context *c, const struct op_find_home *a);

/* Finds the program to execute: the first candidate that is an executable file. */
struct op_find_program {
  const char *name;
  struct texts candidates; /* Paths to try in turn; one with the name itself when it holds a slash. */
};
int op_find_program(struct context *c, const struct op_find_program *a);

/* Waits at the fifo until the container is started. */
struct op_await_start {
  uint32_t reader;
  uint32_t writer;
};
int op_await_start(struct context *c, const struct op_await_start *a);

/* Becomes the program. */
struct op_execute {
  struct texts argv;
  struct texts env;
};
int op_execute(struct context *c, const struct op_execute *a);

/* Puts a device filter (eBPF) on a cgroup v2. */
struct op_filter_devices {
  uint32_t cgroup;
  struct bytes program; /* Array of struct bpf_insn. */
};
int op_filter_devices(struct context *c, const struct op_filter_devices *a);

/* Puts the container's /dev/null in the place of the host's among the standard streams. */
struct op_reopen_null {
  uint32_t unused;
};
int op_reopen_null(struct context *c, const struct op_reopen_null *a);

/* Sets the label (AppArmor, SELinux) that the program gets, through a procfs that no process of the container can have prepared. */
struct op_set_exec_label {
  uint32_t proc;
  struct texts files; /* Below /proc/self/attr; the first that is there. */
  const char *label;
};
int op_set_exec_label(struct context *c, const struct op_set_exec_label *a);

/* Creates a fifo. */
struct op_make_fifo {
  const char *path;
  uint32_t mode; /* Exact, whatever the umask. */
};
int op_make_fifo(struct context *c, const struct op_make_fifo *a);

/* Closes every slot but those named: from here on the process holds nothing that leads out of the container. */
struct op_close_slots {
  struct numbers keep;
};
int op_close_slots(struct context *c, const struct op_close_slots *a);

/* Writes a file of the kernel, or another one where the first is not there: one knob that two kernels call by two names. */
struct op_write_either {
  const char *path;
  struct texts texts; /* Each a template, written with one call. */
  const char *other;
  struct texts other_texts; /* Each a template, written with one call. */
};
int op_write_either(struct context *c, const struct op_write_either *a);

/* Sends a pidfd of this very process to whoever asked for one. */
struct op_send_pidfd {
  uint32_t socket;
};
int op_send_pidfd(struct context *c, const struct op_send_pidfd *a);

/* Has the launching side take the descriptor of the notifications, and keeps none of it: a call that the filter hands over waits until its listener has it. All it takes is read, write and close. */
struct op_offer_listener {
  uint32_t listener;
  uint32_t gate;
};
int op_offer_listener(struct context *c, const struct op_offer_listener *a);

/* Takes the descriptor of the notifications out of the launched process, which may not be able to send it. */
struct op_take_listener {
  uint32_t slot;
};
int op_take_listener(struct context *c, const struct op_take_listener *a);

/* Sends a text with a descriptor over a connected socket (SCM_RIGHTS), and closes both. */
struct op_send_descriptor {
  uint32_t socket;
  uint32_t descriptor;
  const char *text;
};
int op_send_descriptor(struct context *c, const struct op_send_descriptor *a);

/* Sets how the process is scheduled (sched_setattr(2)): in the host phase that of the launched process, in the container phase its own. */
struct op_set_scheduler {
  uint32_t policy;
  uint32_t flags;
  uint32_t nice; /* Two's complement. */
  uint32_t priority;
  uint64_t runtime; /* Nanoseconds. */
  uint64_t deadline; /* Nanoseconds. */
  uint64_t period; /* Nanoseconds. */
};
int op_set_scheduler(struct context *c, const struct op_set_scheduler *a);

/* Sets the class and level of input and output: in the host phase those of the launched process, in the container phase its own. */
struct op_set_io_priority {
  uint32_t class;
  uint32_t level; /* 0 (highest) to 7. */
};
int op_set_io_priority(struct context *c, const struct op_set_io_priority *a);

/* Sets on which CPUs the process may run; of those that are not there or not in its cpuset nothing is said. */
struct op_set_affinity {
  const char *cpus; /* As people write them. */
  struct bytes mask; /* Bit n is CPU n; empty is every CPU. */
};
int op_set_affinity(struct context *c, const struct op_set_affinity *a);

/* Sets the execution domain. */
struct op_set_personality {
  uint32_t persona;
};
int op_set_personality(struct context *c, const struct op_set_personality *a);

/* Sets the NUMA memory policy (set_mempolicy(2)). */
struct op_set_memory_policy {
  uint32_t mode;
  uint32_t flags;
  struct bytes mask; /* Bit n is node n. */
};
int op_set_memory_policy(struct context *c, const struct op_set_memory_policy *a);

/* Makes a user namespace that nobody is in: what an idmapped mount takes its mapping from. */
struct op_make_user_namespace {
  const char *uid_map;
  const char *gid_map;
  uint32_t slot;
};
int op_make_user_namespace(struct context *c, const struct op_make_user_namespace *a);

/* Maps the ids of a detached mount by a user namespace. */
struct op_map_tree {
  const char *path;
  uint32_t tree;
  uint32_t user_namespace;
  uint32_t recursive; /* Whether the mounts below it too. */
};
int op_map_tree(struct context *c, const struct op_map_tree *a);

/* Clones mounts, or trees of them, as the launched process sees them, but with the launching side's rights. */
struct op_open_trees_inside {
  struct texts paths;
  struct numbers recursive; /* 1 for a tree, one each. */
  struct numbers slots;
  struct texts pointers; /* Where in the config each comes from. */
};
int op_open_trees_inside(struct context *c, const struct op_open_trees_inside *a);

/* Hands descriptors to the launched process, which waits for them. */
struct op_give_descriptors {
  struct numbers slots;
  uint32_t gate;
};
int op_give_descriptors(struct context *c, const struct op_give_descriptors *a);

/* Waits for descriptors of the launching side. */
struct op_receive_descriptors {
  struct numbers slots;
  uint32_t gate;
};
int op_receive_descriptors(struct context *c, const struct op_receive_descriptors *a);

/* Takes away every procfs and sysfs outside of the root before the root is moved: they would stay in reach, bare of what is masked, and let anyone mount them anew. */
struct op_uncover_system {
  uint32_t unused;
};
int op_uncover_system(struct context *c, const struct op_uncover_system *a);

/* Moves a network device into the launched process's network namespace, with its lasting addresses, and takes it up. */
struct op_move_net_device {
  const char *device;
  const char *name; /* May hold %d, for which the kernel puts a number. */
};
int op_move_net_device(struct context *c, const struct op_move_net_device *a);

/* Makes the socket on which the container's program says that it is ready (sd_notify(3)). */
struct op_bind_notify {
  const char *directory;
  const char *name;
  uint32_t slot;
};
int op_bind_notify(struct context *c, const struct op_bind_notify *a);

/* Starts the released process that waits at a fifo, and waits until its program is executed. */
struct op_open_container {
  const char *fifo;
};
int op_open_container(struct context *c, const struct op_open_container *a);

/* Tells the supervisor once the program says that it is ready: as the main process waits for that, else somebody else does while the launch goes on. */
struct op_forward_ready {
  uint32_t slot;
  const char *supervisor; /* Path of its socket; `@name` is in the abstract name space. */
  uint32_t pid;
  uint64_t start_time;
  uint32_t sender; /* The process that the supervisor knows. */
  uint32_t main; /* Whether the container's process is to be the supervised one from then on. */
};
int op_forward_ready(struct context *c, const struct op_forward_ready *a);

/* Takes away what a container without a mount namespace of its own has mounted among the host's. */
struct op_unmount_below {
  const char *path;
  uint32_t self; /* Whether the topmost mount at the path itself goes too. */
};
int op_unmount_below(struct context *c, const struct op_unmount_below *a);

/* Gives a directory its SELinux label; where there is no SELinux, nothing has one. */
struct op_set_file_label {
  const char *target;
  const char *label;
};
int op_set_file_label(struct context *c, const struct op_set_file_label *a);

/* Takes away the topmost mount at a place in the root that is reached without a symlink, with all below it. */
struct op_unmount {
  const char *target;
  uint32_t proc; /* The host's /proc. */
};
int op_unmount(struct context *c, const struct op_unmount *a);

/* Ends what still runs in a cgroup and removes all below it, but not itself, since another watches it; none there is fine. */
struct op_empty_cgroup {
  const char *path;
};
int op_empty_cgroup(struct context *c, const struct op_empty_cgroup *a);

/* Opens a file of the host to write to. */
struct op_open_writer {
  const char *path;
  uint32_t slot;
};
int op_open_writer(struct context *c, const struct op_open_writer *a);

/* Starts CRIU as a worker of ours and sends it its request. */
struct op_start_criu {
  struct bytes request; /* A criu_req of CRIU's rpc.proto. */
  struct texts directories; /* What the request speaks of by number: CRIU has the first open as 100, the next as 101. */
  struct numbers descriptors; /* What it speaks of beside them: the first has the number after the last directory. */
  struct texts cgroups; /* The cgroups it joins, and with it what it restores. */
  const char *root; /* A directory that CRIU needs as a mount: it is bound at `mountpoint`, which CRIU alone sees; empty is none. */
  const char *mountpoint;
};
int op_start_criu(struct context *c, const struct op_start_criu *a);

/* Lets CRIU go on until it comes to a point, where it waits; the process it restores is the launched one from then on. */
struct op_await_criu {
  const char *script; /* CRIU's name of the point, for example `setup-namespaces`. */
};
int op_await_criu(struct context *c, const struct op_await_criu *a);

/* Lets CRIU go on to its end. */
struct op_finish_criu {
  uint32_t restores; /* Whether a process is restored, which is the launched one then. */
  uint32_t console; /* The socket that receives the master of a restored terminal; without one it stays with us. */
  uint32_t ready; /* Where a NUL is written once pages are served. */
  uint32_t partial; /* Whether it would go on with another request, so that how it ends says nothing. */
};
int op_finish_criu(struct context *c, const struct op_finish_criu *a);

/* Gives a cgroup and files in it to a user; files that are not there are passed over. */
struct op_own_cgroup {
  const char *path;
  struct texts files;
  uint32_t uid;
};
int op_own_cgroup(struct context *c, const struct op_own_cgroup *a);

/* Makes a file in which each step of the plan leaves when it began and ended. */
struct op_trace {
  const char *path;
  uint32_t slot;
};
int op_trace(struct context *c, const struct op_trace *a);

/* Goes on with the times in the file that `trace` made. */
struct op_join_trace {
  uint32_t slot;
};
int op_join_trace(struct context *c, const struct op_join_trace *a);

union any_op {
  struct op_make_directory make_directory;
  struct op_make_cgroup make_cgroup;
  struct op_write_file write_file;
  struct op_copy_file copy_file;
  struct op_open_fifo open_fifo;
  struct op_open_namespace open_namespace;
  struct op_open_process open_process;
  struct op_open_directory open_directory;
  struct op_connect_socket connect_socket;
  struct op_open_tree open_tree;
  struct op_clone clone;
  struct op_run_program run_program;
  struct op_hook hook;
  struct op_pass pass;
  struct op_await await;
  struct op_limit limit;
  struct op_remove_cgroup remove_cgroup;
  struct op_remove_directory remove_directory;
  struct op_remove_tree remove_tree;
  struct op_signal_process signal_process;
  struct op_await_exit await_exit;
  struct op_join_cgroup join_cgroup;
  struct op_join_namespace join_namespace;
  struct op_join_process join_process;
  struct op_unshare unshare;
  struct op_fork fork;
  struct op_become_root become_root;
  struct op_hide_memory hide_memory;
  struct op_join_keyring join_keyring;
  struct op_set_propagation set_propagation;
  struct op_isolate_parent isolate_parent;
  struct op_open_root open_root;
  struct op_mount mount;
  struct op_mount_data mount_data;
  struct op_bind bind;
  struct op_change_mount change_mount;
  struct op_make_node make_node;
  struct op_make_link make_link;
  struct op_make_path make_path;
  struct op_pivot pivot;
  struct op_enter_root enter_root;
  struct op_mask_path mask_path;
  struct op_protect_path protect_path;
  struct op_set_hostname set_hostname;
  struct op_set_domainname set_domainname;
  struct op_write_sysctl write_sysctl;
  struct op_start_session start_session;
  struct op_open_terminal open_terminal;
  struct op_own_streams own_streams;
  struct op_set_umask set_umask;
  struct op_set_user set_user;
  struct op_drop_bounding drop_bounding;
  struct op_set_capabilities set_capabilities;
  struct op_forbid_privileges forbid_privileges;
  struct op_load_seccomp load_seccomp;
  struct op_change_directory change_directory;
  struct op_find_home find_home;
  struct op_find_program find_program;
  struct op_await_start await_start;
  struct op_execute execute;
  struct op_filter_devices filter_devices;
  struct op_reopen_null reopen_null;
  struct op_set_exec_label set_exec_label;
  struct op_make_fifo make_fifo;
  struct op_close_slots close_slots;
  struct op_write_either write_either;
  struct op_send_pidfd send_pidfd;
  struct op_offer_listener offer_listener;
  struct op_take_listener take_listener;
  struct op_send_descriptor send_descriptor;
  struct op_set_scheduler set_scheduler;
  struct op_set_io_priority set_io_priority;
  struct op_set_affinity set_affinity;
  struct op_set_personality set_personality;
  struct op_set_memory_policy set_memory_policy;
  struct op_make_user_namespace make_user_namespace;
  struct op_map_tree map_tree;
  struct op_open_trees_inside open_trees_inside;
  struct op_give_descriptors give_descriptors;
  struct op_receive_descriptors receive_descriptors;
  struct op_uncover_system uncover_system;
  struct op_move_net_device move_net_device;
  struct op_bind_notify bind_notify;
  struct op_open_container open_container;
  struct op_forward_ready forward_ready;
  struct op_unmount_below unmount_below;
  struct op_set_file_label set_file_label;
  struct op_unmount unmount;
  struct op_empty_cgroup empty_cgroup;
  struct op_open_writer open_writer;
  struct op_start_criu start_criu;
  struct op_await_criu await_criu;
  struct op_finish_criu finish_criu;
  struct op_own_cgroup own_cgroup;
  struct op_trace trace;
  struct op_join_trace join_trace;
};

extern const struct op plan_ops[PLAN_OPS];

#endif
