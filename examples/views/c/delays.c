/* Delays by airport of departure, in the world thalweg:view/program. Each event is a flight as JSON. Asks:
 *
 *   ?airport=LAX   {"airport":"LAX","flights":…,"averageDelay":…,"worstDelay":…}   minutes
 *   ?limit=10      a list of such, the longest average delay first; without a limit all of them
 */
#include "flights.h"

#define VIEW(name) EXPORT("thalweg:view/view@0.1.0#" name)
#define VIEW_POST(name) EXPORT("cabi_post_thalweg:view/view@0.1.0#" name)

typedef struct { bytes name, value; } parameter;

/* result<_, string>, and result<answer, string> with the case of the answer: see the canonical ABI. */
static struct { u32 is_error; bytes error; } append_result;
static struct { u32 is_error; union { struct { u32 kind; bytes text; } ok; bytes error; }; } query_result;
static bytes snapshot_result;

static bytes message(const char *text) {
    u32 len = 0;
    while (text[len]) len++;
    return (bytes){(u8 *)text, len};
}

VIEW("init") void init(void) { airport_count = 0; }

VIEW("append") void *append(u64 sequence, u64 timestamp, u32 has_key, u8 *key, u32 key_len, u32 has_type, u8 *type, u32 type_len,
                            void *headers, u32 header_count, u8 *payload, u32 payload_len) {
    const char *error = flight_append((bytes){payload, payload_len});
    append_result.is_error = error != 0;
    if (error) append_result.error = message(error);
    return &append_result;
}

static void *refuse(text t) {
    query_result.is_error = 1;
    query_result.error = (bytes){t.ptr, t.len};
    return &query_result;
}

VIEW("query") void *query(parameter *parameters, u32 count, u8 *input, u32 input_len) {
    text t = text_new();
    i64 limit = MAX_AIRPORTS;
    const bytes *code = 0;
    for (u32 i = 0; i < count; i++) {
        if (same(parameters[i].name, "airport")) code = &parameters[i].value;
        else if (same(parameters[i].name, "limit")) {
            if (!parse_int(parameters[i].value, &limit) || limit < 0) {
                text_put(&t, "limit is no whole number");
                return refuse(t);
            }
            if (limit > MAX_AIRPORTS) limit = MAX_AIRPORTS;
        } else {
            text_put(&t, "unknown parameter ");
            text_add(&t, parameters[i].name.ptr, parameters[i].name.len);
            text_put(&t, "; there are airport and limit");
            return refuse(t);
        }
    }
    if (code) {
        airport *a = code->len == 3 ? airport_find(*code) : 0;
        if (!a) {
            text_put(&t, "no flight has left from ");
            text_add(&t, code->ptr, code->len);
            return refuse(t);
        }
        airport_json(&t, a);
    } else {
        airports_json(&t, (u32)limit);
    }
    query_result.is_error = 0;
    query_result.ok.kind = 0; /* json */
    query_result.ok.text = (bytes){t.ptr, t.len};
    return &query_result;
}

VIEW("snapshot") bytes *snapshot(void) {
    snapshot_result = flights_snapshot();
    return &snapshot_result;
}

VIEW("restore") void restore(u8 *ptr, u32 len) {
    flights_restore((bytes){ptr, len});
    arena_reset();
}

VIEW_POST("append") void post_append(void *r) { arena_reset(); }
VIEW_POST("query") void post_query(void *r) { arena_reset(); }
VIEW_POST("snapshot") void post_snapshot(void *r) { arena_reset(); }
