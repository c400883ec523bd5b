package io.thalweg.server.javaviews.reading;

import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.Reading;
import io.thalweg.model.MalformedException;
import io.thalweg.view.java.query.Moment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A moment of a view that another node has and lends, read page by page as it is asked for.
 *
 * <pre>
 * page = version 1, bool more, count (bytes key, bytes value)*
 * </pre>
 *
 * Thread-safe, until it is closed.
 */
public final class BorrowedMoment implements Moment {
    private static final int VERSION = 1;

    /** Of the first page of a walk; the following ones are larger, as who reads on wants more. */
    private static final int PAGE_BYTES_MIN = 4 << 10;

    /** Most of a page, but for its last cell. */
    public static final int PAGE_BYTES_MAX = 256 << 10;

    private final Lender lender;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Who lends it. Thread-safe. */
    public interface Lender {
        /** Cells with {@code from <= key < to}, in order or against it: at least one if there is one. */
        byte[] page(byte[] from, byte[] to, boolean reverse, int bytesMax);

        /** Has it back. */
        void back();
    }

    /** @param lender has it back when this is closed */
    public BorrowedMoment(Lender lender) {
        this.lender = lender;
    }

    /** A page of what is lent. */
    public static byte[] page(Reading lent, byte[] from, byte[] to, boolean reverse, int bytesMax) {
        List<byte[]> cells = new ArrayList<>();
        long bytes = 0;
        boolean more = false;
        try (Cursor cursor = lent.cursor(from, to, reverse)) {
            for (; cursor.valid(); cursor.next()) {
                if (bytes >= Math.min(bytesMax, PAGE_BYTES_MAX)) {
                    more = true;
                    break;
                }
                cells.add(cursor.key());
                cells.add(cursor.value());
                bytes += cursor.key().length + cursor.value().length;
            }
        }
        ValueWriter page = new ValueWriter().raw(VERSION).bool(more).count(cells.size() / 2L);
        cells.forEach(page::bytes);
        return page.toByteArray();
    }

    @Override
    public Reading partition(int number) {
        return new Cells();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            lender.back();
        }
    }

    private record Page(boolean more, List<byte[]> cells) {
        static Page read(byte[] bytes) {
            ValueReader from = new ValueReader(bytes);
            int version = from.raw();
            if (version != VERSION) {
                throw new MalformedException("a page of cells has version " + version + ", expected " + VERSION);
            }
            boolean more = from.bool();
            List<byte[]> cells = new ArrayList<>();
            for (int i = from.size(); i > 0; i--) {
                cells.add(from.bytes());
                cells.add(from.bytes());
            }
            from.end();
            if (more && cells.isEmpty()) {
                throw new MalformedException("a page has no cells, and there are more");
            }
            return new Page(more, cells);
        }
    }

    private final class Cells implements Reading {
        @Override
        public byte @Nullable [] get(byte[] key) {
            List<byte[]> cells = Page.read(lender.page(key, behind(key), false, 1)).cells;
            return cells.isEmpty() ? null : cells.get(1);
        }

        @Override
        public boolean has(byte[] key) {
            return get(key) != null;
        }

        @Override
        public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
            return new Walk(from, to, reverse);
        }
    }

    /** The first key behind one. */
    private static byte[] behind(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    private final class Walk implements Cursor {
        private final boolean reverse;
        private byte[] from;
        private byte[] to;
        private int bytes = PAGE_BYTES_MIN;
        private Page page;
        private int at;

        Walk(byte[] from, byte[] to, boolean reverse) {
            this.reverse = reverse;
            this.from = from;
            this.to = to;
            this.page = load();
        }

        /** What there is between the bounds, which are never widened. */
        private Page load() {
            if (Arrays.compareUnsigned(from, to) >= 0) {
                return new Page(false, List.of());
            }
            return Page.read(lender.page(from, to, reverse, bytes));
        }

        @Override
        public boolean valid() {
            return 2 * at < page.cells.size();
        }

        @Override
        public byte[] key() {
            return page.cells.get(2 * at);
        }

        @Override
        public byte[] value() {
            return page.cells.get(2 * at + 1);
        }

        @Override
        public void next() {
            byte[] last = key();
            at++;
            if (!valid() && page.more) {
                goOn(last);
            }
        }

        /** Reads what lies beyond a key, in the direction. */
        private void goOn(byte[] last) {
            if (reverse) {
                to = last;
            } else {
                from = behind(last);
            }
            bytes = Math.min(2 * bytes, PAGE_BYTES_MAX);
            page = load();
            at = 0;
        }

        @Override
        public void seek(byte[] key) {
            byte[] last = valid() ? key() : key;
            while (valid() && isBefore(key(), key)) {
                last = key();
                at++;
            }
            if (!valid() && page.more) {
                // Beyond the page, and not before the key that is sought.
                if (reverse) {
                    to = Arrays.compareUnsigned(behind(key), last) < 0 ? behind(key) : last;
                } else {
                    from = Arrays.compareUnsigned(key, last) > 0 ? key : behind(last);
                }
                page = load();
                at = 0;
            }
        }

        private boolean isBefore(byte[] cell, byte[] key) {
            int order = Arrays.compareUnsigned(cell, key);
            return reverse ? order > 0 : order < 0;
        }

        @Override
        public void close() {
            // Nothing is held for it.
        }
    }
}
