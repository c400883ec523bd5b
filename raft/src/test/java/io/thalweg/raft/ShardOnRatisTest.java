package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.AppendBody;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.Reply;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.stream.StreamCommand;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real shard on the real consensus. */
class ShardOnRatisTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final StreamId STREAM = new StreamId(new LogId(new UUID(2, 2)), 0);

    @TempDir
    Path directory;

    private Shard open(RatisNode node) {
        return open(node, new FileDisk());
    }

    private Shard open(RatisNode node, Disk disk) {
        return Shard.open(
                ShardOptions.in(directory), disk, Clock.system(), node.shard(LoneShard.group(directory)), List.of());
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
        try (RatisNode node = RatisNode.open(RatisOptions.alone("n1"))) {
            byte[] digest;
            try (Shard shard = open(node)) {
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
            try (Shard shard = open(node)) { // leads, and has therefore applied all that was there
                assertThat(shard.digest()).isEqualTo(digest);
                assertThat(shard.stats(STREAM))
                        .hasValueSatisfying(stats -> assertThat(stats.head()).isEqualTo(153));
                assertThat(firstSequence(append(shard, 1, 100))).isEqualTo(154);
            }
        }
    }

    @Test
    void aForceThatFailsInTheJournalHaltsTheShardAndLosesNothingAcknowledged() throws Exception {
        try (RatisNode node = RatisNode.open(RatisOptions.alone("n1"))) {
            FailingDisk disk = new FailingDisk(new FileDisk());
            try (Shard shard = open(node, disk)) {
                shard.submit(new StreamCommand.Create(STREAM).toRequest(TENANT))
                        .join()
                        .orThrow();
                assertThat(firstSequence(append(shard, 10, 100))).isEqualTo(1);
                disk.failing = true;
                assertThatThrownBy(() -> append(shard, 10, 100).get(60, TimeUnit.SECONDS))
                        .cause()
                        .isInstanceOfSatisfying(
                                ThalwegException.class,
                                e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
                assertThat(shard.role()).isEqualTo(Consensus.Role.STOPPED);
                assertThat(shard.failure()).isPresent();
                assertThat(shard.stats(STREAM))
                        .hasValueSatisfying(stats -> assertThat(stats.head()).isEqualTo(10));
                assertThat(append(shard, 1, 100).get(60, TimeUnit.SECONDS)).isInstanceOf(Reply.Refused.class);
            }
            try (Shard shard = open(node)) { // the append of unknown outcome took effect in whole, or not at all
                assertThat(firstSequence(append(shard, 1, 100))).isIn(11L, 21L);
            }
        }
    }

    /** Every force fails once told to, as on a disk that is gone. */
    private static final class FailingDisk implements Disk {
        private final Disk real;
        volatile boolean failing;

        FailingDisk(Disk real) {
            this.real = real;
        }

        @Override
        public DiskFile open(Path file) throws IOException {
            DiskFile opened = real.open(file);
            return new DiskFile() {
                @Override
                public void write(long position, ByteBuffer... buffers) throws IOException {
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
     * Every byte that this process hands to the kernel for writing: journal, index, raft log with its zero filling, snapshot at
     * the end. What the kernel makes of them in pages and metadata is not in it.
     */
    @Test
    void writingOneKilobyteEventsInBatchesCostsLittleMoreThanTheirBytes() throws Exception {
        int batches = 300;
        int events = 256;
        long payload = (long) batches * events * 1024;
        try (RatisNode node = RatisNode.open(RatisOptions.alone("n1"))) {
            long before;
            try (Shard shard = open(node)) {
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
    }

    private static long bytesHandedToWrite() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/io")).stream()
                .filter(line -> line.startsWith("wchar: "))
                .mapToLong(line -> Long.parseLong(line.substring("wchar: ".length())))
                .findFirst()
                .orElseThrow();
    }
}
