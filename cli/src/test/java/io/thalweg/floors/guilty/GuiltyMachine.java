package io.thalweg.floors.guilty;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.Machine;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;

/** Reads the clock through another object, walks a hash map, and draws a random number in a lambda. */
final class GuiltyMachine implements Machine {
    private final Map<String, Long> counts = new HashMap<>();
    private final Stopwatch watch = new WallWatch();

    @Override
    public String name() {
        return "guilty";
    }

    @Override
    public boolean owns(Operation operation) {
        return true;
    }

    @Override
    public Reply apply(ApplyContext context, Request request) {
        counts.put(request.operation().name(), watch.elapsed());
        throw new UnsupportedOperationException("only its byte code is read");
    }

    @Override
    public void save(BinaryWriter out) {
        counts.values().forEach(out::i64);
        LongSupplier random = () -> UUID.randomUUID().getLeastSignificantBits();
        out.i64(random.getAsLong());
    }

    @Override
    public void load(BinaryReader in) {
        counts.clear();
    }

    /** What the machine calls; the clock is behind it. */
    interface Stopwatch {
        long elapsed();
    }

    /** The one that really reads it. */
    static final class WallWatch implements Stopwatch {
        @Override
        public long elapsed() {
            return System.nanoTime();
        }
    }
}
