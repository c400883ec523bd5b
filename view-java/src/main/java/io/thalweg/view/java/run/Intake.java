package io.thalweg.view.java.run;

import io.thalweg.model.MalformedException;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Source;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Takes events of a partition's streams into a step: finds the handler of each, or the way home for what was appended elsewhere. One thread. */
final class Intake {
    /** How often a step looks for messages; there may be much else between them. */
    private static final int MESSAGE_READS = 16;

    private static final int WAITING_READ = 256;

    private final Partition partition;
    private final Wiring wiring;
    private final Streams streams;

    /** How many hops an event has had of late, by which is told how many events a step has room for. */
    private int hopsOfEvent = 1;

    Intake(Partition partition, Wiring wiring, Streams streams) {
        this.partition = partition;
        this.wiring = wiring;
        this.streams = streams;
    }

    void take(StepWork work) {
        takeHops(work);
        for (Source.Log<?> log : wiring.followed()) {
            take(log, work);
        }
    }

    private static boolean isMessage(Streams.Event event) {
        Streams.Hop hop = event.hop();
        return hop != null && hop.through().equals(Batches.THROUGH);
    }

    /**
     * Takes what other partitions say of batches. It lies between what hops, but has a position of its own: an event that is parked, and a
     * partition that takes in nothing, hold no batch up.
     */
    void takeMessages(StepWork work) {
        Positions positions = partition.positions();
        String hops = Wiring.hops(wiring.partition());
        String messages = Wiring.messages(wiring.partition());
        if (!positions.knows(messages)) {
            positions.taken(messages, positions.taken(hops));
        }
        for (int i = 0; i < MESSAGE_READS && partition.takes(messages, work); i++) {
            List<Streams.Event> read = streams.read(hops, positions.taken(messages), partition.room(work));
            if (read.isEmpty()) {
                break;
            }
            for (Streams.Event event : read) {
                if (!partition.takes(messages, work)) {
                    return;
                }
                if (isMessage(event)) {
                    partition.batches().message(event.payload(), work);
                }
                positions.taken(messages, event.sequence());
                work.passedOver = true;
            }
        }
    }

    /**
     * How many events of what has hopped to a partition it has not taken whole, as far as it knows what there is. Messages of batches have a position of their own: one of the
     * two is often ahead, and what they pass over is written down with the next step only.
     */
    static long waiting(Streams streams, Positions its, int partition) {
        String hops = Wiring.hops(partition);
        String messages = Wiring.messages(partition);
        long taken = its.taken(hops);
        long heard = its.knows(messages) ? its.taken(messages) : taken;
        long newest = streams.newest(hops);
        if (taken >= newest && heard >= newest) {
            return 0;
        }
        if (!its.knows(messages)) {
            return newest - taken;
        }
        long waiting = 0;
        long at = Math.max(Math.min(taken, heard), streams.first(hops) - 1);
        while (at < newest) {
            List<Streams.Event> some = streams.read(hops, at, WAITING_READ);
            if (some.isEmpty()) {
                break;
            }
            for (Streams.Event event : some) {
                at = event.sequence();
                waiting += at > (isMessage(event) ? heard : taken) ? 1 : 0;
            }
        }
        return waiting;
    }

    /** What is to be done with an event. */
    private record Called(StepWork.Taken what, Partition.Call call) {}

    private <E> void take(Source.Log<E> log, StepWork work) {
        // A stream whose slots came through one that is not open yet is not, either, though that one may be empty.
        Set<String> open = new HashSet<>();
        for (Streams.Part part : streams.parts(log.name(), wiring.partition())) {
            String from = part.from();
            if (from == null || (open.contains(from) && isTaken(from, part.at()))) {
                open.add(part.stream());
                take(log, part.stream(), work);
            }
        }
    }

    /** Whether all of a stream up to {@code at} that is still kept was taken. */
    private boolean isTaken(String stream, long at) {
        return Math.max(partition.positions().taken(stream), streams.first(stream) - 1) >= at;
    }

