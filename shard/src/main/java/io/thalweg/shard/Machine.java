package io.thalweg.shard;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Operation;
import io.thalweg.model.Reply;
import io.thalweg.model.Request;

/**
 * One deterministic part of a shard's state, and the operations that change it. {@link #apply}, {@link #publish}, {@link
 * #save} and {@link #load} run on the shard's apply thread only. They must reach no clock, no randomness, no file, no hash
 * order and no other thread: the same requests give the same bytes of state on every replica and in every rerun.
 */
public interface Machine {

    /** Names this machine's part of a snapshot; part of the format on disk. */
    String name();

    /** Whether requests of this operation come here; each operation has at most one owner. */
    boolean owns(Operation operation);

    /**
     * Applies one request. A refusal must leave everything unchanged. An exception other than
     * {@link io.thalweg.model.ThalwegException} and {@link io.thalweg.model.MalformedException} (both become refusals and
     * must be thrown before anything changed) halts the shard.
     */
    Reply apply(ApplyContext context, Request request);

    /**
     * The entry is applied in whole: what it changed may now be shown to other threads. Called once per entry, after the
     * last of its requests, and once after {@link #load}.
     */
    default void publish() {}

    /** Writes the whole state in a form that depends on nothing but the state: iterate in sorted order. */
    void save(BinaryWriter out);

    /** Replaces the state by one that {@link #save} wrote; whatever does not fit is a {@code MalformedException}. */
    void load(BinaryReader in);
}
