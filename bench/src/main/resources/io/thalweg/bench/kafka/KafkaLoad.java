import io.thalweg.bench.load.LoadWorker;
import io.thalweg.bench.load.Pattern;
import io.thalweg.bench.load.Payloads;
import io.thalweg.bench.load.Sender;
import io.thalweg.bench.load.WindowSender;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Load on Kafka with its own client, started as a single-file program beside Kafka's jars. The target is {@code server;server,topic,kind}.
 *
 * <p>Each connection has its own producer with acks=all. A single event is sent and waited for with linger.ms=0. A batch is sent
 * with a linger that never ends and flushed, and batch.size and max.request.size hold it whole: one request on the wire, one record
 * batch in the log. Of kind {@code shared} all connections share one producer, which then does what it is good at: it joins their
 * events while a request is under way. With several events under way, a producer for each connection is as it comes but for acks=all.
 */
final class KafkaLoad {
    private static final int REQUEST_BYTES = 16 << 20;

    private KafkaLoad() {}

    public static void main(String[] arguments) throws Exception {
        Map<String, KafkaProducer<byte[], byte[]>> shared = new HashMap<>();
        LoadWorker.serve((pattern, target, connection) -> {
            String[] parts = target.split(",");
            if (pattern.window() > 1) {
                return windowed(parts[0], parts[1], pattern, connection);
            }
            boolean share = parts[2].equals("shared");
            KafkaProducer<byte[], byte[]> producer = share
                    ? shared.computeIfAbsent(parts[0], servers -> producer(servers, 1))
                    : producer(parts[0], pattern.batch());
            return pattern.batch() == 1
                    ? single(producer, parts[1], pattern, connection, !share)
                    : batch(producer, parts[1], pattern);
        });
        shared.values().forEach(KafkaProducer::close);
    }

    private static Properties properties(String servers) {
        Properties properties = new Properties();
        properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, servers.replace(';', ','));
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        properties.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        return properties;
    }

    private static Sender windowed(String servers, String topic, Pattern pattern, int connection) {
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties(servers));
        byte[] payload = Payloads.event(pattern.eventBytes(), connection);
        return new WindowSender(pattern.window(), new WindowSender.Appends() {
            @Override
            public Future<?> append() {
                return producer.send(new ProducerRecord<>(topic, 0, null, payload));
            }

            @Override
            public void close() {
                producer.close();
            }
        });
    }

    private static KafkaProducer<byte[], byte[]> producer(String servers, int batch) {
        Properties properties = properties(servers);
        if (batch == 1) {
            properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        } else {
            properties.put(ProducerConfig.LINGER_MS_CONFIG, 60_000);
            properties.put(ProducerConfig.BATCH_SIZE_CONFIG, REQUEST_BYTES);
            properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, REQUEST_BYTES);
            properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 4L * REQUEST_BYTES);
            properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 180_000);
        }
        return new KafkaProducer<>(properties);
    }

    private static Sender single(
            KafkaProducer<byte[], byte[]> producer, String topic, Pattern pattern, int connection, boolean close) {
        byte[] payload = Payloads.event(pattern.eventBytes(), connection);
        return new Sender() {
            @Override
            public void send() throws Exception {
                producer.send(new ProducerRecord<>(topic, 0, null, payload)).get();
            }

            @Override
            public void close() {
                if (close) {
                    producer.close();
                }
            }
        };
    }

    private static Sender batch(KafkaProducer<byte[], byte[]> producer, String topic, Pattern pattern) {
        byte[][] payloads = new byte[pattern.batch()][];
        for (int i = 0; i < payloads.length; i++) {
            payloads[i] = Payloads.event(pattern.eventBytes(), i);
        }
        return new Sender() {
            @Override
            public void send() throws Exception {
                Future<RecordMetadata> last = null;
                for (byte[] payload : payloads) {
                    last = producer.send(new ProducerRecord<>(topic, 0, null, payload));
                }
                producer.flush();
                last.get();
            }

            @Override
            public void close() {
                producer.close();
            }
        };
    }
}
