package io.thalweg.index.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CellMapTest {
    /** One of a few that differ late, or of many that begin in one of three ways. */
    private static byte[] key(Random random) {
        if (random.nextBoolean()) {
            byte[] far = new byte[12 + random.nextInt(8)];
            Arrays.fill(far, (byte) random.nextInt(3));
            for (int i = 10; i < far.length; i++) {
                far[i] = (byte) random.nextInt(4);
            }
            return far;
        }
        byte[] key = new byte[random.nextInt(20)];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (i == key.length - 1 ? random.nextInt(40) : 0);
        }
        return key;
    }

    private static void isAs(NavigableMap<byte[], Integer> model, CellMap cells, String about) {
        assertThat(cells.size()).as(about).isEqualTo(model.size());
        CellMap.Cell[] ascending = cells.ascending();
        int at = 0;
        for (Map.Entry<byte[], Integer> each : model.entrySet()) {
            CellMap.Cell cell = ascending[at++];
            assertThat(cell.key()).as(about).isEqualTo(each.getKey());
            assertThat(cells.find(each.getKey())).as(about).isSameAs(cell);
            assertThat(cell.value())
                    .as(about)
                    .isEqualTo(new byte[] {each.getValue().byteValue()});
        }
    }

    /** Keys that differ in one byte, made and removed at random, beside a map of the library; also in order, which somebody asks for in between. */
    @Test
    void isAMapWithAnOrder() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            NavigableMap<byte[], Integer> model = new TreeMap<>(Arrays::compareUnsigned);
            CellMap cells = new CellMap();
            int orderedFrom = random.nextInt(3_000);
            for (int i = 0; i < 2_000; i++) {
                String about = "seed " + seed + " step " + i;
                byte[] key = key(random);
                if (random.nextInt(5) < 3) {
                    cells.make(key).value(new byte[] {(byte) i});
                    model.put(key, (int) (byte) i);
                } else {
                    cells.remove(key);
                    model.remove(key);
                    assertThat(cells.find(key)).as(about).isNull();
                }
                if (i == orderedFrom || i % 200 == 0) {
                    isAs(model, cells, about);
                    assertThat(cells.ascending(cell -> cell.key().length % 2 == 0))
                            .as(about)
                            .extracting(CellMap.Cell::key)
                            .usingElementComparator(Arrays::compareUnsigned)
                            .containsExactlyElementsOf(model.keySet().stream()
                                    .filter(each -> each.length % 2 == 0)
                                    .toList());
                }
                if (i >= orderedFrom && i % 50 == 0) {
                    assertThat(cells.ordered().keySet())
                            .as(about)
                            .usingElementComparator(Arrays::compareUnsigned)
                            .containsExactlyElementsOf(model.keySet());
                }
            }
        }
    }
}
