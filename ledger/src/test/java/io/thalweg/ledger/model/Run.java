package io.thalweg.ledger.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.model.random.Dice;
import io.thalweg.ledger.model.random.Generator;
import io.thalweg.ledger.model.random.Request;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One seed's requests, put to the model and to the engine side by side. Whatever they answer must be the same. */
final class Run implements AutoCloseable {
    private final long seed;
    private final Generator generator;
    private final Dice dice;
    private final ModelLedger model = new ModelLedger();
    private final EngineBook engine;

    /** How often each status came up, by its number. */
    final Map<Integer, Long> accountStatuses = new TreeMap<>();

    final Map<Integer, Long> transferStatuses = new TreeMap<>();
    private long events;
    private long requests;

    /** The checkpoints that may be fallen back to, and the writes since the older one. */
    private @Nullable ByteBuffer older;

    private @Nullable ByteBuffer newer;
    private final List<Request> sinceOlder = new ArrayList<>();
    private int newerAt;

    Run(long seed) throws IOException {
        this.seed = seed;
        generator = new Generator(seed);
        dice = new Dice(~seed);
        engine = new EngineBook(dice.chance(0.5), dice.oneOf(EngineBook.TINY, EngineBook.SMALL, EngineBook.SMALL));
    }

    /** Objects asked for so far. */
    long events() {
        return events;
    }

    void step() throws IOException {
        Request request = generator.next();
        requests++;
        events += request.size();
        String where = "seed " + seed + ", request " + requests;
        Object expected = request.askOf(model);
        Object actual;
        try {
            actual = request.askOf(engine);
        } catch (RuntimeException e) {
            throw new AssertionError(where + ": " + request, e);
        }
        if (!expected.equals(actual)) {
            throw new AssertionError(where + ": " + difference(request, expected, actual));
        }
        if (request.isWrite()) {
            sinceOlder.add(request);
            count(request, expected);
            // The engine may know the second only; the pulse then finds out.
            long nextExpiry = model.nextExpiry();
            assertThat(engine.nextExpiry()).as(where).isIn(nextExpiry, nextExpiry - nextExpiry % Stage.SECOND);
            compareAccounts(where);
        }
        if (dice.chance(0.005)) {
            checkpoint();
        }
        if (dice.chance(0.002)) {
            reopen(where);
        }
    }

    /** The first thing that is not the same, and what was asked. */
    private static String difference(Request request, Object expected, Object actual) {
        if (!(expected instanceof List<?> model) || !(actual instanceof List<?> engine)) {
            return request + "\nmodel  " + expected + "\nengine " + actual;
        }
        int i = 0;
        while (i < Math.min(model.size(), engine.size()) && model.get(i).equals(engine.get(i))) {
            i++;
        }
        Object asked = switch (request) {
            case Request.CreateAccounts(var events, long timestamp) -> events.get(i) + " at " + timestamp;
            case Request.CreateTransfers(var events, long timestamp) -> events.get(i) + " at " + timestamp;
            default -> request;
        };
        return asked + "\nmodel  " + rowOf(model, i) + "\nengine " + rowOf(engine, i);
    }

    private static String rowOf(List<?> rows, int i) {
        return "row " + i + " of " + rows.size() + ": " + (i < rows.size() ? rows.get(i) : "none");
    }

    private void count(Request request, Object results) {
        Map<Integer, Long> statuses = switch (request) {
            case Request.CreateAccounts _ -> accountStatuses;
            case Request.CreateTransfers _ -> transferStatuses;
            default -> null;
        };
        if (statuses != null) {
            ((List<?>) results).forEach(it -> statuses.merge(((Result) it).code(), 1L, Long::sum));
        }
    }

    /** All accounts as they are stored, and that nothing was made or lost among them. */
    private void compareAccounts(String where) {
        List<Account> expected = model.state().accounts();
        List<Account> stored =
                engine.lookupAccounts(expected.stream().map(Account::id).toList());
        if (!stored.equals(expected)) {
            assertThat(stored).as(where).isEqualTo(expected);
        }
        Conservation.check(stored);
    }

    private void compareTransfers(String where) {
        List<Transfer> expected = model.state().transfers();
        for (int from = 0; from < expected.size(); from += Book.MAX_ROWS) {
            List<Transfer> part = expected.subList(from, Math.min(expected.size(), from + Book.MAX_ROWS));
            assertThat(engine.lookupTransfers(part.stream().map(Transfer::id).toList()))
                    .as(where)
                    .isEqualTo(part);
        }
    }

    private void checkpoint() throws IOException {
        older = newer;
        sinceOlder.subList(0, newerAt).clear();
        newer = engine.checkpoint();
        newerAt = sinceOlder.size();
    }

    /** Loses power, goes back to one of the two newest checkpoints, and does again what came after it. */
    private void reopen(String where) throws IOException {
        byte[] digest = ModelDigest.of(model.state());
        boolean toOlder = dice.chance(0.5);
        engine.reopen(toOlder ? older : newer);
        for (Request request : sinceOlder.subList(toOlder ? 0 : newerAt, sinceOlder.size())) {
            request.askOf(engine);
        }
        assertThat(engine.digest())
                .as("%s, back from %s", where, toOlder ? "the older checkpoint" : "the newest")
                .isEqualTo(digest);
        if (toOlder) {
            // The newer one belongs to a time line that no longer is.
            newer = older;
            newerAt = 0;
        }
    }

    /** Compares what no request has asked for. */
    void end() {
        String where = "seed " + seed + ", at its end after " + requests + " requests";
        compareAccounts(where);
        compareTransfers(where);
        assertThat(engine.digest()).as(where).isEqualTo(ModelDigest.of(model.state()));
    }

    @Override
    public void close() {
        engine.close();
    }
}
