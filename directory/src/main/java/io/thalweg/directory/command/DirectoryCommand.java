package io.thalweg.directory.command;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.InvitationId;
import io.thalweg.directory.Names;
import io.thalweg.directory.ReservedLogs;
import io.thalweg.directory.Retention;
import io.thalweg.directory.Role;
import io.thalweg.directory.TenantLimits;
import io.thalweg.directory.ViewCode;
import io.thalweg.directory.ViewOptions;
import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.UserId;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.Event;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that changes the directory. A command is about the tenant of the request that carries it, and whatever it
 * names is looked for in that tenant only. All identifiers and hashes in it were made by the door, so that apply needs no
 * randomness. The refusals named here come beside {@code NOT_FOUND} for anything that is named and not there, {@code
 * UNAUTHENTICATED} for an actor that is nobody in the tenant, {@code FORBIDDEN} for one whose role is too low, and {@code
 * INVALID_REQUEST} for values out of their bounds.
 */
public sealed interface DirectoryCommand {
    /** The version of the cluster that brought states of views beside each other. */
    int VERSION_OF_STATES = 4;

    /** The version of the cluster that brought it: a program that knows only what was before cannot read it. 0 for what was always there. */
    default int since() {
        return 0;
    }

    /** Operator only. {@code ALREADY_EXISTS} for a name or identifier in use. */
    record CreateTenant(String name, TenantLimits limits, ReservedLogs reserved) implements DirectoryCommand {}

    /** Operator only. */
    record ChangeTenantLimits(TenantLimits limits) implements DirectoryCommand {}

    /** Owner. Takes everything with it, all events included. */
    record DeleteTenant() implements DirectoryCommand {}

    /** Operator only; others invite. {@code ALREADY_EXISTS} for an address that is a member. */
    record CreateUser(UserId user, String email, PasswordHash password, Role role) implements DirectoryCommand {
        public CreateUser {
            email = Names.canonicalEmail(email);
        }
    }

    /** The user, or the operator. Voids all tokens of the user. */
    record ChangePassword(UserId user, PasswordHash password) implements DirectoryCommand {}

    /** Admin, a user and not a key. Never above the own role and never owner; good for {@link Bounds#INVITATION_NS}. */
    record CreateInvitation(InvitationId invitation, String email, Role role, SecretHash token)
            implements DirectoryCommand {
        public CreateInvitation {
            email = Names.canonicalEmail(email);
        }
    }

    /** Whoever has the token; the actor is the user to be. {@code ALREADY_EXISTS} when the address is a member by now. */
    record AcceptInvitation(InvitationId invitation, SecretHash token, UserId user, PasswordHash password)
            implements DirectoryCommand {}

    /** Admin, a user and not a key. */
    record RevokeInvitation(InvitationId invitation) implements DirectoryCommand {}

    /** Admin, a user and not a key; neither the old nor the new role above the own, and never away from the last owner. */
    record ChangeRole(UserId user, Role role) implements DirectoryCommand {}

    /** Admin (a user and not a key), or the user itself; never somebody above, never the last owner. */
    record RemoveMember(UserId user) implements DirectoryCommand {}

    /**
     * Admin whose own key, if it is one, has no restrictions. Never above the own role, never owner.
     *
     * @param expiresNs nanoseconds since 1970, in the future; 0 for never
     * @param logs the only logs that the key is to reach; null for all, or for none when {@code ledgers} are named
     * @param ledgers the only ledgers that it is to reach; null for all, or for none when {@code logs} are named
     */
    record CreateKey(
            KeyId key,
            String name,
            SecretHash secret,
            Role role,
            long expiresNs,
            boolean readOnly,
            @Nullable List<LogId> logs,
            @Nullable List<LedgerId> ledgers)
            implements DirectoryCommand {
        public CreateKey {
            logs = logs == null ? null : List.copyOf(logs);
            ledgers = ledgers == null ? null : List.copyOf(ledgers);
        }
    }

    /**
     * Admin, or the key itself. Gives the key a new secret.
     *
     * @param graceSeconds how long the old secret stays good; 0 for not at all
     */
    record RotateKey(KeyId key, SecretHash secret, long graceSeconds) implements DirectoryCommand {}

    /** Admin, or the key itself. */
    record RevokeKey(KeyId key) implements DirectoryCommand {}

