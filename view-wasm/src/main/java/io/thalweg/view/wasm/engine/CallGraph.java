package io.thalweg.view.wasm.engine;

import java.util.Arrays;

/**
 * Which functions of a module may run inside of themselves, and how much stack the others take at most. Nodes are functions and whatever stands for several of
 * them; edges are calls. What may be inside of itself is on a circle, which Tarjan's algorithm finds in one walk; what is not is at most once on a stack, so
 * that the longest way through it bounds what all of it takes. The walk keeps its own stack, for the code comes from anyone.
 */
final class CallGraph {
    private final int[] words;
    private int[] from = new int[64];
    private int[] to = new int[64];
    private int edges;
    private boolean[] circling = {};
    private long longest;

    /** @param words of stack that each node takes */
    CallGraph(int[] words) {
        this.words = words;
    }

    void edge(int caller, int called) {
        if (edges == from.length) {
            from = Arrays.copyOf(from, 2 * edges);
            to = Arrays.copyOf(to, 2 * edges);
        }
        from[edges] = caller;
        to[edges++] = called;
    }

    /** Whether a node may run inside of itself; after {@link #walk}. */
    boolean isCircling(int node) {
        return circling[node];
    }

    /** The words of all nodes that may be on a stack together and are on no circle; after {@link #walk}. */
    long longest() {
        return longest;
    }

    void walk() {
        int nodes = words.length;
        int[] first = new int[nodes + 1]; // of each node's edges in next
        for (int i = 0; i < edges; i++) {
            first[from[i] + 1]++;
        }
        for (int i = 0; i < nodes; i++) {
            first[i + 1] += first[i];
        }
        int[] next = new int[edges];
        int[] filled = Arrays.copyOf(first, nodes);
        for (int i = 0; i < edges; i++) {
            next[filled[from[i]]++] = to[i];
        }
        circling = new boolean[nodes];
        long[] below = new long[nodes]; // words of the longest way that begins there
        int[] number = new int[nodes]; // in which it was found, from 1
        int[] low = new int[nodes];
        int[] path = new int[nodes];
        int[] open = new int[nodes]; // found, and not yet known to be in a circle or not
        boolean[] isOpen = new boolean[nodes];
        int[] at = Arrays.copyOf(first, nodes);
        int found = 0;
        int opened = 0;
        for (int root = 0; root < nodes; root++) {
            if (number[root] != 0) {
                continue;
            }
            int depth = 0;
            path[0] = root;
            while (depth >= 0) {
                int node = path[depth];
                if (number[node] == 0) {
                    number[node] = ++found;
                    low[node] = found;
                    open[opened++] = node;
                    isOpen[node] = true;
                }
                if (at[node] < first[node + 1]) {
                    int other = next[at[node]++];
                    if (other == node) {
                        circling[node] = true;
                    }
                    if (number[other] == 0) {
                        path[++depth] = other;
                    } else if (isOpen[other]) {
                        low[node] = Math.min(low[node], number[other]);
                    }
                    continue;
                }
                if (low[node] == number[node]) {
                    opened = close(node, open, opened, isOpen, first, next, below);
                }
                if (--depth >= 0) {
                    low[path[depth]] = Math.min(low[path[depth]], low[node]);
                }
            }
        }
    }

    /** The nodes from {@code node} on are one circle, or {@code node} alone is none; all that they call is known. */
    private int close(int node, int[] open, int opened, boolean[] isOpen, int[] first, int[] next, long[] below) {
        int start = opened - 1;
        while (open[start] != node) {
            start--;
        }
        boolean circle = opened - start > 1 || circling[node];
        long deepest = 0;
        for (int i = start; i < opened; i++) {
            int one = open[i];
            circling[one] = circle;
            isOpen[one] = false;
            for (int edge = first[one]; edge < first[one + 1]; edge++) {
                deepest = Math.max(deepest, below[next[edge]]);
            }
        }
        long words = deepest + (circle ? 0 : this.words[node]);
        for (int i = start; i < opened; i++) {
            below[open[i]] = words;
        }
        longest = Math.max(longest, words);
        return start;
    }
}
