/* Made from plan-ops.json by scripts/generate.ts; never edited. */
#include "plan_ops.h"

#include <stddef.h>

static const struct field make_directory_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_make_directory, path)},
    {"mode", FIELD_U32, offsetof(struct op_make_directory, mode)},
    {"existing", FIELD_U32, offsetof(struct op_make_directory, existing)},
};

static const struct field make_cgroup_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_make_cgroup, path)},
};

static const struct field write_file_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_write_file, path)},
    {"texts", FIELD_STRS, offsetof(struct op_write_file, texts)},
    {"optional", FIELD_U32, offsetof(struct op_write_file, optional)},
};

static const struct field copy_file_fields[] = {
    {"source", FIELD_STR, offsetof(struct op_copy_file, source)},
    {"target", FIELD_STR, offsetof(struct op_copy_file, target)},
};

static const struct field open_fifo_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_open_fifo, path)},
    {"reader", FIELD_U32, offsetof(struct op_open_fifo, reader)},
    {"writer", FIELD_U32, offsetof(struct op_open_fifo, writer)},
};

static const struct field open_namespace_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_open_namespace, path)},
    {"kind", FIELD_U32, offsetof(struct op_open_namespace, kind)},
    {"slot", FIELD_U32, offsetof(struct op_open_namespace, slot)},
};

static const struct field open_process_fields[] = {
    {"pid", FIELD_U32, offsetof(struct op_open_process, pid)},
    {"startTime", FIELD_U64, offsetof(struct op_open_process, start_time)},
    {"slot", FIELD_U32, offsetof(struct op_open_process, slot)},
};

static const struct field open_directory_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_open_directory, path)},
    {"magic", FIELD_U32, offsetof(struct op_open_directory, magic)},
    {"slot", FIELD_U32, offsetof(struct op_open_directory, slot)},
};

static const struct field connect_socket_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_connect_socket, path)},
    {"slot", FIELD_U32, offsetof(struct op_connect_socket, slot)},
};

static const struct field open_tree_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_open_tree, path)},
    {"recursive", FIELD_U32, offsetof(struct op_open_tree, recursive)},
    {"slot", FIELD_U32, offsetof(struct op_open_tree, slot)},
};

static const struct field clone_fields[] = {
    {"namespaces", FIELD_U32, offsetof(struct op_clone, namespaces)},
    {"cgroup", FIELD_U32, offsetof(struct op_clone, cgroup)},
    {"ids", FIELD_U32, offsetof(struct op_clone, ids)},
    {"preserve", FIELD_U32, offsetof(struct op_clone, preserve)},
    {"inherit", FIELD_U32S, offsetof(struct op_clone, inherit)},
};

static const struct field run_program_fields[] = {
    {"argv", FIELD_STRS, offsetof(struct op_run_program, argv)},
};

static const struct field hook_fields[] = {
    {"label", FIELD_STR, offsetof(struct op_hook, label)},
    {"path", FIELD_STR, offsetof(struct op_hook, path)},
    {"argv", FIELD_STRS, offsetof(struct op_hook, argv)},
    {"env", FIELD_STRS, offsetof(struct op_hook, env)},
    {"directory", FIELD_STR, offsetof(struct op_hook, directory)},
    {"timeoutMs", FIELD_U32, offsetof(struct op_hook, timeout_ms)},
    {"state", FIELD_STR, offsetof(struct op_hook, state)},
    {"lenient", FIELD_U32, offsetof(struct op_hook, lenient)},
    {"home", FIELD_U32, offsetof(struct op_hook, home)},
};

static const struct field pass_fields[] = {
    {"gate", FIELD_U32, offsetof(struct op_pass, gate)},
};

static const struct field await_fields[] = {
    {"gate", FIELD_U32, offsetof(struct op_await, gate)},
};

static const struct field limit_fields[] = {
    {"resource", FIELD_U32, offsetof(struct op_limit, resource)},
    {"soft", FIELD_U64, offsetof(struct op_limit, soft)},
    {"hard", FIELD_U64, offsetof(struct op_limit, hard)},
};

static const struct field remove_cgroup_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_remove_cgroup, path)},
};

static const struct field remove_directory_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_remove_directory, path)},
};

static const struct field remove_tree_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_remove_tree, path)},
};

static const struct field signal_process_fields[] = {
    {"pid", FIELD_U32, offsetof(struct op_signal_process, pid)},
    {"startTime", FIELD_U64, offsetof(struct op_signal_process, start_time)},
    {"signal", FIELD_U32, offsetof(struct op_signal_process, signal)},
};

static const struct field await_exit_fields[] = {
    {"pid", FIELD_U32, offsetof(struct op_await_exit, pid)},
    {"startTime", FIELD_U64, offsetof(struct op_await_exit, start_time)},
    {"timeoutMs", FIELD_U32, offsetof(struct op_await_exit, timeout_ms)},
};

