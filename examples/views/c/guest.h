/* What every view in C shares: memory without libc, text building, and a JSON field finder. Hand-written against the canonical
 * ABI, so that clang alone is enough.
 *
 * All memory that a call needs (arguments, scratch, results) comes from one arena above the static data and is given back
 * when the call is over; state lives in static variables. */
#pragma once

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

typedef struct { u8 *ptr; u32 len; } bytes; /* list<u8> and string, as they lie in memory */

extern u8 __heap_base;
static u32 arena_top;

static void *arena_take(u32 size, u32 align) {
    if (arena_top == 0) arena_top = (u32)&__heap_base;
    u64 start = ((u64)arena_top + align - 1) & ~(u64)(align - 1);
    u64 end = start + size;
    u64 have = (u64)__builtin_wasm_memory_size(0) << 16;
    if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) >> 16) == (__SIZE_TYPE__)-1) __builtin_trap();
    arena_top = (u32)end;
    return (void *)(u32)start;
}

/* At the end of each call; the host has copied the result by then (see the cabi_post functions). */
static void arena_reset(void) { arena_top = (u32)&__heap_base; }

/* Where the host puts arguments and what imports return. */
EXPORT("cabi_realloc") void *cabi_realloc(void *old, u32 old_size, u32 align, u32 size) {
    void *fresh = arena_take(size, align);
    if (old_size) __builtin_memcpy(fresh, old, old_size < size ? old_size : size);
    return fresh;
}

/* ---- text ---- */

typedef struct { u8 *ptr; u32 len, cap; } text;

static text text_new(void) {
    text t = {arena_take(256, 8), 0, 256};
    return t;
}

static void text_add(text *t, const void *from, u32 len) {
    if (t->len + len > t->cap) {
        u32 cap = (t->cap + len) * 2;
        u8 *bigger = arena_take(cap, 8);
        __builtin_memcpy(bigger, t->ptr, t->len);
        t->ptr = bigger;
        t->cap = cap;
    }
    __builtin_memcpy(t->ptr + t->len, from, len);
    t->len += len;
}

#define text_put(t, literal) text_add(t, literal, sizeof(literal) - 1)

static void text_int(text *t, i64 value) {
    u8 digits[20];
    u32 at = 20;
    u64 rest = value < 0 ? 0 - (u64)value : (u64)value;
    do digits[--at] = '0' + rest % 10; while (rest /= 10);
    if (value < 0) text_put(t, "-");
    text_add(t, digits + at, 20 - at);
}

/* ---- JSON, as far as flat objects go ---- */

static int same(bytes b, const char *literal) {
    u32 i = 0;
    for (; literal[i]; i++) if (i >= b.len || b.ptr[i] != (u8)literal[i]) return 0;
    return i == b.len;
}

/* The raw value of a field of a flat JSON object (a string without its quotes); ptr is null when there is none. */
static bytes json_field(bytes json, const char *name) {
    bytes none = {0, 0};
    u32 i = 0, n = json.len;
    u8 *p = json.ptr;
    while (i < n) {
        while (i < n && p[i] != '"') i++;
        u32 start = ++i;
        while (i < n && p[i] != '"') i += p[i] == '\\' ? 2 : 1;
        if (i >= n) return none;
        bytes key = {p + start, i++ - start};
        while (i < n && (p[i] == ' ' || p[i] == ':')) i++;
        if (i >= n) return none;
        bytes value;
        if (p[i] == '"') {
            start = ++i;
            while (i < n && p[i] != '"') i += p[i] == '\\' ? 2 : 1;
            if (i >= n) return none;
            value = (bytes){p + start, i++ - start};
        } else {
            start = i;
            while (i < n && p[i] != ',' && p[i] != '}' && p[i] != ' ' && p[i] != '\n' && p[i] != '\r') i++;
            value = (bytes){p + start, i - start};
        }
        if (same(key, name)) return value;
    }
    return none;
}

/* A whole number in decimal; 0 when the bytes are none (or have more than 18 digits). */
static int parse_int(bytes b, i64 *out) {
    u32 i = 0;
    int negative = b.len && b.ptr[0] == '-';
    i64 value = 0;
    if (negative) i++;
    if (i == b.len || b.len > 18) return 0;
    for (; i < b.len; i++) {
        if (b.ptr[i] < '0' || b.ptr[i] > '9') return 0;
        value = value * 10 + (b.ptr[i] - '0');
    }
    *out = negative ? -value : value;
    return 1;
}
