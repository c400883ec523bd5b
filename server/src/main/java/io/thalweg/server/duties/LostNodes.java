package io.thalweg.server.duties;

import io.thalweg.directory.Actor;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.placement.Reconciler;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * After a {@link io.thalweg.server.data.Recovery}: tells the directory, where it is led, that nodes are lost, one step at a time, so that nothing is
 * wanted on them any more and their names are used up. It remembers nothing but the file that names them, which goes when all of it is so.
 */
public final class LostNodes {
    /** How often {@link #step} is called. */
    public static final Duration EVERY = Duration.ofMillis(500);

    private static final Logger LOG = LoggerFactory.getLogger(LostNodes.class);
    private static final int BYTES_MAX = 1 << 16;

    private final Path file;
    private final Administration administration;
    private final DirectoryClient client;
    private final BooleanSupplier leads;
    private boolean said;

    /**
     * @param file with the ids of the nodes that are lost, one a line; there may be none
     * @param leads whether this node leads the directory's shard
     */
    public LostNodes(Path file, Administration administration, DirectoryClient client, BooleanSupplier leads) {
        this.file = file;
        this.administration = administration;
        this.client = client;
        this.leads = leads;
    }

    /** Does the next thing. */
    public void step() throws InterruptedException {
        if (!Files.exists(file)) {
            return;
        }
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw new IOException(file + " is larger than any list of lost nodes");
            }
            List<String> lost = Files.readAllLines(file).stream()
                    .filter(line -> !line.isBlank())
                    .toList();
            ClusterState now = administration.directory().cluster();
            if (!now.isKnown()) {
                return;
            }
            if (lost.stream().allMatch(id -> isGone(now, id))) {
                Files.delete(file);
                LOG.info("the directory knows that nodes {} are lost", lost);
            } else if (leads.getAsBoolean()) {
                tell(now, lost);
            }
        } catch (IOException e) {
            LOG.warn("which nodes are lost could not be read; trying again", e);
        }
    }

    private static boolean isGone(ClusterState now, String id) {
        return now.node(id)
                .map(NodeRecord::state)
                .filter(state -> state != State.GONE)
                .isEmpty();
    }

    private void tell(ClusterState now, List<String> lost) throws InterruptedException {
        if (keepOne(now, lost)) {
            return;
        }
        for (String id : lost) {
            if (isGone(now, id)) {
                continue;
            }
            SortedMap<Integer, List<String>> without = without(now, id);
            if (!without.isEmpty()) {
                change(new ClusterChange.Place(now.placementVersion(), without));
                return;
            }
            if (now.holdsData(id)) {
                if (!said) {
                    said = true;
                    LOG.error(
                            "node {} is lost, and had the only replica that was wanted of a shard: {}",
                            id,
                            now.placement());
                }
                continue;
            }
            boolean leaves = now.node(id).map(NodeRecord::state).orElseThrow() == State.LEAVING;
            change(new ClusterChange.ChangeState(id, leaves ? State.GONE : State.LEAVING));
            return;
        }
    }

    /** A node goes only where another stays: of those that were being drained, and are all that is left, one does. Says whether it was told so. */
    private boolean keepOne(ClusterState now, List<String> lost) throws InterruptedException {
        List<NodeRecord> left =
                now.present().stream().filter(node -> !lost.contains(node.id())).toList();
        if (left.stream().anyMatch(node -> node.state() == State.HEALTHY)) {
            return false;
        }
        for (NodeRecord node : left) {
            if (node.state() == State.LEAVING) {
                LOG.warn("node {} was being drained, and stays: all others are lost, or being drained, too", node.id());
                change(new ClusterChange.ChangeState(node.id(), State.HEALTHY));
                return true;
            }
        }
        return false;
    }

    /** The shards that are wanted elsewhere, too, without a node. */
    private static SortedMap<Integer, List<String>> without(ClusterState now, String id) {
        SortedMap<Integer, List<String>> changed = new TreeMap<>();
        now.placement().forEach((shard, holders) -> {
            if (holders.contains(id) && holders.size() > 1) {
                List<String> rest = new ArrayList<>(holders);
                rest.remove(id);
                changed.put(shard, rest);
            }
        });
        return changed;
    }

    private void change(ClusterChange change) throws InterruptedException {
        var _ = Await.reply(
                client.submit(Reconciler.NOBODY, Actor.operator(), new DirectoryCommand.ChangeCluster(change)));
    }
}