static const struct field join_cgroup_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_join_cgroup, path)},
};

static const struct field join_namespace_fields[] = {
    {"slot", FIELD_U32, offsetof(struct op_join_namespace, slot)},
    {"kind", FIELD_U32, offsetof(struct op_join_namespace, kind)},
};

static const struct field join_process_fields[] = {
    {"slot", FIELD_U32, offsetof(struct op_join_process, slot)},
    {"namespaces", FIELD_U32, offsetof(struct op_join_process, namespaces)},
};

static const struct field unshare_fields[] = {
    {"namespaces", FIELD_U32, offsetof(struct op_unshare, namespaces)},
    {"timeOffsets", FIELD_STR, offsetof(struct op_unshare, time_offsets)},
};

static const struct field become_root_fields[] = {
    {"groups", FIELD_U32, offsetof(struct op_become_root, groups)},
};

static const struct field join_keyring_fields[] = {
    {"name", FIELD_STR, offsetof(struct op_join_keyring, name)},
};

static const struct field set_propagation_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_set_propagation, path)},
    {"propagation", FIELD_U32, offsetof(struct op_set_propagation, propagation)},
};

static const struct field isolate_parent_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_isolate_parent, path)},
};

static const struct field open_root_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_open_root, path)},
};

static const struct field mount_fields[] = {
    {"fstype", FIELD_STR, offsetof(struct op_mount, fstype)},
    {"source", FIELD_STR, offsetof(struct op_mount, source)},
    {"options", FIELD_STRS, offsetof(struct op_mount, options)},
    {"attributes", FIELD_U64, offsetof(struct op_mount, attributes)},
    {"propagation", FIELD_U32, offsetof(struct op_mount, propagation)},
    {"directory", FIELD_U32, offsetof(struct op_mount, directory)},
    {"name", FIELD_STR, offsetof(struct op_mount, name)},
    {"target", FIELD_STR, offsetof(struct op_mount, target)},
    {"fresh", FIELD_U32, offsetof(struct op_mount, fresh)},
    {"guard", FIELD_U32, offsetof(struct op_mount, guard)},
    {"inheritMode", FIELD_U32, offsetof(struct op_mount, inherit_mode)},
    {"slot", FIELD_U32, offsetof(struct op_mount, slot)},
    {"copyUp", FIELD_U32, offsetof(struct op_mount, copy_up)},
};

static const struct field mount_data_fields[] = {
    {"fstype", FIELD_STR, offsetof(struct op_mount_data, fstype)},
    {"source", FIELD_STR, offsetof(struct op_mount_data, source)},
    {"flags", FIELD_U64, offsetof(struct op_mount_data, flags)},
    {"data", FIELD_STR, offsetof(struct op_mount_data, data)},
    {"propagation", FIELD_U32, offsetof(struct op_mount_data, propagation)},
    {"target", FIELD_STR, offsetof(struct op_mount_data, target)},
    {"guard", FIELD_U32, offsetof(struct op_mount_data, guard)},
};

static const struct field bind_fields[] = {
    {"source", FIELD_STR, offsetof(struct op_bind, source)},
    {"tree", FIELD_U32, offsetof(struct op_bind, tree)},
    {"directory", FIELD_U32, offsetof(struct op_bind, directory)},
    {"name", FIELD_STR, offsetof(struct op_bind, name)},
    {"target", FIELD_STR, offsetof(struct op_bind, target)},
    {"fresh", FIELD_U32, offsetof(struct op_bind, fresh)},
    {"recursive", FIELD_U32, offsetof(struct op_bind, recursive)},
    {"set", FIELD_U64, offsetof(struct op_bind, set)},
    {"clear", FIELD_U64, offsetof(struct op_bind, clear)},
    {"clearSoft", FIELD_U64, offsetof(struct op_bind, clear_soft)},
    {"setAll", FIELD_U64, offsetof(struct op_bind, set_all)},
    {"clearAll", FIELD_U64, offsetof(struct op_bind, clear_all)},
    {"propagation", FIELD_U32, offsetof(struct op_bind, propagation)},
    {"guard", FIELD_U32, offsetof(struct op_bind, guard)},
};

static const struct field change_mount_fields[] = {
    {"target", FIELD_STR, offsetof(struct op_change_mount, target)},
    {"slot", FIELD_U32, offsetof(struct op_change_mount, slot)},
    {"recursive", FIELD_U32, offsetof(struct op_change_mount, recursive)},
    {"set", FIELD_U64, offsetof(struct op_change_mount, set)},
    {"clear", FIELD_U64, offsetof(struct op_change_mount, clear)},
    {"propagation", FIELD_U32, offsetof(struct op_change_mount, propagation)},
};

