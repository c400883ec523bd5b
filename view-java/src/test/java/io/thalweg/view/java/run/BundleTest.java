package io.thalweg.view.java.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.MalformedException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BundleTest {
    private static Streams.Append hop(String stream, @Nullable String key, String payload, Streams.Hop hop) {
        return new Streams.Append(stream, key, payload.getBytes(StandardCharsets.UTF_8), hop);
    }

    private static Streams.Append hop(String stream, String payload) {
        return hop(stream, payload, payload, new Streams.Hop("words", null, false, null));
    }

    private static Streams.Append message(String stream, String payload) {
        return hop(stream, null, payload, new Streams.Hop(Batches.THROUGH, null, false, null));
    }

    private static Streams.Event event(long sequence, Streams.Append append) {
        return new Streams.Event(sequence, append.key(), append.payload(), append.hop(), Instant.ofEpochSecond(99));
    }

    private static List<Streams.Append> read(Streams.Append bundle) {
        List<Streams.Append> hops = new ArrayList<>();
        for (Streams.Event each : Bundle.hops(event(7, bundle))) {
            assertThat(each.sequence()).isEqualTo(7);
            assertThat(each.time()).isEqualTo(Instant.ofEpochSecond(99));
            hops.add(new Streams.Append(bundle.stream(), each.key(), each.payload(), each.hop()));
        }
        return hops;
    }

    private static boolean isBundle(Streams.Append append) {
        return Bundle.is(event(1, append));
    }

    /** What stands in a stream, hop by hop. */
    private static List<String> words(String stream, List<Streams.Append> appends) {
        List<String> words = new ArrayList<>();
        for (Streams.Append append : appends) {
            if (append.stream().equals(stream)) {
                (isBundle(append) ? read(append) : List.of(append))
                        .forEach(each -> words.add(new String(each.payload(), StandardCharsets.UTF_8)));
            }
        }
        return words;
    }

    private static String shown(Streams.Append append) {
        return append.stream() + " " + append.key() + " " + Arrays.toString(append.payload()) + " " + append.hop();
    }

    @Test
    void whatIsReadIsWhatHoppedWhateverItIs() {
        Random random = new Random(108);
        String[] throughs = {"words", "names", "lines"};
        String[] keys = {"a", "ß", "語", "", "\ud800"};
        String[] streams = {"lines/0", "lines/1"};
        for (int round = 0; round < 200; round++) {
            List<Streams.Append> hops = new ArrayList<>();
            for (int i = 2 + random.nextInt(40); i > 0; i--) {
                Origin origin =
                        random.nextInt(4) == 0 ? null : new Origin(streams[random.nextInt(2)], 1 + random.nextInt(3));
                Instant time = random.nextInt(4) == 0
                        ? null
                        : Instant.ofEpochSecond(random.nextInt(3) - 1, random.nextInt(2) * 999_999_999L);
                hops.add(hop(
                        "@hops/3",
                        random.nextInt(4) == 0 ? null : keys[random.nextInt(keys.length)],
                        keys[random.nextInt(3)],
                        new Streams.Hop(throughs[random.nextInt(3)], origin, random.nextBoolean(), time)));
            }
            List<Streams.Append> all = Bundle.of(hops);
            assertThat(all).hasSize(1);
            assertThat(read(all.getFirst()).stream().map(BundleTest::shown))
                    .containsExactlyElementsOf(
                            hops.stream().map(BundleTest::shown).toList());
        }
    }

    @Test
    void aStreamKeepsItsOrderAndMessagesAndWhatIsAloneAreEvents() {
        List<Streams.Append> all = Bundle.of(List.of(
                hop("@hops/0", "a"),
                hop("@hops/1", "x"),
                hop("@hops/0", "b"),
                message("@hops/0", "m"),
                new Streams.Append("out/0", "k", new byte[] {1}, null),
                hop("@hops/0", "c"),
                hop("@hops/0", "d"),
                hop("@hops/0", "e".repeat(Bundle.BYTES_MAX)),
                hop("@hops/0", "f")));
        assertThat(words("@hops/0", all)).containsExactly("a", "b", "m", "c", "d", "e".repeat(Bundle.BYTES_MAX), "f");
        assertThat(all.stream().filter(BundleTest::isBundle)).hasSize(2);
        assertThat(all).hasSize(7);
        assertThat(words("@hops/1", all)).containsExactly("x");
    }

    @Test
    void aBundleHasBounds() {
        List<Streams.Append> many = new ArrayList<>();
        for (int i = 0; i < 2 * Bundle.HOPS_MAX + 1; i++) {
            many.add(hop("@hops/0", "w" + i));
        }
        assertThat(Bundle.of(many)).hasSize(3);
        List<Streams.Append> large = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            large.add(hop("@hops/0", "x".repeat(Bundle.BYTES_MAX / 9))); // as a key, too
        }
        assertThat(Bundle.of(large)).hasSize(5).allMatch(each -> each.payload().length < 2 * Bundle.BYTES_MAX);
        List<Streams.Append> keyed = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            keyed.add(hop("@hops/0", "語".repeat(8_000) + i, "w" + i, new Streams.Hop("words", null, false, null)));
        }
        keyed.add(hop("@hops/0", "k".repeat(65_535), "last", new Streams.Hop("words", null, false, null)));
        assertThat(Bundle.of(keyed)).allMatch(each -> each.payload().length <= 2 * Bundle.BYTES_MAX);
        assertThat(words("@hops/0", Bundle.of(keyed))).isEqualTo(words("@hops/0", keyed));
        assertThat(words("@hops/0", Bundle.of(many)))
                .isEqualTo(words("@hops/0", many))
                .hasSize(2 * Bundle.HOPS_MAX + 1);
    }

    @Test
    void whatIsNoBundleIsRefused() {
        byte[] whole = Bundle.of(List.of(
                        hop("@hops/0", "k", "a", new Streams.Hop("words", new Origin("in/0", 5), true, Instant.EPOCH)),
                        hop("@hops/0", "b")))
                .getFirst()
                .payload();
        byte[] later = whole.clone();
        later[0] = 2;
        byte[] nothing = {1};
        // Of the stream of the event before, and there is none.
        byte[] lost = {1, 1 << 3, 1, 0};
        for (byte[] each : List.of(new byte[0], later, nothing, lost, Arrays.copyOf(whole, whole.length - 1))) {
            Streams.Event event =
                    new Streams.Event(1, null, each, new Streams.Hop(Bundle.THROUGH, null, false, null), Instant.EPOCH);
            assertThatThrownBy(() -> Bundle.hops(event)).isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void aHopOfABundleHasANameAndItsStreamIsFoundByThat() {
        assertThat(Bundle.name("@hops/12", 0)).isEqualTo("@hops/12");
        assertThat(Bundle.name("@hops/12", 3)).isEqualTo("@hops/12.3");
        assertThat(Bundle.stream("@hops/12.3")).isEqualTo("@hops/12");
        assertThat(Bundle.stream("@hops/12")).isEqualTo("@hops/12");
        assertThat(Bundle.stream("a.b/0")).isEqualTo("a.b/0");
        assertThat(Bundle.stream("timer")).isEqualTo("timer");
    }
}
