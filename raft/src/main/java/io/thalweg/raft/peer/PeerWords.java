package io.thalweg.raft.peer;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What nodes tell each other of where they are: each of itself, and whoever is told passes on who told the same before, since two that have both moved
 * do not find each other. Thread-safe.
 *
 * <pre>
 * thalweg.Peers/ask "here"   host:port of the asker -> (id SP host:port LF)*, those that said so of themselves
 * </pre>
 */
final class PeerWords {
    static final String HERE = "here";
    private static final Logger LOG = LoggerFactory.getLogger(PeerWords.class);
    private static final int BYTES_MAX = 64 << 10;

    /** An address, or the name of a machine. */
    private static final Pattern HOST = Pattern.compile("[0-9A-Fa-f:.]{2,45}|[A-Za-z0-9][A-Za-z0-9._-]{0,252}");

    private final Member self;
    private final PeerAddresses addresses;
    private final Consumer<String> moved;

    /** @param moved told of each node that is elsewhere than before */
    PeerWords(Member self, PeerAddresses addresses, Consumer<String> moved) {
        this.self = self;
        this.addresses = addresses;
        this.moved = moved;
    }

    ByteBuffer here() {
        return bytes(self.address());
    }

    /**
     * Another node says where it is.
     *
     * @param caller who that is, as far as its certificate tells; null when it did not say
     */
    CompletableFuture<ByteBuffer> answer(@Nullable String caller, ByteBuffer where) {
        if (caller == null || !addresses.knows(caller)) {
            return CompletableFuture.failedFuture(
                    new ThalwegException(ErrorCode.FORBIDDEN, "node " + caller + " is none that is known here"));
        }
        StringBuilder others = new StringBuilder();
        for (Member other : addresses.sure()) {
            others.append(other.id()).append(' ').append(other.address()).append('\n');
        }
        if (addresses.isAt(at(caller, text(where)))) {
            moved.accept(caller);
        }
        return CompletableFuture.completedFuture(bytes(others.toString()));
    }

    /** Another node's answer. What one said of itself counts more. */
    void heard(ByteBuffer answer) {
        text(answer).lines().forEach(line -> {
            int space = line.indexOf(' ');
            try {
                Member other = at(line.substring(0, Math.max(space, 0)), line.substring(space + 1));
                if (addresses.knows(other.id()) && !addresses.isSure(other.id()) && addresses.isLikelyAt(other)) {
                    moved.accept(other.id());
                }
            } catch (MalformedException e) {
                LOG.warn("what a node says of where another is makes no sense: {}", e.getMessage());
            }
        });
    }

    /** Strict, because somebody will look that up. */
    private static Member at(String id, String address) {
        Member said = Member.at(id, address);
        if (said.port() == 0 || !HOST.matcher(said.host()).matches()) {
            throw new MalformedException("node " + id + " is said to be at '" + address + "', which is no HOST:PORT");
        }
        return said;
    }

    private static String text(ByteBuffer bytes) {
        if (bytes.remaining() > BYTES_MAX) {
            throw new MalformedException("what a node says of where others are has " + bytes.remaining()
                    + " bytes, at most " + BYTES_MAX + " are allowed");
        }
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
