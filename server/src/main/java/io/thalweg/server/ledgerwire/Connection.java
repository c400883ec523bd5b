package io.thalweg.server.ledgerwire;

import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerReply.Reason;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.LedgerRequest.Caller;
import io.thalweg.ledger.MultiBatch;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.model.request.RequestCodec;
import io.thalweg.server.routing.Await;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection, served by one thread: it reads a message, has it executed, writes the answer. A client has one request
 * in flight, so nothing is gained by reading ahead; what it resends meanwhile waits in the socket and is answered as a retry.
 *
 * <p>Memory is bounded: a header of its own, and while a message with a body is in hand a buffer of its size, out of the door's
 * {@link BodyMemory}; that of a reader's answer comes to it, or is refused. The buffer of a request that changes something begins with
 * room for the heads that it needs in the log, and belongs to the shard from then on.
 */
final class Connection implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** 0.16.4: the oldest release whose rules are these. */
    private static final int RELEASE_MIN = 16 << 8 | 4;

    private static final int REGISTER_BODY_BYTES = 256;

    /** In front of events, for the heads of the shard's request and of the ledger's. */
    private static final int ROOM = RequestCodec.HEADER_BYTES + LedgerRequest.HEAD_BYTES;

    private final SocketChannel channel;
    private final LedgerBook book;
    private final WireReads reads;
    private final BodyMemory memory;
    private final long clusterLow;
    private final long clusterHigh;
    private final Aegis128L checksum = new Aegis128L();
    private final ByteBuffer header = Header.allocate(Header.BYTES);
    private boolean warned;

    /** Bytes of the door's memory that the message in hand has. */
    private int held;

    /** When the message that is being read or written was begun, as {@code System.nanoTime}; 0 when none is. */
    private volatile long busySinceNs;

    /** What is wrong with the bytes of a connection; it is closed. */
    private static final class BadBytes extends IOException {
        private static final long serialVersionUID = 1;

        BadBytes(String message) {
            super(message);
        }
    }

    Connection(SocketChannel channel, LedgerBook book, BodyMemory memory, long clusterLow, long clusterHigh) {
        this.channel = channel;
        this.book = book;
        this.memory = memory;
        this.clusterLow = clusterLow;
        this.clusterHigh = clusterHigh;
        reads = new WireReads(book);
    }

    /** Closes the connection when a message has been on its way for too long. Any thread. */
    void closeIfSlow(long nowNs, long messageNsMax) {
        long since = busySinceNs;
        if (since != 0 && nowNs - since > messageNsMax) {
            LOG.debug("a client at the ledger port is too slow");
            close();
        }
    }

    /** Any thread. */
    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("closing a connection", e);
        }
    }

    @Override
    public void run() {
        try (channel) {
            while (readHeader()) {
                message();
            }
        } catch (BadBytes e) {
            LOG.debug("a connection at the ledger port is closed: {}", e.getMessage());
        } catch (IOException e) {
            LOG.debug("a connection at the ledger port is gone", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            if (!book.damages().heard(e)) {
                LOG.error("a connection at the ledger port is closed after a mistake of ours", e);
            }
        }
    }

    // --- bytes

    /** False at the end of the stream. */
    private boolean readHeader() throws IOException {
        header.clear();
        int first = channel.read(header);
        if (first < 0) {
            return false;
        }
        busySinceNs = System.nanoTime() | 1;
        readFully(header);
        header.flip();
        if (!Header.valid(header, checksum, clusterLow, clusterHigh)) {
            throw new BadBytes("the header of a message is not valid");
        }
        return true;
    }

    private void readFully(ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            if (channel.read(target) < 0) {
                throw new BadBytes("a message ends too early");
            }
        }
    }

    private void write(ByteBuffer message) throws IOException {
        busySinceNs = System.nanoTime() | 1;
        message.position(0);
        while (message.hasRemaining()) {
            int _ = channel.write(message);
        }
        busySinceNs = 0;
    }

    // --- messages

    private void message() throws IOException, InterruptedException {
        int size = header.getInt(Header.SIZE) - Header.BYTES;
        if (header.get(Header.COMMAND) == Header.COMMAND_PING_CLIENT) {
            checkBody(ByteBuffer.allocate(0));
            write(ping());
            return;
        }
        int bytes = ROOM + size;
        held = memory.begin(bytes);
        try {
            // Waiting for memory is not the client's slowness.
            busySinceNs = System.nanoTime() | 1;
            ByteBuffer message = readBody(bytes);
            ByteBuffer body = message.position(ROOM).slice().order(ByteOrder.LITTLE_ENDIAN);
            checkBody(body);
            busySinceNs = 0;
            ByteBuffer answer = answer(message, body);
            if (answer != null) {
                write(answer);
            }
        } finally {
            memory.give(held);
            held = 0;
        }
    }

    /**
     * Reads a message's body, with room in front of it. What has not come yet is given memory only as it comes: each piece is at most as
     * large as all that has come before.
     */
    private ByteBuffer readBody(int bytes) throws IOException {
        ByteBuffer message = Header.allocate(held).position(ROOM);
        readFully(message);
        while (message.capacity() < bytes) {
            int larger = Math.min(bytes, 2 * message.capacity());
            grow(larger);
            message = Header.allocate(larger).put(message.clear());
            readFully(message);
        }
        return message;
    }

    private void grow(int wanted) throws BadBytes {
        if (!memory.grow(held, wanted)) {
            throw new BadBytes("there is no memory for the rest of a message: its sender has to begin anew");
        }
        held = wanted;
    }

    private void checkBody(ByteBuffer body) throws BadBytes {
        if (checksum.of(body).low() != header.getLong(Header.BODY_CHECKSUM)
                || checksum.high() != header.getLong(Header.BODY_CHECKSUM + 8)) {
            throw new BadBytes("the body of a message has another checksum");
        }
    }

    /** What to send; null for silence, upon which the client asks again. */
    private @Nullable ByteBuffer answer(ByteBuffer message, ByteBuffer body) throws InterruptedException {
        int number = header.get(Header.OPERATION) & 0xff;
        if (tooOld()) {
            return evict(Reason.RELEASE_TOO_LOW);
        }
        if (Integer.compareUnsigned(header.getInt(Header.VIEW), book.view().getAsInt()) > 0) {
            // Of a cluster that has moved on without this node; it alone may answer.
            return null;
        }
        if (number == WireOperation.REGISTER) {
            return register(message, body);
        }
        WireOperation operation = WireOperation.ofNumber(number);
        if (operation == null) {
            return evict(Reason.INVALID_OPERATION);
        }
        int[] counts;
        try {
            counts = operation.counts(body);
        } catch (MalformedException e) {
            LOG.debug("a request at the ledger port is malformed: {}", e.getMessage());
            return evict(Reason.INVALID_BODY);
        }
        return operation.creates() ? create(operation, message) : read(operation, body, counts);
    }

    private ByteBuffer ping() throws InterruptedException {
        if (tooOld()) {
            return evict(Reason.RELEASE_TOO_LOW);
        }
        long session = header.getLong(Header.PING_SESSION);
        return session == 0 || mayHave(session)
                ? WireReplies.pong(header, book.view().getAsInt(), checksum)
                : evict(Reason.NO_SESSION);
    }

    /** False when it is known for sure that the pinging client's session is gone. */
    private boolean mayHave(long session) throws InterruptedException {
        long low = header.getLong(Header.PING_CLIENT);
        long high = header.getLong(Header.PING_CLIENT + 8);
        try {
            return Await.result(book.shard().read(() -> book.machine().hasSession(book.id(), low, high, session)));
        } catch (CompletionException e) {
            return true;
        }
    }

    private boolean tooOld() {
        return Integer.compareUnsigned(header.getInt(Header.RELEASE), RELEASE_MIN) < 0;
    }

    private ByteBuffer evict(Reason reason) {
        return WireReplies.eviction(header, book.view().getAsInt(), reason, checksum);
    }

    private Caller caller() {
        return new Caller(
                header.getLong(Header.CLIENT),
                header.getLong(Header.CLIENT + 8),
                header.getLong(Header.SESSION),
                header.getInt(Header.NUMBER),
                header.getInt(Header.RELEASE),
                header.getLong(Header.CHECKSUM),
                header.getLong(Header.CHECKSUM + 8));
    }

    private @Nullable ByteBuffer register(ByteBuffer message, ByteBuffer body) throws InterruptedException {
        if (!body.hasRemaining()) {
            // What clients sent before registering had a body.
            return evict(Reason.RELEASE_TOO_LOW);
        }
        if (header.getInt(Header.NUMBER) != 0
                || header.getLong(Header.SESSION) != 0
                || body.remaining() != REGISTER_BODY_BYTES
                || !Header.zero(body, 0, REGISTER_BODY_BYTES)) {
            return evict(Reason.INVALID_BODY);
        }
        LedgerReply reply = submit(Operation.LEDGER_REGISTER, LedgerRequest.Format.PLAIN, message);
        return reply instanceof LedgerReply.Executed done
                ? WireReplies.registered(header, book.view().getAsInt(), done, checksum)
                : refused(reply);
    }

    private @Nullable ByteBuffer create(WireOperation operation, ByteBuffer message) throws InterruptedException {
        Operation change = operation.kind() == WireOperation.Kind.CREATE_ACCOUNTS
                ? Operation.LEDGER_ACCOUNTS
                : Operation.LEDGER_TRANSFERS;
        LedgerReply reply = submit(change, operation.format(), message);
        return reply instanceof LedgerReply.Executed done
                ? WireReplies.created(header, book.view().getAsInt(), operation, done, checksum)
                : refused(reply);
    }

    private @Nullable ByteBuffer refused(@Nullable LedgerReply reply) {
        return reply instanceof LedgerReply.Evicted evicted ? evict(evicted.reason()) : null;
    }

    /** Has a request ordered and executed; null when nobody knows, and the client has to ask again. */
    private @Nullable LedgerReply submit(Operation operation, LedgerRequest.Format format, ByteBuffer message)
            throws InterruptedException {
        LedgerRequest.putHead(message, RequestCodec.HEADER_BYTES, book.id(), format, caller());
        LedgerRequest.putFull(
                message, RequestCodec.HEADER_BYTES, !book.hasRoom().test(message.capacity() - ROOM));
        ByteBuffer body = message.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(RequestCodec.HEADER_BYTES);
        Request request = new Request(book.tenant(), Request.NO_SESSION, 0, operation, body, RequestCodec.HEADER_BYTES);
        Reply reply;
        try {
            reply = Await.result(book.shard().submit(request));
        } catch (CompletionException e) {
            return unanswered(e);
        }
        return switch (reply) {
            case Reply.Done(ByteBuffer result) -> LedgerReply.parse(result);
            case Reply.Refused(ErrorCode code, String text) ->
                switch (code) {
                    case NOT_FOUND -> new LedgerReply.Evicted(Reason.NO_SESSION);
                    case INVALID_REQUEST -> new LedgerReply.Evicted(Reason.INVALID_BODY);
                    // Its sessions cannot be read any more. Who is evicted is told so, and who asks again meets the
                    // same ids.
                    case LEDGER_FROZEN -> new LedgerReply.Evicted(Reason.NO_SESSION);
                    default -> unanswered(new CompletionException(text, null));
                };
        };
    }

    private @Nullable LedgerReply unanswered(CompletionException cause) {
        if (!book.damages().heard(cause) && !warned) {
            warned = true;
            LOG.warn("a request at the ledger port is not answered: {}", cause.getMessage());
        }
        return null;
    }

    private @Nullable ByteBuffer read(WireOperation operation, ByteBuffer body, int[] counts)
            throws InterruptedException {
        int trailer = operation.manyBatches() ? MultiBatch.trailerBytes(counts.length, operation.resultBytes()) : 0;
        int results;
        try {
            results = WireReads.resultsMax(operation, body, counts) * operation.resultBytes();
        } catch (MalformedException e) {
            LOG.debug("a request at the ledger port asks for too much: {}", e.getMessage());
            return evict(Reason.INVALID_BODY);
        }
        int bytes = Header.BYTES + results + trailer;
        if (!memory.grow(held, held + bytes)) {
            // The client asks again, and holds nothing meanwhile.
            return null;
        }
        held += bytes;
        try {
            ByteBuffer out = Header.allocate(bytes);
            out.position(Header.BYTES).limit(Header.BYTES + results);
            WireReads.Mark mark = Await.result(reads.mark(operation, caller(), body, counts, out));
            if (!(mark instanceof WireReads.Mark.Granted(long op, var point, boolean fades, long appliedNs))) {
                return refused(((WireReads.Mark.Refused) mark).reply());
            }
            if (fades) {
                touch();
            }
            if (!reads.search(operation, point, body, counts, out)) {
                return evict(Reason.NO_SESSION);
            }
            WireReads.putTrailer(operation, counts, out);
            // A clock that was set back must not have a reader get rows that are younger than the reply.
            long nowNs = Math.max(book.nowNs().getAsLong(), appliedNs + 1);
            return WireReplies.reply(out, header, book.view().getAsInt(), op, nowNs, checksum);
        } catch (CompletionException e) {
            if (e.getCause() instanceof ThalwegException cause && cause.code() == ErrorCode.LEDGER_FROZEN) {
                return evict(Reason.NO_SESSION);
            }
            var _ = unanswered(e);
            return null;
        }
    }

    /** Has it noted that the session is in use; nobody waits for that. */
    private void touch() {
        ByteBuffer message = Header.allocate(ROOM);
        LedgerRequest.putHead(message, RequestCodec.HEADER_BYTES, book.id(), LedgerRequest.Format.PLAIN, caller());
        var _ = book.shard()
                .submit(new Request(
                        book.tenant(),
                        Request.NO_SESSION,
                        0,
                        Operation.LEDGER_TOUCH,
                        message.position(RequestCodec.HEADER_BYTES),
                        RequestCodec.HEADER_BYTES));
    }
}