static const struct field make_node_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_make_node, path)},
    {"directory", FIELD_U32, offsetof(struct op_make_node, directory)},
    {"name", FIELD_STR, offsetof(struct op_make_node, name)},
    {"kind", FIELD_U32, offsetof(struct op_make_node, kind)},
    {"mode", FIELD_U32, offsetof(struct op_make_node, mode)},
    {"major", FIELD_U32, offsetof(struct op_make_node, major)},
    {"minor", FIELD_U32, offsetof(struct op_make_node, minor)},
    {"uid", FIELD_U32, offsetof(struct op_make_node, uid)},
    {"gid", FIELD_U32, offsetof(struct op_make_node, gid)},
};

static const struct field make_link_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_make_link, path)},
    {"directory", FIELD_U32, offsetof(struct op_make_link, directory)},
    {"name", FIELD_STR, offsetof(struct op_make_link, name)},
    {"target", FIELD_STR, offsetof(struct op_make_link, target)},
    {"replace", FIELD_U32, offsetof(struct op_make_link, replace)},
};

static const struct field make_path_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_make_path, path)},
    {"mode", FIELD_U32, offsetof(struct op_make_path, mode)},
};

static const struct field pivot_fields[] = {
    {"shared", FIELD_U32, offsetof(struct op_pivot, shared)},
};

static const struct field enter_root_fields[] = {
    {"move", FIELD_U32, offsetof(struct op_enter_root, move)},
};

static const struct field mask_path_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_mask_path, path)},
    {"directory", FIELD_U32, offsetof(struct op_mask_path, directory)},
    {"name", FIELD_STR, offsetof(struct op_mask_path, name)},
};

static const struct field protect_path_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_protect_path, path)},
    {"directory", FIELD_U32, offsetof(struct op_protect_path, directory)},
    {"name", FIELD_STR, offsetof(struct op_protect_path, name)},
};

static const struct field set_hostname_fields[] = {
    {"name", FIELD_STR, offsetof(struct op_set_hostname, name)},
};

static const struct field set_domainname_fields[] = {
    {"name", FIELD_STR, offsetof(struct op_set_domainname, name)},
};

static const struct field write_sysctl_fields[] = {
    {"proc", FIELD_U32, offsetof(struct op_write_sysctl, proc)},
    {"name", FIELD_STR, offsetof(struct op_write_sysctl, name)},
    {"value", FIELD_STR, offsetof(struct op_write_sysctl, value)},
};

static const struct field open_terminal_fields[] = {
    {"columns", FIELD_U32, offsetof(struct op_open_terminal, columns)},
    {"rows", FIELD_U32, offsetof(struct op_open_terminal, rows)},
    {"socket", FIELD_U32, offsetof(struct op_open_terminal, socket)},
    {"console", FIELD_U32, offsetof(struct op_open_terminal, console)},
};

static const struct field own_streams_fields[] = {
    {"uid", FIELD_U32, offsetof(struct op_own_streams, uid)},
};

static const struct field set_umask_fields[] = {
    {"mask", FIELD_U32, offsetof(struct op_set_umask, mask)},
};

static const struct field set_user_fields[] = {
    {"uid", FIELD_U32, offsetof(struct op_set_user, uid)},
    {"gid", FIELD_U32, offsetof(struct op_set_user, gid)},
    {"groups", FIELD_U32S, offsetof(struct op_set_user, groups)},
    {"setGroups", FIELD_U32, offsetof(struct op_set_user, set_groups)},
};

static const struct field drop_bounding_fields[] = {
    {"keep", FIELD_U64, offsetof(struct op_drop_bounding, keep)},
};

static const struct field set_capabilities_fields[] = {
    {"effective", FIELD_U64, offsetof(struct op_set_capabilities, effective)},
    {"permitted", FIELD_U64, offsetof(struct op_set_capabilities, permitted)},
    {"inheritable", FIELD_U64, offsetof(struct op_set_capabilities, inheritable)},
    {"ambient", FIELD_U64, offsetof(struct op_set_capabilities, ambient)},
};

static const struct field load_seccomp_fields[] = {
    {"program", FIELD_BYTES, offsetof(struct op_load_seccomp, program)},
    {"flags", FIELD_U32, offsetof(struct op_load_seccomp, flags)},
    {"listener", FIELD_U32, offsetof(struct op_load_seccomp, listener)},
};

static const struct field change_directory_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_change_directory, path)},
    {"lenient", FIELD_U32, offsetof(struct op_change_directory, lenient)},
};

static const struct field find_home_fields[] = {
    {"uid", FIELD_U32, offsetof(struct op_find_home, uid)},
};

static const struct field find_program_fields[] = {
    {"name", FIELD_STR, offsetof(struct op_find_program, name)},
    {"candidates", FIELD_STRS, offsetof(struct op_find_program, candidates)},
};

static const struct field await_start_fields[] = {
    {"reader", FIELD_U32, offsetof(struct op_await_start, reader)},
    {"writer", FIELD_U32, offsetof(struct op_await_start, writer)},
};

