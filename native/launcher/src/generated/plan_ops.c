/* Made from plan-ops.json by scripts/generate.ts; never edited. */
#include "plan_ops.h"

#include <stddef.h>

static const struct field make_directory_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_make_directory, path)},
    {NAMED("mode") FIELD_U32, offsetof(struct op_make_directory, mode)},
    {NAMED("existing") FIELD_U32, offsetof(struct op_make_directory, existing)},
};

static const struct field make_cgroup_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_make_cgroup, path)},
};

static const struct field write_file_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_write_file, path)},
    {NAMED("texts") FIELD_STRS, offsetof(struct op_write_file, texts)},
    {NAMED("optional") FIELD_U32, offsetof(struct op_write_file, optional)},
};

static const struct field copy_file_fields[] = {
    {NAMED("source") FIELD_STR, offsetof(struct op_copy_file, source)},
    {NAMED("target") FIELD_STR, offsetof(struct op_copy_file, target)},
};

static const struct field open_fifo_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_open_fifo, path)},
    {NAMED("reader") FIELD_U32, offsetof(struct op_open_fifo, reader)},
    {NAMED("writer") FIELD_U32, offsetof(struct op_open_fifo, writer)},
};

static const struct field open_namespace_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_open_namespace, path)},
    {NAMED("kind") FIELD_U32, offsetof(struct op_open_namespace, kind)},
    {NAMED("slot") FIELD_U32, offsetof(struct op_open_namespace, slot)},
};

static const struct field open_process_fields[] = {
    {NAMED("pid") FIELD_U32, offsetof(struct op_open_process, pid)},
    {NAMED("startTime") FIELD_U64, offsetof(struct op_open_process, start_time)},
    {NAMED("slot") FIELD_U32, offsetof(struct op_open_process, slot)},
};

static const struct field open_directory_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_open_directory, path)},
    {NAMED("magic") FIELD_U32, offsetof(struct op_open_directory, magic)},
    {NAMED("slot") FIELD_U32, offsetof(struct op_open_directory, slot)},
};

static const struct field connect_socket_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_connect_socket, path)},
    {NAMED("slot") FIELD_U32, offsetof(struct op_connect_socket, slot)},
};

static const struct field open_tree_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_open_tree, path)},
    {NAMED("recursive") FIELD_U32, offsetof(struct op_open_tree, recursive)},
    {NAMED("slot") FIELD_U32, offsetof(struct op_open_tree, slot)},
};

static const struct field clone_fields[] = {
    {NAMED("namespaces") FIELD_U32, offsetof(struct op_clone, namespaces)},
    {NAMED("cgroup") FIELD_U32, offsetof(struct op_clone, cgroup)},
    {NAMED("ids") FIELD_U32, offsetof(struct op_clone, ids)},
    {NAMED("preserve") FIELD_U32, offsetof(struct op_clone, preserve)},
    {NAMED("inherit") FIELD_U32S, offsetof(struct op_clone, inherit)},
};

static const struct field run_program_fields[] = {
    {NAMED("argv") FIELD_STRS, offsetof(struct op_run_program, argv)},
};

static const struct field hook_fields[] = {
    {NAMED("label") FIELD_STR, offsetof(struct op_hook, label)},
    {NAMED("path") FIELD_STR, offsetof(struct op_hook, path)},
    {NAMED("argv") FIELD_STRS, offsetof(struct op_hook, argv)},
    {NAMED("env") FIELD_STRS, offsetof(struct op_hook, env)},
    {NAMED("directory") FIELD_STR, offsetof(struct op_hook, directory)},
    {NAMED("timeoutMs") FIELD_U32, offsetof(struct op_hook, timeout_ms)},
    {NAMED("state") FIELD_STR, offsetof(struct op_hook, state)},
    {NAMED("lenient") FIELD_U32, offsetof(struct op_hook, lenient)},
    {NAMED("home") FIELD_U32, offsetof(struct op_hook, home)},
};

static const struct field pass_fields[] = {
    {NAMED("gate") FIELD_U32, offsetof(struct op_pass, gate)},
};

static const struct field await_fields[] = {
    {NAMED("gate") FIELD_U32, offsetof(struct op_await, gate)},
};

static const struct field limit_fields[] = {
    {NAMED("resource") FIELD_U32, offsetof(struct op_limit, resource)},
    {NAMED("soft") FIELD_U64, offsetof(struct op_limit, soft)},
    {NAMED("hard") FIELD_U64, offsetof(struct op_limit, hard)},
};

static const struct field remove_cgroup_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_remove_cgroup, path)},
};

static const struct field remove_directory_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_remove_directory, path)},
};

