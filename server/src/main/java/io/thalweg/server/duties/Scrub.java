package io.thalweg.server.duties;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.ledger.store.block.RestingBlocks;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.ReadingDisk;
import io.thalweg.server.routing.HostedShard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what lies still, segments of journals with their indexes, snapshots of shards and blocks of ledgers' records and runs, and compares it with its checksums: so that a wrong byte is found while others
 * still have the right one, and not on the day on which it is needed. All of it once in a cycle, in an order that is another each time, since a node may not run
 * for as long as that; never faster than the bound, and not slower than a little, which nobody feels.
 */
public final class Scrub {
    /** How often {@link #step} is called. */
    public static final Duration EVERY = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);
    private static final long BYTES_PER_SECOND_MIN = 64 << 10;
    private static final long SECOND_NS = Duration.ofSeconds(1).toNanos();

    private final List<HostedShard> open;
    private final Duration cycle;
    private final long bytesPerSecondMax;
    private final Consumer<CorruptionException> wrong;
    private final Disk reading = new ReadingDisk(this::pace);
    private final Counter bytes;
    private final Counter found;
    private final Random random = new Random();
    private final List<Piece> round = new ArrayList<>();
    private double bytesPerSecond;
    private long nextNs;
    private long readableNs = System.nanoTime();
    private volatile long finishedMs;

    /** Rounds that somebody asked for, and those that are done. */
    private final AtomicLong asked = new AtomicLong();

    private volatile long done;
    private volatile long foundThen;

    /** Files of this round that could not be read, though they are there. */
    private long unread;

    private volatile long unreadThen;

    /** What is read at once. It is looked up again when its turn comes, for that may be days later, in another replica of the shard. */
    private record Piece(int shard, Path file, long bytes, Check check) {}

    @FunctionalInterface
    private interface Check {
        /** Reads it; throws a {@link CorruptionException}, or tells of each. */
        void read(HostedShard home, Consumer<CorruptionException> damaged) throws IOException;
    }

    /**
     * @param open the shards whose files are open here, as of each look
     * @param cycle in which all is to be read once; zero for only when somebody asks
     * @param wrong told of each wrong byte that is found
     */
    public Scrub(
            List<HostedShard> open,
            Duration cycle,
            long bytesPerSecondMax,
            Consumer<CorruptionException> wrong,
            MeterRegistry registry) {
        this.open = open;
        this.cycle = cycle;
        this.bytesPerSecondMax = bytesPerSecondMax;
        this.wrong = wrong;
        this.nextNs = System.nanoTime();
        bytes = Counter.builder("thalweg.scrub.bytes")
                .description("Bytes that were read only to compare them with their checksums")
                .register(registry);
        found = Counter.builder("thalweg.scrub.found")
                .description("Files in which that found wrong bytes; the log says where")
                .register(registry);
        Gauge.builder("thalweg.scrub.finished", this, scrub -> scrub.finishedMs / 1000.0)
                .description("When all was last read once, in seconds since 1970; 0 before the first time")
                .strongReference(true)
                .register(registry);
    }

    /** Has all be read now, as fast as the bound allows. Any thread; returns what {@link #isDone} is to be asked. */
    public long now() {
        return asked.incrementAndGet();
    }

    /** How often {@link #now} was called. Any thread. */
    public long asked() {
        return asked.get();
    }

    /** Whether all was read since a call of {@link #now}. Any thread. */
    public boolean isDone(long call) {
        return done >= call;
    }

    /** In how many files the newest of these rounds found wrong bytes. Any thread. */
    public long foundThen() {
        return foundThen;
    }

    /** How many files the newest of these rounds could not read, though they are there: nobody knows what is in them; the log says why. Any thread. */
    public long unreadThen() {
        return unreadThen;
    }

    /** Reads the next file, if it is time for that; and everything, if somebody asked for it. */
    public void step() throws InterruptedException {
        long calls = asked.get();
        if (calls > done) {
            readAll();
            done = calls;
            return;
        }
        if (cycle.isZero() || System.nanoTime() - nextNs < 0) {
            return;
        }
        if (round.isEmpty()) {
            begin();
        }
        if (round.isEmpty()) {
            return;
        }
        Piece piece = round.removeLast();
        nextNs = Math.max(nextNs, System.nanoTime() - SECOND_NS) + (long) (piece.bytes / bytesPerSecond * SECOND_NS);
        check(piece);
        if (round.isEmpty()) {
            finishedMs = System.currentTimeMillis();
        }
    }

    private void readAll() throws InterruptedException {
        double before = found.count();
        unread = 0;
        round.clear();
        begin();
        while (!round.isEmpty()) {
            check(round.removeLast());
        }
        foundThen = (long) (found.count() - before);
        unreadThen = unread;
        finishedMs = System.currentTimeMillis();
        nextNs = System.nanoTime();
    }

    private void begin() {
        for (HostedShard home : open) {
            try {
                for (Path file : home.shard().restingFiles()) {
                    addIfThere(home, file);
                }
                for (RestingBlocks blocks : home.ledgers().resting()) {
                    RestingBlocks.Place place = blocks.place();
                    round.add(new Piece(
                            home.number(),
                            place.file(),
                            blocks.bytes(),
                            (now, damaged) -> place.verify(now.ledgers()::resting, reading, damaged)));
                }
            } catch (IOException | RuntimeException e) {
                notRead(home, "what lies still of shard " + home.number(), e);
            }
        }
        Collections.shuffle(round, random);
        long total = round.stream().mapToLong(Piece::bytes).sum();
        double wanted = total / Math.max(1e-3, cycle.toMillis() / 1000.0);
        bytesPerSecond = Math.clamp(wanted, (double) BYTES_PER_SECOND_MIN, (double) bytesPerSecondMax);
    }

    private void addIfThere(HostedShard home, Path file) throws IOException {
        try {
            round.add(new Piece(
                    home.number(),
                    file,
                    Files.size(file),
                    (now, _) -> now.shard().requireSound(file, reading)));
        } catch (NoSuchFileException _) {
            // It went since the shard told of it.
        }
    }

    private void check(Piece piece) throws InterruptedException {
        Optional<HostedShard> home = open.stream()
                .filter(now ->
                        now.number() == piece.shard && now.shard().failure().isEmpty())
                .findFirst();
        if (home.isEmpty()) {
            return;
        }
        try {
            piece.check.read(home.get(), this::found);
        } catch (CorruptionException e) {
            found(e);
        } catch (IOException | RuntimeException e) {
            notRead(home.get(), piece.file.toString(), e);
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private void notRead(HostedShard home, String what, Exception failure) {
        boolean went = failure instanceof NoSuchFileException
                || failure.getCause() instanceof NoSuchFileException
                || home.shard().failure().isPresent()
                || !open.contains(home)
                || Thread.currentThread().isInterrupted();
        if (went) {
            LOG.debug("{} was not read: it went, or its shard did", what, failure);
        } else {
            unread++;
            LOG.warn("{} could not be read, and may be damaged", what, failure);
        }
    }

    private void found(CorruptionException damage) {
        found.increment();
        wrong.accept(damage);
    }

    /** Before each read: whoever is interrupted does not wait, and finds out when it reads. */
    private void pace(long length) {
        bytes.increment((double) length);
        for (long leftNs = readableNs - System.nanoTime();
                leftNs > 0 && !Thread.currentThread().isInterrupted();
                leftNs = readableNs - System.nanoTime()) {
            LockSupport.parkNanos(leftNs);
        }
        readableNs = Math.max(readableNs, System.nanoTime()) + (long) ((double) length / bytesPerSecondMax * SECOND_NS);
    }
}
