package io.thalweg.directory.command;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.Retention;
import io.thalweg.directory.TenantLimits;
import io.thalweg.directory.ViewCode;
import io.thalweg.directory.ViewOptions;
import io.thalweg.directory.command.DirectoryCommand.AcceptInvitation;
import io.thalweg.directory.command.DirectoryCommand.ActivateVersion;
import io.thalweg.directory.command.DirectoryCommand.AllowJavaViews;
import io.thalweg.directory.command.DirectoryCommand.ChangeCluster;
import io.thalweg.directory.command.DirectoryCommand.ChangePassword;
import io.thalweg.directory.command.DirectoryCommand.ChangeRetention;
import io.thalweg.directory.command.DirectoryCommand.ChangeRole;
import io.thalweg.directory.command.DirectoryCommand.ChangeTenantLimits;
import io.thalweg.directory.command.DirectoryCommand.ChangeViewOptions;
import io.thalweg.directory.command.DirectoryCommand.Confirm;
import io.thalweg.directory.command.DirectoryCommand.ConfirmTakeover;
import io.thalweg.directory.command.DirectoryCommand.CreateInvitation;
import io.thalweg.directory.command.DirectoryCommand.CreateKey;
import io.thalweg.directory.command.DirectoryCommand.CreateLedger;
import io.thalweg.directory.command.DirectoryCommand.CreateLog;
import io.thalweg.directory.command.DirectoryCommand.CreateLogWith;
import io.thalweg.directory.command.DirectoryCommand.CreateTenant;
import io.thalweg.directory.command.DirectoryCommand.CreateUser;
import io.thalweg.directory.command.DirectoryCommand.DeleteLog;
import io.thalweg.directory.command.DirectoryCommand.DeleteTenant;
import io.thalweg.directory.command.DirectoryCommand.DeleteView;
import io.thalweg.directory.command.DirectoryCommand.DeployBeside;
import io.thalweg.directory.command.DirectoryCommand.DeployJavaView;
import io.thalweg.directory.command.DirectoryCommand.DeployRolling;
import io.thalweg.directory.command.DirectoryCommand.DeployVersion;
import io.thalweg.directory.command.DirectoryCommand.DeployView;
import io.thalweg.directory.command.DirectoryCommand.NameFull;
import io.thalweg.directory.command.DirectoryCommand.NoteRepair;
import io.thalweg.directory.command.DirectoryCommand.OpenShards;
import io.thalweg.directory.command.DirectoryCommand.PauseView;
import io.thalweg.directory.command.DirectoryCommand.RebuildView;
import io.thalweg.directory.command.DirectoryCommand.RemoveMember;
import io.thalweg.directory.command.DirectoryCommand.ReportUsage;
import io.thalweg.directory.command.DirectoryCommand.ResumeView;
import io.thalweg.directory.command.DirectoryCommand.RevokeInvitation;
import io.thalweg.directory.command.DirectoryCommand.RevokeKey;
import io.thalweg.directory.command.DirectoryCommand.RollBackView;
import io.thalweg.directory.command.DirectoryCommand.RotateKey;
import io.thalweg.directory.command.DirectoryCommand.SkipEvent;
import io.thalweg.directory.command.DirectoryCommand.SplitLog;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.event.Event;
import java.util.List;
import java.util.Optional;

/**
 * What the audit log tells of a command: one flat JSON object that begins with {@code action}, {@code actor_kind} and
 * {@code actor_id}, then says what the command named. When it happened is the event's own time. It is made from the command
 * alone, so that the door can put it into the request and apply can check it byte by byte; hashes and secrets are never in it.
 *
 * <p>The text is therefore part of the format of {@link DirectoryRequest}: entries of an older release are applied again after an
 * update, and must pass the same check. Whoever changes a word here gives the request a new format and keeps the old one.
 */
public final class AuditEvent {
    public static final String CONTENT_TYPE = "application/json";

    private AuditEvent() {}

    /** The event; empty for what is no administrative action. */
    public static Optional<Event> of(Actor actor, DirectoryCommand command) {
        if (command instanceof ReportUsage
                || command instanceof OpenShards
                || command instanceof ChangeCluster
                || command instanceof Confirm) {
            return Optional.empty();
        }
        JsonText json = new JsonText().text("action", action(command));
        switch (actor) {
            case Actor.Operator _ -> json.text("actor_kind", "operator");
            case Actor.OfKey(var key) -> json.text("actor_kind", "key").text("actor_id", key.toString());
            case Actor.OfUser(var user) -> json.text("actor_kind", "user").text("actor_id", user.toString());
        }
        describe(command, json);
        return Optional.of(Event.of(CONTENT_TYPE, json.toBytes()));
    }

