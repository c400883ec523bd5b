package io.thalweg.ledger.store.run;

import io.thalweg.ledger.store.block.Section;
import io.thalweg.ledger.store.block.SectionReader;
import io.thalweg.ledger.store.id.Ids;
import io.thalweg.ledger.store.schema.Schema;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes one run of several that lie one behind the other, in small steps, so that the background can write new records in
 * between. Where all runs are ascending, and each behind the one before, their ids need no merging, otherwise {@link IdMerge} does it;
 * the postings of a key are appended to each other, since the slots of the runs are. Not thread-safe.
 */
public final class RunMerge implements AutoCloseable {
    private static final int STEP_ENTRIES = 1 << 16;

    private final List<Run> inputs;
    private final RecordFile records;
    private final Schema schema;
    private final long serial;
    private final RunWriter run;
    private final Deque<ByteBuffer> buffers = new ArrayDeque<>();
    private final long from;

    private int phase;
    private @Nullable Phase current;
    private long[] bounds = IdSections.NO_IDS.clone();
    private @Nullable RunName result;

    /** A part of the work. */
    private interface Phase {
        /** Does about {@code entries} of it; true when it is done. */
        boolean step(int entries) throws IOException;
    }

    /** Reads entries with a key, in the order of keys, from one of the runs. */
    private final class Source {
        final int number;
        final SectionReader reader;
        final ByteBuffer memory = takeBuffer();
        final @Nullable SectionReader postings;
        final @Nullable ByteBuffer postingsMemory;
        final int base;
        final long[] longs = new long[AmountSums.LONGS];
        long low;
        long high;
        long end;
        long begin;

        Source(int number, Run input, int kind, int postingsKind) {
            this.number = number;
            this.reader = new SectionReader(input.file(), input.section(kind), memory);
            this.base = (int) (input.from() - from);
            if (postingsKind >= 0) {
                ByteBuffer buffer = takeBuffer();
                this.postingsMemory = buffer;
                this.postings = new SectionReader(input.file(), input.section(postingsKind), buffer);
            } else {
                this.postingsMemory = null;
                this.postings = null;
            }
        }

        boolean before(Source other) {
            return (low == other.low && high == other.high)
                    ? number < other.number
                    : Ids.less(low, high, other.low, other.high);
        }

        void free() {
            buffers.push(memory);
            if (postingsMemory != null) {
                buffers.push(postingsMemory);
            }
        }
    }

    /** How an entry is read into a source. */
    private interface Entry {
        void read(Source source, ByteBuffer in);
    }

    /** The sources with the smallest key first. */
    private static final class Heap {
        private final Source[] heap;
        private final Entry entry;
        private int size;

        Heap(int capacity, Entry entry) {
            this.heap = new Source[capacity];
            this.entry = entry;
        }

        /** Adds a source if it has anything. */
        void add(Source source) throws IOException {
            if (!advance(source)) {
                source.free();
                return;
            }
            int at = size++;
            while (at > 0 && source.before(heap[(at - 1) / 2])) {
                heap[at] = heap[(at - 1) / 2];
                at = (at - 1) / 2;
            }
            heap[at] = source;
        }

        private boolean advance(Source source) throws IOException {
            if (source.reader.left() == 0) {
                return false;
            }
            entry.read(source, source.reader.next());
            return true;
        }

        boolean isEmpty() {
            return size == 0;
        }

        Source top() {
            return heap[0];
        }

        /** Goes on to the next entry of the first source. */
        void advanceTop() throws IOException {
            Source source = heap[0];
            if (!advance(source)) {
                source.free();
                size--;
                source = heap[size];
            }
            if (size > 0) {
                down(source);
            }
        }

        private void down(Source source) {
            int at = 0;
            while (true) {
                int child = 2 * at + 1;
                if (child >= size) {
                    break;
                }
                if (child + 1 < size && heap[child + 1].before(heap[child])) {
                    child++;
                }
                if (!heap[child].before(source)) {
                    break;
                }
                heap[at] = heap[child];
                at = child;
            }
            heap[at] = source;
        }
    }

    /** Begins; the inputs must stay open until the end. */
    public RunMerge(
            Disk disk,
            Path directory,
            String prefix,
            Schema schema,
            StoreOptions options,
            List<Run> inputs,
            RecordFile records,
            long serial,
            Deque<ByteBuffer> writeBuffers)
            throws IOException {
        this.inputs = inputs;
        this.records = records;
        this.schema = schema;
        this.serial = serial;
        this.from = inputs.getFirst().from();
        this.run = new RunWriter(
                disk, RunName.path(directory, prefix, serial), schema, options.writeBytes(), writeBuffers);
    }

    public List<Run> inputs() {
        return inputs;
    }

    private ByteBuffer takeBuffer() {
        ByteBuffer buffer = buffers.poll();
        return buffer == null ? SectionReader.newBuffer() : buffer;
    }

    /** Does a few milliseconds of work; returns the run when it is done. */
    @Nullable
    public RunName step() throws IOException {
        Phase now = current;
        if (now == null) {
            now = begin();
            current = now;
        }
        if (now.step(STEP_ENTRIES)) {
            current = null;
            phase++;
        }
        return result;
    }

    private Phase begin() throws IOException {
        int fields = schema.fields().size();
        return switch (phase) {
            case 0 -> concatenated(RunFormat.RECORD_BLOCKS, RunFormat.RECORD_BLOCK_BYTES);
            case 1 -> ids();
            case 2 -> sums();
            default -> phase < 3 + fields ? field(phase - 3) : this::finish;
        };
    }

    private boolean finish(int entries) throws IOException {
        int level =
                inputs.stream().mapToInt(input -> input.name().level()).max().orElse(0) + 1;
        result = run.finish(serial, level, from, inputs.getLast().to(), bounds);
        return entries > 0;
    }