static const struct field remove_tree_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_remove_tree, path)},
};

static const struct field signal_process_fields[] = {
    {NAMED("pid") FIELD_U32, offsetof(struct op_signal_process, pid)},
    {NAMED("startTime") FIELD_U64, offsetof(struct op_signal_process, start_time)},
    {NAMED("signal") FIELD_U32, offsetof(struct op_signal_process, signal)},
};

static const struct field await_exit_fields[] = {
    {NAMED("pid") FIELD_U32, offsetof(struct op_await_exit, pid)},
    {NAMED("startTime") FIELD_U64, offsetof(struct op_await_exit, start_time)},
    {NAMED("timeoutMs") FIELD_U32, offsetof(struct op_await_exit, timeout_ms)},
};

static const struct field join_cgroup_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_join_cgroup, path)},
};

static const struct field join_namespace_fields[] = {
    {NAMED("slot") FIELD_U32, offsetof(struct op_join_namespace, slot)},
    {NAMED("kind") FIELD_U32, offsetof(struct op_join_namespace, kind)},
};

static const struct field join_process_fields[] = {
    {NAMED("slot") FIELD_U32, offsetof(struct op_join_process, slot)},
    {NAMED("namespaces") FIELD_U32, offsetof(struct op_join_process, namespaces)},
};

static const struct field unshare_fields[] = {
    {NAMED("namespaces") FIELD_U32, offsetof(struct op_unshare, namespaces)},
    {NAMED("timeOffsets") FIELD_STR, offsetof(struct op_unshare, time_offsets)},
};

static const struct field become_root_fields[] = {
    {NAMED("groups") FIELD_U32, offsetof(struct op_become_root, groups)},
};

static const struct field join_keyring_fields[] = {
    {NAMED("name") FIELD_STR, offsetof(struct op_join_keyring, name)},
};

static const struct field set_propagation_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_set_propagation, path)},
    {NAMED("propagation") FIELD_U32, offsetof(struct op_set_propagation, propagation)},
};

static const struct field isolate_parent_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_isolate_parent, path)},
};

static const struct field open_root_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_open_root, path)},
};

static const struct field mount_fields[] = {
    {NAMED("fstype") FIELD_STR, offsetof(struct op_mount, fstype)},
    {NAMED("source") FIELD_STR, offsetof(struct op_mount, source)},
    {NAMED("options") FIELD_STRS, offsetof(struct op_mount, options)},
    {NAMED("attributes") FIELD_U64, offsetof(struct op_mount, attributes)},
    {NAMED("propagation") FIELD_U32, offsetof(struct op_mount, propagation)},
    {NAMED("directory") FIELD_U32, offsetof(struct op_mount, directory)},
    {NAMED("name") FIELD_STR, offsetof(struct op_mount, name)},
    {NAMED("target") FIELD_STR, offsetof(struct op_mount, target)},
    {NAMED("fresh") FIELD_U32, offsetof(struct op_mount, fresh)},
    {NAMED("guard") FIELD_U32, offsetof(struct op_mount, guard)},
    {NAMED("inheritMode") FIELD_U32, offsetof(struct op_mount, inherit_mode)},
    {NAMED("slot") FIELD_U32, offsetof(struct op_mount, slot)},
    {NAMED("copyUp") FIELD_U32, offsetof(struct op_mount, copy_up)},
};

static const struct field mount_data_fields[] = {
    {NAMED("fstype") FIELD_STR, offsetof(struct op_mount_data, fstype)},
    {NAMED("source") FIELD_STR, offsetof(struct op_mount_data, source)},
    {NAMED("flags") FIELD_U64, offsetof(struct op_mount_data, flags)},
    {NAMED("data") FIELD_STR, offsetof(struct op_mount_data, data)},
    {NAMED("propagation") FIELD_U32, offsetof(struct op_mount_data, propagation)},
    {NAMED("target") FIELD_STR, offsetof(struct op_mount_data, target)},
    {NAMED("guard") FIELD_U32, offsetof(struct op_mount_data, guard)},
};

static const struct field bind_fields[] = {
    {NAMED("source") FIELD_STR, offsetof(struct op_bind, source)},
    {NAMED("tree") FIELD_U32, offsetof(struct op_bind, tree)},
    {NAMED("directory") FIELD_U32, offsetof(struct op_bind, directory)},
    {NAMED("name") FIELD_STR, offsetof(struct op_bind, name)},
    {NAMED("target") FIELD_STR, offsetof(struct op_bind, target)},
    {NAMED("fresh") FIELD_U32, offsetof(struct op_bind, fresh)},
    {NAMED("recursive") FIELD_U32, offsetof(struct op_bind, recursive)},
    {NAMED("set") FIELD_U64, offsetof(struct op_bind, set)},
    {NAMED("clear") FIELD_U64, offsetof(struct op_bind, clear)},
    {NAMED("clearSoft") FIELD_U64, offsetof(struct op_bind, clear_soft)},
    {NAMED("setAll") FIELD_U64, offsetof(struct op_bind, set_all)},
    {NAMED("clearAll") FIELD_U64, offsetof(struct op_bind, clear_all)},
    {NAMED("propagation") FIELD_U32, offsetof(struct op_bind, propagation)},
    {NAMED("guard") FIELD_U32, offsetof(struct op_bind, guard)},
};

