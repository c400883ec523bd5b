package io.thalweg.ledger.model;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the model remembers. Each change says how it is undone, so that a chain can be rolled back; what is not
 * changed through the methods here is not changed at all.
 */
public final class State {
    /** What became of a pending transfer. */
    public enum PendingStatus {
        PENDING,
        POSTED,
        VOIDED,
        EXPIRED
    }

    /** The order in which pending transfers expire. */
    public record Deadline(long expiresAt, long timestamp) implements Comparable<Deadline> {
        @Override
        public int compareTo(Deadline other) {
            return expiresAt != other.expiresAt
                    ? Long.compare(expiresAt, other.expiresAt)
                    : Long.compare(timestamp, other.timestamp);
        }
    }

    private final Map<BigInteger, Account> accounts = new HashMap<>();
    private final List<BigInteger> accountOrder = new ArrayList<>();
    private final Map<BigInteger, Transfer> transfers = new HashMap<>();
    private final List<Transfer> transferOrder = new ArrayList<>();
    private final Map<BigInteger, PendingStatus> pending = new HashMap<>();
    private final TreeMap<Deadline, Transfer> deadlines = new TreeMap<>();
    private final List<ChangeEvent> events = new ArrayList<>();
    private final TreeSet<BigInteger> orphans = new TreeSet<>();
    private final TreeSet<Long> accountTimestamps = new TreeSet<>();
    private final TreeSet<Long> transferTimestamps = new TreeSet<>();
    private final TreeSet<Long> expiryTimestamps = new TreeSet<>();
    private @Nullable Deque<Runnable> undo;

    public void beginChain() {
        if (undo != null) {
            throw new AssertionError("chains do not nest");
        }
        undo = new ArrayDeque<>();
    }

    public void keepChain() {
        undo = null;
    }

    public void rollBackChain() {
        Deque<Runnable> steps = undo;
        if (steps == null) {
            throw new AssertionError("there is no chain to roll back");
        }
        undo = null;
        steps.forEach(Runnable::run);
    }

    private void onUndo(Runnable step) {
        if (undo != null) {
            undo.push(step);
        }
    }

    @Nullable
    public Account account(BigInteger id) {
        return accounts.get(id);
    }

    /** An account that is known to exist. */
    public Account existingAccount(BigInteger id) {
        Account account = accounts.get(id);
        if (account == null) {
            throw new AssertionError("account " + id + " does not exist");
        }
        return account;
    }

    @Nullable
    public Transfer transfer(BigInteger id) {
        return transfers.get(id);
    }

    public Transfer existingTransfer(BigInteger id) {
        Transfer transfer = transfers.get(id);
        if (transfer == null) {
            throw new AssertionError("transfer " + id + " does not exist");
        }
        return transfer;
    }

    @Nullable
    public PendingStatus pendingStatus(BigInteger transfer) {
        return pending.get(transfer);
    }

    public boolean isOrphan(BigInteger id) {
        return orphans.contains(id);
    }

    /** Orphans are for ever; no rollback takes them back. */
    public void addOrphan(BigInteger id) {
        if (undo != null) {
            throw new AssertionError("an orphan within an open chain");
        }
        orphans.add(id);
    }

    public void addAccount(Account account) {
        accounts.put(account.id(), account);
        accountOrder.add(account.id());
        accountTimestamps.add(account.timestamp());
        onUndo(() -> {
            accounts.remove(account.id());
            accountOrder.removeLast();
            accountTimestamps.remove(account.timestamp());
        });
    }

    public void changeAccount(Account account) {
        Account before = existingAccount(account.id());
        accounts.put(account.id(), account);
        onUndo(() -> accounts.put(account.id(), before));
    }

    public void addTransfer(Transfer transfer) {
        transfers.put(transfer.id(), transfer);
        transferOrder.add(transfer);
        transferTimestamps.add(transfer.timestamp());
        onUndo(() -> {
            transfers.remove(transfer.id());
            transferOrder.removeLast();
            transferTimestamps.remove(transfer.timestamp());
        });
        if (transfer.has(Transfer.PENDING)) {
            setPending(transfer, PendingStatus.PENDING);
        }
    }

    public void setPending(Transfer transfer, PendingStatus status) {
        PendingStatus before = pending.get(transfer.id());
        putPending(transfer, status);
        onUndo(() -> putPending(transfer, before));
    }

    private void putPending(Transfer transfer, @Nullable PendingStatus status) {
        Deadline deadline = new Deadline(transfer.expiresAt(), transfer.timestamp());
        deadlines.remove(deadline);
        pending.remove(transfer.id());
        if (status != null) {
            pending.put(transfer.id(), status);
        }
        if (status == PendingStatus.PENDING && transfer.timeout() != 0) {
            deadlines.put(deadline, transfer);
        }
    }

    public void addEvent(ChangeEvent event) {
        events.add(event);
        boolean expiry = event.kind() == ChangeEvent.Kind.EXPIRED;
        if (expiry) {
            expiryTimestamps.add(event.timestamp());
        }
        onUndo(() -> {
            events.removeLast();
            if (expiry) {
                expiryTimestamps.remove(event.timestamp());
            }
        });
    }

    /** The pending transfer that expires first. */
    @Nullable
    public Transfer nextToExpire() {
        return deadlines.isEmpty() ? null : deadlines.firstEntry().getValue();
    }

    public long newestAccountTimestamp() {
        return accountTimestamps.isEmpty() ? 0 : accountTimestamps.last();
    }

    public long newestTransferTimestamp() {
        return transferTimestamps.isEmpty() ? 0 : transferTimestamps.last();
    }

    public boolean accountHasTimestamp(long timestamp) {
        return accountTimestamps.contains(timestamp);
    }

    public boolean transferHasTimestamp(long timestamp) {
        return transferTimestamps.contains(timestamp);
    }

    public boolean expiryHasTimestamp(long timestamp) {
        return expiryTimestamps.contains(timestamp);
    }

    /** All accounts, by timestamp. */
    public List<Account> accounts() {
        return accountOrder.stream().map(this::existingAccount).toList();
    }

    /** All transfers, by timestamp, which is also the order of their creation. */
    public List<Transfer> transfers() {
        return transferOrder;
    }

    /** All changes of balances in the order in which they were made. */
    public List<ChangeEvent> events() {
        return events;
    }

    /** Ids that have failed for ever. */
    public Iterable<BigInteger> orphans() {
        return orphans;
    }
}
