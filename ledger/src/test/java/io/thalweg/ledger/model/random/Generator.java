package io.thalweg.ledger.model.random;

import io.thalweg.ledger.model.Account;
import io.thalweg.ledger.model.AccountFilter;
import io.thalweg.ledger.model.Book;
import io.thalweg.ledger.model.ChangeEventsFilter;
import io.thalweg.ledger.model.QueryFilter;
import io.thalweg.ledger.model.State;
import io.thalweg.ledger.model.Transfer;
import io.thalweg.ledger.model.TransferSearch;
import io.thalweg.ledger.model.U128;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * An endless run of requests from a seed. It knows what it asked for, never what came of it: it has no look at a ledger. Queries
 * are drawn from the same small domains as the data and otherwise independently of them.
 */
public final class Generator {
    private static final long SECOND = 1_000_000_000L;

    private final Dice dice;
    private final Profile profile;
    private final Domains domains;
    private final List<Account> accountsAsked = new ArrayList<>();
    private final List<Transfer> transfersAsked = new ArrayList<>();
    private final List<Transfer> pendingAsked = new ArrayList<>();
    private final List<Long> ticks = new ArrayList<>();
    private final Queue<Request> queued = new ArrayDeque<>();
    private long now;
    private long importTime;
    private long idCounter;

    public Generator(long seed) {
        dice = new Dice(seed);
        profile = Profile.draw(dice);
        domains = new Domains(dice, profile);
        now = profile.clockStart();
        importTime = 1 + now / 2;
        ticks.add(now);
        queued.add(createAccounts(profile.accountIds(), dice.chance(profile.imported())));
    }

    public Profile profile() {
        return profile;
    }

    /** The newest tick handed out. */
    public long now() {
        return now;
    }

    public Request next() {
        if (queued.isEmpty()) {
            queued.add(write());
            double left = profile.queries();
            while (dice.chance(left)) {
                queued.add(read());
                left -= 1;
            }
        }
        return queued.remove();
    }

    private Request write() {
        int kind = dice.below(100);
        boolean imported = dice.chance(profile.imported());
        if (kind < 8) {
            return new Request.Expire(advance(Book.MAX_EXPIRIES));
        }
        return kind < 20
                ? createAccounts(dice.between(1, Math.max(2, profile.batch() / 4)), imported)
                : createTransfers(dice.between(0, profile.batch()), imported);
    }

    /** Time goes on, then {@code ticks} ticks are taken; returns the last. */
    private long advance(int count) {
        long step = switch (dice.below(profile.clockJumps() ? 10 : 5)) {
            case 0 -> 0;
            case 1, 2, 3 -> dice.between(0, 20);
            case 4 -> dice.between(0, profile.clockJumps() ? 1000 : 40);
            case 5, 6 -> dice.between(0, SECOND);
            case 7 -> SECOND - dice.between(0, 3);
            case 8 -> dice.between(0, 5 * SECOND);
            default -> dice.chance(0.05) ? dice.between(0, 400_000 * SECOND) : SECOND;
        };
        now = Math.min(now + step, Long.MAX_VALUE - 1_000_000) + count;
        ticks.add(now);
        return now;
    }

    // ---- accounts