    private <E> void take(Source.Log<E> log, String of, StepWork work) {
        take(of, work, (stream, event, _) -> {
            boolean replay = partition.isReplay(partition.positions().isReplay(stream, event.sequence()));
            Origin origin = new Origin(stream, event.sequence());
            var what = new StepWork.Taken(stream, event.sequence(), event.payload(), origin, replay, event.time());
            E decoded = log.codec().decode(event.payload());
            String key = event.key() != null ? event.key() : log.key().apply(decoded);
            if (key != null && !wiring.owns(Slots.of(key))) {
                // What was appended elsewhere, without its key or to a log of fewer partitions, goes home first.
                int owner = Slots.partition(Slots.of(key), wiring.partitions());
                return new Called(what, step -> step.forward(owner, key, event.payload(), log.name()));
            }
            return new Called(what, step -> {
                step.key(key == null ? stream : key, key != null);
                log.handler().handle(step, decoded);
            });
        });
    }

    private Called hop(String stream, Streams.Event event, int place) {
        Streams.Hop hop = event.hop();
        if (hop == null) {
            throw new MalformedException("event " + event.sequence() + " of " + stream + " does not say where it hops");
        }
        boolean replay = partition.isReplay(hop.replay());
        Instant time = hop.time();
        return new Called(
                new StepWork.Taken(
                        stream,
                        event.sequence(),
                        place,
                        event.payload(),
                        hop.origin(),
                        replay,
                        time == null ? event.time() : time),
                step -> {
                    step.key(event.key() == null ? stream : event.key(), event.key() != null);
                    hopped(hop.through(), step, event.payload());
                });
    }

    private void hopped(String through, RunningStep step, byte[] payload) throws Exception {
        for (Source source : wiring.declaration().sources()) {
            if (source.name().equals(through)) {
                if (source instanceof Source.Hop<?> hop) {
                    hopped(hop, step, payload);
                    return;
                }
                if (source instanceof Source.Log<?> log) {
                    hopped(log, step, payload);
                    return;
                }
            }
        }
        throw new DeclarationException("the view has no hop " + through + " any more, and this event goes through it");
    }

    private static <E> void hopped(Source.Hop<E> hop, RunningStep step, byte[] payload) throws Exception {
        hop.handler().handle(step, hop.codec().decode(payload));
    }

    private static <E> void hopped(Source.Log<E> log, RunningStep step, byte[] payload) throws Exception {
        log.handler().handle(step, log.codec().decode(payload));
    }

    /** Finds what is to be done with an event, or with one of those that a bundle has. */
    private interface Decoding {
        Called decode(String stream, Streams.Event event, int place);
    }

    private void take(String stream, StepWork work, Decoding decoding) {
        if (!partition.takesMore(stream, work)) {
            return;
        }
        Positions positions = partition.positions();
        positions.requireSame(stream, streams.identity(stream));
        long upTo = partition.reach().upTo(stream);
        if (positions.taken(stream) >= upTo) {
            return;
        }
        for (Streams.Event event : read(stream, upTo, partition.room(work), work)) {
            if (event.sequence() > upTo || !partition.takesMore(stream, work)) {
                return;
            }
            if (!take(stream, event, 0, work, decoding)) {
                return;
            }
            positions.taken(stream, event.sequence());
        }
    }

    /** What comes next of a stream; nothing where that is gone. */
    private List<Streams.Event> read(String stream, long upTo, int max, StepWork work) {
        Trouble.Gone.Read read =
                Trouble.Gone.Read.of(streams, stream, partition.positions().taken(stream), max);
        Trouble.Gone gone = read.gone();
        if (gone != null && gone.last() <= upTo) {
            passGone(gone, work);
        }
        return read.events();
    }

    /** Takes one event, or one of those that a bundle has; false if its stream is to wait. */
    private boolean take(String stream, Streams.Event event, int place, StepWork work, Decoding decoding) {
        Called called = called(stream, partition.trouble().edited(stream, event, place), place, decoding);
        return partition.run(called.what, work, called.call);
    }

