package io.thalweg.server.http.objects;

import io.thalweg.directory.Actor;
import io.thalweg.directory.ApiKey;
import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.User;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Principal;
import io.thalweg.server.http.Call;
import io.thalweg.server.slab.Ties;
import java.util.Set;

/**
 * Who of a tenant may read and write a topic's objects. A topic may name its readers and writers, keys by their names and users by their
 * e-mail addresses; admins and the operator may in any case. Checked where a memo enters: what came from another slab was checked there.
 */
final class TopicRights {
    private TopicRights() {}

    static void requireRead(Call call, TopicModel model) {
        require(call, model.policy().readers(), "readers");
    }

    static void requireWrite(Call call, TopicModel model) {
        require(call, model.policy().writers(), "writers");
    }

    private static void require(Call call, Set<String> named, String what) {
        Principal principal = call.principal();
        if (!named.isEmpty()
                && !principal.authority().role().atLeast(Role.ADMIN)
                && !named.contains(name(principal.tenant(), principal.actor()))) {
            throw new ThalwegException(
                    ErrorCode.FORBIDDEN, "the topic names its " + what + ", and the caller is none of them");
        }
    }

    private static String name(Tenant tenant, Actor actor) {
        return switch (actor) {
            case Actor.OfKey(var key) -> tenant.key(key).map(ApiKey::name).orElse("");
            case Actor.OfUser(var user) -> tenant.user(user).map(User::email).orElse("");
            case Actor.Operator _ -> "";
        };
    }

    /** Whoever ties a topic to a log reaches that log himself, and it keeps its events. */
    static void requireLogs(Call call, Ties ties, TopicModel.Policy before, TopicModel.Policy after) {
        requireLog(call, ties, "feeds", before.feeds(), after.feeds());
        requireLog(call, ties, "follows", before.follows(), after.follows());
    }

    private static void requireLog(Call call, Ties ties, String what, String before, String after) {
        if (after.isEmpty() || after.equals(before)) {
            return;
        }
        LogId log = LogId.parse(after);
        if (!call.principal().authority().reaches(log)) {
            throw new ThalwegException(ErrorCode.FORBIDDEN, "'" + what + "' is a log that the caller does not reach");
        }
        ties.against(call.tenantId(), log).ifPresent(why -> {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "'" + what + "': " + why);
        });
    }
}
