package io.thalweg.cluster.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Groups that change their members while nodes die and come back at every step, and while what is wanted changes, too. The group here is as simple as
 * can be: a set of members, of which some have all that was committed.
 */
final class GroupStepTest {
    private static final int SEEDS = 2_000;
    private static final List<String> NODES = List.of("n1", "n2", "n3", "n4", "n5");

    @Test
    void aGroupKeepsItsMajorityAndBecomesWhatIsWantedWhoeverDies() {
        int added = 0;
        int left = 0;
        int waited = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            World world = new World(seed);
            for (int i = 0; i < 60; i++) {
                world.chance();
                world.step();
                world.check();
            }
            world.allComeBack();
            for (int i = 0; i < 40 && !world.isWanted(); i++) {
                world.step();
                world.check();
            }
            assertThat(world.isWanted()).as("seed %d: %s", seed, world).isTrue();
            added += world.added;
            left += world.left;
            waited += world.waited;
        }
        assertThat(added).isGreaterThan(SEEDS);
        assertThat(left).isGreaterThan(SEEDS);
        assertThat(waited).isGreaterThan(SEEDS / 10);
    }

    @Test
    void aLeaderThatIsToGoHandsOverToWhoHasMost() {
        assertThat(GroupStep.next(
                        "n1",
                        List.of("n1", "n2", "n3", "n4"),
                        List.of("n2", "n3", "n4"),
                        _ -> true,
                        id -> OptionalLong.of(id.equals("n3") ? 7 : 6)))
                .isEqualTo(new GroupStep.HandOver("n3"));
    }

    /** Another has opened its replica, and would be added otherwise before anything else is done. */
    @Test
    void whileGroupsAreHeldALeaderThatIsToGoHandsOverAndNobodyComes() {
        List<String> wanted = List.of("n2", "n3", "n4");
        assertThat(GroupStep.next("n1", List.of("n1", "n2", "n3"), wanted, _ -> true, _ -> current(true)))
                .isEqualTo(new GroupStep.Add("n4"));
        assertThat(GroupStep.held("n1", wanted, id -> OptionalLong.of(id.equals("n3") ? 7 : 6)))
                .isEqualTo(new GroupStep.HandOver("n3"));
        assertThat(GroupStep.held("n2", wanted, _ -> current(true))).isInstanceOf(GroupStep.Wait.class);
    }

    @Test
    void nobodyGoesWhileThoseWhoStayAreNotCurrent() {
        assertThat(GroupStep.next(
                        "n1",
                        List.of("n1", "n2", "n3", "n4"),
                        List.of("n1", "n2", "n3"),
                        _ -> true,
                        _ -> OptionalLong.empty()))
                .isInstanceOf(GroupStep.Wait.class);
    }

    @Test
    void whoHasEverythingGoesOnlyWhenWhoComesInItsPlaceHasIt() {
        List<String> members = List.of("n1", "n2", "n3", "n4");
        List<String> wanted = List.of("n1", "n2", "n4");
        assertThat(GroupStep.next("n1", members, wanted, _ -> true, id -> current(!id.equals("n4"))))
                .isInstanceOfSatisfying(
                        GroupStep.Wait.class, wait -> assertThat(wait.why()).contains("n4"));
        assertThat(GroupStep.next("n1", members, wanted, _ -> true, _ -> current(true)))
                .isEqualTo(new GroupStep.LeaveOut("n3"));
        assertThat(GroupStep.next("n1", members, wanted, _ -> true, id -> current(id.equals("n2"))))
                .as("who goes has not everything either")
                .isEqualTo(new GroupStep.LeaveOut("n3"));
        assertThat(GroupStep.next("n1", members, wanted, id -> !id.equals("n4"), id -> current(!id.equals("n4"))))
                .as("nobody waits for one that is silent")
                .isEqualTo(new GroupStep.LeaveOut("n3"));
    }

    private static OptionalLong current(boolean is) {
        return is ? OptionalLong.of(1) : OptionalLong.empty();
    }

    private static final class World {
        private final long seed;
        private final Random random;
        private final Set<String> alive = new HashSet<>(NODES);
        private final Set<String> open = new HashSet<>();
        private final Set<String> current = new HashSet<>();
        private List<String> members = List.of("n1", "n2", "n3");
        private List<String> wanted = members;
        private String leader = "";
        private int added;
        private int left;
        private int waited;

        World(long seed) {
            this.seed = seed;
            random = new Random(seed);
            open.addAll(members);
            current.addAll(members);
        }

        /** Something happens from outside. */
        void chance() {
            String node = NODES.get(random.nextInt(NODES.size()));
            switch (random.nextInt(6)) {
                case 0, 1 -> alive.remove(node);
                case 2, 3, 4 -> alive.add(node);
                default -> want(node);
            }
            if (leads() && random.nextBoolean()) {
                write();
            }
        }

        /** What is committed a majority has, with all before it; the others lack it. */
        private void write() {
            List<String> there =
                    new ArrayList<>(members.stream().filter(alive::contains).toList());
            Collections.shuffle(there, random);
            there.remove(leader);
            there.addFirst(leader);
            int majority = members.size() / 2 + 1;
            current.clear();
            current.addAll(there.subList(0, majority + random.nextInt(there.size() - majority + 1)));
        }

        private void want(String comes) {
            List<String> next = new ArrayList<>(wanted);
            if (!next.contains(comes)) {
                next.remove(random.nextInt(next.size()));
                next.add(comes);
                wanted = next;
            }
        }

        /** Whether a majority is there, of which one that is current leads. */
        private boolean leads() {
            long there = members.stream().filter(alive::contains).count();
            if (there <= members.size() / 2) {
                leader = "";
                return false;
            }
            List<String> may = members.stream()
                    .filter(id -> alive.contains(id) && current.contains(id))
                    .toList();
            if (may.isEmpty()) {
                leader = "";
                return false;
            }
            if (!may.contains(leader) || random.nextInt(5) == 0) {
                leader = may.get(random.nextInt(may.size()));
            }
            return true;
        }

        void step() {
            wanted.stream().filter(alive::contains).forEach(open::add);
            if (!leads()) {
                return;
            }
            // Those who are there catch up now and then.
            members.stream()
                    .filter(id -> alive.contains(id) && random.nextInt(3) > 0)
                    .forEach(current::add);
            GroupStep step = GroupStep.next(
                    leader,
                    members,
                    wanted,
                    id -> alive.contains(id) && open.contains(id),
                    id -> alive.contains(id) && current.contains(id) ? OptionalLong.of(1) : OptionalLong.empty());
            switch (step) {
                case GroupStep.Done _ -> {}
                case GroupStep.Wait _ -> waited++;
                case GroupStep.HandOver(var to) -> leader = to;
                case GroupStep.Add(var id) -> {
                    List<String> more = new ArrayList<>(members);
                    more.add(id);
                    // It has everything before it is counted; both majorities have to be there.
                    if (isMajority(more)) {
                        current.add(id);
                        members = more;
                        added++;
                    }
                }
                case GroupStep.LeaveOut(var id) -> {
                    List<String> rest = new ArrayList<>(members);
                    rest.remove(id);
                    if (isMajority(rest)) {
                        members = rest;
                        current.remove(id);
                        open.remove(id);
                        left++;
                    }
                }
            }
        }

        private boolean isMajority(List<String> of) {
            return of.stream().filter(alive::contains).count() > of.size() / 2;
        }

        /** What was committed is with a majority of the group, and so with one of any majority that comes together. */
        void check() {
            long have = members.stream().filter(current::contains).count();
            assertThat(have).as("seed %d: %s", seed, this).isGreaterThan(members.size() / 2);
        }

        void allComeBack() {
            alive.addAll(NODES);
        }

        boolean isWanted() {
            return Set.copyOf(members).equals(Set.copyOf(wanted));
        }

        @Override
        public String toString() {
            return "members " + members + ", wanted " + wanted + ", alive " + alive + ", current " + current;
        }
    }
}
