/* Made from plan-ops.json by scripts/generate.ts; never edited. */
#include "plan_ops.h"

#include <stddef.h>

#ifdef PLAN_DECODE_ONLY
#define NAME(text) text,
#else
#define NAME(text)
#endif

static const struct field make_directory_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_make_directory, path)},
    {NAME("mode") FIELD_U32, offsetof(struct op_make_directory, mode)},
    {NAME("existing") FIELD_U32, offsetof(struct op_make_directory, existing)},
};

static const struct field make_cgroup_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_make_cgroup, path)},
};

static const struct field write_file_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_write_file, path)},
    {NAME("texts") FIELD_STRS, offsetof(struct op_write_file, texts)},
    {NAME("optional") FIELD_U32, offsetof(struct op_write_file, optional)},
};

static const struct field copy_file_fields[] = {
    {NAME("source") FIELD_STR, offsetof(struct op_copy_file, source)},
    {NAME("target") FIELD_STR, offsetof(struct op_copy_file, target)},
};

static const struct field open_fifo_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_open_fifo, path)},
    {NAME("reader") FIELD_U32, offsetof(struct op_open_fifo, reader)},
    {NAME("writer") FIELD_U32, offsetof(struct op_open_fifo, writer)},
};

static const struct field open_namespace_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_open_namespace, path)},
    {NAME("kind") FIELD_U32, offsetof(struct op_open_namespace, kind)},
    {NAME("slot") FIELD_U32, offsetof(struct op_open_namespace, slot)},
};

static const struct field open_process_fields[] = {
    {NAME("pid") FIELD_U32, offsetof(struct op_open_process, pid)},
    {NAME("startTime") FIELD_U64, offsetof(struct op_open_process, start_time)},
    {NAME("slot") FIELD_U32, offsetof(struct op_open_process, slot)},
};

static const struct field open_directory_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_open_directory, path)},
    {NAME("magic") FIELD_U32, offsetof(struct op_open_directory, magic)},
    {NAME("slot") FIELD_U32, offsetof(struct op_open_directory, slot)},
};

static const struct field connect_socket_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_connect_socket, path)},
    {NAME("slot") FIELD_U32, offsetof(struct op_connect_socket, slot)},
};

static const struct field open_tree_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_open_tree, path)},
    {NAME("recursive") FIELD_U32, offsetof(struct op_open_tree, recursive)},
    {NAME("slot") FIELD_U32, offsetof(struct op_open_tree, slot)},
};

static const struct field clone_fields[] = {
    {NAME("namespaces") FIELD_U32, offsetof(struct op_clone, namespaces)},
    {NAME("cgroup") FIELD_U32, offsetof(struct op_clone, cgroup)},
    {NAME("ids") FIELD_U32, offsetof(struct op_clone, ids)},
    {NAME("preserve") FIELD_U32, offsetof(struct op_clone, preserve)},
    {NAME("inherit") FIELD_U32S, offsetof(struct op_clone, inherit)},
};

static const struct field run_program_fields[] = {
    {NAME("argv") FIELD_STRS, offsetof(struct op_run_program, argv)},
};

static const struct field hook_fields[] = {
    {NAME("label") FIELD_STR, offsetof(struct op_hook, label)},
    {NAME("path") FIELD_STR, offsetof(struct op_hook, path)},
    {NAME("argv") FIELD_STRS, offsetof(struct op_hook, argv)},
    {NAME("env") FIELD_STRS, offsetof(struct op_hook, env)},
    {NAME("directory") FIELD_STR, offsetof(struct op_hook, directory)},
    {NAME("timeoutMs") FIELD_U32, offsetof(struct op_hook, timeout_ms)},
    {NAME("state") FIELD_STR, offsetof(struct op_hook, state)},
    {NAME("lenient") FIELD_U32, offsetof(struct op_hook, lenient)},
    {NAME("home") FIELD_U32, offsetof(struct op_hook, home)},
};

static const struct field pass_fields[] = {
    {NAME("gate") FIELD_U32, offsetof(struct op_pass, gate)},
};

static const struct field await_fields[] = {
    {NAME("gate") FIELD_U32, offsetof(struct op_await, gate)},
};

static const struct field limit_fields[] = {
    {NAME("resource") FIELD_U32, offsetof(struct op_limit, resource)},
    {NAME("soft") FIELD_U64, offsetof(struct op_limit, soft)},
    {NAME("hard") FIELD_U64, offsetof(struct op_limit, hard)},
};

static const struct field remove_cgroup_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_remove_cgroup, path)},
};

static const struct field remove_directory_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_remove_directory, path)},
};

static const struct field remove_tree_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_remove_tree, path)},
};

