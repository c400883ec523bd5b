package io.thalweg.directory.command;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.InvitationId;
import io.thalweg.directory.Parts;
import io.thalweg.directory.Role;
import io.thalweg.directory.ViewOptions;
import io.thalweg.directory.cluster.ClusterCodec;
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
import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ContentHash;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.UserId;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.Event;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The binary form of commands: a number of the command, then its fields in the order of the record. Numbers are part of the
 * format on disk and are never reused. The event of {@link SkipEvent} is not in here; the request carries it as a record of
 * its own, because what a machine appends must lie in the request's body as it is to be stored.
 */
final class CommandCodec {

    private CommandCodec() {}

    static void write(DirectoryCommand command, BinaryWriter out) {
        switch (command) {
            case CreateTenant c -> {
                out.u8(1).text(c.name());
                Parts.write(c.limits(), out);
                Parts.write(c.reserved(), out);
            }
            case ChangeTenantLimits c -> {
                out.u8(2);
                Parts.write(c.limits(), out);
            }
            case DeleteTenant _ -> out.u8(3);
            case CreateUser c ->
                out.u8(4)
                        .uuid(c.user().value())
                        .text(c.email())
                        .text(c.password().text())
                        .u8(c.role().number());
            case ChangePassword c ->
                out.u8(5).uuid(c.user().value()).text(c.password().text());
            case CreateInvitation c -> {
                out.u8(6)
                        .uuid(c.invitation().value())
                        .text(c.email())
                        .u8(c.role().number());
                c.token().digest().write(out);
            }
            case AcceptInvitation c -> {
                out.u8(7).uuid(c.invitation().value());
                c.token().digest().write(out);
                out.uuid(c.user().value()).text(c.password().text());
            }
            case RevokeInvitation c -> out.u8(8).uuid(c.invitation().value());
            case ChangeRole c -> out.u8(9).uuid(c.user().value()).u8(c.role().number());
            case RemoveMember c -> out.u8(10).uuid(c.user().value());
            case CreateKey c -> {
                out.u8(c.ledgers() == null ? 11 : 27).uuid(c.key().value()).text(c.name());
                c.secret().digest().write(out);
                out.u8(c.role().number()).i64(c.expiresNs()).bool(c.readOnly());
                Parts.writeLogs(c.logs(), out);
                if (c.ledgers() != null) {
                    Parts.writeLedgers(c.ledgers(), out);
                }
            }
            case CreateLedger c ->
                out.u8(26).uuid(c.ledger().value()).text(c.name()).i32(c.shard());
            case RotateKey c -> {
                out.u8(12).uuid(c.key().value());
                c.secret().digest().write(out);
                out.i64(c.graceSeconds());
            }
            case RevokeKey c -> out.u8(13).uuid(c.key().value());
            case CreateLog c -> {
                out.u8(14)
                        .uuid(c.log().value())
                        .text(c.name())
                        .i32(c.partitions())
                        .i32(c.shard());
                Parts.write(c.retention(), out);
            }
            case ChangeRetention c -> {
                out.u8(15).uuid(c.log().value());
                Parts.write(c.retention(), out);
            }
            case CreateLogWith c -> {
                out.u8(40)
                        .uuid(c.log().value())
                        .text(c.name())
                        .i32(c.partitions())
                        .uuid(c.with().value());
                Parts.write(c.retention(), out);
            }
            case DeployJavaView c -> {
                out.u8(41)
                        .uuid(c.view().value())
                        .uuid(c.steps().value())
                        .text(c.name())
                        .i32(c.partitions())
                        .i32(c.shard());
                Parts.write(c.code(), out);
            }
            case RebuildView c ->
                out.u8(42).uuid(c.view().value()).uuid(c.steps().value());
            case AllowJavaViews c -> out.u8(43).bool(c.allowed());
            case SplitLog c ->
                out.u8(44)
                        .uuid(c.log().value())
                        .i32(c.partition())
                        .i32(c.first())
                        .i32(c.last());
            case NameFull c -> {
                out.u8(46).uuid(c.log().value());
                Parts.writeNames(c.views(), out);
            }
            case DeleteLog c -> out.u8(16).uuid(c.log().value());
            case DeployView c -> {
                out.u8(17).uuid(c.view().value()).uuid(c.log().value()).text(c.name());
                Parts.write(c.code(), out);
            }
            case DeployVersion c -> {
                out.u8(18).uuid(c.view().value());
                Parts.write(c.code(), out);
            }
            case DeployBeside c -> {
                out.u8(c.copied() ? 52 : 47)
                        .uuid(c.view().value())
                        .uuid(c.steps().value())
                        .i32(c.partitions());
                Parts.write(c.code(), out);
            }
            case DeployRolling c -> {
                out.u8(51).uuid(c.view().value());
                Parts.write(c.code(), out);
            }
            case ChangeViewOptions c ->
                c.options().write(out.u8(48).uuid(c.view().value()));
            case NoteRepair c ->
                out.u8(49).uuid(c.view().value()).text(c.action()).text(c.events());
            case ConfirmTakeover c -> out.u8(50).uuid(c.view().value()).i32(c.version());
            case ActivateVersion c -> out.u8(19).uuid(c.view().value()).i32(c.version());
            case RollBackView c -> out.u8(20).uuid(c.view().value());
            case PauseView c -> out.u8(21).uuid(c.view().value());
            case ResumeView c -> out.u8(22).uuid(c.view().value());
            case SkipEvent c ->
                out.u8(23)
                        .uuid(c.view().value())
                        .i32(c.version())
                        .i32(c.partition())
                        .i64(c.sequence())
                        .text(c.reason());
            case DeleteView c -> out.u8(24).uuid(c.view().value());
            case ReportUsage c ->
                out.u8(25).i64(c.storageKibSeconds()).i64(c.computeNs()).i64(c.dataOutBytes());
            case OpenShards c -> out.u8(28).i32(c.dataShards());
            case ChangeCluster c -> ClusterCodec.write(c.change(), out.u8(45));
            case Confirm c -> {
                out.u8(29).i32(c.shard());
                out.i64(c.refused()).i32(c.done().size());
                c.done().forEach(out::i64);
            }
        }
    }

