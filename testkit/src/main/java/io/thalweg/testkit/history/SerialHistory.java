package io.thalweg.testkit.history;

import io.thalweg.testkit.history.Violation.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Requests whose answers carry the timestamp of their place in one order, as a ledger's do: strict serializability, checked by doing them
 * one after the other. No two have the same timestamp, the order agrees with real time, and each answer is what a model gives that has done
 * all requests before it.
 *
 * <p>A request without an answer has no place in the order by itself. Whoever records has to find out in the end whether it was done, and
 * when (a ledger tells by {@code lookup_transfers}), and says so with {@link Request#foundDone}; what is left open counts as never done.
 *
 * <p>Recording is thread-safe.
 *
 * @param <Q> a request
 * @param <R> an answer, compared by {@code equals}
 */
public final class SerialHistory<Q, R> {
    /** Does requests one after the other: the independent opinion of what is right. */
    @FunctionalInterface
    public interface Model<Q, R> {
        /** What the next request in the order is answered. */
        R answer(Q request, long timestampNs);
    }

    /** One request. Whoever began it says how it ended, once. */
    public final class Request {
        private final String client;
        private final Q what;
        private final long begunNs;
        private long endedNs = RealTime.NEVER;
        private long timestampNs;
        private boolean done;
        private Optional<R> answer = Optional.empty();

        private Request(String client, Q what, long begunNs) {
            this.client = client;
            this.what = what;
            this.begunNs = begunNs;
        }

        /** It was answered. */
        public void answered(R with, long atTimestampNs, long nowNs) {
            answer = Optional.of(with);
            timestampNs = atTimestampNs;
            endedNs = nowNs;
            done = true;
        }

        /** Nobody answered, but it is known by now that it was done, and at which place. */
        public void foundDone(long atTimestampNs) {
            timestampNs = atTimestampNs;
            done = true;
        }

        @Override
        public String toString() {
            return what + " by " + client + " at " + timestampNs;
        }
    }

    private final List<Request> requests = new ArrayList<>();

    /** A request begins. */
    public synchronized Request begin(String client, Q what, long nowNs) {
        Request request = new Request(client, what, nowNs);
        requests.add(request);
        return request;
    }

    /** Requests that are known to have been done. */
    public synchronized long done() {
        return requests.stream().filter(each -> each.done).count();
    }

    /** Compares with a model in the state in which the history began. */
    public synchronized List<Violation> check(Model<Q, R> model) {
        List<Violation> violations = new ArrayList<>();
        RealTime time = new RealTime(violations::add);
        List<Request> order = requests.stream()
                .filter(each -> each.done)
                .sorted(Comparator.comparingLong(each -> each.timestampNs))
                .toList();
        Request before = null;
        for (Request request : order) {
            if (before != null && before.timestampNs == request.timestampNs) {
                violations.add(
                        new Violation(Rule.DOUBLED, before + " and " + request + " have the same place in the order"));
            }
            before = request;
            time.next(request.toString(), request.begunNs, request.endedNs);
            R right = model.answer(request.what, request.timestampNs);
            request.answer
                    .filter(told -> !told.equals(right))
                    .ifPresent(told -> violations.add(new Violation(
                            Rule.WRONG_ANSWER, request + " was answered " + told + ", right is " + right)));
        }
        return violations;
    }
}