static const struct field signal_process_fields[] = {
    {NAME("pid") FIELD_U32, offsetof(struct op_signal_process, pid)},
    {NAME("startTime") FIELD_U64, offsetof(struct op_signal_process, start_time)},
    {NAME("signal") FIELD_U32, offsetof(struct op_signal_process, signal)},
};

static const struct field await_exit_fields[] = {
    {NAME("pid") FIELD_U32, offsetof(struct op_await_exit, pid)},
    {NAME("startTime") FIELD_U64, offsetof(struct op_await_exit, start_time)},
    {NAME("timeoutMs") FIELD_U32, offsetof(struct op_await_exit, timeout_ms)},
};

static const struct field join_cgroup_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_join_cgroup, path)},
};

static const struct field join_namespace_fields[] = {
    {NAME("slot") FIELD_U32, offsetof(struct op_join_namespace, slot)},
    {NAME("kind") FIELD_U32, offsetof(struct op_join_namespace, kind)},
};

static const struct field join_process_fields[] = {
    {NAME("slot") FIELD_U32, offsetof(struct op_join_process, slot)},
    {NAME("namespaces") FIELD_U32, offsetof(struct op_join_process, namespaces)},
};

static const struct field unshare_fields[] = {
    {NAME("namespaces") FIELD_U32, offsetof(struct op_unshare, namespaces)},
    {NAME("timeOffsets") FIELD_STR, offsetof(struct op_unshare, time_offsets)},
};

static const struct field become_root_fields[] = {
    {NAME("groups") FIELD_U32, offsetof(struct op_become_root, groups)},
};

static const struct field join_keyring_fields[] = {
    {NAME("name") FIELD_STR, offsetof(struct op_join_keyring, name)},
};

static const struct field set_propagation_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_set_propagation, path)},
    {NAME("propagation") FIELD_U32, offsetof(struct op_set_propagation, propagation)},
};

static const struct field isolate_parent_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_isolate_parent, path)},
};

static const struct field open_root_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_open_root, path)},
};

static const struct field mount_fields[] = {
    {NAME("fstype") FIELD_STR, offsetof(struct op_mount, fstype)},
    {NAME("source") FIELD_STR, offsetof(struct op_mount, source)},
    {NAME("options") FIELD_STRS, offsetof(struct op_mount, options)},
    {NAME("attributes") FIELD_U64, offsetof(struct op_mount, attributes)},
    {NAME("propagation") FIELD_U32, offsetof(struct op_mount, propagation)},
    {NAME("directory") FIELD_U32, offsetof(struct op_mount, directory)},
    {NAME("name") FIELD_STR, offsetof(struct op_mount, name)},
    {NAME("target") FIELD_STR, offsetof(struct op_mount, target)},
    {NAME("fresh") FIELD_U32, offsetof(struct op_mount, fresh)},
    {NAME("guard") FIELD_U32, offsetof(struct op_mount, guard)},
    {NAME("inheritMode") FIELD_U32, offsetof(struct op_mount, inherit_mode)},
    {NAME("slot") FIELD_U32, offsetof(struct op_mount, slot)},
    {NAME("copyUp") FIELD_U32, offsetof(struct op_mount, copy_up)},
    {NAME("detached") FIELD_U32, offsetof(struct op_mount, detached)},
};

static const struct field mount_data_fields[] = {
    {NAME("fstype") FIELD_STR, offsetof(struct op_mount_data, fstype)},
    {NAME("source") FIELD_STR, offsetof(struct op_mount_data, source)},
    {NAME("flags") FIELD_U64, offsetof(struct op_mount_data, flags)},
    {NAME("data") FIELD_STR, offsetof(struct op_mount_data, data)},
    {NAME("propagation") FIELD_U32, offsetof(struct op_mount_data, propagation)},
    {NAME("target") FIELD_STR, offsetof(struct op_mount_data, target)},
    {NAME("guard") FIELD_U32, offsetof(struct op_mount_data, guard)},
    {NAME("inheritMode") FIELD_U32, offsetof(struct op_mount_data, inherit_mode)},
};

