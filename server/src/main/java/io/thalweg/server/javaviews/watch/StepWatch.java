package io.thalweg.server.javaviews.watch;

import io.thalweg.view.java.run.Answer;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.StepListener;
import io.thalweg.view.java.run.Streams;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches the thread that makes a partition's steps. It stands between the partition and its streams, and between the partition and who hears of its steps, so that it
 * knows when the thread waits for the disk, which is no handler's fault, and when code of users goes on. A thread that was given up is turned away at the streams.
 *
 * <p>For the thread that is watched, but for {@link #look}, which is for one other.
 */
public final class StepWatch {
    /** What is to become of code. */
    public enum Verdict {
        LET,
        ASK,
        GIVE_UP
    }

    private final BooleanSupplier stopped;
    private final LongSupplier clock;
    private final Patience patience = new Patience();

    /** Who is watched; others read from the streams, too. */
    private volatile @Nullable Thread thread;

    /** Since when code of users runs; 0 while none does. */
    private volatile long busySinceNs;

    private boolean making;

    /** @param stopped whether nothing is taken from the thread any more */
    public StepWatch(BooleanSupplier stopped) {
        this(stopped, System::nanoTime);
    }

    StepWatch(BooleanSupplier stopped, LongSupplier clock) {
        this.stopped = stopped;
        this.clock = clock;
    }

    /** Code of users runs from here on. */
    public void begin() {
        thread = Thread.currentThread();
        busySinceNs = clock.getAsLong();
    }

    /** A step is made from here on, in which code of users runs but when it waits for its disk. */
    public void makes() {
        making = true;
        begin();
    }

    /** The step is made, or has failed. */
    public void made() {
        making = false;
        calm();
    }

    /** Code of users is over: if it was asked to stop, that is not meant for what follows. */
    public void calm() {
        busySinceNs = 0;
        if (!stopped.getAsBoolean()) {
            boolean _ = Thread.interrupted();
        }
    }

    /** What was waited for is over: code of the step that is being made, if one is, is at work again. */
    private void goOn() {
        busySinceNs = making ? clock.getAsLong() : 0;
    }

    /** What is to become of the code that runs, for which there is so much patience. For one who looks again and again. */
    public Verdict look(long patienceNs) {
        return stopped.getAsBoolean() ? Verdict.LET : patience.look(busySinceNs, clock.getAsLong(), patienceNs);
    }

    private void requireRunning() {
        if (stopped.getAsBoolean()) {
            throw new IllegalStateException("the view runs here no more");
        }
    }

    /** Streams that are closed to a thread that was given up, and whose waiting for the disk is nobody's fault. */
    public Streams streams(Streams its) {
        return new Watched(its);
    }

    private final class Watched extends Streams.Through {
        Watched(Streams its) {
            super(its);
        }

        @Override
        public List<Event> read(String stream, long after, int max) {
            requireRunning();
            long since = busySinceNs;
            if (since == 0 || !Thread.currentThread().equals(thread)) {
                return super.read(stream, after, max);
            }
            long beganNs = clock.getAsLong();
            busySinceNs = 0;
            try {
                return super.read(stream, after, max);
            } finally {
                // Also when events are gone: the step goes on without them, and is watched on.
                busySinceNs = since + clock.getAsLong() - beganNs;
            }
        }

        @Override
        public Pending begin(String conditional, long expected, List<Append> appends) {
            calm();
            requireRunning();
            return new WatchedAppend(super.begin(conditional, expected, appends));
        }

        @Override
        public void send(String producer, long number, List<Append> appends) {
            requireRunning();
            super.send(producer, number, appends);
        }
    }

    /** An append that is waited for: what it comes to is told to the listener, and then code goes on. */
    private final class WatchedAppend implements Streams.Pending {
        private final Streams.Pending its;

        WatchedAppend(Streams.Pending its) {
            this.its = its;
        }

        @Override
        public boolean isKnown(long ms) {
            if (ms == 0) {
                return its.isKnown(0);
            }
            calm();
            requireRunning();
            boolean known = its.isKnown(ms);
            goOn();
            return known;
        }

        @Override
        public boolean appended() {
            calm();
            requireRunning();
            return its.appended();
        }
    }

    /**
     * Hears what a listener hears, and when a step is not waited for any more.
     *
     * @param counted run when a step counts while the next is made
     */
    public StepListener listener(StepListener its, Runnable counted) {
        return new StepListener() {
            @Override
            public void emitting(List<Origin> hops) {
                its.emitting(hops);
            }

            @Override
            public void refused(List<Origin> hops) {
                its.refused(hops);
            }

            @Override
            public void committed(List<Origin> taken, List<Answer> answers) {
                its.committed(taken, answers);
                if (making) {
                    counted.run();
                }
            }

            @Override
            public void settled() {
                its.settled();
                goOn();
            }

            @Override
            public void begunAgain() {
                its.begunAgain();
            }
        };
    }
}
