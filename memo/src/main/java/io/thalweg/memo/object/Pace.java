package io.thalweg.memo.object;

/**
 * When keyframes are made, and what of an object's memos is never dropped.
 *
 * @param memos of a lineage after which a keyframe is made, whatever it costs
 * @param memosMin after which one is made that is no larger than what it saves to read
 * @param repeated the newest memos of an object, among which a repeated edit is recognised; they are not dropped
 */
public record Pace(int memos, int memosMin, int repeated) {
    public static final Pace USUAL = new Pace(512, 64, 64);
}