static const struct field bind_fields[] = {
    {NAME("source") FIELD_STR, offsetof(struct op_bind, source)},
    {NAME("tree") FIELD_U32, offsetof(struct op_bind, tree)},
    {NAME("directory") FIELD_U32, offsetof(struct op_bind, directory)},
    {NAME("name") FIELD_STR, offsetof(struct op_bind, name)},
    {NAME("target") FIELD_STR, offsetof(struct op_bind, target)},
    {NAME("fresh") FIELD_U32, offsetof(struct op_bind, fresh)},
    {NAME("recursive") FIELD_U32, offsetof(struct op_bind, recursive)},
    {NAME("set") FIELD_U64, offsetof(struct op_bind, set)},
    {NAME("clear") FIELD_U64, offsetof(struct op_bind, clear)},
    {NAME("clearSoft") FIELD_U64, offsetof(struct op_bind, clear_soft)},
    {NAME("setAll") FIELD_U64, offsetof(struct op_bind, set_all)},
    {NAME("clearAll") FIELD_U64, offsetof(struct op_bind, clear_all)},
    {NAME("propagation") FIELD_U32, offsetof(struct op_bind, propagation)},
    {NAME("guard") FIELD_U32, offsetof(struct op_bind, guard)},
};

static const struct field change_mount_fields[] = {
    {NAME("target") FIELD_STR, offsetof(struct op_change_mount, target)},
    {NAME("slot") FIELD_U32, offsetof(struct op_change_mount, slot)},
    {NAME("recursive") FIELD_U32, offsetof(struct op_change_mount, recursive)},
    {NAME("set") FIELD_U64, offsetof(struct op_change_mount, set)},
    {NAME("clear") FIELD_U64, offsetof(struct op_change_mount, clear)},
    {NAME("propagation") FIELD_U32, offsetof(struct op_change_mount, propagation)},
};

static const struct field make_node_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_make_node, path)},
    {NAME("directory") FIELD_U32, offsetof(struct op_make_node, directory)},
    {NAME("name") FIELD_STR, offsetof(struct op_make_node, name)},
    {NAME("kind") FIELD_U32, offsetof(struct op_make_node, kind)},
    {NAME("mode") FIELD_U32, offsetof(struct op_make_node, mode)},
    {NAME("major") FIELD_U32, offsetof(struct op_make_node, major)},
    {NAME("minor") FIELD_U32, offsetof(struct op_make_node, minor)},
    {NAME("uid") FIELD_U32, offsetof(struct op_make_node, uid)},
    {NAME("gid") FIELD_U32, offsetof(struct op_make_node, gid)},
};

static const struct field make_link_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_make_link, path)},
    {NAME("directory") FIELD_U32, offsetof(struct op_make_link, directory)},
    {NAME("name") FIELD_STR, offsetof(struct op_make_link, name)},
    {NAME("target") FIELD_STR, offsetof(struct op_make_link, target)},
    {NAME("replace") FIELD_U32, offsetof(struct op_make_link, replace)},
};

static const struct field make_path_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_make_path, path)},
    {NAME("mode") FIELD_U32, offsetof(struct op_make_path, mode)},
};

static const struct field pivot_fields[] = {
    {NAME("shared") FIELD_U32, offsetof(struct op_pivot, shared)},
};

static const struct field enter_root_fields[] = {
    {NAME("move") FIELD_U32, offsetof(struct op_enter_root, move)},
};

static const struct field mask_path_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_mask_path, path)},
    {NAME("directory") FIELD_U32, offsetof(struct op_mask_path, directory)},
    {NAME("name") FIELD_STR, offsetof(struct op_mask_path, name)},
};

static const struct field protect_path_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_protect_path, path)},
    {NAME("directory") FIELD_U32, offsetof(struct op_protect_path, directory)},
    {NAME("name") FIELD_STR, offsetof(struct op_protect_path, name)},
};

static const struct field set_hostname_fields[] = {
    {NAME("name") FIELD_STR, offsetof(struct op_set_hostname, name)},
};

static const struct field set_domainname_fields[] = {
    {NAME("name") FIELD_STR, offsetof(struct op_set_domainname, name)},
};

static const struct field write_sysctl_fields[] = {
    {NAME("proc") FIELD_U32, offsetof(struct op_write_sysctl, proc)},
    {NAME("name") FIELD_STR, offsetof(struct op_write_sysctl, name)},
    {NAME("value") FIELD_STR, offsetof(struct op_write_sysctl, value)},
};

static const struct field open_terminal_fields[] = {
    {NAME("columns") FIELD_U32, offsetof(struct op_open_terminal, columns)},
    {NAME("rows") FIELD_U32, offsetof(struct op_open_terminal, rows)},
    {NAME("socket") FIELD_U32, offsetof(struct op_open_terminal, socket)},
    {NAME("console") FIELD_U32, offsetof(struct op_open_terminal, console)},
};

static const struct field own_streams_fields[] = {
    {NAME("uid") FIELD_U32, offsetof(struct op_own_streams, uid)},
};

static const struct field set_umask_fields[] = {
    {NAME("mask") FIELD_U32, offsetof(struct op_set_umask, mask)},
};

