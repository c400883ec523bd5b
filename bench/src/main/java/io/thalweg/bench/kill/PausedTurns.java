package io.thalweg.bench.kill;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Windows of load in which a follower stood still, each beside one in which all nodes ran. */
public final class PausedTurns {
    private final List<Turn> turns = new ArrayList<>();

    /** What one window saw. */
    public record Window(double perSecond, long p99Ns) {}

    private record Turn(Window paused, Window whole) {}

    public void add(Window paused, Window whole) {
        turns.add(new Turn(paused, whole));
    }

    /** What is lost of the throughput, as a share; the median of the turns. */
    public double loss() {
        return 1 - median(turn -> turn.paused.perSecond / turn.whole.perSecond);
    }

    /** How many times as long the slowest hundredth takes at least; the median of the turns. */
    public double slower() {
        return median(turn -> (double) turn.paused.p99Ns / turn.whole.p99Ns);
    }

    /** NaN without a turn. */
    private double median(ToDoubleFunction<Turn> what) {
        double[] sorted = turns.stream().mapToDouble(what).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length == 0
                ? Double.NaN
                : sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
