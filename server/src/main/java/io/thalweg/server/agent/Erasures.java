package io.thalweg.server.agent;

import io.thalweg.cluster.action.Action;
import io.thalweg.cluster.action.Actions;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.peer.PeerErasure;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Has what was deleted go from this node's disk by its actions, so that a restart of the process goes on with it. Thread-safe. */
public final class Erasures implements PeerErasure.Eraser {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final Actions actions;
    private final Clock clock;

    public Erasures(Actions actions, Clock clock) {
        this.actions = actions;
        this.clock = clock;
    }

    @Override
    public PeerErasure erase(UUID id, Optional<TenantId> tenant, long version) {
        Optional<Action> known = actions.find(id);
        if (known.isEmpty()) {
            schedule(id, tenant, version);
            known = actions.find(id);
        }
        Action action = known.filter(each -> each.kind().equals(Erase.KIND))
                .orElseThrow(() ->
                        new ThalwegException(ErrorCode.ALREADY_EXISTS, "there is another action with the id " + id));
        return new PeerErasure(
                action.phase().name().toLowerCase(Locale.ROOT),
                action.state().error(),
                action.state().payload());
    }

    private void schedule(UUID id, Optional<TenantId> tenant, long version) {
        ObjectNode args = MAPPER.createObjectNode().put(Erase.VERSION, version);
        tenant.ifPresent(named -> args.put(Erase.TENANT, named.toString()));
        try {
            actions.schedule(new Actions.Invocation(
                    id, Erase.KIND, args.toString(), Map.of(), Map.of(), "OPERATOR", clock.wallNs()));
        } catch (ThalwegException e) {
            if (e.code() != ErrorCode.ALREADY_EXISTS) { // Or somebody asked at the same time.
                throw e;
            }
        }
    }
}
