package io.thalweg.server.javaviews.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.config.HistorySettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexStoresTest {
    private static final UUID VIEW = new UUID(1, 2);
    private static final UUID OTHER = new UUID(3, 4);

    @TempDir
    private Path folder = Path.of("");

    @Test
    void ofViewsThatAreGoneNothingIsRemembered() throws InterruptedException {
        IndexStores stores = new IndexStores(folder, HistorySettings.DEFAULT);
        try {
            assertThat(stores.flush(0, VIEW, 2)).isEqualTo(List.of(0L, 0L));
            assertThat(stores.flush(0, OTHER, 1)).isEqualTo(List.of(0L));
            stores.retain(Set.of(VIEW));
            assertThat(stores.known()).containsExactly(VIEW);
        } finally {
            stores.close(System.nanoTime());
        }
    }
}
