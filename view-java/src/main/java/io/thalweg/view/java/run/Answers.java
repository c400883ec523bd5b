package io.thalweg.view.java.run;

import io.thalweg.index.schema.Schema;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What handlers answer, as JSON. */
public final class Answers {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int READ = 256;

    /** Of each class of an answer its form, found once; it goes with the class. */
    private static final ClassValue<Schema<?>> FORMS = new ClassValue<>() {
        @Override
        protected Schema<?> computeValue(Class<?> type) {
            return Schema.of(type);
        }
    };

    private Answers() {}

    /**
     * The answers to events that were taken a while ago, as far as they are found in the newest steps of all partitions.
     *
     * @param stepsMax how many steps of each to look at
     */
    public static Map<Origin, byte[]> find(Streams streams, int partitions, Set<Origin> to, int stepsMax) {
        return find(streams, partitions, to, partition -> streams.newest(Wiring.changes(partition)), stepsMax);
    }

    /**
     * The same in steps of before.
     *
     * @param newest the newest step of a partition to look at
     */
    public static Map<Origin, byte[]> find(
            Streams streams, int partitions, Set<Origin> to, IntToLongFunction newest, int stepsMax) {
        Map<Origin, byte[]> found = new HashMap<>();
        for (int partition = 0; partition < partitions && found.size() < to.size(); partition++) {
            String changes = Wiring.changes(partition);
            long last = newest.applyAsLong(partition);
            long at = Math.max(0, last - stepsMax);
            while (at < last && found.size() < to.size()) {
                List<Streams.Event> steps = streams.read(changes, at, (int) Math.min(READ, last - at));
                if (steps.isEmpty()) {
                    break;
                }
                for (Streams.Event step : steps) {
                    at = step.sequence();
                    for (Answer answer : StepRecord.read(step.payload()).answers()) {
                        if (to.contains(answer.to())) {
                            found.putIfAbsent(answer.to(), answer.json());
                        }
                    }
                }
            }
        }
        return found;
    }

    static byte[] json(Object answer) {
        return JSON.writeValueAsBytes(plain(answer));
    }

    public static Object parse(byte[] json) {
        return JSON.readValue(json, Object.class);
    }

    private static @Nullable Object plain(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> plain = new LinkedHashMap<>();
                map.forEach((key, each) -> plain.put(String.valueOf(key), plain(each)));
                yield plain;
            }
            case Collection<?> all -> all.stream().map(Answers::plain).toList();
            default -> {
                Class<?> type = value instanceof Enum<?> one ? one.getDeclaringClass() : value.getClass();
                yield FORMS.get(type).plain(value);
            }
        };
    }
}
