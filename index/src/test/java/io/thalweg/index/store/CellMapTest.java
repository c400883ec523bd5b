package io.thalweg.index.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CellMapTest {
    private static byte[] key(Random random) {
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
