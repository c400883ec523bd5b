import io.thalweg.bench.javaviews.PipelineDoor;
import io.thalweg.bench.javaviews.PipelineLoad;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Load on a pipeline in Kafka Streams with Kafka's own clients, started as a single-file program beside their jars. Events go through one producer as
 * it comes with acks=all; probes through another that does not linger, and they are seen when a consumer of what is committed finds their key in
 * the change log of the last store. Arguments: servers, topic, change log.
 */
final class StreamsLoad implements PipelineDoor {
    private static final int PATIENCE_SECONDS = 60;

    private final String topic;
    private final KafkaProducer<String, byte[]> events;
    private final KafkaProducer<String, byte[]> probes;
    private final KafkaConsumer<String, byte[]> committed;
    private final Map<String, Runnable> waiting = new ConcurrentHashMap<>();
    private final Thread watching;
    private final Map<String, Boolean> begun = new ConcurrentHashMap<>();
    private final String changeLog;

    private StreamsLoad(String servers, String topic, String changeLog) {
        this.topic = topic;
        this.changeLog = changeLog;
        this.events = new KafkaProducer<>(producer(servers));
        Properties prompt = producer(servers);
        prompt.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        this.probes = new KafkaProducer<>(prompt);
        Properties consumer = new Properties();
        consumer.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
        consumer.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        consumer.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        consumer.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        this.committed = new KafkaConsumer<>(consumer);
        this.watching = new Thread(this::watch, "change-log");
        watching.setDaemon(true);
    }

    private static Properties producer(String servers) {
        Properties properties = new Properties();
        properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
        properties.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        return properties;
    }

    public static void main(String[] arguments) throws Exception {
        try (StreamsLoad load = new StreamsLoad(arguments[0], arguments[1], arguments[2])) {
            PipelineLoad.serve(load);
        }
    }

    @Override
    public void append(String key, byte[] payload, Done done) {
        events.send(new ProducerRecord<>(topic, key, payload), (_, failure) -> done.done(failure));
    }

    @Override
    public void probe(String name, String key, byte[] payload, Runnable seen) throws Exception {
        if (begun.putIfAbsent("watching", true) == null) {
            begin();
        }
        waiting.put(name, seen);
        probes.send(new ProducerRecord<>(topic, key, payload));
    }

    /** From the newest change on: what was before concerns no probe, and reading it would take the machine from those who are measured. */
    private void begin() throws InterruptedException {
        List<PartitionInfo> parts = committed.partitionsFor(changeLog, Duration.ofSeconds(PATIENCE_SECONDS));
        List<TopicPartition> all = parts.stream()
                .map(part -> new TopicPartition(part.topic(), part.partition()))
                .toList();
        committed.assign(all);
        committed.seekToEnd(all);
        all.forEach(committed::position);
        watching.start();
    }

    private void watch() {
        try {
            while (true) {
                for (ConsumerRecord<String, byte[]> change : committed.poll(Duration.ofSeconds(1))) {
                    Runnable seen = waiting.remove(change.key());
                    if (seen != null) {
                        seen.run();
                    }
                }
            }
        } catch (WakeupException e) {
            committed.close();
        }
    }

    @Override
    public void close() {
        committed.wakeup();
        events.close();
        probes.close();
    }
}
