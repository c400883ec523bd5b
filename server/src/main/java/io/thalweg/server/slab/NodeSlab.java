package io.thalweg.server.slab;

import io.thalweg.memo.slab.Objects;
import io.thalweg.memo.slab.Slab;
import io.thalweg.memo.slab.SlabOptions;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.wire.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The slab of this node on a thread of its own. Work that waits together is done together and forced once; each piece is answered after
 * that. When the disk fails, everything is refused from then on, and the node says so. Thread-safe.
 */
public final class NodeSlab implements AutoCloseable {
    private static final int QUEUE_MAX = 10_000;
    private static final int TOGETHER_MAX = 256;

    /** How often a caller who waits looks again. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private final Slab slab;
    private final Objects objects;
    private final Clock clock;
    private final long tickNs;
    private final BlockingQueue<Piece<?>> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
    private final Thread thread;
    private volatile boolean closing;
    private volatile @Nullable Throwable failure;

    /** What to do on the slab's thread. */
    @FunctionalInterface
    public interface Work<T extends @Nullable Object> {
        T run(Objects objects, Slab slab) throws IOException;
    }

    private static final class Piece<T extends @Nullable Object> {
        final Work<T> work;
        final CompletableFuture<T> answer = new CompletableFuture<>();
        private @Nullable Runnable tell;

        Piece(Work<T> work) {
            this.work = work;
        }

        void run(Objects objects, Slab slab) throws IOException {
            try {
                T result = work.run(objects, slab);
                tell = () -> answer.complete(result);
            } catch (RuntimeException e) {
                tell = () -> answer.completeExceptionally(e);
            }
        }

        void tell() {
            Runnable known = tell;
            if (known != null) {
                known.run();
            }
        }
    }

    private NodeSlab(Slab slab, Clock clock, SlabOptions options) {
        this.slab = slab;
        this.objects = new Objects(slab);
        this.clock = clock;
        this.tickNs = options.assumptions().beatNs() / Slab.TICKS_PER_BEAT;
        this.thread = Thread.ofPlatform().name("slab").unstarted(this::live);
    }

    /** Opens the slab in a directory, a new one when there is none. */
    public static NodeSlab open(Path directory, Disk disk, Clock clock, Wire wire, SlabOptions options)
            throws IOException {
        NodeSlab opened =
                new NodeSlab(Slab.open(disk, directory, options, clock, wire, UUID::randomUUID), clock, options);
        opened.thread.start();
        return opened;
    }

    private void live() {
        long nextTick = clock.monotonicNs();
        try {
            while (!closing) {
                long now = clock.monotonicNs();
                Piece<?> first = queue.poll(Math.max(0, nextTick - now), TimeUnit.NANOSECONDS);
                List<Piece<?>> together = new ArrayList<>();
                if (first != null) {
                    together.add(first);
                    queue.drainTo(together, TOGETHER_MAX - 1);
                }
                for (Piece<?> piece : together) {
                    piece.run(objects, slab);
                }
                if (clock.monotonicNs() >= nextTick) {
                    slab.tick();
                    nextTick = clock.monotonicNs() + tickNs;
                }
                slab.flush();
                together.forEach(Piece::tell);
            }
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            failure = e;
        }
        refuseAll();
    }

    private void refuseAll() {
        for (Piece<?> piece = queue.poll(); piece != null; piece = queue.poll()) {
            piece.answer.completeExceptionally(halted());
        }
    }

    private ThalwegException halted() {
        Throwable cause = failure;
        return new ThalwegException(
                ErrorCode.UNAVAILABLE,
                cause == null ? "the node is stopping" : "the node's slab has halted: " + cause.getMessage(),
                cause);
    }

    /** Does work on the slab's thread; returns after what it wrote was forced. What it throws is thrown here. */
    public <T extends @Nullable Object> T ask(Work<T> work) throws InterruptedException {
        Piece<T> piece = new Piece<>(work);
        if (failure != null || closing) {
            throw halted();
        }
        if (!queue.offer(piece)) {
            throw new ThalwegException(ErrorCode.OVERLOADED, "the slab has " + QUEUE_MAX + " pieces of work to do");
        }
        if (failure != null || closing) {
            refuseAll();
        }
        try {
            return piece.answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Does work again and again until it gives something; null when the time is over. */
    public <T> @Nullable T await(Duration timeout, Work<@Nullable T> work) throws InterruptedException {
        long end = clock.monotonicNs() + timeout.toNanos();
        while (true) {
            T result = ask(work);
            if (result != null || clock.monotonicNs() >= end) {
                return result;
            }
            Thread.sleep(LOOK_EVERY);
        }
    }

    /** Why the slab does nothing any more; empty while it does. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void close() throws IOException {
        closing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        slab.close();
    }
}
