package io.thalweg.view.java.run;

import io.thalweg.index.Index;
import io.thalweg.index.IndexKeys;
import io.thalweg.index.IndexReader;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.KeyGuard;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.store.Changes;
import io.thalweg.index.store.Known;
import io.thalweg.index.store.Overlay;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.MisalignedException;
import io.thalweg.view.java.batch.BatchMessage;
import io.thalweg.view.java.batch.BatchTemporary;
import io.thalweg.view.java.batch.Sendings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs one phase of a partition's part in a batch: code of users over the events of its ranges, or over what was sent to keys of a stage. What it
 * writes goes over an overlay of what the partition has and what earlier phases have set aside, and is set aside, too. One thread.
 */
final class BatchRun {
    /** What a partition writes in a batch, in bytes of its changes: it is applied in one step. */
    static final long STAGED_BYTES = 384 << 10;

    /** What a phase has in memory of what it writes, when the next of its events is refused: more than would fit, however it is packed. */
    private static final long WRITTEN_BYTES = 16 << 20;

    /** What a partition sends in a phase, in bytes. */
    static final long SENT_BYTES = 2 << 20;

    /** How often code sends in a phase, in one partition. */
    static final int SENDS_MAX = 200_000;

    /** What a phase puts aside of its events, in bytes of their payloads: all of it is emitted in one step, beside what that has emitted before. */
    static final long LETTERS_BYTES = StepWork.MAX_EMITTED_BYTES / 2 - STAGED_BYTES;

    /** What a phase remembers of what it has read and what is not there, in bytes. */
    private static final long KNOWN_BYTES = 4 << 20;

    private static final int MAX_KEY_BYTES = 65_535;
    /** What something that is put aside costs beside itself. */
    private static final int PUT_ASIDE_BYTES = 64;

    private static final int NO_SLOT = -1;

    /** Most characters of a key in a reason. */
    private static final int SHOWN_MAX = 256;

    private static final Duration PHASE_TIME = Duration.ofSeconds(1);

    private final Batches batches;
    private final Partition partition;
    private final Wiring wiring;
    private final Streams streams;
    private final Batch batch;
    private final BatchState.Part part;
    private final Sendings sendings;
    private final BatchTemporary temporary;
    private final Overlay before;
    private final Overlay written;
    private final List<PutAside> putAside = new ArrayList<>();
    private final Instant endsAt;
    private int sends;

    /**
     * What fails, and goes to the dead letters alone.
     *
     * @param event where it stands, if it is an event; null for a key of a stage
     */
    private record PutAside(
            String reason, byte[] payload, @Nullable Origin event) {
        /** What it takes until the batch counts. */
        long bytes() {
            int its = event == null ? payload.length : event.stream().length();
            return (long) its + reason.getBytes(StandardCharsets.UTF_8).length + PUT_ASIDE_BYTES;
        }

        /** What it takes once the batch counts, beside that. */
        long lettersBytes() {
            return event == null ? 0 : payload.length;
        }
    }

