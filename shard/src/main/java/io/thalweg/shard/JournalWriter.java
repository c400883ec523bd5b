package io.thalweg.shard;

import io.thalweg.log.Journal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes the consensus' writes off its thread and brings them to the journal in order, on an executor, never on two threads at
 * once. The loop does all that is queued, then forces once, then answers the flushes that wait. It forces without being asked,
 * because every write is followed by a flush, and by the time that one arrives the disk is at work already, or done. An
 * error is final, because nobody knows what a failed force left on disk: it answers everything that waits or comes later.
 */
final class JournalWriter {

    private sealed interface Command {
        CompletableFuture<Void> done();

        record Write(long index, long term, Entry entry, boolean read, CompletableFuture<Void> done)
                implements Command {}

        record Flush(CompletableFuture<Void> done) implements Command {}

        record Truncate(long lastIndex, CompletableFuture<Void> done) implements Command {}
    }

    private final Journal journal;
    private final Executor executor;
    private final Consumer<Throwable> onFailure;
    private final Supplier<@Nullable Throwable> failure;
    private final ConcurrentLinkedQueue<Command> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger wakeUps = new AtomicInteger();

    /** Writes and truncations that were asked for, in all. */
    private final AtomicLong asked = new AtomicLong();

    /** How many of them are durable. Written by the loop alone, as is {@link #done}. */
    private volatile long durable;

    private long done;

    JournalWriter(
            Journal journal, Executor executor, Consumer<Throwable> onFailure, Supplier<@Nullable Throwable> failure) {
        this.journal = journal;
        this.executor = executor;
        this.onFailure = onFailure;
        this.failure = failure;
    }

    /** @param read whether the body will be read after it was applied, as {@link Journal#append} has it */
    CompletableFuture<Void> write(long index, long term, Entry entry, boolean read) {
        asked.incrementAndGet();
        return enqueue(new Command.Write(index, term, entry, read, new CompletableFuture<>()));
    }

    /** Completes when everything asked for before is durable, at once if it is. */
    CompletableFuture<Void> flush() {
        if (durable >= asked.get() && failure.get() == null) {
            return CompletableFuture.allOf();
        }
        return enqueue(new Command.Flush(new CompletableFuture<>()));
    }

    CompletableFuture<Void> truncate(long lastIndex) {
        asked.incrementAndGet();
        return enqueue(new Command.Truncate(lastIndex, new CompletableFuture<>()));
    }

    private CompletableFuture<Void> enqueue(Command command) {
        queue.add(command);
        if (wakeUps.getAndIncrement() == 0) {
            executor.execute(this::run);
        }
        return command.done();
    }

    private void run() {
        int seen;
        do {
            seen = wakeUps.get();
            drain();
        } while (!wakeUps.compareAndSet(seen, 0));
    }

    private void drain() {
        List<Command> flushes = new ArrayList<>();
        for (Command command = queue.poll(); command != null; command = queue.poll()) {
            Throwable halted = failure.get();
            if (halted != null) {
                command.done().completeExceptionally(halted);
                continue;
            }
            try {
                switch (command) {
                    case Command.Write(
                            long index,
                            long term,
                            Entry entry,
                            boolean read,
                            CompletableFuture<Void> written) -> {
                        var _ = journal.append(
                                index,
                                term,
                                entry.timestampNs(),
                                entry.requests(),
                                entry.body(),
                                entry.checksum(),
                                read);
                        done++;
                        written.complete(null);
                    }
                    case Command.Truncate(long lastIndex, CompletableFuture<Void> truncated) -> {
                        journal.truncate(lastIndex);
                        done++;
                        truncated.complete(null);
                    }
                    case Command.Flush flush -> flushes.add(flush);
                }
            } catch (IOException | RuntimeException e) {
                onFailure.accept(e);
                command.done().completeExceptionally(e);
            }
        }
        force(flushes);
    }

    private void force(List<Command> flushes) {
        Throwable halted = failure.get();
        if (halted == null && durable < done) {
            try {
                journal.force();
                durable = done;
            } catch (IOException | RuntimeException e) {
                onFailure.accept(e);
                halted = e;
            }
        }
        for (Command flush : flushes) {
            if (halted == null) {
                flush.done().complete(null);
            } else {
                flush.done().completeExceptionally(halted);
            }
        }
    }
}
