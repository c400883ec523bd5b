package io.thalweg.memo.object;

import java.nio.charset.StandardCharsets;

/**
 * Tells whether a memo may say how durable its object is to be, without reading what it says: few do, and a slab that starts looks at all. Who
 * only mentions the name is taken for one who does, and costs a reading.
 */
public final class TargetMark {
    private static final byte[] MARK = TopicModel.OBJECT_TARGET.getBytes(StandardCharsets.UTF_8);

    private TargetMark() {}

    public static boolean isIn(byte[] body) {
        for (int at = 0; at <= body.length - MARK.length; at++) {
            int same = 0;
            while (same < MARK.length && body[at + same] == MARK[same]) {
                same++;
            }
            if (same == MARK.length) {
                return true;
            }
        }
        return false;
    }
}
