package io.thalweg.shard.machine;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;

/**
 * One deterministic part of a shard's state, and the operations that change it. {@link #apply}, {@link #publish}, {@link
 * #save}, {@link #capture} and {@link #load} run on the shard's apply thread only. They must reach no clock, no randomness, no file, no hash
 * order and no other thread: the same requests give the same bytes of state on every replica and in every rerun.
 */
public interface Machine {

    /** Names this machine's part of a snapshot; part of the format on disk. */
    String name();

    /** Whether requests of this operation come here; each operation has at most one owner. */
    boolean owns(Operation operation);

    /**
     * Whether a request of this operation can be applied before its entry has a place in the journal: it appends no events.
     * Another thread may then stand in for the apply thread, which waits for it.
     */
    default boolean canApplyAhead(Operation operation) {
        return false;
    }

    /**
     * Applies one request. A refusal must leave everything unchanged. An exception other than
     * {@link io.thalweg.model.ThalwegException} and {@link io.thalweg.model.MalformedException} (both become refusals and
     * must be thrown before anything changed) halts the shard.
     */
    Reply apply(ApplyContext context, Request request);

    /**
     * A checksum of what makes a request this one and no other; a session takes two with the same number and different checksums for two
     * requests. Without what a door may say otherwise when the same client asks the same again.
     */
    default int checksum(Request request) {
        return new Checksum().of(List.of(request.body()));
    }

    /**
     * The entry is applied in whole: what it changed may now be shown to other threads. Called once per entry, after the
     * last of its requests, and once after {@link #load}.
     */
    default void publish() {}

    /**
     * Writes what the state is, in a form that depends on nothing but the state: iterate in sorted order. It is what replicas
     * and tests compare; and it is this machine's part of a snapshot, unless {@link #capture} says otherwise.
     */
    void save(BinaryWriter out);

    /**
     * Begins this machine's share of a snapshot as of now. On the apply thread, so it must be quick: what is large is only referred to,
     * and written down by {@link Captured#form} elsewhere. As it stands here it writes the whole state.
     */
    default Captured capture() {
        BinaryWriter out = new BinaryWriter(1 << 12);
        save(out);
        return new Captured(out.toByteBuffer());
    }

    /** Replaces the state by one that {@link #capture} described; whatever does not fit is a {@code MalformedException}. */
    void load(BinaryReader in);

    /** Nothing in the state that was loaded is newer than this. */
    default void loaded(long lastNs) {}

    /**
     * Whether something of this machine may have to be made again from the entries in the journal: no space of it is given back
     * meanwhile. Any thread.
     */
    default boolean needsJournal() {
        return false;
    }

    /**
     * Takes what this machine has lost from another of the same kind that has applied the same entries elsewhere, files included.
     * Only while nothing is applied; the other is of no more use afterwards.
     *
     * @throws IOException when the other has lost it, too
     */
    default void mend(Machine other) throws IOException {
        throw new IOException(name() + " cannot be computed again by itself");
    }

    /** Lets go of memory and files; the apply thread, or any when nothing is applied any more. */
    default void close() throws IOException {}

    /**
     * One machine's share of a snapshot that was begun.
     *
     * @param form makes what {@link #load} will be given, of the state as it was; off the apply thread, once
     * @param persist makes durable what the state refers to, before the snapshot counts; off the apply thread
     * @param published the snapshot counts, and no snapshot but this one and the one before will be loaded again; off the
     *     apply thread, after {@code persist} and before that of the next snapshot
     */
    record Captured(Supplier<ByteBuffer> form, Work persist, Work published) {
        public Captured(ByteBuffer state) {
            this(() -> state, () -> {}, () -> {});
        }

        /** Work with files. */
        @FunctionalInterface
        public interface Work {
            void run() throws IOException;
        }
    }
}
