import io.thalweg.bench.javaviews.Workload;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.Stores;

/**
 * A pipeline in Kafka Streams, started as a single-file program beside its jars: exactly_once_v2, stores in RocksDB with the cache and change log that
 * {@code count()} gives them, all else as it comes but for a thread for each of the machine's cores. Arguments: servers, workload, application,
 * folder of its state. Orders, a line each: {@code await N} is answered once the last handler has counted N; {@code sum} with the sum of the last store.
 */
final class StreamsApp {
    private static final LongAdder COUNTED = new LongAdder();

    private StreamsApp() {}

    /** Counts the key of each record, and sends the record on under another. */
    private static final class Count implements Processor<String, byte[], String, byte[]> {
        private final String name;
        private final Function<String, String> next;
        private ProcessorContext<String, byte[]> context;
        private KeyValueStore<String, Long> store;

        Count(String name, Function<String, String> next) {
            this.name = name;
            this.next = next;
        }

        @Override
        public void init(ProcessorContext<String, byte[]> given) {
            context = given;
            store = given.getStateStore(name);
        }

        @Override
        public void process(Record<String, byte[]> record) {
            Long before = store.get(record.key());
            store.put(record.key(), before == null ? 1 : before + 1);
            if (next == null) {
                COUNTED.increment();
            } else {
                context.forward(record.withKey(next.apply(new String(record.value(), StandardCharsets.UTF_8))));
            }
        }
    }

    private static KStream<String, byte[]> count(
            StreamsBuilder builder, KStream<String, byte[]> events, String name, Function<String, String> next) {
        builder.addStateStore(
                Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), Serdes.Long())
                        .withCachingEnabled()
                        .withLoggingEnabled(Map.of()));
        return events.process(() -> new Count(name, next), name);
    }

    private static KStream<String, byte[]> repartition(KStream<String, byte[]> events, String name) {
        return events.repartition(Repartitioned.with(Serdes.String(), Serdes.ByteArray())
                .withName(name)
                .withNumberOfPartitions(Workload.PARTITIONS));
    }

    private static StreamsBuilder topology(Workload workload) {
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, byte[]> events =
                builder.stream(workload.log(), Consumed.with(Serdes.String(), Serdes.ByteArray()));
        switch (workload) {
            case WORDS -> {
                KStream<String, byte[]> words = events.flatMap((_, line) -> {
                    List<KeyValue<String, byte[]>> all = new ArrayList<>();
                    for (String word : new String(line, StandardCharsets.UTF_8).split(" ", -1)) {
                        all.add(KeyValue.pair(word, new byte[0]));
                    }
                    return all;
                });
                count(builder, repartition(words, "words"), workload.index(), null);
            }
            case KEYS -> count(builder, events, workload.index(), null);
            case HOPS -> {
                KStream<String, byte[]> payments = count(builder, events, "accounts", Workload::merchant);
                KStream<String, byte[]> merchants =
                        count(builder, repartition(payments, "merchants"), "merchants", Workload::goods);
                count(builder, repartition(merchants, "goods"), workload.index(), null);
            }
        }
        return builder;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Workload workload = Workload.valueOf(arguments[1]);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", arguments[0]))) {
            admin.createTopics(List.of(new NewTopic(workload.log(), Workload.PARTITIONS, (short) 1)))
                    .all()
                    .get();
        }
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments[2]);
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        properties.put(
                StreamsConfig.NUM_STREAM_THREADS_CONFIG,
                Math.min(Workload.PARTITIONS, Runtime.getRuntime().availableProcessors()));
        properties.put(StreamsConfig.STATE_DIR_CONFIG, arguments[3]);
        try (KafkaStreams streams = new KafkaStreams(topology(workload).build(), properties)) {
            streams.setUncaughtExceptionHandler(failure -> {
                failure.printStackTrace(System.err);
                return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse
                        .SHUTDOWN_CLIENT;
            });
            streams.start();
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] order = line.split(" ", -1);
                long wanted = order[0].equals("await") ? Long.parseLong(order[1]) : 0;
                while (COUNTED.sum() < wanted || streams.state() != KafkaStreams.State.RUNNING) {
                    if (streams.state() == KafkaStreams.State.ERROR
                            || streams.state().hasCompletedShutdown()) {
                        out.println("failed " + streams.state());
                        return;
                    }
                    Thread.sleep(1);
                }
                out.println("measured " + (order[0].equals("sum") ? sum(streams, workload) : COUNTED.sum()));
            }
        }
    }

    private static long sum(KafkaStreams streams, Workload workload) {
        long sum = 0;
        var store = streams.store(StoreQueryParameters.fromNameAndType(
                workload.index(), QueryableStoreTypes.<String, Long>keyValueStore()));
        try (KeyValueIterator<String, Long> all = store.all()) {
            while (all.hasNext()) {
                sum += all.next().value;
            }
        }
        return sum;
    }
}
