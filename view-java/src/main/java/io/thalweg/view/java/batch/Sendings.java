package io.thalweg.view.java.batch;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Batch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Values that are sent to keys of stages, combined: for each stage and key a part. As bytes
 *
 * <pre>
 * content = (varint stage, text key, bytes part)*       part: as the stage's schema writes it
 * </pre>
 *
 * One thread.
 */
public final class Sendings {
    /** Largest part of a key, in bytes. */
    public static final int PART_BYTES_MAX = 512 << 10;

    /** A chunk ends once it has so many bytes. */
    static final int CHUNK_BYTES = 128 << 10;

    private final Batch batch;

    /** For each stage what was sent to its keys, in the order in which these came first. */
    private final List<Map<String, Sent>> parts = new ArrayList<>();

    /** What was sent to a key of a stage. */
    public static final class Sent {
        private static final Comparator<Sent> PLACE =
                Comparator.comparingInt(Sent::slot).thenComparing(Sent::key);

        private final String key;
        private int slot = -1;
        private @Nullable Object part;

        private Sent(String key) {
            this.key = key;
        }

        public String key() {
            return key;
        }

        /** The slot that the key falls into. */
        public int slot() {
            if (slot < 0) {
                slot = Slots.of(key);
            }
            return slot;
        }
    }

    public Sendings(Batch batch) {
        this.batch = batch;
        batch.stages().forEach(_ -> parts.add(new LinkedHashMap<>()));
    }

    private Sent sent(Batch.Stage<?, ?, ?> stage, String key) {
        return parts.get(stage.number()).computeIfAbsent(key, Sent::new);
    }

    /** Adds a value to what is known of its key. */
    @SuppressWarnings("unchecked") // a stage's parts are made by its own aggregate
    public <V, P> void add(Batch.Stage<V, P, ?> stage, String key, V value) {
        Sent to = sent(stage, key);
        P part = to.part == null ? stage.how().none() : (P) to.part;
        to.part = stage.how().add(part, value);
    }

    /**
     * Merges what a stage was sent from elsewhere; the order of calls is the order of the merges.
     *
     * @throws io.thalweg.model.MalformedException for bytes that are no content
     */
    @SuppressWarnings("unchecked") // a stage's parts are made by its own aggregate, and read by its own schema
    public <P> void merge(Batch.Stage<?, P, ?> stage, byte[] content) {
        ValueReader from = new ValueReader(content);
        while (from.remaining() > 0) {
            long number = from.count();
            String key = from.text();
            byte[] bytes = from.bytes();
            if (number != stage.number()) {
                continue;
            }
            ValueReader value = new ValueReader(bytes);
            P part = (P) stage.part().readValue(value);
            value.end();
            Sent to = sent(stage, key);
            to.part = stage.how().merge(to.part == null ? stage.how().none() : (P) to.part, part);
        }
    }

    /** What was sent to the keys of a stage, as their cells lie in indexes: by slots, and in each by keys. */
    public List<Sent> inPlace(Batch.Stage<?, ?, ?> stage) {
        List<Sent> all = new ArrayList<>(parts.get(stage.number()).values());
        all.sort(Sent.PLACE);
        return all;
    }

    /** What comes of all values of a key that has some. */
    @SuppressWarnings("unchecked") // a stage's parts are made by its own aggregate
    public <P, R> R result(Batch.Stage<?, P, R> stage, Sent sent) {
        return stage.how().result((P) part(stage, sent));
    }

    private static Object part(Batch.Stage<?, ?, ?> stage, Sent sent) {
        Object part = sent.part;
        if (part == null) { // its aggregate has made nothing of all values
            throw new IllegalArgumentException("nothing was sent to key " + sent.key + " of stage " + stage.name());
        }
        return part;
    }

    /**
     * What goes to each partition, in chunks.
     *
     * @param owner the partition of a slot
     * @param bytesMax of all together
     * @return for each partition its chunks, at least one; null if they do not fit
     */
    public @Nullable List<List<byte[]>> chunks(int partitions, IntUnaryOperator owner, long bytesMax) {
        List<List<byte[]>> chunks = new ArrayList<>();
        List<ValueWriter> open = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            chunks.add(new ArrayList<>());
            open.add(new ValueWriter());
        }
        long bytes = 0;
        ValueWriter part = new ValueWriter();
        for (Batch.Stage<?, ?, ?> stage : batch.stages()) {
            for (Sent each : parts.get(stage.number()).values()) {
                part.cut(0);
                stage.part().writeValue(part, stage.part().coerce(part(stage, each)));
                int partition = owner.applyAsInt(each.slot());
                ValueWriter to = open.get(partition);
                if (to.length() >= CHUNK_BYTES) {
                    chunks.get(partition).add(to.toByteArray());
                    to.cut(0);
                }
                int before = to.length();
                to.count(stage.number()).text(each.key).bytes(part);
                bytes += to.length() - before;
                if (part.length() > PART_BYTES_MAX || bytes > bytesMax) {
                    return null;
                }
            }
        }
        for (int i = 0; i < partitions; i++) {
            chunks.get(i).add(open.get(i).toByteArray());
        }
        return chunks;
    }
}
