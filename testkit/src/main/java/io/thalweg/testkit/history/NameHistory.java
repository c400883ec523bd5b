package io.thalweg.testkit.history;

import io.thalweg.testkit.history.Violation.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Things that are made and deleted under names, as logs are in a directory: under one name there is one thing at a time, and each that is made has an identifier that no other has.
 * A name that is taken is refused. What is known of a thing is between which moments it came, and between which it went; an answer is wrong when it fits none of them.
 *
 * <p>Recording is thread-safe.
 */
public final class NameHistory {
    private static final long NEVER = RealTime.NEVER;

    /** One wish to make something; open until it is answered. */
    public final class Making {
        private final String name;
        private final long begunNs;
        private boolean answered;

        private Making(String name, long begunNs) {
            this.name = name;
            this.begunNs = begunNs;
        }

        /** It was made, and is this. */
        public void made(String id, long endedNs) {
            synchronized (NameHistory.this) {
                answered = true;
                Thing before = things.putIfAbsent(id, new Thing(name, id, begunNs, endedNs));
                if (before != null) {
                    found.add(new Violation(Rule.DOUBLED, before + " was made again under " + name + " at " + endedNs));
                }
            }
        }

        /** It was refused, for good, since there is one of this name. */
        public void taken(long endedNs) {
            synchronized (NameHistory.this) {
                answered = true;
                takens.add(new Taken(name, begunNs, endedNs));
            }
        }
    }

    /** One wish to delete something; open until it is answered. */
    public final class Deleting {
        private final String id;
        private final long begunNs;
        private long endedNs = NEVER;

        private Deleting(String id, long begunNs) {
            this.id = id;
            this.begunNs = begunNs;
        }

        /** It is gone. */
        public void deleted(long atNs) {
            synchronized (NameHistory.this) {
                endedNs = atNs;
            }
        }
    }

    private record Taken(String name, long begunNs, long endedNs) {}

    private record Look(String name, @Nullable String id, long begunNs, long endedNs, boolean fresh) {}

    /** When it came, and when it went: at some moment between these. */
    private static final class Thing {
        final String name;
        final String id;
        final long begunNs;
        long madeNs;
        long goesNs = NEVER;
        long goneNs = NEVER;

        Thing(String name, String id, long begunNs, long madeNs) {
            this.name = name;
            this.id = id;
            this.begunNs = begunNs;
            this.madeNs = madeNs;
        }

        boolean mayBeThere(long fromNs, long toNs) {
            return begunNs <= toNs && goneNs >= fromNs;
        }

        @Override
        public String toString() {
            return name + " (" + id + ", made " + begunNs + ".." + time(madeNs) + ", deleted " + time(goesNs) + ".."
                    + time(goneNs) + ")";
        }

        private static String time(long ns) {
            return ns == NEVER ? "?" : Long.toString(ns);
        }
    }

    /** Of one name, in the order in which they surely were there. */
    private static final class Things {
        final List<Thing> all = new ArrayList<>();

        /** By the beginning of their making; of each and all before it, when the last of them was gone. */
        final TreeMap<Long, Long> goneLastNs = new TreeMap<>();

        /** Those that surely were there for a while, by when they were. */
        final TreeMap<Long, Thing> sure = new TreeMap<>();

        /** Of wishes that are open, the first. */
        long openSinceNs = NEVER;

        int open;
    }

    private final List<Making> makings = new ArrayList<>();
    private final List<Deleting> deletings = new ArrayList<>();
    private final List<Taken> takens = new ArrayList<>();
    private final List<Look> looks = new ArrayList<>();
    private final Map<String, Thing> things = new HashMap<>();
    private final List<Violation> found = new ArrayList<>();

    /** Somebody asks for a thing under a name; to be told what came of it. */
    public synchronized Making make(String name, long begunNs) {
        Making making = new Making(name, begunNs);
        makings.add(making);
        return making;
    }

    /** Somebody asks that a thing be deleted; to be told when that was done. */
    public synchronized Deleting delete(String id, long begunNs) {
        Deleting deleting = new Deleting(id, begunNs);
        deletings.add(deleting);
        return deleting;
    }

    /**
     * Somebody looked what there is under a name.
     *
     * @param id of what was there; null for nothing
     * @param fresh whether the look had to show all that was acknowledged before it began; else it may show what was
     */
    public synchronized void looked(String name, @Nullable String id, long begunNs, long endedNs, boolean fresh) {
        looks.add(new Look(name, id, begunNs, endedNs, fresh));
    }

    /** Answers so far. */
    public synchronized long answers() {
        return makings.stream().filter(making -> making.answered).count()
                + deletings.stream().filter(each -> each.endedNs != NEVER).count()
                + looks.size();
    }

