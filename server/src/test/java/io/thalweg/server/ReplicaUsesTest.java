package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.LedgerPort;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.data.Damages;
import io.thalweg.server.ledgerwire.EvictionProbe;
import io.thalweg.server.metrics.NodeMeters;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.routing.Shards;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node does with a replica that went and came back. */
final class ReplicaUsesTest {
    @Test
    void theLedgersOfAReplicaThatCameBackAreReachedAndItIsMeasured(@TempDir Path data) throws Exception {
        NodeOptions options = NodeOptions.in(data).withHttp("127.0.0.1", 0).withCompiled(false);
        LedgerPort port = new LedgerPort(new HostPort("127.0.0.1", 0), DevNode.TENANT, "default", 0);
        String name = DevNode.TENANT + "/default";
        try (TestNode node = new TestNode(data);
                Addresses addresses = Addresses.of(options, List.of(), new KeptPorts())) {
            List<HostedShard> here = new ArrayList<>(node.shards().hosted());
            Shards shards = new Shards(
                    here, node.node().administration()::directory, _ -> Optional.empty(), Shards.Remote.NONE);
            try (LedgerPorts ports = new LedgerPorts(
                    node.node().administration(),
                    shards,
                    Optional.empty(),
                    Optional.empty(),
                    addresses,
                    Clock.system(),
                    new Damages(new SimpleMeterRegistry()))) {
                ports.open(List.of(port));
                assertThat(ports.open()).containsOnlyKeys(name);
                List<HostedShard> gone = List.copyOf(here);
                here.clear();
                gone.forEach(home -> ports.close(home.number()));
                ports.openWaiting();
                assertThat(ports.open()).isEmpty();
                here.addAll(gone);
                ports.openWaiting();
                assertThat(ports.open()).containsOnlyKeys(name);
                assertThat(EvictionProbe.register(
                                Objects.requireNonNull(ports.open().get(name))))
                        .isZero();
            }
            assertThatMetersAreOfTheNewest(node.shards().hosted().getFirst());
        }
    }

    private static void assertThatMetersAreOfTheNewest(HostedShard home) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        NodeMeters.bind(registry, home);
        int meters = registry.getMeters().size();
        Gauge before = registry.get("thalweg.shard.applied.index").gauge();
        NodeMeters.bind(registry, home);
        assertThat(registry.getMeters()).hasSize(meters);
        assertThat(registry.get("thalweg.shard.applied.index").gauge())
                .as("a registry keeps the first of a name, and it holds on to what is closed")
                .isNotSameAs(before);
    }
}
