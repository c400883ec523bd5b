package io.thalweg.server.agent;

import io.thalweg.cluster.action.Arguments;
import io.thalweg.cluster.action.Handler;
import io.thalweg.cluster.datastore.Datastore;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Pending;
import io.thalweg.directory.Want;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.data.TenantRemains;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.HostedShard;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What an operator's tool can have a node do about what was deleted: see what of a tenant is left on its disk, and have that go. */
final class ErasureActions {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** Places that a report names; the sums are of all. */
    private static final int PLACES_MAX = 100;

    /** What a step reads, and then the rest of the file. */
    private static final long STEP_BYTES = 256 << 20;

    private ErasureActions() {}

    /** By kind. */
    static Map<String, Handler> all(Path data, List<HostedShard> shards, Supplier<Directory> directory) {
        return Map.of(
                Datastore.SCOPE + "tenant.remains", new Remains(data),
                Datastore.SCOPE + "node.erase", new Erase(shards, directory));
    }

    /**
     * Looks through some files in each step; the payload is what was found so far, by folder. What is there under another name than before is
     * looked at once more, so that nothing is missed that moves meanwhile. It is over when there is no file that it has not looked at.
     */
    private static final class Remains implements Handler {
        private final Path data;

        /** Files that were looked at since the first step. Of the thread of the actions. */
        private final Set<String> seen = new HashSet<>();

        Remains(Path data) {
            this.data = data;
        }

        @Override
        public void check(Arguments args) {
            args.requireOnly("tenant");
            var _ = TenantId.parse(args.required("tenant"));
        }

        @Override
        public Outcome step(Arguments args, String payload) {
            TenantId tenant = TenantId.parse(args.required("tenant"));
            // After a restart nobody knows any more what was looked at.
            boolean isNew = payload.isEmpty() || seen.isEmpty();
            ObjectNode report = isNew ? begin(tenant) : (ObjectNode) MAPPER.readTree(payload);
            if (isNew) {
                seen.clear();
            }
            long read = 0;
            boolean isOver = true;
            try {
                for (Path file : TenantRemains.files(data)) {
                    String name = data.relativize(file).toString();
                    if (!seen.contains(name)) {
                        TenantRemains.Found found = TenantRemains.look(file, tenant);
                        seen.add(name);
                        isOver = false;
                        add(report, name, found);
                        read += found.read();
                        if (read > STEP_BYTES) {
                            break;
                        }
                    }
                }
            } catch (IOException e) {
                // A folder went while it was looked into, as those of replicas do that come and go.
                isOver = false;
            }
            if (!isOver) {
                return new Outcome.Again(report.put("looked_at", seen.size()).toString());
            }
            report.remove("looked_at");
            seen.clear();
            return new Outcome.Done(report.toString());
        }

        private static ObjectNode begin(TenantId tenant) {
            ObjectNode report = MAPPER.createObjectNode()
                    .put("tenant_id", tenant.toString())
                    .put("files", 0)
                    .put("requests", 0)
                    .put("bytes", 0);
            report.putObject("places");
            return report;
        }

        private static void add(ObjectNode report, String name, TenantRemains.Found found) {
            if (found.requests() == 0) {
                return;
            }
            report.put("files", report.path("files").asInt() + 1)
                    .put("requests", report.path("requests").asLong() + found.requests())
                    .put("bytes", report.path("bytes").asLong() + found.bytes());
            ObjectNode places = (ObjectNode) report.path("places");
            String folder = name.substring(0, Math.max(0, name.lastIndexOf('/')));
            if (places.has(folder) || places.size() < PLACES_MAX) {
                places.put(folder, places.path(folder).asLong() + found.bytes());
            }
        }
    }

    /**
     * Has each shard's replica here write its segments again without what was deleted, however little of them that is, once it has applied what the directory has deleted;
     * and has its group's own log go as far as a snapshot covers it.
     */
    private record Erase(List<HostedShard> shards, Supplier<Directory> directory) implements Handler {
        private static final String PENDING = "waits for shards to delete what the directory has deleted";

        @Override
        public void check(Arguments args) {
            args.requireOnly();
        }

        @Override
        public Outcome step(Arguments args, String payload) throws InterruptedException {
            Set<Integer> behind = new TreeSet<>();
            // The directory first: what it has deleted by now is deleted in the shards before they are asked.
            Optional<HostedShard> decides = shards.stream()
                    .filter(home -> home.number() == Bounds.DIRECTORY_SHARD)
                    .findFirst();
            if (decides.isEmpty() || !isCurrent(decides.get())) {
                behind.add(Bounds.DIRECTORY_SHARD);
            }
            if (behind.isEmpty() && isDeleting()) {
                return new Outcome.Again(PENDING);
            }
            for (HostedShard home : shards) {
                if (!isCurrent(home) || !isAsked(home)) {
                    behind.add(home.number());
                }
            }
            return behind.isEmpty()
                    ? new Outcome.Done("")
                    : new Outcome.Failed("what is deleted by now may stay in shards " + behind
                            + ", which have no leader or are not open");
        }

        /** Whether a replica has everything that was ordered before this call. */
        private static boolean isCurrent(HostedShard home) throws InterruptedException {
            try {
                Await.reply(home.shard().barrier());
                return true;
            } catch (ThalwegException e) {
                return false;
            }
        }

        private static boolean isAsked(HostedShard home) {
            try {
                home.shard().erase();
                // Not waited for: the report says when it is gone.
                var _ = home.shard().forget();
                return true;
            } catch (IllegalStateException e) {
                return false; // Its files are not open.
            }
        }

        private boolean isDeleting() {
            List<Pending> pending = directory.get().pending();
            return shards.stream()
                    .flatMap(home -> pending.stream().flatMap(decision -> decision.wants(home.number()).stream()))
                    .anyMatch(want -> want instanceof Want.DropStream || want instanceof Want.DropLedger);
        }
    }
}
