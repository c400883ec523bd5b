package io.thalweg.index.path;

import io.thalweg.index.codec.KeyReader;
import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.schema.Schema;
import io.thalweg.model.MalformedException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which way a reading walk took at each place where many go on, so that another can go on behind it:
 *
 * <pre>
 * trail = version 1, count mark*        mark: bytes, a key or an index in its key form
 * </pre>
 */
final class Trail {
    /** Of walks that nobody goes on with: remembers nothing. */
    static final Trail NONE = new Trail(null, false);

    private static final int VERSION = 1;

    private final boolean kept;

    private final Deque<byte[]> marks = new ArrayDeque<>();

    /** Marks to follow, outermost first; those that were followed are gone. Null or empty when the walk is on its own. */
    private final Deque<byte[]> ahead = new ArrayDeque<>();

    private boolean following;

    /** @param token what {@link #token} gave, or null to begin */
    Trail(@Nullable String token) {
        this(token, true);
    }

    private Trail(@Nullable String token, boolean kept) {
        this.kept = kept;
        if (token == null) {
            return;
        }
        try {
            ValueReader reader = new ValueReader(Base64.getUrlDecoder().decode(token));
            if (reader.raw() != VERSION) {
                throw new MalformedException("another version");
            }
            for (int i = reader.size(); i > 0; i--) {
                ahead.add(reader.bytes());
            }
            reader.end();
            following = true;
        } catch (IllegalArgumentException | MalformedException e) {
            throw new PathException("page: this is no token of a page before: " + e.getMessage(), e);
        }
    }

    /** Enters a place where many ways go on; true if one of them is marked. */
    boolean enter() {
        if (!kept) {
            return false;
        }
        marks.addLast(new byte[0]);
        return following && !ahead.isEmpty();
    }

    /** Leaves it when all ways were taken. */
    boolean leave() {
        if (kept) {
            marks.removeLast();
        }
        return true;
    }

    long longMark() {
        try {
            return new KeyReader(ahead.element(), 0).integer();
        } catch (MalformedException e) {
            throw new PathException("page: this is no token of this path", e);
        }
    }

    Object keyMark(Schema<?> schema) {
        try {
            return schema.readKey(new KeyReader(ahead.element(), 0));
        } catch (MalformedException e) {
            throw new PathException("page: this is no token of this path", e);
        }
    }

    void mark(long way) {
        if (!kept) {
            return;
        }
        mark(new KeyWriter().integer(way).toByteArray());
    }

    void mark(Schema<?> schema, Object key) {
        if (!kept) {
            return;
        }
        mark(schema.keyBytes(key));
    }

    private void mark(byte[] mark) {
        marks.removeLast();
        marks.addLast(mark);
        if (following) {
            // The first mark of a place that was entered on the trail is either the one ahead or lies behind it.
            if (marks.size() > followed && !ahead.isEmpty() && java.util.Arrays.equals(ahead.element(), mark)) {
                ahead.remove();
                followed++;
            } else {
                following = false;
                ahead.clear();
            }
        }
    }

    private int followed;

    /** Whether the walk stands where the page before ended, which is not to be told again. Asked once at each end. */
    boolean isOld() {
        boolean old = following && ahead.isEmpty();
        following = false;
        ahead.clear();
        return old;
    }

    /** Where the walk stands now. */
    String token() {
        ValueWriter writer = new ValueWriter().raw(VERSION).count(marks.size());
        List<byte[]> now = new ArrayList<>(marks);
        now.forEach(writer::bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(writer.toByteArray());
    }
}
