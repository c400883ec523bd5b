import io.thalweg.bench.javaviews.Workload;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A pipeline in Flink, compiled and started beside its jars, in one process: stores in RocksDB, a checkpoint each second with the guarantee of
 * exactly once, results in transactions of Kafka. What a key has come to is written once a checkpoint and not with each event, since nobody sees it before.
 * Arguments: servers, workload, name, topic of its results, folder of its state. Orders, a line each: {@code await N} is answered once the last operator
 * has counted N; {@code sum} with the sum of the results that are committed.
 */
final class FlinkApp {
    private static final LongAdder COUNTED = new LongAdder();
    private static final String CHECKPOINTS_MS = "1000";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private FlinkApp() {}

    /** Counts each key. */
    private static final class Count extends KeyedProcessFunction<String, String, Tuple2<String, Long>> {
        private transient ValueState<Long> count;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public void processElement(String key, Context context, Collector<Tuple2<String, Long>> out) throws Exception {
            Long before = count.value();
            long now = before == null ? 1 : before + 1;
            count.update(now);
            COUNTED.increment();
            out.collect(Tuple2.of(key, now));
        }
    }

    /** Joins the two halves of each pair, whichever comes first; what comes out is their window. */
    private static final class Join extends KeyedProcessFunction<String, Tuple3<String, String, String>, String> {
        private transient ValueState<String> waiting;

        @Override
        public void open(OpenContext context) {
            waiting = getRuntimeContext().getState(new ValueStateDescriptor<>("waiting", Types.STRING));
        }

        @Override
        public void processElement(Tuple3<String, String, String> half, Context context, Collector<String> out)
                throws Exception {
            String other = waiting.value();
            if (half.f0.equals(Workload.BOTH) || (other != null && !other.equals(half.f0))) {
                waiting.clear();
                out.collect(half.f2);
            } else {
                waiting.update(half.f0);
            }
        }
    }

    /** Passes on the newest of each key with each checkpoint. */
    private static final class Latest extends AbstractStreamOperator<Tuple2<String, Long>>
            implements OneInputStreamOperator<Tuple2<String, Long>, Tuple2<String, Long>> {
        private static final long serialVersionUID = 1;
        private transient Map<String, Long> latest;

        @Override
        public void open() throws Exception {
            super.open();
            latest = new HashMap<>();
        }

        @Override
        public void processElement(StreamRecord<Tuple2<String, Long>> element) {
            latest.put(element.getValue().f0, element.getValue().f1);
        }

        @Override
        public void prepareSnapshotPreBarrier(long checkpoint) {
            latest.forEach((key, count) -> output.collect(new StreamRecord<>(Tuple2.of(key, count))));
            latest.clear();
        }

        @Override
        public void finish() {
            prepareSnapshotPreBarrier(0);
        }
    }

    /** A result as a record of a topic. */
    private static final class Result implements KafkaRecordSerializationSchema<Tuple2<String, Long>> {
        private static final long serialVersionUID = 1;
        private final String topic;

        Result(String topic) {
            this.topic = topic;
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                Tuple2<String, Long> result, KafkaSinkContext context, Long timestamp) {
            return new ProducerRecord<>(
                    topic,
                    result.f0.getBytes(StandardCharsets.UTF_8),
                    Long.toString(result.f1).getBytes(StandardCharsets.UTF_8));
        }
    }

    private static DataStream<String> counted(Workload workload, DataStream<String> events) {
        if (workload == Workload.BATCHES) {
            return events.flatMap((String line, Collector<String> out) -> {
                        for (String word : line.split(" ", -1)) {
                            out.collect(word);
                        }
                    })
                    .returns(Types.STRING);
        }
        return events.map(text -> {
                    String[] words = text.split(",", -1);
                    return Tuple3.of(words[0], words[1], words[2]);
                })
                .returns(Types.TUPLE(Types.STRING, Types.STRING, Types.STRING))
                .keyBy(half -> half.f1)
                .process(new Join())
                .returns(Types.STRING);
    }