static const struct field change_mount_fields[] = {
    {NAMED("target") FIELD_STR, offsetof(struct op_change_mount, target)},
    {NAMED("slot") FIELD_U32, offsetof(struct op_change_mount, slot)},
    {NAMED("recursive") FIELD_U32, offsetof(struct op_change_mount, recursive)},
    {NAMED("set") FIELD_U64, offsetof(struct op_change_mount, set)},
    {NAMED("clear") FIELD_U64, offsetof(struct op_change_mount, clear)},
    {NAMED("propagation") FIELD_U32, offsetof(struct op_change_mount, propagation)},
};

static const struct field make_node_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_make_node, path)},
    {NAMED("directory") FIELD_U32, offsetof(struct op_make_node, directory)},
    {NAMED("name") FIELD_STR, offsetof(struct op_make_node, name)},
    {NAMED("kind") FIELD_U32, offsetof(struct op_make_node, kind)},
    {NAMED("mode") FIELD_U32, offsetof(struct op_make_node, mode)},
    {NAMED("major") FIELD_U32, offsetof(struct op_make_node, major)},
    {NAMED("minor") FIELD_U32, offsetof(struct op_make_node, minor)},
    {NAMED("uid") FIELD_U32, offsetof(struct op_make_node, uid)},
    {NAMED("gid") FIELD_U32, offsetof(struct op_make_node, gid)},
};

static const struct field make_link_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_make_link, path)},
    {NAMED("directory") FIELD_U32, offsetof(struct op_make_link, directory)},
    {NAMED("name") FIELD_STR, offsetof(struct op_make_link, name)},
    {NAMED("target") FIELD_STR, offsetof(struct op_make_link, target)},
    {NAMED("replace") FIELD_U32, offsetof(struct op_make_link, replace)},
};

static const struct field make_path_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_make_path, path)},
    {NAMED("mode") FIELD_U32, offsetof(struct op_make_path, mode)},
};

static const struct field pivot_fields[] = {
    {NAMED("shared") FIELD_U32, offsetof(struct op_pivot, shared)},
};

static const struct field enter_root_fields[] = {
    {NAMED("move") FIELD_U32, offsetof(struct op_enter_root, move)},
};

static const struct field mask_path_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_mask_path, path)},
    {NAMED("directory") FIELD_U32, offsetof(struct op_mask_path, directory)},
    {NAMED("name") FIELD_STR, offsetof(struct op_mask_path, name)},
};

static const struct field protect_path_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_protect_path, path)},
    {NAMED("directory") FIELD_U32, offsetof(struct op_protect_path, directory)},
    {NAMED("name") FIELD_STR, offsetof(struct op_protect_path, name)},
};

static const struct field set_hostname_fields[] = {
    {NAMED("name") FIELD_STR, offsetof(struct op_set_hostname, name)},
};

static const struct field set_domainname_fields[] = {
    {NAMED("name") FIELD_STR, offsetof(struct op_set_domainname, name)},
};

static const struct field write_sysctl_fields[] = {
    {NAMED("proc") FIELD_U32, offsetof(struct op_write_sysctl, proc)},
    {NAMED("name") FIELD_STR, offsetof(struct op_write_sysctl, name)},
    {NAMED("value") FIELD_STR, offsetof(struct op_write_sysctl, value)},
};

static const struct field open_terminal_fields[] = {
    {NAMED("columns") FIELD_U32, offsetof(struct op_open_terminal, columns)},
    {NAMED("rows") FIELD_U32, offsetof(struct op_open_terminal, rows)},
    {NAMED("socket") FIELD_U32, offsetof(struct op_open_terminal, socket)},
    {NAMED("console") FIELD_U32, offsetof(struct op_open_terminal, console)},
};

static const struct field own_streams_fields[] = {
    {NAMED("uid") FIELD_U32, offsetof(struct op_own_streams, uid)},
};

static const struct field set_umask_fields[] = {
    {NAMED("mask") FIELD_U32, offsetof(struct op_set_umask, mask)},
};