    /**
     * Member; a key that is limited to named logs cannot. {@code ALREADY_EXISTS} for a name in use, {@code QUOTA_EXCEEDED}
     * over the tenant's number of logs. There is a log when its shards have confirmed it.
     *
     * @param shard where its streams are to be; {@link Bounds#ANY_SHARD} leaves it to the directory
     */
    record CreateLog(LogId log, String name, int partitions, int shard, Retention retention)
            implements DirectoryCommand {}

    /**
     * As {@link CreateLog}, beside another log: each partition in the shard of the other's same one, or all in the shard of a log that has
     * one. {@code INVALID_REQUEST} when the other has several partitions and not as many.
     */
    record CreateLogWith(LogId log, String name, int partitions, LogId with, Retention retention)
            implements DirectoryCommand {}

    /** Admin. */
    record ChangeRetention(LogId log, Retention retention) implements DirectoryCommand {}

    /**
     * Admin. Names the views that an append waits for which asks for {@code ack=full}, whether they are there yet or not.
     *
     * @param views null for all that follow the log
     */
    record NameFull(LogId log, @Nullable List<String> views) implements DirectoryCommand {
        public NameFull {
            if (views != null && views.size() > Bounds.MAX_FULL) {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "a log names " + Bounds.MAX_FULL + " views at most, not " + views.size());
            }
            views = views == null ? null : List.copyOf(views);
        }

