package io.thalweg.view.wasm;

import io.thalweg.view.ViewIndex;
import io.thalweg.view.ViewTrap;
import io.thalweg.view.wasm.component.IndexFunction;
import io.thalweg.view.wasm.engine.CoreModule;
import io.thalweg.view.wasm.engine.Fuel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The interface {@code index} for one instance: takes arguments out of the guest, asks the {@link ViewIndex}, and puts results in. Limits
 * are those that {@code wit/view/view.wit} promises.
 */
final class IndexHost {
    static final int MAX_KEY_BYTES = 65_535;
    static final int MAX_VALUE_BYTES = 16 << 20;
    static final int MAX_RANGE_ITEMS = 10_000;
    static final int MAX_RANGE_BYTES = 64 << 20;

    /** What the guest is doing; the index is written to only while an event is appended. */
    enum Phase {
        OTHER,
        APPEND,
        QUERY
    }

    private static final long[] NOTHING = {};

    private final ViewIndex index;
    private final Fuel fuel;
    private Phase phase = Phase.OTHER;
    private @Nullable RuntimeException failure;

    /** @param fuel takes what the host does for the guest */
    IndexHost(ViewIndex index, Fuel fuel) {
        this.index = index;
        this.fuel = fuel;
    }

    void enter(Phase next) {
        phase = next;
    }

    /** What the index itself threw during the last call: the host's trouble, not the guest's. */
    @Nullable
    RuntimeException failure() {
        return failure;
    }

    CoreModule.Function function(IndexFunction function, GuestMemory memory) {
        return switch (function) {
            case GET -> arguments -> get(memory, arguments);
            case PUT -> arguments -> put(memory, arguments);
            case DELETE -> arguments -> delete(memory, arguments);
            case RANGE -> arguments -> range(memory, arguments);
        };
    }

    /** (key pointer, key length, where to put the option: a byte that says whether there is one, pointer and length at 4 and 8). */
    private long[] get(GuestMemory memory, long[] arguments) {
        checkReading("get");
        byte[] key = key(memory, arguments, 0);
        byte[] value = guarded(() -> index.get(key));
        charge(key.length + (value == null ? 0 : value.length));
        int result = (int) arguments[2];
        if (value == null) {
            memory.writeInt(result, 0);
        } else {
            int pointer = memory.pass(value);
            memory.writeInt(result, 1);
            memory.writePair(result + 4, pointer, value.length);
        }
        return NOTHING;
    }

    private long[] put(GuestMemory memory, long[] arguments) {
        checkWriting("put");
        byte[] key = key(memory, arguments, 0);
        byte[] value = memory.read((int) arguments[2], (int) arguments[3], MAX_VALUE_BYTES);
        charge(key.length + value.length);
        guarded(() -> {
            index.put(key, value);
            return null;
        });
        return NOTHING;
    }

    private long[] delete(GuestMemory memory, long[] arguments) {
        checkWriting("delete");
        byte[] key = key(memory, arguments, 0);
        charge(key.length);
        guarded(() -> {
            index.delete(key);
            return null;
        });
        return NOTHING;
    }

    /** (start, end, limit, direction, where to put pointer and length of the items, each a key and a value). */
    private long[] range(GuestMemory memory, long[] arguments) {
        checkReading("range");
        byte[] start = memory.read((int) arguments[0], (int) arguments[1], MAX_KEY_BYTES);
        byte[] end = memory.read((int) arguments[2], (int) arguments[3], MAX_KEY_BYTES);
        int asked = (int) arguments[4];
        int limit = asked < 0 ? MAX_RANGE_ITEMS : Math.min(asked, MAX_RANGE_ITEMS);
        int direction = (int) arguments[5];
        if (direction < 0 || direction > 1) {
            throw new ViewTrap("index.range has direction " + direction + ", there are only 0 and 1");
        }
        List<ViewIndex.Item> items =
                limit == 0 ? List.of() : guarded(() -> index.range(start, end, limit, direction == 1));
        if (items == null) {
            items = List.of();
        }
        charge(start.length + end.length);
        fuel.charge((long) items.size() * Fuel.INDEX_ITEM);
        long bytes = 0;
        int pointer = memory.allocate(items.size() * 16, 4);
        for (int i = 0; i < items.size(); i++) {
            ViewIndex.Item item = items.get(i);
            bytes += item.key().length + item.value().length;
            if (bytes > MAX_RANGE_BYTES) {
                throw new ViewTrap(
                        "index.range found more than " + MAX_RANGE_BYTES + " bytes; ask with a smaller limit");
            }
            fuel.chargeBytes(item.key().length + item.value().length);
            memory.writePair(pointer + 16 * i, memory.pass(item.key()), item.key().length);
            memory.writePair(pointer + 16 * i + 8, memory.pass(item.value()), item.value().length);
        }
        memory.writePair((int) arguments[6], pointer, items.size());
        return NOTHING;
    }

    /** A call, and the bytes that it moves. */
    private void charge(int bytes) {
        fuel.charge(Fuel.INDEX_CALL);
        fuel.chargeBytes(bytes);
    }

    private static byte[] key(GuestMemory memory, long[] arguments, int at) {
        byte[] key = memory.read((int) arguments[at], (int) arguments[at + 1], MAX_KEY_BYTES);
        if (key.length == 0) {
            throw new ViewTrap("a key of the index is empty");
        }
        return key;
    }

    private void checkReading(String name) {
        if (phase == Phase.OTHER) {
            throw new ViewTrap("index." + name + " works only during append and query");
        }
    }

    private void checkWriting(String name) {
        if (phase != Phase.APPEND) {
            throw new ViewTrap("index." + name + " works only during append");
        }
    }

    private interface Access<T extends @Nullable Object> {
        T run();
    }

    private <T extends @Nullable Object> T guarded(Access<T> access) {
        try {
            return access.run();
        } catch (ViewTrap e) {
            throw e;
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        }
    }
}
