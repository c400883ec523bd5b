package io.thalweg.bench.load;

import java.io.IOException;
import java.time.Duration;

/**
 * The inside of a load generator's JVM: an order is a pattern, for how long it is run before and while it is measured, and the target.
 */
public final class LoadWorker {
    private LoadWorker() {}

    /** Serves until standard input ends. */
    public static void serve(Sender.Factory factory) throws IOException {
        Orders.serve(words -> ClosedLoop.run(
                        factory,
                        Pattern.decode(words, 0),
                        words[Pattern.WORDS + 2],
                        Duration.ofMillis(Long.parseLong(words[Pattern.WORDS])),
                        Duration.ofMillis(Long.parseLong(words[Pattern.WORDS + 1])))
                .encode());
    }

    /** The generators that need no foreign jar: {@code http}, {@code streams}, {@code etcd} and {@code raw}. */
    public static void main(String[] arguments) throws IOException {
        serve(
                switch (arguments.length == 1 ? arguments[0] : "") {
                    case "http" -> HttpSender::open;
                    case "streams" -> StreamsSender::open;
                    case "etcd" -> EtcdConnection::sender;
                    case "raw" -> RawSender::preallocated;
                    case "raw-grow" -> RawSender::growing;
                    default -> throw new IllegalArgumentException("usage: LoadWorker http|streams|etcd|raw|raw-grow");
                });
    }
}
