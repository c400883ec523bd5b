package io.thalweg.view.java.run;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.store.Changes;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.batch.BatchMessage;
import io.thalweg.view.java.batch.BatchTemporary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A partition's part in the batches of its view; in the first partition also their lead.
 *
 * <p>All that partitions tell each other goes as hops do: exactly once, in order, and to all of them in one append. All that a partition knows
 * stands in its positions and in cells aside of its indexes, which its steps write. So whoever leads a partition next goes on where the steps
 * end, and nothing here has to know of crashes:
 *
 * <ol>
 *   <li>The first partition begins a batch when there is something to take, if none is under way.
 *   <li>Each partition writes down which ranges it takes, and only a later step runs code over them ({@link BatchRun}). What code sends goes to
 *       the partitions of its keys at the end of each phase; a phase begins when all partitions have sent what they send in the one before, in the step that
 *       takes the last of it.
 *   <li>What code writes stands aside. A partition that has run all phases is prepared, and says so.
 *   <li>When all are, the first commits, and begins the next: that step alone decides. From then on readers see the batch everywhere ({@link Settled}); each partition
 *       writes its part into its indexes, with its positions, when it hears of it.
 * </ol>
 *
 * Who leads the first partition anew has a batch that is under way tried again, under the same number and with the same ranges, since he may have
 * other code; or gives it up, if his code declares it otherwise or not at all. What does not fit is given up for a batch with half as many events. One thread.
 */
final class Batches {
    /** What messages hop through; no hop has such a name. */
    static final String THROUGH = "$batch";

    private static final String STREAM = "batch ";

    /** What a partition takes of its streams in a batch, in bytes of payload; but for one event. */
    static final long RANGE_BYTES = 1 << 20;

    /** What a partition is sent in a batch, in bytes. */
    static final long INBOX_BYTES = 8 << 20;

    /** Most events of a range, those that are gone among them, whose ends are told to those who wait. */
    private static final long ORIGINS_MAX = 1 << 16;

    /** What a dead letter says whose event is gone. */
    private static final String NOT_KEPT = " (no longer kept)";

    private static final int STAGED = 's';
    private static final int INBOX = 'i';
    private static final int DEAD = 'd';
    private static final int DEAD_EVENT = 'e';
    private static final int END = 0xff;

    private final Partition partition;
    private final Wiring wiring;
    private final Streams streams;
    private final IndexSpace space;

    /** Tries that the leader before has left, by the batch's name. */
    private final Map<String, Try> inherited = new HashMap<>();

    private record Try(long number, int attempt) {}

    Batches(Partition partition, Wiring wiring, Streams streams, IndexSpace space, Positions found) {
        this.partition = partition;
        this.wiring = wiring;
        this.streams = streams;
        this.space = space;
        found.batches().forEach((name, state) -> {
            if (state.lead.isUnderWay()) {
                inherited.put(name, new Try(state.lead.number, state.lead.attempt));
            }
        });
    }

    /** The stream that a batch counts as, where it is parked. */
    static String stream(String batch) {
        return STREAM + batch;
    }

    /** The batch that counts as a stream; null if none does. */
    static @Nullable String batch(String stream) {
        return stream.startsWith(STREAM) ? stream.substring(STREAM.length()) : null;
    }