static const struct field set_user_fields[] = {
    {NAME("uid") FIELD_U32, offsetof(struct op_set_user, uid)},
    {NAME("gid") FIELD_U32, offsetof(struct op_set_user, gid)},
    {NAME("groups") FIELD_U32S, offsetof(struct op_set_user, groups)},
    {NAME("setGroups") FIELD_U32, offsetof(struct op_set_user, set_groups)},
};

static const struct field drop_bounding_fields[] = {
    {NAME("keep") FIELD_U64, offsetof(struct op_drop_bounding, keep)},
};

static const struct field set_capabilities_fields[] = {
    {NAME("effective") FIELD_U64, offsetof(struct op_set_capabilities, effective)},
    {NAME("permitted") FIELD_U64, offsetof(struct op_set_capabilities, permitted)},
    {NAME("inheritable") FIELD_U64, offsetof(struct op_set_capabilities, inheritable)},
    {NAME("ambient") FIELD_U64, offsetof(struct op_set_capabilities, ambient)},
};

static const struct field load_seccomp_fields[] = {
    {NAME("program") FIELD_BYTES, offsetof(struct op_load_seccomp, program)},
    {NAME("flags") FIELD_U32, offsetof(struct op_load_seccomp, flags)},
    {NAME("listener") FIELD_U32, offsetof(struct op_load_seccomp, listener)},
};

static const struct field change_directory_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_change_directory, path)},
    {NAME("lenient") FIELD_U32, offsetof(struct op_change_directory, lenient)},
};

static const struct field find_home_fields[] = {
    {NAME("uid") FIELD_U32, offsetof(struct op_find_home, uid)},
};

static const struct field find_program_fields[] = {
    {NAME("name") FIELD_STR, offsetof(struct op_find_program, name)},
    {NAME("candidates") FIELD_STRS, offsetof(struct op_find_program, candidates)},
};

static const struct field await_start_fields[] = {
    {NAME("reader") FIELD_U32, offsetof(struct op_await_start, reader)},
    {NAME("writer") FIELD_U32, offsetof(struct op_await_start, writer)},
};

static const struct field execute_fields[] = {
    {NAME("argv") FIELD_STRS, offsetof(struct op_execute, argv)},
    {NAME("env") FIELD_STRS, offsetof(struct op_execute, env)},
};

static const struct field filter_devices_fields[] = {
    {NAME("cgroup") FIELD_U32, offsetof(struct op_filter_devices, cgroup)},
    {NAME("program") FIELD_BYTES, offsetof(struct op_filter_devices, program)},
};

static const struct field set_exec_label_fields[] = {
    {NAME("proc") FIELD_U32, offsetof(struct op_set_exec_label, proc)},
    {NAME("files") FIELD_STRS, offsetof(struct op_set_exec_label, files)},
    {NAME("label") FIELD_STR, offsetof(struct op_set_exec_label, label)},
};

static const struct field make_fifo_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_make_fifo, path)},
    {NAME("mode") FIELD_U32, offsetof(struct op_make_fifo, mode)},
};

static const struct field close_slots_fields[] = {
    {NAME("keep") FIELD_U32S, offsetof(struct op_close_slots, keep)},
};

static const struct field write_either_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_write_either, path)},
    {NAME("texts") FIELD_STRS, offsetof(struct op_write_either, texts)},
    {NAME("other") FIELD_STR, offsetof(struct op_write_either, other)},
    {NAME("otherTexts") FIELD_STRS, offsetof(struct op_write_either, other_texts)},
};

static const struct field send_pidfd_fields[] = {
    {NAME("socket") FIELD_U32, offsetof(struct op_send_pidfd, socket)},
};

static const struct field offer_listener_fields[] = {
    {NAME("listener") FIELD_U32, offsetof(struct op_offer_listener, listener)},
    {NAME("gate") FIELD_U32, offsetof(struct op_offer_listener, gate)},
};

static const struct field take_listener_fields[] = {
    {NAME("slot") FIELD_U32, offsetof(struct op_take_listener, slot)},
};

static const struct field send_descriptor_fields[] = {
    {NAME("socket") FIELD_U32, offsetof(struct op_send_descriptor, socket)},
    {NAME("descriptor") FIELD_U32, offsetof(struct op_send_descriptor, descriptor)},
    {NAME("text") FIELD_STR, offsetof(struct op_send_descriptor, text)},
};

