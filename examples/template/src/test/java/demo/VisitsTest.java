package demo;

import static io.thalweg.index.path.Maps.key;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.thalweg.view.java.local.LocalNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VisitsTest {
    private static byte[] visit(String page, String visitor) {
        return "{\"page\":\"%s\",\"visitor\":\"%s\"}".formatted(page, visitor).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void visitsAreCountedWhateverLeaderDies() {
        LocalNode node = new LocalNode(4);
        node.deploy("visits", Visits::new);
        node.append("visits", "/", visit("/", "ann"));
        String second = node.append("visits", "/", visit("/", "bob"));
        node.process();
        assertEquals(Map.of("visits", 2), node.answer("visits", second));
        for (int partition = 0; partition < 4; partition++) {
            node.crash(partition, new Random(partition));
        }
        node.append("visits", "/", visit("/", "ann"));
        node.process();
        assertEquals(List.of(3L), node.view("visits").select(Visits.COUNTS, "/", key("/")));
    }
}