    private void takeHops(StepWork work) {
        String stream = Wiring.hops(wiring.partition());
        boolean some = true;
        while (some && partition.takesMore(stream, work)) {
            int max = Math.max(1, partition.room(work) / hopsOfEvent);
            List<Streams.Event> events = read(stream, Long.MAX_VALUE, max, work);
            int hops = 0;
            for (Streams.Event event : events) {
                int its = partition.takesMore(stream, work) ? takeHops(stream, event, work) : 0;
                if (its == 0) {
                    return;
                }
                hops += its;
            }
            some = !events.isEmpty();
            hopsOfEvent = some ? Math.max(1, hops / events.size()) : hopsOfEvent;
        }
    }

    /** Takes what hops in one event; how many that are, and 0 if it did not get behind all of them. */
    private int takeHops(String stream, Streams.Event event, StepWork work) {
        Positions positions = partition.positions();
        int all = 1;
        if (isMessage(event)) { // taken by itself
            work.passedOver = true;
        } else if (Bundle.is(event)) {
            all = takeBundle(stream, event, work);
        } else if (!take(stream, event, 0, work, this::hop)) {
            return 0;
        }
        if (all > 0) {
            positions.taken(stream, event.sequence());
        }
        return all;
    }

    private int takeBundle(String stream, Streams.Event event, StepWork work) {
        List<Streams.Event> hops;
        try {
            hops = Bundle.hops(event);
        } catch (MalformedException e) {
            partition.trouble().isUnreadable(stream);
            return take(stream, event, 0, work, (_, _, _) -> {
                        throw e;
                    })
                    ? 1
                    : 0;
        }
        Positions positions = partition.positions();
        for (int place = positions.within(stream); place < hops.size(); place++) {
            if (!partition.takesMore(stream, work) || !take(stream, hops.get(place), place, work, this::hop)) {
                return 0;
            }
            positions.within(stream, place + 1);
        }
        return hops.size();
    }

    /** Goes on behind an event, or behind the next of those that a bundle has. */
    void leaveOut(String stream, long sequence) {
        Positions positions = partition.positions();
        if (stream.equals(Wiring.hops(wiring.partition()))) {
            if (positions.taken(stream) < sequence - 1) {
                positions.taken(stream, sequence - 1); // what lies between is messages
            }
            int behind = positions.within(stream) + 1;
            if (behind < hops(stream, sequence)) {
                positions.within(stream, behind);
                return;
            }
        }
        positions.taken(stream, sequence);
    }

    /** How many hops an event has; one that is not what it should be is left out whole. */
    private int hops(String stream, long sequence) {
        try {
            return Trouble.Gone.Read.of(streams, stream, sequence - 1, 1).events().stream()
                    .filter(Bundle::is)
                    .mapToInt(event -> Bundle.hops(event).size())
                    .sum();
        } catch (MalformedException _) {
            return 1;
        }
    }

    /** Events are gone that the view has not taken: their stream waits for somebody to look, or a dead letter names them. */
    private void passGone(Trouble.Gone gone, StepWork work) {
        Trouble trouble = partition.trouble();
        if (trouble.policy() == Declaration.Poison.PARK) {
            trouble.parkBefore(gone, gone.stream(), gone.first());
            return;
        }
        work.emit(new Streams.Append(Wiring.deadLetters(wiring.partition()), gone.reason(), new byte[0], null));
        work.taken++;
        partition.positions().taken(gone.stream(), gone.last());
    }

    /** What does not decode fails like what its handler would not take. */
    private static Called called(String stream, Streams.Event event, int place, Decoding decoding) {
        try {
            return decoding.decode(stream, event, place);
        } catch (RuntimeException e) {
            return new Called(
                    new StepWork.Taken(
                            stream,
                            event.sequence(),
                            place,
                            event.payload(),
                            origin(stream, event),
                            false,
                            event.time()),
                    _ -> {
                        throw e;
                    });
        }
    }

    /** Whoever appended what does not decode waits for it all the same. */
    private static @Nullable Origin origin(String stream, Streams.Event event) {
        Streams.Hop hop = event.hop();
        return hop == null ? new Origin(stream, event.sequence()) : hop.origin();
    }
}
