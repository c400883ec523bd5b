package io.thalweg.raft;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.jspecify.annotations.Nullable;

/**
 * Keeps members from standing in the moment between their start and the word that they are not to: Ratis takes that word from a member that runs
 * only. A member that starts draws first how long it waits for a leader before it stands, in a thread of its own; that thread, which belongs to the
 * group of threads that has the member's name, does not get its answer as long as the member is held.
 */
final class HeldElections extends RaftProperties {
    private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();

    /** The member does not wait for its first election, and so does not stand, before it is let go. */
    void hold(String node, RaftGroupId group) {
        held.put(name(node, group), new CountDownLatch(1));
    }

    /** Does nothing when it is not held. */
    void letGo(String node, RaftGroupId group) {
        CountDownLatch latch = held.remove(name(node, group));
        if (latch != null) {
            latch.countDown();
        }
    }

    private static String name(String node, RaftGroupId group) {
        return RaftGroupMemberId.valueOf(RaftPeerId.valueOf(node), group).toString();
    }

    @Override
    @SuppressWarnings("NullAway") // Ratis' own answer where nothing is set
    public String get(String name) {
        if (name.equals(RaftServerConfigKeys.Rpc.FIRST_ELECTION_TIMEOUT_MIN_KEY)) {
            awaitLetGo();
        }
        return super.get(name);
    }

    private void awaitLetGo() {
        @Nullable ThreadGroup of = Thread.currentThread().getThreadGroup();
        CountDownLatch latch = of == null ? null : held.get(of.getName());
        if (latch != null) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // The member is stopped: the wait that follows ends at once.
            }
        }
    }
}
