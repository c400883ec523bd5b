package io.thalweg.server.slab;

import io.thalweg.model.MalformedException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to another slab, a WebSocket that either side dialled. It begins with {@link Greeting}s and is open when both have proved
 * themselves; then each binary frame is one message behind a byte that says what it is.
 *
 * <p>What is to be sent waits in a queue of bounded bytes; when it is full large messages are refused first, so that the small ones by which
 * slabs steer each other still pass. The next frame is asked for when the one before was taken, so that a slab that is busy holds
 * up those who send to it, and not its own memory. Public because Jetty looks for what it calls by reflection. Thread-safe.
 */
public final class SlabLink implements Session.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(SlabLink.class);

    /** A message of the peering protocol. */
    static final int PEERING = 1;

    /** Who may call; see {@link io.thalweg.directory.machine.Credentials}. */
    static final int CREDENTIALS = 2;

    /** A part of what does not fit into one message; see {@link CredentialParts}. */
    static final int CREDENTIAL_PART = 3;

    private static final long QUEUE_BYTES_MAX = 8 << 20;
    private static final long LARGE_QUEUE_BYTES_MAX = 4 << 20;
    private static final int LARGE_BYTES = 16 << 10;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What becomes of a connection. */
    private enum State {
        GREETING,
        PROVING,
        OPEN,
        CLOSED
    }

    private final SlabLinks links;
    private final boolean dialled;
    private final String place;
    private final Deque<ByteBuffer> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean sending;
    private boolean refused;
    private State state = State.GREETING;
    private @Nullable Session session;
    private final Greeting mine;
    private @Nullable Greeting theirs;
    private volatile long heardNs = System.nanoTime();
    private final long openedNs = System.nanoTime();
    private final CredentialParts credentialParts = new CredentialParts();
    private final ReentrantLock telling = new ReentrantLock();
    private long toldVersion = -1;
    private long tellingVersion = -1;
    private int toldParts;

    /** @param place the address that was dialled; empty for one who dialled in */
    SlabLink(SlabLinks links, boolean dialled, String place) {
        this.links = links;
        this.dialled = dialled;
        this.place = place;
        byte[] nonce = new byte[Greeting.NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        mine = new Greeting(Greeting.OLDEST, Greeting.NEWEST, links.self(), nonce);
    }

    @Override
    public void onWebSocketOpen(Session opened) {
        synchronized (this) {
            session = opened;
        }
        if (!links.hasSecret() && !isLoopback(opened)) {
            close("without slab.secret only slabs on this machine may peer");
            return;
        }
        send(mine.encode());
        opened.demand();
    }

    private static boolean isLoopback(Session opened) {
        return opened.getRemoteSocketAddress() instanceof InetSocketAddress address
                && address.getAddress() != null
                && address.getAddress().isLoopbackAddress();
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        callback.succeed();
        heardNs = System.nanoTime();
        try {
            take(bytes);
        } catch (MalformedException e) {
            close(String.valueOf(e.getMessage()));
        }
    }

    private void take(byte[] bytes) {
        State now;
        synchronized (this) {
            now = state;
        }
        switch (now) {
            case GREETING -> {
                Greeting hello = Greeting.decode(bytes);
                if (hello.slab().equals(mine.slab())) {
                    throw new MalformedException("a slab dialled itself");
                }
                synchronized (this) {
                    theirs = hello;
                    state = State.PROVING;
                }
                send(proof(dialled, hello));
                demand();
            }
            case PROVING -> {
                Greeting hello = java.util.Objects.requireNonNull(theirs);
                if (!Greeting.matches(proof(!dialled, hello), bytes)) {
                    throw new MalformedException("the other slab does not know the secret");
                }
                synchronized (this) {
                    state = State.OPEN;
                }
                links.opened(this);
                demand();
            }
            case OPEN -> links.received(this, bytes, this::demand);
            case CLOSED -> {}
        }
    }

    private byte[] proof(boolean byDialler, Greeting hello) {
        return Greeting.proof(links.secret(), byDialler, dialled ? mine : hello, dialled ? hello : mine);
    }

    private void demand() {
        Session now;
        synchronized (this) {
            now = state == State.CLOSED ? null : session;
        }
        if (now != null && now.isOpen()) {
            now.demand();
        }
    }

    /** Hands over a message; false when there is no room for one of its size. */
    boolean offer(int kind, byte[] message) {
        synchronized (this) {
            long most = message.length > LARGE_BYTES ? LARGE_QUEUE_BYTES_MAX : QUEUE_BYTES_MAX;
            if (state != State.OPEN || (queuedBytes > 0 && queuedBytes + message.length > most)) {
                refused = true;
                return false;
            }
        }
        byte[] framed = new byte[message.length + 1];
        framed[0] = (byte) kind;
        System.arraycopy(message, 0, framed, 1, message.length);
        send(framed);
        return true;
    }

    private void send(byte[] frame) {
        synchronized (this) {
            if (state == State.CLOSED) {
                return;
            }
            queue.add(ByteBuffer.wrap(frame));
            queuedBytes += frame.length;
            if (sending) {
                return;
            }
            sending = true;
        }
        sendNext();
    }

    private void sendNext() {
        ByteBuffer next;
        Session to;
        boolean room;
        synchronized (this) {
            next = queue.peek();
            to = session;
            if (next == null || to == null || state == State.CLOSED) {
                sending = false;
                next = null;
            }
            room = refused && queuedBytes < LARGE_QUEUE_BYTES_MAX / 2;
            refused = refused && !room;
        }
        if (room) {
            links.hasRoom();
        }
        if (next != null && to != null) {
            int length = next.remaining();
            to.sendBinary(next, Callback.from(() -> sent(length), failure -> close(String.valueOf(failure))));
        }
    }

    private void sent(int bytes) {
        synchronized (this) {
            queue.poll();
            queuedBytes -= bytes;
        }
        sendNext();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        LOG.debug("The link to slab {} at {} failed", peer(), place, cause);
        gone();
    }

    @Override
    public void onWebSocketClose(int status, String reason, Callback callback) {
        if (status == StatusCode.POLICY_VIOLATION) {
            LOG.warn("The slab at {} ended the link: {}", place.isEmpty() ? "the other end" : place, reason);
        }
        callback.succeed();
        gone();
    }

    /** Ends the connection, saying why. */
    void close(String reason) {
        LOG.debug("The link to slab {} at {} ends: {}", peer(), place, reason);
        Session now;
        synchronized (this) {
            now = session;
        }
        gone();
        if (now != null) {
            String brief = reason.length() > 100 ? reason.substring(0, 100) : reason;
            now.close(StatusCode.POLICY_VIOLATION, brief, Callback.from(now::disconnect, _ -> now.disconnect()));
        }
    }

    /** Ends the connection without a word: nobody listens there. */
    void drop() {
        Session now;
        synchronized (this) {
            now = session;
        }
        gone();
        if (now != null) {
            now.disconnect();
        }
    }

    private void gone() {
        synchronized (this) {
            if (state == State.CLOSED) {
                return;
            }
            state = State.CLOSED;
            queue.clear();
            queuedBytes = 0;
        }
        links.closed(this);
    }

    boolean isOpen() {
        synchronized (this) {
            return state == State.OPEN;
        }
    }

    boolean isClosed() {
        synchronized (this) {
            return state == State.CLOSED;
        }
    }

    /** Who is at the other end; null before it said so. */
    @Nullable
    UUID peer() {
        Greeting hello;
        synchronized (this) {
            hello = theirs;
        }
        return hello == null ? null : hello.slab();
    }

    /** The version of the link that both ends speak; the oldest before the other said which it knows. */
    int version() {
        Greeting hello;
        synchronized (this) {
            hello = theirs;
        }
        return hello == null ? Greeting.OLDEST : hello.spoken();
    }

    /** Whether this one is kept when both sides dialled each other: that of the smaller id's dialling. */
    boolean isPreferred() {
        UUID other = peer();
        return other != null && dialled == (mine.slab().compareTo(other) < 0);
    }

    boolean dialled() {
        return dialled;
    }

    String place() {
        return place;
    }

    long silentNs() {
        return System.nanoTime() - heardNs;
    }

    /** Since the connection was begun. */
    long ageNs() {
        return System.nanoTime() - openedNs;
    }

    /** What is collected of who may call. Of the thread that receives. */
    CredentialParts credentialParts() {
        return credentialParts;
    }

    /** Tells who may call, unless it was told; as much of it as there is room for, the rest when it is called again. */
    void tell(SlabLinks.Versioned known) {
        // Not under this link's own monitor: what is offered may fail at once, and then whoever keeps all links is
        // told.
        if (!telling.tryLock()) {
            return;
        }
        try {
            if (known.version() <= toldVersion) {
                return;
            }
            if (known.version() != tellingVersion) {
                tellingVersion = known.version();
                toldParts = 0;
            }
            int parts = CredentialParts.count(known.form().length);
            while (toldParts < parts) {
                boolean took = parts == 1
                        ? offer(CREDENTIALS, known.form())
                        : offer(CREDENTIAL_PART, CredentialParts.part(known, toldParts));
                if (!took) {
                    return;
                }
                toldParts++;
            }
            toldVersion = known.version();
        } finally {
            telling.unlock();
        }
    }
}