    private Request createAccounts(int count, boolean imported) {
        beginImport(imported, count);
        List<Account> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(account(i, accountsAsked.isEmpty(), imported));
        }
        accountsAsked.addAll(events);
        return new Request.CreateAccounts(events, advance(count));
    }

    private Account account(int i, boolean first, boolean imported) {
        if (!first && dice.chance(profile.again())) {
            return dice.recentOf(accountsAsked);
        }
        int index = first ? i : domains.newAccountIndex();
        Account account = Account.of(0, domains.ledger(index), dice.between(1, 3))
                .with(it -> {
                    it.id = domains.accountId(index);
                    it.userData128 = domains.userData128();
                    it.userData64 = domains.userData64();
                    it.userData32 = domains.userData32();
                    it.set(Account.LINKED, !first && dice.chance(profile.linked()));
                    it.set(
                            dice.oneOf(Account.DEBITS_MUST_NOT_EXCEED_CREDITS, Account.CREDITS_MUST_NOT_EXCEED_DEBITS),
                            dice.chance(profile.limits()));
                    it.set(Account.HISTORY, dice.chance(profile.history()));
                    it.set(Account.CLOSED, dice.chance(profile.closed()));
                    if (imported) {
                        it.set(Account.IMPORTED, !dice.chance(0.03));
                        it.timestamp = importedTimestamp();
                    }
                });
        return dice.chance(first ? 0.01 : profile.mutated()) ? mutated(account) : account;
    }

    private Account mutated(Account account) {
        return account.with(it -> {
            switch (dice.below(14)) {
                case 0 -> it.id = dice.oneOf(U128.ZERO, U128.MAX, dice.bits128());
                case 1 -> it.debitsPending = domains.amount();
                case 2 -> it.debitsPosted = domains.amount();
                case 3 -> it.creditsPending = domains.amount();
                case 4 -> it.creditsPosted = domains.amount();
                case 5 -> it.userData128 = domains.userData128();
                case 6 -> it.userData64 = domains.userData64();
                case 7 -> it.userData32 = domains.userData32();
                case 8 -> it.reserved = dice.oneOf(1L, 0xFFFFFFFFL);
                case 9 -> it.ledger = dice.oneOf(0L, 1L, 2L, 0xFFFFFFFFL);
                case 10 -> it.code = dice.oneOf(0, 1, 2, 0xFFFF);
                case 11 -> it.flags ^= 1 << dice.below(16);
                case 12 -> it.flags = dice.below(1 << 6);
                default -> it.timestamp = oddTimestamp();
            }
        });
    }

    // ---- transfers

    private Request createTransfers(int count, boolean imported) {
        beginImport(imported, count);
        List<Transfer> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Transfer transfer = transfer(imported);
            events.add(transfer);
            transfersAsked.add(transfer);
            if (transfer.has(Transfer.PENDING)) {
                pendingAsked.add(transfer);
            }
        }
        return new Request.CreateTransfers(events, advance(count));
    }

    private Transfer transfer(boolean imported) {
        if (!transfersAsked.isEmpty() && dice.chance(profile.again())) {
            Transfer again = dice.recentOf(transfersAsked);
            return dice.chance(0.5) ? again : mutated(again);
        }
        boolean resolving = !pendingAsked.isEmpty() && dice.chance(profile.resolve());
        Transfer transfer = resolving ? resolving() : booking(imported);
        transfer = transfer.with(it -> {
            it.userData128 = domains.userData128();
            it.userData64 = domains.userData64();
            it.userData32 = domains.userData32();
            it.set(Transfer.LINKED, dice.chance(profile.linked()));
            if (imported) {
                it.set(Transfer.IMPORTED, !dice.chance(0.02));
                it.timestamp = importedTimestamp();
            }
        });
        return dice.chance(profile.mutated()) ? mutated(transfer) : transfer;
    }

    private Transfer booking(boolean imported) {
        boolean huge = dice.chance(profile.huge());
        int debit = huge && dice.chance(0.7) ? domains.hugeAccountIndex() : domains.accountIndex();
        int credit = domains.otherAccountIndex(debit);
        boolean swapped = dice.chance(0.5);
        return Transfer.of(0, 0, 0, 0, domains.ledger(debit), dice.between(1, 3))
                .with(it -> {
                    it.id = transferId();
                    it.debitAccountId = domains.accountId(swapped ? credit : debit);
                    it.creditAccountId = domains.accountId(swapped ? debit : credit);
                    it.amount = huge ? domains.hugeAmount() : domains.amount();
                    it.set(Transfer.PENDING, dice.chance(profile.pending()));
                    if ((it.flags & Transfer.PENDING) != 0) {
                        it.set(Transfer.CLOSING_DEBIT, dice.chance(profile.closing()));
                        it.set(Transfer.CLOSING_CREDIT, dice.chance(profile.closing()));
                        boolean expires = dice.chance(profile.timeout()) && !(imported && dice.chance(0.9));
                        it.timeout = expires ? domains.timeout() : 0;
                    }
                    it.set(Transfer.BALANCING_DEBIT, dice.chance(profile.balancing()));
                    it.set(Transfer.BALANCING_CREDIT, dice.chance(profile.balancing()));
                    if ((it.flags & (Transfer.BALANCING_DEBIT | Transfer.BALANCING_CREDIT)) != 0 && dice.chance(0.5)) {
                        it.amount = U128.MAX;
                    }
                });
    }

    private Transfer resolving() {
        Transfer pending = dice.recentOf(pendingAsked);
        boolean post = dice.chance(0.6);
        boolean named = dice.chance(0.5);
        return Transfer.of(0, 0, 0, 0, 0, 0).with(it -> {
            it.id = transferId();
            it.pendingId = pending.id();
            it.flags = post ? Transfer.POST : Transfer.VOID;
            it.amount = switch (dice.below(6)) {
                case 0, 1 -> pending.amount();
                case 2, 3 -> post ? U128.MAX : U128.ZERO;
                case 4 -> pending.amount().shiftRight(1);
                default ->
                    dice.oneOf(U128.ZERO, pending.amount().add(BigInteger.ONE).min(U128.MAX));
            };
            if (named) {
                it.debitAccountId = pending.debitAccountId();
                it.creditAccountId = pending.creditAccountId();
                it.ledger = pending.ledger();
                it.code = pending.code();
            }
        });
    }

    private Transfer mutated(Transfer transfer) {
        return transfer.with(it -> {
            switch (dice.below(14)) {
                case 0 -> it.id = dice.oneOf(U128.ZERO, U128.MAX, transferId());
                case 1 -> it.debitAccountId = dice.oneOf(U128.ZERO, U128.MAX, domains.accountId(), it.creditAccountId);
                case 2 -> it.creditAccountId = dice.oneOf(U128.ZERO, U128.MAX, domains.accountId(), dice.bits128());
                case 3 -> it.amount = dice.chance(0.5) ? domains.hugeAmount() : domains.amount();
                case 4 -> it.pendingId = dice.oneOf(U128.ZERO, U128.MAX, it.id, someTransferId());
                case 5 -> it.userData128 = domains.userData128();
                case 6 -> it.userData64 = domains.userData64();
                case 7 -> it.userData32 = domains.userData32();
                case 8 -> it.timeout = dice.chance(0.3) ? 0xFFFFFFFFL : domains.timeout();
                case 9 -> it.ledger = dice.oneOf(0L, 1L, 2L, 0xFFFFFFFFL);
                case 10 -> it.code = dice.oneOf(0, 1, 2, 0xFFFF);
                case 11 -> it.flags ^= 1 << dice.below(16);
                case 12 -> it.flags = dice.below(1 << 9);
                default -> it.timestamp = oddTimestamp();
            }
        });
    }

    private BigInteger transferId() {
        idCounter++;
        return switch (profile.transferIds()) {
            case ASCENDING -> U128.of(7, idCounter);
            case DESCENDING -> U128.of(Long.MAX_VALUE - idCounter, idCounter << 60);
            case RANDOM -> dice.bits128();
            case TINY -> U128.of(dice.between(1L, 8 + idCounter / 2));
        };
    }

    private BigInteger someTransferId() {
        return transfersAsked.isEmpty()
                ? U128.of(1)
                : dice.recentOf(transfersAsked).id();
    }

    /** Lets time pass that has seen nothing, so that an import has a chance to fill it. */
    private void beginImport(boolean imported, int count) {
        if (imported && dice.chance(0.7)) {
            importTime = now;
            now += 30L * count;
        }
    }

    /** Mostly later than the one before, and in the past. */
    private long importedTimestamp() {
        if (dice.chance(0.05)) {
            return oddTimestamp();
        }
        if (dice.chance(0.1)) {
            importTime = dice.recentOf(ticks) - dice.between(0, 40);
        }
        importTime = Math.max(1, importTime + dice.between(-1, 20));
        return importTime;
    }

    private long oddTimestamp() {
        return switch (dice.below(8)) {
            case 0 -> 0;
            case 1 -> 1;
            case 2 -> Long.MAX_VALUE;
            case 3 -> Long.MIN_VALUE;
            case 4 -> -1;
            case 5 -> dice.recentOf(ticks) - Book.MAX_EXPIRIES + dice.between(0, 3);
            default -> dice.recentOf(ticks) + dice.between(-5, 5);
        };
    }

    // ---- reads

    private Request read() {
        return switch (dice.below(18)) {
            case 0 -> new Request.LookupAccounts(ids(true));
            case 1 -> new Request.LookupTransfers(ids(false));
            case 2, 3, 4 -> new Request.AccountTransfers(accountFilter());
            case 5, 6 -> new Request.AccountBalances(accountFilter());
            case 7 -> new Request.QueryAccounts(queryFilter());
            case 8, 9, 10 -> new Request.QueryTransfers(queryFilter());
            case 11 ->
                new Request.ChangeEvents(
                        new ChangeEventsFilter(timestampMin(), timestampMax(), limit(), dice.chance(0.03) ? 1 : 0));
            case 12 -> new Request.Tail(dice.between(1L, 1 + transfersAsked.size()), dice.between(1, 60));
            case 13, 14 -> new Request.BalanceAt(domains.accountId(), pointInTime());
            case 15 -> new Request.Sums(sums(), pointInTime());
            default -> new Request.Search(search(), pointInTime());
        };
    }

    private List<BigInteger> ids(boolean accounts) {
        List<BigInteger> ids = new ArrayList<>();
        for (int i = dice.between(0, 12); i > 0; i--) {
            ids.add(
                    dice.chance(0.05)
                            ? dice.oneOf(U128.ZERO, U128.MAX, dice.bits128())
                            : accounts ? domains.accountId() : someTransferId());
        }
        return ids;
    }

    private AccountFilter accountFilter() {
        return new AccountFilter(
                dice.chance(0.04) ? dice.oneOf(U128.ZERO, U128.MAX) : domains.accountId(),
                dice.chance(0.7) ? U128.ZERO : domains.userData128(),
                dice.chance(0.7) ? 0 : domains.userData64(),
                dice.chance(0.7) ? 0 : domains.userData32(),
                dice.chance(0.7) ? 0 : dice.between(1, 3),
                dice.chance(0.02) ? 1 : 0,
                timestampMin(),
                timestampMax(),
                limit(),
                dice.chance(0.05)
                        ? dice.oneOf(0L, 4L, 8L | 3L, 0x80000003L)
                        : dice.between(1, 3) | (dice.chance(0.5) ? AccountFilter.REVERSED : 0));
    }

    private QueryFilter queryFilter() {
        return new QueryFilter(
                dice.chance(0.6) ? U128.ZERO : domains.userData128(),
                dice.chance(0.6) ? 0 : domains.userData64(),
                dice.chance(0.6) ? 0 : domains.userData32(),
                dice.chance(0.6) ? 0 : 1 + dice.below(profile.ledgers()),
                dice.chance(0.6) ? 0 : dice.between(1, 4),
                dice.chance(0.02) ? 1 : 0,
                timestampMin(),
                timestampMax(),
                limit(),
                dice.chance(0.03) ? dice.oneOf(2L, 3L, 0x80000000L) : dice.below(2));
    }

    private TransferSearch search() {
        BigInteger one = dice.chance(0.2) ? domains.hugeAmount() : domains.amount();
        BigInteger other = dice.chance(0.3) ? one : dice.chance(0.2) ? domains.hugeAmount() : domains.amount();
        boolean amounts = dice.chance(0.6);
        QueryFilter fields = queryFilter();
        while (!fields.isValid()) {
            fields = queryFilter();
        }
        return new TransferSearch(
                dice.chance(0.5) ? domains.accountId() : null,
                dice.between(1, 3),
                amounts ? one.min(other) : U128.ZERO,
                amounts ? one.max(other) : U128.MAX,
                dice.chance(0.6) ? dice.oneOf(State.PendingStatus.values()) : null,
                fields);
    }

    private Book.SumsAsked sums() {
        long min = Math.max(0, timestampMin());
        long max = Math.max(0, timestampMax());
        return new Book.SumsAsked(
                dice.chance(0.5) ? 0 : dice.between(1, 3),
                dice.chance(0.5) ? 0 : dice.between(1, 4),
                max == 0 ? min : Math.min(min, max),
                max == 0 ? 0 : Math.max(min, max),
                dice.oneOf(1L, 1L, 7L, 60L, 1440L));
    }

    private long pointInTime() {
        return dice.chance(0.5) ? Book.NOW : Math.max(0, someTimestamp());
    }

    private long timestampMin() {
        return dice.chance(0.6) ? 0 : someTimestamp();
    }

    private long timestampMax() {
        return dice.chance(0.6) ? 0 : someTimestamp();
    }

    private long someTimestamp() {
        return switch (dice.below(20)) {
            case 0 -> oddTimestamp();
            case 1, 2, 3 -> importTime - dice.between(0, 400);
            case 4, 5, 6, 7 -> dice.oneOf(ticks) - dice.between(0, 30);
            default -> dice.between(profile.clockStart(), now);
        };
    }

    private long limit() {
        return switch (dice.below(10)) {
            case 0 -> dice.oneOf(0L, 1L, 0xFFFFFFFFL, 0x80000000L, (long) Book.MAX_ROWS, Book.MAX_ROWS + 1L);
            case 1, 2, 3 -> Book.MAX_ROWS;
            default -> dice.between(1, 30);
        };
    }
}