    /** Why a phase of a batch stops. */
    private static final class TooLarge extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooLarge(String message) {
            super(message);
        }
    }

    /** What a batch fails at, and where that stands. */
    private static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Failed(String where, Throwable cause) {
            super(where + ": " + Trouble.reason(cause), cause);
        }
    }

    BatchRun(Batches batches, Partition partition, Wiring wiring, Streams streams, Batch batch, BatchState.Part part) {
        this.batches = batches;
        this.partition = partition;
        this.wiring = wiring;
        this.streams = streams;
        this.batch = batch;
        this.part = part;
        this.sendings = new Sendings(batch);
        this.temporary = batches.temporary(batch.name(), part);
        this.before = new Overlay(partition.overlay());
        batches.staged(batch.name()).forEach(changes -> changes.applyTo(before));
        this.written = new Overlay(new Known(before, KNOWN_BYTES), Partition.HANDLER_BYTES);
        this.endsAt = partition.now().plus(PHASE_TIME);
    }

    void run(StepWork work) {
        String stream = Batches.stream(batch.name());
        if (part.inboxBytes > Batches.INBOX_BYTES) {
            refuse("it sends a partition more than " + Batches.INBOX_BYTES + " bytes", work);
            return;
        }
        // What it reads it may not get; that is nobody's fault, and another leader's turn.
        List<Trouble.Gone> gone = new ArrayList<>();
        List<Taken> events = part.phase == 0 ? events(gone) : List.of();
        if (!gone.isEmpty() && partition.trouble().policy() == Declaration.Poison.PARK) {
            partition.trouble().parkBefore(gone.getFirst(), stream, part.number);
            return;
        }
        gone.forEach(each -> putAside.add(new PutAside(each.reason(), new byte[0], null)));
        try {
            if (part.phase == 0) {
                for (Taken event : events) {
                    take(event.input(), event.stream(), event.event());
                }
            } else {
                run(stage());
            }
            finish(work);
        } catch (TooLarge e) {
            refuse(String.valueOf(e.getMessage()), work);
            return;
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            work.failed.add(stream);
            if (partition
                    .trouble()
                    .isPoison(stream, e, partition.now())) { // after some tries it waits for somebody to look
                partition
                        .trouble()
                        .park(
                                stream,
                                part.number,
                                e instanceof Failed failed ? String.valueOf(failed.getMessage()) : Trouble.reason(e));
            }
            return;
        }
        partition.trouble().passed(stream);
        work.taken++;
    }

    private Batch.Stage<?, ?, ?> stage() {
        return batch.stages().get(batch.stages().size() - part.phase);
    }

    /** A batch that does not fit makes room for a smaller one, if there can be one. */
    private void refuse(String why, StepWork work) {
        if (part.eventsMax == 1) {
            partition
                    .trouble()
                    .park(
                            Batches.stream(batch.name()),
                            part.number,
                            "a batch of at most one event of each stream is too large: " + why);
            return;
        }
        part.refused = true;
        batches.send(0, new BatchMessage.TooLarge(batch.name(), part.number, part.attempt), work);
        work.taken++;
    }

    // --- phase 0

    private record Taken(Batch.Input<?> input, String stream, Streams.Event event) {}

    /** @param gone gets what should be there and is not: retention did not wait for the batch */
    private List<Taken> events(List<Trouble.Gone> gone) {
        List<Taken> events = new ArrayList<>();
        for (BatchState.Range range : part.ranges) {
            Batch.Input<?> input = batch.inputs().stream()
                    .filter(each -> each.log().equals(range.log()))
                    .findFirst()
                    .orElse(null);
            partition.positions().requireSame(range.stream(), streams.identity(range.stream()));
            long at = range.after();
            while (input != null && at < range.upTo()) { // a log that this version follows no more is passed over
                int max = (int) Math.min(BatchState.EVENTS_MAX, range.upTo() - at);
                Trouble.Gone.Read read = Trouble.Gone.Read.of(streams, range.stream(), at, max);
                Trouble.Gone hole = read.gone();
                if (hole != null) {
                    gone.add(new Trouble.Gone(range.stream(), hole.first(), Math.min(hole.last(), range.upTo())));
                    at = hole.last();
                } else if (read.events().isEmpty()) {
                    throw new IllegalStateException("there is nothing of " + range.stream() + " behind " + at
                            + ", of which batch " + part.number + " takes up to " + range.upTo());
                }
                for (Streams.Event event : read.events()) {
                    at = event.sequence();
                    if (at <= range.upTo()) {
                        events.add(new Taken(input, range.stream(), event));
                    }
                }
            }
        }
        return events;
    }

    private <E> void take(Batch.Input<E> input, String stream, Streams.Event event) {
        each(new Here(event.key() == null ? "" : event.key(), NO_SLOT), new Piece() {
            @Override
            public void run(Here here) throws Exception {
                input.take().take(here, input.codec().decode(event.payload()));
            }

            @Override
            public PutAside failed(String reason) {
                return new PutAside(where() + ": " + reason, event.payload(), new Origin(stream, event.sequence()));
            }

            @Override
            public String where() {
                return stream + "@" + event.sequence();
            }
        });
    }

    // --- stages

    private <V, P, R> void run(Batch.Stage<V, P, R> stage) {
        Sendings received = new Sendings(batch);
        batches.inbox(batch.name(), part.phase).forEach(content -> received.merge(stage, content));
        for (Sendings.Sent each : received.inPlace(stage)) {
            each(new Here(each.key(), each.slot()), new Piece() {
                @Override
                public void run(Here here) throws Exception {
                    stage.then().then(here, received.result(stage, each));
                }

                @Override
                public PutAside failed(String reason) {
                    return new PutAside(where() + ": " + reason, each.key().getBytes(StandardCharsets.UTF_8), null);
                }

                @Override
                public String where() {
                    return "stage " + stage.name() + " of batch " + batch.name() + " " + part.number + " at key "
                            + shown(each.key());
                }
            });
        }
    }

    private static String shown(String key) {
        return key.length() <= SHOWN_MAX ? key : key.substring(0, SHOWN_MAX) + "…";
    }

    /** An event, or what was sent to a key of a stage. */
    private interface Piece {
        /** Runs the code that there is for it. */
        void run(Here here) throws Exception;

        PutAside failed(String reason);

        /** Where it stands, to who looks. */
        String where();
    }

    /** Does something whole or not at all; what fails is tried again, and put aside or told. */
    private void each(Here here, Piece piece) {
        if (partition.now().isAfter(endsAt)) {
            throw new TooLarge("a phase of it takes more than " + PHASE_TIME);
        }
        if (written.bytes() > WRITTEN_BYTES) {
            throw new TooLarge("a partition writes more than " + WRITTEN_BYTES + " bytes in a phase");
        }
        for (int i = 1; ; i++) {
            written.mark();
            int before = sends;
            here.sent.clear();
            try {
                piece.run(here);
                written.requireRoom(); // code may have caught what said so
                written.keep();
            } catch (TooLarge e) {
                throw e;
            } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
                written.rollBack();
                sends = Math.min(sends, SENDS_MAX) == sends
                        ? before
                        : sends; // too many are too many, whoever caught it
                if (partition.trouble().policy() == Declaration.Poison.PARK
                        || partition.trouble().isOthers(Batches.stream(batch.name()), e, partition.now())) {
                    throw new Failed(piece.where(), e);
                }
                if (i >= partition.trouble().attemptsMax()) {
                    putAside.add(piece.failed(Trouble.reason(e)));
                    return;
                }
                continue;
            }
            here.sent.forEach(Runnable::run);
            return;
        }
    }

    // --- what comes of it

    private void finish(StepWork work) {
        if (sends > SENDS_MAX) { // code may have caught what said so
            throw new TooLarge("a partition sends more than " + SENDS_MAX + " values in a phase");
        }
        // Nobody else writes these cells until the batch counts: what comes and goes within it leaves nothing.
        Changes all = written.differences();
        Changes writes = temporary.isUsed() ? temporary.others(all, before) : all;
        Changes keeps = temporary.isUsed() ? temporary.its(all, before) : Changes.NONE;
        long kept = temporary.isUsed() ? BatchTemporary.bytes(keeps) : 0;
        if (kept > BatchTemporary.BYTES) {
            throw new TooLarge("a partition writes more than " + BatchTemporary.BYTES + " bytes of temporary state");
        }
        ValueWriter changes = new ValueWriter();
        writes.write(changes);
        byte[] staged = changes.toByteArray();
        long aside = staged.length;
        long letters = 0;
        for (PutAside each : putAside) {
            aside += each.bytes();
            letters += each.lettersBytes();
        }
        if (part.stagedBytes + aside > STAGED_BYTES) {
            throw new TooLarge("a partition writes or puts aside more than " + STAGED_BYTES + " bytes");
        }
        if (letters > LETTERS_BYTES) { // when the batch counts it would be too late to find that out
            throw new TooLarge("events that a partition puts aside have more than " + LETTERS_BYTES + " bytes");
        }
        boolean isLast = part.phase == batch.stages().size();
        List<List<byte[]>> chunks = isLast
                ? List.of()
                : sendings.chunks(wiring.partitions(), slot -> Slots.partition(slot, wiring.partitions()), SENT_BYTES);
        if (chunks == null) {
            throw new TooLarge("a partition sends more than " + SENT_BYTES + " bytes in a phase, or more than "
                    + Sendings.PART_BYTES_MAX + " for a key");
        }
        part.stagedBytes += aside;
        work.asideBytes += aside + kept;
        keeps.applyTo(partition.overlay());
        if (!writes.isEmpty()) {
            batches.stage(batch.name(), part.phase, staged);
        }
        for (int i = 0; i < putAside.size(); i++) {
            PutAside each = putAside.get(i);
            Origin event = each.event;
            if (event == null) {
                batches.putAside(batch.name(), part.phase, i, each.reason, each.payload);
            } else {
                batches.putAside(batch.name(), part.phase, i, each.reason, event);
            }
        }
        for (int to = 0; to < chunks.size(); to++) {
            List<byte[]> its = chunks.get(to);
            for (int i = 0; i < its.size(); i++) {
                batches.send(
                        to,
                        new BatchMessage.Data(
                                batch.name(),
                                part.number,
                                part.attempt,
                                part.phase,
                                wiring.partition(),
                                i,
                                i == its.size() - 1,
                                its.get(i)),
                        work);
            }
        }
        part.phase++;
        if (isLast) {
            part.prepared = true;
            batches.send(
                    0,
                    new BatchMessage.Prepared(
                            batch.name(), part.number, part.attempt, wiring.partition(), batches.ends(batch, part)),
                    work);
        }
    }

    /** Where code runs. */
    private final class Here implements Batch.At {
        private final String key;
        private final List<Runnable> sent = new ArrayList<>();
        private int slot;

        /** @param slot of the key, or {@link #NO_SLOT} if nobody has asked for it */
        Here(String key, int slot) {
            this.key = key;
            this.slot = slot;
        }

        @Override
        public long number() {
            return part.number;
        }

        @Override
        public Instant begun() {
            return part.begun;
        }

        @Override
        public String key() {
            return key;
        }

        @Override
        public <V> void send(Batch.Stage<V, ?, ?> to, String target, V value) {
            if (!batch.stages().contains(to)) {
                throw new DeclarationException(
                        "stage " + to.name() + " is not declared by batch " + batch.name() + Wiring.userLine());
            }
            if (batch.phase(to) <= part.phase) {
                throw new DeclarationException("stage " + to.name() + " of batch " + batch.name()
                        + " has run already: a stage sends to those that were declared before it" + Wiring.userLine());
            }
            int bytes = target.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_KEY_BYTES) {
                throw new IllegalArgumentException("a key has " + bytes + " bytes, at most " + MAX_KEY_BYTES
                        + " are possible" + Wiring.userLine());
            }
            if (++sends > SENDS_MAX) {
                throw new TooLarge("a partition sends more than " + SENDS_MAX + " values in a phase");
            }
            sent.add(() -> sendings.add(to, target, value));
        }

        @Override
        public <T> IndexWriter<T> index(Index<T> index) {
            if (!batch.indexes().contains(index)) {
                throw new DeclarationException("index " + index.name() + " is not declared by batch " + batch.name()
                        + ", which may look at it and not write it" + Wiring.userLine());
            }
            return partition.index(index).writer(written, slot(), guard(index));
        }

        @Override
        public <T> IndexReader<T> look(Index<T> index) {
            return partition.index(index).reader(written, slot(), guard(index));
        }

        @Override
        public <T> IndexWriter<T> temporary(Index<T> index) {
            return temporary.index(index, written).writer(written, slot(), guard(index));
        }

        private int slot() {
            if (slot == NO_SLOT) {
                slot = Slots.of(key);
            }
            return slot;
        }

        private KeyGuard guard(Index<?> index) {
            return IndexKeys.within(
                    index,
                    slot(),
                    key,
                    other -> new MisalignedException("key \"" + other + "\" of index " + index.name()
                            + " lies elsewhere than \"" + key + "\", at which the stage runs; send to it"
                            + Wiring.userLine()));
        }
    }
}
