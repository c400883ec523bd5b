package io.thalweg.model.change;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Finds what became different between two documents: key by key in maps; in lists what is the same at both ends stays, as many elements as are
 * left on both sides are compared one by one, and the rest is removed and inserted. That takes time in proportion to their size, and finds the
 * least changes where one place of a list changed, which is what a step mostly does.
 */
public final class Difference {
    private final List<Change> changes = new ArrayList<>();
    private final int most;

    private Difference(int most) {
        this.most = most;
    }

    /** The changes that make {@code now} of {@code before}, to be made in this order. */
    public static List<Change> between(@Nullable Object before, @Nullable Object now) {
        return between(before, now, Integer.MAX_VALUE);
    }

    /** The same where at most so many are of use: if there are more, the one that puts {@code now} in the place of the whole. */
    public static List<Change> between(@Nullable Object before, @Nullable Object now, int most) {
        Difference found = new Difference(most);
        found.compare(before, now, new ArrayList<>());
        return found.changes.size() <= most ? found.changes : List.of(new Change.Set(List.of(), now));
    }

    /** Whether the rest need not be looked at. */
    private boolean areTooMany() {
        return changes.size() > most;
    }

    private void compare(@Nullable Object before, @Nullable Object now, List<Object> path) {
        if (Objects.equals(before, now)) {
            return;
        }
        if (before instanceof Map<?, ?> was && now instanceof Map<?, ?> is) {
            compare(was, is, path);
        } else if (before instanceof List<?> was && now instanceof List<?> is) {
            compare(was, is, path);
        } else {
            changes.add(new Change.Set(path, now));
        }
    }

    private void compare(Map<?, ?> before, Map<?, ?> now, List<Object> path) {
        for (Object key : before.keySet()) {
            if (!now.containsKey(key) && !areTooMany()) {
                changes.add(new Change.Remove(then(path, String.valueOf(key))));
            }
        }
        now.forEach((key, value) -> {
            if (areTooMany()) {
                return;
            }
            List<Object> there = then(path, String.valueOf(key));
            if (before.containsKey(key)) {
                compare(before.get(key), value, there);
            } else {
                changes.add(new Change.Set(there, value));
            }
        });
    }

    private void compare(List<?> before, List<?> now, List<Object> path) {
        int shorter = Math.min(before.size(), now.size());
        int same = 0;
        while (same < shorter && Objects.equals(before.get(same), now.get(same))) {
            same++;
        }
        int end = 0;
        while (end < shorter - same
                && Objects.equals(before.get(before.size() - 1 - end), now.get(now.size() - 1 - end))) {
            end++;
        }
        int gone = before.size() - same - end;
        int come = now.size() - same - end;
        int both = Math.min(gone, come);
        for (int i = 0; i < both && !areTooMany(); i++) {
            compare(before.get(same + i), now.get(same + i), then(path, same + i));
        }
        for (int i = gone - 1; i >= both && !areTooMany(); i--) {
            changes.add(new Change.Remove(then(path, same + i)));
        }
        for (int i = both; i < come && !areTooMany(); i++) {
            changes.add(new Change.Insert(then(path, same + i), now.get(same + i)));
        }
    }

    private static List<Object> then(List<Object> path, Object step) {
        List<Object> longer = new ArrayList<>(path);
        longer.add(step);
        return longer;
    }

    /**
     * The checksum of a document: CRC-32C, as eight digits, of this form of it, in UTF-8. {@code n}, {@code t} or {@code f} for null, true and
     * false; {@code #}, the number without trailing zeros and {@code ;} for a number; {@code "}, the length in UTF-16 units, {@code :} and the text
     * for a text; {@code [}, the elements and {@code ]} for a list; {@code {}, keys as texts and values by turns in the order of the keys' UTF-16
     * units, and {@code }} for a map.
     */
    public static String checksum(@Nullable Object document) {
        CRC32C crc = new CRC32C();
        digest(document, crc);
        return String.format("%08x", crc.getValue());
    }

    private static void digest(@Nullable Object value, CRC32C crc) {
        if (value == null) {
            update("n", crc);
        } else if (value instanceof Boolean is) {
            update(is ? "t" : "f", crc);
        } else if (value instanceof Number) {
            BigDecimal number = new BigDecimal(value.toString());
            update(
                    "#"
                            + (number.signum() == 0
                                    ? "0"
                                    : number.stripTrailingZeros().toString()) + ";",
                    crc);
        } else if (value instanceof List<?> list) {
            update("[", crc);
            list.forEach(each -> digest(each, crc));
            update("]", crc);
        } else if (value instanceof Map<?, ?> map) {
            TreeMap<String, @Nullable Object> sorted = new TreeMap<>();
            map.forEach((key, each) -> sorted.put(String.valueOf(key), each));
            update("{", crc);
            sorted.forEach((key, each) -> {
                text(key, crc);
                digest(each, crc);
            });
            update("}", crc);
        } else {
            text(value.toString(), crc);
        }
    }

    private static void text(String text, CRC32C crc) {
        update("\"" + text.length() + ":" + text, crc);
    }

    private static void update(String text, CRC32C crc) {
        crc.update(text.getBytes(StandardCharsets.UTF_8));
    }
}
