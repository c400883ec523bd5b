package io.thalweg.server.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a check of a stopped node's data found.
 *
 * @param shards one for each
 * @param viewFiles files of views that were looked at
 * @param notes what is no damage, but worth knowing: a torn tail that the next start will cut, and where a consensus log ends
 * @param refusal why a start would refuse; empty when it would go on
 */
public record DataReport(
        List<ShardReport> shards, int viewFiles, List<Finding> findings, List<String> notes, Optional<String> refusal) {

    /** What was looked at in a shard. */
    public record ShardReport(
            String shard, long segments, long frames, long events, long bytes, int snapshots, int ledgers) {}

    /** One thing that is wrong, and the byte at which the damaged record begins. */
    public record Finding(Part part, Path file, long offset, String what) {
        @Override
        public String toString() {
            return file + " at offset " + offset + ": " + what;
        }
    }

    /** Kinds of files: what is lost with a damaged one, and what brings it back. */
    public enum Part {
        MANIFEST(
                "which segments count, and how far snapshots rely on them", "the file from a backup of this directory"),
        SEGMENT("the entries in the damaged place: events and bookings", "the file from a backup"),
        INDEX("where the events of its segment stand", "the file from a backup"),
        SNAPSHOT(
                "nothing, while the other snapshot is whole and the journal reaches back to it",
                "the next snapshot; or the file from a backup"),
        LEDGER(
                "the records or balances in the damaged place; that ledger is frozen, others go on",
                "the journal, while it reaches back, or a backup: thalweg ledger repair"),
        CONSENSUS("what the journal does not have of the Raft log", "the start, from the journal"),
        VIEW("nothing: it is computed from the logs", "the node, by itself"),
        SECRET("what the secret opened", "the file from a backup; or a new one, when this one is moved away");

        private final String lost;
        private final String remedy;

        Part(String lost, String remedy) {
            this.lost = lost;
            this.remedy = remedy;
        }

        public String lost() {
            return lost;
        }

        /** What brings it back. */
        public String remedy() {
            return remedy;
        }

        static Part ofJournal(Path file) {
            String name = String.valueOf(file.getFileName());
            if (name.endsWith(".idx")) {
                return INDEX;
            }
            return name.endsWith(".seg") ? SEGMENT : MANIFEST;
        }
    }
}
