package io.thalweg.server.feeds;

import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.slab.Objects;
import io.thalweg.memo.slab.Slab;
import io.thalweg.model.ContentHash;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Json;
import io.thalweg.server.http.objects.ObjectForms;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.slab.NodeSlab;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Makes each event of a stream one change of an object of a topic. The event's key names the object; an event without one begins an object of
 * its own. The payload is a document as {@code PATCH /objects/{id}} takes it.
 *
 * <p>What an event becomes is a function of the stream alone: the object begins with a memo that is made of topic and key, and each edit follows the one that
 * the event before it with that key became, whatever else was written about the object meanwhile. So whoever makes these memos makes
 * the same ones, and a memo that is made twice is one memo: after a crash the stream is read again from its first event, two nodes that both
 * believe that they lead do no harm, and nothing needs to be remembered but the newest memo of each key.
 *
 * <p>An event that no model of the topic can ever take is left out, and counted. One that names a field that the model does not have yet is waited at: taken
 * later, and left out today, it would move every edit behind it when the stream is read again, and these would count twice. For the same
 * reason nothing is followed of a stream whose beginning was trimmed before it was read.
 *
 * <p>One thread.
 */
final class FollowingTopic {
    private static final Logger LOG = LoggerFactory.getLogger(FollowingTopic.class);
    private static final int EVENTS_MAX = 256;
    private static final int BYTES_MAX = 1 << 20;
    private static final int ROUNDS_MAX = 64;

    /** Keys of one stream, of which each costs about 200 bytes. */
    private static final int KEYS_MAX = 1_000_000;

    private final Objects.Topic topic;
    private final StreamId stream;
    private final HostedShard home;
    private final NodeSlab slab;

    /** The newest memo of each key, by what makes the object's id. */
    private final Map<UUID, MemoId> newest = new HashMap<>();

    private long read;
    private long leftOut;

    FollowingTopic(Objects.Topic topic, StreamId stream, HostedShard home, NodeSlab slab) {
        this.topic = topic;
        this.stream = stream;
        this.home = home;
        this.slab = slab;
    }

    /** @param changes null when the event says nothing that the model takes */
    private record Wanted(
            long sequence,
            UUID object,
            boolean keyed,
            @Nullable List<Change> changes) {}

    /** Takes events that are not taken, at most some thousand. */
    void step(TopicModel model) throws InterruptedException {
        EventReader events = home.shard().events();
        if (events.first(stream) > read + 1 && events.head(stream) > read) {
            throw new IllegalStateException("events " + (read + 1) + " to " + (events.first(stream) - 1)
                    + " were trimmed before this node read them, so that it cannot tell what their keys have become;"
                    + " follow another log, one that keeps its events");
        }
        for (int round = 0; round < ROUNDS_MAX && events.head(stream) > read; round++) {
            List<Wanted> all = new ArrayList<>();
            EventBatch batch = events.read(stream, read + 1, EVENTS_MAX, BYTES_MAX);
            String waits = null;
            while (waits == null && batch.next()) {
                try {
                    all.add(wanted(batch, model));
                } catch (IllegalStateException e) {
                    waits = e.getMessage();
                }
            }
            slab.<@Nullable Object>ask((_, own) -> {
                for (Wanted each : all) {
                    if (each.changes != null) {
                        write(own, each, each.changes);
                    }
                }
                return null;
            });
            read = all.isEmpty() ? read : all.getLast().sequence;
            if (waits != null) {
                throw new IllegalStateException(waits);
            }
            if (all.isEmpty()) {
                return;
            }
        }
    }

    private Wanted wanted(EventBatch event, TopicModel model) {
        ByteBuffer key = event.key();
        long sequence = event.sequence();
        UUID object = key == null
                ? nonce("event", Long.toString(sequence).getBytes(StandardCharsets.US_ASCII))
                : nonce("key", bytes(key));
        try {
            JsonNode document = Json.read(bytes(event.payload()), JsonNode.class);
            String unknown = ObjectForms.unknownName(document, model);
            if (unknown != null) {
                ObjectForms.requirePossible(document);
                throw new IllegalStateException("event " + sequence + " of " + stream + " names '" + unknown
                        + "', which the topic does not have; add it to the model, and it goes on");
            }
            return new Wanted(sequence, object, key != null, ObjectForms.changes(document, model));
        } catch (ThalwegException | IllegalArgumentException | MalformedException e) {
            leftOut++;
            LOG.debug("event {} of {} is no change of the topic: {}", sequence, stream, e.getMessage());
            return new Wanted(sequence, object, key != null, null);
        }
    }

    /** Events since the start that can never be a change of the topic. */
    long leftOut() {
        return leftOut;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private void write(Slab own, Wanted wanted, List<Change> changes) throws IOException {
        Memo genesis = new Memo(
                topic.tenant(),
                Kind.CREATE,
                topic.id(),
                null,
                List.of(),
                List.of(),
                Edit.of(wanted.object, wanted.keyed ? List.of() : changes).encode());
        var _ = own.write(genesis, null);
        if (!wanted.keyed) {
            return;
        }
        MemoId before = newest.getOrDefault(wanted.object, genesis.id());
        UUID nonce = nonce("change", Long.toString(wanted.sequence).getBytes(StandardCharsets.US_ASCII));
        Memo edit = new Memo(
                topic.tenant(),
                Kind.EDIT,
                topic.id(),
                genesis.id(),
                List.of(before),
                List.of(),
                Edit.of(nonce, changes).encode());
        var _ = own.write(edit, null);
        newest.put(wanted.object, edit.id());
        if (newest.size() > KEYS_MAX) {
            throw new IllegalStateException(
                    "the stream has more than " + KEYS_MAX + " keys, which is what a topic can follow");
        }
    }

    /** The same for the same words about the same stream, wherever it is made. */
    private UUID nonce(String what, byte[] of) {
        byte[] words = ("thalweg-follow/v1\n" + stream + "\n" + what + "\n").getBytes(StandardCharsets.UTF_8);
        ContentHash hash = ContentHash.of(List.of(ByteBuffer.wrap(words), ByteBuffer.wrap(of)));
        return new UUID(hash.a(), hash.b());
    }
}
