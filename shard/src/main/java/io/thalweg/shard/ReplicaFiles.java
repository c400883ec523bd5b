package io.thalweg.shard;

import io.thalweg.log.EventIndex;
import io.thalweg.log.Retention;
import io.thalweg.log.StreamReader;
import io.thalweg.log.journal.Journal;
import io.thalweg.log.journal.JournalEntry;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.NoSuchElementException;

/** What a replica has open between its start and its end: the journal, and what finds, reads and gives back events in it. */
record ReplicaFiles(Journal journal, EventIndex index, StreamReader reader, Retention retention)
        implements AutoCloseable {
    /** Of an entry that stands in no segment. */
    private static final long NO_SEGMENT = -1;

    static ReplicaFiles open(ShardOptions options, Disk disk, long coveredIndex) throws IOException {
        Journal journal = Journal.open(disk, options.directory().resolve("journal"), options.journal());
        try {
            EventIndex index = EventIndex.open(journal, coveredIndex, options.indexCacheBytes());
            return new ReplicaFiles(journal, index, new StreamReader(index), new Retention(journal, index));
        } catch (IOException | RuntimeException e) {
            journal.close();
            throw e;
        }
    }

    /** Appends an entry to the journal, without making it durable. */
    JournalEntry append(long index, long term, Entry entry, boolean read) throws IOException {
        return journal.append(index, term, entry.timestampNs(), entry.requests(), entry.body(), entry.checksum(), read);
    }

    /**
     * The journal's copy of a committed entry, whose events will be read again. A crash may have left it there already; what it
     * took, or left otherwise, is written again, for the consensus' log has it all.
     */
    JournalEntry keep(long index, long term, Entry entry) throws IOException {
        if (index <= journal.lastIndex()) {
            try {
                JournalEntry stored = journal.read(index);
                if (stored.term() == term && stored.checksum() == entry.checksum()) {
                    return stored;
                }
            } catch (NoSuchElementException _) {
                // Then what stands behind it is of no use either.
            }
        }
        return append(index, term, entry, true);
    }

    /**
     * Whether the newest segment becomes complete by an entry, whatever that is. One that the journal has passed by, since an earlier life did not
     * keep it and kept later ones, can stand there no more.
     */
    boolean endSegmentWith(long index) {
        return journal.isEnding() && index > journal.lastIndex();
    }

    /** A committed entry of which nothing will be read again: it is applied, and stands nowhere. */
    static JournalEntry passing(long index, long term, Entry entry) {
        return new JournalEntry(
                index,
                term,
                entry.timestampNs(),
                entry.requests(),
                entry.checksum(),
                entry.body().getFirst().slice().order(ByteOrder.LITTLE_ENDIAN),
                NO_SEGMENT,
                0);
    }

    static boolean stands(JournalEntry entry) {
        return entry.segment() != NO_SEGMENT;
    }

    /** Forces and closes. */
    @Override
    public void close() throws IOException {
        try (journal) {
            index.close();
        }
    }
}
