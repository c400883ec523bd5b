package io.thalweg.view.java.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Bytes;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Calls that a program of before has left open are known outside by what they were. */
class OldCallsTest {
    /** Of the same name as today's, as it was before states took over from each other. */
    private record OpenCall(String call, String key, Bytes question, String origin, boolean replay) {}

    private static final Index<Map<Long, OpenCall>> CALLS = Index.of(
            "view_calls",
            Schema.map(Schema.of(Long.class), Schema.of(OpenCall.class)).unsized());

    @Test
    void anOpenCallOfBeforeHasTheIdentifierThatItHad() {
        MemoryStore store = new MemoryStore();
        IndexSpace space = Surroundings.space(new UUID(3, 4));
        Overlay overlay = new Overlay(store.latest());
        space.open(CALLS, overlay)
                .writer(overlay, 0)
                .at(Maps.key(7L))
                .set(new OpenCall("pay", "ann", new Bytes(new byte[] {1}), "", false));
        store.commit(overlay.changes());
        Overlay today = new Overlay(store.latest());
        OpenCalls.OpenCall call = space.open(OpenCalls.CALLS, today)
                .writer(today, 0)
                .at(Maps.<Long, OpenCalls.OpenCall>values())
                .all()
                .getFirst();
        assertThat(call.id()).isEmpty();
        assertThat(call.key()).isEqualTo("ann");
        assertThat(OpenCalls.id(call, new UUID(1, 2), 3, 7))
                .as("as a program of before made it")
                .hasToString("21906150-2aaf-30fd-a027-817cd631b475");
    }
}
