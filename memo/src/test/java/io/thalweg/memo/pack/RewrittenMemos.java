package io.thalweg.memo.pack;

import io.thalweg.memo.MemoId;
import java.io.IOException;
import java.util.Comparator;
import java.util.stream.Stream;

/** Writes into packs what no store would. */
public final class RewrittenMemos {
    private RewrittenMemos() {}

    /** Another form under a memo's id, where it is found. */
    public static void append(Stream<PackFile> packs, MemoId id, long arrival, byte[] form) throws IOException {
        PackFile newest =
                packs.max(Comparator.comparingLong(pack -> pack.number)).orElseThrow();
        newest.append(id, arrival, form, null);
        newest.force();
    }
}
