package io.thalweg.view.java.examples;

import static io.thalweg.index.path.Maps.key;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.View;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;

/** Words counted in batches, in two indexes whose keys lie apart: at any moment both have the same sum, and the same newest batch. */
public final class Tally implements View {
    public static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));
    public static final Index<Map<String, Long>> TOTALS = Index.of("totals", Schema.map(String.class, Long.class));

    /** How many keys the totals are spread over. */
    private static final int SHARES = 5;

    private final String name;
    private final ObjLongConsumer<String> seen;
    private final LongSupplier weight;

    public Tally() {
        this("tally");
    }

    /** @param name of the batch */
    public Tally(String name) {
        this(name, (_, _) -> {}, () -> 1);
    }

    /** @param seen hears of each line that a batch of a number takes, as often as it is tried */
    public Tally(ObjLongConsumer<String> seen) {
        this("tally", seen, () -> 1);
    }

    /** @param weight how often each word counts */
    public Tally(ObjLongConsumer<String> seen, LongSupplier weight) {
        this("tally", seen, weight);
    }

    private Tally(String name, ObjLongConsumer<String> seen, LongSupplier weight) {
        this.name = name;
        this.seen = seen;
        this.weight = weight;
    }

    @Override
    public void declare(Declaration view) {
        view.batch(name, batch -> {
            batch.index(COUNTS);
            batch.index(TOTALS);
            Batch.Stage<Number, Long, Long> totals = batch.stage(
                    "totals",
                    Schema.of(Long.class),
                    Aggregates.sum(),
                    (at, sum) -> at.index(TOTALS)
                            .at(key(at.key()))
                            .update(before -> before == null ? sum : (Long) (before + sum)));
            Batch.Stage<Number, Long, Long> counts =
                    batch.stage("counts", Schema.of(Long.class), Aggregates.sum(), (at, count) -> {
                        at.index(COUNTS)
                                .at(key(at.key()))
                                .update(before -> before == null ? count : (Long) (before + count));
                        at.send(totals, "share-" + Math.floorMod(at.key().hashCode(), SHARES), count);
                    });
            batch.log("lines", Codec.text(), (from, line) -> {
                seen.accept(line, from.number());
                for (String word : line.split(" ", -1)) {
                    if (!word.isEmpty()) {
                        from.send(counts, word, weight.getAsLong());
                    }
                }
            });
        });
    }
}
