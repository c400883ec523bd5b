package io.thalweg.view.java.ship;

import io.thalweg.index.Index;
import io.thalweg.index.schema.SchemaCodec;
import io.thalweg.view.java.run.Wiring;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/**
 * Whether two versions of a view may work side by side on the same state, each in some of its partitions: they send each other what hops, they are woken by the same
 * logs, and a question that goes to all partitions reads what both have written. Timers and calls stay in their partition, which gets today's version again where somebody
 * goes back or another node leads: today's version has to have those of the next one. What a codec makes of the other's hops nobody can know beforehand; an
 * event that it does not read is parked, as others are.
 */
public final class Likeness {
    private Likeness() {}

    /** Why they may not, in words; empty if they may. */
    public static List<String> misfits(Wiring today, Wiring next) {
        List<String> misfits = new ArrayList<>();
        compare("logs", today.logs(), next.logs(), misfits);
        compare("outputs", today.outputs(), next.outputs(), misfits);
        compare("hops", today.hops(), next.hops(), misfits);
        requireKnown("timers", today.timers(), next.timers(), misfits);
        requireKnown("calls", today.calls(), next.calls(), misfits);
        if (today.hasBatches() || next.hasBatches()) {
            misfits.add("batches are one transaction of all partitions, which has one version");
        }
        for (Index<?> index : next.declared()) {
            for (Index<?> before : today.declared()) {
                if (before.name().equals(index.name())
                        && !Arrays.equals(SchemaCodec.write(before.schema()), SchemaCodec.write(index.schema()))) {
                    misfits.add("index " + index.name() + " is of another type, so that today's version could not read"
                            + " what the next one writes");
                }
            }
        }
        return misfits;
    }

    private static void requireKnown(String what, List<String> today, List<String> next, List<String> misfits) {
        TreeSet<String> unknown = new TreeSet<>(next);
        today.forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            misfits.add("today's version has no " + what + " " + unknown
                    + ", and would find them under way where it comes back");
        }
    }

    private static void compare(String what, List<String> today, List<String> next, List<String> misfits) {
        if (!new TreeSet<>(today).equals(new TreeSet<>(next))) {
            misfits.add("its " + what + " are " + next + ", and those of today's version " + today);
        }
    }
}
