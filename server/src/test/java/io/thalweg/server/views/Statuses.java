package io.thalweg.server.views;

import io.thalweg.model.LogId;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.EventId;
import io.thalweg.view.StateDigest;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A node's views and what other nodes say of theirs, as a test wants them. */
final class Statuses implements RunningViews, ViewReplicas {
    static final int SHARD = 1;
    static final ViewId VIEW = new ViewId(new UUID(3, 3));
    static final StreamId STREAM = StreamId.of(new LogId(new UUID(2, 2)));

    VersionStatus here = live(0);
    boolean leads;
    List<Replica> others = List.of();
    final List<String> asked = new ArrayList<>();
    final List<Integer> retried = new ArrayList<>();
    final List<Long> renewedFrom = new ArrayList<>();
    int holders = 3;

    /** Parked before a sequence. */
    static VersionStatus parked(long at) {
        return status(at - 1, ViewState.PARKED, new EventId(STREAM, at));
    }

    /** Live, with what its state came to. */
    static VersionStatus live(long position, StateDigest... digests) {
        return status(position, ViewState.LIVE, null, digests);
    }

    private static VersionStatus status(long position, ViewState state, @Nullable EventId at, StateDigest... digests) {
        return new VersionStatus(
                new TenantId(new UUID(1, 1)),
                VIEW,
                1,
                true,
                STREAM,
                state,
                Position.of(STREAM, position),
                Position.of(STREAM, position + 1),
                List.of(),
                0,
                null,
                at,
                null,
                null,
                0,
                0,
                null,
                List.of(digests));
    }

    static Replica replica(String node, boolean leads, VersionStatus status) {
        return new Replica(node, leads, List.of(ReplicaStatus.of(status)));
    }

    @Override
    public List<VersionStatus> status() {
        return List.of(here);
    }

    @Override
    public OptionalInt shard(VersionStatus version) {
        return OptionalInt.of(SHARD);
    }

    @Override
    public boolean leads(int shard) {
        return leads;
    }

    @Override
    public void retry(ViewId view, int version) {
        retried.add(version);
    }

    @Override
    public boolean renew(ViewId view, int version, long sequence) {
        return renewedFrom.isEmpty() && renewedFrom.add(sequence);
    }

    @Override
    public int holders(int shard) {
        return holders;
    }

    @Override
    public List<Replica> others(int shard, ViewId view) {
        asked.add("all");
        return others;
    }

    @Override
    public Optional<Replica> leading(int shard, ViewId view) {
        asked.add("leader");
        return others.stream().filter(Replica::leads).findFirst();
    }
}
