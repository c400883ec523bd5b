package io.thalweg.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Positions are a lattice of vectors, and their two forms give back what they were made of or refuse. */
final class PositionTest {
    private static final int SEEDS = 300;

    private static StreamId stream(Random random) {
        return new StreamId(new LogId(new UUID(-random.nextInt(2), random.nextInt(3))), random.nextInt(3));
    }

    private static long sequence(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> random.nextLong(Long.MAX_VALUE);
            default -> random.nextInt(5);
        };
    }

    private static Position position(Random random) {
        if (random.nextInt(3) == 0) {
            return Position.of(stream(random), sequence(random));
        }
        Map<StreamId, Long> sequences = new HashMap<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            sequences.put(stream(random), sequence(random));
        }
        return Position.of(sequences);
    }

    /** What a position means: a vector without zeros. */
    private static Map<StreamId, Long> meaning(Position position) {
        Map<StreamId, Long> vector = new HashMap<>(position.sequences());
        vector.values().removeIf(sequence -> sequence == 0);
        return vector;
    }

    @Test
    void coversIsAPartialOrderAndMergeItsLeastUpperBound() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            Position a = position(random);
            Position b = position(random);
            Position c = position(random);
            boolean expected = meaning(b).entrySet().stream()
                    .allMatch(one -> meaning(a).getOrDefault(one.getKey(), 0L) >= one.getValue());
            assertThat(a.covers(b)).as("seed %d: %s covers %s", seed, a, b).isEqualTo(expected);
            assertThat(a.covers(a) && a.covers(Position.of(Map.of())))
                    .as("seed %d", seed)
                    .isTrue();
            assertThat(a.covers(b) && b.covers(a))
                    .as("seed %d", seed)
                    .isEqualTo(meaning(a).equals(meaning(b)));
            Position both = a.merge(b);
            assertThat(both.covers(a) && both.covers(b)).as("seed %d", seed).isTrue();
            assertThat(meaning(both)).as("seed %d", seed).isEqualTo(meaning(b.merge(a)));
            assertThat(meaning(both.merge(c))).as("seed %d", seed).isEqualTo(meaning(a.merge(b.merge(c))));
            if (c.covers(a) && c.covers(b)) {
                assertThat(c.covers(both)).as("seed %d", seed).isTrue();
            }
            StreamId stream = stream(random);
            Position moved = a.with(stream, 7);
            assertThat(moved.of(stream)).isEqualTo(7);
            Map<StreamId, Long> rest = meaning(a);
            rest.put(stream, 7L);
            assertThat(meaning(moved)).as("seed %d", seed).isEqualTo(rest);
        }
    }

    @Test
    void bothFormsGiveThePositionBack() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Position position = position(new Random(seed));
            BinaryWriter out = new BinaryWriter();
            PositionCodec.write(out, position);
            BinaryReader in = new BinaryReader(out.toByteArray());
            assertThat(PositionCodec.read(in)).as("seed %d", seed).isEqualTo(position);
            in.end();
            String token = position.token();
            assertThat(token).as("seed %d", seed).matches("[0-9]+|p[A-Za-z0-9_-]+");
            assertThat(
                            position instanceof Position.Single(StreamId stream, long _)
                                    ? PositionCodec.parse(token, stream)
                                    : PositionCodec.parse(token))
                    .as("seed %d", seed)
                    .isEqualTo(position);
        }
    }

    @Test
    void theLargestPositionHasATokenWithinTheBoundAndALargerOneCannotBeMade() {
        Map<StreamId, Long> sequences = new HashMap<>();
        for (int i = 0; i < Position.MAX_STREAMS; i++) {
            sequences.put(new StreamId(new LogId(new UUID(i, i)), Integer.MAX_VALUE), Long.MAX_VALUE - i);
        }
        Position position = Position.of(sequences);
        assertThat(position.token().length()).isLessThanOrEqualTo(PositionCodec.MAX_TOKEN_CHARS);
        assertThat(PositionCodec.parse(position.token())).isEqualTo(position);
        assertThatThrownBy(() -> position.with(StreamId.of(new LogId(new UUID(-1, 0))), 1))
                .hasMessageContaining("at most " + Position.MAX_STREAMS);
    }

    @Test
    void aTokenThatIsCutOrChangedAnywhereIsRefused() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            Position position = Position.of(position(random).sequences());
            String token = position.token();
            int at = random.nextInt(token.length());
            char other = "Az09_-p.".charAt(random.nextInt(8));
            Set<String> wrong = new HashSet<>(List.of(
                    token.substring(0, at),
                    token + other,
                    token.substring(0, at) + other + token.substring(at + 1),
                    token.substring(0, at) + token.substring(at + 1)));
            wrong.remove(token);
            for (String text : wrong) {
                if (!text.matches("[0-9]+")) {
                    assertThatThrownBy(() -> PositionCodec.parse(text))
                            .as("seed %d: %s", seed, text)
                            .isInstanceOf(MalformedException.class);
                }
            }
        }
    }

    @Test
    void aSequenceIsAPositionOnlyWhereOneStreamIsFollowed() {
        StreamId stream = StreamId.of(new LogId(new UUID(1, 2)));
        assertThat(PositionCodec.parse("42", stream)).isEqualTo(Position.of(stream, 42));
        assertThatThrownBy(() -> PositionCodec.parse("42")).hasMessageContaining("which of several partitions");
        for (String odd : new String[] {
            "", "-1", "+1", "4 2", "٤٢", "p", "9223372036854775808", "1".repeat(100), "p".repeat(1 << 20)
        }) {
            assertThatThrownBy(() -> PositionCodec.parse(odd, stream))
                    .as(odd.length() < 100 ? odd : "long")
                    .isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void hostileBytesAreRefusedWithoutTakingMemoryForWhatTheyAnnounce() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            BinaryWriter out = new BinaryWriter();
            PositionCodec.write(out, position(random));
            byte[] bytes = out.toByteArray();
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            try {
                Position read = PositionCodec.read(new BinaryReader(cut));
                assertThat(read.sequences().size()).isLessThanOrEqualTo(Position.MAX_STREAMS);
            } catch (MalformedException e) {
                assertThat(e).hasMessageMatching("(?s).+");
            }
            byte[] noise = new byte[random.nextInt(80)];
            random.nextBytes(noise);
            String text = "p" + new String(Base64.getUrlEncoder().encode(noise), StandardCharsets.US_ASCII);
            assertThatThrownBy(() -> PositionCodec.parse(text)).isInstanceOf(MalformedException.class);
        }
    }
}
