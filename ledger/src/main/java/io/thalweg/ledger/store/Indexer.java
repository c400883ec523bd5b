package io.thalweg.ledger.store;

import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.id.IdTable;
import io.thalweg.ledger.store.id.SeenIds;
import io.thalweg.ledger.store.run.RecordFile;
import io.thalweg.ledger.store.run.RecordMemory;
import io.thalweg.ledger.store.run.Run;
import io.thalweg.ledger.store.run.RunBuilder;
import io.thalweg.ledger.store.run.RunMerge;
import io.thalweg.ledger.store.run.RunName;
import io.thalweg.ledger.store.schema.Schema;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The background of one store: writes records, makes runs of bars, and merges runs, in this order of urgency. It runs as a
 * task of an executor that does one piece of work and hands itself in again, so that stores share threads. What it has made
 * waits in {@link #poll} until the apply thread takes it into use.
 *
 * <p>A bar may be indexed by a thread that cannot wait for it ({@link #help}); then no executor need ever run.
 */
final class Indexer implements Runnable, AutoCloseable {

    /** A bar to be indexed: records that are published and ids that never change again. */
    record Unit(long from, long to, long[] orphanIds, int orphans) {}

    /** Something that was made. */
    sealed interface Done {
        /** The run of a bar. */
        record Added(Run run) implements Done {}

        /** A run that takes the place of others. */
        record Merged(List<Run> old, Run run) implements Done {}
    }

    private final Disk disk;
    private final Path directory;
    private final String prefix;
    private final Schema schema;
    private final StoreOptions options;
    private final BlockCache cache;
    private final Executor executor;
    private final RecordMemory memory;
    private final RecordFile file;
    private final SeenIds seen;
    private final RunBuilder builder;
    private final AtomicLong serial;

    private final Queue<Unit> units = new ConcurrentLinkedQueue<>();
    private final Queue<IdTable> usedTables = new ConcurrentLinkedQueue<>();
    private final Queue<IdTable> cleanTables = new ConcurrentLinkedQueue<>();
    private final Queue<Done> done = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicLong writeTo = new AtomicLong();
    private volatile @Nullable Exception failure;
    private volatile boolean closed;
    private volatile @Nullable Thread submitting;
    private volatile boolean sparesWanted;
    private volatile boolean filterWanted;
    private boolean repeat;
    private boolean draining;

    /** Guarded by this object, as is the builder: the runs as the background knows them. */
    private final List<Run> runs;

    /** Guarded by {@link #mergeLock}. */
    private @Nullable RunMerge merge;

    private final Object mergeLock = new Object();
    private final Deque<ByteBuffer> mergeBuffers = new ArrayDeque<>();

    Indexer(
            Disk disk,
            Path directory,
            String prefix,
            Schema schema,
            StoreOptions options,
            BlockCache cache,
            Executor executor,
            RecordMemory memory,
            RecordFile file,
            SeenIds seen,
            List<Run> runs,
            long firstSerial) {
        this.disk = disk;
        this.directory = directory;
        this.prefix = prefix;
        this.schema = schema;
        this.options = options;
        this.cache = cache;
        this.executor = executor;
        this.memory = memory;
        this.file = file;
        this.seen = seen;
        this.runs = new ArrayList<>(runs);
        this.serial = new AtomicLong(firstSerial);
        this.builder = new RunBuilder(disk, directory, prefix, schema, options, memory, file);
    }

    /** A number for a file's name that no other file has. */
    long nextSerial() {
        return serial.getAndIncrement();
    }

    /** Asks for memory to be made ahead. */
    void prepare() {
        sparesWanted = true;
        schedule();
    }

    /** Asks for a filter to be made ahead. */
    void prepareFilter() {
        filterWanted = true;
        schedule();
    }

    void index(Unit unit) {
        units.add(unit);
        schedule();
    }

    /** Asks for the published records before {@code slot} to be written soon. */
    void write(long slot) {
        // Whole chunks can be written without a copy; what is left of the last one has time.
        writeTo.set(file.wholeChunks(slot));
        schedule();
    }

    /** Gives a table back to be cleaned. */
    void recycle(IdTable table) {
        usedTables.add(table);
        schedule();
    }

    @Nullable
    IdTable cleanTable() {
        return cleanTables.poll();
    }

    /** The next thing that was made, or null; one thread. */
    @Nullable
    Done poll() {
        Exception cause = failure;
        if (cause instanceof RuntimeException runtime) {
            throw runtime;
        }
        if (cause != null) {
            throw new java.io.UncheckedIOException("cannot write " + prefix + " in " + directory, (IOException) cause);
        }
        return done.poll();
    }

    private void schedule() {
        if (!closed && scheduled.compareAndSet(false, true)) {
            submitting = Thread.currentThread();
            try {
                executor.execute(this);
            } catch (RejectedExecutionException e) {
                // It was shut down. The apply thread does itself what it cannot go on without.
                scheduled.set(false);
            } finally {
                submitting = null;
            }
            drain();
        }
    }

    /** An executor that runs a task within {@code execute} must not lead ever deeper, so its tasks are done here. */
    private void drain() {
        if (repeat && !draining) {
            draining = true;
            while (repeat) {
                repeat = false;
                piece();
            }
            draining = false;
        }
    }

    @Override
    public void run() {
        if (Thread.currentThread().equals(submitting)) {
            repeat = true;
            return;
        }
        piece();
    }

    private void piece() {
        try {
            if (!closed && failure == null) {
                work();
            }
        } catch (IOException | RuntimeException e) {
            failure = e;
        }
        scheduled.set(false);
        if (!closed && failure == null && hasWork()) {
            schedule();
        }
    }

    private boolean hasWork() {
        if (sparesWanted
                || filterWanted
                || !units.isEmpty()
                || !usedTables.isEmpty()
                || writeTo.get() > file.durable()) {
            return true;
        }
        synchronized (mergeLock) {
            return merge != null || nextMerge() != null;
        }
    }

    private void work() throws IOException {
        if (sparesWanted) {
            memory.addSpares();
            sparesWanted = false;
        }
        if (filterWanted) {
            seen.addSpare();
            filterWanted = false;
        }
        IdTable table = usedTables.poll();
        if (table != null) {
            table.clear();
            cleanTables.add(table);
        }
        if (help()) {
            return;
        }
        if (writeTo.get() > file.durable()) {
            file.write(writeTo.get());
            return;
        }
        synchronized (mergeLock) {
            if (!closed) {
                mergeStep();
            }
        }
    }

    /** Returns when a bar has become ready to be taken into use, if need be by indexing it on this thread. */
    synchronized void helpOrWait() throws IOException {
        // While this thread waited for the lock, another may have done it.
        if (done.isEmpty()) {
            var _ = help();
        }
    }

    /** Indexes the oldest bar on this thread; false if there is none. Waits while another thread indexes one. */
    synchronized boolean help() throws IOException {
        Unit unit = closed ? null : units.poll();
        if (unit == null) {
            return false;
        }
        try {
            file.write(unit.to());
            file.seal(unit.to());
            RunName name = builder.build(nextSerial(), unit.from(), unit.to(), unit.orphanIds(), unit.orphans());
            Run run = Run.open(disk, directory, prefix, schema, name, cache, builder.hasSeenAll());
            runs.add(run);
            done.add(new Done.Added(run));
        } catch (IOException | RuntimeException e) {
            // The bar is in no queue any more: nothing may go on as if it were indexed.
            failure = e;
            throw e;
        }
        return true;
    }

    /** As many neighbours of one level as make a merge, the smallest first, or null. */
    private synchronized @Nullable List<Run> nextMerge() {
        List<Run> best = null;
        int start = 0;
        for (int i = 0; i < runs.size(); i++) {
            int level = runs.get(i).name().level();
            if (level != runs.get(start).name().level()) {
                start = i;
            }
            long size = runs.get(i).to() - runs.get(start).from();
            if (i - start + 1 == options.fanIn()
                    && size < 1L << 31
                    && (best == null || level < best.getFirst().name().level())) {
                best = List.copyOf(runs.subList(start, i + 1));
            }
        }
        return best;
    }

    private void mergeStep() throws IOException {
        RunMerge now = merge;
        if (now == null) {
            List<Run> inputs = nextMerge();
            if (inputs == null) {
                return;
            }
            now = new RunMerge(disk, directory, prefix, schema, options, inputs, file, nextSerial(), mergeBuffers);
            merge = now;
        }
        RunName name = now.step();
        if (name == null) {
            return;
        }
        merge = null;
        now.close();
        boolean seen = now.inputs().stream().allMatch(Run::isSeen);
        Run run = Run.open(disk, directory, prefix, schema, name, cache, seen);
        synchronized (this) {
            int at = runs.indexOf(now.inputs().getFirst());
            runs.removeAll(now.inputs());
            runs.add(at, run);
            done.add(new Done.Merged(now.inputs(), run));
        }
    }

    /** Stops after the piece of work that is being done; closes the runs that nobody took. */
    @Override
    public void close() throws IOException {
        closed = true;
        synchronized (mergeLock) {
            RunMerge now = merge;
            if (now != null) {
                now.close();
                merge = null;
            }
        }
        synchronized (this) {
            for (Done made = done.poll(); made != null; made = done.poll()) {
                switch (made) {
                    case Done.Added(Run run) -> run.release();
                    case Done.Merged merged -> merged.run().release();
                }
            }
        }
    }
}
