package io.thalweg.server.http.cluster;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.peer.PeerErasure;
import io.thalweg.server.peer.PeerRoad;
import io.thalweg.server.routing.Administration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Has what was deleted go from the disks of all nodes, from whichever is asked. What was begun is asked for by the same call again. */
public final class ErasureRoutes {
    private static final String TAG = "cluster";
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final PeerErasure.Eraser here;
    private final Administration administration;
    private final String self;
    private final Optional<Supplier<ClusterNodes>> nodes;
    private final Optional<PeerRoad> road;

    /**
     * @param here of this node
     * @param self its id
     * @param nodes of the cluster; empty for a node alone, as is the road to them
     */
    public ErasureRoutes(
            PeerErasure.Eraser here,
            Administration administration,
            String self,
            Optional<Supplier<ClusterNodes>> nodes,
            Optional<PeerRoad> road) {
        this.here = here;
        this.administration = administration;
        this.self = self;
        this.nodes = nodes;
        this.road = road;
    }

    List<Route> routes() {
        return List.of(Route.put("/operator/cluster/erasures/{erasure}")
                .by(Access.OPERATOR)
                .named(
                        "erase",
                        TAG,
                        "Have what was deleted go from the disk of each node, and say how far each is. The caller"
                                + " chooses the id, and repeats the call until all are done.")
                .takes(MediaTypes.JSON, "NewErasure")
                .answers(200, "How far each node is.", "Erasure")
                .to(this::erase));
    }

    record NewErasure(@Nullable String tenantId) {}

    record NodeErasure(
            String nodeId,
            String phase,
            @Nullable String error,
            @Nullable JsonNode report) {}

    record Erasure(String erasureId, List<NodeErasure> nodes) {}

    private void erase(Call call) {
        UUID id = id(call.path("erasure"));
        Optional<TenantId> tenant = Optional.ofNullable(
                        call.strictJson(NewErasure.class).tenantId())
                .map(ErasureRoutes::tenant);
        if (tenant.flatMap(administration.directory()::tenant).isPresent()) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "the tenant is there: delete it before its bytes are erased");
        }
        long version = administration.directory().version();
        Map<String, CompletableFuture<PeerErasure>> asked = new TreeMap<>();
        for (ClusterNode node : nodes.map(known -> known.get().nodes()).orElse(List.of())) {
            if (!node.id().equals(self)) {
                asked.put(node.id(), road.orElseThrow().erase(node, id, tenant, version));
            }
        }
        asked.put(self, CompletableFuture.completedFuture(here.erase(id, tenant, version)));
        List<NodeErasure> said = asked.entrySet().stream()
                .map(each -> view(
                        each.getKey(),
                        each.getValue()
                                .exceptionally(e -> PeerErasure.unknown(String.valueOf(e.getMessage())))
                                .join()))
                .toList();
        call.reply(200, new Erasure(id.toString(), said));
    }

    private static NodeErasure view(String node, PeerErasure said) {
        return new NodeErasure(
                node,
                said.phase(),
                said.error().isEmpty() ? null : said.error(),
                said.payload().isEmpty() ? null : MAPPER.readTree(said.payload()));
    }

    private static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "the id of an erasure is a UUID", e);
        }
    }

    private static TenantId tenant(String text) {
        try {
            return TenantId.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "'tenant_id' is no id of a tenant", e);
        }
    }
}
