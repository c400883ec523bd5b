package io.thalweg.server.feeds;

import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.memo.slab.Objects;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.slab.NodeSlab;
import io.thalweg.server.slab.Ties;
import io.thalweg.server.slab.Ties.Tie;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All feeding and following of topics with the streams of one shard, while this node leads it. A step that fails for one topic is logged
 * and tried again; others go on. One thread.
 */
public final class Feeds {
    private static final Logger LOG = LoggerFactory.getLogger(Feeds.class);

    /** The pause between two steps. */
    public static final Duration EVERY = Duration.ofMillis(200);

    private final Supplier<Directory> directory;
    private final HostedShard home;
    private final NodeSlab slab;
    private final Ties ties;
    private final Map<Tie, FeedingTopic> feeding = new HashMap<>();
    private final Map<Tie, FollowingTopic> following = new HashMap<>();
    /** Why a tie does not go on, of those that do not. */
    private final Map<Tie, String> stopped = new HashMap<>();

    /**
     * Nothing is fed or followed yet.
     *
     * @param directory the newest, which says whose a log is and where
     * @param ties where is said what does not go on
     */
    public Feeds(Supplier<Directory> directory, HostedShard home, NodeSlab slab, Ties ties) {
        this.ties = ties;
        this.directory = directory;
        this.home = home;
        this.slab = slab;
    }

    /** Does what there is to do now. */
    public void step() throws InterruptedException {
        List<Objects.Topic> topics = slab.<List<Objects.Topic>>ask((objects, _) -> objects.topics());
        Set<Tie> tied = new HashSet<>();
        for (Objects.Topic topic : topics) {
            for (StreamId stream : streams(topic, topic.model().policy().feeds())) {
                Tie tie = new Tie(topic.id(), stream);
                tied.add(tie);
                guarded(
                        tie,
                        () -> feeding.computeIfAbsent(
                                        tie, _ -> new FeedingTopic(topic.tenant(), topic.id(), stream, home, slab))
                                .step(partitions(stream)));
            }
            for (StreamId stream : streams(topic, topic.model().policy().follows())) {
                Tie tie = new Tie(topic.id(), stream);
                tied.add(tie);
                guarded(tie, () -> {
                    requireWhole(stream);
                    following
                            .computeIfAbsent(tie, _ -> new FollowingTopic(topic, stream, home, slab))
                            .step(topic.model());
                });
            }
        }
        feeding.keySet().stream().filter(tie -> !tied.contains(tie)).forEach(ties::ended);
        following.keySet().stream().filter(tie -> !tied.contains(tie)).forEach(ties::ended);
        stopped.keySet().retainAll(tied);
        feeding.keySet().retainAll(tied);
        following.keySet().retainAll(tied);
    }

    private interface Step {
        void run() throws InterruptedException;
    }

    /** Whatever stops one tie stops no other, of this tenant or of another. It is said once, and not five times a second. */
    private void guarded(Tie tie, Step step) throws InterruptedException {
        try {
            step.run();
            stopped.remove(tie);
            ties.going(tie, leftOut(tie));
        } catch (RuntimeException e) {
            String why = String.valueOf(e.getMessage());
            ties.stopped(tie, why, leftOut(tie));
            if (!why.equals(stopped.put(tie, why))) {
                LOG.warn(
                        "topic {} and stream {} do not go on: {}",
                        tie.topic().brief(),
                        tie.stream(),
                        why,
                        unexpected(e));
            }
        }
    }

    private long leftOut(Tie tie) {
        FollowingTopic topic = following.get(tie);
        return topic == null ? 0 : topic.leftOut();
    }

    /** Only what nobody foresaw is worth a stack trace. */
    private static @Nullable RuntimeException unexpected(RuntimeException e) {
        return e instanceof ThalwegException || e instanceof IllegalStateException ? null : e;
    }

    /** The streams of a tenant's log that are in this shard; none for a log that is not there, or the platform's. */
    private List<StreamId> streams(Objects.Topic topic, String id) {
        if (id.isEmpty()) {
            return List.of();
        }
        Optional<Log> log;
        try {
            log = directory.get().log(topic.tenant(), LogId.parse(id));
        } catch (IllegalArgumentException e) {
            return List.of();
        }
        return log.filter(found -> !found.reserved()).stream()
                .flatMap(found ->
                        found.streams().stream().filter(stream -> found.shard(stream.partition()) == home.number()))
                .toList();
    }

    /** What becomes of a key is told by one stream; in another one it would begin anew. */
    private void requireWhole(StreamId stream) {
        directory.get().log(stream.log()).filter(log -> !log.splits().isEmpty()).ifPresent(log -> {
            throw new IllegalStateException("log " + log.name()
                    + " was split, and a topic follows a key in one partition only; follow another log");
        });
    }

    private int partitions(StreamId stream) {
        // Splits change nothing for what is fed: what a partition was fed is known by its own stream alone.
        return directory.get().log(stream.log()).map(Log::firstPartitions).orElse(1);
    }
}
