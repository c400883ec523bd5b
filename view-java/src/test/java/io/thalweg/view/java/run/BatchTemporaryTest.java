package io.thalweg.view.java.run;

import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.model.Slots;
import io.thalweg.view.java.batch.BatchTemporary;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a batch keeps for itself is of that batch, whoever led meanwhile and left it there. */
final class BatchTemporaryTest {
    private static final Index<Map<String, String>> KEPT = Index.of("kept", Schema.map(String.class, String.class));

    private final IndexSpace space = new IndexSpace(UUID.randomUUID(), 1);
    private final Overlay cells = new Overlay(new MemoryStore().latest());

    private IndexWriter<Map<String, String>> kept(long number, int attempt) {
        return new BatchTemporary(space, 0, "sums", number, attempt)
                .index(KEPT, cells)
                .writer(cells, Slots.of("a"));
    }

    @Test
    void nobodyFindsWhatAnotherTryHasLeft() {
        kept(5, 1).at(key("a")).set("five");
        assertThat(kept(5, 1).at(key("a")).get()).isEqualTo("five");
        assertThat(kept(5, 2).at(key("a")).get()).isNull();
        assertThat(kept(6, 1).at(key("a")).get()).isNull();
        kept(6, 1).at(key("a")).set("six");
        assertThat(kept(5, 1).at(key("a")).get()).isEqualTo("five");
        BatchTemporary.clear(space, 0, "sum", cells);
        assertThat(kept(6, 1).at(key("a")).get()).isEqualTo("six");
        BatchTemporary.clear(space, 0, "sums", cells);
        assertThat(kept(5, 1).at(key("a")).get()).isNull();
        assertThat(kept(6, 1).at(key("a")).get()).isNull();
    }
}
