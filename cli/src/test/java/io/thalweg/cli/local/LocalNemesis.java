package io.thalweg.cli.local;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.testkit.nemesis.Fault;
import io.thalweg.testkit.nemesis.Nemesis;
import io.thalweg.testkit.nemesis.PeerLinks;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** A nemesis that has who comes back with a wrong clock lead: it goes by the others' clocks, and says so. */
final class LocalNemesis extends Nemesis {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Of a cluster with two for data. */
    private static final int SHARDS = 3;

    private final LocalProcess local;

    /** How often each node has said that its clock is wrong, before the fault. */
    private final Map<String, Long> before = new HashMap<>();

    /** @param links between all nodes */
    LocalNemesis(LocalProcess local, PeerLinks links, long seed) {
        super(local, links, seed);
        this.local = local;
    }

    @Override
    public void act(Fault fault) throws Exception {
        for (String node : local.ids()) {
            before.put(node, said(node));
        }
        super.act(fault);
    }

    @Override
    protected void whileAhead(String node) throws Exception {
        long endNs = System.nanoTime() + PATIENCE.toNanos();
        while (said(node) == before.getOrDefault(node, 0L)) {
            if (System.nanoTime() > endNs) {
                throw new AssertionError(node + " does not say that its clock is wrong");
            }
            lead(node);
            Thread.sleep(200);
        }
    }

    private long said(String node) throws IOException {
        try (Stream<String> lines = Files.lines(local.log(node))) {
            return lines.filter(line -> line.contains("ahead of the majority's: its stamps are held"))
                    .count();
        }
    }

    /** Has it lead all that is written to, as far as that is possible just now. */
    private void lead(String node) throws Exception {
        try (Api api = local.operator(node)) {
            for (int shard = 0; shard < SHARDS; shard++) {
                var _ = api.post(
                        "/operator/cluster/transfer",
                        Api.JSON.createObjectNode().put("shard", shard).put("node", node));
            }
        } catch (IOException | Failure e) {
            // Not yet: it has started just now.
        }
    }
}
