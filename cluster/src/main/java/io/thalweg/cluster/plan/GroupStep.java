package io.thalweg.cluster.plan;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What the leader of a shard does next so that its group becomes what is wanted: first who is to come is added, one by one, then who is to go is
 * left out, one by one, while most of those who stay are current. It follows from what is, and not from what was done before, and so whoever
 * leads next goes on with it.
 */
public sealed interface GroupStep {

    /** The group is what is wanted. */
    record Done() implements GroupStep {}

    /** Nothing can be done now. */
    record Wait(String why) implements GroupStep {}

    /** A node comes into the group. */
    record Add(String node) implements GroupStep {}

    /** This node is to go, and another leads in its place. */
    record HandOver(String node) implements GroupStep {}

    /** A node goes from the group. */
    record LeaveOut(String node) implements GroupStep {}

    /**
     * Decides.
     *
     * @param self the leader
     * @param members of the group as it is
     * @param wanted of the group as it should be; empty when nobody said so
     * @param hasOpened whether a node said of late that it has a replica open, so that it can be added; a member that did and is not current is about
     *     to be
     * @param applied how far another member is; empty when it is not current, or has not said of late
     */
    static GroupStep next(
            String self,
            List<String> members,
            List<String> wanted,
            Predicate<String> hasOpened,
            Function<String, OptionalLong> applied) {
        List<String> come = wanted.stream().filter(id -> !members.contains(id)).toList();
        List<String> go = members.stream().filter(id -> !wanted.contains(id)).toList();
        if (wanted.isEmpty() || (come.isEmpty() && go.isEmpty())) {
            return new Done();
        }
        if (!come.isEmpty()) {
            Optional<String> next = come.stream().filter(hasOpened).findFirst();
            return next.isPresent()
                    ? new Add(next.get())
                    : withoutTheDead(self, members, wanted, go, applied)
                            .orElseGet(() -> new Wait(come + " have not opened their replicas yet"));
        }
        if (go.contains(self)) {
            return handOver(wanted, applied);
        }
        String goes = go.getFirst();
        Optional<String> lags = wanted.stream()
                .filter(id -> !id.equals(self) && hasOpened.test(id))
                .filter(id -> applied.apply(id).isEmpty())
                .findFirst();
        if (lags.isPresent() && applied.apply(goes).isPresent()) {
            return new Wait("node " + lags.get() + " has not everything yet, and node " + goes + " has");
        }
        List<String> rest = members.stream().filter(id -> !id.equals(goes)).toList();
        long current = rest.stream()
                .filter(id -> id.equals(self) || applied.apply(id).isPresent())
                .count();
        return current > rest.size() / 2
                ? new LeaveOut(goes)
                : new Wait("without node " + goes + " only " + current + " of " + rest.size()
                        + " replicas would be current");
    }

    /** While nobody can come, who is to go and is not current goes, if it only stands in the way: the group has more than are wanted without it. */
    private static Optional<GroupStep> withoutTheDead(
            String self,
            List<String> members,
            List<String> wanted,
            List<String> go,
            Function<String, OptionalLong> applied) {
        long current = members.stream()
                .filter(id -> id.equals(self) || applied.apply(id).isPresent())
                .count();
        return go.stream()
                .filter(id -> !id.equals(self) && applied.apply(id).isEmpty())
                .filter(_ -> members.size() - 1 >= Math.min(3, wanted.size()) && current > (members.size() - 1) / 2)
                .findFirst()
                .map(LeaveOut::new);
    }

    /**
     * What is done while groups are held: a leader that is to go hands over, since it cannot be asked to go on; and nothing else, whoever is to come or to go.
     *
     * @param wanted and {@code applied} as for {@link #next}
     */
    static GroupStep held(String self, List<String> wanted, Function<String, OptionalLong> applied) {
        return wanted.isEmpty() || wanted.contains(self) ? new Wait("groups are held") : handOver(wanted, applied);
    }

    /** To who has applied most. */
    private static GroupStep handOver(List<String> wanted, Function<String, OptionalLong> applied) {
        String best = null;
        long most = -1;
        for (String id : wanted) {
            OptionalLong has = applied.apply(id);
            if (has.isPresent() && has.getAsLong() > most) {
                most = has.getAsLong();
                best = id;
            }
        }
        return best == null
                ? new Wait("the leader is to go, and none of " + wanted + " is current enough to lead")
                : new HandOver(best);
    }
}
