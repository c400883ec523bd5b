package io.thalweg.memo;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * The youngest memos about an object: none of them follows another. Sorted, without repetitions; equal knowledge has equal heads.
 * Whoever makes one vouches for its being an antichain. Immutable.
 *
 * @param memos ascending
 */
public record Head(List<MemoId> memos) {
    public static final Head EMPTY = new Head(List.of());

    /** Branches of one object, and so memos in the head of one, that are read. */
    public static final int MEMOS_MAX = 4096;

    public Head {
        memos = List.copyOf(memos);
        for (int i = 1; i < memos.size(); i++) {
            if (memos.get(i - 1).compareTo(memos.get(i)) >= 0) {
                throw new MalformedException("a head is strictly ascending, but "
                        + memos.get(i).brief() + " follows " + memos.get(i - 1).brief());
            }
        }
    }

    /** A head of memos in any order. */
    public static Head of(Collection<MemoId> memos) {
        return new Head(List.copyOf(new TreeSet<>(memos)));
    }

    public static Head of(MemoId memo) {
        return new Head(List.of(memo));
    }

    /**
     * The head after one memo more, which nothing known follows yet: it takes the place of its precursors. A memo that was known
     * before must not be given again.
     */
    public Head after(MemoId memo, List<MemoId> precursors) {
        List<MemoId> next = new ArrayList<>(memos);
        next.removeAll(precursors);
        next.add(memo);
        return of(next);
    }

    /** This head without memos that turned out to be followed by others. */
    public Head without(List<MemoId> followed) {
        if (followed.stream().noneMatch(memos::contains)) {
            return this;
        }
        List<MemoId> next = new ArrayList<>(memos);
        next.removeAll(followed);
        return new Head(next);
    }

    public boolean isEmpty() {
        return memos.isEmpty();
    }

    public boolean contains(MemoId memo) {
        return memos.contains(memo);
    }

    public void write(BinaryWriter out) {
        out.u16(memos.size());
        memos.forEach(memo -> memo.write(out));
    }

    public static Head read(BinaryReader in) {
        int count = in.u16();
        if (count > MEMOS_MAX || count * MemoId.BYTES > in.remaining()) {
            throw new MalformedException("a head of " + count + " memos; at most " + MEMOS_MAX + " and what is there");
        }
        List<MemoId> memos = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            memos.add(MemoId.read(in));
        }
        return new Head(memos);
    }

    @Override
    public String toString() {
        return memos.stream().map(MemoId::brief).toList().toString();
    }
}
