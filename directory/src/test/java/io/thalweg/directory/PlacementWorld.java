package io.thalweg.directory;

import static io.thalweg.directory.DirectoryFixture.OPERATOR;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryRequest;
import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.directory.placement.PlacementMachine;
import io.thalweg.directory.placement.Reconciler;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.machine.LedgerRegistry;
import io.thalweg.shard.machine.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A directory's shard, data shards beside it, a leader that reconciles them, and every message between them in the hands of whoever
 * tests: it is delivered when he says, or never, or twice.
 */
final class PlacementWorld {
    /** A shard: its machine, and what stands for its streams and ledgers. */
    private static final class Home {
        final StreamsFake streams = new StreamsFake();
        Machine machine;

        Home(Function<LedgerRegistry, Machine> machine) {
            this.machine = machine.apply(streams);
        }
    }

    /** A request on its way to a shard, with the promise of whoever sent it. */
    private record Message(int shard, Request request, CompletableFuture<Reply> reply) {}

    private final List<Home> homes = new ArrayList<>();

    /** Of the leader that is. */
    private List<Message> messages = new ArrayList<>();

    /** Of leaders that were: they may arrive at any time, and nobody waits for the answer. */
    private final List<Message> late = new ArrayList<>();

    private Reconciler reconciler;

    PlacementWorld(int dataShards) {
        homes.add(new Home(DirectoryMachine::new));
        for (int i = 0; i < dataShards; i++) {
            homes.add(new Home(PlacementMachine::new));
        }
        reconciler = newLeader();
        done(Reconciler.NOBODY, new DirectoryCommand.OpenShards(dataShards));
    }

    private Reconciler newLeader() {
        return new Reconciler(this::directory, this::send, new DirectoryClient(request -> send(0, request)));
    }

