package io.thalweg.server.javaviews;

import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.server.javaviews.store.IndexStores;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.stream.StreamCommand;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go of steps of views in Java that nobody needs any more, in the shard that this node leads, and of what hopped and was taken. A step is
 * needed until the index has it for good on a majority of the replicas, this one among them, and until what it sends to other shards is sent;
 * some are kept beyond that, for answers that are asked for again and for followers that are a little behind. Who is further behind copies
 * another replica's index.
 */
public final class StepTrim {
    /** How often, at the longest. */
    static final Duration EVERY_MAX = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(StepTrim.class);

    /** Events of what has hopped that stay once they are taken, at most: nobody reads them again, and each may be 32 KiB. */
    private static final long HOPS_KEPT = 256;

    private final Administration administration;
    private final HostedShard home;
    private final IndexStores stores;
    private final ReplicaWire replicas;
    private final long kept;

    StepTrim(Administration administration, HostedShard home, IndexStores stores, ReplicaWire replicas, long kept) {
        this.administration = administration;
        this.home = home;
        this.stores = stores;
        this.replicas = replicas;
        this.kept = kept;
    }

    /** Looks at every view whose steps are in the shard once. */
    public void sweep() throws InterruptedException {
        Directory now = administration.directory();
        for (Tenant tenant : now.tenants()) {
            for (View view : tenant.views()) {
                for (LogId state : view.isJava() ? view.states() : Set.<LogId>of()) {
                    Optional<Log> steps = tenant.log(state);
                    if (steps.isPresent() && steps.get().shard(0) == home.number()) {
                        try {
                            Long said = view.options().stepsKept();
                            sweep(tenant.id(), steps.get(), said == null ? kept : said);
                        } catch (RuntimeException e) {
                            LOG.warn(
                                    "steps of view {} could not be trimmed; the next sweep tries again",
                                    view.name(),
                                    e);
                        }
                    }
                }
            }
        }
    }

    private void sweep(TenantId tenant, Log steps, long keep) throws InterruptedException {
        UUID id = steps.id().value();
        int partitions = steps.partitions() / View.JAVA_STREAMS;
        List<Long> here = stores.flush(home.number(), id, partitions);
        List<List<Long>> all = new ArrayList<>(List.of(here));
        int others = replicas.others(home.number());
        if (others > 0) {
            replicas.reports(home.number(), id).forEach(report -> {
                if (report.durable().size() == partitions) {
                    all.add(report.durable());
                }
            });
        }
        int majority = (others + 1) / 2 + 1;
        if (all.size() < majority) {
            return;
        }
        StepStore store = stores.of(home.number());
        for (int i = 0; i < partitions; i++) {
            int partition = i;
            List<Long> durable = all.stream().map(each -> each.get(partition)).toList();
            long sent = store.sent(Surroundings.space(id), partition);
            // One before it is kept, too: when it was made is when what the checkpoint has began to be.
            long past = stores.checkpoints(home.number()).neededFrom(id, partition, partitions) - 1;
            long done = Math.min(durableUpTo(durable, majority), sent) - keep;
            trim(tenant, steps.stream(partition), Math.min(done, past), keep);
            SortedMap<String, Long> taken = store.taken(Surroundings.space(id), partition);
            long hopped = taken.getOrDefault(Wiring.hops(partition), 0L);
            hopped = Math.min(hopped, taken.getOrDefault(Wiring.messages(partition), hopped));
            long hops = Math.min(keep, HOPS_KEPT);
            trim(tenant, steps.stream(partitions + partition), hopped - hops, hops);
        }
    }

    /**
     * Up to which step a partition's index is durable on a majority, the first of the replicas among them.
     *
     * @param durable of each replica that answers
     */
    static long durableUpTo(List<Long> durable, int majority) {
        List<Long> newestFirst =
                durable.stream().sorted(Comparator.reverseOrder()).toList();
        return Math.min(durable.getFirst(), newestFirst.get(majority - 1));
    }

    private void trim(TenantId tenant, StreamId stream, long upTo, long keep) throws InterruptedException {
        long first = home.shard().stats(stream).map(stats -> stats.first()).orElse(Long.MAX_VALUE);
        // By a tenth of what is kept at least: a trim is a request like others.
        if (upTo + 1 >= first + Math.max(1, keep / 10)) {
            Await.reply(home.shard().submit(new StreamCommand.Trim(stream, upTo + 1).toRequest(tenant)))
                    .orThrow();
        }
    }
}
