/* Primatomic's counter: events {"inc": 10} and {"dec": 5}, a query answers {"count":5}. World primatomic:machine/state-machine.
 * Anything else is not for this view and changes nothing. */
#include "guest.h"

#define MACHINE(name) EXPORT("primatomic:machine/machine@0.0.1#" name)
#define MACHINE_POST(name) EXPORT("cabi_post_primatomic:machine/machine@0.0.1#" name)

static i64 count;
static bytes result; /* what query and snapshot return: a pointer to {pointer, length} */

MACHINE("init") void init(void) { count = 0; }

MACHINE("append") void append(u8 *ptr, u32 len) {
    bytes event = {ptr, len};
    i64 n;
    if (parse_int(json_field(event, "inc"), &n)) count += n;
    else if (parse_int(json_field(event, "dec"), &n)) count -= n;
    arena_reset();
}

MACHINE("query") bytes *query(u8 *ptr, u32 len) {
    text t = text_new();
    text_put(&t, "{\"count\":");
    text_int(&t, count);
    text_put(&t, "}");
    result = (bytes){t.ptr, t.len};
    return &result;
}

MACHINE("snapshot") bytes *snapshot(void) {
    result = (bytes){(u8 *)&count, sizeof count};
    return &result;
}

MACHINE("restore") void restore(u8 *ptr, u32 len) {
    if (len != sizeof count) __builtin_trap();
    __builtin_memcpy(&count, ptr, sizeof count);
    arena_reset();
}

MACHINE_POST("query") void post_query(bytes *r) { arena_reset(); }
MACHINE_POST("snapshot") void post_snapshot(bytes *r) { arena_reset(); }
