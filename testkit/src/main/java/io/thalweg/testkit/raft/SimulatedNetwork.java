package io.thalweg.testkit.raft;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Roads between the members of a simulated cluster. A message takes a while of its own, so that later ones may overtake it; it may be
 * lost or come twice; a road may be cut, in one direction or both. One thread.
 *
 * @param <M> what is sent
 */
public final class SimulatedNetwork<M> {
    /** What may happen on every road, as chances from 0 to 1, and how long a message takes. */
    public record Weather(double loss, double duplication, long shortestNs, long longestNs) {
        public static final Weather FAIR = new Weather(0, 0, 50_000, 500_000);
    }

    /** A message that has come to its end. */
    public record Delivery<M>(int from, int to, M message) {}

    private record Travelling<M>(long atNs, long number, Delivery<M> delivery) {}

    private record Road(int from, int to) {}

    private final SplittableRandom random;
    private final PriorityQueue<Travelling<M>> travelling = new PriorityQueue<>(
            Comparator.<Travelling<M>>comparingLong(Travelling::atNs).thenComparingLong(Travelling::number));
    private final Set<Road> cut = new HashSet<>();
    private Weather weather = Weather.FAIR;
    private long number;
    private long lost;

    public SimulatedNetwork(SplittableRandom random) {
        this.random = random;
    }

    public void weather(Weather next) {
        weather = next;
    }

    /** Cuts the road in this direction. What is on it arrives. */
    public void cut(int from, int to) {
        cut.add(new Road(from, to));
    }

    /** Cuts every road between members of {@code side} and others, in both directions. */
    public void isolate(Set<Integer> side, Set<Integer> all) {
        for (int inside : side) {
            for (int outside : all) {
                if (!side.contains(outside)) {
                    cut(inside, outside);
                    cut(outside, inside);
                }
            }
        }
    }

    /** Opens all roads again. */
    public void heal() {
        cut.clear();
    }

    public void send(long nowNs, int from, int to, M message) {
        if (cut.contains(new Road(from, to)) || random.nextDouble() < weather.loss()) {
            lost++;
            return;
        }
        int copies = random.nextDouble() < weather.duplication() ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            long takes = random.nextLong(weather.shortestNs(), weather.longestNs() + 1);
            travelling.add(new Travelling<>(nowNs + takes, number++, new Delivery<>(from, to, message)));
        }
    }

    /** When the next message arrives; {@link Long#MAX_VALUE} when none is on its way. */
    public long nextNs() {
        return travelling.isEmpty() ? Long.MAX_VALUE : travelling.peek().atNs();
    }

    /** What has arrived by now, in the order of arrival. */
    public List<Delivery<M>> arrived(long nowNs) {
        if (nextNs() > nowNs) {
            return List.of();
        }
        List<Delivery<M>> arrived = new ArrayList<>();
        while (!travelling.isEmpty() && travelling.peek().atNs() <= nowNs) {
            arrived.add(travelling.remove().delivery());
        }
        return arrived;
    }

    /** Messages that never arrived. */
    public long lost() {
        return lost;
    }
}
