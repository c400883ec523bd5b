package io.thalweg.memo.peering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.peering.Message.Listed;
import io.thalweg.memo.peering.Message.Range;
import io.thalweg.memo.peering.Message.Sent;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class MessageCodecTest {
    private static final TenantId TENANT = new TenantId(new UUID(0, 1));
    private static final TenantId OTHER = new TenantId(new UUID(0, 2));

    private static MemoId id(int number) {
        return MemoCodec.hash(new byte[] {(byte) number});
    }

    private static final Beat BEAT = new Beat(
            new UUID(1, 2),
            3,
            4,
            60,
            "global/dc1/r1",
            "http://127.0.0.1:1",
            1 << 20,
            true,
            false,
            17,
            List.of(new Beat.TenantDigest(TENANT, Digest.EMPTY.with(id(1)))),
            List.of(new Beat.Other(new UUID(5, 6), "")));

    private static final List<Message> ALL = List.of(
            new Message.Beating(MemoCodec.encode(BEAT.memo())),
            new Message.Have(TENANT, List.of(id(1), id(2))),
            new Message.Want(List.of(id(3))),
            new Message.Offer(TENANT, List.of()),
            new Message.Memos(List.of(new Sent(MemoCodec.encode(BEAT.memo()), null))),
            new Message.Absent(List.of(id(4))),
            new Message.ListFrom(9),
            new Message.Listing(
                    9,
                    40,
                    true,
                    List.of(
                            new Listed(9, TENANT, true, id(5)),
                            new Listed(11, OTHER, false, id(6)),
                            new Listed(39, TENANT, true, id(7)))),
            new Message.Fetch(List.of(new Range(1, 5), new Range(8, 8))),
            new Message.Leaving(7, List.of(id(8))),
            new Message.Stay(7, List.of(id(8))),
            new Message.Dropped(List.of(new Message.Skeleton(id(9), MemoCodec.encode(BEAT.memo())))),
            new Message.WantKeyframes(List.of(id(9), id(10))));

    @Test
    void everyMessageReadsBack() {
        for (Message message : ALL) {
            Message again = MessageCodec.decode(MessageCodec.encode(message));
            assertThat(MessageCodec.encode(again)).isEqualTo(MessageCodec.encode(message));
            assertThat(again.getClass()).isEqualTo(message.getClass());
        }
        assertThat(MessageCodec.decode(MessageCodec.encode(ALL.get(7)))).isEqualTo(ALL.get(7));
        assertThat(Beat.of(BEAT.memo())).isEqualTo(BEAT);
    }

    @Test
    void damagedMessagesAreRefusedOrReadAsOthersButNeverThrowAnythingElse() {
        for (long seed = 0; seed < 3000; seed++) {
            var random = new SplittableRandom(seed);
            byte[] bytes = MessageCodec.encode(ALL.get(random.nextInt(ALL.size())));
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            byte[] damaged = random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
            try {
                if (MessageCodec.decode(damaged) instanceof Message.Beating beat) {
                    Beat.of(MemoCodec.decode(beat.form()));
                }
            } catch (MalformedException e) {
                assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
            }
        }
    }

    @Test
    void anotherVersionIsRefusedByName() {
        byte[] bytes = MessageCodec.encode(ALL.get(1));
        bytes[4] = 2;
        assertThatThrownBy(() -> MessageCodec.decode(bytes)).hasMessage("message of version 2, this build knows 1");
    }

    @Test
    void equalSetsHaveEqualDigestsInWhicheverOrderTheyCame() {
        Digest one = Digest.EMPTY.with(id(1)).with(id(2)).with(id(3));
        assertThat(Digest.EMPTY.with(id(3)).with(id(1)).with(id(2))).isEqualTo(one);
        assertThat(Digest.EMPTY.with(id(3)).with(id(1))).isNotEqualTo(one);
    }
}
