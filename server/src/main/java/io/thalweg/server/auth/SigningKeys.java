package io.thalweg.server.auth;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of tokens while one takes the place of another. One signs; tokens of the next and of the last one are good, too, as long as their files are there:
 *
 * <pre>
 * jwt.pem        signs
 * jwt-next.pem   is to sign; on all nodes before it does on any
 * jwt-last.pem   signed before; until what it signed has expired
 * </pre>
 *
 * <p>A node that runs looks now and then whether they are others. Files that cannot be read change nothing. Thread-safe.
 */
public final class SigningKeys implements Supplier<SigningKeys.Held> {
    /** What signs now. */
    public static final String SIGNS = "jwt.pem";

    /** What is to sign. */
    public static final String NEXT = "jwt-next.pem";

    /** What signed before. */
    public static final String LAST = "jwt-last.pem";

    /** The files that need not be there. */
    public static final List<String> OTHERS = List.of(NEXT, LAST);

    private static final Duration LOOK = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);

    private final Path directory;
    private final LongSupplier clockNs;
    private volatile Held held;
    private volatile long lookNs;
    private List<String> seen; // guarded by this

    /**
     * The keys as of one look.
     *
     * @param signs what tokens are signed with
     * @param verify whose tokens are good, the one that signs among them
     */
    public record Held(SigningKey signs, List<RSAPublicKey> verify) {
        public Held {
            verify = List.copyOf(verify);
        }

        @Override
        public String toString() {
            return "Held[hidden]";
        }
    }

    /**
     * Reads what is there.
     *
     * @param directory {@code DIR/secrets}
     * @param clockNs a clock that only goes forwards
     * @throws IOException naming the file, when one is not what it should be
     */
    public SigningKeys(Path directory, LongSupplier clockNs) throws IOException {
        this.directory = directory;
        this.clockNs = clockNs;
        seen = stamps();
        held = read();
        lookNs = clockNs.getAsLong();
    }

    private Held read() throws IOException {
        SigningKey signs = SigningKey.read(directory.resolve(SIGNS));
        List<RSAPublicKey> verify = new ArrayList<>(List.of(signs.open()));
        for (SigningKey other : others(directory)) {
            verify.add(other.open());
        }
        return new Held(signs, verify);
    }

    /** The keys that do not sign. */
    static List<SigningKey> others(Path directory) throws IOException {
        List<SigningKey> others = new ArrayList<>();
        for (String name : OTHERS) {
            if (Files.exists(directory.resolve(name))) {
                others.add(SigningKey.read(directory.resolve(name)));
            }
        }
        return others;
    }

    private List<String> stamps() throws IOException {
        List<String> stamps = new ArrayList<>();
        for (String name : List.of(SIGNS, NEXT, LAST)) {
            Path file = directory.resolve(name);
            if (Files.exists(file)) {
                stamps.add(name + " " + Files.getLastModifiedTime(file) + " " + Files.size(file));
            }
        }
        return stamps;
    }

    /** The keys as of some seconds ago at most; the same object as long as they are the same. */
    @Override
    public Held get() {
        if (clockNs.getAsLong() - lookNs > LOOK.toNanos()) {
            look();
        }
        return held;
    }

    private synchronized void look() {
        long nowNs = clockNs.getAsLong();
        if (nowNs - lookNs <= LOOK.toNanos()) {
            return; // another has looked meanwhile
        }
        try {
            List<String> now = stamps();
            if (!now.equals(seen)) {
                Held fresh = read();
                if (!stamps().equals(now)) {
                    return; // in the middle of a change: the next one looks again
                }
                held = fresh;
                seen = now;
                LOG.info(
                        "the keys of tokens are others: {} of them",
                        fresh.verify().size());
            }
        } catch (IOException e) {
            LOG.error("the keys of tokens are others, and cannot be read: those that were there are used on", e);
        }
        lookNs = nowNs;
    }

    // ---- the files, for an operator

    /** Makes a key that is to sign one day. */
    public static void makeNext(Path directory) throws IOException {
        if (Files.exists(directory.resolve(NEXT))) {
            throw new IOException(directory.resolve(NEXT) + " is there already");
        }
        SigningKey.create(directory.resolve(NEXT));
    }

    /** Has the next key sign, and keeps the one that signed. What a crash has left half-done is done by another call. */
    public static void useNext(Path directory) throws IOException {
        Path signs = directory.resolve(SIGNS);
        Path next = directory.resolve(NEXT);
        Path last = directory.resolve(LAST);
        if (!Files.exists(next)) {
            throw new IOException(next + " is missing: make it first, and give it to all nodes");
        }
        String signed = SecretFiles.read(signs);
        if (Files.exists(last) && !SecretFiles.read(last).equals(signed)) {
            throw new IOException(last + " is there still, the key before: tokens of it would be void at once");
        }
        var _ = SigningKey.read(next);
        SecretFiles.write(last, signed);
        Files.move(next, signs, StandardCopyOption.ATOMIC_MOVE);
        force(directory);
    }

    /** What the last key signed is void from now on. */
    public static void forgetLast(Path directory) throws IOException {
        if (!Files.deleteIfExists(directory.resolve(LAST))) {
            throw new IOException(directory.resolve(LAST) + " is not there");
        }
        force(directory);
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
