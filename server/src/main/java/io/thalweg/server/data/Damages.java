package io.thalweg.server.data;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.ports.disk.CorruptionException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of every failure to answer, and counts and logs those that come from stored bytes which are not what was written: whoever reads,
 * in whichever form, the operator learns of the file and the offset. Thread-safe.
 */
public final class Damages {
    private static final Logger LOG = LoggerFactory.getLogger(Damages.class);

    /** Places that are remembered, so that each is logged once; beyond that all are logged. */
    private static final int PLACES_MAX = 1000;

    private final Counter counter;
    private volatile Consumer<CorruptionException> mending = _ -> {};
    private final Set<String> logged = ConcurrentHashMap.newKeySet();

    public Damages(MeterRegistry registry) {
        counter = Counter.builder("thalweg.damage.met")
                .description("Reads that met stored bytes which are not what was written; the log says where")
                .register(registry);
    }

    /** Tells of each from now on; who hears it must not block. */
    public void tell(Consumer<CorruptionException> who) {
        mending = who;
    }

    /** A read failed; true when damage was the reason. */
    public boolean heard(Throwable failure) {
        Optional<CorruptionException> damage = Failures.damage(failure);
        if (damage.isEmpty()) {
            return false;
        }
        counter.increment();
        CorruptionException found = damage.get();
        mending.accept(found);
        String place = found.file() + "@" + found.offset();
        if (logged.size() >= PLACES_MAX || logged.add(place)) {
            LOG.error("stored bytes are damaged, and what needs them is not answered: {}", found.getMessage());
        }
        return true;
    }
}
