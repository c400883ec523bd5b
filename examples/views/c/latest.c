/* Counts events and remembers when the last one came. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define EXPORT(name) __attribute__((export_name(name)))
#define VIEW(name) EXPORT("thalweg:view/view@0.1.0#" name)
#define POST(name) EXPORT("cabi_post_thalweg:view/view@0.1.0#" name)

static struct { u64 events, last; } state;

/* Arguments of a call live in an arena that is emptied when the call is over. 1 MiB is the largest payload. */
static u8 arena[(1 << 20) + (1 << 17)];
static u32 used;

EXPORT("cabi_realloc") void *cabi_realloc(void *old, u32 old_size, u32 align, u32 size) {
    used = (used + align - 1) & ~(align - 1);
    if (old_size || size > sizeof arena - used) __builtin_trap();
    used += size;
    return arena + used - size;
}

VIEW("init") void init(void) { state.events = state.last = 0; }

/* The event as the canonical ABI flattens it; the result is {0} or {1, pointer and length of the error}. */
VIEW("append") u32 *append(u64 sequence, u64 timestamp, u32 has_key, u8 *key, u32 key_len, u32 has_type, u8 *type, u32 type_len,
                           void *headers, u32 header_count, u8 *payload, u32 payload_len) {
    static u32 result[3];
    static const char why[] = "an event without a payload says nothing";
    result[0] = payload_len == 0;
    result[1] = (u32)why;
    result[2] = sizeof why - 1;
    if (payload_len) {
        state.events++;
        state.last = timestamp;
    }
    return result;
}

static u8 *number(u8 *to, u64 n) {
    u8 digits[20];
    int i = 0;
    do digits[i++] = '0' + n % 10; while (n /= 10);
    while (i) *to++ = digits[--i];
    return to;
}

static u8 *text(u8 *to, const char *from) {
    while (*from) *to++ = *from++;
    return to;
}

/* {0 ok, 0 json, pointer, length} */
VIEW("query") u32 *query(void *parameters, u32 count, u8 *input, u32 input_len) {
    static u32 result[6];
    static u8 json[100];
    u8 *end = number(text(json, "{\"events\":"), state.events);
    end = text(number(text(end, ",\"last\":"), state.last), "}");
    result[0] = 0;
    result[1] = 0;
    result[2] = (u32)json;
    result[3] = end - json;
    used = 0;
    return result;
}

/* {pointer, length} */
VIEW("snapshot") u32 *snapshot(void) {
    static u32 result[2];
    result[0] = (u32)&state;
    result[1] = sizeof state;
    return result;
}

VIEW("restore") void restore(u8 *ptr, u32 len) {
    if (len != sizeof state) __builtin_trap();
    __builtin_memcpy(&state, ptr, sizeof state);
    used = 0;
}

POST("append") void post_append(u32 *result) { used = 0; }