static const struct field set_scheduler_fields[] = {
    {NAME("policy") FIELD_U32, offsetof(struct op_set_scheduler, policy)},
    {NAME("flags") FIELD_U32, offsetof(struct op_set_scheduler, flags)},
    {NAME("nice") FIELD_U32, offsetof(struct op_set_scheduler, nice)},
    {NAME("priority") FIELD_U32, offsetof(struct op_set_scheduler, priority)},
    {NAME("runtime") FIELD_U64, offsetof(struct op_set_scheduler, runtime)},
    {NAME("deadline") FIELD_U64, offsetof(struct op_set_scheduler, deadline)},
    {NAME("period") FIELD_U64, offsetof(struct op_set_scheduler, period)},
};

static const struct field set_io_priority_fields[] = {
    {NAME("class") FIELD_U32, offsetof(struct op_set_io_priority, class)},
    {NAME("level") FIELD_U32, offsetof(struct op_set_io_priority, level)},
};

static const struct field set_affinity_fields[] = {
    {NAME("cpus") FIELD_STR, offsetof(struct op_set_affinity, cpus)},
    {NAME("mask") FIELD_BYTES, offsetof(struct op_set_affinity, mask)},
};

static const struct field set_personality_fields[] = {
    {NAME("persona") FIELD_U32, offsetof(struct op_set_personality, persona)},
};

static const struct field set_memory_policy_fields[] = {
    {NAME("mode") FIELD_U32, offsetof(struct op_set_memory_policy, mode)},
    {NAME("flags") FIELD_U32, offsetof(struct op_set_memory_policy, flags)},
    {NAME("mask") FIELD_BYTES, offsetof(struct op_set_memory_policy, mask)},
};

static const struct field make_user_namespace_fields[] = {
    {NAME("uidMap") FIELD_STR, offsetof(struct op_make_user_namespace, uid_map)},
    {NAME("gidMap") FIELD_STR, offsetof(struct op_make_user_namespace, gid_map)},
    {NAME("slot") FIELD_U32, offsetof(struct op_make_user_namespace, slot)},
};

static const struct field map_tree_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_map_tree, path)},
    {NAME("tree") FIELD_U32, offsetof(struct op_map_tree, tree)},
    {NAME("userNamespace") FIELD_U32, offsetof(struct op_map_tree, user_namespace)},
    {NAME("recursive") FIELD_U32, offsetof(struct op_map_tree, recursive)},
};

static const struct field open_trees_inside_fields[] = {
    {NAME("paths") FIELD_STRS, offsetof(struct op_open_trees_inside, paths)},
    {NAME("recursive") FIELD_U32S, offsetof(struct op_open_trees_inside, recursive)},
    {NAME("slots") FIELD_U32S, offsetof(struct op_open_trees_inside, slots)},
    {NAME("pointers") FIELD_STRS, offsetof(struct op_open_trees_inside, pointers)},
};

static const struct field give_descriptors_fields[] = {
    {NAME("slots") FIELD_U32S, offsetof(struct op_give_descriptors, slots)},
    {NAME("gate") FIELD_U32, offsetof(struct op_give_descriptors, gate)},
};

static const struct field receive_descriptors_fields[] = {
    {NAME("slots") FIELD_U32S, offsetof(struct op_receive_descriptors, slots)},
    {NAME("gate") FIELD_U32, offsetof(struct op_receive_descriptors, gate)},
};

static const struct field move_net_device_fields[] = {
    {NAME("device") FIELD_STR, offsetof(struct op_move_net_device, device)},
    {NAME("name") FIELD_STR, offsetof(struct op_move_net_device, name)},
};

static const struct field bind_notify_fields[] = {
    {NAME("directory") FIELD_STR, offsetof(struct op_bind_notify, directory)},
    {NAME("name") FIELD_STR, offsetof(struct op_bind_notify, name)},
    {NAME("slot") FIELD_U32, offsetof(struct op_bind_notify, slot)},
};

static const struct field open_container_fields[] = {
    {NAME("fifo") FIELD_STR, offsetof(struct op_open_container, fifo)},
};

static const struct field forward_ready_fields[] = {
    {NAME("slot") FIELD_U32, offsetof(struct op_forward_ready, slot)},
    {NAME("supervisor") FIELD_STR, offsetof(struct op_forward_ready, supervisor)},
    {NAME("pid") FIELD_U32, offsetof(struct op_forward_ready, pid)},
    {NAME("startTime") FIELD_U64, offsetof(struct op_forward_ready, start_time)},
    {NAME("sender") FIELD_U32, offsetof(struct op_forward_ready, sender)},
    {NAME("main") FIELD_U32, offsetof(struct op_forward_ready, main)},
};

static const struct field unmount_below_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_unmount_below, path)},
    {NAME("self") FIELD_U32, offsetof(struct op_unmount_below, self)},
};

