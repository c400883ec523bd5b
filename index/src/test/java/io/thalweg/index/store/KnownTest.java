package io.thalweg.index.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KnownTest {
    private final MemoryStore store = new MemoryStore();
    private final List<String> asked = new ArrayList<>();

    /** The store, which says what it is asked. */
    private final Reading below = new Reading() {
        @Override
        public byte @Nullable [] get(byte[] key) {
            asked.add(new String(key, StandardCharsets.UTF_8));
            return store.latest().get(key);
        }

        @Override
        public boolean has(byte[] key) {
            asked.add("has " + new String(key, StandardCharsets.UTF_8));
            return store.latest().has(key);
        }

        @Override
        public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
            return store.latest().cursor(from, to, reverse);
        }
    };

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void write(Known known, Overlay overlay) {
        Changes changes = overlay.changes();
        store.commit(changes);
        known.written(changes);
    }

    @Test
    void whatWasReadOrWrittenIsNotAskedForAgain() {
        Known known = new Known(below, 1 << 20);
        Overlay overlay = new Overlay(known);
        assertThat(overlay.get(utf8("a"))).isNull();
        assertThat(overlay.has(utf8("a"))).isFalse();
        overlay.put(utf8("a"), utf8("1"));
        overlay.put(utf8("empty"), utf8(""));
        write(known, overlay);
        assertThat(asked).containsExactly("a");
        assertThat(known.get(utf8("a"))).isEqualTo(utf8("1"));
        assertThat(known.get(utf8("empty"))).as("which is no absence").isEmpty();
        assertThat(known.has(utf8("empty"))).isTrue();
        Overlay next = new Overlay(known);
        next.delete(utf8("a"));
        write(known, next);
        assertThat(known.has(utf8("a"))).isFalse();
        assertThat(known.get(utf8("a"))).isNull();
        assertThat(asked).containsExactly("a");
    }

    @Test
    void whatIsAskedForStaysAndMemoryHasABound() {
        Known known = new Known(below, 8 << 10);
        for (int i = 0; i < 1_000; i++) {
            known.get(utf8("often"));
            known.get(utf8("once " + i));
        }
        assertThat(asked).hasSize(1_001);
        for (int i = 0; i < 1_000; i++) {
            known.get(utf8("once " + i));
        }
        assertThat(asked).as("most are forgotten").hasSizeGreaterThan(1_900);
    }

    /** Against an overlay over the store itself, with values of all sizes, ranges that are emptied and little memory. */
    @Test
    void itShowsWhatTheStoreHas() {
        Random random = new Random(112);
        Known known = new Known(below, 4 << 10);
        for (int round = 0; round < 2_000; round++) {
            Overlay overlay = new Overlay(known);
            for (int i = random.nextInt(8); i > 0; i--) {
                byte[] key = utf8("k" + random.nextInt(40));
                switch (random.nextInt(5)) {
                    case 0 -> overlay.delete(key);
                    case 1 -> overlay.put(key, new byte[random.nextInt(10) == 0 ? 5_000 : random.nextInt(50)]);
                    case 2 -> overlay.deleteRange(key, utf8("k" + random.nextInt(40)));
                    default -> overlay.put(key, utf8("v" + random.nextInt()));
                }
            }
            write(known, overlay);
            for (int i = 0; i < 8; i++) {
                byte[] key = utf8("k" + random.nextInt(40));
                assertThat(known.has(key)).isEqualTo(store.latest().has(key));
                assertThat(known.get(key)).isEqualTo(store.latest().get(key));
                assertThat(known.has(key)).isEqualTo(store.latest().has(key));
            }
        }
    }
}
