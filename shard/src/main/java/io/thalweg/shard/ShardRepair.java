package io.thalweg.shard;

import io.thalweg.log.journal.Journal;
import io.thalweg.log.journal.JournalEntry;
import io.thalweg.model.StreamId;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.stream.StreamIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Computes again what machines of a stopped shard have lost, from the entries in its journal.
 *
 * <p>State is a function of the entries. So a second state is made in a folder beside, from nothing or from a backup's snapshot,
 * and applies the entries of the journal up to the one that the shard's newest snapshot covers. It must then agree with that
 * snapshot in everything that is not lost: same time, same streams, same directory, or nothing is touched. What is lost is
 * taken over from it ({@link Machine#mend}), and the snapshot is written again under its own number. The next start loads it
 * and applies what came after, as after any stop. Requests that were answered with "nobody knows" while something was lost
 * have their effect then, and their sessions know the true replies.
 *
 * <p>Until the snapshot is renamed into its place the shard is as it was before, with what was lost still lost; a repair that was
 * interrupted is begun again.
 */
public final class ShardRepair {
    private static final int COPY_BYTES = 1 << 20;
    private static final int PROGRESS_ENTRIES = 100_000;

    /** Nobody reads events of a state that is computed beside. */
    private static final StreamIndex NO_INDEX = new StreamIndex() {
        @Override
        public void restore(StreamId stream, long first, long head) {}

        @Override
        public void append(StreamId stream, long firstSequence, int count, long timestampNs, int offset, int length) {}

        @Override
        public void trim(StreamId stream, long firstSequence) {}

        @Override
        public void delete(StreamId stream) {}

        @Override
        public void publish(StreamId stream, long head) {}
    };

    private final ShardOptions options;
    private final Disk disk;
    private final Function<Path, List<Machine>> machines;
    private final Consumer<String> progress;

    /**
     * @param options of the shard, which must not be open
     * @param machines makes the machines beside the streams, which keep their files in the given shard's folder
     * @param progress told in words how far it is
     */
    public ShardRepair(
            ShardOptions options, Disk disk, Function<Path, List<Machine>> machines, Consumer<String> progress) {
        this.options = options;
        this.disk = disk;
        this.machines = machines;
        this.progress = progress;
    }

    /**
     * Repairs the shard.
     *
     * @param backup the folder of the same shard in a copy of the data directory, from which to go on; null to begin with the
     *     journal's first entry
     * @return whether there was anything to repair
     * @throws IOException when it cannot be done, with what would help; the shard is as it was
     */
    public boolean run(@Nullable Path backup) throws IOException {
        Snapshots snapshots = new Snapshots(disk, options.directory().resolve("state"));
        Snapshots.Found found = snapshots.load();
        Snapshots.Loaded newest = found.newest();
        if (newest == null || found.damaged() != null) {
            throw new IOException("the newest snapshot in "
                    + options.directory().resolve("state") + (newest == null ? " is missing" : " is damaged")
                    + ": start the node and stop it again first");
        }
        List<Machine> mine = machines.apply(options.directory());
        ShardState state = new ShardState(options, NO_INDEX, mine, _ -> {});
        try {
            state.load(newest);
            state.publish();
            if (!state.needsJournal()) {
                return false;
            }
            Path scratch = options.directory().resolve("repair");
            clear(scratch);
            List<Machine> others = machines.apply(scratch);
            ShardState whole = new ShardState(options, NO_INDEX, others, _ -> {});
            try {
                long from = backup == null
                        ? -1
                        : begin(whole, backup, scratch, newest.position().index());
                replay(whole, from, newest.position().index());
                mend(state, mine, whole, others);
            } finally {
                whole.close();
            }
            ShardState.Captured captured = state.capture();
            captured.persist();
            var _ = snapshots.store(newest.position(), captured.pieces());
            clear(scratch);
            return true;
        } finally {
            state.close();
        }
    }

    /** Loads the newest snapshot of a backup; returns what it covers. */
    private long begin(ShardState whole, Path backup, Path scratch, long last) throws IOException {
        Snapshots.Loaded base =
                new Snapshots(disk, backup.resolve("state")).load().newest();
        if (base == null) {
            throw new IOException("there is no whole snapshot in " + backup.resolve("state"));
        }
        if (base.position().index() > last) {
            throw new IOException(
                    "the backup has entries up to " + base.position().index()
                            + ", but the shard's newest snapshot only up to " + last + ": use an older one");
        }
        progress.accept("copying the ledgers of the backup");
        copy(backup.resolve("ledgers"), scratch.resolve("ledgers"));
        whole.load(base);
        return base.position().index();
    }

    private void replay(ShardState whole, long from, long last) throws IOException {
        try (Journal journal = Journal.open(disk, options.directory().resolve("journal"), options.journal())) {
            requireAllBehind(journal, from);
            long index = from;
            long applied = 0;
            for (JournalEntry entry = journal.firstBehind(index);
                    entry != null && entry.index() <= last;
                    entry = journal.firstBehind(index)) {
                var _ = whole.apply(entry.index(), entry.stampNs(), entry.requests(), entry.body());
                whole.publish();
                index = entry.index();
                if (++applied % PROGRESS_ENTRIES == 0) {
                    progress.accept("applied " + applied + " entries, up to " + index + " of " + last);
                }
            }
            progress.accept("applied " + applied + " entries, up to " + index + " of " + last);
        }
    }

    private static void requireAllBehind(Journal journal, long index) throws IOException {
        try {
            journal.requireAllBehind(index);
        } catch (IOException e) {
            throw new IOException(e.getMessage() + ": repair from a backup that was taken later (--backup DIR)", e);
        }
    }

    private static void mend(ShardState state, List<Machine> mine, ShardState whole, List<Machine> others)
            throws IOException {
        List<String> lost =
                mine.stream().filter(Machine::needsJournal).map(Machine::name).toList();
        if (!Arrays.equals(state.digestWithout(lost), whole.digestWithout(lost))) {
            throw new IOException(
                    "what the journal's entries make is not what the shard's snapshot has: they are not of"
                            + " one history, or one of them is damaged; nothing was changed");
        }
        for (int i = 0; i < mine.size(); i++) {
            if (mine.get(i).needsJournal()) {
                mine.get(i).mend(others.get(i));
            }
        }
        state.takeSessions(whole);
        state.publish();
    }

    private void copy(Path from, Path to) throws IOException {
        for (Path folder : disk.list(from)) {
            Path target = to.resolve(String.valueOf(folder.getFileName()));
            disk.createDirectories(target);
            for (Path file : disk.list(folder)) {
                copyFile(file, target.resolve(String.valueOf(file.getFileName())));
            }
        }
    }

    private void copyFile(Path from, Path to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
        try (DiskFile in = disk.open(from);
                DiskFile out = disk.open(to)) {
            for (long at = 0; at < in.size(); at += buffer.limit()) {
                int got = in.read(at, buffer.clear());
                buffer.limit(got).position(0);
                out.write(at, buffer);
            }
            out.force();
        }
    }

    private void clear(Path scratch) throws IOException {
        for (Path folder : disk.list(scratch.resolve("ledgers"))) {
            for (Path file : disk.list(folder)) {
                disk.delete(file);
            }
        }
    }
}
