package io.thalweg.server.javaviews;

import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.model.LogId;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.java.run.ChangeLog;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Surroundings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which state of a view answers, and which one follows it, as its steps say. The directory decides which version is to be active; its state is when it has
 * taken over, which is a step in the order of its shard.
 *
 * @param answering the number of the version that answers
 * @param answers the log of the steps of its state
 * @param following the number of the version that follows, and is to take over; 0 for none
 * @param follows the log of the steps of its state; null for none, or for one that is still being made
 */
record States(
        int answering, Log answers, int following, @Nullable Log follows) {

    /**
     * How the states of a view are here.
     *
     * @return null while the only one is still being made
     */
    static @Nullable States of(Tenant tenant, View view, StepStore store) {
        List<Integer> versions = new ArrayList<>(List.of(view.active()));
        if (view.previous() != 0 && !view.sharesState(view.previous())) {
            versions.add(view.previous());
        }
        if (view.candidate() != 0 && !view.sharesState(view.candidate()) && view.candidate() != view.previous()) {
            versions.add(view.candidate());
        }
        Log active = tenant.log(view.log()).orElse(null);
        if (active == null) {
            return null;
        }
        int answering = answering(tenant, view, store, versions);
        Log answers = tenant.log(view.state(answering)).orElse(active);
        int following = answering != view.active() ? view.active() : view.candidate();
        if (following == answering || view.state(following).equals(answers.id())) {
            following = 0;
        }
        return new States(
                answering,
                answers,
                following,
                following == 0 ? null : tenant.log(view.state(following)).orElse(null));
    }

    private static int answering(Tenant tenant, View view, StepStore store, List<Integer> versions) {
        List<Integer> empty = new ArrayList<>();
        for (int version : versions) {
            LogId state = view.state(version);
            if (tenant.log(state).isPresent()) {
                switch (store.standing(Surroundings.space(state.value()))) {
                    case ANSWERS -> {
                        return version;
                    }
                    case EMPTY -> empty.add(version);
                    case FOLLOWS -> {}
                }
            }
        }
        // Of those that nobody has begun the oldest is to answer: the others were made to follow.
        return empty.stream().min(Comparator.naturalOrder()).orElse(view.active());
    }

    /**
     * The steps of the state in whose place one is that began as a copy of it, as long as somebody may go back there: what was answered before it took over
     * stands in these.
     *
     * @param answering the version that answers
     * @return null where it began as no copy, was gone back to, or the other is gone
     */
    static @Nullable Log behind(Tenant tenant, View view, int answering) {
        LogId answers = view.state(answering);
        boolean other = view.previous() != 0 && !view.state(view.previous()).equals(answers);
        // The directory may have gone back already, and the steps not yet.
        int before = other ? view.previous() : view.active();
        return before < answering && view.beganAsCopy(answers)
                ? tenant.log(view.state(before)).orElse(null)
                : null;
    }

    /** Has the states here as their steps in the shard say. */
    static void catchUp(Tenant tenant, View view, Shards shards, StepStore store) {
        if (view.states().size() < 2) {
            return;
        }
        for (LogId state : view.states()) {
            Log log = tenant.log(state).orElse(null);
            if (log != null) {
                Streams streams = new NodeStreams(shards, tenant.id(), log, List.of());
                try {
                    for (int i = 0; i < partitions(log); i++) {
                        new ChangeLog(Surroundings.space(state.value()), i, streams, store).catchUp();
                    }
                } catch (ChangeLog.BehindException _) {
                    // Whoever starts it copies it from another replica first.
                }
            }
        }
    }

    static int partitions(Log steps) {
        return steps.partitions() / View.JAVA_STREAMS;
    }
}