        @Override
        public int since() {
            return 3;
        }
    }

    /**
     * Admin. Slots of a partition go to a new one in the same shard, at a sequence that its shard finds and both streams remember. {@code
     * INVALID_REQUEST} when the partition has none of them, or no other; {@code ALREADY_EXISTS} while another split of the log is under way.
     *
     * @param first the first slot that goes; {@link #HALF} for the upper half of what the partition has
     * @param last the last slot that goes, the same
     */
    record SplitLog(LogId log, int partition, int first, int last) implements DirectoryCommand {
        public static final int HALF = -1;
    }

    /** Admin. Takes its views and all its events with it. */
    record DeleteLog(LogId log) implements DirectoryCommand {}

    /**
     * Member. Version 1 of a new view, active at once. {@code ALREADY_EXISTS} for a name in use in the log, {@code
     * QUOTA_EXCEEDED} over the tenant's number of views. The component's chunks must have been appended before.
     */
    record DeployView(ViewId view, LogId log, String name, ViewCode code) implements DirectoryCommand {}

    /**
     * Member without limits, of a tenant that may. Version 1 of a new view in Java, active at once, with a log for its steps and hops (see
     * {@link View#isJava}). {@code ALREADY_EXISTS} for the name of another, {@code QUOTA_EXCEEDED} over the tenant's number of views.
     *
     * @param steps the log that is made for it
     * @param partitions of the view
     * @param shard that holds all of them
     */
    record DeployJavaView(ViewId view, LogId steps, String name, int partitions, int shard, ViewCode code)
            implements DirectoryCommand {}

    /** Member without limits. A view in Java begins anew, with an empty log for its steps; the one before goes. */
    record RebuildView(ViewId view, LogId steps) implements DirectoryCommand {}

    /** Operator only. Whether the tenant may deploy views in Java, whose code may do all that the node may. */
    record AllowJavaViews(boolean allowed) implements DirectoryCommand {}

    /** Member. The next version of a view that exists, as its candidate; an earlier candidate is dropped. */
    record DeployVersion(ViewId view, ViewCode code) implements DirectoryCommand {}

    /**
     * Member without limits, of a tenant that may. The next version of a view in Java, as its candidate, with a state of its own; an earlier candidate is dropped.
     *
     * @param steps the log that is made for its steps
     * @param partitions of the state, which may be others than those of the active one
     * @param copied whether the state begins as a copy of the active one's, which has as many partitions then
     */
    record DeployBeside(ViewId view, LogId steps, int partitions, ViewCode code, boolean copied)
            implements DirectoryCommand {
        /** One whose state is made of the logs. */
        public DeployBeside(ViewId view, LogId steps, int partitions, ViewCode code) {
            this(view, steps, partitions, code, false);
        }

        @Override
        public int since() {
            return VERSION_OF_STATES;
        }
    }

    /**
     * Member without limits, of a tenant that may. The next version of a view in Java, as its candidate, on the state of the active one: it comes to one partition after the
     * other. An earlier candidate is dropped.
     */
    record DeployRolling(ViewId view, ViewCode code) implements DirectoryCommand {
        @Override
        public int since() {
            return VERSION_OF_STATES;
        }
    }

    /** Member without limits. What may be changed of a view in Java that runs; all of it at once. */
    record ChangeViewOptions(ViewId view, ViewOptions options) implements DirectoryCommand {
        @Override
        public int since() {
            return VERSION_OF_STATES;
        }
    }

    /**
     * Member without limits. Says in the audit that parked events of a view in Java are about to be repaired; changes nothing.
     *
     * @param action what is done with them
     * @param events which ones, in words; at most {@link Bounds#MAX_REASON_BYTES}
     */
    record NoteRepair(ViewId view, String action, String events) implements DirectoryCommand {
        @Override
        public int since() {
            return VERSION_OF_STATES;
        }
    }

    /**
     * Operator only (the node that leads a view in Java). The state of the active version answers; until then nothing of the view's states goes. {@code
     * INVALID_REQUEST} when another version is active by now.
     */
    record ConfirmTakeover(ViewId view, int version) implements DirectoryCommand {
        @Override
        public int since() {
            return VERSION_OF_STATES;
        }
    }

    /**
     * Member; the node, as operator, when a candidate has caught up. The candidate takes over and the active version becomes
     * the previous one. {@code INVALID_REQUEST} for a version that is not the candidate (any more).
     */
    record ActivateVersion(ViewId view, int version) implements DirectoryCommand {}

    /**
     * Member. Undoes the newest deployment: drops the candidate if there is one, and otherwise exchanges the active and the
     * previous version; of a view in Java whose previous version has a state of its own, makes that the candidate, which takes over when it has caught up. {@code
     * INVALID_REQUEST} with neither. While one state takes over from another, both stay, and the version before is active again.
     */
    record RollBackView(ViewId view) implements DirectoryCommand {}

    /** Member. */
    record PauseView(ViewId view) implements DirectoryCommand {}

    /** Member. */
    record ResumeView(ViewId view) implements DirectoryCommand {}

    /**
     * Member. One version of the view does not process this event, and a copy goes to {@code $dead-letters} in the same step.
     * Meant for a version that is parked at it: what was processed stays processed. {@code QUOTA_EXCEEDED} when the version
     * skips too many.
     *
     * @param version one that the view keeps
     * @param reason why, for people; at most {@link Bounds#MAX_REASON_BYTES}
     * @param deadLetter the copy, marked by headers with where it came from; null when the event cannot be read
     */
    record SkipEvent(
            ViewId view,
            int version,
            int partition,
            long sequence,
            String reason,
            @Nullable Event deadLetter) implements DirectoryCommand {}

    /** Member. */
    record DeleteView(ViewId view) implements DirectoryCommand {}

    /**
     * Member; a key that is limited to named logs or ledgers cannot. {@code ALREADY_EXISTS} for a name in use, {@code
     * QUOTA_EXCEEDED} over {@link Bounds#MAX_LEDGERS}.
     *
     * @param shard where it is to be; {@link Bounds#ANY_SHARD} leaves it to the directory
     */
    record CreateLedger(LedgerId ledger, String name, int shard) implements DirectoryCommand {}

    /**
     * Operator only (the node that measured). Adds to the tenant's meters; leaves no audit event. Send it in a session, so
     * that a retry does not count twice.
     */
    record ReportUsage(long storageKibSeconds, long computeNs, long dataOutBytes) implements DirectoryCommand {}

    /**
     * Operator only (the node that leads the directory's shard). Says which shards there are for data: 1 to {@code dataShards}. There
     * are never fewer again: {@code INVALID_REQUEST}. Leaves no audit event; the request's tenant is nobody.
     */
    record OpenShards(int dataShards) implements DirectoryCommand {}

    /**
     * Operator only. Changes the cluster's nodes, or where shards are wanted; refused as {@link io.thalweg.directory.cluster.ClusterRules} say. Leaves no
     * event with a tenant but a line in the cluster's trail; the request's tenant is nobody.
     */
    record ChangeCluster(ClusterChange change) implements DirectoryCommand {}

    /**
     * Operator only (the node that leads the directory's shard). A shard has done what these versions decided, or has refused to
     * make what they name. Repeating it changes nothing. Leaves no audit event; the request's tenant is nobody.
     *
     * @param done versions of the directory whose decisions the shard has carried out
     * @param refused a version whose log or ledger the shard has refused to make, which is taken back on all shards; 0 for none
     */
    record Confirm(int shard, List<Long> done, long refused) implements DirectoryCommand {
        public Confirm {
            done = List.copyOf(done);
        }
    }
}
