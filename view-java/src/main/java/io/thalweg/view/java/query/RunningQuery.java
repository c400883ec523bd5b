package io.thalweg.view.java.query;

import io.thalweg.index.Index;
import io.thalweg.index.IndexKeys;
import io.thalweg.index.IndexReader;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.path.Path;
import io.thalweg.index.store.Reading;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Slots;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.Aggregate;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Lookup;
import io.thalweg.view.java.MisalignedException;
import io.thalweg.view.java.OtherIndex;
import io.thalweg.view.java.OtherQuery;
import io.thalweg.view.java.Query;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A query at one place: at a key, in a partition, or anywhere. One thread. */
final class RunningQuery implements Lookup {
    private static final int ANYWHERE = -1;

    private final QueryRun run;
    private final int depth;
    private final int partition;
    private final @Nullable String key;
    private @Nullable TemporaryState temporary;

    private RunningQuery(QueryRun run, int depth, int partition, @Nullable String key) {
        this.run = run;
        this.depth = depth;
        this.partition = partition;
        this.key = key;
    }

    static RunningQuery begin(QueryRun run) {
        return new RunningQuery(run, 0, ANYWHERE, null);
    }

    private RunningQuery at(String its, int owner) {
        return new RunningQuery(run, deeper(), owner, its);
    }

    private int deeper() {
        run.requireTime();
        if (depth == QueryRun.DEPTH_MAX) {
            throw new ThalwegException(
                    ErrorCode.VIEW_FAILED,
                    "queries ask queries more than " + QueryRun.DEPTH_MAX + " deep: does the recursion end?");
        }
        return depth + 1;
    }

    private int owner(String of) {
        return Slots.partition(Slots.of(of), run.ground().partitions());
    }

    @Override
    public String key() {
        return key == null ? "" : key;
    }

    @Override
    public Duration left() {
        return run.left();
    }

    @Override
    public <T> IndexReader<T> index(Index<T> index) {
        String its = key;
        if (its == null) {
            throw new MisalignedException("the query stands at no key, so no part of index " + index.name()
                    + " is at hand; go to a key with each, or to all partitions");
        }
        int slot = Slots.of(its);
        OpenIndex<T> open = run.ground().index(index);
        return open.reader(
                run.partition(partition),
                slot,
                IndexKeys.within(
                        index,
                        slot,
                        other -> new MisalignedException("key \"" + other + "\" of index " + index.name()
                                + " lies elsewhere than \"" + its + "\", where the query stands; go there with each")));
    }

    @Override
    public <T, B> List<B> select(Index<T> index, Path<T, B> path) {
        if (partition == ANYWHERE) {
            throw new MisalignedException(
                    "the query stands in no partition, so no part of index " + index.name() + " is at hand; go to all");
        }
        OpenIndex<T> open = run.ground().index(index);
        Reading cells = run.partition(partition);
        List<B> found = new ArrayList<>();
        for (int slot : open.slots(cells)) {
            if (Slots.partition(slot, run.ground().partitions()) == partition) {
                found.addAll(open.reader(cells, slot).select(path));
            }
        }
        return found;
    }

    @Override
    public <V, P, R> R each(Collection<String> keys, At<V> part, Aggregate<? super V, P, R> how) {
        TreeMap<Integer, List<String>> homes = new TreeMap<>();
        for (String each : keys) {
            homes.computeIfAbsent(owner(each), _ -> new ArrayList<>()).add(each);
        }
        List<Callable<P>> pieces = new ArrayList<>();
        homes.forEach((owner, its) -> pieces.add(() -> {
            P sum = how.none();
            for (String each : its) {
                V value = at(each, owner).doing(there -> part.look(there, each));
                sum = value == null ? sum : how.add(sum, value);
            }
            return sum;
        }));
        return merged(pieces, how);
    }

    @Override
    public <V, P, R> R all(Part<V> part, Aggregate<? super V, P, R> how) {
        List<Callable<P>> pieces = new ArrayList<>();
        for (int i = 0; i < run.ground().partitions(); i++) {
            int owner = i;
            pieces.add(() -> {
                V value = new RunningQuery(run, deeper(), owner, null).doing(part::look);
                return value == null ? how.none() : how.add(how.none(), value);
            });
        }
        return merged(pieces, how);
    }

    /** What code does here. */
    @FunctionalInterface
    private interface Doing<V> {
        @Nullable
        V at(Lookup here) throws Exception;
    }

    /** Runs code here, and lets go of what it has kept. */
    private <V> @Nullable V doing(Doing<V> code) throws Exception {
        try {
            return code.at(this);
        } finally {
            TemporaryState kept = temporary;
            if (kept != null) {
                kept.forget();
            }
        }
    }

    @Override
    public <T> IndexWriter<T> temporary(Index<T> index) {
        TemporaryState state = temporary;
        if (state == null) {
            state = new TemporaryState(run);
            temporary = state;
        }
        return state.index(index);
    }

    private <V, P, R> R merged(List<Callable<P>> pieces, Aggregate<? super V, P, R> how) {
        TemporaryState kept = temporary;
        if (kept != null) {
            kept.rest();
        }
        P sum = how.none();
        for (P part : FanOut.run(run, pieces)) {
            sum = how.merge(sum, part);
        }
        if (kept != null) {
            kept.takeBack();
        }
        return how.result(sum);
    }

    @Override
    public <T> IndexReader<T> index(OtherIndex<T> index, String its) {
        requireDeclared(
                run.ground().others().stream().anyMatch(each -> each.indexes().contains(index)),
                "index " + index.index().name() + " of view " + index.view());
        return run.other(index.view()).reader(index.index(), its, run::bounded);
    }

    @Override
    public <A, R> @Nullable R ask(OtherQuery<A, R> query, A arguments) {
        requireDeclared(
                run.ground().others().stream().anyMatch(each -> each.queries().contains(query)),
                "query " + query.name() + " of view " + query.view());
        return run.askOther(query, arguments);
    }

    private static void requireDeclared(boolean declared, String what) {
        if (!declared) {
            throw new DeclarationException(what + " is not declared by this view");
        }
    }

    @Override
    public <A, R> @Nullable R ask(Query<A, R> query, A arguments) {
        Function<A, String> begins = query.key();
        @Nullable String its = begins == null ? null : begins.apply(arguments);
        if (begins != null && its == null) {
            throw new IllegalArgumentException("the arguments " + arguments + " name no key to begin at");
        }
        RunningQuery there = its == null ? new RunningQuery(run, deeper(), ANYWHERE, null) : at(its, owner(its));
        try {
            return there.doing(here -> query.code().answer(here, arguments));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new QueryRun.FailedPart(e);
        }
    }
}
