package io.thalweg.cluster.action;

import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * One invocation, with all that has become of it.
 *
 * @param args as the caller wrote them, JSON; {@code null} written out when there are none
 * @param metadata the caller's own notes
 * @param headers of the request that brought it, where the caller's dialect wants them back
 * @param requester who asked, such as {@code AGENT_API}
 * @param createdNs when the caller says that it made it; ns since 1970
 * @param scheduledNs when this node took it
 * @param history what became of it, oldest first; never empty
 */
public record Action(
        UUID id,
        String kind,
        String args,
        Map<String, String> metadata,
        Map<String, String> headers,
        String requester,
        long createdNs,
        long scheduledNs,
        List<Change> history) {

    /** How far it is. */
    public enum Phase {
        NEW(0),
        RUNNING(1),
        DONE(2),
        FAILED(3);

        private final int number;

        /** @param number its binary form, which never changes meaning */
        Phase(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        static Phase ofNumber(int number) {
            for (Phase phase : values()) {
                if (phase.number == number) {
                    return phase;
                }
            }
            throw new MalformedException("an action has the phase " + number);
        }

        public boolean isFinal() {
            return this == DONE || this == FAILED;
        }
    }

    /**
     * One step of its life.
     *
     * @param error why it failed, in words; empty when nothing went wrong
     * @param payload JSON that the handler keeps from step to step, empty when there is none
     */
    public record Change(long atNs, Phase phase, String error, String payload) {}

    public Action {
        metadata = Map.copyOf(metadata);
        headers = Map.copyOf(headers);
        history = List.copyOf(history);
        if (history.isEmpty()) {
            throw new IllegalArgumentException("action " + id + " has no history");
        }
    }

    public Change state() {
        return history.getLast();
    }

    public Phase phase() {
        return state().phase();
    }

    /** When it came to its end; empty before. */
    public OptionalLong finishedNs() {
        return phase().isFinal() ? OptionalLong.of(state().atNs()) : OptionalLong.empty();
    }

    /** The same after one more step; of a long history the middle goes. */
    Action after(Change change) {
        List<Change> changes = new ArrayList<>(history);
        if (changes.size() >= Actions.HISTORY_MAX) {
            changes.remove(1);
        }
        changes.add(change);
        return new Action(id, kind, args, metadata, headers, requester, createdNs, scheduledNs, changes);
    }
}
