package io.thalweg.shard;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads that wait for their place in the order. Each rides through consensus as a marker that names it, and runs on the apply thread
 * when the marker is applied. A marker of another life of this process, or of another node, names nothing here.
 */
final class MarkedReads {
    private static final int MARK_BYTES = 16;

    /** One read, and what came of it: written by the apply thread, read after the reply to its marker. */
    static final class Read<T> {
        private final long number;
        private final Supplier<T> what;
        private @Nullable T value;
        private @Nullable RuntimeException failure;
        private boolean ran;

        private Read(long number, Supplier<T> what) {
            this.number = number;
            this.what = what;
        }

        private void run() {
            ran = true;
            try {
                value = what.get();
            } catch (RuntimeException e) {
                failure = e;
            }
        }

        /** What the read returned; throws what it threw. */
        @SuppressWarnings("NullAway") // null if that is what the read returned
        T result() {
            if (failure != null) {
                throw failure;
            }
            if (!ran) {
                throw new IllegalStateException("the read's marker was applied without it");
            }
            return value;
        }
    }

    private final long life;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, Read<?>> waiting = new ConcurrentHashMap<>();

    /** @param life tells this life of the process from all others that wrote to the same log */
    MarkedReads(long life) {
        this.life = life;
    }

    <T> Read<T> add(Supplier<T> what) {
        Read<T> read = new Read<>(numbers.incrementAndGet(), what);
        waiting.put(read.number, read);
        return read;
    }

    void remove(Read<?> read) {
        waiting.remove(read.number);
    }

    /** The body of the marker of a read. */
    ByteBuffer mark(Read<?> read) {
        return new BinaryWriter(MARK_BYTES).i64(life).i64(read.number).toByteBuffer();
    }

    /** A marker is being applied. */
    void reached(ByteBuffer body) {
        if (body.remaining() != MARK_BYTES) {
            return;
        }
        BinaryReader in = new BinaryReader(body);
        if (in.i64() == life) {
            Read<?> read = waiting.get(in.i64());
            if (read != null) {
                read.run();
            }
        }
    }
}