    private Heap heap(int kind, int postingsKind, Entry entry) throws IOException {
        Heap heap = new Heap(inputs.size(), entry);
        for (int i = 0; i < inputs.size(); i++) {
            heap.add(new Source(i, inputs.get(i), kind, postingsKind));
        }
        return heap;
    }

    /** One behind the other, the entries of a section that stay what they are. */
    private Phase concatenated(int kind, int entryBytes) {
        SectionWriter out = run.begin(entryBytes);
        return new Phase() {
            private int input;

            @Override
            public boolean step(int entries) throws IOException {
                Run next = inputs.get(input);
                ByteBuffer buffer = takeBuffer();
                SectionReader in = new SectionReader(next.file(), next.section(kind), buffer);
                while (in.left() > 0) {
                    int batch = in.batch(Math.min(in.room(), out.room()));
                    int bytes = batch * entryBytes;
                    out.batch(batch).put(buffer.slice(buffer.position(), bytes));
                    buffer.position(buffer.position() + bytes);
                }
                buffers.push(buffer);
                input++;
                if (input < inputs.size()) {
                    return false;
                }
                run.put(kind, out.finish());
                return true;
            }
        };
    }

    private Phase ids() throws IOException {
        if (schema.idOffset() < 0) {
            return _ -> true;
        }
        if (isAscending()) {
            long[] first = inputs.getFirst().idBounds();
            long[] last = inputs.getLast().idBounds();
            bounds = new long[] {first[0], first[1], last[2], last[3]};
            return concatenated(RunFormat.FENCES, RunFormat.FENCE_BYTES);
        }
        List<ByteBuffer> memory = inputs.stream().map(_ -> takeBuffer()).toList();
        IdMerge merge = new IdMerge(inputs, records, schema, memory, run);
        return entries -> {
            if (!merge.step(entries)) {
                return false;
            }
            bounds = merge.finish();
            buffers.addAll(memory);
            return true;
        };
    }

    private boolean isAscending() {
        for (int i = 0; i < inputs.size(); i++) {
            if (!inputs.get(i).isAscending()) {
                return false;
            }
            if (i > 0) {
                long[] before = inputs.get(i - 1).idBounds();
                long[] next = inputs.get(i).idBounds();
                if (!Ids.less(before[2], before[3], next[0], next[1])) {
                    return false;
                }
            }
        }
        return true;
    }

    private Phase sums() throws IOException {
        Heap heap = heap(RunFormat.SUMS, -1, (source, in) -> {
            source.low = in.getLong();
            source.high = in.getLong();
            for (int i = 0; i < AmountSums.LONGS; i++) {
                source.longs[i] = in.getLong();
            }
        });
        SectionWriter out = run.begin(RunFormat.SUM_BYTES);
        return entries -> {
            int left = entries;
            long[] sum = new long[AmountSums.LONGS];
            while (left > 0 && !heap.isEmpty()) {
                long low = heap.top().low;
                long high = heap.top().high;
                java.util.Arrays.fill(sum, 0);
                while (!heap.isEmpty() && heap.top().low == low && heap.top().high == high) {
                    long[] more = heap.top().longs;
                    AmountSums.add(sum, 0, more[0], more[1], more[2], more[3]);
                    heap.advanceTop();
                    left--;
                }
                ByteBuffer to = out.next().putLong(low).putLong(high);
                for (long part : sum) {
                    to.putLong(part);
                }
            }
            if (!heap.isEmpty()) {
                return false;
            }
            run.put(RunFormat.SUMS, out.finish());
            return true;
        };
    }

    private Phase field(int number) throws IOException {
        Heap heap = heap(RunFormat.keys(number), RunFormat.postings(number), (source, in) -> {
            source.low = in.getLong();
            source.high = in.getLong();
            source.begin = source.end;
            source.end = in.getLong();
        });
        long size = inputs.stream()
                .mapToLong(input -> input.section(RunFormat.postings(number)).count())
                .sum();
        long block = run.end();
        SectionWriter postings = run.begin(block, RunFormat.POSTING_BYTES);
        // The postings' number is known, so that the keys can be written behind them at the same time.
        SectionWriter keys = run.begin(new Section(block, size, RunFormat.POSTING_BYTES).end(), RunFormat.KEY_BYTES);
        return entries -> {
            int left = entries;
            while (left > 0 && !heap.isEmpty()) {
                Source source = heap.top();
                int copied = copy(source, postings, left);
                left -= copied + 1;
                if (source.begin < source.end) {
                    continue;
                }
                long low = source.low;
                long high = source.high;
                heap.advanceTop();
                if (heap.isEmpty() || heap.top().low != low || heap.top().high != high) {
                    keys.next().putLong(low).putLong(high).putLong(postings.count());
                }
            }
            if (!heap.isEmpty()) {
                return false;
            }
            run.put(RunFormat.postings(number), postings.finish());
            run.put(RunFormat.keys(number), keys.finish());
            return true;
        };
    }

    private static int copy(Source source, SectionWriter out, int max) throws IOException {
        SectionReader in = source.postings;
        if (in == null) {
            throw new IllegalStateException("the source has no postings");
        }
        int copied = 0;
        while (source.begin < source.end && copied < max) {
            int batch = in.batch((int) Math.min(out.room(), source.end - source.begin));
            ByteBuffer from = in.buffer();
            ByteBuffer to = out.batch(batch);
            for (int i = 0; i < batch; i++) {
                to.putInt(from.getInt() + source.base);
            }
            source.begin += batch;
            copied += batch;
        }
        return copied;
    }

    /** Lets go of everything; what was not finished is worth nothing. */
    @Override
    public void close() throws IOException {
        run.close();
    }
}
