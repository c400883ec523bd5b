package io.thalweg.server.views;

import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.EventId;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has all replicas of a view come to the same where one of them is parked. An event at which code traps does so on every replica, since what a call may do is
 * counted; but a state that was restored may lie in memory in another way than one that grew, and a machine may be too slow, so that one replica may get through where
 * another does not. Whether a view is parked is therefore what the replica says that leads the shard it follows. One that is parked here waits until that one has come to
 * the event; when it went past it, this one tries again, later each time, and says so as an error in the log. One that leads tries again when any other went past it: what
 * was shown once is not taken back because somebody else leads. And when it is told to skip the event, those that went past it go back before it.
 *
 * <p>Others are asked about one view after the other, on the thread of {@link ReplicaWatch}, on which nobody waits.
 */
final class ParkedHere {
    private static final Logger LOG = LoggerFactory.getLogger(ParkedHere.class);

    /** Looks between two tries, at first and at most: the one who looks does so about twice a second. */
    private static final int PAUSE_MIN = 1;

    private static final int PAUSE_MAX = 512;

    /** Versions about which others are asked at one look; each may have to be waited for. The next look goes on with those that were due. */
    private static final int ASKED_MAX = 16;

    private record Version(ViewId view, int number) {}

    private static final class Pause {
        private final EventId at;
        private int next = PAUSE_MIN;
        private int left = PAUSE_MIN;

        private Pause(EventId at) {
            this.at = at;
        }
    }

    private final RunningViews here;
    private final ViewReplicas others;
    private final Map<Version, Pause> pauses = new HashMap<>();

    ParkedHere(RunningViews here, ViewReplicas others) {
        this.here = here;
        this.others = others;
    }

    /** Looks at all that is parked here, once. */
    void look() throws InterruptedException {
        Set<Version> running = new HashSet<>();
        int asked = 0;
        for (VersionStatus status : here.status()) {
            Version version = new Version(status.view(), status.version());
            running.add(version);
            Pause known = pauses.get(version);
            if (known != null && status.position().of(status.stream()) >= known.at.sequence()) {
                pauses.remove(version);
            }
            EventId at = status.state() == ViewState.PARKED ? status.blockedAt() : null;
            OptionalInt shard = at == null ? OptionalInt.empty() : here.shard(status);
            if (at == null || shard.isEmpty()) {
                continue;
            }
            Pause pause = pauses.computeIfAbsent(version, _ -> new Pause(at));
            pause.left--;
            if (pause.left <= 0 && asked < ASKED_MAX) {
                asked++;
                pause.next = Math.min(PAUSE_MAX, 2 * pause.next);
                pause.left = pause.next;
                if (isPassed(shard.getAsInt(), status, at)) {
                    tryAgain(status, at);
                }
            }
        }
        pauses.keySet().retainAll(running);
    }

    private void tryAgain(VersionStatus status, EventId at) {
        LOG.error(
                "view {} version {} is parked here at {}, where another replica went on; trying again: {}",
                status.view(),
                status.version(),
                at,
                status.reason());
        try {
            here.retry(status.view(), status.version());
        } catch (ThalwegException e) {
            LOG.debug("view {} went on meanwhile, or is gone", status.view(), e);
        }
    }

    private boolean isPassed(int shard, VersionStatus status, EventId at) throws InterruptedException {
        List<ViewReplicas.Replica> there = here.leads(shard)
                ? others.others(shard, status.view())
                : others.leading(shard, status.view()).stream().toList();
        return there.stream()
                .flatMap(replica -> replica.versions().stream())
                .filter(its -> its.version() == status.version())
                .anyMatch(its -> its.position() >= at.sequence());
    }
}
