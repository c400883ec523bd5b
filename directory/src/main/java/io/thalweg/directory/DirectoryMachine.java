package io.thalweg.directory;

import io.thalweg.directory.DirectoryCommand.AcceptInvitation;
import io.thalweg.directory.DirectoryCommand.ActivateVersion;
import io.thalweg.directory.DirectoryCommand.ChangePassword;
import io.thalweg.directory.DirectoryCommand.ChangeRetention;
import io.thalweg.directory.DirectoryCommand.ChangeRole;
import io.thalweg.directory.DirectoryCommand.ChangeTenantLimits;
import io.thalweg.directory.DirectoryCommand.CreateInvitation;
import io.thalweg.directory.DirectoryCommand.CreateKey;
import io.thalweg.directory.DirectoryCommand.CreateLedger;
import io.thalweg.directory.DirectoryCommand.CreateLog;
import io.thalweg.directory.DirectoryCommand.CreateTenant;
import io.thalweg.directory.DirectoryCommand.CreateUser;
import io.thalweg.directory.DirectoryCommand.DeleteLog;
import io.thalweg.directory.DirectoryCommand.DeleteTenant;
import io.thalweg.directory.DirectoryCommand.DeleteView;
import io.thalweg.directory.DirectoryCommand.DeployVersion;
import io.thalweg.directory.DirectoryCommand.DeployView;
import io.thalweg.directory.DirectoryCommand.PauseView;
import io.thalweg.directory.DirectoryCommand.RemoveMember;
import io.thalweg.directory.DirectoryCommand.ReportUsage;
import io.thalweg.directory.DirectoryCommand.ResumeView;
import io.thalweg.directory.DirectoryCommand.RevokeInvitation;
import io.thalweg.directory.DirectoryCommand.RevokeKey;
import io.thalweg.directory.DirectoryCommand.RollBackView;
import io.thalweg.directory.DirectoryCommand.RotateKey;
import io.thalweg.directory.DirectoryCommand.SkipEvent;
import io.thalweg.directory.DirectoryRequest.Place;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.Operation;
import io.thalweg.model.Reply;
import io.thalweg.model.Request;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.LedgerRegistry;
import io.thalweg.shard.machine.Machine;
import java.time.Duration;
import java.util.Optional;

/**
 * The directory as a part of its shard's state, and where it is published.
 *
 * <p>A command goes through its rules on a draft. When they agree, its streams or ledger are created (the one thing that can
 * still be refused), its audit event is appended, streams are trimmed and deleted, and the draft becomes the directory. Other threads
 * see it once the whole entry is applied.
 *
 * <p>The methods of {@link Machine} run on the shard's apply thread; {@link #current} and {@link #await} may be called by
 * any.
 */
public final class DirectoryMachine implements Machine {
    private final LedgerRegistry ledgers;
    private final Object publication = new Object();

    private Directory working = Directory.EMPTY;
    private volatile Directory published = Directory.EMPTY;

    /** @param ledgers of the same shard; {@link LedgerRegistry#NONE} when it keeps none */
    public DirectoryMachine(LedgerRegistry ledgers) {
        this.ledgers = ledgers;
    }

    /** The newest directory. */
    public Directory current() {
        return published;
    }

    /**
     * Waits for a directory of at least this version and returns the newest; when {@code timeout} passes first, that is an
     * older one. To follow all changes: {@code seen = machine.await(seen.version() + 1, timeout)}.
     */
    public Directory await(long version, Duration timeout) throws InterruptedException {
        long startNs = System.nanoTime();
        synchronized (publication) {
            while (published.version() < version) {
                long leftMs = timeout.minusNanos(System.nanoTime() - startNs).toMillis();
                if (leftMs <= 0) {
                    break;
                }
                publication.wait(leftMs);
            }
            return published;
        }
    }

    @Override
    public String name() {
        return "directory";
    }

    @Override
    public boolean owns(Operation operation) {
        return operation == Operation.DIRECTORY;
    }

    @Override
    public Reply apply(ApplyContext context, Request request) {
        DirectoryRequest asked = DirectoryRequest.decode(request.body());
        Change change = new Change(working, context, request.tenant(), asked.actor());
        try {
            decide(change, asked.command());
        } catch (ThalwegException refusal) {
            return new Reply.Refused(refusal.code(), String.valueOf(refusal.getMessage()));
        }
        Optional<Reply.Refused> refused = createStreams(context, change);
        if (refused.isPresent()) {
            return refused.get();
        }
        LedgerId ledger = change.ledger;
        if (ledger != null && ledgers.create(change.tenantId, ledger) instanceof Reply.Refused refusedLedger) {
            return refusedLedger;
        }
        append(context, change, asked);
        release(context, change);
        working = change.draft.toDirectory(working.version() + 1);
        return new Reply.Done(new DirectoryResult(working.version(), change.nowNs, change.viewVersion).encode());
    }