static const struct field execute_fields[] = {
    {"argv", FIELD_STRS, offsetof(struct op_execute, argv)},
    {"env", FIELD_STRS, offsetof(struct op_execute, env)},
};

static const struct field filter_devices_fields[] = {
    {"cgroup", FIELD_U32, offsetof(struct op_filter_devices, cgroup)},
    {"program", FIELD_BYTES, offsetof(struct op_filter_devices, program)},
};

static const struct field set_exec_label_fields[] = {
    {"proc", FIELD_U32, offsetof(struct op_set_exec_label, proc)},
    {"files", FIELD_STRS, offsetof(struct op_set_exec_label, files)},
    {"label", FIELD_STR, offsetof(struct op_set_exec_label, label)},
};

static const struct field make_fifo_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_make_fifo, path)},
    {"mode", FIELD_U32, offsetof(struct op_make_fifo, mode)},
};

static const struct field close_slots_fields[] = {
    {"keep", FIELD_U32S, offsetof(struct op_close_slots, keep)},
};

static const struct field write_either_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_write_either, path)},
    {"texts", FIELD_STRS, offsetof(struct op_write_either, texts)},
    {"other", FIELD_STR, offsetof(struct op_write_either, other)},
    {"otherTexts", FIELD_STRS, offsetof(struct op_write_either, other_texts)},
};

static const struct field send_pidfd_fields[] = {
    {"socket", FIELD_U32, offsetof(struct op_send_pidfd, socket)},
};

static const struct field offer_listener_fields[] = {
    {"listener", FIELD_U32, offsetof(struct op_offer_listener, listener)},
    {"gate", FIELD_U32, offsetof(struct op_offer_listener, gate)},
};

static const struct field take_listener_fields[] = {
    {"slot", FIELD_U32, offsetof(struct op_take_listener, slot)},
};

static const struct field send_descriptor_fields[] = {
    {"socket", FIELD_U32, offsetof(struct op_send_descriptor, socket)},
    {"descriptor", FIELD_U32, offsetof(struct op_send_descriptor, descriptor)},
    {"text", FIELD_STR, offsetof(struct op_send_descriptor, text)},
};

static const struct field set_scheduler_fields[] = {
    {"policy", FIELD_U32, offsetof(struct op_set_scheduler, policy)},
    {"flags", FIELD_U32, offsetof(struct op_set_scheduler, flags)},
    {"nice", FIELD_U32, offsetof(struct op_set_scheduler, nice)},
    {"priority", FIELD_U32, offsetof(struct op_set_scheduler, priority)},
    {"runtime", FIELD_U64, offsetof(struct op_set_scheduler, runtime)},
    {"deadline", FIELD_U64, offsetof(struct op_set_scheduler, deadline)},
    {"period", FIELD_U64, offsetof(struct op_set_scheduler, period)},
};

static const struct field set_io_priority_fields[] = {
    {"class", FIELD_U32, offsetof(struct op_set_io_priority, class)},
    {"level", FIELD_U32, offsetof(struct op_set_io_priority, level)},
};

static const struct field set_affinity_fields[] = {
    {"cpus", FIELD_STR, offsetof(struct op_set_affinity, cpus)},
    {"mask", FIELD_BYTES, offsetof(struct op_set_affinity, mask)},
};

static const struct field set_personality_fields[] = {
    {"persona", FIELD_U32, offsetof(struct op_set_personality, persona)},
};

static const struct field set_memory_policy_fields[] = {
    {"mode", FIELD_U32, offsetof(struct op_set_memory_policy, mode)},
    {"flags", FIELD_U32, offsetof(struct op_set_memory_policy, flags)},
    {"mask", FIELD_BYTES, offsetof(struct op_set_memory_policy, mask)},
};

static const struct field make_user_namespace_fields[] = {
    {"uidMap", FIELD_STR, offsetof(struct op_make_user_namespace, uid_map)},
    {"gidMap", FIELD_STR, offsetof(struct op_make_user_namespace, gid_map)},
    {"slot", FIELD_U32, offsetof(struct op_make_user_namespace, slot)},
};

static const struct field map_tree_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_map_tree, path)},
    {"tree", FIELD_U32, offsetof(struct op_map_tree, tree)},
    {"userNamespace", FIELD_U32, offsetof(struct op_map_tree, user_namespace)},
    {"recursive", FIELD_U32, offsetof(struct op_map_tree, recursive)},
};

static const struct field open_trees_inside_fields[] = {
    {"paths", FIELD_STRS, offsetof(struct op_open_trees_inside, paths)},
    {"recursive", FIELD_U32S, offsetof(struct op_open_trees_inside, recursive)},
    {"slots", FIELD_U32S, offsetof(struct op_open_trees_inside, slots)},
    {"pointers", FIELD_STRS, offsetof(struct op_open_trees_inside, pointers)},
};

