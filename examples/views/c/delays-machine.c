/* The view delays in the world primatomic:machine/state-machine: the question is the body of the query, the code of an airport, or empty
 * for all of them; what is no flight changes nothing. */
#include "flights.h"

#define MACHINE(name) EXPORT("primatomic:machine/machine@0.0.1#" name)
#define MACHINE_POST(name) EXPORT("cabi_post_primatomic:machine/machine@0.0.1#" name)

static bytes result;

MACHINE("init") void init(void) { airport_count = 0; }

MACHINE("append") void append(u8 *ptr, u32 len) {
    flight_append((bytes){ptr, len});
    arena_reset();
}

MACHINE("query") bytes *query(u8 *ptr, u32 len) {
    text t = text_new();
    airport *a = len == 3 ? airport_find((bytes){ptr, len}) : 0;
    if (a) airport_json(&t, a);
    else if (len == 0) airports_json(&t, MAX_AIRPORTS);
    else text_put(&t, "null");
    result = (bytes){t.ptr, t.len};
    return &result;
}

MACHINE("snapshot") bytes *snapshot(void) {
    result = flights_snapshot();
    return &result;
}

MACHINE("restore") void restore(u8 *ptr, u32 len) {
    flights_restore((bytes){ptr, len});
    arena_reset();
}

MACHINE_POST("query") void post_query(bytes *r) { arena_reset(); }
MACHINE_POST("snapshot") void post_snapshot(bytes *r) { arena_reset(); }