static const struct field set_file_label_fields[] = {
    {NAME("target") FIELD_STR, offsetof(struct op_set_file_label, target)},
    {NAME("label") FIELD_STR, offsetof(struct op_set_file_label, label)},
};

static const struct field unmount_fields[] = {
    {NAME("target") FIELD_STR, offsetof(struct op_unmount, target)},
    {NAME("proc") FIELD_U32, offsetof(struct op_unmount, proc)},
};

static const struct field empty_cgroup_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_empty_cgroup, path)},
};

static const struct field open_writer_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_open_writer, path)},
    {NAME("slot") FIELD_U32, offsetof(struct op_open_writer, slot)},
};

static const struct field start_criu_fields[] = {
    {NAME("request") FIELD_BYTES, offsetof(struct op_start_criu, request)},
    {NAME("directories") FIELD_STRS, offsetof(struct op_start_criu, directories)},
    {NAME("descriptors") FIELD_U32S, offsetof(struct op_start_criu, descriptors)},
    {NAME("cgroups") FIELD_STRS, offsetof(struct op_start_criu, cgroups)},
    {NAME("root") FIELD_STR, offsetof(struct op_start_criu, root)},
    {NAME("mountpoint") FIELD_STR, offsetof(struct op_start_criu, mountpoint)},
};

static const struct field await_criu_fields[] = {
    {NAME("script") FIELD_STR, offsetof(struct op_await_criu, script)},
};

static const struct field finish_criu_fields[] = {
    {NAME("restores") FIELD_U32, offsetof(struct op_finish_criu, restores)},
    {NAME("console") FIELD_U32, offsetof(struct op_finish_criu, console)},
    {NAME("ready") FIELD_U32, offsetof(struct op_finish_criu, ready)},
    {NAME("partial") FIELD_U32, offsetof(struct op_finish_criu, partial)},
};

static const struct field own_cgroup_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_own_cgroup, path)},
    {NAME("files") FIELD_STRS, offsetof(struct op_own_cgroup, files)},
    {NAME("uid") FIELD_U32, offsetof(struct op_own_cgroup, uid)},
};

static const struct field trace_fields[] = {
    {NAME("path") FIELD_STR, offsetof(struct op_trace, path)},
    {NAME("slot") FIELD_U32, offsetof(struct op_trace, slot)},
};