static const struct field give_descriptors_fields[] = {
    {"slots", FIELD_U32S, offsetof(struct op_give_descriptors, slots)},
    {"gate", FIELD_U32, offsetof(struct op_give_descriptors, gate)},
};

static const struct field receive_descriptors_fields[] = {
    {"slots", FIELD_U32S, offsetof(struct op_receive_descriptors, slots)},
    {"gate", FIELD_U32, offsetof(struct op_receive_descriptors, gate)},
};

static const struct field move_net_device_fields[] = {
    {"device", FIELD_STR, offsetof(struct op_move_net_device, device)},
    {"name", FIELD_STR, offsetof(struct op_move_net_device, name)},
};

static const struct field bind_notify_fields[] = {
    {"directory", FIELD_STR, offsetof(struct op_bind_notify, directory)},
    {"name", FIELD_STR, offsetof(struct op_bind_notify, name)},
    {"slot", FIELD_U32, offsetof(struct op_bind_notify, slot)},
};

static const struct field open_container_fields[] = {
    {"fifo", FIELD_STR, offsetof(struct op_open_container, fifo)},
};

static const struct field forward_ready_fields[] = {
    {"slot", FIELD_U32, offsetof(struct op_forward_ready, slot)},
    {"supervisor", FIELD_STR, offsetof(struct op_forward_ready, supervisor)},
    {"pid", FIELD_U32, offsetof(struct op_forward_ready, pid)},
    {"startTime", FIELD_U64, offsetof(struct op_forward_ready, start_time)},
    {"sender", FIELD_U32, offsetof(struct op_forward_ready, sender)},
    {"main", FIELD_U32, offsetof(struct op_forward_ready, main)},
};

static const struct field trace_fields[] = {
    {"path", FIELD_STR, offsetof(struct op_trace, path)},
    {"slot", FIELD_U32, offsetof(struct op_trace, slot)},
};

static const struct field join_trace_fields[] = {
    {"slot", FIELD_U32, offsetof(struct op_join_trace, slot)},
};

