package io.thalweg.server.http.cluster;

import io.thalweg.cluster.plan.Move;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A plan of an operator's. Its id is all of it, packed: every node knows it, and none has to keep it or can lose it. What it leads to is decided anew when it is
 * run, so that a made-up id does nothing that the operator could not ask for otherwise.
 *
 * @param action drain, add, remove, replace, rebalance, leaders, move or transfer
 * @param moves of replicas; of leadership for leaders, and one, to who is to lead, for a transfer
 * @param node that goes, or comes
 * @param peer address of one that comes, as the next two
 */
record OperatorPlan(
        String action,
        List<Move> moves,
        @Nullable String node,
        @Nullable String peer,
        @Nullable String http,
        @Nullable String agent) {
    private static final int BYTES_MAX = 1 << 18;

    OperatorPlan {
        moves = List.copyOf(moves);
    }

    /** Who is to have nothing any more; null when nobody is. */
    @Nullable
    String drained() {
        return action.equals("drain") || action.equals("replace") ? node : null;
    }

    /** Whether its steps are replicas that go from node to node, and not who leads them. */
    boolean copies() {
        return !action.equals("transfer") && !action.equals("leaders");
    }

    String id() {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
            out.write(Json.write(this));
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot be written", e);
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(packed.toByteArray());
    }

    /** @throws ThalwegException {@code NOT_FOUND} for what is no id of a plan */
    static OperatorPlan of(String id) {
        try (InflaterInputStream in = new InflaterInputStream(
                new ByteArrayInputStream(Base64.getUrlDecoder().decode(id)))) {
            byte[] bytes = in.readNBytes(BYTES_MAX);
            return Json.readStrictly(bytes, OperatorPlan.class);
        } catch (IOException | RuntimeException e) {
            throw new ThalwegException(ErrorCode.NOT_FOUND, "this is no id of a plan: make one with POST …/plans", e);
        }
    }
}
