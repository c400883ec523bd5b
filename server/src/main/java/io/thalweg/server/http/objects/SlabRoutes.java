package io.thalweg.server.http.objects;

import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.slab.SlabStatus;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Slabs, and how durable what they hold is. */
final class SlabRoutes {
    private static final String TAG = "slabs";

    private final ObjectCalls calls;

    SlabRoutes(ObjectCalls calls) {
        this.calls = calls;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/slabs")
                        .by(Access.READ)
                        .named("list_slabs", TAG, "This node's slab and those that it hears.")
                        .answers(200, "Slabs with class, quota, use and peers.", "SlabList")
                        .to(this::slabs),
                Route.get("/operator/durability")
                        .by(Access.OPERATOR)
                        .named("operator_durability", TAG, "Memos below their target, what is probably lost in a year.")
                        .answers(200, "Durability of what this node's slab holds.", "DurabilityReport")
                        .to(this::report),
                Route.post("/operator/slab/leave")
                        .by(Access.OPERATOR)
                        .named("leave_slab", TAG, "Let this node's slab go for good, or only ask what that would cost.")
                        .query(
                                "anyway",
                                Shape.flag(),
                                "Also when memos would fall below their target; otherwise it stays then.")
                        .answers(200, "What would fall below its target, and whether the slab leaves.", "SlabLeaving")
                        .to(this::leave));
    }

    private SlabStatus status() throws InterruptedException {
        return calls.slab().<SlabStatus>ask((_, slab) -> slab.status());
    }

    private static String lifetime(long seconds) {
        return LifetimeClass.of((double) seconds).name().toLowerCase(Locale.ROOT);
    }

    private void slabs(Call call) throws InterruptedException {
        SlabStatus status = status();
        List<Map<String, Object>> peers = new ArrayList<>();
        for (SlabStatus.PeerStatus peer : status.peers()) {
            Map<String, Object> shown = new LinkedHashMap<>();
            shown.put("slab", peer.slab().toString());
            shown.put("class", lifetime(peer.lifetimeSeconds()));
            shown.put("domain", peer.domain());
            shown.put("silent_seconds", peer.silentSeconds());
            shown.put("free_bytes", peer.freeBytes());
            shown.put("leaving", peer.leaving());
            peers.add(shown);
        }
        Map<String, Object> own = new LinkedHashMap<>();
        own.put("slab", status.slab().toString());
        own.put(
                "class",
                lifetime(calls.slab()
                        .<Long>ask((_, slab) -> slab.options().place().lifetimeSeconds())));
        own.put("starts", status.starts());
        own.put("links", calls.slab().links());
        own.put("quota_bytes", status.quotaBytes());
        own.put("held_bytes", status.heldBytes());
        own.put("held_memos", status.heldMemos());
        own.put("skeletons", status.skeletons());
        own.put("skeleton_bytes", status.skeletonBytes());
        own.put("peers", peers);
        call.reply(200, Map.of("slabs", List.of(own)));
    }

    /** Others count a slab that leaves for nothing and make copies of what only it holds; once nothing would fall below its target it may end. */
    private void leave(Call call) throws InterruptedException {
        boolean anyway = call.query().flag("anyway");
        record Asked(long below, boolean leaves) {}
        Asked asked = calls.slab().<Asked>ask((_, slab) -> {
            long below = slab.belowTargetWithoutSelf();
            if (below == 0 || anyway) {
                slab.leave();
            }
            return new Asked(below, below == 0 || anyway);
        });
        call.reply(200, Map.of("below_target_without_self", asked.below, "leaving", asked.leaves));
    }

    private void report(Call call) throws InterruptedException {
        SlabStatus status = status();
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("held_memos", status.heldMemos());
        reply.put("skeletons", status.skeletons());
        reply.put("skeleton_bytes", status.skeletonBytes());
        reply.put("below_target", status.belowTarget());
        reply.put("annual_loss", status.annualLoss());
        reply.put("below_target_without_self", calls.slab().<Long>ask((_, slab) -> slab.belowTargetWithoutSelf()));
        reply.put("repair_bytes", status.traffic().repairBytes());
        reply.put("evicted_memos", status.traffic().evictedMemos());
        reply.put("redundant_memos", status.traffic().redundantMemos());
        call.reply(200, reply);
    }
}
