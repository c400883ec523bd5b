package io.thalweg.server.slab;

import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.Retention;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Consensus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How what ties topics to logs goes on, as far as this node knows: it feeds and follows the streams of the shards that it leads. Written by those who feed and follow,
 * read by whoever asks about a topic. Thread-safe.
 */
public final class Ties {
    /** Of a slab without shards, which feeds and follows nothing. */
    public static final Ties NONE = new Ties(() -> Directory.EMPTY, List.of());

    private final Supplier<Directory> directory;
    private final List<HostedShard> shards;
    private final Map<Tie, How> known = new ConcurrentHashMap<>();

    /** @param directory the newest, which says whose a log is and where */
    public Ties(Supplier<Directory> directory, List<HostedShard> shards) {
        this.directory = directory;
        this.shards = shards;
    }

    /** A topic and a stream: what one feeding or following is about. */
    public record Tie(MemoId topic, StreamId stream) {}

    private record How(@Nullable String stopped, long leftOut) {}

    /** What one tie does. */
    public enum State {
        /** It is looked after here, and nothing is in its way. */
        GOING,
        /** It does not go on, and is tried again. */
        STOPPED,
        /** Another node leads the log's shard, and knows. */
        ELSEWHERE
    }

    /**
     * One partition of a log that a topic feeds or follows.
     *
     * @param feeds whether the topic feeds the log; it follows it otherwise
     * @param reason why it does not go on; for one elsewhere the node that leads it, if that is known
     * @param leftOut events since the start that can never be a change of the topic
     */
    public record Status(LogId log, int partition, boolean feeds, State state, String reason, long leftOut) {}

    /** A tie goes on; so many events were left out. */
    public void going(Tie tie, long leftOut) {
        known.put(tie, new How(null, leftOut));
    }

    /** A tie does not go on, for this reason. */
    public void stopped(Tie tie, String reason, long leftOut) {
        known.put(tie, new How(reason, leftOut));
    }

    /** There is no such tie any more. */
    public void ended(Tie tie) {
        known.remove(tie);
    }

    /** Why a topic of the tenant cannot be tied to a log; empty when nothing that is known here stands against it. */
    public Optional<String> against(TenantId tenant, LogId log) {
        if (shards.isEmpty()) {
            return Optional.empty(); // a slab without shards knows no logs
        }
        Optional<Log> there = directory.get().log(tenant, log);
        if (there.isEmpty()) {
            return Optional.of("there is no log " + log);
        }
        return there.get().retention().equals(Retention.FOREVER)
                ? Optional.empty()
                : Optional.of("log " + log + " has a retention; one that is tied to a topic keeps its events");
    }

    /** All ties of a topic, partition by partition. */
    public List<Status> of(TenantId tenant, MemoId topic, TopicModel.Policy policy) {
        List<Status> found = new ArrayList<>();
        add(found, tenant, topic, policy.feeds(), true);
        add(found, tenant, topic, policy.follows(), false);
        return found;
    }

    private void add(List<Status> found, TenantId tenant, MemoId topic, String id, boolean feeds) {
        if (id.isEmpty()) {
            return;
        }
        LogId log;
        try {
            log = LogId.parse(id);
        } catch (IllegalArgumentException e) {
            return; // a model that came from elsewhere may say anything
        }
        Optional<Log> there = directory.get().log(tenant, log);
        if (there.isEmpty()) {
            found.add(new Status(
                    log, 0, feeds, shards.isEmpty() ? State.ELSEWHERE : State.STOPPED, "there is no such log here", 0));
            return;
        }
        for (StreamId stream : there.get().streams()) {
            found.add(status(new Tie(topic, stream), feeds, there.get().shard(stream.partition())));
        }
    }

    private Status status(Tie tie, boolean feeds, int shard) {
        LogId log = tie.stream.log();
        int partition = tie.stream.partition();
        Consensus.Standing standing = shards.stream()
                .filter(home -> home.number() == shard)
                .findFirst()
                .map(home -> home.shard().standing())
                .orElse(null);
        if (standing == null || standing.role() != Consensus.Role.LEADER) {
            String leader = standing == null
                    ? ""
                    : standing.leader().map(String::valueOf).orElse("");
            return new Status(log, partition, feeds, State.ELSEWHERE, leader, 0);
        }
        How how = known.get(tie);
        String stopped = how == null ? null : how.stopped;
        long leftOut = how == null ? 0 : how.leftOut;
        return stopped == null
                ? new Status(log, partition, feeds, State.GOING, "", leftOut)
                : new Status(log, partition, feeds, State.STOPPED, stopped, leftOut);
    }
}