    /** @param deadLetter the event that the request carries beside the command */
    static DirectoryCommand read(BinaryReader in, @Nullable Event deadLetter) {
        int number = in.u8();
        if (deadLetter != null && number != 23) {
            throw new MalformedException("command " + number + " comes with an event");
        }
        return switch (number) {
            case 1 -> new CreateTenant(name(in), Parts.readLimits(in), Parts.readReserved(in));
            case 2 -> new ChangeTenantLimits(Parts.readLimits(in));
            case 3 -> new DeleteTenant();
            case 4 -> new CreateUser(user(in), name(in), password(in), Role.ofNumber(in.u8()));
            case 5 -> new ChangePassword(user(in), password(in));
            case 6 -> new CreateInvitation(invitation(in), name(in), Role.ofNumber(in.u8()), secret(in));
            case 7 -> new AcceptInvitation(invitation(in), secret(in), user(in), password(in));
            case 8 -> new RevokeInvitation(invitation(in));
            case 9 -> new ChangeRole(user(in), Role.ofNumber(in.u8()));
            case 10 -> new RemoveMember(user(in));
            case 11 -> createKey(in, false);
            case 12 -> new RotateKey(key(in), secret(in), in.i64());
            case 13 -> new RevokeKey(key(in));
            case 14 -> new CreateLog(log(in), name(in), in.i32(), in.i32(), Parts.readRetention(in));
            case 15 -> new ChangeRetention(log(in), Parts.readRetention(in));
            case 16 -> new DeleteLog(log(in));
            case 17 -> new DeployView(view(in), log(in), name(in), Parts.readCode(in));
            case 18 -> new DeployVersion(view(in), Parts.readCode(in));
            case 19 -> new ActivateVersion(view(in), in.i32());
            case 20 -> new RollBackView(view(in));
            case 21 -> new PauseView(view(in));
            case 22 -> new ResumeView(view(in));
            case 23 ->
                new SkipEvent(
                        view(in), in.i32(), in.i32(), in.i64(), Parts.text(in, Bounds.MAX_REASON_BYTES), deadLetter);
            case 24 -> new DeleteView(view(in));
            case 25 -> new ReportUsage(in.i64(), in.i64(), in.i64());
            case 26 -> new CreateLedger(new LedgerId(in.uuid()), name(in), in.i32());
            case 27 -> createKey(in, true);
            case 40 -> new CreateLogWith(log(in), name(in), in.i32(), log(in), Parts.readRetention(in));
            case 41 -> new DeployJavaView(view(in), log(in), name(in), in.i32(), in.i32(), Parts.readCode(in));
            case 42 -> new RebuildView(view(in), log(in));
            case 43 -> new AllowJavaViews(in.bool());
            case 44 -> new SplitLog(log(in), in.i32(), in.i32(), in.i32());
            case 45 -> new ChangeCluster(ClusterCodec.readChange(in));
            case 46 -> new NameFull(log(in), Parts.readNames(in, Bounds.MAX_FULL));
            case 47 -> new DeployBeside(view(in), log(in), in.i32(), Parts.readCode(in), false);
            case 52 -> new DeployBeside(view(in), log(in), in.i32(), Parts.readCode(in), true);
            case 48 -> new ChangeViewOptions(view(in), ViewOptions.read(in));
            case 49 -> new NoteRepair(view(in), name(in), Parts.text(in, Bounds.MAX_REASON_BYTES));
            case 50 -> new ConfirmTakeover(view(in), in.i32());
            case 51 -> new DeployRolling(view(in), Parts.readCode(in));
            case 28 -> new OpenShards(in.i32());
            case 29 -> readConfirm(in);
            default -> throw new MalformedException("directory command " + number + " is unknown");
        };
    }

