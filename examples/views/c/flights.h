/* The state of the view delays: for each airport, what its departures made of their schedule. */
#pragma once
#include "guest.h"

#define MAX_AIRPORTS 1024

typedef struct {
    u8 code[4]; /* three letters and a zero */
    u32 flights;
    i64 delay_sum; /* minutes over all flights; early ones count negative */
    i64 worst;     /* minutes */
} airport;

static airport airports[MAX_AIRPORTS];
static u32 airport_count;

static airport *airport_find(bytes code) {
    for (u32 i = 0; i < airport_count; i++)
        if (airports[i].code[0] == code.ptr[0] && airports[i].code[1] == code.ptr[1] && airports[i].code[2] == code.ptr[2])
            return &airports[i];
    return 0;
}

/* Takes one flight {"date":…,"delay":66,"distance":1750,"origin":"DTW","destination":"LAS"} into the state; null, or what is wrong with it. */
static const char *flight_append(bytes json) {
    bytes origin = json_field(json, "origin");
    i64 delay;
    if (!origin.ptr || origin.len != 3) return "not a flight: \"origin\" is no airport code of three letters";
    if (!parse_int(json_field(json, "delay"), &delay)) return "not a flight: \"delay\" is no whole number of minutes";
    airport *a = airport_find(origin);
    if (!a) {
        if (airport_count == MAX_AIRPORTS) return "more airports than this view has room for";
        a = &airports[airport_count++];
        *a = (airport){{origin.ptr[0], origin.ptr[1], origin.ptr[2], 0}, 0, 0, delay};
    }
    a->flights++;
    a->delay_sum += delay;
    if (delay > a->worst) a->worst = delay;
    return 0;
}

/* In tenths of a minute, rounded half away from zero. */
static i64 average_tenths(const airport *a) {
    i64 n = a->flights, tenths = a->delay_sum * 10;
    return (tenths >= 0 ? tenths + n / 2 : tenths - n / 2) / n;
}

static void airport_json(text *t, const airport *a) {
    i64 average = average_tenths(a);
    text_put(t, "{\"airport\":\"");
    text_add(t, a->code, 3);
    text_put(t, "\",\"flights\":");
    text_int(t, a->flights);
    text_put(t, ",\"averageDelay\":");
    if (average < 0) text_put(t, "-");
    if (average < 0) average = -average;
    text_int(t, average / 10);
    text_put(t, ".");
    text_int(t, average % 10);
    text_put(t, ",\"worstDelay\":");
    text_int(t, a->worst);
    text_put(t, "}");
}

/* The airports with the longest average delay first, at most limit of them. */
static void airports_json(text *t, u32 limit) {
    airport **order = arena_take(airport_count * sizeof *order, 8);
    for (u32 i = 0; i < airport_count; i++) {
        airport *a = &airports[i];
        u32 at = i;
        /* a / n > b / m, without dividing; equal averages keep the order in which the airports came */
        for (; at && a->delay_sum * order[at - 1]->flights > order[at - 1]->delay_sum * a->flights; at--) order[at] = order[at - 1];
        order[at] = a;
    }
    text_put(t, "[");
    for (u32 i = 0; i < airport_count && i < limit; i++) {
        if (i) text_put(t, ",");
        airport_json(t, order[i]);
    }
    text_put(t, "]");
}

static bytes flights_snapshot(void) {
    return (bytes){(u8 *)airports, airport_count * sizeof *airports};
}

static void flights_restore(bytes snapshot) {
    if (snapshot.len % sizeof *airports || snapshot.len > sizeof airports) __builtin_trap();
    __builtin_memcpy(airports, snapshot.ptr, snapshot.len);
    airport_count = snapshot.len / sizeof *airports;
}