    private CompletableFuture<Reply> send(int shard, Request request) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        messages.add(new Message(shard, request, reply));
        return reply;
    }

    Directory directory() {
        return ((DirectoryMachine) homes.getFirst().machine).current();
    }

    List<Log> logs(TenantId tenant) {
        return directory().tenant(tenant).stream()
                .flatMap(found -> found.logs().stream())
                .filter(log -> !log.reserved())
                .toList();
    }

    // --- commands

    void tenant(int n) {
        done(
                DirectoryFixture.tenantId(1),
                new DirectoryCommand.CreateTenant("tenant-" + n, TenantLimits.UNLIMITED, DirectoryFixture.reserved(n)));
    }

    void done(TenantId tenant, DirectoryCommand command) {
        assertThat(command(tenant, command)).as("%s", command).isInstanceOf(Reply.Done.class);
    }

    Reply command(TenantId tenant, DirectoryCommand command) {
        return apply(0, Request.of(tenant, Operation.DIRECTORY, DirectoryRequest.encode(OPERATOR, command)));
    }

    void commandOfOld(TenantId tenant, DirectoryCommand command) {
        byte[] body = bytes(DirectoryRequest.encode(OPERATOR, command));
        body[0] = 1;
        assertThat(apply(0, Request.of(tenant, Operation.DIRECTORY, java.nio.ByteBuffer.wrap(body))))
                .isInstanceOf(Reply.Done.class);
    }

    private static byte[] bytes(java.nio.ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private Reply apply(int shard, Request request) {
        Home home = homes.get(shard);
        home.streams.nowNs++;
        home.streams.body = request.body();
        Reply reply = home.machine.apply(home.streams, request);
        home.machine.publish();
        return reply;
    }

    // --- the leader and its messages

    void step() {
        reconciler.step();
    }

    boolean hasMessages() {
        return !messages.isEmpty();
    }

    /** Delivers a message and its answer. */
    void deliver(int index) {
        Message message = messages.remove(index);
        message.reply.complete(apply(message.shard, message.request));
    }

    /** Something happens to a message, if there is one. */
    void trouble(Random random, Map<String, Integer> outcomes) {
        if (!late.isEmpty() && random.nextInt(3) == 0) {
            deliverLate(random.nextInt(late.size()), outcomes);
        }
        if (messages.isEmpty()) {
            return;
        }
        int index = random.nextInt(messages.size());
        switch (random.nextInt(8)) {
            case 0 -> {
                // Lost on the way, or only seemingly so: the sender gives up, and it arrives after all.
                Message message = messages.remove(index);
                if (random.nextBoolean()) {
                    late.add(message);
                }
                message.reply.completeExceptionally(new ThalwegException(ErrorCode.UNAVAILABLE, "lost"));
                outcomes.merge("lost", 1, Integer::sum);
            }
            case 1 -> {
                // The answer is lost, and the request comes a second time.
                Message message = messages.remove(index);
                Reply _ = apply(message.shard, message.request);
                late.add(message);
                message.reply.completeExceptionally(new ThalwegException(ErrorCode.UNAVAILABLE, "no answer"));
            }
            default -> deliver(index);
        }
    }

    private void deliverLate(int index, Map<String, Integer> outcomes) {
        Message message = late.remove(index);
        outcomes.merge(
                apply(message.shard, message.request) instanceof Reply.Refused ? "stale" : "late", 1, Integer::sum);
    }

    void deliverWhatIsLate(Random random, Map<String, Integer> outcomes) {
        while (!late.isEmpty()) {
            deliverLate(random.nextInt(late.size()), outcomes);
        }
    }

    /** The leader is gone with what it waited for; what it sent is still on its way. */
    void crashLeader() {
        late.addAll(messages);
        messages = new ArrayList<>();
        reconciler = newLeader();
    }

    /** Each shard starts again from its snapshot. */
    void restart() {
        for (int shard = 0; shard < homes.size(); shard++) {
            Home home = homes.get(shard);
            BinaryWriter out = new BinaryWriter();
            home.machine.save(out);
            Machine fresh = shard == 0 ? new DirectoryMachine(home.streams) : new PlacementMachine(home.streams);
            BinaryReader in = new BinaryReader(out.toByteArray());
            fresh.load(in);
            in.end();
            fresh.publish();
            home.machine = fresh;
        }
    }

    /** Everything goes well until nothing is pending. */
    void finish() {
        for (int round = 0; round < 1_000 && !directory().pending().isEmpty(); round++) {
            step();
            while (hasMessages()) {
                deliver(0);
            }
        }
    }

    // --- what there is

    void append(Log log) {
        for (int partition = 0; partition < log.partitions(); partition++) {
            homes.get(log.shard(partition)).streams.append(log.stream(partition), Event.of(new byte[] {1}));
        }
    }

    /** Chunks of code, from the first sequence on. */
    void upload(TenantId tenant, int count) {
        StreamId components =
                StreamId.of(directory().tenant(tenant).orElseThrow().reserved().components());
        for (int i = 0; i < count; i++) {
            homes.getFirst().streams.append(components, Event.of(new byte[] {1}));
        }
    }

    /** Events in each partition that a log began with. */
    int events(Log log) {
        TreeSet<Integer> counts = new TreeSet<>();
        for (int partition = 0; partition < log.firstPartitions(); partition++) {
            counts.add(homes.get(log.shard(partition))
                    .streams
                    .events(log.stream(partition))
                    .size());
        }
        assertThat(counts).hasSize(1);
        return counts.getFirst();
    }

    void assertShardsHaveWhatTheDirectorySays() {
        TreeSet<String> wanted = new TreeSet<>();
        for (Tenant tenant : directory().tenants()) {
            for (Log log : tenant.logs()) {
                for (int partition = 0; partition < log.partitions(); partition++) {
                    wanted.add(log.shard(partition) + " " + tenant.id() + " " + log.stream(partition));
                }
            }
            tenant.ledgers().forEach(ledger -> wanted.add(ledger.shard() + " " + tenant.id() + " " + ledger.id()));
        }
        TreeSet<String> there = new TreeSet<>();
        for (int i = 0; i < homes.size(); i++) {
            int shard = i;
            StreamsFake streams = homes.get(i).streams;
            streams.streams.forEach((id, stream) -> there.add(shard + " " + stream.tenant + " " + id));
            streams.ledgers.forEach((id, tenant) -> there.add(shard + " " + tenant + " " + id));
        }
        assertThat(there).isEqualTo(wanted);
    }
}
