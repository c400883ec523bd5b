package io.thalweg.server.http.logs;

import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Limits;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendBody;
import io.thalweg.server.form.AddressedEvents;
import io.thalweg.server.form.ByteSink;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import io.thalweg.server.http.Naming;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Appending to several logs of one shard, all or none: {@code POST /append}. */
final class AppendAllRoute {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Shards shards;
    private final EventMeters meters;
    private final Administration administration;

    AppendAllRoute(Shards shards, EventMeters meters, Administration administration) {
        this.administration = administration;
        this.shards = shards;
        this.meters = meters;
    }

    Route route() {
        return Route.post("/append")
                .by(Access.WRITE)
                .named("append_all", "events", "Append events to several logs of one shard, all or none.")
                .header("Thalweg-Producer", Shape.text(), "NAME/EPOCH of who numbers its appends.")
                .header(
                        "Thalweg-Number",
                        Shape.integer(0, Long.MAX_VALUE),
                        "Number of this append; a repetition answers as the first did.")
                .body(Limits.MAX_BATCH_BYTES)
                .takes(MediaTypes.NDJSON, null)
                .sends(HeaderWords.DUPLICATE, Shape.flag(), "true when this was recognised as a repetition.")
                .sends(HeaderWords.POSITION, Shape.text(), "Reflects what was appended.")
                .answers(200, "Appended.", "AppendedAll")
                .refuses(403, "The key does not reach one of the logs, or may not append to it.")
                .refuses(404, "One of the logs is not there.")
                .refuses(409, "The logs are in several shards, a sequence is another, or the producer has gone on.")
                .refuses(503, "The node is overloaded or cannot write; nothing was appended.")
                .refuses(504, AppendRoutes.UNKNOWN)
                .to(this::append);
    }

    private void append(Call call) throws InterruptedException {
        if (call.header(HeaderWords.IDEMPOTENCY_KEY) != null) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "events of one request that go to several logs take no Idempotency-Key: number them as a producer"
                            + " (Thalweg-Producer, Thalweg-Number)");
        }
        if (call.header(HeaderWords.EXPECTED_SEQUENCE) != null) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "Expected-Sequence is for one log: give the event that it is for an 'expected_sequence'");
        }
        byte[] body = call.body(Limits.MAX_BATCH_BYTES);
        reply(call, append(call, body));
    }

    /** As {@link io.thalweg.directory.placement.OwnerSearch} does, for several logs at once. */
    private ManyAppends.Done append(Call call, byte[] body) throws InterruptedException {
        AppendAllBody.Producer producer = Placing.producer(call);
        int splitsMax = 0;
        int back = 0;
        while (true) {
            Directory directory = administration.directory();
            try {
                Tenant tenant = directory.tenant(call.tenantId()).orElseGet(call::tenant);
                ManyAppends appends = new ManyAppends(shards, tenant, meters, producer);
                splitsMax = Math.max(splitsMax, collect(call, tenant, body, back, appends));
                return appends.append();
            } catch (ThalwegException e) {
                if (e.code() != ErrorCode.SLOT_MOVED) {
                    throw e;
                }
                if (producer != null && back < splitsMax) {
                    // It may have been appended before a split.
                    back++;
                } else if (administration
                                .await(directory.version() + 1, PATIENCE)
                                .version()
                        == directory.version()) {
                    throw e;
                } else {
                    back = 0;
                }
            }
        }
    }

    /** Collects the events for those who had their slots so many splits ago; returns how often one of the logs was split. */
    private static int collect(Call call, Tenant tenant, byte[] body, int back, ManyAppends appends) {
        int[] splits = {0};
        AddressedEvents.parse(body, (address, contentType, key, headers, bytes, offset, length) -> {
            Log log = log(call, tenant, address.log());
            splits[0] = Math.max(splits[0], log.splits().size());
            int asOf = Math.max(log.firstPartitions(), log.partitions() - back);
            int partition = partition(log, asOf, address, key);
            boolean owned = address.partition() == null && key != null;
            appends.add(
                    log,
                    owned ? asOf : AppendBody.ANY_PARTITIONS,
                    partition,
                    contentType,
                    key,
                    headers,
                    bytes,
                    offset,
                    length);
            Long expected = address.expectedSequence();
            if (expected != null) {
                appends.expect(log, partition, expected);
            }
        });
        if (appends.size() == 0) {
            throw Placing.invalid("the body has no events");
        }
        return splits[0];
    }

    private static void reply(Call call, ManyAppends.Done done) {
        ByteSink reply = new ByteSink(64 + done.events().size() * 90);
        reply.ascii("{\"results\":[");
        for (int i = 0; i < done.events().size(); i++) {
            ManyAppends.Stands stands = done.events().get(i);
            reply.ascii(i == 0 ? "" : ",")
                    .ascii("{\"log\":\"")
                    .ascii(stands.stream().log().toString())
                    .ascii("\",\"partition\":")
                    .number(stands.stream().partition())
                    .ascii(",\"sequence\":")
                    .number(stands.sequence())
                    .u8('}');
        }
        reply.ascii("],\"success\":true}");
        if (done.duplicate()) {
            call.with(HeaderWords.DUPLICATE, "true");
        }
        call.with(HeaderWords.POSITION, done.position().token());
        call.reply(200, MediaTypes.JSON, reply.toByteArray());
    }

    private static int partition(Log log, int asOf, AddressedEvents.Address address, byte @Nullable [] key) {
        Integer chosen = address.partition();
        if (chosen == null) {
            return key == null ? 0 : Placing.owner(log, asOf, key);
        }
        if (chosen >= log.partitions()) {
            throw Placing.invalid(
                    "log " + log.name() + " has partitions 0 to " + (log.partitions() - 1) + ", not " + chosen);
        }
        return chosen;
    }

    private static Log log(Call call, Tenant tenant, String idOrName) {
        Log log = Naming.log(tenant, idOrName)
                .orElseThrow(() -> new ThalwegException(
                        ErrorCode.NOT_FOUND, "there is no log '" + Numbers.shorten(idOrName) + "'"));
        if (!call.principal().authority().mayAppend(log)) {
            throw new ThalwegException(
                    ErrorCode.FORBIDDEN, "this key may not append to log '" + Numbers.shorten(idOrName) + "'");
        }
        return log;
    }
}
