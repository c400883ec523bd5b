package io.thalweg.ledger.store.run;

import io.thalweg.ledger.store.block.Section;
import io.thalweg.ledger.store.block.SectionReader;
import io.thalweg.ledger.store.schema.Schema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Merges the ids of runs that lie one behind the other. A tree of losers finds the next id with one comparison on each level (D. E.
 * Knuth, "The Art of Computer Programming", volume 3, 5.4.1); a block of a run that is before all others, as the ids of most
 * clients are, is taken whole. Not thread-safe.
 */
final class IdMerge {
    private final Source[] sources;
    /** The source that lost at each inner node; the winner of all in front. */
    private final int[] tree;

    // The next id of each source, with the sign turned so that it compares as a signed number. A source that has come
    // to its end is behind all others.
    private final long[] low;
    private final long[] high;
    private final int[] order;

    private final IdSections out;
    private long left;

    /** The ids of one run, of which some are decoded. */
    private static final class Source {
        final SectionReader reader;
        final int base;
        /** Where in an entry the id is, and how long an entry is. */
        final int idAt;

        final int bytes;
        /** Whether the entries are the records themselves, whose slots are not written. */
        final boolean ascending;

        final long[] low;
        final long[] high;
        final int[] slots;
        int next;
        int size;
        private int slot;

        Source(Run run, RecordFile records, Schema schema, int base, ByteBuffer memory) {
            this.base = base;
            ascending = run.isAscending();
            Section section = ascending ? records.section(run.from(), run.to()) : run.section(RunFormat.IDS);
            reader = new SectionReader(ascending ? records.blocks() : run.file(), section, memory);
            idAt = ascending ? schema.idOffset() : 0;
            bytes = section.entryBytes();
            low = new long[section.perBlock()];
            high = new long[section.perBlock()];
            slots = new int[section.perBlock()];
        }

        /** Decodes the next block; false at the end. */
        boolean load() throws IOException {
            next = 0;
            size = 0;
            if (reader.left() == 0) {
                return false;
            }
            int count = reader.batch(reader.room());
            ByteBuffer in = reader.buffer();
            int at = in.position();
            for (int i = 0; i < count; i++, at += bytes) {
                low[i] = in.getLong(at + idAt);
                high[i] = in.getLong(at + idAt + 8);
                int stored = ascending ? slot++ : in.getInt(at + idAt + 16);
                slots[i] = stored == RunFormat.ORPHAN ? stored : stored + base;
            }
            in.position(at);
            size = count;
            return true;
        }
    }

    /**
     * Begins.
     *
     * @param buffers one for each run, as {@link SectionReader#newBuffer} makes them
     */
    IdMerge(List<Run> runs, RecordFile records, Schema schema, List<ByteBuffer> buffers, RunWriter to)
            throws IOException {
        int k = runs.size();
        sources = new Source[k];
        tree = new int[k];
        low = new long[k];
        high = new long[k];
        order = new int[k];
        for (int i = 0; i < k; i++) {
            int base = (int) (runs.get(i).from() - runs.getFirst().from());
            sources[i] = new Source(runs.get(i), records, schema, base, buffers.get(i));
            left += sources[i].reader.left();
            stand(i, sources[i].load());
        }
        tree[0] = winner(1);
        out = new IdSections(to, left);
    }

    private void stand(int source, boolean more) {
        Source at = sources[source];
        low[source] = more ? at.low[at.next] ^ Long.MIN_VALUE : Long.MAX_VALUE;
        high[source] = more ? at.high[at.next] ^ Long.MIN_VALUE : Long.MAX_VALUE;
        order[source] = more ? source : source + sources.length;
    }

    private boolean before(int a, int b) {
        if (high[a] != high[b]) {
            return high[a] < high[b];
        }
        return low[a] == low[b] ? order[a] < order[b] : low[a] < low[b];
    }

    /** Plays all games at a node and below. */
    private int winner(int node) {
        if (node >= sources.length) {
            return node - sources.length;
        }
        int a = winner(2 * node);
        int b = winner(2 * node + 1);
        boolean isFirst = before(a, b);
        tree[node] = isFirst ? b : a;
        return isFirst ? a : b;
    }

    /** Plays the games of a source again that stands at another id. */
    private void replay(int source) {
        int winner = source;
        for (int node = (source + sources.length) >>> 1; node > 0; node >>>= 1) {
            int other = tree[node];
            if (before(other, winner)) {
                tree[node] = winner;
                winner = other;
            }
        }
        tree[0] = winner;
    }

    /** Writes at least {@code entries} ids, if there are so many; true when all are written. */
    boolean step(int entries) throws IOException {
        long until = Math.max(0, left - entries);
        while (left > until) {
            int first = tree[0];
            Source source = sources[first];
            // The first of a block is the first of all: perhaps the whole block is before the others.
            for (int ids = source.next == 0 && isBeforeAll(first) ? source.size : 1; ids > 0; ids--) {
                put(source);
            }
            stand(first, source.next < source.size || source.load());
            replay(first);
        }
        return left == 0;
    }

    private void put(Source source) throws IOException {
        int i = source.next++;
        out.put(source.low[i], source.high[i], source.slots[i]);
        left--;
    }

    /** Whether the last decoded id of the winner is before those of all that lost against it. */
    private boolean isBeforeAll(int winner) {
        Source source = sources[winner];
        low[winner] = source.low[source.size - 1] ^ Long.MIN_VALUE;
        high[winner] = source.high[source.size - 1] ^ Long.MIN_VALUE;
        boolean all = true;
        for (int node = (winner + sources.length) >>> 1; node > 0; node >>>= 1) {
            all &= before(winner, tree[node]);
        }
        stand(winner, true);
        return all;
    }

    /** Ends what {@link #step} has written; returns the smallest and the largest id, each low half first. */
    long[] finish() throws IOException {
        return out.finish();
    }
}