static const struct field set_user_fields[] = {
    {NAMED("uid") FIELD_U32, offsetof(struct op_set_user, uid)},
    {NAMED("gid") FIELD_U32, offsetof(struct op_set_user, gid)},
    {NAMED("groups") FIELD_U32S, offsetof(struct op_set_user, groups)},
    {NAMED("setGroups") FIELD_U32, offsetof(struct op_set_user, set_groups)},
};

static const struct field drop_bounding_fields[] = {
    {NAMED("keep") FIELD_U64, offsetof(struct op_drop_bounding, keep)},
};

static const struct field set_capabilities_fields[] = {
    {NAMED("effective") FIELD_U64, offsetof(struct op_set_capabilities, effective)},
    {NAMED("permitted") FIELD_U64, offsetof(struct op_set_capabilities, permitted)},
    {NAMED("inheritable") FIELD_U64, offsetof(struct op_set_capabilities, inheritable)},
    {NAMED("ambient") FIELD_U64, offsetof(struct op_set_capabilities, ambient)},
};

static const struct field load_seccomp_fields[] = {
    {NAMED("program") FIELD_BYTES, offsetof(struct op_load_seccomp, program)},
    {NAMED("flags") FIELD_U32, offsetof(struct op_load_seccomp, flags)},
    {NAMED("listener") FIELD_U32, offsetof(struct op_load_seccomp, listener)},
};

static const struct field change_directory_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_change_directory, path)},
    {NAMED("lenient") FIELD_U32, offsetof(struct op_change_directory, lenient)},
};

static const struct field find_home_fields[] = {
    {NAMED("uid") FIELD_U32, offsetof(struct op_find_home, uid)},
};

static const struct field find_program_fields[] = {
    {NAMED("name") FIELD_STR, offsetof(struct op_find_program, name)},
    {NAMED("candidates") FIELD_STRS, offsetof(struct op_find_program, candidates)},
};

static const struct field await_start_fields[] = {
    {NAMED("reader") FIELD_U32, offsetof(struct op_await_start, reader)},
    {NAMED("writer") FIELD_U32, offsetof(struct op_await_start, writer)},
};

static const struct field execute_fields[] = {
    {NAMED("argv") FIELD_STRS, offsetof(struct op_execute, argv)},
    {NAMED("env") FIELD_STRS, offsetof(struct op_execute, env)},
};

static const struct field filter_devices_fields[] = {
    {NAMED("cgroup") FIELD_U32, offsetof(struct op_filter_devices, cgroup)},
    {NAMED("program") FIELD_BYTES, offsetof(struct op_filter_devices, program)},
};

static const struct field set_exec_label_fields[] = {
    {NAMED("proc") FIELD_U32, offsetof(struct op_set_exec_label, proc)},
    {NAMED("files") FIELD_STRS, offsetof(struct op_set_exec_label, files)},
    {NAMED("label") FIELD_STR, offsetof(struct op_set_exec_label, label)},
};

static const struct field make_fifo_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_make_fifo, path)},
    {NAMED("mode") FIELD_U32, offsetof(struct op_make_fifo, mode)},
};

static const struct field close_slots_fields[] = {
    {NAMED("keep") FIELD_U32S, offsetof(struct op_close_slots, keep)},
};

static const struct field write_either_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_write_either, path)},
    {NAMED("texts") FIELD_STRS, offsetof(struct op_write_either, texts)},
    {NAMED("other") FIELD_STR, offsetof(struct op_write_either, other)},
    {NAMED("otherTexts") FIELD_STRS, offsetof(struct op_write_either, other_texts)},
};

static const struct field send_pidfd_fields[] = {
    {NAMED("socket") FIELD_U32, offsetof(struct op_send_pidfd, socket)},
};

static const struct field offer_listener_fields[] = {
    {NAMED("listener") FIELD_U32, offsetof(struct op_offer_listener, listener)},
    {NAMED("gate") FIELD_U32, offsetof(struct op_offer_listener, gate)},
};

static const struct field take_listener_fields[] = {
    {NAMED("slot") FIELD_U32, offsetof(struct op_take_listener, slot)},
};

static const struct field send_descriptor_fields[] = {
    {NAMED("socket") FIELD_U32, offsetof(struct op_send_descriptor, socket)},
    {NAMED("descriptor") FIELD_U32, offsetof(struct op_send_descriptor, descriptor)},
    {NAMED("text") FIELD_STR, offsetof(struct op_send_descriptor, text)},
};

