package io.thalweg.bench.peer;

import io.thalweg.bench.load.Children;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A peer's server process on the loopback, from when it listens until it is closed. */
public final class PeerServer implements AutoCloseable {
    private static final int START_SECONDS = 60;
    private static final int STOP_SECONDS = 30;

    private final Process process;

    private PeerServer(Process process) {
        this.process = process;
    }

    /** A port that nobody listened at just now. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** The file of a program that the machine has; none when there is no such program on {@code PATH}. */
    public static Optional<Path> program(String name) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts one of several. */
    @FunctionalInterface
    public interface Starter<T> {
        T start() throws IOException, InterruptedException;
    }

    /**
     * Starts several at once, for servers of which none listens before it has a majority. When one fails, all are closed.
     *
     * @return them, in the order of their starters
     */
    public static <T extends AutoCloseable> List<T> together(List<Starter<T>> starters)
            throws IOException, InterruptedException {
        List<FutureTask<T>> starting = new ArrayList<>();
        for (Starter<T> starter : starters) {
            FutureTask<T> task = new FutureTask<>(starter::start);
            starting.add(task);
            Thread.ofPlatform().start(task);
        }
        List<T> started = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        for (FutureTask<T> task : starting) {
            try {
                started.add(task.get());
            } catch (ExecutionException e) {
                failures.add(String.valueOf(e.getCause()));
            }
        }
        if (!failures.isEmpty()) {
            for (T each : started) {
                try {
                    each.close();
                } catch (Exception e) {
                    failures.add(e.toString());
                }
            }
            throw new IOException(String.join("; ", failures));
        }
        return started;
    }

    /**
     * Starts a server and waits until it listens.
     *
     * @param name for the message when it does not
     * @param log where it writes
     */
    public static PeerServer start(String name, ProcessBuilder command, int port, Path log)
            throws IOException, InterruptedException {
        Process process = Children.watched(command.start());
        for (int waited = 0; !listens(port); waited++) {
            if (!process.isAlive() || waited == START_SECONDS * 10) {
                process.destroyForcibly();
                throw new IOException(name + " did not start; see " + log);
            }
            Thread.sleep(100);
        }
        return new PeerServer(process);
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** CPU time of the process so far, without that of its children. */
    public Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