#ifdef PLAN_DECODE_ONLY
#define CALL(name) NULL
#else
#define CALL(name) call_##name
static int call_make_directory(struct context *c, const void *a) { return op_make_directory(c, a); }
static int call_make_cgroup(struct context *c, const void *a) { return op_make_cgroup(c, a); }
static int call_write_file(struct context *c, const void *a) { return op_write_file(c, a); }
static int call_copy_file(struct context *c, const void *a) { return op_copy_file(c, a); }
static int call_open_fifo(struct context *c, const void *a) { return op_open_fifo(c, a); }
static int call_open_namespace(struct context *c, const void *a) { return op_open_namespace(c, a); }
static int call_open_process(struct context *c, const void *a) { return op_open_process(c, a); }
static int call_open_directory(struct context *c, const void *a) { return op_open_directory(c, a); }
static int call_connect_socket(struct context *c, const void *a) { return op_connect_socket(c, a); }
static int call_open_tree(struct context *c, const void *a) { return op_open_tree(c, a); }
static int call_clone(struct context *c, const void *a) { return op_clone(c, a); }
static int call_run_program(struct context *c, const void *a) { return op_run_program(c, a); }
static int call_hook(struct context *c, const void *a) { return op_hook(c, a); }
static int call_pass(struct context *c, const void *a) { return op_pass(c, a); }
static int call_await(struct context *c, const void *a) { return op_await(c, a); }
static int call_limit(struct context *c, const void *a) { return op_limit(c, a); }
static int call_remove_cgroup(struct context *c, const void *a) { return op_remove_cgroup(c, a); }
static int call_remove_directory(struct context *c, const void *a) { return op_remove_directory(c, a); }
static int call_remove_tree(struct context *c, const void *a) { return op_remove_tree(c, a); }
static int call_signal_process(struct context *c, const void *a) { return op_signal_process(c, a); }
static int call_await_exit(struct context *c, const void *a) { return op_await_exit(c, a); }
static int call_join_cgroup(struct context *c, const void *a) { return op_join_cgroup(c, a); }
static int call_join_namespace(struct context *c, const void *a) { return op_join_namespace(c, a); }
static int call_join_process(struct context *c, const void *a) { return op_join_process(c, a); }
static int call_unshare(struct context *c, const void *a) { return op_unshare(c, a); }
static int call_fork(struct context *c, const void *a) { return op_fork(c, a); }
static int call_become_root(struct context *c, const void *a) { return op_become_root(c, a); }
static int call_hide_memory(struct context *c, const void *a) { return op_hide_memory(c, a); }
static int call_join_keyring(struct context *c, const void *a) { return op_join_keyring(c, a); }
static int call_set_propagation(struct context *c, const void *a) { return op_set_propagation(c, a); }
static int call_isolate_parent(struct context *c, const void *a) { return op_isolate_parent(c, a); }
static int call_open_root(struct context *c, const void *a) { return op_open_root(c, a); }
static int call_mount(struct context *c, const void *a) { return op_mount(c, a); }
static int call_mount_data(struct context *c, const void *a) { return op_mount_data(c, a); }
static int call_bind(struct context *c, const void *a) { return op_bind(c, a); }
static int call_change_mount(struct context *c, const void *a) { return op_change_mount(c, a); }
static int call_make_node(struct context *c, const void *a) { return op_make_node(c, a); }
static int call_make_link(struct context *c, const void *a) { return op_make_link(c, a); }
static int call_make_path(struct context *c, const void *a) { return op_make_path(c, a); }
static int call_pivot(struct context *c, const void *a) { return op_pivot(c, a); }
static int call_enter_root(struct context *c, const void *a) { return op_enter_root(c, a); }
static int call_mask_path(struct context *c, const void *a) { return op_mask_path(c, a); }
static int call_protect_path(struct context *c, const void *a) { return op_protect_path(c, a); }
static int call_set_hostname(struct context *c, const void *a) { return op_set_hostname(c, a); }
static int call_set_domainname(struct context *c, const void *a) { return op_set_domainname(c, a); }
static int call_write_sysctl(struct context *c, const void *a) { return op_write_sysctl(c, a); }
static int call_start_session(struct context *c, const void *a) { return op_start_session(c, a); }
static int call_open_terminal(struct context *c, const void *a) { return op_open_terminal(c, a); }
static int call_own_streams(struct context *c, const void *a) { return op_own_streams(c, a); }
static int call_set_umask(struct context *c, const void *a) { return op_set_umask(c, a); }
static int call_set_user(struct context *c, const void *a) { return op_set_user(c, a); }
static int call_drop_bounding(struct context *c, const void *a) { return op_drop_bounding(c, a); }
static int call_set_capabilities(struct context *c, const void *a) { return op_set_capabilities(c, a); }
static int call_forbid_privileges(struct context *c, const void *a) { return op_forbid_privileges(c, a); }
static int call_load_seccomp(struct context *c, const void *a) { return op_load_seccomp(c, a); }
static int call_change_directory(struct context *c, const void *a) { return op_change_directory(c, a); }
static int call_find_home(struct context *c, const void *a) { return op_find_home(c, a); }
static int call_find_program(struct context *c, const void *a) { return op_find_program(c, a); }
static int call_await_start(struct context *c, const void *a) { return op_await_start(c, a); }
static int call_execute(struct context *c, const void *a) { return op_execute(c, a); }
static int call_filter_devices(struct context *c, const void *a) { return op_filter_devices(c, a); }
static int call_reopen_null(struct context *c, const void *a) { return op_reopen_null(c, a); }
static int call_set_exec_label(struct context *c, const void *a) { return op_set_exec_label(c, a); }
static int call_make_fifo(struct context *c, const void *a) { return op_make_fifo(c, a); }
static int call_close_slots(struct context *c, const void *a) { return op_close_slots(c, a); }
static int call_write_either(struct context *c, const void *a) { return op_write_either(c, a); }
static int call_send_pidfd(struct context *c, const void *a) { return op_send_pidfd(c, a); }
static int call_offer_listener(struct context *c, const void *a) { return op_offer_listener(c, a); }
static int call_take_listener(struct context *c, const void *a) { return op_take_listener(c, a); }
static int call_send_descriptor(struct context *c, const void *a) { return op_send_descriptor(c, a); }
static int call_set_scheduler(struct context *c, const void *a) { return op_set_scheduler(c, a); }
static int call_set_io_priority(struct context *c, const void *a) { return op_set_io_priority(c, a); }
static int call_set_affinity(struct context *c, const void *a) { return op_set_affinity(c, a); }
static int call_set_personality(struct context *c, const void *a) { return op_set_personality(c, a); }
static int call_set_memory_policy(struct context *c, const void *a) { return op_set_memory_policy(c, a); }
static int call_make_user_namespace(struct context *c, const void *a) { return op_make_user_namespace(c, a); }
static int call_map_tree(struct context *c, const void *a) { return op_map_tree(c, a); }
static int call_open_trees_inside(struct context *c, const void *a) { return op_open_trees_inside(c, a); }
static int call_give_descriptors(struct context *c, const void *a) { return op_give_descriptors(c, a); }
static int call_receive_descriptors(struct context *c, const void *a) { return op_receive_descriptors(c, a); }
static int call_uncover_system(struct context *c, const void *a) { return op_uncover_system(c, a); }
static int call_move_net_device(struct context *c, const void *a) { return op_move_net_device(c, a); }
static int call_bind_notify(struct context *c, const void *a) { return op_bind_notify(c, a); }
static int call_open_container(struct context *c, const void *a) { return op_open_container(c, a); }
static int call_forward_ready(struct context *c, const void *a) { return op_forward_ready(c, a); }
static int call_trace(struct context *c, const void *a) { return op_trace(c, a); }
static int call_join_trace(struct context *c, const void *a) { return op_join_trace(c, a); }
#endif

