package io.thalweg.view.java.ship;

import io.thalweg.view.java.run.Handover;
import io.thalweg.view.java.run.Wiring;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a state of a view has under way, as another version would find it: timers that are to come, calls that are open, and what hops. Each is of a kind that the
 * version declares, or it would stand still before it; each is read as the version would read it. Of each kind at most {@value #LOOKED_AT_MAX} of a partition are looked at. One
 * thread; runs code of users.
 */
public final class UnderWay {
    /** Each of them is read and decoded. */
    private static final int LOOKED_AT_MAX = 100_000;

    /** Kinds of faults that are told. */
    private static final int TOLD_MAX = 20;

    private final Wiring next;
    private final Map<String, Fault> faults = new TreeMap<>();

    /** Those of one kind that do not fit for the same reason. */
    private static final class Fault {
        final String first;
        long count;

        Fault(String first) {
            this.first = first;
        }
    }

    private UnderWay(Wiring next) {
        this.next = next;
    }

    /**
     * What does not fit, in words; empty if all does.
     *
     * @param next any partition of the version
     * @param kind that is looked at alone; null for all
     */
    public static List<String> misfits(Handover.Side side, Wiring next, @Nullable String kind) {
        UnderWay underWay = new UnderWay(next);
        boolean all = true;
        for (int i = 0; i < side.stores().size(); i++) {
            int partition = i;
            for (String each : kind == null ? Handover.KINDS : List.of(kind)) {
                int[] left = {LOOKED_AT_MAX};
                Handover.tell(side, partition, each, what -> {
                    underWay.look(what, partition);
                    return --left[0] > 0;
                });
                all &= left[0] > 0;
            }
        }
        List<String> misfits = new ArrayList<>();
        underWay.faults.forEach((what, fault) -> {
            if (misfits.size() < TOLD_MAX) {
                misfits.add(fault.count + " of " + what + " (the first: " + fault.first + ")");
            }
        });
        if (!all && !misfits.isEmpty()) {
            misfits.add("not all was looked at, but the first " + LOOKED_AT_MAX + " of each kind in a partition");
        }
        return misfits;
    }

    private void look(Handover.UnderWay each, int partition) {
        String fault = next.fault(each);
        if (fault != null) {
            String what = each.kind() + " " + each.name();
            String first = (each.key().isEmpty() ? "" : "key \"" + each.key() + "\", ") + "partition " + partition
                    + "; it " + fault;
            faults.computeIfAbsent(what, _ -> new Fault(first)).count++;
        }
    }
}
