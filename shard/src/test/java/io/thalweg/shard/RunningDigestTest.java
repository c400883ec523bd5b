package io.thalweg.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.request.Reply;
import io.thalweg.shard.Replica.Digest;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RunningDigestTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long FORM = 3_727_426_521_162_558_652L;

    private static ByteBuffer replies(Reply... replies) {
        BinaryWriter out = new BinaryWriter();
        for (Reply reply : replies) {
            ReplyCodec.write(out, reply);
        }
        return out.toByteBuffer();
    }

    private static Reply done(int... bytes) {
        ByteBuffer result = ByteBuffer.allocate(bytes.length);
        for (int each : bytes) {
            result.put((byte) each);
        }
        return new Reply.Done(result.flip());
    }

    private static Reply refused(ErrorCode code, String why) {
        return new Reply.Refused(code, why);
    }

    private static long of(long index, long stampNs, ByteBuffer replies, long noted) {
        RunningDigest digest = new RunningDigest();
        digest.startAt(0);
        digest.before(index, stampNs, 0);
        digest.after(replies, noted);
        return digest.value();
    }

    /** Programs of different versions compare it: whoever changes it brings a version of the order. */
    @Test
    void itsFormIsThatOfVersionSix() {
        assertThat(of(7, 8, replies(done(1, 2, 3), refused(ErrorCode.NOT_FOUND, "here"), done()), 9))
                .isEqualTo(FORM);
    }

    @Test
    void whatDiffersAnywhereIsSeenAndWordsAreNot() {
        Set<Long> all = new HashSet<>();
        for (int bit = 0; bit < 8; bit++) {
            all.add(of(7, 8, replies(done(1, 2 ^ (1 << bit), 3), done(4)), 9));
            all.add(of(7, 8, replies(done(1, 2, 3), done(4)), 9 ^ (1L << bit)));
            all.add(of(7, 8 ^ (1L << (8 + bit)), replies(done(1, 2, 3), done(4)), 9));
            all.add(of(7 ^ (1L << (8 + bit)), 8, replies(done(1, 2, 3), done(4)), 9));
        }
        all.add(of(7, 8, replies(done(1, 2, 3), done(4)), 9));
        all.add(of(7, 8, replies(done(4), done(1, 2, 3)), 9));
        all.add(of(7, 8, replies(done(1, 2, 3)), 9));
        all.add(of(7, 8, replies(done(1, 2, 3), refused(ErrorCode.NOT_FOUND, "here")), 9));
        all.add(of(7, 8, replies(refused(ErrorCode.NOT_FOUND, "here"), done(1, 2, 3)), 9));
        all.add(of(7, 8, replies(done(1, 2, 3), refused(ErrorCode.INTERNAL, "here")), 9));
        all.add(of(7, 8, replies(), 9));
        assertThat(all).hasSize(32 + 7);
        assertThat(of(7, 8, replies(refused(ErrorCode.NOT_FOUND, "there is no stream"), done(4)), 9))
                .isEqualTo(of(7, 8, replies(refused(ErrorCode.NOT_FOUND, "no such stream"), done(4)), 9));
    }

    @Test
    void itIsKeptWhereTheTimePassesTenSecondsAndAStateBeginsAnew() {
        RunningDigest digest = new RunningDigest();
        digest.startAt(0);
        long lastNs = 0;
        long before = 0;
        for (int index = 0; index < 100; index++) {
            long stampNs = (index + 1) * 3L * SECOND_NS;
            boolean passes = stampNs / (10 * SECOND_NS) > lastNs / (10 * SECOND_NS);
            digest.before(index, stampNs, lastNs);
            assertThat(digest.kept().contains(new Digest(index, before))).isEqualTo(passes);
            digest.after(replies(done(index)), 0);
            before = digest.value();
            lastNs = stampNs;
        }
        List<Digest> kept = digest.kept();
        assertThat(kept).hasSize(16).isSortedAccordingTo((one, two) -> Long.compare(one.index(), two.index()));
        digest.before(100, lastNs - 5 * SECOND_NS, lastNs);
        assertThat(digest.kept()).as("a stamp that goes back").isEqualTo(kept);

        digest.startAt(17);
        assertThat(digest.kept()).isEmpty();
        assertThat(digest.value()).isEqualTo(17);
    }
}