    /**
     * Compares all answers with each other and with what there is in the end, when nothing is under way any more.
     *
     * @param now identifiers by name
     */
    public synchronized List<Violation> check(Map<String, String> now) {
        List<Violation> violations = new ArrayList<>(found);
        Map<String, Thing> known = new HashMap<>();
        things.forEach((id, thing) -> known.put(id, new Thing(thing.name, id, thing.begunNs, thing.madeNs)));
        Map<String, Things> byName = new HashMap<>();
        for (Making making : makings) {
            Things of = byName.computeIfAbsent(making.name, _ -> new Things());
            if (!making.answered) {
                of.open++;
                of.openSinceNs = Math.min(of.openSinceNs, making.begunNs);
            }
        }
        List<Look> all = new ArrayList<>(looks);
        now.forEach((name, id) -> all.add(new Look(name, id, NEVER - 1, NEVER - 1, true)));
        all.sort(Comparator.comparingLong(Look::endedNs));
        for (Look look : all) {
            meet(look, known, byName, violations);
        }
        for (Deleting deleting : deletings) {
            Thing thing = known.get(deleting.id);
            if (thing != null) {
                thing.goesNs = Math.min(thing.goesNs, deleting.begunNs);
                thing.goneNs = Math.min(thing.goneNs, deleting.endedNs);
            }
        }
        known.values()
                .forEach(thing -> byName.computeIfAbsent(thing.name, _ -> new Things())
                        .all
                        .add(thing));
        byName.values().forEach(of -> inOrder(of, violations));
        for (Taken taken : takens) {
            Things of = byName.getOrDefault(taken.name, new Things());
            Map.Entry<Long, Long> before = of.goneLastNs.floorEntry(taken.endedNs);
            if ((before == null || before.getValue() < taken.begunNs) && of.openSinceNs > taken.endedNs) {
                violations.add(new Violation(
                        Rule.WRONG_ANSWER, taken + " was answered, and nothing of that name was there: " + of.all));
            }
        }
        for (Look look : all) {
            judge(look, known, byName, violations);
        }
        for (Thing thing : known.values()) {
            if (thing.madeNs != NEVER && thing.goesNs == NEVER && !thing.id.equals(now.get(thing.name))) {
                violations.add(
                        new Violation(Rule.LOST, thing + " is not there in the end; there is " + now.get(thing.name)));
            }
        }
        return violations;
    }

    /** Something that is seen came of a wish that was answered, or else of one that is open: which, nobody knows. */
    private static void meet(
            Look look, Map<String, Thing> known, Map<String, Things> byName, List<Violation> violations) {
        String id = look.id;
        if (id == null) {
            return;
        }
        Thing thing = known.get(id);
        if (thing == null) {
            Things of = byName.computeIfAbsent(look.name, _ -> new Things());
            if (of.open == 0 || of.openSinceNs > look.endedNs) {
                violations.add(new Violation(Rule.INVENTED, look + ", and nobody asked for that"));
                return;
            }
            of.open--;
            known.put(id, new Thing(look.name, id, of.openSinceNs, look.endedNs));
        } else if (!thing.name.equals(look.name) || thing.begunNs > look.endedNs) {
            violations.add(new Violation(Rule.INVENTED, look + " shows " + thing));
        }
    }

    /** Sorts what was there under a name. No two of them surely were there at one moment. */
    private static void inOrder(Things of, List<Violation> violations) {
        of.all.sort(Comparator.comparingLong(thing -> thing.begunNs));
        long goneNs = Long.MIN_VALUE;
        for (Thing thing : of.all) {
            goneNs = Math.max(goneNs, thing.goneNs);
            of.goneLastNs.put(thing.begunNs, goneNs);
        }
        List<Thing> sure = new ArrayList<>(
                of.all.stream().filter(thing -> thing.madeNs < thing.goesNs).toList());
        sure.sort(Comparator.comparingLong(thing -> thing.madeNs));
        Thing before = null;
        for (Thing thing : sure) {
            if (before != null && thing.madeNs < before.goesNs) {
                violations.add(new Violation(Rule.DOUBLED, before + " and " + thing + " were there together"));
            }
            before = before == null || thing.goesNs > before.goesNs ? thing : before;
            of.sure.put(thing.madeNs, thing);
        }
    }

    private static void judge(
            Look look, Map<String, Thing> known, Map<String, Things> byName, List<Violation> violations) {
        if (!look.fresh) {
            return;
        }
        String id = look.id;
        if (id == null) {
            Things of = byName.get(look.name);
            Map.Entry<Long, Thing> before = of == null ? null : of.sure.lowerEntry(look.begunNs);
            if (before != null && before.getValue().goesNs > look.endedNs) {
                violations.add(new Violation(Rule.STALE, look + " shows nothing, and there was " + before.getValue()));
            }
            return;
        }
        Thing thing = known.get(id);
        if (thing != null && thing.begunNs <= look.endedNs && !thing.mayBeThere(look.begunNs, look.endedNs)) {
            violations.add(new Violation(Rule.STALE, look + " shows " + thing + ", which was deleted before"));
        }
    }
}
