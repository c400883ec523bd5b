package io.thalweg.server.agent;

import io.thalweg.cluster.action.Arguments;
import io.thalweg.cluster.action.Handler;
import io.thalweg.cluster.datastore.Datastore;
import io.thalweg.directory.Directory;
import io.thalweg.model.TenantId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.data.TenantRemains;
import io.thalweg.server.routing.HostedShard;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What an operator's tool can have a node do about what was deleted: see what of a tenant is left on its disk, and have that go. */
final class ErasureActions {
    /** In a report that is not whole. */
    static final String LOOKED_AT = "looked_at";

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** Places that a report names; the sums are of all. */
    private static final int PLACES_MAX = 100;

    /** What a step reads, and then the rest of the file. */
    private static final long STEP_BYTES = 256 << 20;

    private ErasureActions() {}

    /** By kind. */
    static Map<String, Handler> all(
            Path data, List<HostedShard> shards, Supplier<Directory> directory, Erase.Slab slab, Clock clock) {
        return Map.of(
                Datastore.SCOPE + "tenant.remains",
                new Remains(data),
                Erase.KIND,
                new Erase(shards, directory, slab, new Remains(data), clock));
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
                return new Outcome.Again(report.put(LOOKED_AT, seen.size()).toString());
            }
            report.remove(LOOKED_AT);
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
}
