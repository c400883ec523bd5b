package io.thalweg.raft;

import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.log.EventBatch;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.raft.peer.Member;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.stream.StreamCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** One node's replica of a shard in a group, with a stream and a ledger in it, for tests. */
final class Copy implements AutoCloseable {
    static final TenantId TENANT = new TenantId(new UUID(1, 1));
    static final StreamId STREAM = new StreamId(new LogId(new UUID(2, 2)), 0);
    private static final BlockCache CACHE = new BlockCache(4 << 20);
    private static final LedgerId LEDGER = new LedgerId(new UUID(3, 3));

    final RatisNode node;
    final Shard shard;
    final Brittle brittle = new Brittle();
    private boolean closed;

    /** Owns an operation that nobody else does, and may break at it, here alone. */
    static final class Brittle implements Machine {
        volatile boolean broken;

        /** All of its state. */
        volatile byte state;

        final Semaphore turns = new Semaphore(0);

        /** While it is, whoever applies waits for one of the {@link #turns}. */
        volatile boolean slow;

        @Override
        public String name() {
            return "brittle";
        }

        @Override
        public boolean owns(Operation operation) {
            return operation == Operation.PLACE;
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // a test that changes it does so between two entries
        public Reply apply(ApplyContext context, Request request) {
            if (slow) {
                turns.acquireUninterruptibly();
            }
            if (broken) {
                throw new IllegalStateException("a bug in a machine");
            }
            state += (byte) 3;
            context.note(state);
            return new Reply.Done(ByteBuffer.allocate(0));
        }

        @Override
        public void save(BinaryWriter out) {
            out.u8(state);
        }

        @Override
        public void load(BinaryReader in) {
            state = (byte) in.u8();
        }
    }

    /** Opens the shard of a group on a Ratis server that is there. */
    Copy(RatisNode node, int number, List<Member> members, Path directory) {
        this(node, new ShardGroup(number, members, directory.resolve("raft")), directory);
    }

    Copy(RatisNode node, ShardGroup group, Path directory) {
        this(node, group, directory, replica -> replica);
    }

    /** @param program what the consensus sees of the replica */
    Copy(RatisNode node, ShardGroup group, Path directory, UnaryOperator<Replica> program) {
        this(node, group, ShardOptions.in(directory), program);
    }

    Copy(RatisNode node, ShardGroup group, ShardOptions options, UnaryOperator<Replica> program) {
        this.node = node;
        shard = Shard.open(
                options,
                new FileDisk(),
                node.options().clock(),
                replica -> node.shard(group).apply(program.apply(replica)),
                List.of(brittle, ledgers(options.directory())));
    }

    /** The same parts of the state for a shard that is opened otherwise. */
    static List<Machine> machines(Path directory) {
        return List.of(new Brittle(), ledgers(directory));
    }

    private static LedgerMachine ledgers(Path directory) {
        return new LedgerMachine(
                new FileDisk(),
                directory.resolve("ledgers"),
                LedgerOptions.DEFAULT,
                CACHE,
                Runnable::run,
                10,
                Damage.Policy.FREEZE);
    }

    /** A group of one member so far, on a server of its own, that leads and has its stream. */
    static Copy alone(Path directory) throws Exception {
        return alone(oneNode(), directory);
    }

    static Copy alone(RatisNode node, Path directory) throws Exception {
        Copy copy = new Copy(node, 0, oneMember(), directory);
        copy.consensus().leading().get(60, TimeUnit.SECONDS);
        var _ = copy.shard.submit(createStream()).get(60, TimeUnit.SECONDS);
        return copy;
    }

    /** A server that elects itself soon. */
    static RatisNode oneNode() throws IOException {
        Member self = new Member("n1", "127.0.0.1", freePort());
        return RatisNode.open(RatisOptions.listening(self)
                .withElection(Duration.ofMillis(50), Duration.ofMillis(100))
                .withLogKept(0));
    }

    static List<Member> oneMember() {
        return List.of(new Member("n1", "127.0.0.1", 1));
    }

    /** Where that group's Raft log is. */
    static Path raftLog(Path directory) {
        return new ShardGroup(0, oneMember(), directory.resolve("raft")).current();
    }

    /** A port that is free, and below those that the system gives out: it is still free when a node comes back to it. */
    static int freePort() throws IOException {
        for (int attempt = 0; ; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return port;
            } catch (IOException e) {
                if (attempt == 100) {
                    throw e;
                }
            }
        }
    }

    RatisConsensus consensus() {
        return node.group(0).orElseThrow();
    }