static const struct field join_trace_fields[] = {
    {NAME("slot") FIELD_U32, offsetof(struct op_join_trace, slot)},
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
static int call_unmount_below(struct context *c, const void *a) { return op_unmount_below(c, a); }
static int call_set_file_label(struct context *c, const void *a) { return op_set_file_label(c, a); }
static int call_unmount(struct context *c, const void *a) { return op_unmount(c, a); }
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
    {NAME("makeDirectory") 1, IN_HOST, 3, make_directory_fields, CALL(make_directory)},
    {NAME("makeCgroup") 2, IN_HOST, 1, make_cgroup_fields, CALL(make_cgroup)},
    {NAME("writeFile") 3, IN_HOST, 3, write_file_fields, CALL(write_file)},
    {NAME("copyFile") 4, IN_HOST, 2, copy_file_fields, CALL(copy_file)},
    {NAME("openFifo") 5, IN_HOST, 3, open_fifo_fields, CALL(open_fifo)},
    {NAME("openNamespace") 6, IN_HOST, 3, open_namespace_fields, CALL(open_namespace)},
    {NAME("openProcess") 7, IN_HOST, 3, open_process_fields, CALL(open_process)},
    {NAME("openDirectory") 8, IN_HOST | IN_CONTAINER, 3, open_directory_fields, CALL(open_directory)},
    {NAME("connectSocket") 9, IN_HOST, 2, connect_socket_fields, CALL(connect_socket)},
    {NAME("openTree") 10, IN_HOST | IN_CONTAINER, 3, open_tree_fields, CALL(open_tree)},
    {NAME("clone") 11, IN_HOST, 5, clone_fields, CALL(clone)},
    {NAME("runProgram") 12, IN_HOST, 1, run_program_fields, CALL(run_program)},
    {NAME("hook") 13, IN_HOST | IN_CONTAINER | IN_START, 9, hook_fields, CALL(hook)},
    {NAME("pass") 14, IN_HOST | IN_CONTAINER, 1, pass_fields, CALL(pass)},
    {NAME("await") 15, IN_HOST | IN_CONTAINER, 1, await_fields, CALL(await)},
    {NAME("limit") 16, IN_HOST | IN_CONTAINER, 3, limit_fields, CALL(limit)},
    {NAME("removeCgroup") 17, IN_HOST, 1, remove_cgroup_fields, CALL(remove_cgroup)},
    {NAME("removeDirectory") 18, IN_HOST, 1, remove_directory_fields, CALL(remove_directory)},
    {NAME("removeTree") 19, IN_HOST, 1, remove_tree_fields, CALL(remove_tree)},
    {NAME("signalProcess") 20, IN_HOST, 3, signal_process_fields, CALL(signal_process)},
    {NAME("awaitExit") 21, IN_HOST, 3, await_exit_fields, CALL(await_exit)},
    {NAME("joinCgroup") 22, IN_CONTAINER, 1, join_cgroup_fields, CALL(join_cgroup)},
    {NAME("joinNamespace") 23, IN_CONTAINER, 2, join_namespace_fields, CALL(join_namespace)},
    {NAME("joinProcess") 24, IN_CONTAINER, 2, join_process_fields, CALL(join_process)},
    {NAME("unshare") 25, IN_CONTAINER, 2, unshare_fields, CALL(unshare)},
    {NAME("fork") 26, IN_CONTAINER, 0, NULL, CALL(fork)},
    {NAME("becomeRoot") 27, IN_CONTAINER, 1, become_root_fields, CALL(become_root)},
    {NAME("hideMemory") 28, IN_CONTAINER, 0, NULL, CALL(hide_memory)},
    {NAME("joinKeyring") 29, IN_CONTAINER, 1, join_keyring_fields, CALL(join_keyring)},
    {NAME("setPropagation") 30, IN_CONTAINER, 2, set_propagation_fields, CALL(set_propagation)},
    {NAME("isolateParent") 31, IN_CONTAINER, 1, isolate_parent_fields, CALL(isolate_parent)},
    {NAME("openRoot") 32, IN_CONTAINER, 1, open_root_fields, CALL(open_root)},
    {NAME("mount") 33, IN_CONTAINER, 14, mount_fields, CALL(mount)},
    {NAME("mountData") 34, IN_CONTAINER, 8, mount_data_fields, CALL(mount_data)},
    {NAME("bind") 35, IN_CONTAINER, 14, bind_fields, CALL(bind)},
    {NAME("changeMount") 36, IN_CONTAINER, 6, change_mount_fields, CALL(change_mount)},
    {NAME("makeNode") 37, IN_CONTAINER, 9, make_node_fields, CALL(make_node)},
    {NAME("makeLink") 38, IN_CONTAINER, 5, make_link_fields, CALL(make_link)},
    {NAME("makePath") 39, IN_CONTAINER, 2, make_path_fields, CALL(make_path)},
    {NAME("pivot") 40, IN_CONTAINER, 1, pivot_fields, CALL(pivot)},
    {NAME("enterRoot") 41, IN_CONTAINER, 1, enter_root_fields, CALL(enter_root)},
    {NAME("maskPath") 42, IN_CONTAINER, 3, mask_path_fields, CALL(mask_path)},
    {NAME("protectPath") 43, IN_CONTAINER, 3, protect_path_fields, CALL(protect_path)},
    {NAME("setHostname") 44, IN_CONTAINER, 1, set_hostname_fields, CALL(set_hostname)},
    {NAME("setDomainname") 45, IN_CONTAINER, 1, set_domainname_fields, CALL(set_domainname)},
    {NAME("writeSysctl") 46, IN_CONTAINER, 3, write_sysctl_fields, CALL(write_sysctl)},
    {NAME("startSession") 47, IN_CONTAINER, 0, NULL, CALL(start_session)},
    {NAME("openTerminal") 48, IN_CONTAINER, 4, open_terminal_fields, CALL(open_terminal)},
    {NAME("ownStreams") 49, IN_CONTAINER, 1, own_streams_fields, CALL(own_streams)},
    {NAME("setUmask") 50, IN_CONTAINER, 1, set_umask_fields, CALL(set_umask)},
    {NAME("setUser") 51, IN_CONTAINER, 4, set_user_fields, CALL(set_user)},
    {NAME("dropBounding") 52, IN_CONTAINER, 1, drop_bounding_fields, CALL(drop_bounding)},
    {NAME("setCapabilities") 53, IN_CONTAINER, 4, set_capabilities_fields, CALL(set_capabilities)},
    {NAME("forbidPrivileges") 54, IN_CONTAINER, 0, NULL, CALL(forbid_privileges)},
    {NAME("loadSeccomp") 55, IN_CONTAINER | IN_START, 3, load_seccomp_fields, CALL(load_seccomp)},
    {NAME("changeDirectory") 56, IN_CONTAINER, 2, change_directory_fields, CALL(change_directory)},
    {NAME("findHome") 57, IN_CONTAINER, 1, find_home_fields, CALL(find_home)},
    {NAME("findProgram") 58, IN_CONTAINER, 2, find_program_fields, CALL(find_program)},
    {NAME("awaitStart") 59, IN_START, 2, await_start_fields, CALL(await_start)},
    {NAME("execute") 60, IN_START, 2, execute_fields, CALL(execute)},
    {NAME("filterDevices") 61, IN_HOST, 2, filter_devices_fields, CALL(filter_devices)},
    {NAME("reopenNull") 62, IN_CONTAINER, 0, NULL, CALL(reopen_null)},
    {NAME("setExecLabel") 63, IN_CONTAINER, 3, set_exec_label_fields, CALL(set_exec_label)},
    {NAME("makeFifo") 64, IN_HOST, 2, make_fifo_fields, CALL(make_fifo)},
    {NAME("closeSlots") 65, IN_CONTAINER, 1, close_slots_fields, CALL(close_slots)},
    {NAME("writeEither") 200, IN_HOST, 4, write_either_fields, CALL(write_either)},
    {NAME("sendPidfd") 201, IN_CONTAINER, 1, send_pidfd_fields, CALL(send_pidfd)},
    {NAME("offerListener") 220, IN_CONTAINER, 2, offer_listener_fields, CALL(offer_listener)},
    {NAME("takeListener") 221, IN_HOST, 1, take_listener_fields, CALL(take_listener)},
    {NAME("sendDescriptor") 222, IN_HOST, 3, send_descriptor_fields, CALL(send_descriptor)},
    {NAME("setScheduler") 223, IN_HOST | IN_CONTAINER, 7, set_scheduler_fields, CALL(set_scheduler)},
    {NAME("setIoPriority") 224, IN_HOST | IN_CONTAINER, 2, set_io_priority_fields, CALL(set_io_priority)},
    {NAME("setAffinity") 225, IN_CONTAINER, 2, set_affinity_fields, CALL(set_affinity)},
    {NAME("setPersonality") 226, IN_CONTAINER, 1, set_personality_fields, CALL(set_personality)},
    {NAME("setMemoryPolicy") 227, IN_CONTAINER, 3, set_memory_policy_fields, CALL(set_memory_policy)},
    {NAME("makeUserNamespace") 228, IN_HOST, 3, make_user_namespace_fields, CALL(make_user_namespace)},
    {NAME("mapTree") 229, IN_HOST | IN_CONTAINER, 4, map_tree_fields, CALL(map_tree)},
    {NAME("openTreesInside") 230, IN_HOST, 4, open_trees_inside_fields, CALL(open_trees_inside)},
    {NAME("giveDescriptors") 231, IN_HOST, 2, give_descriptors_fields, CALL(give_descriptors)},
    {NAME("receiveDescriptors") 232, IN_CONTAINER, 2, receive_descriptors_fields, CALL(receive_descriptors)},
    {NAME("uncoverSystem") 233, IN_CONTAINER, 0, NULL, CALL(uncover_system)},
    {NAME("moveNetDevice") 234, IN_HOST, 2, move_net_device_fields, CALL(move_net_device)},
    {NAME("bindNotify") 235, IN_HOST, 3, bind_notify_fields, CALL(bind_notify)},
    {NAME("openContainer") 236, IN_HOST, 1, open_container_fields, CALL(open_container)},
    {NAME("forwardReady") 237, IN_HOST, 6, forward_ready_fields, CALL(forward_ready)},
    {NAME("unmountBelow") 238, IN_HOST, 2, unmount_below_fields, CALL(unmount_below)},
    {NAME("setFileLabel") 239, IN_CONTAINER, 2, set_file_label_fields, CALL(set_file_label)},
    {NAME("unmount") 240, IN_CONTAINER, 2, unmount_fields, CALL(unmount)},
    {NAME("emptyCgroup") 250, IN_HOST, 1, empty_cgroup_fields, CALL(empty_cgroup)},
    {NAME("openWriter") 251, IN_HOST, 2, open_writer_fields, CALL(open_writer)},
    {NAME("startCriu") 252, IN_HOST, 6, start_criu_fields, CALL(start_criu)},
    {NAME("awaitCriu") 253, IN_HOST, 1, await_criu_fields, CALL(await_criu)},
    {NAME("finishCriu") 254, IN_HOST, 4, finish_criu_fields, CALL(finish_criu)},
    {NAME("ownCgroup") 255, IN_HOST, 3, own_cgroup_fields, CALL(own_cgroup)},
    {NAME("trace") 270, IN_HOST, 2, trace_fields, CALL(trace)},
    {NAME("joinTrace") 271, IN_CONTAINER, 1, join_trace_fields, CALL(join_trace)},
};
