package io.thalweg.shard;

import io.thalweg.log.Journal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes the consensus' writes off its thread and brings them to the journal in order, on an executor, never on two threads at
 * once. One force serves every flush that waits: the loop first does all that is queued, then forces once, then answers. An
 * error is final, because nobody knows what a failed force left on disk: it answers everything that waits or comes later.
 */
final class JournalWriter {

    private sealed interface Command {
        CompletableFuture<Void> done();

        record Write(long index, long term, Entry entry, CompletableFuture<Void> done) implements Command {}

        record Flush(CompletableFuture<Void> done) implements Command {}

        record Truncate(long lastIndex, CompletableFuture<Void> done) implements Command {}
    }

    private final Journal journal;
    private final Executor executor;
    private final Consumer<Throwable> onFailure;
    private final Supplier<@Nullable Throwable> failure;
    private final ConcurrentLinkedQueue<Command> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger wakeUps = new AtomicInteger();

    JournalWriter(
            Journal journal, Executor executor, Consumer<Throwable> onFailure, Supplier<@Nullable Throwable> failure) {
        this.journal = journal;
        this.executor = executor;
        this.onFailure = onFailure;
        this.failure = failure;
    }

    CompletableFuture<Void> write(long index, long term, Entry entry) {
        return enqueue(new Command.Write(index, term, entry, new CompletableFuture<>()));
    }

    CompletableFuture<Void> flush() {
        return enqueue(new Command.Flush(new CompletableFuture<>()));
    }

    CompletableFuture<Void> truncate(long lastIndex) {
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
                    case Command.Write(long index, long term, Entry entry, CompletableFuture<Void> done) -> {
                        journal.append(index, term, entry.timestampNs(), entry.requests(), entry.body());
                        done.complete(null);
                    }
                    case Command.Truncate(long lastIndex, CompletableFuture<Void> done) -> {
                        journal.truncate(lastIndex);
                        done.complete(null);
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
        if (flushes.isEmpty()) {
            return;
        }
        Throwable halted = failure.get();
        if (halted == null) {
            try {
                journal.force();
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
