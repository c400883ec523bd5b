package io.thalweg.directory;

import io.thalweg.model.Event;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.UserId;
import io.thalweg.model.ViewId;
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
     * over the tenant's number of logs.
     *
     * @param shard where its streams are to be; so far only {@link Bounds#DIRECTORY_SHARD}
     */
    record CreateLog(LogId log, String name, int partitions, int shard, Retention retention)
            implements DirectoryCommand {}

    /** Admin. */
    record ChangeRetention(LogId log, Retention retention) implements DirectoryCommand {}

    /** Admin. Takes its views and all its events with it. */
    record DeleteLog(LogId log) implements DirectoryCommand {}

    /**
     * Member. Version 1 of a new view, active at once. {@code ALREADY_EXISTS} for a name in use in the log, {@code
     * QUOTA_EXCEEDED} over the tenant's number of views. The component's chunks must have been appended before.
     */
    record DeployView(ViewId view, LogId log, String name, ViewCode code) implements DirectoryCommand {}

    /** Member. The next version of a view that exists, as its candidate; an earlier candidate is dropped. */
    record DeployVersion(ViewId view, ViewCode code) implements DirectoryCommand {}

    /**
     * Member; the node, as operator, when a candidate has caught up. The candidate takes over and the active version becomes
     * the previous one. {@code INVALID_REQUEST} for a version that is not the candidate (any more).
     */
    record ActivateVersion(ViewId view, int version) implements DirectoryCommand {}

    /**
     * Member. Undoes the newest deployment: drops the candidate if there is one, and otherwise exchanges the active and the
     * previous version. {@code INVALID_REQUEST} with neither.
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
     * @param shard where it is to be; so far only {@link Bounds#DIRECTORY_SHARD}
     */
    record CreateLedger(LedgerId ledger, String name, int shard) implements DirectoryCommand {}

    /**
     * Operator only (the node that measured). Adds to the tenant's meters; leaves no audit event. Send it in a session, so
     * that a retry does not count twice.
     */
    record ReportUsage(long storageKibSeconds, long computeNs, long dataOutBytes) implements DirectoryCommand {}

    /** Bounds of the directory that are no tenant's own. */
    final class Bounds {
        /** The shard that holds the directory. */
        public static final int DIRECTORY_SHARD = 0;

        public static final int MAX_TENANTS = 100_000;
        public static final int MAX_USERS = 10_000;
        public static final int MAX_KEYS = 10_000;
        public static final int MAX_INVITATIONS = 1_000;
        public static final int MAX_PARTITIONS = 1_024;
        public static final int MAX_KEY_LOGS = 1_000;

        /** Ledgers of one tenant: each has memory of its own. */
        public static final int MAX_LEDGERS = 100;

        public static final int MAX_STUBS = 1_000;

        /** Longest world, stub or password hash, in UTF-8 bytes. */
        public static final int MAX_TEXT_BYTES = 512;

        public static final int MAX_REASON_BYTES = 4_096;

        /** How long an invitation is good. */
        public static final long INVITATION_NS = 7 * 86_400_000_000_000L;

        /** Longest grace period of a rotated secret. */
        public static final long MAX_GRACE_SECONDS = 30 * 86_400L;

        private Bounds() {}
    }
}
