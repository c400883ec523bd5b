package io.thalweg.bench.javaviews;

import static io.thalweg.index.path.Maps.key;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.Step;
import io.thalweg.view.java.View;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;

/** The pipelines of {@link Workload} as views. */
public final class Pipelines {
    private Pipelines() {}

    private static Index<Map<String, Long>> counts(String name) {
        return Index.of(name, Schema.map(String.class, Long.class).unsized());
    }

    private static void count(Step step, Index<Map<String, Long>> in) {
        step.index(in).at(key(step.key())).update(before -> before == null ? 1 : before + 1);
    }

    /** {@link Workload#WORDS}. */
    public static final class Words implements View {
        private static final Index<Map<String, Long>> COUNTS = counts(Workload.WORDS.index());

        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            Source.Hop<String> words =
                    view.hop("words", Codec.text(), word -> word, (step, word) -> count(step, COUNTS));
            view.log(Workload.WORDS.log(), Codec.text(), (step, line) -> {
                for (String word : line.split(" ", -1)) {
                    step.hop(words, word);
                }
            });
        }
    }

    /** {@link Workload#KEYS}. */
    public static final class Keys implements View {
        private static final Index<Map<String, Long>> CLICKED = counts(Workload.KEYS.index());

        @Override
        public void declare(Declaration view) {
            view.index(CLICKED);
            view.log(Workload.KEYS.log(), Codec.text(), (step, click) -> count(step, CLICKED));
        }
    }

    /** {@link Workload#HOPS}. */
    public static final class Hops implements View {
        private static final Index<Map<String, Long>> ACCOUNTS = counts("accounts");
        private static final Index<Map<String, Long>> MERCHANTS = counts("merchants");
        private static final Index<Map<String, Long>> GOODS = counts(Workload.HOPS.index());

        @Override
        public void declare(Declaration view) {
            view.index(ACCOUNTS);
            view.index(MERCHANTS);
            view.index(GOODS);
            Source.Hop<String> goods =
                    view.hop("goods", Codec.text(), Workload::goods, (step, payment) -> count(step, GOODS));
            Source.Hop<String> merchants = view.hop("merchants", Codec.text(), Workload::merchant, (step, payment) -> {
                count(step, MERCHANTS);
                step.hop(goods, payment);
            });
            view.log(Workload.HOPS.log(), Codec.text(), (step, payment) -> {
                count(step, ACCOUNTS);
                step.hop(merchants, payment);
            });
        }
    }

    /** {@link Workload#BATCHES}. */
    public static final class Batches implements View {
        private static final Index<Map<String, Long>> COUNTS = counts(Workload.BATCHES.index());

        @Override
        public void declare(Declaration view) {
            view.batch("words", batch -> {
                batch.index(COUNTS);
                Batch.Stage<Object, Long, Long> counted = batch.stage(
                        "counted",
                        Schema.of(Long.class),
                        Aggregates.count(),
                        (at, count) -> at.index(COUNTS)
                                .at(key(at.key()))
                                .update(before -> before == null ? count : (Long) (before + count)));
                batch.log(Workload.BATCHES.log(), Codec.text(), (from, line) -> {
                    for (String word : line.split(" ", -1)) {
                        from.send(counted, word, word);
                    }
                });
            });
        }
    }

    /** {@link Workload#JOINS}. */
    public static final class Joins implements View {
        private static final Index<Map<String, String>> WAITING =
                Index.of("waiting", Schema.map(String.class, String.class).unsized());
        private static final Index<Map<String, Long>> JOINED = counts(Workload.JOINS.index());

        @Override
        public void declare(Declaration view) {
            view.batch("pairs", batch -> {
                batch.index(WAITING);
                batch.index(JOINED);
                Batch.Stage<Object, Long, Long> windows = batch.stage(
                        "windows",
                        Schema.of(Long.class),
                        Aggregates.count(),
                        (at, count) -> at.index(JOINED)
                                .at(key(at.key()))
                                .update(before -> before == null ? count : (Long) (before + count)));
                Batch.Stage<String, List<String>, List<String>> pairs =
                        batch.stage("pairs", Schema.list(String.class), Aggregates.list(), (at, halves) -> {
                            var there = at.index(WAITING).at(key(at.key()));
                            for (String each : halves) {
                                int comma = each.indexOf(',');
                                String half = each.substring(0, comma);
                                String other = there.get();
                                if (half.equals(Workload.BOTH) || (other != null && !other.equals(half))) {
                                    there.remove();
                                    at.send(windows, each.substring(comma + 1), half);
                                } else {
                                    there.set(half);
                                }
                            }
                        });
                batch.log(Workload.JOINS.log(), Codec.text(), (from, text) -> {
                    String[] words = text.split(",", -1);
                    from.send(pairs, words[1], words[0] + "," + words[2]);
                });
            });
        }
    }

    /** Keeps the newest event of each key, whole: a large index. */
    public static final class Kept implements View {
        /** The log that it follows, and its index. */
        public static final String NAME = "kept";

        private static final Index<Map<String, String>> KEPT =
                Index.of(NAME, Schema.map(String.class, String.class).unsized());

        @Override
        public void declare(Declaration view) {
            view.index(KEPT);
            view.log(
                    NAME,
                    Codec.text(),
                    (step, text) -> step.index(KEPT).at(key(step.key())).set(text));
        }
    }

    /** The class of a pipeline. */
    public static String className(Workload workload) {
        return switch (workload) {
            case WORDS -> Words.class.getName();
            case KEYS -> Keys.class.getName();
            case HOPS -> Hops.class.getName();
            case BATCHES -> Batches.class.getName();
            case JOINS -> Joins.class.getName();
        };
    }

    /** A jar with the pipelines, to be deployed. */
    public static byte[] jar() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes)) {
            for (Class<?> nest : new Class<?>[] {Pipelines.class, Workload.class}) {
                for (Class<?> each : nest.getNestMembers()) {
                    String file = each.getName().replace('.', '/') + ".class";
                    try (InputStream in = each.getResourceAsStream("/" + file)) {
                        if (in == null) {
                            throw new IOException("the class " + each.getName() + " has no file");
                        }
                        jar.putNextEntry(new ZipEntry(file));
                        in.transferTo(jar);
                    }
                }
            }
        }
        return bytes.toByteArray();
    }
}