static const struct field set_scheduler_fields[] = {
    {NAMED("policy") FIELD_U32, offsetof(struct op_set_scheduler, policy)},
    {NAMED("flags") FIELD_U32, offsetof(struct op_set_scheduler, flags)},
    {NAMED("nice") FIELD_U32, offsetof(struct op_set_scheduler, nice)},
    {NAMED("priority") FIELD_U32, offsetof(struct op_set_scheduler, priority)},
    {NAMED("runtime") FIELD_U64, offsetof(struct op_set_scheduler, runtime)},
    {NAMED("deadline") FIELD_U64, offsetof(struct op_set_scheduler, deadline)},
    {NAMED("period") FIELD_U64, offsetof(struct op_set_scheduler, period)},
};

static const struct field set_io_priority_fields[] = {
    {NAMED("class") FIELD_U32, offsetof(struct op_set_io_priority, class)},
    {NAMED("level") FIELD_U32, offsetof(struct op_set_io_priority, level)},
};

static const struct field set_affinity_fields[] = {
    {NAMED("cpus") FIELD_STR, offsetof(struct op_set_affinity, cpus)},
    {NAMED("mask") FIELD_BYTES, offsetof(struct op_set_affinity, mask)},
};

static const struct field set_personality_fields[] = {
    {NAMED("persona") FIELD_U32, offsetof(struct op_set_personality, persona)},
};

static const struct field set_memory_policy_fields[] = {
    {NAMED("mode") FIELD_U32, offsetof(struct op_set_memory_policy, mode)},
    {NAMED("flags") FIELD_U32, offsetof(struct op_set_memory_policy, flags)},
    {NAMED("mask") FIELD_BYTES, offsetof(struct op_set_memory_policy, mask)},
};

static const struct field make_user_namespace_fields[] = {
    {NAMED("uidMap") FIELD_STR, offsetof(struct op_make_user_namespace, uid_map)},
    {NAMED("gidMap") FIELD_STR, offsetof(struct op_make_user_namespace, gid_map)},
    {NAMED("slot") FIELD_U32, offsetof(struct op_make_user_namespace, slot)},
};

static const struct field map_tree_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_map_tree, path)},
    {NAMED("tree") FIELD_U32, offsetof(struct op_map_tree, tree)},
    {NAMED("userNamespace") FIELD_U32, offsetof(struct op_map_tree, user_namespace)},
    {NAMED("recursive") FIELD_U32, offsetof(struct op_map_tree, recursive)},
};

static const struct field open_trees_inside_fields[] = {
    {NAMED("paths") FIELD_STRS, offsetof(struct op_open_trees_inside, paths)},
    {NAMED("recursive") FIELD_U32S, offsetof(struct op_open_trees_inside, recursive)},
    {NAMED("slots") FIELD_U32S, offsetof(struct op_open_trees_inside, slots)},
    {NAMED("pointers") FIELD_STRS, offsetof(struct op_open_trees_inside, pointers)},
};

static const struct field give_descriptors_fields[] = {
    {NAMED("slots") FIELD_U32S, offsetof(struct op_give_descriptors, slots)},
    {NAMED("gate") FIELD_U32, offsetof(struct op_give_descriptors, gate)},
};

static const struct field receive_descriptors_fields[] = {
    {NAMED("slots") FIELD_U32S, offsetof(struct op_receive_descriptors, slots)},
    {NAMED("gate") FIELD_U32, offsetof(struct op_receive_descriptors, gate)},
};

static const struct field move_net_device_fields[] = {
    {NAMED("device") FIELD_STR, offsetof(struct op_move_net_device, device)},
    {NAMED("name") FIELD_STR, offsetof(struct op_move_net_device, name)},
};

static const struct field bind_notify_fields[] = {
    {NAMED("directory") FIELD_STR, offsetof(struct op_bind_notify, directory)},
    {NAMED("name") FIELD_STR, offsetof(struct op_bind_notify, name)},
    {NAMED("slot") FIELD_U32, offsetof(struct op_bind_notify, slot)},
};

static const struct field open_container_fields[] = {
    {NAMED("fifo") FIELD_STR, offsetof(struct op_open_container, fifo)},
};

static const struct field forward_ready_fields[] = {
    {NAMED("slot") FIELD_U32, offsetof(struct op_forward_ready, slot)},
    {NAMED("supervisor") FIELD_STR, offsetof(struct op_forward_ready, supervisor)},
    {NAMED("pid") FIELD_U32, offsetof(struct op_forward_ready, pid)},
    {NAMED("startTime") FIELD_U64, offsetof(struct op_forward_ready, start_time)},
    {NAMED("sender") FIELD_U32, offsetof(struct op_forward_ready, sender)},
    {NAMED("main") FIELD_U32, offsetof(struct op_forward_ready, main)},
};

static const struct field empty_cgroup_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_empty_cgroup, path)},
};