    /** A key as it was made before there were ledgers, and one that says which ledgers it reaches. */
    private static CreateKey createKey(BinaryReader in, boolean withLedgers) {
        CreateKey created = new CreateKey(
                key(in),
                name(in),
                secret(in),
                Role.ofNumber(in.u8()),
                in.i64(),
                in.bool(),
                Parts.readLogs(in),
                withLedgers ? Parts.readLedgers(in) : null);
        if (withLedgers && created.ledgers() == null) {
            throw new MalformedException("a key that names no ledgers is command 11");
        }
        return created;
    }

    private static Confirm readConfirm(BinaryReader in) {
        int shard = in.i32();
        long refused = in.i64();
        List<Long> done = new ArrayList<>();
        for (int left = in.count(Long.BYTES); left > 0; left--) {
            done.add(in.i64());
        }
        return new Confirm(shard, done, refused);
    }

    private static String name(BinaryReader in) {
        return Parts.text(in, Bounds.MAX_TEXT_BYTES);
    }

    private static PasswordHash password(BinaryReader in) {
        return new PasswordHash(Parts.text(in, Bounds.MAX_TEXT_BYTES));
    }

    private static SecretHash secret(BinaryReader in) {
        return new SecretHash(ContentHash.read(in));
    }

    private static UserId user(BinaryReader in) {
        return new UserId(in.uuid());
    }

    private static KeyId key(BinaryReader in) {
        return new KeyId(in.uuid());
    }

    private static LogId log(BinaryReader in) {
        return new LogId(in.uuid());
    }

    private static ViewId view(BinaryReader in) {
        return new ViewId(in.uuid());
    }

    private static InvitationId invitation(BinaryReader in) {
        return new InvitationId(in.uuid());
    }
}
