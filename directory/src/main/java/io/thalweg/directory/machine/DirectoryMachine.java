package io.thalweg.directory.machine;

import io.thalweg.directory.Directory;
import io.thalweg.directory.ReservedLogs;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.command.DirectoryRequest;
import io.thalweg.directory.command.DirectoryRequest.Place;
import io.thalweg.directory.command.DirectoryResult;
import io.thalweg.directory.placement.PlacementMachine;
import io.thalweg.directory.rules.Change;
import io.thalweg.directory.rules.Rules;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.LedgerRegistry;
import io.thalweg.shard.machine.Machine;
import java.time.Duration;
import java.util.Optional;

/**
 * The directory as a part of its shard's state, and where it is published.
 *
 * <p>A command goes through its rules on a draft. When they agree, its audit event is appended, and the draft becomes the directory.
 * Other threads see it once the whole entry is applied. What it decided about logs and ledgers of tenants is pending then (see {@link
 * io.thalweg.directory.placement}); only the platform's own logs of a tenant, which live beside the directory in its shard, are made,
 * trimmed and deleted in the same step.
 *
 * <p>The methods of {@link Machine} run on the shard's apply thread; {@link #current} and {@link #await} may be called by
 * any.
 */
public final class DirectoryMachine implements Machine {
    private final LedgerRegistry ledgers;
    private final Object publication = new Object();

    /** The directory's shard may hold data like any other. */
    private final PlacementMachine placement;

    private Directory working = Directory.EMPTY;
    private volatile Directory published = Directory.EMPTY;

    /** @param ledgers of the same shard; {@link LedgerRegistry#NONE} when it keeps none */
    public DirectoryMachine(LedgerRegistry ledgers) {
        this.ledgers = ledgers;
        placement = new PlacementMachine(ledgers);
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
        return operation == Operation.DIRECTORY || placement.owns(operation);
    }

    @Override
    public Reply apply(ApplyContext context, Request request) {
        if (request.operation() == Operation.PLACE) {
            return placement.apply(context, request);
        }
        DirectoryRequest asked = DirectoryRequest.decode(request.body());
        Change change = new Change(working, context, request.tenant(), asked.actor(), asked.atOnce());
        try {
            Rules.decide(change, asked.command());
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
        StateCodec.write(working, placement, out);
    }

    @Override
    public void load(BinaryReader in) {
        working = StateCodec.read(in, placement);
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
        if (asked.audit().length() == 0 && asked.deadLetter().length() == 0) {
            return;
        }
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
