package io.thalweg.raft;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.metrics.LongCounter;
import org.apache.ratis.metrics.MetricRegistries;
import org.apache.ratis.metrics.MetricRegistryInfo;
import org.apache.ratis.metrics.RatisMetricRegistry;
import org.apache.ratis.metrics.Timekeeper;
import org.apache.ratis.util.TimeDuration;

/**
 * Ratis' metrics, counted and shown nowhere: it insists on some implementation, timing every step costs more than the step,
 * and its own default needs another library. Ratis finds this one through the service file.
 */
public final class QuietMetrics extends MetricRegistries {
    private final Map<MetricRegistryInfo, RatisMetricRegistry> registries = new ConcurrentHashMap<>();

    @Override
    public void clear() {
        registries.clear();
    }

    @Override
    public RatisMetricRegistry create(MetricRegistryInfo info) {
        return registries.computeIfAbsent(info, Registry::new);
    }

    @Override
    public boolean remove(MetricRegistryInfo info) {
        return registries.remove(info) != null;
    }

    @Override
    public Optional<RatisMetricRegistry> get(MetricRegistryInfo info) {
        return Optional.ofNullable(registries.get(info));
    }

    @Override
    public Set<MetricRegistryInfo> getMetricRegistryInfos() {
        return Set.copyOf(registries.keySet());
    }

    @Override
    public Collection<RatisMetricRegistry> getMetricRegistries() {
        return List.copyOf(registries.values());
    }

    @Override
    public void addReporterRegistration(
            Consumer<RatisMetricRegistry> registration, Consumer<RatisMetricRegistry> stopReporter) {}

    @Override
    public void enableJmxReporter() {}

    @Override
    public void enableConsoleReporter(TimeDuration rate) {}

    private record Registry(MetricRegistryInfo info, Map<String, Count> counts) implements RatisMetricRegistry {
        private static final Timekeeper.Context UNTIMED = () -> 0;

        Registry(MetricRegistryInfo info) {
            this(info, new ConcurrentHashMap<>());
        }

        @Override
        public Timekeeper timer(String name) {
            return () -> UNTIMED;
        }

        @Override
        public LongCounter counter(String name) {
            return counts.computeIfAbsent(name, _ -> new Count(new LongAdder()));
        }

        @Override
        public boolean remove(String name) {
            return counts.remove(name) != null;
        }

        @Override
        public <T> void gauge(String name, Supplier<Supplier<T>> value) {}

        @Override
        public MetricRegistryInfo getMetricRegistryInfo() {
            return info;
        }
    }

    private record Count(LongAdder adder) implements LongCounter {
        @Override
        public void inc(long n) {
            adder.add(n);
        }

        @Override
        public void dec(long n) {
            adder.add(-n);
        }

        @Override
        public long getCount() {
            return adder.sum();
        }
    }
}
