package io.thalweg.server.feeds;

import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.slab.Objects;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Limits;
import io.thalweg.model.Slots;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Header;
import io.thalweg.model.request.AppendBody;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.objects.MemoForms;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.slab.NodeSlab;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes each memo about a topic's objects one event of a stream, in an order in which none stands before those that it follows.
 *
 * <p>What was fed stands in the stream itself: each event names its memo in a header. A feeder reads the stream up to its end, and appends what
 * is missing on the condition that this is still the end ({@link AppendBody.Builder#expect}). So a memo comes once although slabs receive
 * memos in different orders, although an append's outcome may be unknown, and although a leader that was deposed without noticing
 * may feed at the same time: one of the two is refused, reads what the other appended, and goes on behind it. Whoever begins to feed reads
 * the stream from its first event; where events were trimmed that it never saw, it stands still and says so, since it could not know what they fed.
 *
 * <p>What it remembers is one bit for each memo that came to this slab. One thread.
 */
final class FeedingTopic {
    /** Names an event's memo. */
    static final String MEMO = "thalweg-memo";

    /** Room for an event's key, header and type. */
    private static final int HEAD_BYTES_MAX = 1024;

    private static final int EVENTS_MAX = 256;
    private static final int BYTES_MAX = 1 << 20;
    private static final int READ_EVENTS_MAX = 4096;
    private static final int READ_BYTES_MAX = 4 << 20;
    private static final int LOOK_MAX = 8192;
    private static final int ROUNDS_MAX = 64;

    /** Memos that stand in the stream and have not come to this slab yet. */
    private static final int EARLY_MAX = 1 << 20;

    private final TenantId tenant;
    private final MemoId topic;
    private final StreamId stream;
    private final HostedShard home;
    private final NodeSlab slab;
    private final ArrivalSet fed = new ArrivalSet();
    private final Set<MemoId> early = new HashSet<>();
    private long read;
    private long looked;

    FeedingTopic(TenantId tenant, MemoId topic, StreamId stream, HostedShard home, NodeSlab slab) {
        this.tenant = tenant;
        this.topic = topic;
        this.stream = stream;
        this.home = home;
        this.slab = slab;
    }

    /** What of the memos that came is to be fed: those, and up to where all before are fed or are not the stream's. */
    private record Missing(List<Memo> memos, long looked) {}

    /**
     * Feeds what is not fed, at most some thousand memos.
     *
     * @param partitions that the stream's log began with; a memo goes to the one that owns its object's slot
     */
    void step(int partitions) throws InterruptedException {
        for (int round = 0; round < ROUNDS_MAX; round++) {
            readOn();
            Missing missing = missing(partitions);
            if (missing.memos.isEmpty()) {
                if (looked == missing.looked) {
                    return;
                }
                looked = missing.looked;
                continue;
            }
            if (!append(missing.memos)) {
                continue;
            }
            looked = missing.looked;
        }
    }

    private void readOn() throws InterruptedException {
        EventReader events = home.shard().events();
        if (events.first(stream) > read + 1 && events.head(stream) > read) {
            throw new IllegalStateException("events " + (read + 1) + " to " + (events.first(stream) - 1)
                    + " were trimmed before this node read which memos they are; feed another log, one that"
                    + " keeps its events");
        }
        while (events.head(stream) > read) {
            EventBatch batch = events.read(stream, read + 1, READ_EVENTS_MAX, READ_BYTES_MAX);
            List<MemoId> memos = new ArrayList<>();
            while (batch.next()) {
                MemoId memo = memo(batch);
                if (memo != null) {
                    memos.add(memo);
                }
                read = batch.sequence();
            }
            List<Long> numbers = slab.<List<Long>>ask(
                    (objects, _) -> memos.stream().map(objects::arrival).toList());
            for (int i = 0; i < memos.size(); i++) {
                if (numbers.get(i) > 0) {
                    fed.add(numbers.get(i));
                } else if (early.size() < EARLY_MAX) {
                    early.add(memos.get(i));
                } else {
                    throw new IllegalStateException(EARLY_MAX + " memos stand in the stream that are not here");
                }
            }
        }
    }

    private static @Nullable MemoId memo(EventBatch event) {
        for (int i = 0; i < event.headerCount(); i++) {
            if (event.headerName(i).equals(MEMO)) {
                try {
                    return MemoId.parse(event.headerValue(i));
                } catch (IllegalArgumentException e) {
                    return null; // somebody else's event
                }
            }
        }
        return null;
    }

    private Missing missing(int partitions) throws InterruptedException {
        return slab.<Missing>ask((objects, own) -> {
            List<Memo> found = new ArrayList<>();
            long at = looked;
            int bytes = 0;
            for (Objects.Arrival arrival : objects.arrivals(looked + 1, LOOK_MAX)) {
                if (early.remove(arrival.id())) {
                    fed.add(arrival.number());
                }
                if (isOurs(arrival) && !fed.contains(arrival.number())) {
                    Memo memo = own.read(arrival.id());
                    if (memo == null && objects.dropped(arrival.id()) != null) {
                        throw new IllegalStateException(
                                "memo " + arrival.id() + " was dropped before it was fed: somewhere"
                                        + " the topic's 'history' was 'drop'; feed another topic");
                    }
                    if (memo == null) {
                        // Let go of, or rotten: it is asked for, and nothing passes it, since others may follow it.
                        own.seek(List.of(arrival.id()));
                        break;
                    }
                    if (Slots.partition(Slots.of(key(memo)), partitions) == stream.partition()) {
                        if (found.size() == EVENTS_MAX || bytes > BYTES_MAX) {
                            break;
                        }
                        found.add(memo);
                        bytes += memo.body().length;
                    }
                }
                at = arrival.number();
            }
            return new Missing(found, at);
        });
    }

    private boolean isOurs(Objects.Arrival arrival) {
        return topic.equals(arrival.topic())
                && (arrival.kind() == Kind.CREATE || (arrival.kind() == Kind.EDIT && !topic.equals(arrival.object())));
    }

    private static byte[] key(Memo memo) {
        return String.valueOf(memo.about()).getBytes(StandardCharsets.US_ASCII);
    }

    /** False when the stream went on meanwhile, so that it has to be read first. */
    private boolean append(List<Memo> memos) throws InterruptedException {
        AppendBody.Builder body = AppendBody.builder(stream).expect(read);
        for (Memo memo : memos) {
            byte[] payload = Json.write(MemoForms.shown(memo));
            if (payload.length > Limits.MAX_EVENT_BYTES - HEAD_BYTES_MAX) {
                // In JSON a memo may take more than an event has room for: whoever needs its changes asks for them.
                payload = Json.write(MemoForms.named(memo));
            }
            body.add(
                    MediaTypes.JSON,
                    key(memo),
                    List.of(new Header(MEMO, memo.id().toString())),
                    payload,
                    0,
                    payload.length);
        }
        try {
            var _ = Await.reply(home.shard().submit(body.request(tenant))).orThrow();
            return true;
        } catch (ThalwegException e) {
            if (e.code() == ErrorCode.SEQUENCE_MISMATCH) {
                return false;
            }
            throw e;
        }
    }
}
