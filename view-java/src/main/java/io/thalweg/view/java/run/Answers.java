package io.thalweg.view.java.run;

import io.thalweg.index.schema.Schema;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What handlers answer, as JSON. */
public final class Answers {
    private static final JsonMapper JSON = JsonMapper.shared();

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
        Map<Origin, byte[]> found = new HashMap<>();
        for (int partition = 0; partition < partitions && found.size() < to.size(); partition++) {
            String changes = Wiring.changes(partition);
            long newest = streams.newest(changes);
            long at = Math.max(0, newest - stepsMax);
            while (at < newest && found.size() < to.size()) {
                List<Streams.Event> steps = streams.read(changes, at, 256);
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
