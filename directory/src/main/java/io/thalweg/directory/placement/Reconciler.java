package io.thalweg.directory.placement;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Pending;
import io.thalweg.directory.Want;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryResult;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Carries the directory's decisions to the shards, and the shards' confirmations back. Its owner calls {@link #step} whenever the
 * directory has changed and now and then besides, on the node that leads the directory's shard; a step on another does no harm, only
 * work. It keeps nothing that is needed: another one begins from what the directory says is pending.
 *
 * <p>One round a shard is under way at a time: all that is pending for it goes in one request (several when it is much), and is confirmed
 * in one command. A round that fails anywhere is begun anew by a later step. Thread-safe; never blocks.
 */
public final class Reconciler {
    /** The tenant of requests that are about none. */
    public static final TenantId NOBODY = new TenantId(new UUID(0, 0));

    /** Wants in one request, about 20 bytes each. */
    private static final int WANTS_MAX = 10_000;

    private final Supplier<Directory> directory;
    private final BiFunction<Integer, Request, CompletableFuture<Reply>> shards;
    private final DirectoryClient client;

    /** Shards whose round is under way. */
    private final Set<Integer> busy = new HashSet<>();

    /** By shard, the directory's version that has its newest confirmation: an older one would be told again. */
    private final Map<Integer, Long> confirmed = new HashMap<>();

    /**
     * @param directory the newest directory that this node sees
     * @param shards submits a request to the shard of a number
     */
    public Reconciler(
            Supplier<Directory> directory,
            BiFunction<Integer, Request, CompletableFuture<Reply>> shards,
            DirectoryClient client) {
        this.directory = directory;
        this.shards = shards;
        this.client = client;
    }

    /** Begins a round with each shard that has something to do and none under way. */
    public void step() {
        Directory now = directory.get();
        Set<Integer> waited = new TreeSet<>();
        now.pending().forEach(decision -> waited.addAll(decision.wants().keys()));
        for (int shard : waited) {
            if (begin(shard, now.version())) {
                round(shard, now);
            }
        }
    }

    private synchronized boolean begin(int shard, long version) {
        return confirmed.getOrDefault(shard, 0L) <= version && busy.add(shard);
    }

    private void round(int shard, Directory now) {
        List<PlaceRequest.Item> items = new ArrayList<>();
        for (Pending decision : now.pending()) {
            List<Want> wants = decision.wants(shard);
            if (!wants.isEmpty()) {
                items.add(new PlaceRequest.Item(decision.version(), decision.tenant(), wants));
            }
        }
        Set<Long> done = new LinkedHashSet<>();
        items.forEach(item -> done.add(item.decision()));
        var _ = tell(shard, now.version(), items)
                .thenCompose(refused -> {
                    done.removeAll(refused);
                    return confirm(shard, List.copyOf(done), refused);
                })
                .whenComplete((version, failure) -> end(shard, failure == null ? version : 0));
    }

    private synchronized void end(int shard, long version) {
        busy.remove(shard);
        confirmed.merge(shard, version, Math::max);
    }

    /** Completes with the decisions that the shard refuses. */
    private CompletableFuture<Set<Long>> tell(int shard, long asOf, List<PlaceRequest.Item> items) {
        CompletableFuture<Set<Long>> told = CompletableFuture.completedFuture(new TreeSet<>());
        for (List<PlaceRequest.Item> part : parts(items)) {
            Request request = Request.of(NOBODY, Operation.PLACE, new PlaceRequest(asOf, part).encode());
            CompletableFuture<Reply> reply = shards.apply(shard, request);
            told = told.thenCombine(reply, (refused, answer) -> {
                refused.addAll(PlaceRequest.decodeReply(answer.orThrow()));
                return refused;
            });
        }
        return told;
    }

    /** The same in pieces that fit a request; what is too large for one is cut. */
    private static List<List<PlaceRequest.Item>> parts(List<PlaceRequest.Item> items) {
        List<List<PlaceRequest.Item>> parts = new ArrayList<>();
        List<PlaceRequest.Item> part = new ArrayList<>();
        int room = WANTS_MAX;
        for (PlaceRequest.Item item : items) {
            for (int from = 0; from < item.wants().size(); ) {
                int to = Math.min(item.wants().size(), from + room);
                part.add(new PlaceRequest.Item(
                        item.decision(), item.tenant(), item.wants().subList(from, to)));
                room -= to - from;
                from = to;
                if (room == 0) {
                    parts.add(part);
                    part = new ArrayList<>();
                    room = WANTS_MAX;
                }
            }
        }
        if (!part.isEmpty()) {
            parts.add(part);
        }
        return parts;
    }

    /** Completes with the directory's version that has the confirmation. */
    private CompletableFuture<Long> confirm(int shard, List<Long> done, Set<Long> refused) {
        CompletableFuture<DirectoryResult> confirmed = send(new DirectoryCommand.Confirm(shard, done, 0));
        for (long version : refused) {
            confirmed = confirmed.thenCompose(_ -> send(new DirectoryCommand.Confirm(shard, List.of(), version)));
        }
        return confirmed.thenApply(DirectoryResult::version);
    }

    private CompletableFuture<DirectoryResult> send(DirectoryCommand command) {
        return client.submit(NOBODY, Actor.operator(), command);
    }
}