    private static String action(DirectoryCommand command) {
        return switch (command) {
            case CreateTenant _ -> "tenant.create";
            case ChangeTenantLimits _ -> "tenant.limits";
            case DeleteTenant _ -> "tenant.delete";
            case CreateUser _ -> "user.create";
            case ChangePassword _ -> "user.password";
            case CreateInvitation _ -> "invitation.create";
            case AcceptInvitation _ -> "invitation.accept";
            case RevokeInvitation _ -> "invitation.revoke";
            case ChangeRole _ -> "member.role";
            case RemoveMember _ -> "member.remove";
            case CreateKey _ -> "key.create";
            case RotateKey _ -> "key.rotate";
            case RevokeKey _ -> "key.revoke";
            case CreateLedger _ -> "ledger.create";
            case CreateLog _, CreateLogWith _ -> "log.create";
            case DeployJavaView _ -> "view.deploy";
            case RebuildView _ -> "view.rewind";
            case AllowJavaViews _ -> "tenant.java_views";
            case ChangeRetention _ -> "log.retention";
            case NameFull _ -> "log.full";
            case DeleteLog _ -> "log.delete";
            case SplitLog _ -> "log.split";
            case DeployView _ -> "view.deploy";
            case DeployVersion _ -> "view.deploy_version";
            case DeployBeside _ -> "view.deploy_beside";
            case DeployRolling _ -> "view.deploy_rolling";
            case ChangeViewOptions _ -> "view.options";
            case NoteRepair _ -> "view.repair";
            case ConfirmTakeover _ -> "view.took_over";
            case ActivateVersion _ -> "view.activate";
            case RollBackView _ -> "view.roll_back";
            case PauseView _ -> "view.pause";
            case ResumeView _ -> "view.resume";
            case SkipEvent _ -> "view.skip";
            case DeleteView _ -> "view.delete";
            case ReportUsage _ -> "usage.report";
            case OpenShards _ -> "shards.open";
            case ChangeCluster _ -> "cluster.change";
            case Confirm _ -> "placement.confirm";
        };
    }

