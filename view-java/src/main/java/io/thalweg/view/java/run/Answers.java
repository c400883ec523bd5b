package io.thalweg.view.java.run;

import io.thalweg.index.schema.Schema;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
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
     * Steps of a partition, of which the newest are looked at first.
     *
     * @param after the step before the oldest
     * @param upTo the newest
     * @param bytesMax after how much of them nobody looks further
     */
    public record Window(long after, long upTo, long bytesMax) {}

    /**
     * The answers to events that were taken a while ago, as far as they stand in some steps; of several in one partition the last.
     *
     * @param windows the steps of each partition
     */
    public static Map<Origin, byte[]> find(
            Streams streams, int partitions, Set<Origin> to, IntFunction<Window> windows) {
        Map<Origin, byte[]> found = new HashMap<>();
        for (int partition = 0; partition < partitions && found.size() < to.size(); partition++) {
            String changes = Wiring.changes(partition);
            Window window = windows.apply(partition);
            long after = Math.max(window.after, streams.first(changes) - 1);
            long bytes = 0;
            for (long end = window.upTo; end > after && bytes < window.bytesMax; end -= READ) {
                Map<Origin, byte[]> its = new HashMap<>();
                long at = Math.max(after, end - READ);
                while (at < end) {
                    List<Streams.Event> steps = streams.read(changes, at, (int) (end - at));
                    if (steps.isEmpty()) {
                        break;
                    }
                    for (Streams.Event step : steps) {
                        at = step.sequence();
                        if (at <= end) { // what is trimmed meanwhile is passed over
                            bytes += step.payload().length;
                            StepRecord.read(step.payload()).answers().stream()
                                    .filter(answer -> to.contains(answer.to()))
                                    .forEach(answer -> its.put(answer.to(), answer.json()));
                        }
                    }
                }
                its.forEach(found::putIfAbsent);
                if (found.size() == to.size()) {
                    break;
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
