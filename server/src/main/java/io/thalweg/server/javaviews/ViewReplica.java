package io.thalweg.server.javaviews;

import io.thalweg.directory.Log;
import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.store.Reading;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.server.javaviews.reading.Question;
import io.thalweg.server.javaviews.reading.ReadView;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.OtherView;
import io.thalweg.view.java.query.Others;
import io.thalweg.view.java.query.QueryGround;
import io.thalweg.view.java.query.QueryThreads;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A view at one moment, as the replica of its indexes on this node has it, whoever runs it. An index is opened as the next version of the view would
 * open it. To be closed by who opened it, unless it was asked a query, which closes it. Thread-safe.
 */
final class ViewReplica implements ReadView, QueryGround, AutoCloseable {
    private final Wiring wiring;
    private final Log steps;
    private final IndexSpace space;
    private final OtherView its;
    private final FollowedLogs followed;

    /**
     * @param wiring what the version declares that answers
     * @param steps of the state that answers
     * @param moment of its cells; closed with this
     * @param followed its inputs
     */
    ViewReplica(Wiring wiring, Log steps, Moment moment, FollowedLogs followed) {
        this.wiring = wiring;
        this.steps = steps;
        this.space = Surroundings.space(steps.id().value());
        this.its = new OtherView(
                States.partitions(steps),
                space,
                new Once(moment),
                () -> new OtherView.Code(wiring.queries(), wiring.others()));
        this.followed = followed;
    }

    /** A moment that is closed once, whoever of those does so who have read it. */
    private static final class Once implements Moment {
        private final Moment moment;
        private final AtomicBoolean closed = new AtomicBoolean();

        Once(Moment moment) {
            this.moment = moment;
        }

        @Override
        public Reading partition(int number) {
            return moment.partition(number);
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                moment.close();
            }
        }
    }

    @Override
    public int width() {
        return its.partitions();
    }

    @Override
    public int partitions() {
        return its.partitions();
    }

    @Override
    public <T> OpenIndex<T> index(Index<T> index) {
        return its.index(index);
    }

    @Override
    public @Nullable OpenIndex<?> index(String name, int partition) {
        return wiring.declared().stream()
                .filter(index -> index.name().equals(name))
                .findFirst()
                .map(this::opened)
                .orElse(null);
    }

    private OpenIndex<?> opened(Index<?> index) {
        return its.index(index);
    }

    @Override
    public List<String> indexes() {
        return wiring.indexes();
    }

    @Override
    public List<Other> others() {
        return wiring.others();
    }

    @Override
    public Moment moment() {
        return its.moment();
    }

    @Override
    public Position position(Reading cells) {
        return followed.position(partition -> StepStore.taken(space, partition, cells));
    }

    /** Whether it has taken all inputs up to a position. */
    boolean has(Position wanted) {
        for (StreamId named : wanted.sequences().keySet()) {
            // A partition that this node has not heard of yet is none that it has taken.
            if (inputs().stream()
                    .anyMatch(log -> log.id().equals(named.log()) && named.partition() >= log.partitions())) {
                return false;
            }
        }
        for (int i = 0; i < width(); i++) {
            SortedMap<String, Long> taken = taken(i);
            for (StreamId stream : followed.streams(i)) {
                if (taken.getOrDefault(followed.name(stream), 0L) < wanted.of(stream)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether it has taken all that hops in each partition up to a sequence. */
    boolean hasHops(List<Long> newest) {
        for (int i = 0; i < width(); i++) {
            if (taken(i).getOrDefault(Wiring.hops(i), 0L) < newest.get(i)) {
                return false;
            }
        }
        return true;
    }

    private SortedMap<String, Long> taken(int partition) {
        return StepStore.taken(space, partition, its.moment().partition(partition));
    }

    /** How many hops there may be behind an event. */
    int hopsMax() {
        return wiring.hopsMax();
    }

    /** The logs that it follows. */
    List<Log> inputs() {
        return followed.logs();
    }

    /** The streams of what hops, one for each partition. */
    List<StreamId> hops() {
        return IntStream.range(0, width())
                .mapToObj(i -> steps.stream(width() + i))
                .toList();
    }

    /** A question to it, which closes it. */
    Question question(QueryThreads threads, Others others, Duration timeout, Semaphore turn) {
        return new Question(wiring.queries(), this, of -> position(of.partition(0)), threads, others, timeout, turn);
    }

    @Override
    public void close() {
        its.close();
    }
}
