package io.thalweg.memo.peering;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * All orders in which three slabs that hold one memo can announce, answer, give up and drop, with messages that are late, lost and
 * repeated. A state is rebuilt by playing its moves again, so that what is checked is the class itself.
 */
final class DepartureTest {
    private static final int SLABS = 3;
    private static final List<UUID> IDS = List.of(new UUID(0, 1), new UUID(0, 2), new UUID(0, 3));

    /** A message on its way: it may arrive any number of times, or never. */
    private record InFlight(int from, int to, long round, boolean stay) {}

    /** What can happen next. */
    private sealed interface Move {
        record Begin(int slab) implements Move {}

        record Arrive(InFlight message) implements Move {}

        record GiveUp(int slab) implements Move {}

        record Drop(int slab) implements Move {}
    }

    private static final class World {
        final List<Departure> departures = new ArrayList<>();
        final boolean[] holds = {true, true, true};
        final int[] rounds = new int[SLABS];
        final Set<InFlight> sent = new HashSet<>();
        /** How many must stay for one to go. */
        final int needed;
        /** Who may try twice; the others once. */
        final int eager;

        World(int needed, int eager) {
            this.needed = needed;
            this.eager = eager;
            IDS.forEach(id -> departures.add(new Departure(id)));
        }

        boolean play(Move move) {
            switch (move) {
                case Move.Begin(int slab) -> {
                    if (!holds[slab] || departures.get(slab).isLeaving() || rounds[slab] == (slab == eager ? 2 : 1)) {
                        return false;
                    }
                    long round = departures.get(slab).begin(++rounds[slab]);
                    for (int to = 0; to < SLABS; to++) {
                        if (to != slab) {
                            sent.add(new InFlight(slab, to, round, false));
                        }
                    }
                }
                case Move.Arrive(InFlight message) -> {
                    if (!sent.contains(message) || !holds[message.to]) {
                        return false;
                    }
                    Departure to = departures.get(message.to);
                    if (message.stay) {
                        to.stays(IDS.get(message.from), message.round);
                    } else if (to.staysFor(IDS.get(message.from))) {
                        sent.add(new InFlight(message.to, message.from, message.round, true));
                    }
                }
                case Move.GiveUp(int slab) -> {
                    if (!departures.get(slab).isLeaving()) {
                        return false;
                    }
                    departures.get(slab).giveUp();
                }
                case Move.Drop(int slab) -> {
                    List<UUID> staying = departures.get(slab).staying();
                    if (!holds[slab] || staying == null || staying.size() < needed) {
                        return false;
                    }
                    departures.get(slab).giveUp();
                    holds[slab] = false;
                }
            }
            return true;
        }

        List<Move> moves() {
            List<Move> moves = new ArrayList<>();
            for (int slab = 0; slab < SLABS; slab++) {
                moves.add(new Move.Begin(slab));
                moves.add(new Move.GiveUp(slab));
                moves.add(new Move.Drop(slab));
            }
            sent.forEach(message -> moves.add(new Move.Arrive(message)));
            return moves;
        }

        int copies() {
            return (holds[0] ? 1 : 0) + (holds[1] ? 1 : 0) + (holds[2] ? 1 : 0);
        }

        /** Everything that what follows depends on. */
        String state() {
            StringBuilder state = new StringBuilder();
            for (int slab = 0; slab < SLABS; slab++) {
                List<UUID> staying = departures.get(slab).staying();
                state.append(holds[slab]).append(rounds[slab]);
                state.append(staying == null ? "-" : staying.stream().sorted().toList());
            }
            return state + sent.stream().map(Object::toString).sorted().toList().toString();
        }
    }

    private record Played(@Nullable Move move, @Nullable Played before) {
        World world(int needed, int eager) {
            Deque<Move> moves = new ArrayDeque<>();
            for (Played at = this; at != null; at = at.before) {
                Move move = at.move;
                if (move != null) {
                    moves.push(move);
                }
            }
            World world = new World(needed, eager);
            moves.forEach(world::play);
            return world;
        }
    }

    private static int explore(int needed, int eager) {
        Set<String> seen = new HashSet<>();
        Deque<Played> open = new ArrayDeque<>();
        open.add(new Played(null, null));
        seen.add(new World(needed, eager).state());
        while (!open.isEmpty()) {
            Played at = open.pop();
            for (Move move : at.world(needed, eager).moves()) {
                World next = at.world(needed, eager);
                if (next.play(move) && seen.add(next.state())) {
                    assertThat(next.copies()).as("after %s", next.state()).isGreaterThanOrEqualTo(needed);
                    open.push(new Played(move, at));
                }
            }
        }
        return seen.size();
    }

    @Test
    void inNoOrderOfThreeSlabsDoTheLastCopiesGoTogether() {
        for (int eager = 0; eager < SLABS; eager++) {
            assertThat(explore(1, eager)).as("states").isGreaterThan(1000);
        }
    }

    @Test
    void inNoOrderDoesASecondGoWhenTwoMustStay() {
        assertThat(explore(2, 0)).as("states").isGreaterThan(100);
    }

    @Test
    void ofTwoWhoWouldLeaveTheSmallerIdMay() {
        World world = new World(1, 0);
        world.play(new Move.Begin(0));
        world.play(new Move.Begin(1));
        assertThat(world.play(new Move.Arrive(new InFlight(1, 0, 1, false)))).isTrue();
        assertThat(world.sent).doesNotContain(new InFlight(0, 1, 1, true));
        world.play(new Move.Arrive(new InFlight(0, 1, 1, false)));
        assertThat(world.sent).contains(new InFlight(1, 0, 1, true));
        world.play(new Move.Arrive(new InFlight(1, 0, 1, true)));
        assertThat(world.play(new Move.Drop(0))).isTrue();
        assertThat(world.play(new Move.Drop(1))).isFalse();
    }
}
