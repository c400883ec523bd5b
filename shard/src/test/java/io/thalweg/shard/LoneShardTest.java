package io.thalweg.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.stream.StreamCommand;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lone shard on a real disk with threads of its own. */
final class LoneShardTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final StreamId STREAM = new StreamId(new LogId(new UUID(2, 2)), 0);

    @TempDir
    Path directory;

    private Shard open() {
        return open(new FileDisk());
    }

    private Shard open(Disk disk) {
        return Shard.openLone(ShardOptions.in(directory), disk, Clock.system(), Optional.empty(), List.of());
    }

    private Shard openKnowing(LoneConsensus.Known known) {
        return Shard.openLone(
                ShardOptions.in(directory), new FileDisk(), Clock.system(), Optional.of(known), List.of());
    }

    private static CompletableFuture<Reply> append(Shard shard, int events, int bytes) {
        AppendBody.Builder body = AppendBody.builder(STREAM, events * (bytes + 16));
        byte[] payload = new byte[bytes];
        for (int i = 0; i < events; i++) {
            body.add(payload);
        }
        return shard.submit(body.request(TENANT));
    }

    private static long firstSequence(CompletableFuture<Reply> reply) {
        ByteBuffer result = reply.join().orThrow();
        return result.getLong(result.position());
    }

    @Test
    void whatWasAppendedIsThereAfterARestart() throws Exception {
        byte[] digest;
        try (Shard shard = open()) {
            shard.submit(new StreamCommand.Create(STREAM).toRequest(TENANT))
                    .join()
                    .orThrow();
            for (int i = 0; i < 50; i++) {
                assertThat(firstSequence(append(shard, 3, 100))).isEqualTo(3L * i + 1);
            }
            shard.snapshot().join();
            assertThat(firstSequence(append(shard, 3, 100))).isEqualTo(151);
            shard.barrier().join();
            digest = shard.digest();
        }
        try (Shard shard = open()) {
            assertThat(shard.digest()).isEqualTo(digest);
            assertThat(shard.stats(STREAM))
                    .hasValueSatisfying(stats -> assertThat(stats.head()).isEqualTo(153));
            assertThat(firstSequence(append(shard, 1, 100))).isEqualTo(154);
        }
    }

    @Test
    void aForceThatFailsInTheJournalHaltsTheShardAndLosesNothingAcknowledged() throws Exception {
        FailingDisk disk = new FailingDisk(new FileDisk());
        try (Shard shard = open(disk)) {
            shard.submit(new StreamCommand.Create(STREAM).toRequest(TENANT))
                    .join()
                    .orThrow();
            assertThat(firstSequence(append(shard, 10, 100))).isEqualTo(1);
            disk.failing = true;
            assertThatThrownBy(() -> append(shard, 10, 100).get(60, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
            assertThat(shard.role()).isEqualTo(Consensus.Role.STOPPED);
            assertThat(shard.failure()).isPresent();
            assertThat(shard.stats(STREAM))
                    .hasValueSatisfying(stats -> assertThat(stats.head()).isEqualTo(10));
            assertThat(append(shard, 1, 100).get(60, TimeUnit.SECONDS)).isInstanceOf(Reply.Refused.class);
        }
        try (Shard shard = open()) { // the append of unknown outcome took effect in whole, or not at all
            assertThat(firstSequence(append(shard, 1, 100))).isIn(11L, 21L);
        }
    }

    @Test
    void aSmallRequestOnAnIdleShardIsAnsweredByTheThreadThatOrderedIt() throws Exception {
        try (Shard shard = open()) {
            List<String> threads = new CopyOnWriteArrayList<>();
            for (int i = 0; i < 20; i++) {
                shard.read(() -> threads.add(Thread.currentThread().getName())).join();
            }
            assertThat(threads).hasSize(20).allMatch(name -> name.endsWith("-order"));
        }
    }

    @Test
    void aStartRefusesAJournalThatHasLostWhatAFileBesideItKnows() throws Exception {
        long index;
        try (Shard shard = open()) {
            shard.submit(new StreamCommand.Create(STREAM).toRequest(TENANT))
                    .join()
                    .orThrow();
            assertThat(firstSequence(append(shard, 1, 100))).isEqualTo(1);
            index = shard.appliedIndex();
        }
        Path file = directory.resolve("log_inprogress_0");
        var covered = new LoneConsensus.Known(file, index, 7, 1, 1);
        openKnowing(covered).close();
        var lost = new LoneConsensus.Known(file, index + 100, 7, 1, 1);
        assertThatThrownBy(() -> openKnowing(lost).close())
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("which the journal has lost");
        try (Shard shard = open()) {
            assertThat(firstSequence(append(shard, 1, 100))).isEqualTo(2);
        }
    }

    /** Where an error strikes: on the order thread in the middle of a write, or wherever a request is applied. */
    private void isNotDeafAfter(Disk disk, Machine machine, Runnable strike) throws Exception {
        List<Throwable> uncaught = new CopyOnWriteArrayList<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, thrown) -> uncaught.add(thrown));
        try (Shard shard =
                Shard.openLone(ShardOptions.in(directory), disk, Clock.system(), Optional.empty(), List.of(machine))) {
            shard.submit(new StreamCommand.Create(STREAM).toRequest(TENANT))
                    .join()
                    .orThrow();
            strike.run();
            Request request = Request.of(TENANT, Operation.LEDGER_TRANSFERS, ByteBuffer.allocate(200_000));
            assertThatThrownBy(() -> shard.submit(request).get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("not known whether");
            assertThat(append(shard, 1, 100).get(60, TimeUnit.SECONDS)).isInstanceOf(Reply.Refused.class);
            assertThat(shard.role()).isEqualTo(Consensus.Role.STOPPED);
            assertThat(shard.failure()).containsInstanceOf(StackOverflowError.class);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertThat(uncaught).hasSize(1).allMatch(StackOverflowError.class::isInstance);
    }

    @Test
    void anErrorInTheMiddleOfAWriteHaltsTheShardAndReachesTheTopOfItsThread() throws Exception {
        FailingDisk disk = new FailingDisk(new FileDisk());
        isNotDeafAfter(disk, new Breaking(), () -> disk.error = true);
    }

    @Test
    void anErrorWhileApplyingHaltsTheShardAndReachesTheTopOfItsThread() throws Exception {
        Breaking machine = new Breaking();
        isNotDeafAfter(new FileDisk(), machine, () -> machine.broken = true);
    }

    /** Takes transfers, until it breaks. */
    private static final class Breaking implements Machine {
        volatile boolean broken;

        @Override
        public String name() {
            return "breaking";
        }

        @Override
        public boolean owns(Operation operation) {
            return operation == Operation.LEDGER_TRANSFERS;
        }

        @Override
        public boolean canApplyAhead(Operation operation) {
            return true;
        }

        @Override
        public Reply apply(ApplyContext context, Request request) {
            if (broken) {
                throw new StackOverflowError();
            }
            return new Reply.Done(ByteBuffer.allocate(0));
        }

        @Override
        public void save(BinaryWriter out) {}

        @Override
        public void load(BinaryReader in) {}
    }

    /** Every force fails once told to, as on a disk that is gone. */
    private static final class FailingDisk implements Disk {
        private final Disk real;
        volatile boolean failing;
        volatile boolean error;

        FailingDisk(Disk real) {
            this.real = real;
        }

        @Override
        public DiskFile open(Path file) throws IOException {
            DiskFile opened = real.open(file);
            return new DiskFile() {
                @Override
                public void write(long position, ByteBuffer... buffers) throws IOException {
                    if (error) {
                        throw new StackOverflowError();
                    }
                    opened.write(position, buffers);
                }

                @Override
                public int read(long position, ByteBuffer target) throws IOException {
                    return opened.read(position, target);
                }

                @Override
                public long size() throws IOException {
                    return opened.size();
                }

                @Override
                public void truncate(long size) throws IOException {
                    opened.truncate(size);
                }

                @Override
                public void force() throws IOException {
                    if (failing) {
                        throw new IOException("Input/output error");
                    }
                    opened.force();
                }

                @Override
                public void close() throws IOException {
                    opened.close();
                }
            };
        }

        @Override
        public boolean exists(Path file) throws IOException {
            return real.exists(file);
        }

        @Override
        public List<Path> list(Path folder) throws IOException {
            return real.list(folder);
        }

        @Override
        public void createDirectories(Path folder) throws IOException {
            real.createDirectories(folder);
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            real.rename(from, to);
        }

        @Override
        public void delete(Path file) throws IOException {
            real.delete(file);
        }

        @Override
        public void forceDirectory(Path folder) throws IOException {
            real.forceDirectory(folder);
        }
    }

    /**
     * Every byte that this process hands to the kernel for writing: journal with its zero filling, index, snapshot at
     * the end. What the kernel makes of them in pages and metadata is not in it.
     */
    @Test
    void writingOneKilobyteEventsInBatchesCostsLittleMoreThanTheirBytes() throws Exception {
        int batches = 300;
        int events = 256;
        long payload = (long) batches * events * 1024;
        long before;
        try (Shard shard = open()) {
            shard.submit(new StreamCommand.Create(STREAM).toRequest(TENANT))
                    .join()
                    .orThrow();
            before = bytesHandedToWrite();
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < batches; i++) {
                replies.add(append(shard, events, 1024));
                if (i >= 8) {
                    replies.get(i - 8).join().orThrow();
                }
            }
            replies.forEach(reply -> reply.join().orThrow());
        }
        long written = bytesHandedToWrite() - before;
        double amplification = (double) written / payload;
        System.out.printf("write amplification of 1 KiB events in batches of %d: %.4f%n", events, amplification);
        assertThat(amplification).isBetween(1.0, 1.15);
    }

    private static long bytesHandedToWrite() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/io")).stream()
                .filter(line -> line.startsWith("wchar: "))
                .mapToLong(line -> Long.parseLong(line.substring("wchar: ".length())))
                .findFirst()
                .orElseThrow();
    }
}