    private static JobClient start(String servers, Workload workload, String name, String changes, String state)
            throws Exception {
        Configuration settings = Configuration.fromMap(Map.of(
                "state.backend.type",
                "rocksdb",
                "execution.checkpointing.incremental",
                "true",
                "execution.checkpointing.mode",
                "EXACTLY_ONCE",
                "execution.checkpointing.interval",
                CHECKPOINTS_MS,
                "execution.checkpointing.dir",
                "file://" + state + "/checkpoints",
                "state.backend.rocksdb.localdir",
                state + "/stores"));
        StreamExecutionEnvironment job =
                StreamExecutionEnvironment.createLocalEnvironment(Workload.PARTITIONS, settings);
        KafkaSource<String> source = KafkaSource.<String>builder()
                .setBootstrapServers(servers)
                .setTopics(workload.log())
                .setGroupId(name)
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setValueOnlyDeserializer(new SimpleStringSchema())
                .build();
        KafkaSink<Tuple2<String, Long>> sink = KafkaSink.<Tuple2<String, Long>>builder()
                .setBootstrapServers(servers)
                .setRecordSerializer(new Result(changes))
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(name)
                .setProperty("transaction.timeout.ms", "600000")
                .build();
        counted(workload, job.fromSource(source, WatermarkStrategy.noWatermarks(), "events"))
                .keyBy(key -> key)
                .process(new Count())
                .returns(Types.TUPLE(Types.STRING, Types.LONG))
                .transform("latest", Types.TUPLE(Types.STRING, Types.LONG), new Latest())
                .sinkTo(sink);
        return job.executeAsync(name);
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        String servers = arguments[0];
        Workload workload = Workload.valueOf(arguments[1]);
        String changes = arguments[3];
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            admin.createTopics(List.of(
                            new NewTopic(workload.log(), Workload.PARTITIONS, (short) 1),
                            new NewTopic(changes, Workload.PARTITIONS, (short) 1)))
                    .all()
                    .get();
        }
        JobClient job = start(servers, workload, arguments[2], changes, arguments[4]);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] order = line.split(" ", -1);
            long wanted = order[0].equals("await") ? Long.parseLong(order[1]) : 0;
            for (JobStatus status = job.getJobStatus().get();
                    COUNTED.sum() < wanted || status != JobStatus.RUNNING;
                    status = job.getJobStatus().get()) {
                if (status.isTerminalState()) {
                    out.println("failed " + status);
                    return;
                }
                Thread.sleep(1);
            }
            out.println("measured " + (order[0].equals("sum") ? sum(servers, changes) : COUNTED.sum()));
        }
        job.cancel().get();
        System.exit(0); // the cluster in this process has threads that stay
    }

    /** Of the newest result of each key, once the transaction of the last checkpoint has ended. */
    private static long sum(String servers, String changes) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        long sum = 0;
        do {
            Thread.sleep(100);
            Map<String, Long> newest = new HashMap<>();
            try (KafkaConsumer<String, String> committed = new KafkaConsumer<>(
                    Map.of("bootstrap.servers", servers, "isolation.level", "read_committed"),
                    new StringDeserializer(),
                    new StringDeserializer())) {
                List<TopicPartition> parts = committed.partitionsFor(changes).stream()
                        .map(part -> new TopicPartition(part.topic(), part.partition()))
                        .toList();
                committed.assign(parts);
                committed.seekToBeginning(parts);
                Map<TopicPartition, Long> ends = committed.endOffsets(parts);
                while (ends.entrySet().stream().anyMatch(end -> committed.position(end.getKey()) < end.getValue())) {
                    for (ConsumerRecord<String, String> each : committed.poll(PATIENCE)) {
                        newest.merge(each.key(), Long.parseLong(each.value()), Math::max);
                    }
                }
            }
            sum = newest.values().stream().mapToLong(Long::longValue).sum();
        } while (sum < COUNTED.sum() && System.nanoTime() - until < 0);
        return sum;
    }
}