    private @Nullable Batch declared(String name) {
        return wiring.declaration().batches().stream()
                .filter(batch -> batch.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private BatchState state(String name) {
        return partition.positions().batch(name);
    }

    /** What a batch is declared as: another version that says otherwise has no use for what this one was doing. */
    private static String shape(Batch batch) {
        return batch.inputs().stream().map(Batch.Input::log).sorted().toList() + " "
                + batch.indexes().stream().map(Index::name).sorted().toList();
    }

    private boolean isOurs(String name, String shape) {
        Batch batch = declared(name);
        return batch != null && shape(batch).equals(shape);
    }

    /**
     * Whether a batch is under way here that this version of the view does not declare, or declares otherwise. It may count yet: until that is
     * decided the partition takes nothing but messages, so that nobody takes what the batch has taken, or writes what it is about to write.
     */
    boolean isHeld() {
        return partition.positions().batches().entrySet().stream()
                .anyMatch(each ->
                        each.getValue().part.isUnderWay() && !isOurs(each.getKey(), each.getValue().part.shape));
    }

    // --- cells aside

    private static KeyWriter name(int kind, String batch) {
        return new KeyWriter().raw(kind).text(batch);
    }

    private static byte[] staged(IndexSpace space, int of, String batch, int phase) {
        return space.aside(of, name(STAGED, batch).raw(phase).toByteArray());
    }

    private byte[] inbox(String batch, int phase, int from, int chunk) {
        return space.aside(
                wiring.partition(),
                name(INBOX, batch)
                        .raw(phase)
                        .raw(from >>> 8)
                        .raw(from)
                        .fixed(chunk)
                        .toByteArray());
    }

    /** What a partition has set aside to write when the batch counts, in order. */
    static List<Changes> staged(IndexSpace space, int of, String batch, Reading cells) {
        List<Changes> staged = new ArrayList<>();
        byte[] from = staged(space, of, batch, 0);
        try (Cursor cursor = cells.cursor(from, staged(space, of, batch, END), false)) {
            for (; cursor.valid(); cursor.next()) {
                ValueReader reader = new ValueReader(cursor.value());
                staged.add(Changes.read(reader));
                reader.end();
            }
        }
        return staged;
    }

    /** What was sent to this partition in phases before one, in the order of phases and partitions. */
    List<byte[]> inbox(String batch, int before) {
        List<byte[]> contents = new ArrayList<>();
        try (Cursor cursor = partition.overlay().cursor(inbox(batch, 0, 0, 0), inbox(batch, before, 0, 0), false)) {
            for (; cursor.valid(); cursor.next()) {
                contents.add(cursor.value());
            }
        }
        return contents;
    }

    /** The staged changes of this partition, in order. */
    List<Changes> staged(String batch) {
        return staged(space, wiring.partition(), batch, partition.overlay());
    }

    /** What a batch keeps for itself here. */
    BatchTemporary temporary(String batch, BatchState.Part part) {
        return new BatchTemporary(space, wiring.partition(), batch, part.number, part.attempt);
    }

    /** Sets aside what a phase writes. */
    void stage(String batch, int phase, byte[] changes) {
        partition.overlay().put(staged(space, wiring.partition(), batch, phase), changes);
    }

    /** Puts something aside that fails; it goes to the dead letters when the batch counts, and nowhere if it does not. */
    void putAside(String batch, int phase, int number, String reason, byte[] payload) {
        byte[] cell = new ValueWriter().text(reason).bytes(payload).toByteArray();
        partition
                .overlay()
                .put(
                        space.aside(
                                wiring.partition(),
                                name(DEAD, batch).raw(phase).fixed(number).toByteArray()),
                        cell);
    }

    /** The same of an event of a stream, which is read there again: it may be larger than what fits into a step beside others. */
    void putAside(String batch, int phase, int number, String reason, Origin event) {
        byte[] cell = new ValueWriter()
                .text(reason)
                .text(event.stream())
                .text(streams.identity(event.stream()))
                .count(event.sequence())
                .toByteArray();
        partition
                .overlay()
                .put(
                        space.aside(
                                wiring.partition(),
                                name(DEAD_EVENT, batch).raw(phase).fixed(number).toByteArray()),
                        cell);
    }

    private void emitDeadLetters(String batch, StepWork work) {
        byte[] first = space.aside(wiring.partition(), name(DEAD_EVENT, batch).toByteArray());
        byte[] last =
                space.aside(wiring.partition(), name(DEAD_EVENT, batch).raw(END).toByteArray());
        try (Cursor cursor = partition.overlay().cursor(first, last, false)) {
            for (; cursor.valid(); cursor.next()) {
                ValueReader cell = new ValueReader(cursor.value());
                String reason = cell.text();
                byte[] payload = payload(cell.text(), cell.text(), cell.count());
                cell.end();
                work.emit(new Streams.Append(
                        Wiring.deadLetters(wiring.partition()),
                        payload == null ? reason + NOT_KEPT : reason,
                        payload == null ? new byte[0] : payload,
                        null));
            }
        }
        byte[] from = space.aside(wiring.partition(), name(DEAD, batch).toByteArray());
        byte[] to = space.aside(wiring.partition(), name(DEAD, batch).raw(END).toByteArray());
        try (Cursor cursor = partition.overlay().cursor(from, to, false)) {
            for (; cursor.valid(); cursor.next()) {
                ValueReader cell = new ValueReader(cursor.value());
                work.emit(new Streams.Append(Wiring.deadLetters(wiring.partition()), cell.text(), cell.bytes(), null));
                cell.end();
            }
        }
    }

    /** What an event of a log has; null when it was let go of, or its log was deleted: the batch counts, and goes on without. */
    private byte @Nullable [] payload(String stream, String identity, long sequence) {
        if (!streams.identity(stream).equals(identity)) {
            return null; // another log of the same name, or none that this version follows
        }
        try {
            List<Streams.Event> read = streams.read(stream, sequence - 1, 1);
            return read.isEmpty() || read.getFirst().sequence() != sequence
                    ? null
                    : read.getFirst().payload();
        } catch (ThalwegException e) {
            if (e.code() == ErrorCode.SEQUENCE_GONE || e.code() == ErrorCode.NOT_FOUND) {
                return null;
            }
            throw e; // it may be there the next time
        }
    }

    private void clear(String batch) {
        Overlay overlay = partition.overlay();
        BatchTemporary.clear(space, wiring.partition(), batch, overlay);
        for (int kind : new int[] {STAGED, INBOX, DEAD, DEAD_EVENT}) {
            byte[] from = space.aside(wiring.partition(), name(kind, batch).toByteArray());
            byte[] to =
                    space.aside(wiring.partition(), name(kind, batch).raw(END).toByteArray());
            List<byte[]> keys = new ArrayList<>();
            try (Cursor cursor = overlay.cursor(from, to, false)) {
                for (; cursor.valid(); cursor.next()) {
                    keys.add(cursor.key());
                }
            }
            // One by one: there are few, and ranges that are emptied again and again make stores slow.
            keys.forEach(overlay::delete);
        }
    }

    // --- what is to be done

    /** Leads batches, and runs what is due of this partition's part in them. */
    void take(StepWork work) {
        if (wiring.partition() == 0) {
            giveUp(work);
        }
        for (Batch batch : wiring.declaration().batches()) {
            if (!partition.takes(stream(batch.name()), work)) {
                continue;
            }
            if (wiring.partition() == 0) {
                lead(batch, state(batch.name()).lead, work);
            }
            BatchState.Part part = state(batch.name()).part;
            int phase = part.phase;
            if (part.isUnderWay()
                    && isOurs(batch.name(), part.shape)
                    && !part.prepared
                    && !part.refused
                    && part.begunBehind != partition.positions().step()
                    && phase <= batch.stages().size()
                    && (phase == 0 || part.senders(phase - 1) == wiring.partitions())) {
                new BatchRun(this, partition, wiring, streams, batch, part).run(work);
            }
        }
    }

    /** Gives batches up that a version of before has begun and this one does not declare so: nobody could try them again. */
    private void giveUp(StepWork work) {
        partition.positions().batches().forEach((name, state) -> {
            BatchState.Lead lead = state.lead;
            if (lead.isUnderWay() && !isOurs(name, lead.shape)) {
                sendAll(new BatchMessage.GivenUp(name, lead.number, lead.attempt), work);
                lead.attempt = 0;
                lead.prepared.clear();
                work.taken++;
            }
        });
    }

    private void lead(Batch batch, BatchState.Lead lead, StepWork work) {
        if (lead.isUnderWay()) {
            Try left = inherited.get(batch.name());
            if (left != null && left.equals(new Try(lead.number, lead.attempt))) {
                lead.attempt++;
                begin(batch.name(), lead, work);
            }
            return;
        }
        if (hasInput(batch, lead)) {
            lead.shape = shape(batch);
            next(batch.name(), lead, work);
        }
    }

    private boolean hasInput(Batch batch, BatchState.Lead lead) {
        for (Batch.Input<?> input : batch.inputs()) {
            for (int each = 0; each < wiring.partitions(); each++) {
                for (Streams.Part part : streams.parts(input.log(), each)) {
                    long newest = Math.min(
                            streams.newest(part.stream()), partition.reach().upToOfAny(part.stream(), each));
                    if (newest > lead.ends.getOrDefault(part.stream(), 0L)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private void next(String batch, BatchState.Lead lead, StepWork work) {
        lead.number++;
        lead.attempt = 1;
        lead.begun = Instant.ofEpochMilli(Math.max(0, partition.now().toEpochMilli()));
        begin(batch, lead, work);
    }

    private void begin(String batch, BatchState.Lead lead, StepWork work) {
        lead.prepared.clear();
        sendAll(new BatchMessage.Begin(batch, lead.number, lead.attempt, lead.eventsMax, lead.begun), work);
        work.taken++;
    }

    private void commit(String batch, BatchState.Lead lead, boolean leftOut, StepWork work) {
        lead.committed = lead.number;
        lead.committedAttempt = lead.attempt;
        lead.leftOut = leftOut;
        lead.eventsMax = Math.min(BatchState.EVENTS_MAX, lead.eventsMax * 2);
        sendAll(new BatchMessage.Commit(batch, lead.number, lead.attempt, leftOut), work);
    }

    private void sendAll(BatchMessage message, StepWork work) {
        for (int each = 0; each < wiring.partitions(); each++) {
            send(each, message, work);
        }
    }

    /** Tells a partition something, once this step counts. */
    void send(int to, BatchMessage message, StepWork work) {
        work.emit(new Streams.Append(
                Wiring.hops(to), null, message.write(), new Streams.Hop(THROUGH, null, false, null)));
    }

    // --- what others say

    /** Takes a message to this partition. Runs no code of users. */
    void message(byte[] bytes, StepWork work) {
        work.taken++;
        switch (BatchMessage.read(bytes)) {
            case BatchMessage.Begin begin -> begun(begin);
            case BatchMessage.Data data -> received(data, work);
            case BatchMessage.Prepared prepared -> {
                BatchState.Lead lead = state(prepared.batch()).lead;
                if (lead.isOf(prepared.number(), prepared.attempt())) {
                    lead.prepared.add(prepared.from());
                    lead.ends.putAll(prepared.ends());
                    if (lead.prepared.size() == wiring.partitions()) {
                        commit(prepared.batch(), lead, false, work);
                    }
                }
            }
            case BatchMessage.TooLarge tooLarge -> {
                BatchState.Lead lead = state(tooLarge.batch()).lead;
                if (lead.isOf(tooLarge.number(), tooLarge.attempt())) {
                    lead.eventsMax = Math.max(1, lead.eventsMax / 2);
                    next(tooLarge.batch(), lead, work);
                }
            }
            case BatchMessage.LeaveOut leaveOut -> {
                BatchState.Lead lead = state(leaveOut.batch()).lead;
                if (lead.isOf(leaveOut.number(), leaveOut.attempt())) {
                    commit(leaveOut.batch(), lead, true, work);
                }
            }
            case BatchMessage.Commit commit -> committed(commit, work);
            case BatchMessage.GivenUp givenUp -> {
                BatchState.Part part = state(givenUp.batch()).part;
                if (part.isUnderWay() && part.number <= givenUp.number()) {
                    clear(givenUp.batch());
                    part.number = part.applied;
                    part.ranges = List.of();
                    part.senders.clear();
                    partition.trouble().left(stream(givenUp.batch()));
                }
            }
        }
    }

    private void begun(BatchMessage.Begin begin) {
        Batch batch = declared(begin.batch());
        BatchState.Part part = state(begin.batch()).part;
        boolean again = part.isUnderWay() && begin.number() == part.number && begin.attempt() > part.attempt;
        if (batch == null || (begin.number() <= part.number && !again)) {
            return; // this version knows no such batch, and whoever knows it again begins it again
        }
        clear(begin.batch());
        String shape = shape(batch);
        if (!again || !part.shape.equals(shape)) {
            // What another version chose for a try that nobody finished was of its logs.
            part.ranges = ranges(batch, begin.eventsMax());
        }
        part.shape = shape;
        part.number = begin.number();
        part.attempt = begin.attempt();
        part.phase = 0;
        part.begunBehind = partition.positions().step();
        part.eventsMax = begin.eventsMax();
        part.begun = begin.begun();
        part.prepared = false;
        part.refused = false;
        part.inboxBytes = 0;
        part.stagedBytes = 0;
        part.senders.clear();
        partition.trouble().left(stream(begin.batch()));
    }

    private List<BatchState.Range> ranges(Batch batch, int eventsMax) {
        List<BatchState.Range> ranges = new ArrayList<>();
        // Each stream has its share, so that none of them waits for another to have nothing left.
        int count = batch.inputs().stream()
                .mapToInt(
                        input -> streams.parts(input.log(), wiring.partition()).size())
                .sum();
        int eventsOfEach = Math.max(1, eventsMax / Math.max(1, count));
        long bytesOfEach = RANGE_BYTES / Math.max(1, count);
        for (Batch.Input<?> input : batch.inputs()) {
            // As with handlers: what a split has made is open once all before it is taken.
            Set<String> open = new HashSet<>();
            Map<String, Long> ends = new HashMap<>();
            for (Streams.Part part : streams.parts(input.log(), wiring.partition())) {
                String from = part.from();
                if (from != null
                        && !(open.contains(from)
                                && Math.max(ends.getOrDefault(from, 0L), streams.first(from) - 1) >= part.at())) {
                    continue;
                }
                String stream = part.stream();
                open.add(stream);
                partition.positions().requireSame(stream, streams.identity(stream));
                long after = partition.positions().taken(stream);
                long upTo = partition.reach().upTo(stream);
                BatchState.Range range = upTo <= after
                        ? null
                        : BatchState.Range.behind(streams, input.log(), stream, after, upTo, eventsOfEach, bytesOfEach);
                if (range != null) {
                    ranges.add(range);
                }
                ends.put(stream, range == null ? after : range.upTo());
            }
        }
        return List.copyOf(ranges);
    }

    /** How far this partition's streams are taken once the batch counts. */
    SortedMap<String, Long> ends(Batch batch, BatchState.Part part) {
        SortedMap<String, Long> ends = new TreeMap<>();
        for (Batch.Input<?> input : batch.inputs()) {
            for (Streams.Part each : streams.parts(input.log(), wiring.partition())) {
                // What is kept no more nobody takes.
                ends.put(
                        each.stream(),
                        Math.max(partition.positions().taken(each.stream()), streams.first(each.stream()) - 1));
            }
        }
        part.ranges.forEach(range -> ends.put(range.stream(), range.upTo()));
        return ends;
    }

    private void received(BatchMessage.Data data, StepWork work) {
        BatchState.Part part = state(data.batch()).part;
        if (!part.isOf(data.number(), data.attempt())) {
            return;
        }
        if (data.content().length > 0) {
            part.inboxBytes += data.content().length;
            work.asideBytes += data.content().length;
            if (part.inboxBytes <= INBOX_BYTES) { // what is beyond it will not be looked at
                partition.overlay().put(inbox(data.batch(), data.phase(), data.from(), data.chunk()), data.content());
            }
        }
        if (data.last()) {
            part.sentAll(data.phase());
        }
    }

    private void committed(BatchMessage.Commit commit, StepWork work) {
        BatchState.Part part = state(commit.batch()).part;
        if (commit.number() <= part.applied) {
            return;
        }
        if (part.number == commit.number()) {
            if (!commit.leftOut()) {
                work.asideBytes += part.stagedBytes;
                staged(commit.batch()).forEach(changes -> changes.applyTo(partition.overlay()));
                emitDeadLetters(commit.batch(), work);
            }
            for (BatchState.Range range : part.ranges) {
                long taken = partition.positions().taken(range.stream());
                if (taken > range.after()) {
                    throw new IllegalStateException("batch " + commit.batch() + " " + commit.number() + " takes "
                            + range.stream() + " behind " + range.after() + ", which is taken up to " + taken
                            + " already: its events would count twice");
                }
                partition.positions().taken(range.stream(), range.upTo());
                for (long at = Math.max(range.after() + 1, range.upTo() - ORIGINS_MAX); at <= range.upTo(); at++) {
                    work.origins.add(new Origin(range.stream(), at));
                }
            }
        }
        clear(commit.batch());
        part.ranges = List.of();
        part.senders.clear();
        part.number = commit.number();
        part.applied = commit.number();
        part.appliedAttempt = commit.attempt();
        part.leftOut = commit.leftOut();
        partition.trouble().left(stream(commit.batch()));
    }

    /** Has a batch that is parked here go on without those events of its ranges that are gone. */
    void goOnWithout(String batch) {
        BatchState.Part part = state(batch).part;
        List<BatchState.Range> left = new ArrayList<>();
        for (BatchState.Range range : part.ranges) {
            long first = streams.first(range.stream());
            if (first <= range.after() + 1) {
                left.add(range);
                continue;
            }
            long after = Math.min(first - 1, range.upTo());
            partition.positions().taken(range.stream(), after);
            if (after < range.upTo()) {
                left.add(new BatchState.Range(range.log(), range.stream(), after, range.upTo()));
            }
        }
        part.ranges = List.copyOf(left);
    }

    /** Has a batch that is parked here go on without what it has taken, on all partitions. */
    void leaveOut(String batch, StepWork work) {
        BatchState.Part part = state(batch).part;
        if (part.isUnderWay()) {
            part.refused = true;
            send(0, new BatchMessage.LeaveOut(batch, part.number, part.attempt), work);
        }
    }
}
