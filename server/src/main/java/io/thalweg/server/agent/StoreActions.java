package io.thalweg.server.agent;

import io.thalweg.cluster.action.Arguments;
import io.thalweg.cluster.action.Handler;
import io.thalweg.cluster.datastore.Datastore;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.duties.Scrub;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.HostedShard;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What an operator's tool can have this node do with its shards. */
public final class StoreActions {
    private static final int SHARD_MAX = 10_000;

    private StoreActions() {}

    /**
     * By kind.
     *
     * @param shards that this node has, as of each look
     * @param scrub reads what lies still in all that this node has
     */
    public static Map<String, Handler> all(List<HostedShard> shards, Scrub scrub) {
        return Map.of(
                "agent.replicante.io/cluster.init",
                new Init(),
                Datastore.SCOPE + "shard.transfer",
                new Transfer(shards),
                Datastore.SCOPE + "shard.snapshot",
                new Snapshot(shards),
                Datastore.SCOPE + "node.scrub",
                new ReadAll(scrub));
    }

    private static HostedShard home(List<HostedShard> shards, Arguments args) {
        long number = args.number("shard", -1, 0, SHARD_MAX);
        return shards.stream()
                .filter(shard -> shard.number() == number)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("this node has no replica of shard " + number));
    }

    /** A node is in its cluster from its first start on, and says so. */
    private record Init() implements Handler {
        @Override
        public void check(Arguments args) {
            args.requireOnly();
        }

        @Override
        public Outcome step(Arguments args, String payload) {
            return new Outcome.Done("");
        }
    }

    /** Has another node lead a shard; it is done when that node leads, whoever had it lead. */
    private record Transfer(List<HostedShard> shards) implements Handler {
        @Override
        public void check(Arguments args) {
            args.requireOnly("shard", "node");
            var _ = args.required("node");
            var _ = home(shards, args);
        }

        @Override
        public Outcome step(Arguments args, String payload) throws InterruptedException {
            String node = args.required("node");
            HostedShard home = home(shards, args);
            if (home.shard().standing().leader().filter(node::equals).isPresent()) {
                return new Outcome.Done("");
            }
            try {
                Await.reply(home.shard().transferLeadership(node));
                return new Outcome.Done("");
            } catch (ThalwegException e) {
                return new Outcome.Failed(String.valueOf(e.getMessage()));
            }
        }
    }

    /** Takes a snapshot of a shard's replica; the payload is the index that it covers. */
    private record Snapshot(List<HostedShard> shards) implements Handler {
        @Override
        public void check(Arguments args) {
            args.requireOnly("shard");
            var _ = home(shards, args);
        }

        @Override
        public Outcome step(Arguments args, String payload) throws InterruptedException {
            return new Outcome.Done(
                    Long.toString(Await.reply(home(shards, args).shard().snapshot())));
        }
    }

    /** Reads all that lies still, once; the payload is in how many files that found wrong bytes. What could not be read makes it fail. */
    private record ReadAll(Scrub scrub) implements Handler {
        /** How long all bytes of a large node may take, which are read slowly. */
        private static final Duration READS = Duration.ofDays(30);

        @Override
        public Duration patience() {
            return READS;
        }

        @Override
        public void check(Arguments args) {
            args.requireOnly();
        }

        @Override
        public Outcome step(Arguments args, String payload) {
            // What was asked for in an earlier life of the process is asked for anew.
            if (payload.isEmpty() || Long.parseLong(payload) > scrub.asked()) {
                return new Outcome.Again(Long.toString(scrub.now()));
            }
            if (!scrub.isDone(Long.parseLong(payload))) {
                return new Outcome.Again(payload);
            }
            return scrub.unreadThen() == 0
                    ? new Outcome.Done(Long.toString(scrub.foundThen()))
                    : new Outcome.Failed(scrub.unreadThen() + " files could not be read, the log says why; wrong bytes"
                            + " were found in " + scrub.foundThen());
        }
    }
}
