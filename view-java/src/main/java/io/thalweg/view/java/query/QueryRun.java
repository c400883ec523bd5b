package io.thalweg.view.java.query;

import io.thalweg.index.store.MeteredReading;
import io.thalweg.index.store.Reading;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.OtherQuery;
import io.thalweg.view.java.Query;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One question with all that it asks on the way. Whoever works for it {@link #enter enters}; when its time is over, or it is cancelled, each
 * of them is interrupted, and nothing is read any more. The indexes are let go of when the last one has left. Thread-safe.
 */
public final class QueryRun {
    /** How many other views queries may ask one behind the other. */
    static final int VIEWS_MAX = 8;

    /** How deep queries may ask queries. */
    static final int DEPTH_MAX = 64;

    /** What a query reads at most, in bytes of cells. */
    static final long READ_BYTES_MAX = 64L << 20;

    /** What the parts of a query that run at the same time keep for themselves, in bytes of memory. */
    static final long KEPT_BYTES_MAX = 64L << 20;

    /** What a cell counts beside its value. */
    private static final long CELL_BYTES = 32;

    /** How many bytes are read from one look at the clock to the next, about. */
    private static final long LOOK_BYTES = 16 << 10;

    private final QueryGround ground;
    private final Helpers helpers;
    private final Others others;
    private final int viewsAround;
    private final LongSupplier nowNs;
    private final long untilNs;
    private final AtomicLong readBytes = new AtomicLong();
    private final AtomicLong keptBytes = new AtomicLong();
    private final Set<Thread> working = new HashSet<>(); // guarded by this
    private final Map<String, OtherView> opened = new HashMap<>(); // guarded by this
    private boolean closed; // guarded by this
    private volatile boolean cancelled;

    /**
     * @param ground whose moment is closed when the question is answered
     * @param others what its code may read beside
     * @param untilNs when its time is over, by {@code nowNs}
     */
    public QueryRun(QueryGround ground, Helpers helpers, Others others, LongSupplier nowNs, long untilNs) {
        this(ground, helpers, others, nowNs, untilNs, 0);
    }

    private QueryRun(
            QueryGround ground, Helpers helpers, Others others, LongSupplier nowNs, long untilNs, int viewsAround) {
        this.ground = ground;
        this.helpers = helpers;
        this.others = others;
        this.viewsAround = viewsAround;
        this.nowNs = nowNs;
        this.untilNs = untilNs;
    }

    /**
     * Answers on this thread; once.
     *
     * @throws ThalwegException {@code DEADLINE_EXCEEDED} when its time is over, {@code INVALID_REQUEST} for arguments that its code refuses,
     *     {@code TOO_LARGE} when it reads too much, {@code VIEW_FAILED} when its code fails
     */
    public <A, R> @Nullable R answer(Query<A, R> query, A arguments) {
        return answer(query, arguments, result -> result);
    }

    /**
     * The same.
     *
     * @param form what is to be made of the result, while the indexes are still there: it may look into them as it is read
     */
    <A, R, F> @Nullable F answer(Query<A, R> query, A arguments, Form<R, F> form) {
        enter();
        try {
            requireTime();
            @Nullable F formed = form.of(RunningQuery.begin(this).ask(query, arguments));
            requireTime();
            return formed;
        } catch (ThalwegException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "query " + query.name() + " refuses: " + e.getMessage(), e);
        } catch (RuntimeException | StackOverflowError | LinkageError | AssertionError e) {
            requireTime(); // what an interrupt breaks is not the code's fault
            throw new ThalwegException(ErrorCode.VIEW_FAILED, "query " + query.name() + " failed: " + why(e), e);
        } finally {
            leave();
        }
    }

    /** Does something else than answering on this thread, once, which may run the query's code. */
    <F> F look(Query<?, ?> query, Supplier<F> what) {
        enter();
        try {
            return what.get();
        } catch (ThalwegException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError | LinkageError | AssertionError e) {
            requireTime(); // what an interrupt breaks is not the code's fault
            throw new ThalwegException(ErrorCode.VIEW_FAILED, "query " + query.name() + " failed: " + why(e), e);
        } finally {
            leave();
        }
    }

    /** What is made of a result. */
    @FunctionalInterface
    interface Form<R, F> {
        @Nullable
        F of(@Nullable R result);
    }

    /** With the line of the view's code that it came from. */
    private static String why(Throwable e) {
        Throwable cause = e instanceof FailedPart && e.getCause() != null ? e.getCause() : e;
        for (StackTraceElement element : cause.getStackTrace()) {
            String in = element.getClassName();
            if (!in.startsWith("io.thalweg.index.")
                    && !in.startsWith("io.thalweg.view.java.")
                    && !in.startsWith("java.")) {
                return cause + " (" + element.getFileName() + ":" + element.getLineNumber() + ")";
            }
        }
        return cause.toString();
    }

    /** A checked exception of a part of a query. */
    static final class FailedPart extends RuntimeException {
        private static final long serialVersionUID = 1;

        FailedPart(Exception cause) {
            super(cause);
        }
    }

    QueryGround ground() {
        return ground;
    }

    Helpers helpers() {
        return helpers;
    }

    Duration left() {
        return Duration.ofNanos(Math.max(0, untilNs - nowNs.getAsLong()));
    }

    Reading partition(int number) {
        return bounded(ground.moment().partition(number));
    }

    /** Cells that the question reads: each is counted, and none is read when its time is over. What stops a scan, whatever code asked for it. */
    Reading bounded(Reading cells) {
        return new MeteredReading(cells, this::read);
    }

    /** Another view at the moment at which this question first asked for it. */
    OtherView other(String view) {
        OtherView known = opened(view);
        if (known != null) {
            return known;
        }
        OtherView made = others.open(view); // it may have to wait, which is nobody else's affair
        OtherView kept = keep(view, made);
        if (kept != made) {
            made.close();
        }
        return kept;
    }

    private synchronized @Nullable OtherView opened(String view) {
        return opened.get(view);
    }

    /** For as long as somebody works for the question, as who asks does. */
    private synchronized OtherView keep(String view, OtherView made) {
        OtherView before = opened.putIfAbsent(view, made);
        return before == null ? made : before;
    }

    /** Has another view answer on this thread, in what is left of the time. */
    <A, R> @Nullable R askOther(OtherQuery<A, R> query, A arguments) {
        requireTime();
        if (viewsAround == VIEWS_MAX) {
            throw new ThalwegException(
                    ErrorCode.VIEW_FAILED, "views ask each other more than " + VIEWS_MAX + " deep: does that end?");
        }
        return ask(others.open(query.view()), query, arguments, helpers, others, nowNs, untilNs, viewsAround + 1);
    }

    /** Has another view answer on this thread. */
    public static <A, R> @Nullable R ask(
            OtherQuery<A, R> query, A arguments, Helpers helpers, Others others, LongSupplier nowNs, long untilNs) {
        return ask(others.open(query.view()), query, arguments, helpers, others, nowNs, untilNs, 1);
    }

    private static <A, R> @Nullable R ask(
            OtherView view,
            OtherQuery<A, R> query,
            A arguments,
            Helpers helpers,
            Others others,
            LongSupplier nowNs,
            long untilNs,
            int viewsAround) {
        return view.ask(query, arguments, new QueryRun(view, helpers, others, nowNs, untilNs, viewsAround));
    }

    /** Counts what was read. */
    void read(int bytes) {
        long before = readBytes.getAndAdd(bytes + CELL_BYTES);
        if (before > READ_BYTES_MAX) {
            throw new ThalwegException(
                    ErrorCode.TOO_LARGE,
                    "the query reads more than " + (READ_BYTES_MAX >> 20)
                            + " MiB of cells: ask for less, or page by page");
        }
        if (before / LOOK_BYTES != (before + bytes + CELL_BYTES) / LOOK_BYTES) {
            requireTime();
        }
    }

    /** Counts what a part keeps for itself, or, below 0, keeps no more. */
    void keeps(long bytes) {
        if (keptBytes.addAndGet(bytes) > KEPT_BYTES_MAX && bytes > 0) {
            throw new ThalwegException(
                    ErrorCode.TOO_LARGE,
                    "the query keeps more than " + (KEPT_BYTES_MAX >> 20) + " MiB of temporary state");
        }
    }

    /** @throws ThalwegException {@code DEADLINE_EXCEEDED} */
    void requireTime() {
        if (cancelled || nowNs.getAsLong() - untilNs >= 0) {
            throw new ThalwegException(ErrorCode.DEADLINE_EXCEEDED, "the query did not end in its time");
        }
    }

    /** This thread works for the question from now on. */
    synchronized void enter() {
        if (closed) {
            throw new IllegalStateException("the query is over");
        }
        working.add(Thread.currentThread());
    }

    /** This thread works for it no more; an interrupt that was meant for it is over. */
    void leave() {
        boolean last;
        synchronized (this) {
            working.remove(Thread.currentThread());
            if (cancelled) {
                boolean _ = Thread.interrupted();
            }
            last = working.isEmpty();
            closed |= last;
        }
        if (last) {
            letGo();
        }
    }

    private void letGo() {
        ground.moment().close();
        Collection<OtherView> all;
        synchronized (this) {
            all = List.copyOf(opened.values());
            opened.clear();
        }
        all.forEach(OtherView::close);
    }

    /** Lets go of the indexes of a question that nobody began to answer. */
    public void abandon() {
        synchronized (this) {
            closed = true;
        }
        ground.moment().close();
    }

    /** Has all who work for it stop. */
    public synchronized void cancel() {
        cancelled = true;
        working.forEach(Thread::interrupt);
    }
}
