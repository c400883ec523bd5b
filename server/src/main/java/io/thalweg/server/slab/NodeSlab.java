package io.thalweg.server.slab;

import io.thalweg.memo.MemoId;
import io.thalweg.memo.slab.Objects;
import io.thalweg.memo.slab.Slab;
import io.thalweg.memo.slab.SlabAuthor;
import io.thalweg.memo.slab.SlabOptions;
import io.thalweg.memo.slab.SlabStatus;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.TrialDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
public final class NodeSlab implements SlabLinks.Owner, AutoCloseable {
    private static final int QUEUE_MAX = 10_000;
    private static final int TOGETHER_MAX = 256;

    /** How often a caller who waits looks again. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private final Opening opening;
    private final Clock clock;
    private final long tickNs;
    private final SlabLinks links;
    private final Callers callers;
    private final GrantedCallers callersFor;
    private final Subscriptions subscriptions = new Subscriptions();
    private final BlockingQueue<Piece<?>> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
    private final Thread thread;

    /** Which version is spoken with whom. Of the slab's thread, as what is here of the slab. */
    private final Map<UUID, Integer> spoken = new HashMap<>();

    private String address = "";
    private volatile Slab slab;
    private Objects objects;
    private volatile SlabStatus status;
    private volatile boolean closing;
    private volatile boolean leavingSoon;
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

    /** Opens the slab, perhaps again. */
    @FunctionalInterface
    private interface Opening {
        Slab open() throws IOException;
    }

    private NodeSlab(Opening opening, Clock clock, SlabOptions options, SlabLinks links, Callers callers)
            throws IOException {
        this.opening = opening;
        this.links = links;
        this.callers = callers;
        this.callersFor = new GrantedCallers(options.grants());
        this.slab = opening.open();
        this.objects = new Objects(slab);
        objects.onChange(subscriptions::changed);
        this.status = slab.status();
        this.clock = clock;
        this.tickNs = options.assumptions().beatNs() / Slab.TICKS_PER_BEAT;
        this.thread = Thread.ofPlatform().name("slab").unstarted(this::live);
    }

    /**
     * Opens the slab in a directory, a new one when there is none.
     *
     * @param links to others, which are closed with the slab
     */
    public static NodeSlab open(
            Path directory, Disk disk, Clock clock, SlabLinks links, SlabOptions options, Callers callers)
            throws IOException {
        SlabAuthor author = SlabAuthor.open(disk, directory);
        Opening opening = () -> {
            Slab slab = Slab.open(disk, directory, options, clock, links, UUID::randomUUID);
            slab.signWith(author);
            slab.onAddress(links::learn);
            return slab;
        };
        NodeSlab opened = new NodeSlab(opening, clock, options, links, callers);
        opened.thread.start();
        return opened;
    }

    /** What shows that {@link #open} would not refuse, of which nothing happens on the disk. */
    public static TrialDisk.Proof rehearsal(Path directory, TrialDisk disk, Clock clock, SlabOptions options) {
        return () -> {
            try (TrialDisk rehearsal = disk.rehearsal()) {
                var _ = SlabAuthor.open(rehearsal, directory);
                Slab.open(rehearsal, directory, options, clock, (_, _) -> false, UUID::randomUUID)
                        .close();
            }
        };
    }

    /** What the slab is doing, as of its last tick; costs nothing. */
    public SlabStatus status() {
        return status;
    }

    /** How many slabs are linked with this one. */
    public int links() {
        return links.linked().size();
    }

    /** Begins to hear which objects of a tenant's topic change; to be closed. */
    public Subscriptions.Subscription subscribe(TenantId tenant, MemoId topic) {
        return subscriptions.open(tenant, topic);
    }

    /** It will close soon: replies that never end by themselves are to end. */
    public void farewell() {
        leavingSoon = true;
    }

    /** Whether it is about to close. */
    public boolean isClosing() {
        return closing || leavingSoon;
    }

    /** Who the slab is among slabs. */
    public UUID id() {
        return slab.id();
    }

    /** Begins to talk to other slabs; {@code where} is where they reach this one, empty when they do not. */
    public void join(String where) throws IOException, InterruptedException {
        this.<@Nullable Object>ask((_, own) -> {
            address = where;
            own.reachableAt(where);
            return null;
        });
        links.begin(slab.id(), this);
    }

    @Override
    public void linked(UUID peer, int version) {
        post(
                () -> {
                    spoken.put(peer, version);
                    slab.greet(peer, version);
                },
                () -> {});
    }

    @Override
    public void received(UUID from, byte[] message, Runnable taken) {
        post(() -> slab.receive(from, message), taken);
    }

    @Override
    public void hasRoom() {
        post(() -> {}, () -> {});
    }

    @Override
    public void credentials(byte[] form) {
        callers.learn(form);
    }

    @Override
    public SlabLinks.@Nullable Versioned credentials(UUID peer) {
        SlabLinks.Versioned all = callers.known();
        return all == null ? null : callersFor.to(peer, all, callers::newest);
    }

    /** Something to do on the slab's thread that nobody waits for. */
    private interface Chore {
        void run() throws IOException;
    }

    /** Does a chore when there is room for it, which what comes over a wire may never be sure of; {@code then} runs in any case. */
    private void post(Chore chore, Runnable then) {
        Piece<Boolean> piece = new Piece<>((_, _) -> {
            chore.run();
            return true;
        });
        if (failure != null || closing || !queue.offer(piece)) {
            then.run();
            return;
        }
        var _ = piece.answer.whenComplete((_, _) -> then.run());
        if (failure != null || closing) {
            refuseAll();
        }
    }

    private void live() {
        long nextTick = clock.monotonicNs();
        List<Piece<?>> together = new ArrayList<>();
        try {
            while (!closing) {
                long now = clock.monotonicNs();
                Piece<?> first = queue.poll(Math.max(0, nextTick - now), TimeUnit.NANOSECONDS);
                together.clear();
                if (first != null) {
                    together.add(first);
                    queue.drainTo(together, TOGETHER_MAX - 1);
                }
                for (Piece<?> piece : together) {
                    piece.run(objects, slab);
                }
                if (clock.monotonicNs() >= nextTick) {
                    slab.tick();
                    status = slab.status();
                    nextTick = clock.monotonicNs() + tickNs;
                }
                slab.flush();
                together.forEach(Piece::tell);
            }
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            failure = e;
            // What ran in this round may not be on disk: nobody is told that it is.
            together.forEach(piece -> piece.answer.completeExceptionally(halted()));
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

    /**
     * Has all go that is here of a tenant, which is no more; nothing of it is taken any more. The slab begins a new life for that, as with a restart of the node: to the others it was
     * away for a moment.
     */
    public void forget(TenantId tenant) throws InterruptedException {
        this.<@Nullable Object>ask((_, old) -> {
            // What was done before in this round is answered soon.
            old.flush();
            old.forget(tenant);
            old.close();
            slab = opening.open();
            objects = new Objects(slab);
            objects.onChange(subscriptions::changed);
            slab.reachableAt(address);
            for (UUID peer : links.linked()) {
                Integer version = spoken.get(peer);
                if (version != null) { // or it is greeted next
                    slab.greet(peer, version);
                }
            }
            return null;
        });
    }

    /** Why the slab does nothing any more; empty while it does. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void close() throws IOException {
        closing = true;
        links.close();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        slab.close();
    }
}
