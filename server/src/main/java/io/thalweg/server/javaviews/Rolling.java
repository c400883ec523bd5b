package io.thalweg.server.javaviews;

import io.thalweg.directory.Actor;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewOptions;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.server.routing.Administration;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a version to one partition of a view after the other, on the node that leads it; all go on from where they are, on the same indexes. The next one follows
 * when those before have looked for a step by it, whether or not there was anything to take, and nothing of them fails, is parked, is not sent, or was put aside as a dead
 * letter; when all have it, the directory makes it active. Where it does not get through, it comes no further, and the other partitions have the version of before.
 *
 * <p>Nothing of this is kept: who leads next begins with the first partition again. {@link #look} is for one thread.
 */
final class Rolling {
    private static final Logger LOG = LoggerFactory.getLogger(Rolling.class);

    /** From one partition to the next, at least. */
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final Administration administration;
    private final RunningView view;
    private final int version;
    private final Takeovers.Loading loading;
    private RunningView.@Nullable Release release;
    private volatile @Nullable String obstacle;
    private volatile boolean busy;
    private volatile boolean ended;
    private volatile long againNs = System.nanoTime();

    /**
     * @param version that comes
     * @param loading loads it; may throw anything that classes of users may
     */
    Rolling(Administration administration, RunningView view, int version, Takeovers.Loading loading) {
        this.administration = administration;
        this.view = view;
        this.version = version;
        this.loading = loading;
    }

    boolean isOf(RunningView its, int number) {
        return view == its && version == number;
    }

    /** Why it comes no further at the moment; null as long as nothing is known to be in the way. */
    @Nullable
    String obstacle() {
        return obstacle;
    }

    /** Begins nothing more. */
    void end() {
        ended = true;
    }

    /** Looks whether another partition can have it, and does that beside. */
    void look() {
        if (busy || ended || System.nanoTime() - againNs < 0) {
            return;
        }
        busy = true;
        Thread.ofVirtual().name("view-rolling-" + view.view().name()).start(() -> {
            try {
                goOn();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException | LinkageError e) {
                obstacle = e.toString();
                LOG.warn(
                        "version {} of view {} comes no further; trying again",
                        version,
                        view.view().name(),
                        e);
            } finally {
                againNs = System.nanoTime() + PAUSE.toNanos();
                busy = false;
            }
        });
    }

    private void goOn() throws InterruptedException {
        View wanted = view.view();
        if (wanted.wanted() == View.Wanted.PAUSED) {
            obstacle = "the view is paused";
            return;
        }
        RunningView.Release its = release;
        if (its == null) {
            its = loading.load(view, version);
            release = its;
        }
        for (RunningPartition partition : view.partitions()) {
            if (!partition.has(its.code())) {
                if (partition.number() == 1 && wanted.options().takeOver() == ViewOptions.TakeOver.MANUAL) {
                    obstacle = "partition 0 has it; the others wait for somebody to activate it";
                    return;
                }
                if (!ended) {
                    view.roll(partition.number(), its);
                }
                return;
            }
            long letters = partition.letters(its.code());
            if (letters > 0) {
                obstacle = "partition " + partition.number() + " has put " + letters
                        + " events aside as dead letters since it has it: activate it all the same, or roll it back";
                return;
            }
            if (!partition.isProven(its.code())) {
                RunningPartition.Status status = partition.status();
                obstacle = "partition " + partition.number() + " is "
                        + status.state().name().toLowerCase(Locale.ROOT)
                        + (status.reason() == null ? "" : ": " + status.reason());
                return;
            }
        }
        if (wanted.options().takeOver() == ViewOptions.TakeOver.MANUAL) {
            obstacle = "all partitions have it; it waits for somebody to activate it";
            return;
        }
        obstacle = null;
        if (!ended) {
            administration.run(
                    view.tenant(), Actor.operator(), new DirectoryCommand.ActivateVersion(wanted.id(), version));
            LOG.info("all partitions of view {} have version {}", wanted.name(), version);
        }
    }
}
