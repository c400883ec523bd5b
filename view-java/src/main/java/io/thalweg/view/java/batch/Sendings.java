package io.thalweg.view.java.batch;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.view.java.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
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
    private final List<SortedMap<String, Object>> parts = new ArrayList<>();

    public Sendings(Batch batch) {
        this.batch = batch;
        batch.stages().forEach(_ -> parts.add(new TreeMap<>()));
    }

    /** Adds a value to what is known of its key. */
    public <V> void add(Batch.Stage<V, ?, ?> stage, String key, V value) {
        add(stage, parts.get(stage.number()), key, value);
    }

    @SuppressWarnings("unchecked") // a stage's parts are made by its own aggregate
    private static <V, P> void add(Batch.Stage<V, P, ?> stage, SortedMap<String, Object> of, String key, V value) {
        @Nullable Object before = of.get(key);
        P part = before == null ? stage.how().none() : (P) before;
        of.put(key, stage.how().add(part, value));
    }

    /**
     * Merges what a stage was sent from elsewhere; the order of calls is the order of the merges.
     *
     * @throws io.thalweg.model.MalformedException for bytes that are no content
     */
    public void merge(Batch.Stage<?, ?, ?> stage, byte[] content) {
        mergeInto(stage, content);
    }

    @SuppressWarnings("unchecked") // a stage's parts are made by its own aggregate, and read by its own schema
    private <V, P> void mergeInto(Batch.Stage<V, P, ?> stage, byte[] content) {
        SortedMap<String, Object> of = parts.get(stage.number());
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
            @Nullable Object before = of.get(key);
            of.put(key, stage.how().merge(before == null ? stage.how().none() : (P) before, part));
        }
    }

    /** The keys of a stage, in order. */
    public List<String> keys(Batch.Stage<?, ?, ?> stage) {
        return List.copyOf(parts.get(stage.number()).keySet());
    }

    /** What comes of all values of a key that has some. */
    @SuppressWarnings("unchecked") // a stage's parts are made by its own aggregate
    public <P, R> R result(Batch.Stage<?, P, R> stage, String key) {
        Object part = parts.get(stage.number()).get(key);
        if (part == null) {
            throw new IllegalArgumentException("nothing was sent to key " + key + " of stage " + stage.name());
        }
        return stage.how().result((P) part);
    }

    /**
     * What goes to each partition, in chunks.
     *
     * @param owner the partition of a key
     * @param bytesMax of all together
     * @return for each partition its chunks, at least one; null if they do not fit
     */
    public @Nullable List<List<byte[]>> chunks(int partitions, ToIntFunction<String> owner, long bytesMax) {
        List<List<byte[]>> chunks = new ArrayList<>();
        List<ValueWriter> open = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            chunks.add(new ArrayList<>());
            open.add(new ValueWriter());
            sizes.add(0);
        }
        long bytes = 0;
        for (Batch.Stage<?, ?, ?> stage : batch.stages()) {
            for (var each : parts.get(stage.number()).entrySet()) {
                ValueWriter value = new ValueWriter();
                stage.part().writeValue(value, stage.part().coerce(each.getValue()));
                byte[] part = value.toByteArray();
                byte[] entry = new ValueWriter()
                        .count(stage.number())
                        .text(each.getKey())
                        .bytes(part)
                        .toByteArray();
                bytes += entry.length;
                if (part.length > PART_BYTES_MAX || bytes > bytesMax) {
                    return null;
                }
                int to = owner.applyAsInt(each.getKey());
                if (sizes.get(to) >= CHUNK_BYTES) {
                    chunks.get(to).add(open.get(to).toByteArray());
                    open.set(to, new ValueWriter());
                    sizes.set(to, 0);
                }
                open.get(to).raw(entry);
                sizes.set(to, sizes.get(to) + entry.length);
            }
        }
        for (int i = 0; i < partitions; i++) {
            chunks.get(i).add(open.get(i).toByteArray());
        }
        return chunks;
    }
}