const struct op plan_ops[PLAN_OPS] = {
    {"makeDirectory", 1, IN_HOST, 3, make_directory_fields, CALL(make_directory)},
    {"makeCgroup", 2, IN_HOST, 1, make_cgroup_fields, CALL(make_cgroup)},
    {"writeFile", 3, IN_HOST, 3, write_file_fields, CALL(write_file)},
    {"copyFile", 4, IN_HOST, 2, copy_file_fields, CALL(copy_file)},
    {"openFifo", 5, IN_HOST, 3, open_fifo_fields, CALL(open_fifo)},
    {"openNamespace", 6, IN_HOST, 3, open_namespace_fields, CALL(open_namespace)},
    {"openProcess", 7, IN_HOST, 3, open_process_fields, CALL(open_process)},
    {"openDirectory", 8, IN_HOST | IN_CONTAINER, 3, open_directory_fields, CALL(open_directory)},
    {"connectSocket", 9, IN_HOST, 2, connect_socket_fields, CALL(connect_socket)},
    {"openTree", 10, IN_HOST | IN_CONTAINER, 3, open_tree_fields, CALL(open_tree)},
    {"clone", 11, IN_HOST, 5, clone_fields, CALL(clone)},
    {"runProgram", 12, IN_HOST, 1, run_program_fields, CALL(run_program)},
    {"hook", 13, IN_HOST | IN_CONTAINER | IN_START, 9, hook_fields, CALL(hook)},
    {"pass", 14, IN_HOST | IN_CONTAINER, 1, pass_fields, CALL(pass)},
    {"await", 15, IN_HOST | IN_CONTAINER, 1, await_fields, CALL(await)},
    {"limit", 16, IN_HOST | IN_CONTAINER, 3, limit_fields, CALL(limit)},
    {"removeCgroup", 17, IN_HOST, 1, remove_cgroup_fields, CALL(remove_cgroup)},
    {"removeDirectory", 18, IN_HOST, 1, remove_directory_fields, CALL(remove_directory)},
    {"removeTree", 19, IN_HOST, 1, remove_tree_fields, CALL(remove_tree)},
    {"signalProcess", 20, IN_HOST, 3, signal_process_fields, CALL(signal_process)},
    {"awaitExit", 21, IN_HOST, 3, await_exit_fields, CALL(await_exit)},
    {"joinCgroup", 22, IN_CONTAINER, 1, join_cgroup_fields, CALL(join_cgroup)},
    {"joinNamespace", 23, IN_CONTAINER, 2, join_namespace_fields, CALL(join_namespace)},
    {"joinProcess", 24, IN_CONTAINER, 2, join_process_fields, CALL(join_process)},
    {"unshare", 25, IN_CONTAINER, 2, unshare_fields, CALL(unshare)},
    {"fork", 26, IN_CONTAINER, 0, NULL, CALL(fork)},
    {"becomeRoot", 27, IN_CONTAINER, 1, become_root_fields, CALL(become_root)},
    {"hideMemory", 28, IN_CONTAINER, 0, NULL, CALL(hide_memory)},
    {"joinKeyring", 29, IN_CONTAINER, 1, join_keyring_fields, CALL(join_keyring)},
    {"setPropagation", 30, IN_CONTAINER, 2, set_propagation_fields, CALL(set_propagation)},
    {"isolateParent", 31, IN_CONTAINER, 1, isolate_parent_fields, CALL(isolate_parent)},
    {"openRoot", 32, IN_CONTAINER, 1, open_root_fields, CALL(open_root)},
    {"mount", 33, IN_CONTAINER, 13, mount_fields, CALL(mount)},
    {"mountData", 34, IN_CONTAINER, 7, mount_data_fields, CALL(mount_data)},
    {"bind", 35, IN_CONTAINER, 14, bind_fields, CALL(bind)},
    {"changeMount", 36, IN_CONTAINER, 6, change_mount_fields, CALL(change_mount)},
    {"makeNode", 37, IN_CONTAINER, 9, make_node_fields, CALL(make_node)},
    {"makeLink", 38, IN_CONTAINER, 5, make_link_fields, CALL(make_link)},
    {"makePath", 39, IN_CONTAINER, 2, make_path_fields, CALL(make_path)},
    {"pivot", 40, IN_CONTAINER, 1, pivot_fields, CALL(pivot)},
    {"enterRoot", 41, IN_CONTAINER, 1, enter_root_fields, CALL(enter_root)},
    {"maskPath", 42, IN_CONTAINER, 3, mask_path_fields, CALL(mask_path)},
    {"protectPath", 43, IN_CONTAINER, 3, protect_path_fields, CALL(protect_path)},
    {"setHostname", 44, IN_CONTAINER, 1, set_hostname_fields, CALL(set_hostname)},
    {"setDomainname", 45, IN_CONTAINER, 1, set_domainname_fields, CALL(set_domainname)},
    {"writeSysctl", 46, IN_CONTAINER, 3, write_sysctl_fields, CALL(write_sysctl)},
    {"startSession", 47, IN_CONTAINER, 0, NULL, CALL(start_session)},
    {"openTerminal", 48, IN_CONTAINER, 4, open_terminal_fields, CALL(open_terminal)},
    {"ownStreams", 49, IN_CONTAINER, 1, own_streams_fields, CALL(own_streams)},
    {"setUmask", 50, IN_CONTAINER, 1, set_umask_fields, CALL(set_umask)},
    {"setUser", 51, IN_CONTAINER, 4, set_user_fields, CALL(set_user)},
    {"dropBounding", 52, IN_CONTAINER, 1, drop_bounding_fields, CALL(drop_bounding)},
    {"setCapabilities", 53, IN_CONTAINER, 4, set_capabilities_fields, CALL(set_capabilities)},
    {"forbidPrivileges", 54, IN_CONTAINER, 0, NULL, CALL(forbid_privileges)},
    {"loadSeccomp", 55, IN_CONTAINER | IN_START, 3, load_seccomp_fields, CALL(load_seccomp)},
    {"changeDirectory", 56, IN_CONTAINER, 2, change_directory_fields, CALL(change_directory)},
    {"findHome", 57, IN_CONTAINER, 1, find_home_fields, CALL(find_home)},
    {"findProgram", 58, IN_CONTAINER, 2, find_program_fields, CALL(find_program)},
    {"awaitStart", 59, IN_START, 2, await_start_fields, CALL(await_start)},
    {"execute", 60, IN_START, 2, execute_fields, CALL(execute)},
    {"filterDevices", 61, IN_HOST, 2, filter_devices_fields, CALL(filter_devices)},
    {"reopenNull", 62, IN_CONTAINER, 0, NULL, CALL(reopen_null)},
    {"setExecLabel", 63, IN_CONTAINER, 3, set_exec_label_fields, CALL(set_exec_label)},
    {"makeFifo", 64, IN_HOST, 2, make_fifo_fields, CALL(make_fifo)},
    {"closeSlots", 65, IN_CONTAINER, 1, close_slots_fields, CALL(close_slots)},
    {"writeEither", 200, IN_HOST, 4, write_either_fields, CALL(write_either)},
    {"sendPidfd", 201, IN_CONTAINER, 1, send_pidfd_fields, CALL(send_pidfd)},
    {"offerListener", 220, IN_CONTAINER, 2, offer_listener_fields, CALL(offer_listener)},
    {"takeListener", 221, IN_HOST, 1, take_listener_fields, CALL(take_listener)},
    {"sendDescriptor", 222, IN_HOST, 3, send_descriptor_fields, CALL(send_descriptor)},
    {"setScheduler", 223, IN_HOST | IN_CONTAINER, 7, set_scheduler_fields, CALL(set_scheduler)},
    {"setIoPriority", 224, IN_HOST | IN_CONTAINER, 2, set_io_priority_fields, CALL(set_io_priority)},
    {"setAffinity", 225, IN_CONTAINER, 2, set_affinity_fields, CALL(set_affinity)},
    {"setPersonality", 226, IN_CONTAINER, 1, set_personality_fields, CALL(set_personality)},
    {"setMemoryPolicy", 227, IN_CONTAINER, 3, set_memory_policy_fields, CALL(set_memory_policy)},
    {"makeUserNamespace", 228, IN_HOST, 3, make_user_namespace_fields, CALL(make_user_namespace)},
    {"mapTree", 229, IN_HOST | IN_CONTAINER, 4, map_tree_fields, CALL(map_tree)},
    {"openTreesInside", 230, IN_HOST, 4, open_trees_inside_fields, CALL(open_trees_inside)},
    {"giveDescriptors", 231, IN_HOST, 2, give_descriptors_fields, CALL(give_descriptors)},
    {"receiveDescriptors", 232, IN_CONTAINER, 2, receive_descriptors_fields, CALL(receive_descriptors)},
    {"uncoverSystem", 233, IN_CONTAINER, 0, NULL, CALL(uncover_system)},
    {"moveNetDevice", 234, IN_HOST, 2, move_net_device_fields, CALL(move_net_device)},
    {"bindNotify", 235, IN_HOST, 3, bind_notify_fields, CALL(bind_notify)},
    {"openContainer", 236, IN_HOST, 1, open_container_fields, CALL(open_container)},
    {"forwardReady", 237, IN_HOST, 6, forward_ready_fields, CALL(forward_ready)},
    {"trace", 270, IN_HOST, 2, trace_fields, CALL(trace)},
    {"joinTrace", 271, IN_CONTAINER, 1, join_trace_fields, CALL(join_trace)},
};
