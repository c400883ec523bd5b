package io.thalweg.view.wasm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CallGraphTest {

    @Test
    void circlesAreFoundAndTheLongestWayBesideThem() {
        CallGraph graph = new CallGraph(new int[] {1, 10, 100, 1_000, 10_000, 7});
        graph.edge(0, 1);
        graph.edge(1, 2);
        graph.edge(2, 1);
        graph.edge(2, 3);
        graph.edge(0, 4);
        graph.edge(5, 5);
        graph.walk();
        boolean[] circling = {false, true, true, false, false, true};
        for (int node = 0; node < circling.length; node++) {
            assertThat(graph.isCircling(node)).as("node %d", node).isEqualTo(circling[node]);
        }
        assertThat(graph.longest()).isEqualTo(10_001);
    }

    @Test
    void aLongChainTakesNoStackOfOurs() {
        int nodes = 300_000;
        int[] words = new int[nodes];
        CallGraph graph = new CallGraph(words);
        for (int i = 0; i < nodes; i++) {
            words[i] = 1;
            if (i > 0) {
                graph.edge(i - 1, i);
            }
        }
        graph.walk();
        assertThat(graph.longest()).isEqualTo(nodes);
    }

    /** Whoever is reached from itself is on a circle. */
    @Test
    void itIsWhatReachingSays() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed * 0x9e3779b97f4a7c15L);
            int nodes = 1 + random.nextInt(8);
            CallGraph graph = new CallGraph(new int[nodes]);
            boolean[][] reached = new boolean[nodes][nodes];
            for (int i = random.nextInt(2 * nodes); i > 0; i--) {
                int from = random.nextInt(nodes);
                int to = random.nextInt(nodes);
                graph.edge(from, to);
                reached[from][to] = true;
            }
            for (int over = 0; over < nodes; over++) {
                for (int from = 0; from < nodes; from++) {
                    for (int to = 0; to < nodes; to++) {
                        reached[from][to] |= reached[from][over] && reached[over][to];
                    }
                }
            }
            graph.walk();
            for (int node = 0; node < nodes; node++) {
                assertThat(graph.isCircling(node))
                        .as("seed %d node %d", seed, node)
                        .isEqualTo(reached[node][node]);
            }
        }
    }
}
