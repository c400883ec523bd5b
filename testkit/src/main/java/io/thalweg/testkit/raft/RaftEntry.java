package io.thalweg.testkit.raft;

import java.util.TreeSet;

/**
 * One place of a group's log. Bodies are shared between members of a simulation and never changed.
 *
 * @param index from 1, without gaps
 * @param term of the leader that made it
 */
public record RaftEntry(long index, long term, Content content) {

    /** What stands there. */
    public sealed interface Content {}

    /** What the application asked for. */
    public record Command(byte[] body) implements Content {}

    /** A leader's first entry, by which it finds out what of earlier terms is committed. */
    public record Beginning() implements Content {}

    /** Who belongs to the group from here on, as soon as it is written. */
    public record Membership(Members members) implements Content {}

    /**
     * The members of a group.
     *
     * @param voters who elects and is counted
     * @param learners who gets everything and is not counted
     */
    public record Members(TreeSet<Integer> voters, TreeSet<Integer> learners) {
        public Members {
            voters = new TreeSet<>(voters);
            learners = new TreeSet<>(learners);
        }

        /** A group of voters alone. */
        public static Members of(int... voters) {
            TreeSet<Integer> all = new TreeSet<>();
            for (int voter : voters) {
                all.add(voter);
            }
            return new Members(all, new TreeSet<>());
        }

        /** Voters and learners. */
        public TreeSet<Integer> all() {
            TreeSet<Integer> all = new TreeSet<>(voters);
            all.addAll(learners);
            return all;
        }

        /** The same with one member in another part, or in none. */
        public Members with(int member, boolean votes, boolean learns) {
            Members changed = new Members(voters, learners);
            changed.voters.remove(member);
            changed.learners.remove(member);
            if (votes) {
                changed.voters.add(member);
            } else if (learns) {
                changed.learners.add(member);
            }
            return changed;
        }

        /** How many voters decide. */
        public int majority() {
            return voters.size() / 2 + 1;
        }
    }
}
