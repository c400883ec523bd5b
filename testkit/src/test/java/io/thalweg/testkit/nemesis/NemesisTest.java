package io.thalweg.testkit.nemesis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Three processes that do nothing, and what becomes of them. */
@Timeout(120)
final class NemesisTest {
    private static final List<String> IDS = List.of("n1", "n2", "n3");

    /** How a process is, by what the system says. */
    private enum State {
        RUNS,
        STOPPED,
        DEAD
    }

    private final Sleepers nodes = new Sleepers();
    private final PeerLinks links = new PeerLinks(_ -> Optional.empty());

    NemesisTest() throws IOException {}

    private static final class Sleepers implements Nodes, AutoCloseable {
        private final Map<String, Process> processes = new ConcurrentHashMap<>();
        private final List<String> started = Collections.synchronizedList(new ArrayList<>());
        private final List<String> said = new ArrayList<>();

        Sleepers() throws IOException {
            for (String id : IDS) {
                start(id);
            }
            started.clear();
        }

        private Process of(String id) {
            Process process = processes.get(id);
            if (process == null) {
                throw new AssertionError(id);
            }
            return process;
        }

        @Override
        public List<String> ids() {
            return IDS;
        }

        @Override
        public ProcessHandle process(String id) {
            return of(id).toHandle();
        }

        @Override
        public void start(String id) throws IOException {
            processes.put(id, new ProcessBuilder("sleep", "600").start());
            started.add(id);
        }

        @Override
        public void inside(String id, String what) {
            said.add(what);
        }

        State state(String id) throws IOException {
            Process process = of(id);
            if (!process.isAlive()) {
                return State.DEAD;
            }
            try {
                String status = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
                return status.substring(status.lastIndexOf(')') + 2).startsWith("T") ? State.STOPPED : State.RUNS;
            } catch (NoSuchFileException _) {
                return State.DEAD; // just now
            }
        }

        @Override
        public void close() {
            processes.values().forEach(Process::destroyForcibly);
        }
    }

    @AfterEach
    void close() throws IOException {
        nodes.close();
        links.close();
    }

    /** How many nodes of each state there are while a fault lasts, for each time that one does. */
    private List<Map<State, Integer>> during(Fault fault, Map<State, Integer> wanted) throws Exception {
        List<Map<State, Integer>> seen = new ArrayList<>();
        new Nemesis(nodes, links, 1) {
            @Override
            protected void aWhile() throws Exception {
                if (seen.isEmpty()) {
                    awaitStates(wanted);
                }
                seen.add(states());
            }
        }.act(fault);
        return seen;
    }

    private Map<State, Integer> states() throws IOException {
        Map<State, Integer> states = new TreeMap<>();
        for (String id : IDS) {
            states.merge(nodes.state(id), 1, Integer::sum);
        }
        return states;
    }

    /** A signal takes a moment. */
    private void awaitStates(Map<State, Integer> wanted) throws Exception {
        while (!states().equals(wanted)) {
            Thread.sleep(1);
        }
    }

    private static Map<State, Integer> wanted(Fault fault) {
        return switch (fault) {
            case KILL_ONE -> Map.of(State.RUNS, 2, State.DEAD, 1);
            case KILL_MAJORITY -> Map.of(State.RUNS, 1, State.DEAD, 2);
            case PAUSE_ONE -> Map.of(State.RUNS, 2, State.STOPPED, 1);
            case PAUSE_MAJORITY -> Map.of(State.RUNS, 1, State.STOPPED, 2);
            case PAUSE_ONE_WHILE_ANOTHER_DIES -> Map.of(State.RUNS, 1, State.STOPPED, 1, State.DEAD, 1);
            case KILL_ALL, CUT_OFF_ONE, CUT_ONE_LINK, DEAFEN_ONE, MUTE_ONE, SLOW_ONE, RESTART_TWO_IN_TURN ->
                Map.of(State.RUNS, 3);
        };
    }

    private static int starts(Fault fault) {
        return switch (fault) {
            case KILL_ONE -> 1;
            case KILL_MAJORITY, RESTART_TWO_IN_TURN, PAUSE_ONE_WHILE_ANOTHER_DIES -> 2;
            case KILL_ALL -> 3;
            case PAUSE_ONE, PAUSE_MAJORITY, CUT_OFF_ONE, CUT_ONE_LINK, DEAFEN_ONE, MUTE_ONE, SLOW_ONE -> 0;
        };
    }

    @ParameterizedTest
    @EnumSource
    void aFaultMeetsWhomItIsToAndEndsWithAllRunning(Fault fault) throws Exception {
        List<Map<State, Integer>> seen = during(fault, wanted(fault));
        if (fault == Fault.KILL_ALL || fault == Fault.RESTART_TWO_IN_TURN) {
            assertThat(seen).isEmpty();
        } else {
            assertThat(seen.getFirst()).isEqualTo(wanted(fault));
        }
        assertThat(nodes.started).hasSize(starts(fault));
        awaitStates(Map.of(State.RUNS, IDS.size()));
        assertThat(nodes.said)
                .isEqualTo(
                        switch (fault) {
                            case SLOW_ONE -> List.of("force = 200", "");
                            case PAUSE_ONE_WHILE_ANOTHER_DIES -> List.of("ahead = 86400", "");
                            default -> List.of();
                        });
    }

    @Test
    void theSameSeedMeetsTheSameNodesAndGivesTheSameOrder() throws Exception {
        Map<Long, List<String>> met = new HashMap<>();
        for (long seed : new long[] {7, 7, 8}) {
            nodes.started.clear();
            Nemesis nemesis = new Nemesis(nodes, links, seed) {
                @Override
                protected void aWhile() {}
            };
            for (int i = 0; i < 10; i++) {
                nemesis.act(Fault.KILL_ONE);
            }
            List<String> before = met.put(seed, List.copyOf(nodes.started));
            assertThat(before).isIn(null, met.get(seed));
        }
        assertThat(met.get(7L)).isNotEqualTo(met.get(8L));
        assertThat(Fault.shuffled(new Random(7)))
                .isEqualTo(Fault.shuffled(new Random(7)))
                .containsExactlyInAnyOrder(Fault.values());
    }
}