    // ---- requests

    static Request createStream() {
        return new StreamCommand.Create(STREAM).toRequest(TENANT);
    }

    /** An event of so many bytes that begins with a value, as a session's request. */
    static Request append(long value, int bytes, UUID session, long number) {
        byte[] payload = new byte[Math.max(8, bytes)];
        ByteBuffer.wrap(payload).putLong(value);
        Request request =
                AppendBody.builder(STREAM, payload.length + 64).add(payload).request(TENANT);
        return new Request(TENANT, session, number, request.operation(), request.body(), request.room());
    }

    /** So many events of a mebibyte, with values from {@code first} on. */
    static Request appendLarge(long first, int count) {
        AppendBody.Builder body = AppendBody.builder(STREAM, count * ((1 << 20) + 64));
        for (int i = 0; i < count; i++) {
            byte[] payload = new byte[1 << 20];
            ByteBuffer.wrap(payload).putLong(first + i);
            body.add(payload);
        }
        return body.request(TENANT);
    }

    static Request append(long value, int bytes) {
        return append(value, bytes, Request.NO_SESSION, 0);
    }

    CompletableFuture<Reply> put(long value) {
        return shard.submit(append(value, 64));
    }

    static long sequence(Reply reply) {
        return AppendResult.decode(reply.orThrow()).firstSequence();
    }

    static Request breakIt() {
        return Request.of(TENANT, Operation.PLACE, ByteBuffer.allocate(8));
    }

    private static Request ledger(Operation operation, ByteBuffer events) {
        ByteBuffer body = ByteBuffer.allocate(LedgerRequest.HEAD_BYTES + events.remaining())
                .order(ByteOrder.LITTLE_ENDIAN);
        LedgerRequest.putHead(body, 0, LEDGER, LedgerRequest.Format.PLAIN, null);
        body.put(LedgerRequest.HEAD_BYTES, events, 0, events.remaining());
        return Request.of(TENANT, operation, body);
    }

    /** What makes a ledger with accounts 1 and 2. */
    static List<Request> openLedger() {
        ByteBuffer accounts = ByteBuffer.allocate(2 * AccountLayout.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 2; i++) {
            int at = i * AccountLayout.BYTES;
            accounts.putLong(at + AccountLayout.ID, 1 + i)
                    .putInt(at + AccountLayout.LEDGER, 1)
                    .putShort(at + AccountLayout.CODE, (short) 1);
        }
        return List.of(
                ledger(Operation.LEDGER_CREATE, ByteBuffer.allocate(0)), ledger(Operation.LEDGER_ACCOUNTS, accounts));
    }

    /** So many transfers, with ids from {@code first} on. */
    static Request transfers(long first, int count) {
        ByteBuffer events = ByteBuffer.allocate(count * TransferLayout.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            int at = i * TransferLayout.BYTES;
            events.putLong(at + TransferLayout.ID, first + i)
                    .putLong(at + TransferLayout.DEBIT_ACCOUNT_ID, 1)
                    .putLong(at + TransferLayout.CREDIT_ACCOUNT_ID, 2)
                    .putLong(at + TransferLayout.AMOUNT, 1 + i)
                    .putInt(at + TransferLayout.LEDGER, 1)
                    .putShort(at + TransferLayout.CODE, (short) 1);
        }
        return ledger(Operation.LEDGER_TRANSFERS, events);
    }

    // ---- what is here

    /** The values of all events that can be read here. */
    List<Long> values() {
        return values(shard);
    }

    /** The same of a shard that was opened otherwise. */
    static List<Long> values(Shard shard) {
        List<Long> values = new ArrayList<>();
        long head = shard.events().head(STREAM);
        for (long next = 1; next <= head; ) {
            EventBatch batch = shard.events().read(STREAM, next, 1000, 1 << 20);
            while (batch.next()) {
                values.add(value(batch));
                next++;
            }
        }
        return values;
    }

    /** The newest value that can be read here, -1 without any. */
    long newest() {
        long head = shard.events().head(STREAM);
        if (head == 0) {
            return -1;
        }
        EventBatch batch = shard.events().read(STREAM, head, 1, 1 << 20);
        return batch.next() ? value(batch) : -1;
    }

    private static long value(EventBatch batch) {
        return batch.payload().order(ByteOrder.BIG_ENDIAN).getLong();
    }

    /** The shard, and then the server that it ran on. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        shard.close();
        node.close();
    }

    /** Ends as a process that is killed does: nobody is asked, and no snapshot taken. */
    void kill() {
        node.close();
        close();
    }
}