static const struct field open_writer_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_open_writer, path)},
    {NAMED("slot") FIELD_U32, offsetof(struct op_open_writer, slot)},
};

static const struct field start_criu_fields[] = {
    {NAMED("request") FIELD_BYTES, offsetof(struct op_start_criu, request)},
    {NAMED("directories") FIELD_STRS, offsetof(struct op_start_criu, directories)},
    {NAMED("descriptors") FIELD_U32S, offsetof(struct op_start_criu, descriptors)},
    {NAMED("cgroups") FIELD_STRS, offsetof(struct op_start_criu, cgroups)},
    {NAMED("root") FIELD_STR, offsetof(struct op_start_criu, root)},
    {NAMED("mountpoint") FIELD_STR, offsetof(struct op_start_criu, mountpoint)},
};

static const struct field await_criu_fields[] = {
    {NAMED("script") FIELD_STR, offsetof(struct op_await_criu, script)},
};

static const struct field finish_criu_fields[] = {
    {NAMED("restores") FIELD_U32, offsetof(struct op_finish_criu, restores)},
    {NAMED("console") FIELD_U32, offsetof(struct op_finish_criu, console)},
    {NAMED("ready") FIELD_U32, offsetof(struct op_finish_criu, ready)},
    {NAMED("partial") FIELD_U32, offsetof(struct op_finish_criu, partial)},
};

static const struct field own_cgroup_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_own_cgroup, path)},
    {NAMED("files") FIELD_STRS, offsetof(struct op_own_cgroup, files)},
    {NAMED("uid") FIELD_U32, offsetof(struct op_own_cgroup, uid)},
};

static const struct field trace_fields[] = {
    {NAMED("path") FIELD_STR, offsetof(struct op_trace, path)},
    {NAMED("slot") FIELD_U32, offsetof(struct op_trace, slot)},
};

