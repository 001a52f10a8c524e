// The five things about a file that Node's fs can neither set nor read: extended attributes (set,
// get, remove, list), device nodes and fifos, and times to the nanosecond.
//
// A Node-API module without a C library: every function is one system call, takes NUL-terminated
// paths in buffers its caller owns, allocates nothing, decides nothing, and answers what the kernel
// answered (a negative errno, else zero or a length). So one binary serves glibc, musl and Bun.
#include <linux/fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#define EINVAL 22

// The part of Node-API (version 1) used here; its layout is fixed by the ABI promise.
typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_info__ *napi_info;
typedef napi_value (*napi_callback)(napi_env, napi_info);
enum { NAPI_OK = 0 };
extern int napi_get_cb_info(napi_env, napi_info, size_t *, napi_value *, napi_value *, void **);
extern int napi_get_buffer_info(napi_env, napi_value, void **, size_t *);
extern int napi_get_value_int64(napi_env, napi_value, int64_t *);
extern int napi_create_int64(napi_env, int64_t, napi_value *);
extern int napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);
extern int napi_set_named_property(napi_env, napi_value, const char *, napi_value);

static long kernel(long number, long a, long b, long c, long d, long e) {
#if defined(__x86_64__)
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
                     : "memory");
    return x0;
#else
#error "no system call convention written for this processor"
#endif
}

enum { MAX_ARGUMENTS = 5 };

struct arguments {
    napi_env env;
    size_t count;
    napi_value values[MAX_ARGUMENTS];
    int bad;
};

static struct arguments read_arguments(napi_env env, napi_info info, size_t expected) {
    struct arguments in = {.env = env, .count = MAX_ARGUMENTS};
    if (napi_get_cb_info(env, info, &in.count, in.values, NULL, NULL) != NAPI_OK) in.bad = 1;
    if (in.count < expected) in.bad = 1;
    return in;
}

struct bytes {
    void *data;
    size_t length;
};

static struct bytes read_bytes(struct arguments *in, size_t at) {
    struct bytes out = {NULL, 0};
    if (!in->bad && napi_get_buffer_info(in->env, in->values[at], &out.data, &out.length) != NAPI_OK)
        in->bad = 1;
    return out;
}

// The kernel reads up to the NUL, so a buffer that does not end in one is refused here.
static const char *read_name(struct arguments *in, size_t at) {
    struct bytes name = read_bytes(in, at);
    if (in->bad || name.length == 0 || ((const char *)name.data)[name.length - 1] != '\0') {
        in->bad = 1;
        return "";
    }
    return name.data;
}

static int64_t read_number(struct arguments *in, size_t at) {
    int64_t out = 0;
    if (!in->bad && napi_get_value_int64(in->env, in->values[at], &out) != NAPI_OK) in->bad = 1;
    return out;
}

static napi_value answer(napi_env env, int64_t value) {
    napi_value out = NULL;
    napi_create_int64(env, value, &out);
    return out;
}

// setXattr(path, name, value)
static napi_value set_xattr(napi_env env, napi_info info) {
    struct arguments in = read_arguments(env, info, 3);
    const char *path = read_name(&in, 0);
    const char *name = read_name(&in, 1);
    struct bytes value = read_bytes(&in, 2);
    if (in.bad) return answer(env, -EINVAL);
    return answer(env, kernel(SYS_lsetxattr, (long)path, (long)name, (long)value.data,
                              (long)value.length, 0));
}

// getXattr(path, name, into)
static napi_value get_xattr(napi_env env, napi_info info) {
    struct arguments in = read_arguments(env, info, 3);
    const char *path = read_name(&in, 0);
    const char *name = read_name(&in, 1);
    struct bytes into = read_bytes(&in, 2);
    if (in.bad) return answer(env, -EINVAL);
    return answer(env, kernel(SYS_lgetxattr, (long)path, (long)name, (long)into.data,
                              (long)into.length, 0));
}

// removeXattr(path, name)
static napi_value remove_xattr(napi_env env, napi_info info) {
    struct arguments in = read_arguments(env, info, 2);
    const char *path = read_name(&in, 0);
    const char *name = read_name(&in, 1);
    if (in.bad) return answer(env, -EINVAL);
    return answer(env, kernel(SYS_lremovexattr, (long)path, (long)name, 0, 0, 0));
}

// listXattrs(path, into)
static napi_value list_xattrs(napi_env env, napi_info info) {
    struct arguments in = read_arguments(env, info, 2);
    const char *path = read_name(&in, 0);
    struct bytes into = read_bytes(&in, 1);
    if (in.bad) return answer(env, -EINVAL);
    return answer(env, kernel(SYS_llistxattr, (long)path, (long)into.data, (long)into.length, 0, 0));
}

// makeNode(path, mode, major, minor)
static napi_value make_node(napi_env env, napi_info info) {
    struct arguments in = read_arguments(env, info, 4);
    const char *path = read_name(&in, 0);
    int64_t mode = read_number(&in, 1);
    int64_t major = read_number(&in, 2);
    int64_t minor = read_number(&in, 3);
    // The kernel takes a device as 32 bits: 12 of major, 20 of minor.
    if (in.bad || major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff)
        return answer(env, -EINVAL);
    long device = (long)((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12));
    return answer(env, kernel(SYS_mknodat, AT_FDCWD, (long)path, (long)mode, device, 0));
}

// setTimes(path, accessSeconds, accessNanoseconds, changeSeconds, changeNanoseconds)
static napi_value set_times(napi_env env, napi_info info) {
    struct arguments in = read_arguments(env, info, 5);
    const char *path = read_name(&in, 0);
    int64_t times[4] = {read_number(&in, 1), read_number(&in, 2), read_number(&in, 3),
                        read_number(&in, 4)};
    if (in.bad) return answer(env, -EINVAL);
    return answer(env, kernel(SYS_utimensat, AT_FDCWD, (long)path, (long)times, AT_SYMLINK_NOFOLLOW,
                              0));
}

__attribute__((visibility("default"))) int32_t node_api_module_get_api_version_v1(void) {
    return 8;
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env,
                                                                          napi_value exports) {
    static const struct {
        const char *name;
        napi_callback call;
    } functions[] = {
        {"setXattr", set_xattr},       {"getXattr", get_xattr},   {"removeXattr", remove_xattr},
        {"listXattrs", list_xattrs},   {"makeNode", make_node},   {"setTimes", set_times},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        napi_value function = NULL;
        const char *name = functions[i].name;
        if (napi_create_function(env, name, (size_t)-1, functions[i].call, NULL, &function) != NAPI_OK)
            return NULL;
        if (napi_set_named_property(env, exports, name, function) != NAPI_OK) return NULL;
    }
    return exports;
}
