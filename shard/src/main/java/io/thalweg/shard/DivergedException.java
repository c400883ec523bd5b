package io.thalweg.shard;

/**
 * A replica has come to something else than most of its group with the same entries: a bit that turned in memory, or a program that is not
 * deterministic. It must neither answer nor be counted any more, and no start from its own files makes it right.
 */
public final class DivergedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param index what was made of the entries before this one differs */
    public DivergedException(int shard, long index, String others) {
        super("with the entries before " + index + " shard " + shard + " has come to something else here than on "
                + others + ": this replica is the odd one, and stops");
    }
}
