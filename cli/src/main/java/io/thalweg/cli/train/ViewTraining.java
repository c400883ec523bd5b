package io.thalweg.cli.train;

import static io.thalweg.index.path.Maps.key;

import io.thalweg.cli.api.Api;
import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;

/** Views in Java that take some thousand events: steps, hops, batches, their indexes and what is asked of them. */
final class ViewTraining {
    private static final int BATCHES = 24;
    private static final int EVENTS_IN_A_BATCH = 500;
    private static final int CUSTOMERS = 1_000;
    private static final int ITEMS = 100;
    private static final int PARTITIONS = 2;
    private static final String LOG = "training-orders";

    private ViewTraining() {}

    /** What customers ordered, and how often each item was, counted behind a hop. */
    public static final class Orders implements View {
        private static final Index<Map<String, Map<String, Long>>> BOUGHT = Index.of(
                "bought",
                Schema.map(String.class, Schema.map(String.class, Long.class)).unsized());
        private static final Index<Map<String, Long>> SOLD =
                Index.of("sold", Schema.map(String.class, Long.class).unsized());

        @Override
        public void declare(Declaration view) {
            view.index(BOUGHT);
            view.index(SOLD);
            Source.Hop<String> items = view.hop(
                    "items",
                    Codec.text(),
                    item -> item,
                    (step, item) -> step.index(SOLD).at(key(item)).update(before -> before == null ? 1 : before + 1));
            view.log(LOG, Codec.text(), (step, order) -> {
                step.index(BOUGHT)
                        .at(key(step.key()))
                        .then(key(order))
                        .update(before -> before == null ? 1 : before + 1);
                step.hop(items, order);
            });
        }
    }

    /** The same counts of items in batches over both partitions. */
    public static final class Totals implements View {
        private static final Index<Map<String, Long>> TOTALS =
                Index.of("totals", Schema.map(String.class, Long.class).unsized());

        @Override
        public void declare(Declaration view) {
            view.batch("items", batch -> {
                batch.index(TOTALS);
                Batch.Stage<Object, Long, Long> counted = batch.stage(
                        "counted",
                        Schema.of(Long.class),
                        Aggregates.count(),
                        (at, count) -> at.index(TOTALS)
                                .at(key(at.key()))
                                .update(before -> before == null ? count : (Long) (before + count)));
                batch.log(LOG, Codec.text(), (from, item) -> from.send(counted, item, item));
            });
        }
    }

    static void run(Api api) throws IOException, InterruptedException {
        deploy(api, "training-orders", Orders.class);
        deploy(api, "training-totals", Totals.class);
        String log = api.logId(LOG);
        for (int batch = 0; batch < BATCHES; batch++) {
            api.send(
                    "POST",
                    "/logs/" + log + "/append_batch",
                    BodyPublishers.ofString(events(batch * EVENTS_IN_A_BATCH)),
                    Map.of("Content-Type", "application/vnd.thalweg.events+ndjson"));
            select(api, "training-orders", "bought", "customer-" + batch);
        }
        for (int item = 0; item < ITEMS; item++) {
            select(api, "training-orders", "sold", "item-" + item);
            select(api, "training-totals", "totals", "item-" + item);
        }
    }

    private static String events(int first) {
        StringBuilder events = new StringBuilder();
        for (int i = first; i < first + EVENTS_IN_A_BATCH; i++) {
            events.append("{\"payload\":\"item-")
                    .append(i * 31 % ITEMS)
                    .append("\",\"key\":\"customer-")
                    .append(i * 17 % CUSTOMERS)
                    .append("\"}\n");
        }
        return events.toString();
    }

    private static void deploy(Api api, String name, Class<? extends View> view)
            throws IOException, InterruptedException {
        api.send(
                "PUT",
                "/views/" + name + "?class=" + view.getName() + "&partitions=" + PARTITIONS,
                BodyPublishers.ofByteArray(jar(view)),
                Map.of("Content-Type", "application/java-archive"));
    }

    private static void select(Api api, String view, String index, String key)
            throws IOException, InterruptedException {
        api.send(
                "POST",
                "/views/" + view + "/indexes/" + index + "/select?consistency=linearizable&timeout=30000",
                BodyPublishers.ofString("{\"path\":[[\"key\",\"" + key + "\"]]}"),
                Map.of("Content-Type", "application/json"));
    }

    private static byte[] jar(Class<?> view) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String file = view.getName().replace('.', '/') + ".class";
        try (JarOutputStream jar = new JarOutputStream(bytes);
                InputStream in = view.getResourceAsStream("/" + file)) {
            if (in == null) {
                throw new IOException("the class " + view.getName() + " has no file");
            }
            jar.putNextEntry(new ZipEntry(file));
            in.transferTo(jar);
        }
        return bytes.toByteArray();
    }
}
