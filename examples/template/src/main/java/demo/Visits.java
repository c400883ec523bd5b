package demo;

import static io.thalweg.index.path.Maps.key;
import static io.thalweg.index.path.Sets.addTo;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.View;
import java.util.Map;
import java.util.Set;

/** Counts the visits of pages, knows who was there, and tells each visitor how many there were. */
public final class Visits implements View {
    /** An event of the log {@code visits}: {@code {"page":"/","visitor":"ann"}}. */
    public record Visit(String page, String visitor) {}

    public static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));
    public static final Index<Map<String, Set<String>>> VISITORS =
            Index.of("visitors", Schema.map(String.class, Schema.set(String.class)));

    @Override
    public void declare(Declaration view) {
        view.index(COUNTS);
        view.index(VISITORS);
        view.log("visits", Codec.json(Visit.class), Visit::page, (step, visit) -> {
            var count = step.index(COUNTS).at(key(visit.page()));
            count.update(before -> before == null ? 1 : before + 1);
            step.index(VISITORS).at(key(visit.page()), addTo()).set(visit.visitor());
            step.answer(Map.of("visits", count.orElse(0L)));
        });
    }
}