    @Override
    public void publish() {
        if (published != working) {
            synchronized (publication) {
                published = working;
                publication.notifyAll();
            }
        }
    }

    @Override
    public void save(BinaryWriter out) {
        StateCodec.write(working, out);
    }

    @Override
    public void load(BinaryReader in) {
        working = StateCodec.read(in);
    }

    private static void decide(Change change, DirectoryCommand command) {
        switch (command) {
            case CreateTenant c -> TenantRules.create(change, c);
            case ChangeTenantLimits c -> TenantRules.changeLimits(change, c);
            case DeleteTenant _ -> TenantRules.delete(change);
            case ReportUsage c -> TenantRules.reportUsage(change, c);
            case CreateUser c -> MemberRules.create(change, c);
            case ChangePassword c -> MemberRules.changePassword(change, c);
            case CreateInvitation c -> MemberRules.invite(change, c);
            case AcceptInvitation c -> MemberRules.accept(change, c);
            case RevokeInvitation c -> MemberRules.revoke(change, c);
            case ChangeRole c -> MemberRules.changeRole(change, c);
            case RemoveMember c -> MemberRules.remove(change, c);
            case CreateKey c -> KeyRules.create(change, c);
            case RotateKey c -> KeyRules.rotate(change, c);
            case RevokeKey c -> KeyRules.revoke(change, c);
            case CreateLedger c -> LedgerRules.create(change, c);
            case CreateLog c -> LogRules.create(change, c);
            case ChangeRetention c -> LogRules.changeRetention(change, c);
            case DeleteLog c -> LogRules.delete(change, c);
            case DeployView c -> ViewRules.deploy(change, c);
            case DeployVersion c -> ViewRules.deployVersion(change, c);
            case ActivateVersion c -> ViewRules.activate(change, c);
            case RollBackView c -> ViewRules.rollBack(change, c);
            case PauseView c -> ViewRules.want(change, c.view(), View.Wanted.PAUSED);
            case ResumeView c -> ViewRules.want(change, c.view(), View.Wanted.RUNNING);
            case SkipEvent c -> ViewRules.skip(change, c);
            case DeleteView c -> ViewRules.delete(change, c);
        }
    }

    /** Creates all or none: the shard refuses an identifier that any stream ever had. */
    private static Optional<Reply.Refused> createStreams(ApplyContext context, Change change) {
        for (int i = 0; i < change.creates.size(); i++) {
            Reply reply = context.createStream(change.tenantId, change.creates.get(i));
            if (reply instanceof Reply.Refused refused) {
                change.creates
                        .subList(0, i)
                        .forEach(created -> required(context.deleteStream(change.tenantId, created), "delete"));
                return Optional.of(refused);
            }
        }
        return Optional.empty();
    }

    private static void append(ApplyContext context, Change change, DirectoryRequest asked) {
        Tenant before = change.before();
        ReservedLogs reserved =
                before != null ? before.reserved() : change.tenant().reserved();
        append(context, change, reserved.audit(), asked.audit());
        append(context, change, reserved.deadLetters(), asked.deadLetter());
    }

    private static void append(ApplyContext context, Change change, LogId log, Place record) {
        if (record.length() > 0) {
            required(
                    context.append(change.tenantId, StreamId.of(log), record.offset(), record.length(), 1),
                    "append to");
        }
    }

    private void release(ApplyContext context, Change change) {
        if (change.componentsFrom > 0) {
            StreamId components = StreamId.of(change.tenant().reserved().components());
            required(context.trimStream(change.tenantId, components, change.componentsFrom), "trim");
        }
        change.deletes.forEach(stream -> required(context.deleteStream(change.tenantId, stream), "delete"));
        change.ledgerDeletes.forEach(ledger -> required(ledgers.delete(change.tenantId, ledger), "delete"));
    }

    /** The directory and the streams agree by construction; where they do not, the shard must not go on. */
    private static void required(Reply reply, String what) {
        if (reply instanceof Reply.Refused(var code, var message)) {
            throw new IllegalStateException("the directory could not " + what + " a stream or ledger that it knows: "
                    + code.text() + ", " + message);
        }
    }
}