static const struct field join_trace_fields[] = {
    {NAMED("slot") FIELD_U32, offsetof(struct op_join_trace, slot)},
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
static int call_empty_cgroup(struct context *c, const void *a) { return op_empty_cgroup(c, a); }
static int call_open_writer(struct context *c, const void *a) { return op_open_writer(c, a); }
static int call_start_criu(struct context *c, const void *a) { return op_start_criu(c, a); }
static int call_await_criu(struct context *c, const void *a) { return op_await_criu(c, a); }
static int call_finish_criu(struct context *c, const void *a) { return op_finish_criu(c, a); }
static int call_own_cgroup(struct context *c, const void *a) { return op_own_cgroup(c, a); }
static int call_trace(struct context *c, const void *a) { return op_trace(c, a); }
static int call_join_trace(struct context *c, const void *a) { return op_join_trace(c, a); }
#endif

const struct op plan_ops[PLAN_OPS] = {
    {NAMED("makeDirectory") 1, IN_HOST, 3, make_directory_fields, CALL(make_directory)},
    {NAMED("makeCgroup") 2, IN_HOST, 1, make_cgroup_fields, CALL(make_cgroup)},
    {NAMED("writeFile") 3, IN_HOST, 3, write_file_fields, CALL(write_file)},
    {NAMED("copyFile") 4, IN_HOST, 2, copy_file_fields, CALL(copy_file)},
    {NAMED("openFifo") 5, IN_HOST, 3, open_fifo_fields, CALL(open_fifo)},
    {NAMED("openNamespace") 6, IN_HOST, 3, open_namespace_fields, CALL(open_namespace)},
    {NAMED("openProcess") 7, IN_HOST, 3, open_process_fields, CALL(open_process)},
    {NAMED("openDirectory") 8, IN_HOST | IN_CONTAINER, 3, open_directory_fields, CALL(open_directory)},
    {NAMED("connectSocket") 9, IN_HOST, 2, connect_socket_fields, CALL(connect_socket)},
    {NAMED("openTree") 10, IN_HOST | IN_CONTAINER, 3, open_tree_fields, CALL(open_tree)},
    {NAMED("clone") 11, IN_HOST, 5, clone_fields, CALL(clone)},
    {NAMED("runProgram") 12, IN_HOST, 1, run_program_fields, CALL(run_program)},
    {NAMED("hook") 13, IN_HOST | IN_CONTAINER | IN_START, 9, hook_fields, CALL(hook)},
    {NAMED("pass") 14, IN_HOST | IN_CONTAINER, 1, pass_fields, CALL(pass)},
    {NAMED("await") 15, IN_HOST | IN_CONTAINER, 1, await_fields, CALL(await)},
    {NAMED("limit") 16, IN_HOST | IN_CONTAINER, 3, limit_fields, CALL(limit)},
    {NAMED("removeCgroup") 17, IN_HOST, 1, remove_cgroup_fields, CALL(remove_cgroup)},
    {NAMED("removeDirectory") 18, IN_HOST, 1, remove_directory_fields, CALL(remove_directory)},
    {NAMED("removeTree") 19, IN_HOST, 1, remove_tree_fields, CALL(remove_tree)},
    {NAMED("signalProcess") 20, IN_HOST, 3, signal_process_fields, CALL(signal_process)},
    {NAMED("awaitExit") 21, IN_HOST, 3, await_exit_fields, CALL(await_exit)},
    {NAMED("joinCgroup") 22, IN_CONTAINER, 1, join_cgroup_fields, CALL(join_cgroup)},
    {NAMED("joinNamespace") 23, IN_CONTAINER, 2, join_namespace_fields, CALL(join_namespace)},
    {NAMED("joinProcess") 24, IN_CONTAINER, 2, join_process_fields, CALL(join_process)},
    {NAMED("unshare") 25, IN_CONTAINER, 2, unshare_fields, CALL(unshare)},
    {NAMED("fork") 26, IN_CONTAINER, 0, NULL, CALL(fork)},
    {NAMED("becomeRoot") 27, IN_CONTAINER, 1, become_root_fields, CALL(become_root)},
    {NAMED("hideMemory") 28, IN_CONTAINER, 0, NULL, CALL(hide_memory)},
    {NAMED("joinKeyring") 29, IN_CONTAINER, 1, join_keyring_fields, CALL(join_keyring)},
    {NAMED("setPropagation") 30, IN_CONTAINER, 2, set_propagation_fields, CALL(set_propagation)},
    {NAMED("isolateParent") 31, IN_CONTAINER, 1, isolate_parent_fields, CALL(isolate_parent)},
    {NAMED("openRoot") 32, IN_CONTAINER, 1, open_root_fields, CALL(open_root)},
    {NAMED("mount") 33, IN_CONTAINER, 13, mount_fields, CALL(mount)},
    {NAMED("mountData") 34, IN_CONTAINER, 7, mount_data_fields, CALL(mount_data)},
    {NAMED("bind") 35, IN_CONTAINER, 14, bind_fields, CALL(bind)},
    {NAMED("changeMount") 36, IN_CONTAINER, 6, change_mount_fields, CALL(change_mount)},
    {NAMED("makeNode") 37, IN_CONTAINER, 9, make_node_fields, CALL(make_node)},
    {NAMED("makeLink") 38, IN_CONTAINER, 5, make_link_fields, CALL(make_link)},
    {NAMED("makePath") 39, IN_CONTAINER, 2, make_path_fields, CALL(make_path)},
    {NAMED("pivot") 40, IN_CONTAINER, 1, pivot_fields, CALL(pivot)},
    {NAMED("enterRoot") 41, IN_CONTAINER, 1, enter_root_fields, CALL(enter_root)},
    {NAMED("maskPath") 42, IN_CONTAINER, 3, mask_path_fields, CALL(mask_path)},
    {NAMED("protectPath") 43, IN_CONTAINER, 3, protect_path_fields, CALL(protect_path)},
    {NAMED("setHostname") 44, IN_CONTAINER, 1, set_hostname_fields, CALL(set_hostname)},
    {NAMED("setDomainname") 45, IN_CONTAINER, 1, set_domainname_fields, CALL(set_domainname)},
    {NAMED("writeSysctl") 46, IN_CONTAINER, 3, write_sysctl_fields, CALL(write_sysctl)},
    {NAMED("startSession") 47, IN_CONTAINER, 0, NULL, CALL(start_session)},
    {NAMED("openTerminal") 48, IN_CONTAINER, 4, open_terminal_fields, CALL(open_terminal)},
    {NAMED("ownStreams") 49, IN_CONTAINER, 1, own_streams_fields, CALL(own_streams)},
    {NAMED("setUmask") 50, IN_CONTAINER, 1, set_umask_fields, CALL(set_umask)},
    {NAMED("setUser") 51, IN_CONTAINER, 4, set_user_fields, CALL(set_user)},
    {NAMED("dropBounding") 52, IN_CONTAINER, 1, drop_bounding_fields, CALL(drop_bounding)},
    {NAMED("setCapabilities") 53, IN_CONTAINER, 4, set_capabilities_fields, CALL(set_capabilities)},
    {NAMED("forbidPrivileges") 54, IN_CONTAINER, 0, NULL, CALL(forbid_privileges)},
    {NAMED("loadSeccomp") 55, IN_CONTAINER | IN_START, 3, load_seccomp_fields, CALL(load_seccomp)},
    {NAMED("changeDirectory") 56, IN_CONTAINER, 2, change_directory_fields, CALL(change_directory)},
    {NAMED("findHome") 57, IN_CONTAINER, 1, find_home_fields, CALL(find_home)},
    {NAMED("findProgram") 58, IN_CONTAINER, 2, find_program_fields, CALL(find_program)},
    {NAMED("awaitStart") 59, IN_START, 2, await_start_fields, CALL(await_start)},
    {NAMED("execute") 60, IN_START, 2, execute_fields, CALL(execute)},
    {NAMED("filterDevices") 61, IN_HOST, 2, filter_devices_fields, CALL(filter_devices)},
    {NAMED("reopenNull") 62, IN_CONTAINER, 0, NULL, CALL(reopen_null)},
    {NAMED("setExecLabel") 63, IN_CONTAINER, 3, set_exec_label_fields, CALL(set_exec_label)},
    {NAMED("makeFifo") 64, IN_HOST, 2, make_fifo_fields, CALL(make_fifo)},
    {NAMED("closeSlots") 65, IN_CONTAINER, 1, close_slots_fields, CALL(close_slots)},
    {NAMED("writeEither") 200, IN_HOST, 4, write_either_fields, CALL(write_either)},
    {NAMED("sendPidfd") 201, IN_CONTAINER, 1, send_pidfd_fields, CALL(send_pidfd)},
    {NAMED("offerListener") 220, IN_CONTAINER, 2, offer_listener_fields, CALL(offer_listener)},
    {NAMED("takeListener") 221, IN_HOST, 1, take_listener_fields, CALL(take_listener)},
    {NAMED("sendDescriptor") 222, IN_HOST, 3, send_descriptor_fields, CALL(send_descriptor)},
    {NAMED("setScheduler") 223, IN_HOST | IN_CONTAINER, 7, set_scheduler_fields, CALL(set_scheduler)},
    {NAMED("setIoPriority") 224, IN_HOST | IN_CONTAINER, 2, set_io_priority_fields, CALL(set_io_priority)},
    {NAMED("setAffinity") 225, IN_CONTAINER, 2, set_affinity_fields, CALL(set_affinity)},
    {NAMED("setPersonality") 226, IN_CONTAINER, 1, set_personality_fields, CALL(set_personality)},
    {NAMED("setMemoryPolicy") 227, IN_CONTAINER, 3, set_memory_policy_fields, CALL(set_memory_policy)},
    {NAMED("makeUserNamespace") 228, IN_HOST, 3, make_user_namespace_fields, CALL(make_user_namespace)},
    {NAMED("mapTree") 229, IN_HOST | IN_CONTAINER, 4, map_tree_fields, CALL(map_tree)},
    {NAMED("openTreesInside") 230, IN_HOST, 4, open_trees_inside_fields, CALL(open_trees_inside)},
    {NAMED("giveDescriptors") 231, IN_HOST, 2, give_descriptors_fields, CALL(give_descriptors)},
    {NAMED("receiveDescriptors") 232, IN_CONTAINER, 2, receive_descriptors_fields, CALL(receive_descriptors)},
    {NAMED("uncoverSystem") 233, IN_CONTAINER, 0, NULL, CALL(uncover_system)},
    {NAMED("moveNetDevice") 234, IN_HOST, 2, move_net_device_fields, CALL(move_net_device)},
    {NAMED("bindNotify") 235, IN_HOST, 3, bind_notify_fields, CALL(bind_notify)},
    {NAMED("openContainer") 236, IN_HOST, 1, open_container_fields, CALL(open_container)},
    {NAMED("forwardReady") 237, IN_HOST, 6, forward_ready_fields, CALL(forward_ready)},
    {NAMED("emptyCgroup") 250, IN_HOST, 1, empty_cgroup_fields, CALL(empty_cgroup)},
    {NAMED("openWriter") 251, IN_HOST, 2, open_writer_fields, CALL(open_writer)},
    {NAMED("startCriu") 252, IN_HOST, 6, start_criu_fields, CALL(start_criu)},
    {NAMED("awaitCriu") 253, IN_HOST, 1, await_criu_fields, CALL(await_criu)},
    {NAMED("finishCriu") 254, IN_HOST, 4, finish_criu_fields, CALL(finish_criu)},
    {NAMED("ownCgroup") 255, IN_HOST, 3, own_cgroup_fields, CALL(own_cgroup)},
    {NAMED("trace") 270, IN_HOST, 2, trace_fields, CALL(trace)},
    {NAMED("joinTrace") 271, IN_CONTAINER, 1, join_trace_fields, CALL(join_trace)},
};
