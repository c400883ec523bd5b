package io.thalweg.cluster.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.raft.RatisNode;
import io.thalweg.raft.RatisOptions;
import io.thalweg.raft.peer.Member;
import io.thalweg.raft.peer.MutualTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One node's certificate does not speak for another node, though the same authority has signed both. */
class NodeNamesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private final PeerAuthority authority = PeerAuthority.create("ours", Instant.now());

    @TempDir
    private Path directory = Path.of("");

    /** @param named whom the certificate is made out to */
    private RatisNode open(Member self, String named) throws IOException {
        return open(self, named, new AtomicInteger());
    }

    private RatisNode open(Member self, String named, AtomicInteger asked) throws IOException {
        PeerAuthority.Issued issued = authority.issue(named, List.of("127.0.0.1"), Instant.now());
        Path place = Files.createDirectories(directory.resolve(self.id() + "-as-" + named));
        MutualTls tls = new MutualTls(
                Files.writeString(place.resolve("node.pem"), issued.certificate()),
                Files.writeString(place.resolve("key.pem"), issued.key()),
                Files.writeString(place.resolve("ca.pem"), authority.issued().certificate()));
        return RatisNode.open(RatisOptions.listening(self).withTls(Optional.of(tls)), (_, _, _, _) -> {
            asked.incrementAndGet();
            return CompletableFuture.completedFuture(ByteBuffer.allocate(0));
        });
    }

    private static Member at(String id) throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new Member(id, "127.0.0.1", free.getLocalPort());
        }
    }

    private static int ask(RatisNode asking, Member asked) throws Exception {
        return asking.ask(asked, "anything", 0, ByteBuffer.allocate(0), PATIENCE)
                .get(60, TimeUnit.SECONDS)
                .remaining();
    }

    @Test
    void whoTakesAnotherNodesNameIsRefused() throws Exception {
        Member here = at("n1");
        try (RatisNode known = open(here, "n1")) {
            known.meet(List.of(new Member("n2", "127.0.0.1", 1)));
            try (RatisNode other = open(at("n2"), "n2")) {
                assertThat(ask(other, here)).isZero();
                other.tell(here).get(60, TimeUnit.SECONDS);
            }
            try (RatisNode taker = open(at("n2"), "n3")) {
                assertThatThrownBy(() -> ask(taker, here))
                        .isInstanceOf(ExecutionException.class)
                        .hasMessageContaining("its certificate is for another");
                assertThatThrownBy(() -> taker.tell(here).get(60, TimeUnit.SECONDS))
                        .hasMessageContaining("its certificate is for another");
            }
        }
    }

    /** It has a certificate that is good for the address; it is another node's. */
    @Test
    void whoAnswersInAnotherNodesPlaceIsToldNothing() throws Exception {
        Member here = at("n1");
        AtomicInteger asked = new AtomicInteger();
        try (RatisNode _ = open(here, "n3", asked);
                RatisNode other = open(at("n2"), "n2")) {
            assertThatThrownBy(() -> ask(other, here))
                    .isInstanceOf(ExecutionException.class)
                    .hasStackTraceContaining("has a certificate that is for another")
                    .cause()
                    .isInstanceOfSatisfying(
                            ThalwegException.class,
                            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.NOT_LEADER));
            assertThat(asked).hasValue(0);
        }
    }

    /** An authority that makes certificates out to machines says nothing of nodes. */
    @Test
    void whereCertificatesAreNotForNodesTheAuthorityIsBelieved() throws Exception {
        Member here = at("n1");
        try (RatisNode _ = open(here, "machine-1");
                RatisNode other = open(at("n2"), "machine-2")) {
            assertThat(ask(other, here)).isZero();
        }
    }
}