    private static void describe(DirectoryCommand command, JsonText json) {
        switch (command) {
            case CreateTenant c -> {
                json.text("name", c.name());
                limits(c.limits(), json);
            }
            case ChangeTenantLimits c -> limits(c.limits(), json);
            case DeleteTenant _ -> {}
            case CreateUser c ->
                json.text("user_id", c.user().toString())
                        .text("email", c.email())
                        .text("role", c.role().text());
            case ChangePassword c -> json.text("user_id", c.user().toString());
            case CreateInvitation c ->
                json.text("invitation_id", c.invitation().toString())
                        .text("email", c.email())
                        .text("role", c.role().text());
            case AcceptInvitation c ->
                json.text("invitation_id", c.invitation().toString())
                        .text("user_id", c.user().toString());
            case RevokeInvitation c -> json.text("invitation_id", c.invitation().toString());
            case ChangeRole c ->
                json.text("user_id", c.user().toString()).text("role", c.role().text());
            case RemoveMember c -> json.text("user_id", c.user().toString());
            case CreateKey c -> {
                json.text("key_id", c.key().toString())
                        .text("name", c.name())
                        .text("role", c.role().text())
                        .number("expires_ns", c.expiresNs())
                        .bool("read_only", c.readOnly());
                List<LogId> logs = c.logs();
                if (logs != null) {
                    json.texts("logs", logs.stream().map(LogId::toString).toList());
                }
                List<LedgerId> ledgers = c.ledgers();
                if (ledgers != null) {
                    json.texts(
                            "ledgers", ledgers.stream().map(LedgerId::toString).toList());
                }
            }
            case RotateKey c -> json.text("key_id", c.key().toString()).number("grace_seconds", c.graceSeconds());
            case RevokeKey c -> json.text("key_id", c.key().toString());
            case CreateLedger c -> {
                json.text("ledger_id", c.ledger().toString()).text("name", c.name());
                shard(c.shard(), json);
            }
            case CreateLog c -> {
                json.text("log_id", c.log().toString()).text("name", c.name()).number("partitions", c.partitions());
                shard(c.shard(), json);
                retention(c.retention(), json);
            }
            case CreateLogWith c -> {
                json.text("log_id", c.log().toString())
                        .text("name", c.name())
                        .number("partitions", c.partitions())
                        .text("with", c.with().toString());
                retention(c.retention(), json);
            }
            case DeployJavaView c -> {
                json.text("view_id", c.view().toString()).text("name", c.name()).number("partitions", c.partitions());
                code(c.code(), json);
            }
            case RebuildView c -> json.text("view_id", c.view().toString());
            case AllowJavaViews c -> json.bool("allowed", c.allowed());
            case ChangeRetention c -> {
                json.text("log_id", c.log().toString());
                retention(c.retention(), json);
            }
            case SplitLog c -> {
                json.text("log_id", c.log().toString()).number("partition", c.partition());
                if (c.first() != SplitLog.HALF) {
                    json.number("first_slot", c.first()).number("last_slot", c.last());
                }
            }
            case NameFull c -> {
                List<String> views = c.views();
                json.text("log_id", c.log().toString()).text("views", views == null ? "*" : String.join(",", views));
            }
            case DeleteLog c -> json.text("log_id", c.log().toString());
            case DeployView c -> {
                json.text("view_id", c.view().toString())
                        .text("log_id", c.log().toString())
                        .text("name", c.name());
                code(c.code(), json);
            }
            case DeployVersion c -> {
                json.text("view_id", c.view().toString());
                code(c.code(), json);
            }
            case DeployBeside c -> {
                json.text("view_id", c.view().toString()).number("partitions", c.partitions());
                if (c.copied()) {
                    json.bool("copied", true);
                }
                code(c.code(), json);
            }
            case DeployRolling c -> code(c.code(), json.text("view_id", c.view().toString()));
            case ChangeViewOptions c ->
                options(c.options(), json.text("view_id", c.view().toString()));
            case ConfirmTakeover c -> json.text("view_id", c.view().toString()).number("version", c.version());
            case NoteRepair c ->
                json.text("view_id", c.view().toString())
                        .text("repair", c.action())
                        .text("events", c.events());
            case ActivateVersion c -> json.text("view_id", c.view().toString()).number("version", c.version());
            case RollBackView c -> json.text("view_id", c.view().toString());
            case PauseView c -> json.text("view_id", c.view().toString());
            case ResumeView c -> json.text("view_id", c.view().toString());
            case SkipEvent c ->
                json.text("view_id", c.view().toString())
                        .number("version", c.version())
                        .number("partition", c.partition())
                        .number("sequence", c.sequence())
                        .text("reason", c.reason());
            case DeleteView c -> json.text("view_id", c.view().toString());
            case ReportUsage _, OpenShards _, ChangeCluster _, Confirm _ -> {}
        }
    }

    /** Where it was to be, if the command said so; where it is, the directory knows. */
    private static void shard(int shard, JsonText json) {
        if (shard != Bounds.ANY_SHARD) {
            json.number("shard", shard);
        }
    }

    private static void limits(TenantLimits limits, JsonText json) {
        TenantLimits.RateLimit rate = limits.rate();
        if (rate != null) {
            json.number("rate_refill_per_second", rate.refillPerSecond())
                    .number("rate_burst", rate.burst())
                    .number("rate_capacity", rate.capacity());
        }
        json.number("storage_bytes", limits.storageBytes())
                .number("max_logs", limits.maxLogs())
                .number("max_views", limits.maxViews());
    }

    private static void retention(Retention retention, JsonText json) {
        json.number("max_age_seconds", retention.maxAgeSeconds()).number("max_bytes", retention.maxBytes());
    }

    /** Those that are said; the others are as the class says, or as they are unless said. */
    private static void options(ViewOptions options, JsonText json) {
        if (options.onPoison() != null) {
            json.text("on_poison", options.onPoison().text());
        }
        if (options.attempts() != null) {
            json.number("attempts", options.attempts());
        }
        if (options.stepInputs() != null) {
            json.number("step_inputs", options.stepInputs());
        }
        if (options.patienceMs() != null) {
            json.number("patience_ms", options.patienceMs());
        }
        if (options.stepsKept() != null) {
            json.number("steps_kept", options.stepsKept());
        }
        if (options.takeOver() != null) {
            json.text("take_over", options.takeOver().text());
        }
    }

    /** The component's digest is no secret: it says which code ran. */
    private static void code(ViewCode code, JsonText json) {
        json.text("component_sha256", code.digest().hex())
                .number("size_bytes", code.sizeBytes())
                .text("world", code.world())
                .number("start_sequence", code.startSequence());
    }
}
